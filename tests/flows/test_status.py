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
from flows.steps.collect import collect
from flows.steps.daily import day_under_way
from flows.steps.roster import load
from flows.steps.status import status
from reports.digest import Digest, as_text
from sandbox.server import Sandbox
from warehouse import campaigns, ledger, windows
from warehouse.campaign import Campaign
from warehouse.checks import Check, record

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


def test_an_account_that_cannot_be_found_waits_for_a_person(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In status and in the day's digest, in numbers, until the roster is mended and the platform read again."""

    def a_day(handle: str) -> tuple[list[str], str]:
        path = tmp_path / "roster.csv"
        path.write_text(
            "person_id,name,role,match_basis,consent_collect,handle_mastodon\n"
            f"S01,Sam Sample,supporter,opt_in,granted,{handle}\n",
            "utf-8",
        )
        load(settings, path, campaign, clock=lambda: campaign.opens_at)
        collect(settings, campaign, ["mastodon"], clock=in_midweek.clock.now, sleep=in_midweek.clock.advance)
        shown: list[Digest] = []
        with day_under_way(settings, campaign, clock=in_midweek.clock.now, show=shown.append) as day:
            day.did("build", "completed")
        return list(status(settings, campaign, clock=in_midweek.clock.now).to_mend), as_text(shown[0])

    told, digest = a_day("nobody.known@north.lanterns.example")
    [sentence] = told
    assert "1 of 1 members' accounts cannot be read (not found); check their handles in the roster." in sentence
    assert "nobody" not in sentence
    assert f"What waits for you\n- {sentence}" in digest
    show.status(status(settings, campaign), as_json=False)
    assert "Look: mastodon: north.lanterns.example: 1 of 1" in " ".join(capsys.readouterr().out.split())
    told, digest = a_day("aroha@north.lanterns.example")
    assert told == []
    assert "cannot be read" not in digest


def test_what_looks_odd_in_published_tables_waits_for_a_person(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """A warning of the newest build; a red rule stops the build and is told at once instead."""
    settings = Settings(home=tmp_path, database_url=database_url)
    with engine.begin() as connection:
        campaigns.sync(connection, CAMPAIGN)
    run = ledger.begin(engine, "itp28", "build", lambda: CAMPAIGN.opens_at)
    odd, red = (
        Check(suite="dbt", rule=rule, passed=False, severity=severity, failed=1, examined=None, sentence="")
        for rule, severity in (("hashtags_are_those_of_the_file", "warning"), ("campaign_is_known", "critical"))
    )
    with engine.begin() as connection:
        record(connection, "itp28", run.run_id, [odd, red])
    run.finish("completed")
    assert status(settings, CAMPAIGN).to_mend == [
        "This should hold: Since the last rebuild, posts were judged only by the hashtags that the campaign's file "
        "names now (after a change, also one that was taken back: `rollcall rebuild`)."
    ]
