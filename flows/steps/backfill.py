"""Reading a campaign from its beginning, as far as each platform still shows it, and saying what cannot be had.

A campaign that was set up late needs none of this: its first `daily` begins where the campaign began. It is for what
was missed later: a window that a broken credential, a wrong clock or a server that was not listed kept from us.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import spans
from flows.steps.collect import collect
from flows.steps.collection import Clock
from flows.steps.results import RunResult
from flows.steps.warehouse import now, open_warehouse
from warehouse.campaign import Campaign
from warehouse.gaps import Gap, gaps
from warehouse.windows import HOUR, INTERACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillResult:
    collected: RunResult
    since: datetime
    until: datetime
    missing: Sequence[Gap]
    """What of the window nobody can read any more, by platform and query."""
    sentences: Sequence[str]
    """The same for people, in days; one for each query."""

    def as_json(self) -> dict[str, Any]:
        missing = [
            {"platform": gap.platform, "query": gap.query, "since": gap.since, "until": gap.until, "hours": gap.hours}
            for gap in self.missing
        ]
        return {**self.collected.as_json(), "since": self.since, "until": self.until, "missing": missing}


def backfill(
    settings: Settings,
    campaign: Campaign,
    platforms: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[str, str], None] = lambda platform, what: None,
) -> BackfillResult:
    """Read [since, until) of the campaign once more. Raises ConfigurationError and WarehouseError."""
    window = span(campaign, since, until, clock())
    collected = collect(settings, campaign, platforms, *window, clock=clock, sleep=sleep, progress=progress)
    return told(settings, campaign, collected, *window)


def span(campaign: Campaign, since: datetime | None, until: datetime | None, at: datetime) -> tuple[datetime, datetime]:
    """The window that is meant: of the campaign, and up to now at most. Raises ConfigurationError for an empty one."""
    begin = max(since or campaign.opens_at, campaign.opens_at)
    end = min(until or campaign.closes_at, campaign.closes_at, at)
    if begin < end:
        return begin, end
    if at <= campaign.opens_at:
        raise ConfigurationError(f"{campaign.title} begins on {spans.day(campaign.starts_on)}: nothing is missing yet.")
    raise ConfigurationError(
        f"There is nothing of {campaign.title} to read in that window: it is from {spans.day(campaign.starts_on)} to "
        f"{spans.day(campaign.ends_on)}, with {campaign.grace_days} days of grace."
    )


def told(
    settings: Settings, campaign: Campaign, collected: RunResult, since: datetime, until: datetime
) -> BackfillResult:
    """What became of the window, by the warehouse's own account of its hours."""
    engine = open_warehouse(settings)
    try:
        with engine.connect() as connection:
            missing = [
                _within(gap, since, until)
                for gap in gaps(connection, campaign.name, until)
                if gap.platform in collected.platforms
                and not gap.query.startswith(INTERACTIONS)
                and gap.since < until
                and gap.until > since
            ]
    finally:
        engine.dispose()
    sentences = [_sentence(campaign, gap, (until - since) // HOUR) for gap in missing]
    return BackfillResult(collected=collected, since=since, until=until, missing=missing, sentences=sentences)


def _within(gap: Gap, since: datetime, until: datetime) -> Gap:
    first, last = max(gap.since, since), min(gap.until, until)
    return Gap(
        platform=gap.platform,
        query=gap.query,
        state=gap.state,
        since=first,
        until=last,
        hours=-((first - last) // HOUR),
    )


def _sentence(campaign: Campaign, gap: Gap, asked: int) -> str:
    why = "are shown to nobody" if gap.state == "not_visible" else "are not shown any more; only files can bring them"
    when = spans.days(campaign, gap.since, gap.until)
    return f"{gap.platform}, {gap.query}: {gap.hours} of {asked} hours ({when}) {why}."
