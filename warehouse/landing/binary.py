"""Rows in PostgreSQL's binary COPY format: nothing has to be escaped, whatever a text holds.

https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from struct import Struct
from typing import Any, cast

from psycopg2.extensions import connection as Session
from sqlalchemy import Connection

Encoder = Callable[[Any], bytes]

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TEXT_OID, BIGINT_OID = 25, 20

_length = Struct("!i").pack
_int4 = Struct("!ii").pack
_int8 = Struct("!iq").pack
_array_head = Struct("!iiiiii").pack
_fields = Struct("!h").pack


def copy(connection: Connection, table: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table; `columns` are the names and PostgreSQL types of their values, in order."""
    encoders = [ENCODERS[kind] for _, kind in columns]
    head = _fields(len(encoders))
    buffer = BytesIO()
    buffer.write(HEADER)
    for row in rows:
        buffer.write(head)
        buffer.write(
            b"".join([NULL if value is None else encode(value) for encode, value in zip(encoders, row, strict=True)])
        )
    buffer.write(TRAILER)
    buffer.seek(0)
    names = ", ".join(name for name, _ in columns)
    with cast(Session, connection.connection).cursor() as cursor:
        cursor.copy_expert(f"copy {table} ({names}) from stdin with (format binary)", buffer)


def _bytea(value: bytes) -> bytes:
    return _length(len(value)) + value


def _text(value: str) -> bytes:
    return _bytea(value.encode())


def _texts(values: Sequence[str]) -> bytes:
    if not values:
        return _length(12) + bytes(8) + _length(TEXT_OID)
    parts = b"".join(map(_text, values))
    return _array_head(20 + len(parts), 1, 0, TEXT_OID, len(values), 1) + parts


def _bigints(values: Sequence[int | None]) -> bytes:
    parts = b"".join([NULL if value is None else _int8(8, value) for value in values])
    return _array_head(20 + len(parts), 1, int(None in values), BIGINT_OID, len(values), 1) + parts


def _moment(value: datetime) -> bytes:
    return _int8(8, (value - EPOCH) // MICROSECOND)


ENCODERS: dict[str, Encoder] = {
    "text": _text,
    "text[]": _texts,
    "bytea": _bytea,
    "boolean": lambda value: b"\x00\x00\x00\x01\x01" if value else b"\x00\x00\x00\x01\x00",
    "int": lambda value: _int4(4, value),
    "bigint": lambda value: _int8(8, value),
    "bigint[]": _bigints,
    "timestamptz": _moment,
}
