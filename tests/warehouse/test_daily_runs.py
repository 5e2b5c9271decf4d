"""Which days had a daily run that ended well, and which hours cannot be had."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from connectors.records import Query
from warehouse import ledger, windows
from warehouse.campaign import Campaign
from warehouse.daily_runs import DailyRuns, daily_runs
from warehouse.gaps import gaps

CAMPAIGN = Campaign(
    name="isles",
    title="#Isles7",
    hashtags=("isles7",),
    starts_on=date(2026, 3, 2),
    ends_on=date(2026, 3, 8),
    zone=ZoneInfo("Pacific/Auckland"),
    grace_days=2,
)


def at(day: int, hour: int = 6) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=CAMPAIGN.zone)


def ran(engine: Engine, day: int, state: str, *, began: datetime | None = None, error: str | None = None) -> None:
    run = ledger.begin(engine, CAMPAIGN.name, "daily", lambda: began or at(day), day=date(2026, 3, day))
    run.finish(state, error)


def days(engine: Engine, now: datetime) -> DailyRuns:
    with engine.connect() as connection:
        return daily_runs(connection, CAMPAIGN, now)


def test_a_day_is_as_good_as_its_best_run(engine: Engine) -> None:
    """In whatever order they ended; what failed, died or never began is missed, what ended in part is not."""
    for day, states in {2: ["failed", "completed"], 3: ["partial", "failed"], 5: ["failed"], 6: ["died"]}.items():
        for state in states:
            ran(engine, day, state)
    found = days(engine, at(8))
    assert list(found.missed) == [date(2026, 3, day) for day in (4, 5, 6, 7)]
    assert list(found.in_part) == [date(2026, 3, 3)]
    assert found.began_on == date(2026, 3, 2)
    assert found.last
    assert found.last_good
    assert (found.last.state, found.last_good.day) == ("died", date(2026, 3, 3))


def test_a_day_is_one_of_the_campaigns_zone_and_the_one_for_which_a_run_was_due(engine: Engine) -> None:
    """A run that was late belongs to its own day; today is never missed, nor a day after the end."""
    ran(engine, 2, "completed", began=at(4))
    assert list(days(engine, at(4, 0)).missed) == [date(2026, 3, 3)]
    assert list(days(engine, at(3, 23)).missed) == []
    assert days(engine, at(2, 1).astimezone(UTC)).today == "completed"
    assert list(days(engine, at(30)).missed)[-1] == date(2026, 3, 10)
    assert list(days(engine, at(1)).missed) == []


def test_a_run_under_way_is_not_missed_until_its_process_is_gone(engine: Engine) -> None:
    """Killed in whatever state, the sweep finds it; one that never began has no row at all."""
    run = ledger.begin(engine, CAMPAIGN.name, "daily", lambda: at(2), day=date(2026, 3, 2), flow_run_id=uuid4())
    assert ledger.sweep(engine) == 0
    assert list(days(engine, at(3)).missed) == []
    run.life.close()
    until = time.monotonic() + 10  # PostgreSQL notices a moment later that a session is gone
    while not (died := ledger.sweep(engine)) and time.monotonic() < until:
        time.sleep(0.05)
    assert died == 1
    assert list(days(engine, at(3)).missed) == [date(2026, 3, 2)]


def test_gaps_are_spans_of_hours(engine: Engine) -> None:
    """One for each unbroken span; hours that are still to come, and those that were read, are none."""
    query = Query(platform="instagram", name="hashtag/isles7", source="instagram.com", base_url="")
    begin = CAMPAIGN.opens_at
    hours = timedelta(hours=1)
    with engine.begin() as connection:
        windows.declare_gap(connection, CAMPAIGN, query, begin, begin + 5 * hours, uuid4())
        windows.advance(connection, CAMPAIGN, query, begin + 2 * hours, begin + 4 * hours, uuid4())
        windows.declare_gap(connection, CAMPAIGN, query, begin + 5 * hours, begin + 6 * hours, uuid4(), "not_visible")
        windows.declare_gap(connection, CAMPAIGN, query, begin + 9 * hours, begin + 12 * hours, uuid4())
        found = [
            (gap.state, (gap.since - begin) // hours, (gap.until - begin) // hours, gap.hours)
            for gap in gaps(connection, CAMPAIGN.name, begin + 11 * hours)
        ]
    assert found == [("gap", 0, 2, 2), ("gap", 4, 5, 1), ("not_visible", 5, 6, 1), ("gap", 9, 11, 2)]
