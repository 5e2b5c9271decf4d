"""Watermarks and coverage: what has been read, and what is known to be missing."""

import logging
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from connectors.records import Query
from warehouse import windows
from warehouse.campaign import Campaign

CAMPAIGN = Campaign(
    name="itp28",
    title="T",
    hashtags=("itp28",),
    starts_on=date(2027, 2, 1),
    ends_on=date(2027, 2, 2),
    zone=ZoneInfo("Europe/London"),
    grace_days=0,
)
QUERY = Query(platform="x", name="search", source="x.com", base_url="")
RUN = uuid4()
OPENS = datetime(2027, 1, 31, 10, tzinfo=UTC)
LOOKBACK = timedelta(hours=2)


def after(hours):
    return OPENS + timedelta(hours=hours)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def coverage(connection):
    rows = connection.execute(text("select hour, state from core.coverage order by hour"))
    return {(hour - OPENS) // windows.HOUR: state for hour, state in rows}


def watermark(connection):
    return connection.execute(text("select complete_until from core.watermark")).scalar()


def advance(connection, since, until, **told):
    windows.advance(connection, CAMPAIGN, QUERY, after(since), after(until), RUN, **told)


def next_since(connection, **told):
    return windows.next_since(connection, CAMPAIGN, QUERY, LOOKBACK, **told)


def test_the_first_window_begins_with_the_campaign(connection):
    """Without a watermark, reading begins when the first day begins anywhere on earth."""
    assert next_since(connection) == CAMPAIGN.opens_at == OPENS


def test_a_window_reads_a_lookback_again(connection):
    """The next window begins a lookback before the watermark, but never before the campaign."""
    advance(connection, 0, 9.5)
    assert next_since(connection) == after(7.5)
    assert windows.next_since(connection, CAMPAIGN, QUERY, timedelta(days=3)) == OPENS


def test_only_whole_hours_are_complete(connection):
    """Of a window from 0:20 to 4:10 the hours 1, 2 and 3 are complete; the next window completes the rest."""
    windows.advance(connection, CAMPAIGN, QUERY, after(1 / 3), after(4 + 1 / 6), RUN)
    assert coverage(connection) == dict.fromkeys([1, 2, 3], "complete")
    advance(connection, 0, 6)
    assert coverage(connection) == dict.fromkeys(range(6), "complete")


def test_hours_outside_the_campaign_are_not_kept(connection):
    """A window wider than the campaign covers the campaign's hours only, and the watermark ends with it."""
    advance(connection, -50, 500)
    hours = (CAMPAIGN.closes_at - OPENS) // windows.HOUR
    assert coverage(connection) == dict.fromkeys(range(hours), "complete")
    assert watermark(connection) == CAMPAIGN.closes_at


def test_the_watermark_never_goes_back(connection):
    """A window read again leaves the watermark where it is, and writes nothing."""
    advance(connection, 0, 20)
    before = connection.execute(text("select xmin::text, ctid::text, c::text from core.coverage c")).all()
    advance(connection, 3, 12)
    assert watermark(connection) == after(20)
    assert connection.execute(text("select xmin::text, ctid::text, c::text from core.coverage c")).all() == before


def test_a_window_that_leaves_something_out_does_not_move_the_watermark(connection):
    """Reading hours 8 to 12 when 5 is the watermark covers those hours, but 5 to 8 is still to be read."""
    advance(connection, 0, 5)
    advance(connection, 8, 12)
    assert watermark(connection) == after(5)
    assert coverage(connection) == dict.fromkeys([*range(5), *range(8, 12)], "complete")
    advance(connection, 0, 14, move_watermark=False)
    assert watermark(connection) == after(5)


def test_a_baseline_before_the_campaign_does_not_hold_the_watermark_back(connection):
    """A window that ends before the campaign opens leaves nothing out: reading goes on from its beginning."""
    advance(connection, -50, -20, beyond=True)
    assert next_since(connection) == OPENS
    advance(connection, 0, 6)
    assert watermark(connection) == after(6)


def test_an_empty_window_changes_nothing(connection):
    """A window without length covers nothing."""
    advance(connection, 3, 3)
    assert (watermark(connection), coverage(connection)) == (None, {})


def test_a_gap_is_declared_and_passed(connection):
    """Hours that a platform no longer shows are a gap, the watermark passes them, and a later reading fills them."""
    advance(connection, 0, 3)
    windows.declare_gap(connection, CAMPAIGN, QUERY, after(2.5), after(6.5), RUN)
    advance(connection, 6.5, 9)
    assert coverage(connection) == {
        **dict.fromkeys([0, 1, 2], "complete"),
        **dict.fromkeys([3, 4, 5, 6], "gap"),
        **dict.fromkeys([7, 8], "complete"),
    }
    assert watermark(connection) == after(9)
    advance(connection, 3, 7)
    assert set(coverage(connection).values()) == {"complete"}


def test_what_a_platform_never_shows_is_no_gap(connection):
    """Hours can be declared as not visible by design."""
    windows.declare_gap(connection, CAMPAIGN, QUERY, after(0), after(2), RUN, "not_visible")
    assert coverage(connection) == dict.fromkeys([0, 1], "not_visible")


def test_a_watermark_from_the_future_is_not_believed(connection, caplog, monkeypatch):
    """A corrupt watermark costs a warning and is read from the last possible time, instead of never again."""
    # Whatever other tests' libraries made of the logging tree, this logger's own words are heard.
    monkeypatch.setattr(windows.logger, "disabled", False)
    monkeypatch.setattr(windows.logger, "handlers", [caplog.handler])
    caplog.set_level(logging.WARNING, logger=windows.logger.name)
    connection.execute(
        text("insert into core.watermark values ('itp28', 'x', 'search', '2999-01-01', :run)"), {"run": RUN}
    )
    assert next_since(connection) == CAMPAIGN.closes_at - LOOKBACK
    assert next_since(connection, now=after(10)) == after(8)
    assert "lies in the future" in caplog.text


def test_queries_are_apart(connection):
    """Another query of the same platform has a watermark of its own."""
    advance(connection, 0, 5)
    other = Query(platform="x", name="other", source="x.com", base_url="")
    assert windows.next_since(connection, CAMPAIGN, other, LOOKBACK) == OPENS
