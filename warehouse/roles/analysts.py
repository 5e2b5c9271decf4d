"""What analysts see of the published tables: the views of schema `analysis`, and the tables they may read as they are.

Each text column says in its model's yml what becomes of it: `config: {meta: {for_analysts: show}}`, `key` or `hide`.
A column that says nothing is hidden if it could hold words. Keys are keyed hashes: the same value has the same key in
every table, and nobody can compute one without the secret in people.analyst_key, which only the warehouse's owner can
read. A time to the second finds a public post, so a table with keys shows times to the hour.

Views are only ever replaced, so that analysts' own views on them survive: a column that is not shown any more is kept
as NULL. A view is touched only where its columns or comments differ from what they should be, because replacing it
waits for everybody who reads it. What a migration changes under the same name needs the view dropped in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

MODELS = Path(__file__).parents[2] / "dbt_like_sql" / "models"
MARKS = ("show", "key", "hide")
ALWAYS_SHOWN = ("campaign", "definition_version", "as_of")
WORDLESS = {
    *("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "uuid", "date", "interval"),
    *("timestamp with time zone", "timestamp without time zone"),
    *("integer[]", "bigint[]", "numeric[]", "double precision[]", "boolean[]", "date[]"),
}
"""Types that hold neither names nor words."""
KEY = "left(encode(sha256(secret.key || sha256(secret.key || convert_to({}, 'UTF8'))), 'hex'), 20)"
KEYED = " As a key: the same value has the same key in every table."
TO_THE_HOUR = " Shown to the hour."
GONE = "Not shown any more; always NULL."


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a published table or of a view."""

    name: str
    kind: str
    """Its type as PostgreSQL writes it."""
    comment: str | None
    sql: str = ""
    """Of a view: what it shows."""


def marks(schema: str, table: str) -> dict[str, Any]:
    """Column -> what its model's yml says of analysts; None where it says nothing. No yml: no columns."""
    path = MODELS / schema / f"{table}.yml"
    if not path.exists():
        return {}
    said = _said(path, path.stat().st_mtime_ns)
    return said | {name: "show" for name in ALWAYS_SHOWN if said.get(name) is None}


@cache
def _said(path: Path, changed_at: int) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    (model,) = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["models"]
    return {column["name"]: column.get("config", {}).get("meta", {}).get("for_analysts") for column in model["columns"]}


def treatment(column: Column, marked: Mapping[str, Any]) -> str:
    """`show`, `key` or `hide`; whatever is not understood is hidden."""
    mark = marked.get(column.name)
    if mark is None:
        return "show" if column.kind.partition("(")[0] in WORDLESS else "hide"
    return mark if mark in MARKS else "hide"


def is_restricted(columns: Iterable[Column], marked: Mapping[str, Any]) -> bool:
    """Whether the table holds anything that analysts must not see as it is."""
    return any(treatment(column, marked) != "show" for column in columns)


def keep_views(connection: Connection, published: Iterable[tuple[str, str]]) -> None:
    """Makes the view of each published table of `marts` and `metrics` what its marks say, and opens both."""
    stable, views = _columns(connection, "marts", "metrics"), _columns(connection, "analysis")
    for schema, table in published:
        if schema not in ("marts", "metrics"):
            continue
        columns, about = stable[f"{schema}.{table}"]
        before, before_about = views.get(f"analysis.{table}", ([], None))
        wanted = [*_in_their_places(before, list(_shown(columns, marks(schema, table))))]
        if [_look(column) for column in before] != [_look(column) for column in wanted] or about != before_about:
            _replace(connection, f"{schema}.{table}", f"analysis.{table}", wanted, about)
    open_published(connection)


def _shown(columns: Sequence[Column], marked: Mapping[str, Any]) -> Iterator[Column]:
    """The view's columns, in the table's order."""
    restricted = is_restricted(columns, marked)
    for column in columns:
        treated = treatment(column, marked)
        sql = f"published.{_quoted(column.name)}"
        if treated == "key":
            yield _as_key(column, sql)
        elif treated == "show" and restricted and column.kind.startswith("timestamp") and not marked.get(column.name):
            yield _to_the_hour(column, sql)
        elif treated == "show":
            yield Column(name=column.name, kind=column.kind, comment=column.comment, sql=sql)


def _as_key(column: Column, sql: str) -> Column:
    name, comment = f"{column.name.removesuffix('_id')}_key", f"{column.comment or ''}{KEYED}"
    if column.kind == "text[]":
        values = f"unnest({sql}) with ordinality as a (one, place)"
        each = f"(select array_agg({KEY.format('one')} order by place) from {values})"
        return Column(name=name, kind="text[]", comment=comment, sql=each)
    return Column(name=name, kind="text", comment=comment, sql=KEY.format(f"cast({sql} as text)"))


def _to_the_hour(column: Column, sql: str) -> Column:
    zone = ", 'UTC'" if column.kind.endswith("with time zone") else ""
    return Column(
        name=f"{column.name.removesuffix('_at')}_hour",
        kind=column.kind,
        comment=f"{column.comment or ''}{TO_THE_HOUR}",
        sql=f"date_trunc('hour', {sql}{zone})",
    )


def _in_their_places(before: Sequence[Column], wanted: Sequence[Column]) -> Iterator[Column]:
    """Those that the view has already, where they are; the new ones behind them."""
    by_name = {column.name: column for column in wanted}
    for column in before:
        gone = Column(name=column.name, kind=column.kind, comment=GONE, sql=f"cast(null as {column.kind})")
        yield by_name.pop(column.name, gone)
    yield from by_name.values()


def _look(column: Column) -> tuple[str, str, str | None]:
    return column.name, column.kind, column.comment


def _replace(connection: Connection, table: str, view: str, columns: Sequence[Column], about: str | None) -> None:
    shown = ",\n  ".join(f"{column.sql} as {_quoted(column.name)}" for column in columns)
    statements = [
        f"create or replace view {view} as\nselect\n  {shown}\n"
        f"from {table} as published\ncross join people.analyst_key as secret",
        f"comment on view {view} is {_literal(about)}",
        *(f"comment on column {view}.{_quoted(one.name)} is {_literal(one.comment)}" for one in columns),
    ]
    for statement in statements:
        connection.execute(text(statement.replace(":", r"\:")))


def open_published(connection: Connection) -> None:
    """Lets the roles read what is published: everything the publisher, merged posts the reviewer, and analysts the
    views, what is meant for everybody, and the tables of `metrics` without anything restricted."""
    tables = _columns(connection, "marts", "metrics", "open_data")
    open_to_analysts = [
        table
        for table, (columns, _) in tables.items()
        if table.startswith("open_data.")
        or (table.startswith("metrics.metric_") and not is_restricted(columns, marks(*table.split("."))))
    ]
    wanted = [("rollcall_publisher", table) for table in tables]
    wanted += [("rollcall_reviewer", table) for table in tables if table == "marts.fct_merges"]
    wanted += [("rollcall_analyst", table) for table in (*open_to_analysts, *_columns(connection, "analysis"))]
    closed = [table for table in tables if table.startswith("metrics.metric_") and table not in open_to_analysts]
    given = {"roles": [role for role, _ in wanted], "tables": [table for _, table in wanted], "closed": closed}
    for statement in connection.execute(text(OPENED), given).scalars().all():
        connection.execute(text(statement))


def _columns(connection: Connection, *schemas: str) -> dict[str, tuple[list[Column], str | None]]:
    """Table or view -> its columns in their order, and its comment."""
    found: dict[str, tuple[list[Column], str | None]] = {}
    for relation, about, *column in connection.execute(text(COLUMNS), {"schemas": list(schemas)}):
        name, kind, comment = column
        found.setdefault(relation, ([], about))[0].append(Column(name=name, kind=kind, comment=comment))
    return found


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _literal(words: str | None) -> str:
    if words is None:
        return "null"
    doubled = words.replace("'", "''")
    return f"'{doubled}'"


COLUMNS = """
select n.nspname || '.' || c.relname, obj_description(c.oid, 'pg_class'),
  a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid
where c.relkind in ('r', 'v') and n.nspname = any(:schemas) and a.attnum > 0 and not a.attisdropped
order by n.nspname, c.relname, a.attnum
"""

OPENED = """
select format('grant select on %s to %I', wanted.relation, wanted.role)
from unnest(cast(:roles as text[]), cast(:tables as text[])) as wanted (role, relation)
join pg_roles on rolname = wanted.role
where not has_table_privilege(rolname, wanted.relation, 'select')
union all
select format('revoke all on %s from rollcall_analyst', closed.relation)
from unnest(cast(:closed as text[])) as closed (relation)
join pg_roles on rolname = 'rollcall_analyst'
where has_any_column_privilege(rolname, closed.relation, 'select')
"""
