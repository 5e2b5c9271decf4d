"""Which days of a campaign have had a daily run, and how it ended: what a computer that was off leaves behind.

A day is one of the campaign's zone, and a run is for the day on which it was due. What a day's run did not read is read
by the next one, as far as the platforms still show it; what they do not show any more is a gap (`warehouse.gaps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, text

from warehouse.campaign import Campaign

HAPPENED = ("completed", "partial")
"""What came in is in, also where some platform failed."""

OF_DAYS = text("""
select day, (array_agg(state order by array_position(
         array['completed', 'partial', 'running', 'failed', 'died'], state), started_at desc))[1] as state
from core.run
where campaign = :campaign and verb = 'daily' and day between :first and :last
group by day
""")

LAST = text("""
select day, state, started_at, ended_at, error
from core.run
where campaign = :campaign and verb = 'daily' and (cast(:states as text[]) is null or state = any(:states))
order by started_at desc
limit 1
""")

BEGAN = text("select min(started_at) from core.run where campaign = :campaign")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRun:
    day: date
    state: str
    started_at: datetime
    ended_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRuns:
    last: DailyRun | None
    """The newest one, however it ended."""
    last_good: DailyRun | None
    """The newest one after which what came in was in."""
    today: str | None
    """How today's ended, `running`, or None: there has been none so far."""
    missed: Sequence[date]
    """Days of the campaign before today without a daily run that ended well, in order."""
    in_part: Sequence[date]
    """Days whose daily run ended in part: some platform failed."""
    began_on: date | None
    """The day of the first run of any verb: before it, nothing could have run."""


def first_day(campaign: Campaign) -> datetime:
    """When the first day begins, in the campaign's zone."""
    return datetime.combine(campaign.starts_on, time(), campaign.zone)


def end(campaign: Campaign) -> datetime:
    """When the grace period's last day is over, in the campaign's zone."""
    return datetime.combine(campaign.ends_on + timedelta(days=campaign.grace_days + 1), time(), campaign.zone)


def daily_runs(connection: Connection, campaign: Campaign, now: datetime) -> DailyRuns:
    """What the ledger tells of the campaign's days up to now."""
    today = now.astimezone(campaign.zone).date()
    last_day = end(campaign).date() - timedelta(days=1)
    days = {"first": campaign.starts_on, "last": max(today, last_day)}
    states: dict[date, str] = {
        row.day: row.state for row in connection.execute(OF_DAYS, {"campaign": campaign.name, **days})
    }
    over = (min(today - timedelta(days=1), last_day) - campaign.starts_on).days + 1
    due = [campaign.starts_on + timedelta(days=number) for number in range(max(0, over))]
    began: datetime | None = connection.execute(BEGAN, {"campaign": campaign.name}).scalar()
    return DailyRuns(
        last=_last(connection, campaign, None),
        last_good=_last(connection, campaign, HAPPENED),
        today=states.get(today),
        missed=[day for day in due if states.get(day) not in (*HAPPENED, "running")],
        in_part=[day for day in due if states.get(day) == "partial"],
        began_on=began.astimezone(campaign.zone).date() if began else None,
    )


def _last(connection: Connection, campaign: Campaign, states: Sequence[str] | None) -> DailyRun | None:
    given = {"campaign": campaign.name, "states": list(states) if states else None}
    row = connection.execute(LAST, given).one_or_none()
    return DailyRun(**row._mapping) if row else None
