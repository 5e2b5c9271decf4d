"""Building, end to end: what is read stands still, red publishes nothing, and whatever stops it is a sentence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.build import BuildResult, build
from flows.steps.imports import import_files
from flows.steps.rebuild import rebuild
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign
from warehouse.checks import Check
from warehouse.errors import AlreadyRunning, GateRed, WarehouseError
from warehouse.publish import PUBLISHED

pytestmark = [
    pytest.mark.timeout(300),  # Great Expectations and dbt take long to import
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that they import
]


@pytest.fixture
def sheet(servers: Sandbox, tmp_path: Path) -> Path:
    path = tmp_path / "seen.csv"
    path.write_text(hand_csv(servers.world, servers.clock.now()), "utf-8")
    return path


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def published(engine: Engine) -> list[list[tuple[Any, ...]]]:
    tables = [*(f"{schema}.{table}" for schema, table in PUBLISHED), "metrics.publication"]
    return [rows(engine, f"select t::text from {table} as t order by 1") for table in tables]


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_what_lands_during_a_build_waits_for_the_next_one(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, sheet: Path
) -> None:
    """Else one table would know a post that another does not, and the gate would be red without a reason."""
    landing = threading.Thread(target=import_files, args=(settings, campaign, [sheet]))
    waited = []

    def at_stage(stage: str) -> None:
        if stage == "building the tables":
            landing.start()
            landing.join(5)
            waited.append(landing.is_alive())

    result = build(settings, campaign, clock=servers.clock.now, progress=at_stage)
    landing.join()
    assert waited == [True]
    assert result.headline["unique_posts"] == 0
    assert rows(engine, "select count(*) > 0 from core.item") == [(True,)]


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_other_hashtags_in_the_file_are_told_until_what_is_held_is_judged_by_them(
    settings: Settings, campaign: Campaign, servers: Sandbox, sheet: Path
) -> None:
    """A slip in the file is seen the same day, although the numbers still are those of the old hashtags."""

    def told(checks: Sequence[Check]) -> list[str]:
        return [check.rule for check in checks if check.rule == "hashtags_are_those_of_the_file" and not check.passed]

    import_files(settings, campaign, [sheet])
    slip = replace(campaign, hashtags=("lantrens7", *campaign.hashtags))
    assert told(build(settings, campaign, clock=servers.clock.now).checks) == []
    assert told(build(settings, slip, clock=servers.clock.now).checks) == ["hashtags_are_those_of_the_file"]
    assert told(rebuild(settings, slip, clock=servers.clock.now).built.checks) == []


@pytest.mark.usefixtures("with_roster")
def test_a_build_that_is_stopped_changes_nothing_that_is_published(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, sheet: Path
) -> None:
    """A second one beside it, red before dbt, red after it, a model that fails: each is a sentence in the ledger."""

    def run(progress: Callable[[str], None] = lambda stage: None) -> BuildResult:
        return build(settings, campaign, clock=servers.clock.now, progress=progress)

    def beside(stage: str) -> None:
        if stage == "publishing":
            with pytest.raises(AlreadyRunning):
                run()

    import_files(settings, campaign, [sheet], clock=servers.clock.now)
    assert run(beside).headline["unique_posts"] > 0
    before = published(engine)
    for broken, stopped, sentence, mended in (
        (
            "insert into people.person_handle (person_id, platform, handle, match_basis, known_from)"
            " select person_id, 'x', 'of-two', 'opt_in', now() from people.person order by 1 limit 2",
            GateRed,
            "No handle belongs to two people",
            "delete from people.person_handle where handle = 'of-two'",
        ),
        ("update core.item_days set days = '{99}'", GateRed, "prompt_day: every value exists", None),
        ("alter table people.person_country rename label to gone", WarehouseError, "label", None),
    ):
        change(engine, broken)
        with pytest.raises(stopped, match=sentence):
            run()
        assert published(engine) == before
        assert sentence in rows(engine, "select string_agg(error, ' ') from core.run")[0][0]
        if mended:
            change(engine, mended)
    assert rows(engine, "select count(*) from core.run where verb = 'build' and error like 'Somebody else%'") == [(1,)]
