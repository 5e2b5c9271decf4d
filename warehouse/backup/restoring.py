"""Restoring a backup: all of it or nothing, and nobody reads it before those who were erased since are gone again.

A database that holds nothing is filled as it is, in one transaction; until the end it bears a mark that every command
refuses. Where a warehouse is, a fresh database is filled beside it, and the two change names at the very end. Rights
are given last: until then the tables are their owner's alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from psycopg2 import errors as postgres_says
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from warehouse import forget, ledger, locks, roles, traces
from warehouse.backup import again, programs, tables
from warehouse.backup.folder import Backup
from warehouse.backup.tables import counted
from warehouse.engine import connect, create_database, drop_database, parse, replace_database
from warehouse.errors import BackupError, DatabaseUnavailable
from warehouse.migrate import VERSION_TABLE, migrate

State = Literal["blank", "half", "empty", "full", "other"]
MARK = "rollcall_restoring"
"""A table of schema public: what is here is half a restore."""
FRESH, ASIDE = "__restoring", "__replaced"
LONGEST_NAME = 63 - len(FRESH)
RUNS = ("core.run", "core.run_platform", "core.quality_result", f"public.{VERSION_TABLE}")
"""What a warehouse holds that nobody has used yet."""
RELATIONS = """
select n.nspname || '.' || c.relname
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'v', 'S') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
"""
OWN_SCHEMAS = """
select quote_ident(nspname) from pg_namespace
where nspname <> 'information_schema' and nspname !~ '^pg_' and nspname <> 'public'
"""
OWN_TABLES = """
select 'public.' || quote_ident(relname) from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> :mark
"""
RIGHTS = re.compile(r"\d+; \d+ \d+ (?:DEFAULT )?ACL ")
REFRESH = re.compile(r"\d+; \d+ \d+ MATERIALIZED VIEW DATA ")
"""Entries of a backup's list. A materialized view is filled when nobody is left who must not be in it."""
GIVES = re.compile(r"(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .*;")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    applied: again.Applied
    died: int
    """Runs that were under way when the backup was taken."""
    roles_missing: list[str]
    """Roles of ours that the server does not have and that we may not make."""
    strangers: list[str]
    """Roles of others that had rights in the backup and that this server does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a restore needs beside the backup."""

    lines: frozenset[str]
    """Who must not come back: `warehouse.backup.erased`."""
    secret: bytes
    key_check: str
    now: datetime
    environment: Mapping[str, str]
    progress: Callable[[str], None] = lambda stage: None


def state(engine: Engine) -> State:
    """What is in the database: nothing, half a restore, a warehouse (unused or used), or something of others."""
    with engine.connect() as connection:
        relations = set(connection.execute(text(RELATIONS)).scalars())
        if f"public.{MARK}" in relations:
            return "half"
        if not relations:
            return "blank"
        if f"public.{VERSION_TABLE}" not in relations:
            return "other"
        if tables.left_out(connection):  # not ours to lose
            return "full"
        rows = counted(connection)
    return "full" if any(rows[table] for table in rows if table not in (*traces.NOBODYS, *RUNS)) else "empty"


def refuse_half(engine: Engine) -> None:
    """Raises DatabaseUnavailable if a restore into this database has not come to its end."""
    with engine.connect() as connection:
        if connection.execute(text("select to_regclass(:mark)"), {"mark": f"public.{MARK}"}).scalar() is not None:
            raise DatabaseUnavailable(
                "A backup is being restored into this warehouse, or was and did not come to its end. Wait for it, or "
                "start it again: rollcall db restore FILE"
            )


def sweep(engine: Engine) -> None:
    """Drop what a restore that was killed left beside the warehouse: it holds people's data. Raises AlreadyRunning."""
    url = engine.url.render_as_string(hide_password=False)
    if _left_beside(engine, url):
        with locks.restoring(engine):
            for name in _left_beside(engine, url):  # looked up anew: a restore may have come to its end
                drop_database(url, name)


def _left_beside(engine: Engine, url: str) -> Sequence[str]:
    there = text("select datname from pg_database where datname = any(:names)")
    with engine.connect() as connection:
        return connection.execute(there, {"names": list(_beside_it(url))}).scalars().all()


def restore(url: str, backup: Backup, way: Way, *, replace: bool) -> Restored:
    """The backup into the database of `url`. Raises WarehouseError, and then all is as it was."""
    engine = connect(url)
    try:
        _refuse_older_server(engine, backup)
        found = state(engine)
        if found == "other":
            raise BackupError(
                "The database holds tables of some other program: give rollcall an empty database of its own."
            )
        if found == "full" and not replace:
            raise BackupError(
                "There is a warehouse with data already, and a restore would replace it. Say --replace if that is "
                "meant, or name an empty database with --into."
            )
        if found in ("blank", "half"):
            return _in_place(engine, url, backup, way)
        return _beside(engine, url, backup, way)
    finally:
        engine.dispose()


def _in_place(engine: Engine, url: str, backup: Backup, way: Way) -> Restored:
    with locks.restoring(engine):
        with engine.begin() as connection:
            _make_blank(connection)
            connection.execute(text(f"create table if not exists public.{MARK} ()"))
        try:
            return _fill(engine, url, backup, way, at_the_end=f"drop table public.{MARK}")
        except BaseException:
            with engine.begin() as connection:
                _make_blank(connection)
                connection.execute(text(f"drop table public.{MARK}"))
            raise


def _beside(present: Engine, url: str, backup: Backup, way: Way) -> Restored:
    name = str(parse(url).database)
    fresh, aside = _beside_it(url)
    with _nobody_else(present):
        drop_database(url, fresh)
        try:
            engine = connect(create_database(url, fresh))
            try:
                done = _fill(
                    engine, str(parse(url).set(database=fresh).render_as_string(hide_password=False)), backup, way
                )
            finally:
                engine.dispose()
            present.dispose()
            drop_database(url, aside)
            replace_database(url, name, fresh, aside)  # ends the sessions that hold our locks
        except BaseException:
            drop_database(url, fresh)
            raise
    drop_database(url, aside)
    return done


def _beside_it(url: str) -> tuple[str, str]:
    """The databases that are there only while a warehouse is replaced."""
    name = str(parse(url).database)[:LONGEST_NAME]
    return name + FRESH, name + ASIDE


@contextmanager
def _nobody_else(present: Engine) -> Iterator[None]:
    """Nothing lands, nothing is built and no run is under way in the warehouse that is replaced."""
    ledger.sweep(present)
    with locks.restoring(present), locks.building(present), locks.at_rest(present):
        with present.connect() as connection:
            forget.refuse_while_others_run(connection, str(UUID(int=0)))
        yield


def _fill(engine: Engine, url: str, backup: Backup, way: Way, at_the_end: str | None = None) -> Restored:
    """Everything into a database that nobody reads, and made ready there."""
    way.progress("reading the backup")
    program = programs.find("pg_restore", backup.manifest.server_version)
    how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with _only(program, backup, lambda line: not REFRESH.match(line)) as these:
        programs.run([program, *how, these, backup.dump], url, way.environment, "Nothing was restored")
    _refuse_incomplete(engine, backup)
    missing = _make_roles(engine)
    migrate(engine, opened=False)
    died = ledger.sweep(engine)
    way.progress("erasing again who was erased since")
    applied = again.apply(engine, way.lines, way.secret, way.key_check, way.now)
    with _only(program, backup, lambda line: bool(REFRESH.match(line))) as these:
        programs.run([program, *how, these, backup.dump], url, way.environment, "Nothing was restored")
    way.progress("cleaning up")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))
    grants = _grants(program, backup)
    with engine.begin() as connection:
        strangers = _give_back(connection, grants)
        roles.provide(connection, anew=True)
        if at_the_end:
            connection.execute(text(at_the_end))
    return Restored(applied=applied, died=died, roles_missing=missing, strangers=strangers)


def _refuse_older_server(engine: Engine, backup: Backup) -> None:
    with engine.connect() as connection:
        major = connection.execute(text("select current_setting('server_version_num')::int / 10000")).scalar_one()
    if major < backup.manifest.server_version:
        raise BackupError(
            f"The backup was taken from PostgreSQL {backup.manifest.server_version}, and this server is version "
            f"{major}: restore into a server of version {backup.manifest.server_version} or newer."
        )


def _refuse_incomplete(engine: Engine, backup: Backup) -> None:
    with engine.connect() as connection:
        rows = {table: number for table, number in counted(connection).items() if table != f"public.{MARK}"}
    told = backup.manifest.tables
    if differing := sorted(table for table in {*rows, *told} if rows.get(table) != told.get(table)):
        raise BackupError(
            f"Not all rows came back ({', '.join(differing)}), so nothing was restored. Please report it."
        )


def _make_blank(connection: Connection) -> None:
    """Of half a restore nothing stays; in a database that held nothing before."""
    for schema in connection.execute(text(OWN_SCHEMAS)).scalars().all():
        connection.execute(text(f"drop schema {schema} cascade"))
    for table in connection.execute(text(OWN_TABLES), {"mark": MARK}).scalars().all():
        connection.execute(text(f"drop table {table} cascade"))


def _make_roles(engine: Engine) -> list[str]:
    """The roles belong to the server, so no backup holds them. Returns those that only an administrator can make."""
    with engine.begin() as connection:
        for role in roles.missing(connection):
            try:
                with connection.begin_nested():
                    connection.execute(text(f"create role {role} nologin"))
            except DBAPIError as error:
                if not isinstance(error.orig, postgres_says.InsufficientPrivilege):
                    raise
        return roles.missing(connection)


def _grants(program: Path, backup: Backup) -> list[str]:
    """What the backup says of rights, its owner's as the present owner's."""
    with _only(program, backup, lambda line: bool(RIGHTS.match(line))) as these:
        script = programs.offline([program, these, "--file=-", backup.dump], {}, "The backup cannot be read")
    owner = re.escape(backup.manifest.owner)
    whose = re.compile(rf'\b(FOR ROLE|FROM|TO) "?{owner}"?(?=[ ;,])')
    lines = (line for line in script.splitlines() if GIVES.fullmatch(line))
    return [whose.sub(r"\1 CURRENT_USER", line) for line in lines]


@contextmanager
def _only(program: Path, backup: Backup, wanted: Callable[[str], bool]) -> Iterator[str]:
    """The option with which `pg_restore` takes only those entries of the backup."""
    told = programs.offline([program, "--list", backup.dump], {}, "The backup cannot be read").splitlines()
    with tempfile.NamedTemporaryFile("w", suffix=".list") as entries:
        entries.write("".join(f"{line}\n" for line in told if wanted(line)))
        entries.flush()
        yield f"--use-list={entries.name}"


def _give_back(connection: Connection, grants: list[str]) -> list[str]:
    """Rights as they were; returns the roles that had some and are not on this server."""
    absent = set()
    for statement in grants:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        except DBAPIError as error:
            if not isinstance(error.orig, postgres_says.UndefinedObject):
                raise
            absent |= set(re.findall(r'role "([^"]+)" does not exist', str(error.orig)))
    return sorted(absent)
