"""A published table as a file for other programs, Parquet or CSV, row by row as the database gives them.

Parquet keeps the types: numeric is decimal, times are UTC to the microsecond, arrays are lists. Its metadata holds the
comments of the table and its columns, and which publication it is of. CSV follows RFC 4180, in UTF-8, as PostgreSQL
writes it: NULL is nothing, empty text is `""`. Its text is safe for spreadsheets, as in `warehouse.review.cells`: an
apostrophe goes before what would be calculated; numbers and times are as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Engine, text

from reports.errors import CannotWrite, NotFrozen, NothingPublished
from warehouse.publish import PUBLISHED
from warehouse.review.cells import CALCULATED, WITHIN

if TYPE_CHECKING:
    import pyarrow as pa

Audience = Literal["analyst", "public", "internal"]
Form = Literal["parquet", "csv"]
BATCH = 20_000
DIGITS = 38
SCALE = 6

READABLE = """
select relation from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (select n.nspname || '.' || c.relname as relation) as full_name
where relation = any(:names) and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
"""
COLUMNS = """
select attname as name, format_type(atttypid, atttypmod) as kind, col_description(attrelid, attnum) as comment
from pg_attribute
where attrelid = to_regclass(:table) and attnum > 0 and not attisdropped
order by attnum
"""
PUBLICATION = """
select publication_id, run_id, as_of, published_at, definition_version
from metrics.publication where campaign = :campaign
order by publication_id desc limit 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    kind: str
    """Its type as PostgreSQL writes it; `text` for types that are written as text."""
    comment: str | None
    scale: int = 0
    """Of numeric: digits after the point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str
    relation: str
    comment: str | None
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    table: str
    path: Path
    rows: int


def tables(engine: Engine, audience: Audience) -> dict[str, str]:
    """The published tables that the audience may have, and whoever is logged in may read: name -> table or view."""
    schemas = {"analyst": ("marts", "metrics"), "internal": ("marts", "metrics"), "public": ("open_data",)}[audience]
    found = {table: f"{'analysis' if audience == 'analyst' else schema}.{table}" for schema, table in PUBLISHED
             if schema in schemas}  # fmt: skip
    with engine.connect() as connection:
        known = set(connection.execute(text(READABLE), {"names": list(found.values())}).scalars())
    return {table: relation for table, relation in sorted(found.items()) if relation in known}


def write(
    engine: Engine, campaign: str, relations: dict[str, str], out_dir: Path, form: Form, *, only_frozen: bool = False
) -> list[Exported]:
    """Writes the campaign's rows of each table into `out_dir`, all of one publication, and says where and how many.

    Raises NothingPublished, CannotWrite and, if `only_frozen`, NotFrozen.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        publication = connection.execute(text(PUBLICATION), {"campaign": campaign}).mappings().one_or_none()
        if publication is None:
            raise NothingPublished(campaign)
        if only_frozen:
            _refuse_unfrozen(connection, publication["publication_id"])
        facts = {"campaign": campaign} | {name: _fact(value) for name, value in publication.items()}
        try:
            return [_write(connection, facts, name, relations[name], out_dir, form) for name in relations]
        except OSError as error:
            raise CannotWrite(f"Cannot write to {out_dir} ({error.strerror}). Choose another with --out.") from error


def _refuse_unfrozen(connection: Connection, publication_id: int) -> None:
    frozen = text("select 1 from metrics.frozen_publication where publication_id = :publication_id")
    if connection.execute(frozen, {"publication_id": publication_id}).first() is None:
        raise NotFrozen(
            "What everybody may see is handed out when it is frozen, because editions of different days can be "
            "subtracted from each other: run `rollcall freeze LABEL` first."
        )


def _write(
    connection: Connection, facts: dict[str, str], name: str, relation: str, out_dir: Path, form: Form
) -> Exported:
    table = _describe(connection, facts["campaign"], name, relation)
    target = out_dir / f"{name}.{form}"
    unfinished = target.with_suffix(".part")
    unfinished.touch(mode=0o600)
    batches = _batches(connection, facts["campaign"], table)
    rows = (_parquet if form == "parquet" else _csv)(table, facts, batches, unfinished)
    unfinished.replace(target)
    return Exported(table=name, path=target, rows=rows)


def _describe(connection: Connection, campaign: str, name: str, relation: str) -> Table:
    found = connection.execute(text(COLUMNS), {"table": relation}).all()
    numeric = [row.name for row in found if row.kind.startswith("numeric") and not row.kind.endswith("[]")]
    scales: dict[str, int] = {}
    if numeric:
        most = ", ".join(f'max(scale("{column}"))' for column in numeric)
        values = connection.execute(text(f"select {most} from {relation} where campaign = :c"), {"c": campaign}).one()
        scales = {column: max(SCALE, scale or 0) for column, scale in zip(numeric, values, strict=True)}
    comment = text("select obj_description(to_regclass(:table), 'pg_class')")
    return Table(
        name=name,
        relation=relation,
        comment=connection.execute(comment, {"table": relation}).scalar_one(),
        columns=tuple(
            Column(name=row.name, kind=_kind(row.kind), comment=row.comment, scale=scales.get(row.name, 0))
            for row in found
        ),
    )


def _kind(kind: str) -> str:
    kind = "numeric" if kind.startswith("numeric") and not kind.endswith("[]") else kind
    return kind if kind in PLAIN or kind == "numeric" else "text"


def _batches(connection: Connection, campaign: str, table: Table) -> Iterator[Sequence[Any]]:
    """The rows in an order that is the same each time."""
    shown = ", ".join(
        f'cast("{column.name}" as text)' if column.kind == "text" else f'"{column.name}"' for column in table.columns
    )
    order = ", ".join(str(place) for place in range(1, len(table.columns) + 1))
    query = text(f"select {shown} from {table.relation} where campaign = :campaign order by {order}")
    streaming = {"stream_results": True, "max_row_buffer": BATCH}
    with connection.execute(query, {"campaign": campaign}, execution_options=streaming) as result:
        yield from result.partitions(BATCH)


def _fact(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


# ---------------------------------------------------------------- Parquet

PLAIN = {
    "text": "string",
    "smallint": "int16",
    "integer": "int32",
    "bigint": "int64",
    "double precision": "float64",
    "boolean": "bool_",
    "date": "date32",
    "text[]": "string",
    "integer[]": "int32",
    "bigint[]": "int64",
    "date[]": "date32",
    "timestamp with time zone": "timestamp",
}
"""PostgreSQL's type -> Arrow's; of an array, its elements'. Other types are written as PostgreSQL writes them."""


def _parquet(table: Table, facts: dict[str, str], batches: Iterator[Sequence[Any]], target: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = facts | {"table": table.name, "comment": table.comment or ""}
    schema = pa.schema([_field(column) for column in table.columns], metadata=about)
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:  # type: ignore[no-untyped-call]
        for batch in batches:
            columns = zip(*batch, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            rows += len(batch)
    return rows


def _field(column: Column) -> pa.Field[Any]:
    import pyarrow as pa

    if column.kind == "numeric":
        kind: Any = pa.decimal128(DIGITS, column.scale)
    elif column.kind == "timestamp with time zone":
        kind = pa.timestamp("us", tz="UTC")
    else:
        kind = getattr(pa, PLAIN[column.kind])()
    if column.kind.endswith("[]"):
        kind = pa.list_(kind)
    return pa.field(column.name, kind, metadata={"comment": column.comment or ""})


# ---------------------------------------------------------------- CSV


def _csv(table: Table, facts: dict[str, str], batches: Iterator[Sequence[Any]], target: Path) -> int:
    rows = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(_line([column.name for column in table.columns]))
        for batch in batches:
            file.writelines(_line([_cell(value) for value in row]) for row in batch)
            rows += len(batch)
    return rows


def _line(cells: Sequence[str | None]) -> str:
    return ",".join(_quoted(cell) for cell in cells) + "\r\n"


def _quoted(cell: str | None) -> str:
    if cell is None:
        return ""
    if cell and not any(sign in cell for sign in ',"\r\n'):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):  # a time is one too
        return value.isoformat()
    if isinstance(value, list):
        return _harmless(json.dumps(value, ensure_ascii=False, default=str))
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(words: str) -> str:
    inside = WITHIN.sub(r"\1'", words)
    return f"'{inside}" if inside.startswith(CALCULATED) else inside
