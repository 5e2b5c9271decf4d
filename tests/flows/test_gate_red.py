"""A red gate, end to end: what is published stays, the rows are named, the team is told; readers see whole tables."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows.cli import run
from flows.settings import Settings
from flows.steps.build import build
from flows.steps.imports import import_files
from flows.steps.report import note_checks
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from tests.flows.receiver import Receiver, receiving
from warehouse import transform
from warehouse.campaign import Campaign
from warehouse.publish import PUBLISHED

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that judge, build and send
]
PASSWORD = "planted-Secret-4711"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(PASSWORD) as receiver:
        yield receiver


@pytest.fixture
def at_work(settings: Settings, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line run by the small world's team, who want to be told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("ROLLCALL_NOTIFY_URLS", receiver.url)


@pytest.fixture
def built(settings: Settings, campaign: Campaign, servers: Sandbox, with_roster: None, tmp_path: Path) -> None:
    """A first publication of what clerks saw."""
    sheet = tmp_path / "seen.csv"
    sheet.write_text(hand_csv(servers.world, servers.clock.now()), "utf-8")
    import_files(settings, campaign, [sheet], clock=servers.clock.now)
    assert build(settings, campaign, clock=servers.clock.now).headline["unique_posts"] > 0


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def everything_to_read(engine: Engine) -> dict[str, str]:
    """Every table and view that somebody may read, as text, to the byte."""
    found = rows(
        engine,
        "select format('%I.%I', nspname, relname) from pg_class inner join pg_namespace as n on n.oid = relnamespace"
        " where nspname in ('marts', 'metrics', 'analysis', 'open_data') and relkind in ('r', 'v', 'm') order by 1",
    )
    return {
        name: "\n".join(
            line for (line,) in rows(engine, f'select t::text from {name} as t order by t::text collate "C"')
        )
        for (name,) in found
    }


def test_a_broken_rule_leaves_all_that_is_published_as_it_was(
    built: None, at_work: None, engine: Engine, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4; the rows are named by their keys with a line of SQL; the team is told, without a person's id."""
    before = everything_to_read(engine)
    assert {f"{schema}.{table}" for schema, table in PUBLISHED} <= set(before)
    owners = [owner for (owner,) in rows(engine, "select person_id from people.person order by 1 limit 2")]
    change(
        engine,
        "insert into people.person_handle (person_id, platform, handle, match_basis, known_from)"
        " select person_id, 'x', 'of-two', 'opt_in', now() from people.person order by 1 limit 2",
    )
    capsys.readouterr()
    assert run(["build"]) == 4
    said = capsys.readouterr().err
    assert everything_to_read(engine) == before
    assert "No handle belongs to two people at the same time" in said
    for owner in owners:
        assert f"person_id {owner}, platform x" in said
    assert "select * from build.failing_handles_has_one_owner;" in said
    assert rows(engine, "select count(*) from build.failing_handles_has_one_owner") == [(2,)]
    (message,) = receiver.messages
    assert "(2 of " in message["message"]
    assert "last good tables stay, published 20" in message["message"]
    assert "select * from build.failing_handles_has_one_owner;" in message["message"]
    kept = rows(engine, "select string_agg(q::text, ' ') from core.quality_result as q")[0][0]
    errors = rows(engine, "select string_agg(error, ' ') from core.run")[0][0]
    for owner in owners:
        for text_kept in (str(message), kept, errors):
            assert f" {owner}," not in text_kept
    assert "of-two" not in said + str(message) + kept + errors
    assert PASSWORD not in said


def stopped_behind_the_gate(settings: Settings, campaign: Campaign) -> None:
    """A build that an error of ours ends, when what came in has been judged."""

    def stop(stage: str) -> None:
        if stage == "building the tables":
            raise RuntimeError("a defect")

    build(settings, campaign, progress=stop)


def test_the_page_of_checks_is_written_whatever_ends_the_build(
    settings: Settings, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what was found until then; where the page cannot be written, that is a warning beside the first error."""
    with pytest.raises(RuntimeError, match="a defect"):
        stopped_behind_the_gate(settings, campaign)
    page = settings.home / "reports" / campaign.name / "checks.html"
    assert "No handle belongs to two people at the same time" in page.read_text("utf-8")
    page.unlink()
    page.mkdir()
    with pytest.raises(RuntimeError, match="a defect"):
        stopped_behind_the_gate(settings, campaign)
    assert "not as a page" in caplog.text


def test_an_error_of_the_page_of_checks_neither_hides_another_nor_is_swallowed(
    settings: Settings, campaign: Campaign, engine: Engine, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """After a failed build it is a warning without values; after a good one it is raised."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("Amina Sample")

    monkeypatch.setattr("reports.checks.write", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        stopped_behind_the_gate(settings, campaign)
    [told] = [record.getMessage() for record in caplog.records if "page of checks" in record.getMessage()]
    assert "KeyError" in told
    assert "Amina" not in told
    with pytest.raises(KeyError):
        note_checks(settings, campaign, engine)


@pytest.mark.full
def test_a_broken_dbt_test_does_the_same(
    built: None,
    at_work: None,
    engine: Engine,
    receiver: Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A test that can never hold, in a copy of the project: nothing is published, and its rows are shown."""
    before = everything_to_read(engine)
    project = tmp_path / "dbt_like_sql"
    shutil.copytree(transform.PROJECT, project)
    (project / "data-tests" / "headline_is_wrong.sql").write_text(
        "select unique_posts, members, 'of-nobody' as handle from {{ ref('metric_headline') }}"
    )
    monkeypatch.setattr(transform, "PROJECT", project)
    assert run(["build"]) == 4
    said = capsys.readouterr().err
    assert everything_to_read(engine) == before
    posts, members = rows(engine, "select unique_posts, members from metrics.metric_headline")[0]
    assert f"dbt/headline_is_wrong: unique_posts {posts}, members {members}. All: select * from build." in said
    assert "of-nobody" not in said + str(receiver.messages)
    assert "build.failing_dbt_headline_is_wrong;" in receiver.last()


@pytest.mark.full
def test_readers_of_a_publication_see_the_old_tables_or_the_new_ones(
    built: None, settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine
) -> None:
    """Whoever polls sees no table shrink nor two publications; who holds a transaction keeps the old rows until its
    end; an analyst's own view goes on."""
    change(engine, "create view public.mine as select unique_posts, as_of from metrics.metric_headline")
    tables = [f"{schema}.{table}" for schema, table in PUBLISHED]
    look = {
        table: text(f"select count(*), array_agg(distinct (as_of, publication_id)::text) from {table}")
        for table in tables
    }
    done, polled, snapshots = threading.Event(), [], []

    def poll() -> None:
        with engine.connect() as connection:
            while not done.is_set():
                for table, statement in look.items():
                    polled.append((table, *connection.execute(statement).one()))
                    connection.rollback()

    def poll_in_one_snapshot() -> None:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            while not done.is_set():
                found = [connection.execute(statement).one() for statement in look.values()]
                snapshots.append({stamp for _, stamps in found for stamp in stamps or ()})
                connection.rollback()

    readers = [threading.Thread(target=poll), threading.Thread(target=poll_in_one_snapshot)]
    before = {table: rows(engine, f"select count(*) from {table}")[0][0] for table in tables}
    first = rows(engine, "select * from public.mine")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as held:
        seen = {table: held.execute(text(f"select t::text from {table} as t order by 1")).all() for table in tables}
        for reader in readers:
            reader.start()
        build(settings, campaign, clock=servers.clock.now)
        assert seen == {
            table: held.execute(text(f"select t::text from {table} as t order by 1")).all() for table in tables
        }
        held.rollback()
        after = {table: held.execute(look[table]).one() for table in tables}
    done.set()
    for reader in readers:
        reader.join()
    assert all(count >= before[table] and len(stamps or []) <= 1 for table, count, stamps in polled)
    assert {len(stamps) for stamps in snapshots} == {1}
    assert len(set.union(*snapshots)) == 2
    assert {stamp for _, stamps in after.values() for stamp in stamps or ()} < set.union(*snapshots)
    assert rows(engine, "select * from public.mine") != []
    assert rows(engine, "select unique_posts from public.mine") == [(first[0][0],)]
