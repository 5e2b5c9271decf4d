"""Where a campaign stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from connectors.records import Query
from flows.settings import Settings
from flows.steps.status import status
from warehouse import windows
from warehouse.campaign import Campaign

CAMPAIGN = Campaign(
    name="itp28",
    title="T",
    hashtags=("itp28",),
    starts_on=date(2026, 2, 1),
    ends_on=date(2026, 2, 2),
    zone=ZoneInfo("UTC"),
    grace_days=0,
)


def test_a_query_that_is_asked_no_more_does_not_look_as_if_it_stood_still(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """Somebody joined the roster: the members' query has a new name, is read from the beginning, and stands alone."""
    search, before, after = (
        Query(platform="x", name=name, source="x.com", base_url="") for name in ("search", "members/1", "members/2")
    )
    until = datetime(2026, 2, 2, tzinfo=UTC)
    with engine.begin() as connection:
        windows.ask(connection, CAMPAIGN, "x", (search, before))
        for query in (search, before):
            windows.advance(connection, CAMPAIGN, query, CAMPAIGN.opens_at, until, uuid4())
        windows.ask(connection, CAMPAIGN, "x", (search, after))
    found = status(Settings(home=tmp_path, database_url=database_url), CAMPAIGN)
    assert [(read["query"], read["complete_until"]) for read in found.reads] == [("members/2", None), ("search", until)]
    hours = (until - CAMPAIGN.opens_at) // timedelta(hours=1)
    assert [read["hours_complete"] for read in found.reads] == [0, hours]
