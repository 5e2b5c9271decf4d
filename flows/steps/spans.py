"""Spans of time as people say them: in days of the campaign's zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from warehouse.campaign import Campaign

MOMENT = timedelta(microseconds=1)


def days(campaign: Campaign, since: datetime, until: datetime) -> str:
    """The days that [since, until) touches: "2 March 2026 to 5 March 2026".

    A campaign opens hours before its first day begins in its zone, because it begins somewhere; that is not said.
    """
    first, last = since.astimezone(campaign.zone).date(), (until - MOMENT).astimezone(campaign.zone).date()
    first = max(first, min(campaign.starts_on, last))
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def day(given: date) -> str:
    return f"{given.day} {given:%B} {given.year}"
