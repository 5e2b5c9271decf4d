"""A restored warehouse is the one that was backed up, or nothing is: rows, forms, comments, rights, counters."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.warehouse.backup.conftest import run_sql, taken, way
from tests.warehouse.backup.portrait import differing, portrait
from tests.warehouse.forgetting.planting import NOW, rows
from warehouse import ledger, locks
from warehouse.backup import again, folder, manifest, programs, restoring
from warehouse.backup.folder import Backup
from warehouse.engine import connect, create_database, drop_database, parse
from warehouse.errors import AlreadyRunning, BackupError, DatabaseUnavailable, NotPermitted


def databases(engine: Engine) -> set[str]:
    return {name for (name,) in rows(engine, "select datname from pg_database")}


def test_a_blank_database_becomes_the_warehouse(planted: Engine, blank_url: str, reader: str, tmp_path: Path) -> None:
    """Row by row in every table of every schema; views, comments, rights, also an administrator's, and counters."""
    run_sql(
        planted,
        "create schema analysts",
        "create view analysts.fellows as select count(*) as n from people.person",
        f"grant usage on schema analysts to {reader}",
        f"grant select on analysts.fellows to {reader}",
        "comment on view analysts.fellows is 'How many; asked each Monday.'",
        f"grant update (note) on people.review_decision to {reader}",
        "select setval(pg_get_serial_sequence('people.review_decision', 'decision_id'), 4711)",
    )
    made = taken(planted, tmp_path).backup
    before = portrait(planted)
    engine = connect(blank_url)
    done = restoring.restore(blank_url, made, way(), replace=False)
    assert differing(before, portrait(engine)) == {}
    assert (done.applied, done.roles_missing, done.strangers) == (again.Applied(), [], [])
    assert restoring.state(engine) == "full"
    engine.dispose()


def test_a_warehouse_is_replaced_only_if_that_is_said(planted: Engine, tmp_path: Path) -> None:
    """The fresh one takes its name; no database is left beside it."""
    url = planted.url.render_as_string(hide_password=False)
    made = taken(planted, tmp_path).backup
    before, there = portrait(planted), databases(planted)
    run_sql(planted, "delete from core.interaction", "create table core.later ()")
    with pytest.raises(BackupError, match="--replace"):
        restoring.restore(url, made, way(), replace=False)
    restoring.restore(url, made, way(), replace=True)
    assert differing(before, portrait(planted)) == {}
    assert databases(planted) == there


def test_a_migrated_warehouse_that_nobody_used_needs_no_word(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    """`rollcall doctor` has made the tables on the new computer."""
    from warehouse.migrate import migrate

    made = taken(planted, tmp_path).backup
    engine = connect(blank_url)
    migrate(engine)
    ledger.begin(engine, None, "collect", lambda: NOW).finish("failed")
    assert restoring.state(engine) == "empty"
    restoring.restore(blank_url, made, way(), replace=False)
    assert differing(portrait(planted), portrait(engine)) == {}
    engine.dispose()


@pytest.mark.parametrize("where", ["blank", "replaced"])
def test_what_stops_it_leaves_all_as_it_was(
    planted: Engine, blank_url: str, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after all rows are in."""
    url = blank_url if where == "blank" else planted.url.render_as_string(hide_password=False)
    made, engine = taken(planted, tmp_path).backup, connect(url)
    before, there = portrait(engine), databases(engine)

    def broken(*_: object) -> None:
        raise NotPermitted("Not now.")

    with monkeypatch.context() as patch:
        patch.setattr(again, "apply", broken)
        with pytest.raises(NotPermitted):
            restoring.restore(url, made, way(), replace=True)
    assert differing(before, portrait(engine)) == {}
    assert databases(engine) == there
    restoring.restore(url, made, way(), replace=True)
    engine.dispose()


def test_half_a_restore_is_refused_and_can_be_done_again(
    planted: Engine, blank_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the computer died in the middle, nobody reads what is there: those erased since are still in it."""
    made, engine = taken(planted, tmp_path).backup, connect(blank_url)
    seen: list[tuple[str, list[tuple[object, ...]]]] = []

    def look(*_: object) -> again.Applied:
        with pytest.raises(DatabaseUnavailable, match="being restored"):
            restoring.refuse_half(engine)
        open_to = "select distinct relname from pg_class, aclexplode(relacl) where oid >= 16384 and grantee <> relowner"
        seen.append((restoring.state(engine), rows(engine, open_to)))
        with pytest.raises(AlreadyRunning, match="restoring a backup"):
            restoring.restore(blank_url, made, way(), replace=True)
        return again.Applied()

    with monkeypatch.context() as patch:
        patch.setattr(again, "apply", look)
        patch.setattr("warehouse.locks.NOTICED_WITHIN", 0.1)
        restoring.restore(blank_url, made, way(), replace=False)
    assert seen == [("half", [])]
    run_sql(engine, "create table public.rollcall_restoring ()", "delete from core.item_version")
    restoring.restore(blank_url, made, way(), replace=False)
    restoring.refuse_half(engine)
    assert differing(portrait(planted), portrait(engine)) == {}
    engine.dispose()


def test_a_run_of_then_is_not_alive_and_a_run_of_now_is_waited_for(
    planted: Engine, blank_url: str, tmp_path: Path
) -> None:
    run = ledger.begin(planted, None, "collect", lambda: NOW)
    made, engine = taken(planted, tmp_path).backup, connect(blank_url)
    assert restoring.restore(blank_url, made, way(), replace=False).died == 1
    assert rows(engine, "select state from core.run") == [("died",)]
    with pytest.raises(AlreadyRunning, match="rollcall collect"):
        restoring.restore(planted.url.render_as_string(hide_password=False), made, way(), replace=True)
    assert rows(planted, "select state from core.run") == [("running",)]
    run.finish("completed")
    engine.dispose()


def cut(place: Path) -> None:
    dump = place / "warehouse.dump"
    dump.write_bytes(dump.read_bytes()[:-200])


def flipped(place: Path) -> None:
    dump = place / "warehouse.dump"
    whole = bytearray(dump.read_bytes())
    whole[len(whole) // 2] ^= 1
    dump.write_bytes(whole)


def rewritten(place: Path) -> None:
    told = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**told, "revision": "0001"}))


def from_the_future(place: Path) -> None:
    told = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**told, "form": manifest.FORM + 1, "application": "9.0"}))
    sums = [f"{hashlib.sha256((place / n).read_bytes()).hexdigest()}  {n}" for n in ("warehouse.dump", "manifest.json")]
    (place / "SHA256SUMS").write_text("\n".join(sums) + "\n")


def without_sums(place: Path) -> None:
    (place / "SHA256SUMS").unlink()


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        (cut, "cut short"), (flipped, r"checksum of warehouse\.dump"), (rewritten, r"checksum of manifest\.json"),
        (from_the_future, r"newer rollcall \(9\.0\)"),
        (without_sums, "no backup of rollcall"), (shutil.rmtree, "There is no"),
    ],
)  # fmt: skip
def test_a_backup_that_is_not_whole_is_refused(
    planted: Engine, tmp_path: Path, spoilt: Callable[[Path], None], sentence: str
) -> None:
    made = taken(planted, tmp_path).backup
    spoilt(made.folder)
    with pytest.raises(BackupError, match=sentence):
        manifest.check(made.folder, folder.named(made.folder).manifest)


def test_a_restore_in_which_rows_are_missing_is_none(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    """Whatever PostgreSQL says: the rows of every table are counted."""
    made = taken(planted, tmp_path).backup
    told = replace(made.manifest, tables={**made.manifest.tables, "core.item": 5})
    with pytest.raises(BackupError, match=r"Not all rows came back \(core\.item\)"):
        restoring.restore(blank_url, Backup(folder=made.folder, manifest=told), way(), replace=False)


def test_what_a_program_says_of_rows_is_not_passed_on(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    """PostgreSQL quotes the row that it could not take: that may be what people wrote."""
    run_sql(planted, "create table core.noted (words text)", "insert into core.noted values ('my secret words')")
    made = taken(planted, tmp_path).backup
    run_sql(planted, "alter table core.noted alter words type int using null")
    command = [programs.find("pg_restore", 15), "--data-only", "--table=noted", made.dump]
    with pytest.raises(BackupError) as raised:
        programs.run(command, planted.url.render_as_string(hide_password=False), {}, "Nothing was restored")
    assert "at table noted" in str(raised.value)
    assert "words" not in str(raised.value)


def test_rights_of_roles_that_are_not_here_are_named(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    """And rights of whoever owned the warehouse there are those of whoever owns it here."""
    gone = f"gone_{uuid.uuid4().hex[:8]}"
    run_sql(planted, f"create role {gone}", f"grant select on core.item to {gone}")
    made = taken(planted, tmp_path).backup
    run_sql(planted, f"drop owned by {gone}", f"drop role {gone}")
    engine = connect(blank_url)
    assert restoring.restore(blank_url, made, way(), replace=False).strangers == [gone]
    assert differing(portrait(planted), portrait(engine)) == {}
    engine.dispose()


def test_somebody_elses_database_is_left_alone(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    made, engine = taken(planted, tmp_path).backup, connect(blank_url)
    run_sql(engine, "create table public.recipes as select 'soup' as name")
    with pytest.raises(BackupError, match="some other program"):
        restoring.restore(blank_url, made, way(), replace=True)
    assert rows(engine, "select name from public.recipes") == [("soup",)]
    engine.dispose()


def test_an_older_server_is_a_sentence(planted: Engine, blank_url: str, tmp_path: Path) -> None:
    made = taken(planted, tmp_path).backup
    newer = replace(made.manifest, server_version=99)
    with pytest.raises(BackupError, match="PostgreSQL 99"):
        restoring.restore(blank_url, Backup(folder=made.folder, manifest=newer), way(), replace=False)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    server_url: str, blank_url: str, reader: str, tmp_path: Path
) -> None:
    """Also one whose tables had less: the list of the erased finds its columns."""
    from alembic import command
    from alembic.config import Config

    from warehouse.migrate import MIGRATIONS, VERSION_TABLE

    old = f"rollcall_test_{uuid.uuid4().hex[:12]}"
    engine = connect(create_database(server_url, old))
    with engine.connect() as connection:
        attributes = {"connection": connection, "version_table": VERSION_TABLE, "on_version_apply": None}
        config = Config(attributes=attributes)
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0011")
    made = taken(engine, tmp_path).backup
    assert made.manifest.revision == "0011"
    engine.dispose()
    drop_database(server_url, old)
    restored = connect(blank_url)
    restoring.restore(blank_url, made, way(), replace=False)
    with restored.connect() as connection:
        assert connection.execute(text(f"select version_num > '0011' from {VERSION_TABLE}")).scalar_one()
        granted = text("select has_table_privilege('rollcall_analyst', 'metrics.publication', 'select')")
        assert connection.execute(granted).scalar_one()
    restored.dispose()


def test_it_takes_the_name_of_a_database_that_people_are_in(planted: Engine, tmp_path: Path) -> None:
    """Their sessions end; the next ones find the restored warehouse."""
    made = taken(planted, tmp_path).backup
    url = planted.url.render_as_string(hide_password=False)
    with planted.connect() as somebody:
        somebody.execute(text("select 1"))
        restoring.restore(url, made, way(), replace=True)
        somebody.invalidate()
    assert rows(planted, "select current_database()") == [(parse(url).database,)]


def test_what_a_killed_restore_left_beside_the_warehouse_is_swept(planted: Engine, server_url: str) -> None:
    """It holds people's data. One that is under way is left alone."""
    url, there = planted.url.render_as_string(hide_password=False), databases(planted)
    left = f"{parse(url).database}__restoring"
    create_database(server_url, left)
    with locks.restoring(planted), pytest.MonkeyPatch.context() as patch:
        patch.setattr(locks, "NOTICED_WITHIN", 0.1)
        with pytest.raises(AlreadyRunning):
            restoring.sweep(planted)
        assert left in databases(planted)
    restoring.sweep(planted)
    assert databases(planted) == there


def test_a_backup_that_begins_while_the_names_change_sweeps_nothing(
    planted: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The restored one is complete by then, and bears the name of what a killed restore leaves."""
    made, url = taken(planted, tmp_path).backup, planted.url.render_as_string(hide_password=False)
    other, there, real = connect(url), databases(planted), restoring.replace_database
    seen = []

    def meanwhile(*given: str) -> None:
        with pytest.raises(AlreadyRunning, match="restoring a backup"):
            restoring.sweep(other)
        seen.append(databases(other) - there)
        other.dispose()
        real(*given)

    monkeypatch.setattr(locks, "NOTICED_WITHIN", 0.1)
    monkeypatch.setattr(restoring, "replace_database", meanwhile)
    restoring.restore(url, made, way(), replace=True)
    assert seen == [{f"{parse(url).database}__restoring"}]
    assert databases(planted) == there
