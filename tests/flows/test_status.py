"""Where a campaign stands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from connectors.records import Query
from flows.cli import show
from flows.settings import Settings
from flows.steps.status import status
from warehouse import ledger, windows
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


def test_gaps_and_days_without_a_run_are_said(
    engine: Engine, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To people in sentences, to scripts as rows; a campaign that never had a daily run is not told of days."""
    settings = Settings(home=tmp_path, database_url=database_url)
    query = Query(platform="instagram", name="hashtag/itp28", source="instagram.com", base_url="")
    since = datetime(2026, 2, 1, 6, tzinfo=UTC)
    with engine.begin() as connection:
        windows.declare_gap(connection, CAMPAIGN, query, since, since + timedelta(hours=5), uuid4())
    show.status(status(settings, CAMPAIGN), as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "Gap: instagram, hashtag/itp28: 5 hours, 2026-02-01 06:00 to 2026-02-01 11:00 UTC, not read in time." in said
    assert "daily run" not in said
    assert f"There is no backup in {tmp_path / 'backups'}." in said
    ledger.begin(engine, CAMPAIGN.name, "daily", lambda: since, day=date(2026, 2, 2)).finish("partial")
    show.status(status(settings, CAMPAIGN), as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "Days without a daily run that ended well: 1 Feb." in said
    assert "Days whose daily run ended in part: 2 Feb." in said
    assert "The last daily run was for 2026-02-02, began 2026-02-01 06:00 UTC: partial" in said
    show.status(status(settings, CAMPAIGN), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["daily"]["missed"] == ["2026-02-01"]
    assert [(gap["query"], gap["hours"]) for gap in told["gaps"]] == [("hashtag/itp28", 5)]
