"""Brings a database's schema up to date with Alembic: one transaction per migration, one command at a time.

The version is kept in schema public because schema core is itself made by the first migration.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg2 import errors as postgres_says
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from warehouse import roles
from warehouse.errors import AlreadyRunning, NotPermitted, SchemaMismatch

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "rollcall_schema_version"
MADE_BY = {
    "0001": ("raw", "core", "people", "marts", "metrics", "build"),
    "0008": ("analysis", "open_data"),
}
"""Migration -> schemas that it makes, or that are ours from then on."""
LOCK = 0x726F6C6C  # "roll": any number will do, as long as it stays the same
PATIENCE = "120s"

logging.getLogger("alembic").setLevel(logging.WARNING)


def migrate(engine: Engine, *, opened: bool = True) -> None:
    """Brings the schema up to date; does nothing when it is. A crash in the middle leaves no half migration.

    Not `opened`: the roles get nothing yet; a restored backup is opened later.
    """
    with engine.connect() as connection, _alone(connection):
        script = ScriptDirectory(str(MIGRATIONS))
        current = _version(connection)
        _refuse_strangers(connection, script, current)
        if current != (head := script.get_current_head()):
            roles.refuse_strangers(connection)
            connection.rollback()
            _upgrade(connection, head, opened)
            return
        with connection.begin():
            if opened:
                roles.provide(connection)


def _upgrade(connection: Connection, head: str | None, opened: bool) -> None:
    """The last migration and what the roles may do in the schema as it is then are one transaction."""

    def provide(*, ctx: MigrationContext, heads: set[str], **_: Any) -> None:
        if opened and heads == {head} and ctx.connection is not None:
            roles.provide(ctx.connection.execution_options(no_parameters=False), anew=True)

    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE, "on_version_apply": provide})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except DBAPIError as error:
        connection.rollback()
        if isinstance(error.orig, postgres_says.InsufficientPrivilege):
            raise NotPermitted(
                "The account of the database's URL may not create rollcall's tables: its owner must grant CREATE."
            ) from None
        raise


def knows(revision: str) -> bool:
    """Whether this rollcall knows the migration."""
    return revision in {known.revision for known in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def check(engine: Engine) -> None:
    """Raises SchemaMismatch unless the schema is exactly the one that this version of rollcall knows."""
    script = ScriptDirectory(str(MIGRATIONS))
    with engine.connect() as connection:
        current = _version(connection)
        _refuse_strangers(connection, script, current)
    if current != script.get_current_head():
        raise SchemaMismatch(
            f"The database's schema is {'older than this rollcall' if current else 'still empty'}: "
            "run `rollcall db migrate`."
        )


def _version(connection: Connection) -> str | None:
    options = {"version_table": VERSION_TABLE, "version_table_schema": "public"}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _refuse_strangers(connection: Connection, script: ScriptDirectory, current: str | None) -> None:
    known = [revision.revision for revision in script.walk_revisions()]
    if current is not None and current not in known:
        raise SchemaMismatch(
            f"The database's schema ({current}) is newer than this rollcall (which knows up to {known[0]}): "
            "install the newer rollcall, or restore a backup that was made with this one."
        )
    to_make = [name for revision, names in MADE_BY.items() if current is None or current < revision for name in names]
    taken = connection.scalars(
        text("select nspname from pg_namespace where nspname = any(:names) order by 1"), {"names": to_make}
    ).all()
    connection.rollback()
    if taken:
        raise SchemaMismatch(
            f"The database already holds {', '.join(taken)} of some other program, a name that rollcall needs for a "
            f"schema of its own: give rollcall a database of its own, or rename it (alter schema {taken[0]} rename to "
            "…). Nothing was changed."
        )


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    try:
        connection.execute(text(f"set local lock_timeout = '{PATIENCE}'"))
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
    except DBAPIError as error:
        if isinstance(error.orig, postgres_says.LockNotAvailable):
            raise AlreadyRunning("Another command is bringing the database up to date: try again later.") from None
        raise
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
