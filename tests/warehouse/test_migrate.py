"""The schema of the warehouse: made once, whole or not at all, and never over somebody else's."""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from warehouse import migrate as migrations
from warehouse.engine import connect, create_database, drop_database
from warehouse.errors import NotPermitted, SchemaMismatch
from warehouse.migrate import check, migrate

ROOT = Path(__file__).parents[2]
SHIPPED = migrations.MIGRATIONS

NEXT = """
import os, signal
from alembic import op

revision = "9999"
down_revision = "{head}"

def upgrade() -> None:
    op.execute("create table core.half (number int)")
    {then}
"""


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    name = f"rollcall_empty_{uuid.uuid4().hex[:12]}"
    yield create_database(server_url, name)
    drop_database(server_url, name)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = connect(empty_url)
    yield engine
    engine.dispose()


def head() -> str:
    return migrations.ScriptDirectory(str(SHIPPED)).get_current_head() or ""


def relations(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(
            connection.scalars(text("select oid::regclass::text from pg_class where relkind in ('r', 'v', 'm')"))
        )


def with_one_more(folder: Path, then: str) -> Path:
    """A copy of the migrations with one more, which makes a table and then does `then`."""
    shutil.copytree(SHIPPED, folder)
    (folder / "versions" / "9999_next.py").write_text(NEXT.format(head=head(), then=then))
    return folder


def test_a_fresh_database_gets_the_whole_schema(empty: Engine) -> None:
    """Migrating an empty database makes it what this version knows; migrating again changes nothing."""
    with pytest.raises(SchemaMismatch, match=r"still empty.*rollcall db migrate"):
        check(empty)
    migrate(empty)
    check(empty)
    made = relations(empty)
    assert {"raw.item", "core.item", "people.person", "metrics.publication"} <= made
    migrate(empty)
    assert relations(empty) == made


def test_every_table_says_what_it_is(engine: Engine) -> None:
    """Each table of ours has a comment."""
    silent = text("""
        select oid::regclass::text from pg_class
        where relkind = 'r' and relnamespace::regnamespace::text in ('raw', 'core', 'people', 'marts', 'metrics')
          and obj_description(oid, 'pg_class') is null
    """)
    with engine.connect() as connection:
        assert connection.scalars(silent).all() == []


def test_two_commands_that_migrate_at_once_take_turns(empty: Engine) -> None:
    """Both succeed, and the schema is made once."""
    with ThreadPoolExecutor(2) as both:
        assert list(both.map(migrate, [empty, empty])) == [None, None]
    check(empty)


def test_a_migration_that_fails_leaves_nothing(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failed migration is undone whole; once it is mended, migrating goes on from there."""
    broken = with_one_more(tmp_path / "broken", "raise RuntimeError('a defect')")
    monkeypatch.setattr(migrations, "MIGRATIONS", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        migrate(engine)
    assert "core.half" not in relations(engine)
    monkeypatch.setattr(migrations, "MIGRATIONS", with_one_more(tmp_path / "mended", "pass"))
    with pytest.raises(SchemaMismatch, match="older than this rollcall"):
        check(engine)
    migrate(engine)
    check(engine)
    assert "core.half" in relations(engine)


def test_a_process_killed_in_the_middle_leaves_nothing(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """After kill -9 in the middle of a migration the schema is the old one, and nobody holds the lock."""
    folder = with_one_more(tmp_path / "killed", "os.kill(os.getpid(), signal.SIGKILL)")
    script = f"""
from pathlib import Path
from warehouse import migrate
from warehouse.engine import connect
migrate.MIGRATIONS = Path({str(folder)!r})
migrate.migrate(connect({database_url!r}))
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    check(engine)
    migrate(engine)
    assert "core.half" not in relations(engine)


def test_a_newer_database_is_refused(engine: Engine) -> None:
    """A database that a newer rollcall has migrated is left alone, and the sentence says what to do."""
    with engine.begin() as connection:
        connection.execute(text(f"update public.{migrations.VERSION_TABLE} set version_num = '0815'"))
    for refuses in (migrate, check):
        with pytest.raises(SchemaMismatch, match=rf"\(0815\) is newer.*up to {head()}.*install the newer rollcall"):
            refuses(engine)


def test_somebody_elses_database_is_refused(empty: Engine) -> None:
    """A database that already holds a schema of one of our names is not touched."""
    with empty.begin() as connection:
        connection.execute(text("create schema core"))
    with pytest.raises(SchemaMismatch, match="already holds core of some other program"):
        migrate(empty)
    assert "raw.item" not in relations(empty)


def test_a_missing_permission_is_said_plainly(empty: Engine, empty_url: str) -> None:
    """An account that may not create anything gets one sentence that names what its owner must grant."""
    role = f"rollcall_guest_{uuid.uuid4().hex[:12]}"
    with empty.begin() as connection:
        connection.execute(text(f"create role {role} login password '{role}'"))
    guest = connect(make_url(empty_url).set(username=role, password=role).render_as_string(hide_password=False))
    try:
        with pytest.raises(NotPermitted, match="its owner must grant CREATE"):
            migrate(guest)
    finally:
        guest.dispose()
        with empty.begin() as connection:
            connection.execute(text(f"drop role {role}"))


def test_migrating_is_silent(
    empty: Engine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Alembic neither prints nor logs."""
    with caplog.at_level(logging.INFO):
        migrate(empty)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["analysis", "open_data"])
def test_a_schema_of_a_name_that_a_later_version_needs_is_refused(
    server_url: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older warehouse in which somebody made it meanwhile stays as it is until it is renamed."""
    older = tmp_path / "older"
    shutil.copytree(SHIPPED, older)
    for path in (older / "versions").glob("*.py"):
        if path.name[:4] >= "0008":
            path.unlink()
    url = create_database(server_url, database := f"rollcall_older_{uuid.uuid4().hex[:12]}")
    engine = connect(url)
    try:
        with monkeypatch.context() as before:
            before.setattr(migrations, "MIGRATIONS", older)
            before.setattr(migrations.roles, "provide", lambda *_, **__: None)
            migrate(engine)
        with engine.begin() as connection:
            connection.execute(text(f"create schema {name}"))
        made = relations(engine)
        with pytest.raises(SchemaMismatch, match=rf"alter schema {name} rename to .*Nothing was changed"):
            migrate(engine)
        assert relations(engine) == made
        with engine.begin() as connection:
            connection.execute(text(f"alter schema {name} rename to mine"))
        migrate(engine)
        check(engine)
    finally:
        engine.dispose()
        drop_database(server_url, database)


def test_a_build_schema_of_somebody_else_is_not_dropped(empty: Engine) -> None:
    """It is the work space of builds, which a migration empties."""
    with empty.begin() as connection:
        connection.execute(text("create schema build"))
        connection.execute(text("create table build.theirs (a int)"))
    with pytest.raises(SchemaMismatch, match="already holds build of some other program"):
        migrate(empty)
    assert "build.theirs" in relations(empty)


def test_the_rights_of_the_roles_come_with_the_last_migration_or_not_at_all(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between them would leave a new table closed to its reader for good."""
    monkeypatch.setattr(migrations, "MIGRATIONS", with_one_more(tmp_path / "more", "pass"))

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("a crash")

    with monkeypatch.context() as crashing:
        crashing.setattr(migrations.roles, "provide", crash)
        with pytest.raises(RuntimeError, match="a crash"):
            migrate(engine)
    assert "core.half" not in relations(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("select has_table_privilege('rollcall_loader', 'core.half', 'insert')"))
