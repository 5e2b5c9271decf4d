"""A campaign that was set up late, or missed something: what is still shown comes in, the rest is said in days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from connectors.x import RECENT
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import spans
from flows.steps.backfill import backfill, span
from flows.steps.collect import collect
from sandbox.server import Sandbox
from warehouse.campaign import Campaign

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def posts(engine: Engine, platform: str) -> list[str]:
    with engine.connect() as connection:
        rows = text("select post_id from core.item where platform = :platform order by 1")
        return list(connection.execute(rows, {"platform": platform}).scalars())


def test_a_late_start_reads_from_the_beginning(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine
) -> None:
    """The first run on the tenth day brings what earlier runs would have brought; what X forgot is told in days."""
    clock, began = servers.clock, servers.clock.now()
    result = collect(settings, campaign, clock=clock.now, sleep=clock.advance)
    with engine.connect() as connection:
        late = {
            row.platform: row
            for row in connection.execute(
                text("""
                    select platform, min(hour) filter (where state = 'complete') as first,
                      count(*) filter (where state = 'gap') as gap
                    from core.coverage group by platform
                """)
            )
        }
    assert late["mastodon"].first == campaign.opens_at
    assert (late["mastodon"].gap, late["wordpress"].gap) == (0, 0)
    forgotten = began - RECENT - campaign.opens_at
    assert late["x"].gap == -(-forgotten // HOUR)
    told = f"{spans.days(campaign, campaign.opens_at, began - RECENT)} ({forgotten // HOUR} hours)"
    assert [warning for warning in result.platforms["x"].warnings if warning.startswith(told)]
    before = posts(engine, "mastodon")
    again = backfill(settings, campaign, clock=clock.now, sleep=clock.advance)
    assert posts(engine, "mastodon") == before
    assert before
    assert {gap.platform for gap in again.missing} == {"x"}
    assert sum(gap.hours for gap in again.missing) == late["x"].gap


def test_a_backfill_brings_what_was_missed(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, engine: Engine
) -> None:
    """A server that was not listed until midweek is read for its days alone; the sentence names days and hours."""
    clock = in_midweek.clock
    one = {"mastodon": {**campaign.platforms["mastodon"], "instances": campaign.platforms["mastodon"]["instances"][:1]}}
    collect(settings, replace(campaign, platforms=one), clock=clock.now, sleep=clock.advance)
    few = posts(engine, "mastodon")
    clock.advance(5 * DAY.total_seconds())
    until = campaign.opens_at + 3 * DAY
    found = backfill(
        settings, campaign, ["mastodon", "x"], campaign.opens_at + DAY, until, clock=clock.now, sleep=clock.advance
    )
    assert len(posts(engine, "mastodon")) > len(few)
    assert found.collected.platforms.keys() == {"mastodon", "x"}
    (gap,) = found.missing
    assert (gap.platform, gap.since) == ("x", campaign.opens_at + DAY)
    first, last = spans.day(campaign.starts_on), spans.day(campaign.starts_on + DAY)
    assert found.sentences[0].startswith(f"x, {gap.query}: {gap.hours} of 48 hours ({first} to {last}")
    assert found.sentences[0].endswith("are not shown any more; only files can bring them.")
    assert found.as_json()["missing"][0]["hours"] == gap.hours


def test_only_what_was_and_what_has_been_can_be_read(campaign: Campaign) -> None:
    """The window is clipped to the campaign and to now; an empty one is refused with its reason."""
    at, before = campaign.closes_at + 9 * DAY, campaign.opens_at - DAY
    assert span(campaign, None, None, at) == (campaign.opens_at, campaign.closes_at)
    assert span(campaign, before, at + DAY, campaign.opens_at + DAY) == (campaign.opens_at, campaign.opens_at + DAY)
    with pytest.raises(ConfigurationError, match="nothing is missing yet"):
        span(campaign, None, None, before)
    with pytest.raises(ConfigurationError, match="with 2 days of grace"):
        span(campaign, campaign.closes_at, None, at)


def test_days_as_people_say_them(campaign: Campaign) -> None:
    """In the campaign's zone; that it opens hours before its first day is not said."""
    there = replace(campaign, zone=ZoneInfo("Asia/Tokyo"), starts_on=date(2026, 2, 2))
    midnight = there.opens_at + 5 * HOUR  # 15:00 UTC
    assert spans.days(there, there.opens_at, midnight + HOUR) == "2 February 2026"
    assert spans.days(there, midnight, midnight + DAY) == "2 February 2026"
    assert spans.days(there, midnight, midnight + DAY + HOUR) == "2 February 2026 to 3 February 2026"
    assert spans.days(there, there.opens_at - DAY, there.opens_at) == "1 February 2026"
