"""Which rows break a rule: a view of them in the build schema, and their keys as far as a key names nobody.

The views show what is in the tables at the moment, so a row that was mended leaves its view. The next build drops them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

SCHEMA = "build"
PREFIX = "failing_"
NAMED = 5
LONGEST = 63
"""Bytes of a name in PostgreSQL."""

CODES = frozenset(
    (
        *("platform", "copy_platform", "step", "kind", "part", "identity", "reason", "exclusion_reason", "role"),
        *("person_id", "source_person", "target_person"),
        *("window_name", "attribute", "population", "from_group", "to_group", "group_label", "country_iso3", "iso3"),
    )
)
"""Columns of text that hold our own codes, labels of groups, or the programme's ids of people; no others are named."""
STAMP = frozenset({"campaign", "as_of", "run_id", "definition_version", "publication_id"})
POSTS = frozenset({"post_id", "copy_post_id", "cluster_id"})
POST_ID = re.compile(r"(?:[a-z_]+:)?(?:[A-Za-z0-9_-]{1,64}|at://did:plc:[a-z2-7]{24}/[a-zA-Z.]+/[a-z0-9]+)")
ADDRESS_ENDS_IN = re.compile(r"/(\d+)/?$")
"""Of an address only its last number is shown: the rest may hold a handle, or words of the post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    view: str
    """For people at the terminal: `select * from view` shows every one of these rows."""
    named: tuple[str, ...] = field(repr=False)
    """The first rows by their keys, such as `platform x, post_id 17`. Person ids may be among them: never log it."""

    @property
    def sql(self) -> str:
        return f"select * from {self.view};"


def forget_all(connection: Connection) -> None:
    """Drops the views of the last build."""
    connection.execute(text(f"create schema if not exists {SCHEMA}"))
    views = connection.execute(
        text("select viewname from pg_views where schemaname = :schema and starts_with(viewname, :prefix)"),
        {"schema": SCHEMA, "prefix": PREFIX},
    )
    for view in views.scalars().all():
        connection.execute(text(f'drop view {SCHEMA}."{view}"'))


def find(connection: Connection, suite: str, rule: str, query: str) -> Failing:
    """Keeps the query that gives the failing rows as a view, and names the first of them."""
    view = _free_name(connection, re.sub(r"[^a-z0-9]+", "_", f"{suite}_{rule}".lower()).strip("_"))
    connection.execute(text(f"create view {view} as {query}".replace(":", r"\:")))
    rows = connection.execute(text(f"select * from {view} order by 1 limit {NAMED}")).mappings()
    return Failing(view=view, named=tuple(dict.fromkeys(name(dict(row)) for row in rows)))


def name(row: Mapping[str, Any]) -> str:
    """The row by what in it is a key or a number; what may hold a name, a handle or a text is left out."""
    shown = {column: _shown(column, value) for column, value in row.items() if column not in STAMP}
    return (
        ", ".join(f"{column} {value}" for column, value in shown.items() if value is not None) or "a row without keys"
    )


def _shown(column: str, value: Any) -> str | None:
    if column in POSTS:
        return _post(value)
    if column in CODES:
        return "unknown" if value is None else str(value)
    if isinstance(value, Decimal):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value) if isinstance(value, int | date) and not isinstance(value, bool) else None


def _post(value: str | None) -> str:
    if value is None or POST_ID.fullmatch(value):
        return "unknown" if value is None else value
    number = ADDRESS_ENDS_IN.search(value)
    return f"…/{number[1]}" if number else "(an address)"


def _free_name(connection: Connection, wanted: str) -> str:
    """Two long rules may begin with the same letters."""
    base = f"{PREFIX}{wanted}"[:LONGEST]
    for number in range(1, 100):
        view = base if number == 1 else f"{base[: LONGEST - 3]}_{number}"
        taken = connection.execute(text("select to_regclass(:view)"), {"view": f"{SCHEMA}.{view}"}).scalar_one()
        if taken is None:
            return f"{SCHEMA}.{view}"
    raise AssertionError("a hundred rules of one name")
