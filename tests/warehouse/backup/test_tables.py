"""What is not rollcall's is in a backup as well; what its owner may not read is left out by name and stops nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.warehouse.backup.conftest import run_sql, taken, way
from tests.warehouse.forgetting.planting import SECRET, erase, rows
from warehouse.backup import erased, restoring, tables
from warehouse.engine import connect
from warehouse.errors import BackupError
from warehouse.people.which_key import key_check

SCHEMAS = "raw, core, people, marts, metrics, public"


@pytest.fixture
def plain_owner(planted: Engine, tmp_path: Path) -> Iterator[Engine]:
    """The warehouse as an account has it that may read all of rollcall and is no administrator."""
    role = f"plain_{uuid.uuid4().hex[:8]}"
    run_sql(
        planted,
        f"create role {role}",
        f'grant connect on database "{planted.url.database}" to {role}',
        f"grant usage on schema {SCHEMAS} to {role}",
        f"grant select on all tables in schema {SCHEMAS} to {role}",
        f"grant select on all sequences in schema {SCHEMAS} to {role}",
    )
    url = planted.url.update_query_dict({"options": f"-c role={role}"})
    engine = connect(url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    run_sql(planted, f"drop owned by {role}", f"drop role {role}")


def test_views_that_hold_rows_and_names_as_of_a_sheet(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    """A materialized view is made again, filled or not, and after those are gone who must not be in it."""
    run_sql(
        planted,
        "create schema ada",
        'create table ada."Sheet 1" as select 1 as n',
        'create table ada."a.b ""c"" 100% \\:d" as select 2 as n',
        "create materialized view ada.fellows as select display_name from people.person",
        "create materialized view ada.later as select 1 as n with no data",
    )
    made = taken(planted, tmp_path).backup
    assert made.manifest.tables['ada."Sheet 1"'] == made.manifest.tables['ada."a.b ""c"" 100% :d"'] == 1
    run_sql(planted, "drop schema ada cascade")
    erase(planted)
    with planted.connect() as connection:
        lines = erased.known(connection, key_check(SECRET))
    restoring.restore(blank_url, made, way(lines), replace=False)
    engine = connect(blank_url)
    assert rows(engine, "select display_name from ada.fellows") == rows(
        planted, "select display_name from people.person"
    )
    assert rows(engine, 'select n from ada."Sheet 1"') == [(1,)]
    assert rows(engine, "select relispopulated from pg_class where oid = 'ada.later'::regclass") == [(False,)]
    engine.dispose()


def test_what_the_owner_may_not_read_is_left_out_by_name(
    planted: Engine, plain_owner: Engine, blank_url: str, tmp_path: Path
) -> None:
    """With what needs it; the rest of it is there, and the backup can be restored."""
    role = str(plain_owner.url.query["options"]).removeprefix("-c role=")
    run_sql(
        planted,
        "create schema ada",
        "create table ada.own (id serial primary key)",
        'create table ada."Own 2" (id int generated always as identity)',
        "create schema shared",
        f"grant usage on schema shared to {role}",
        "create table shared.hidden (id serial primary key)",
        "create table shared.needs_it (id int references shared.hidden)",
        "create table shared.counter (id serial)",
        "create view shared.shows_it as select id from shared.hidden",
        "create materialized view shared.shows_that as select id from shared.shows_it",
        "create table shared.by_row (id int)",
        "alter table shared.by_row enable row level security",
        "create table shared.fine as select 1 as n",
        *(f"grant select on shared.{name} to {role}" for name in ("needs_it", "counter", "shows_it", "by_row", "fine")),
    )
    made = taken(plain_owner, tmp_path).backup
    left_out = [
        "shared.by_row",
        'ada."Own 2"', 'ada."Own 2_id_seq"', "ada.own", "ada.own_id_seq", "shared.counter", "shared.counter_id_seq",
        "shared.hidden", "shared.hidden_id_seq", "shared.needs_it", "shared.shows_it", "shared.shows_that",
    ]  # fmt: skip
    assert sorted(made.manifest.left_out) == sorted(left_out)
    assert json.loads((made.folder / "manifest.json").read_text())["left_out"] == list(made.manifest.left_out)
    assert [name for name in made.manifest.tables if name.startswith(("ada", "shared"))] == ["shared.fine"]
    restoring.restore(blank_url, made, way(), replace=False)
    engine = connect(blank_url)
    assert rows(engine, "select n from shared.fine") == [(1,)]
    assert rows(engine, "select count(*) from people.person") == [(2,)]
    engine.dispose()


def test_of_rollcalls_own_tables_none_is_left_out(planted: Engine, plain_owner: Engine, tmp_path: Path) -> None:
    """A login that may not read one makes no backup."""
    run_sql(
        planted, f"revoke select on core.item from {str(plain_owner.url.query['options']).removeprefix('-c role=')}"
    )
    with pytest.raises(BackupError, match=r"may not read core\.item: a backup is made as the warehouse's owner"):
        taken(plain_owner, tmp_path)


def test_names_are_compared_as_they_are_listed() -> None:
    assert tables.as_listed("core.item") == "core item"
    assert tables.as_listed('ada."a.b ""c"""') == 'ada a.b "c"'
    assert tables.as_listed('"a\nb".c') == "a b c"
