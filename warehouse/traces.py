"""What shows that somebody was here: ids, handles, names and words, looked for in every text of every table.

The tables come from the database's catalogue, so that a new one is searched without anybody thinking of it. PostgreSQL
finds the rows that hold one of the words; here they are judged, because a handle is often a part of another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, text

OURS = ("raw", "core", "people", "marts", "metrics", "open_data", "build")
NOBODYS = ("people.country_ref", "people.programme_country_map", "people.analyst_key", "people.suppression_key")
"""Reference data, the same in every warehouse, a random number, and by what a key is recognised."""
SHORTEST_ID, SHORTEST_HANDLE, SHORTEST_TEXT = 8, 3, 25
"""Below so many characters an id, a handle or a text is anybody's."""
IN_ITS_PLACE = "forgotten"
CLERKS_COLUMNS = r'"(?:author_key|author_handle|on_behalf_of|source|target)": *"'
SEARCHED = """
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as relation, quote_ident(a.attname) as name,
  format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as kind, not a.attnotnull as nullable,
  has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as is_readable
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
where c.relkind in ('r', 'm') and c.relispopulated and c.relpersistence <> 't' and a.attnum > 0 and not a.attisdropped
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_toast%'
  and format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null)
    in ('text', 'character varying', 'character', 'name', 'text[]', 'character varying[]', 'bytea', 'json', 'jsonb')
order by n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    table: str
    name: str
    kind: str
    nullable: bool
    is_readable: bool = True
    """By whoever is logged in; what is not is not searched."""

    @property
    def shown_as(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def in_sql(self) -> str:
        return _escaped(self.name)

    @property
    def table_in_sql(self) -> str:
        return _escaped(self.table)

    @property
    def searched(self) -> str:
        """What PostgreSQL looks into; of bytes, each that is not ASCII as `\\ooo`."""
        return f"encode({self.in_sql}, 'escape')" if self.kind == "bytea" else f"{self.in_sql}::text"

    @property
    def shown(self) -> str:
        return f"{self.in_sql}::text" if self.kind in ("json", "jsonb") else self.in_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A value that shows the person. It is never told to anybody."""

    column: Column
    row: str
    """Where the row lies now (ctid)."""
    value: Any


@dataclass(frozen=True, kw_only=True)
class Traces:
    """The words by which one person is known. Names of a single word count only where a clerk wrote who it was."""

    ids: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    @cached_property
    def likes(self) -> list[str]:
        """Patterns for PostgreSQL's `ilike`, which find all that `pattern` does, and more."""
        words = (*self._alone, *self._long, *self.names)
        return sorted({like for word in words for form in _forms(word) for like in _likes(form)})

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(sorted(self._patterns(), key=len, reverse=True)) or r"(?!)", re.IGNORECASE)

    def shows(self, value: Any) -> bool:
        """Whether a value of the database shows the person."""
        return any(self.pattern.search(piece) for piece in _pieces(value))

    @property
    def _alone(self) -> list[str]:
        """What is somebody only where it stands alone or behind one of the signs that begin a name or an address."""
        short = {word for word in self.ids if SHORTEST_HANDLE <= len(word) < SHORTEST_ID and not word.isdigit()}
        return [*short, *(word for word in self.handles if len(word) >= SHORTEST_HANDLE and not word.isdigit())]

    @property
    def _long(self) -> list[str]:
        return [
            *(word for word in self.ids if len(word) >= SHORTEST_ID),
            *(text for text in self.texts if len(text) >= SHORTEST_TEXT),
        ]

    def _patterns(self) -> Iterator[str]:
        for word in self._alone:
            yield rf"(?<![^@/:\"'|=,{{\[>]){_any_case(word)}(?![\w-]|[.@]\w)"
        for word in self._long:
            yield rf"(?<!\w){_any_case(word)}(?!\w)"
        for name in self.names:
            spaced = r"\s+".join(map(_any_case, name.split()))
            yield rf"(?<!\w){spaced}(?!\w)" if " " in name else rf"{CLERKS_COLUMNS}{spaced}(?=\")"


def columns(connection: Connection) -> list[Column]:
    """Every column of every table that can hold words, whoever made the table."""
    found = [
        Column(
            table=row.relation, name=row.name, kind=row.kind, nullable=row.nullable, is_readable=bool(row.is_readable)
        )
        for row in connection.execute(text(SEARCHED))
    ]
    return [column for column in found if column.table not in NOBODYS]


def search(connection: Connection, traces: Traces) -> Iterator[Hit]:
    """Every value in the database that shows the person, in what whoever is logged in may read."""
    if not traces.likes:
        return
    by_table: dict[str, list[Column]] = {}
    for column in (column for column in columns(connection) if column.is_readable):
        by_table.setdefault(column.table, []).append(column)
    for table, its in by_table.items():
        yield from _in_table(connection, table, its, traces)


def _in_table(connection: Connection, table: str, its: Sequence[Column], traces: Traces) -> Iterator[Hit]:
    holds = " or ".join(f"{column.searched} ilike any (:likes)" for column in its)
    shown = ", ".join(column.shown for column in its)
    rows = connection.execute(
        text(f"select ctid::text, {shown} from {_escaped(table)} where {holds}"), {"likes": traces.likes}
    )
    for row, *values in rows.all():
        for column, value in zip(its, values, strict=True):
            if traces.shows(value):
                yield Hit(column=column, row=row, value=value)


def rewrite(connection: Connection, traces: Traces, hits: Iterable[Hit]) -> None:
    """Take the words out of values that are other people's, or the machinery's, and leave the rest of them."""
    by_row: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        by_row.setdefault((hit.column.table, hit.row), []).append(hit)
    for (table, row), its in by_row.items():
        changes = ", ".join(f"{hit.column.in_sql} = cast(:v{n} as {hit.column.kind})" for n, hit in enumerate(its))
        values = {f"v{n}": rewritten(traces, hit.value, hit.column) for n, hit in enumerate(its)}
        connection.execute(
            text(f"update {_escaped(table)} set {changes} where ctid = cast(:row as tid)"), {**values, "row": row}
        )


def rewritten(traces: Traces, value: Any, column: Column) -> Any:
    """The value without the words. A value that is nothing else becomes unknown where the table allows it."""
    if isinstance(value, list):
        kept = [one for one in value if one is None or not traces.pattern.fullmatch(one)]
        return [one and traces.pattern.sub(_placeholder, one) for one in kept]
    if isinstance(value, memoryview | bytes):
        words = bytes(value).decode(errors="surrogateescape")
        return traces.pattern.sub(_placeholder, words).encode(errors="surrogateescape")
    if column.nullable and traces.pattern.fullmatch(value):
        return None
    return traces.pattern.sub(_placeholder, value)


def _placeholder(found: re.Match[str]) -> str:
    """A number stays a number, or the JSON around it could not be read again; so does a clerk's column."""
    word = found[0]
    if word.isdigit():
        return "0"
    head, quote, _ = word.rpartition('"')
    return head + quote + IN_ITS_PLACE


def _escaped(name: str) -> str:
    """An identifier as SQLAlchemy's text has it: what follows a colon is no parameter."""
    return name.replace(":", r"\:")


def _pieces(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [one for one in value if one is not None]
    if isinstance(value, memoryview | bytes):
        return [bytes(value).decode(errors="surrogateescape")]
    return [value]


def _forms(word: str) -> set[str]:
    """A word as it is written, in the letters that `ilike` does not know to be equal in bytes, and as JSON has it."""
    cases = {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
    escaped = {json.dumps(form)[1:-1] for form in cases}
    return cases | escaped | {form.replace("/", r"\/") for form in cases | escaped}


def _any_case(word: str) -> str:
    """The pattern of a word as it is written and as JSON has it, letter by letter."""
    return "".join(_letter(letter) for letter in word)


def _letter(letter: str) -> str:
    if letter.isascii() and letter not in '/"\\\n\t':
        return re.escape(letter)
    forms = {letter, letter.lower(), letter.upper()}
    forms |= {json.dumps(form)[1:-1] for form in forms} | ({r"\/"} if letter == "/" else set())
    return f"(?:{'|'.join(map(re.escape, sorted(forms)))})"


def _likes(form: str) -> Iterator[str]:
    """As a text holds it, and as `encode(…, 'escape')` writes the bytes; blanks may be more than one.

    Letters beyond ASCII may be written in many ways: where enough of the word is ASCII, they may be anything.
    """
    if len(ascii_only := re.sub(r"[^\x21-\x7e]+|\\\\u[0-9a-f]{4}", " ", form)) >= SHORTEST_ID and not form.isascii():
        form = ascii_only
    doubled = form.replace("\\", "\\\\").encode(errors="surrogatepass")
    for shape in (form, "".join(chr(byte) if 0 < byte < 128 else f"\\{byte:03o}" for byte in doubled)):
        yield "%" + "%".join(re.sub(r"([\\%_])", r"\\\1", part) for part in shape.split(" ")) + "%"
