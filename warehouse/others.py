"""Tables of the same database that are not rollcall's: analysts' own, or another program's. Nothing changes them.

An erasure names those in which the person goes by the roster's id or by an analyst's key, and those that the
warehouse's owner may not read: only whoever made them can look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, text

from warehouse import traces
from warehouse.roles.analysts import KEY
from warehouse.traces import OURS, Column, Hit, Traces

KEYS = (Path(__file__).parent / "forgetting" / "keys.sql").read_text(encoding="utf-8").format(key=KEY.format("id"))
VERSION = "public.rollcall_schema_version"
HOLDS = r"""
select exists (
  select from {table}
  where {is_person} or exists (
    select from regexp_matches({searched}, '\m[0-9a-f]{{20}}\M', 'g') as found
    join their_key on their_key.key = found[1]
  )
)
"""
IS_PERSON = {
    "text[]": "{name} @> array[cast(:person as text)]",
    "character varying[]": "{name}::text[] @> array[cast(:person as text)]",
    "json": "strpos({name}::text, to_json(cast(:person as text))::text) > 0",
    "jsonb": "strpos({name}::text, to_json(cast(:person as text))::text) > 0",
}
"""Where a column is, or has as one of its values, exactly the person's id; any other one is text."""


def note_keys(connection: Connection, person_id: str) -> None:
    """Remember the keys of all that is theirs, as long as it is known what that is."""
    connection.execute(text(KEYS), {"person": person_id})


def is_others(table: str) -> bool:
    return table.partition(".")[0] not in OURS and table != VERSION


def holding(connection: Connection, person_id: str, hits: Iterable[Hit]) -> list[str]:
    """`schema.table.column` of what holds the person's id or a key of theirs; `hits` are those of the id in words."""
    found = {hit.column.shown_as for hit in hits}
    return sorted(found | {column.shown_as for column in _own(connection) if _holds(connection, column, person_id)})


def unreadable(connection: Connection) -> list[str]:
    """`schema.table` of those that the warehouse's owner may not read."""
    return sorted({column.table for column in traces.columns(connection) if not column.is_readable})


def by_more_than_the_id(words: Traces, person_id: str, hits: Iterable[Hit]) -> tuple[list[Hit], list[Hit]]:
    """The hits that show who the person is, and those in others' tables that hold the roster's id and no more."""
    naming = replace(words, ids=words.ids - {person_id})
    shown: list[Hit] = []
    by_id: list[Hit] = []
    for hit in hits:
        only_id = is_others(hit.column.table) and not naming.shows(hit.value)
        (by_id if only_id else shown).append(hit)
    return shown, by_id


def _own(connection: Connection) -> Iterator[Column]:
    return (one for one in traces.columns(connection) if is_others(one.table) and one.is_readable)


def _holds(connection: Connection, column: Column, person_id: str) -> bool:
    is_person = IS_PERSON.get(column.kind, "{name}::text = :person").format(name=column.in_sql)
    statement = HOLDS.format(table=column.table_in_sql, is_person=is_person, searched=column.searched)
    return bool(connection.execute(text(statement), {"person": person_id}).scalar_one())
