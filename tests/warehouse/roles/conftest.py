"""A warehouse with every published table, made from the models' contracts, and a real login for each role."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from warehouse import publish
from warehouse.engine import connect, create_database, drop_database
from warehouse.migrate import migrate
from warehouse.roles import PREFIX, ROLES
from warehouse.transform import PROJECT

WORDS = "words of {table}.{column}"
"""What stands in each text column of each published table."""

EVERY_COLUMN = text("""
select n.nspname as schema, c.relname as relation, a.attname as column, c.relkind as kind
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'
order by 1, 2, a.attnum
""")


def contract(schema: str, table: str) -> dict[str, str]:
    """Column -> type, as the model's yml promises."""
    whole = (PROJECT / "models" / schema / f"{table}.yml").read_text("utf-8")
    (model,) = yaml.load(whole, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["models"]  # as dbt reads it
    return {column["name"]: column["data_type"] for column in model["columns"]}


def publish_words(connection: Connection) -> None:
    """Every table as a build would leave it, published, with a row of words in each."""
    connection.execute(text("create schema build"))
    for schema, table in publish.PUBLISHED:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in contract(schema, table).items())
        connection.execute(text(f"create table build.{table} ({columns})"))
    publish._shape(connection)
    for schema, table in publish.PUBLISHED:
        values = {name: _value(table, name, kind) for name, kind in contract(schema, table).items()}
        names = ", ".join(f'"{name}"' for name in values)
        connection.execute(
            text(f"insert into {schema}.{table} ({names}, publication_id) values ({', '.join(values.values())}, 1)")
        )


def _value(table: str, column: str, kind: str) -> str:
    words = "'" + (column if column.endswith("_id") else WORDS.format(table=table, column=column)) + "'"
    return {
        "text": words,
        "text[]": f"array[{words}]",
        "timestamp with time zone": "'2026-02-03 04:05:06+00'",
        "timestamp without time zone": "'2026-02-03 04:05:06'",
    }.get(kind, "null")


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """Somebody who logged in."""

    url: str
    engine: Engine

    def refused(self, statement: str) -> str | None:
        """What PostgreSQL says against a statement; None if it does it. Nothing stays of it."""
        with self.engine.connect() as connection:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                return str(error.orig).partition("\n")[0]
            finally:
                connection.rollback()
        return None

    def rows(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), given)]


@contextmanager
def logged_in(owner: Engine, url: str, role: str) -> Iterator[Somebody]:
    """A login of its own with the role, as an administrator makes it."""
    name = f"rollcall_test_{role}_{uuid.uuid4().hex[:12]}"
    with owner.begin() as connection:
        connection.execute(text(f"create role {name} login password '{name}' in role {PREFIX}{role}"))
    its_url = make_url(url).set(username=name, password=name).render_as_string(hide_password=False)
    engine = connect(its_url)
    try:
        yield Somebody(url=its_url, engine=engine)
    finally:
        engine.dispose()
        ended = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = :name"
        with owner.begin() as connection:
            connection.execute(text(ended), {"name": name})  # it waits: a session takes its tables with it as it ends
            connection.execute(text(f"drop role {name}"))


@pytest.fixture(scope="module")
def warehouse_url(server_url: str, template: str) -> Iterator[str]:
    """A database in which everything is published. Read it only."""
    url = create_database(server_url, name := f"rollcall_roles_{uuid.uuid4().hex[:12]}", template=template)
    yield url
    drop_database(server_url, name)


@pytest.fixture(scope="module")
def owner(warehouse_url: str) -> Iterator[Engine]:
    engine = connect(warehouse_url)
    migrate(engine)  # a copy of a database lacks the rights on the database itself
    with engine.begin() as connection:
        publish_words(connection)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def everybody(owner: Engine, warehouse_url: str) -> Iterator[dict[str, Somebody]]:
    """Role -> somebody who has it."""
    contexts = {role: logged_in(owner, warehouse_url, role) for role in ROLES}
    yield {role: context.__enter__() for role, context in contexts.items()}
    for context in contexts.values():
        context.__exit__(None, None, None)


@pytest.fixture(scope="module")
def readable(owner: Engine, everybody: dict[str, Somebody]) -> Callable[[str], dict[str, set[str]]]:
    """Of a role: relation -> the columns that a real `select` gives it. Every column of every schema is tried."""
    with owner.connect() as connection:
        columns: dict[str, list[str]] = {}
        for schema, relation, column, _ in connection.execute(EVERY_COLUMN):
            columns.setdefault(f'"{schema}"."{relation}"', []).append(column)

    @cache
    def of(role: str) -> dict[str, set[str]]:
        found = {table.replace('"', ""): _given(everybody[role], table, its) for table, its in columns.items()}
        return {table: its for table, its in found.items() if its}

    return of


def _given(somebody: Somebody, table: str, columns: list[str]) -> set[str]:
    """Where the table as a whole is refused, each column for itself, unless nothing of its schema is given."""
    refused = somebody.refused(f"select * from {table} limit 1")
    if refused is None:
        return set(columns)
    assert "permission denied" in refused, (table, refused)
    if "for schema" in refused:
        return set()
    return {column for column in columns if somebody.refused(f'select "{column}" from {table} limit 1') is None}
