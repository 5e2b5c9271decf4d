"""The published metric tables as one spreadsheet. For the team: it knows persons by their ids.

A cell is a value, never a formula: text that a spreadsheet would calculate gets an apostrophe before it. What is
unknown stays empty. Times are text with their zone, because a spreadsheet's times have none.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy import Connection, Engine, text

from reports.errors import CannotWrite, NothingPublished

CALCULATED = ("=", "+", "-", "@", "\t", "\r")
TABLES = """
select c.relname as name, obj_description(c.oid) as description
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'metrics' and c.relkind = 'r' and c.relname like 'metric\\_%'
order by c.relname
"""
COLUMNS = """
select a.attname as name, col_description(a.attrelid, a.attnum) as description
from pg_attribute a
where a.attrelid = cast(:table as regclass) and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""


def write(engine: Engine, campaign: str, out_dir: Path, *, name: str = "tables.xlsx") -> Path:
    """Write the workbook and return where it is: a sheet per table, and first one that says what each column means."""
    target = out_dir / name
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        tables = {row.name: row.description for row in connection.execute(text(TABLES))}
        frames = {table: _frame(connection, table, campaign) for table in tables}
        about = _about(connection, tables)
    if all(frame.empty for frame in frames.values()):
        raise NothingPublished(campaign)
    try:
        with pd.ExcelWriter(target, engine="openpyxl") as book:
            about.to_excel(book, sheet_name="about", index=False)
            for table, frame in frames.items():
                frame.to_excel(book, sheet_name=table.removeprefix("metric_")[:31], index=False)
        target.chmod(0o600)
    except OSError as error:
        raise CannotWrite(f"Cannot write the tables to {target} ({error.strerror}). Choose another folder.") from error
    return target


def _frame(connection: Connection, table: str, campaign: str) -> pd.DataFrame:
    query = text(f"select * from metrics.{table} where campaign = :campaign order by 1, 2, 3, 4, 5, 6")
    frame = pd.read_sql_query(query, connection, params={"campaign": campaign}, dtype=object)
    return frame.map(_cell)


def _about(connection: Connection, tables: dict[str, str | None]) -> pd.DataFrame:
    """One row per table and column, with its definition as the warehouse keeps it."""
    rows = []
    for table, description in tables.items():
        rows.append((table, "", description))
        columns = connection.execute(text(COLUMNS), {"table": f"metrics.{table}"})
        rows += [(table, column.name, column.description) for column in columns]
    return pd.DataFrame([tuple(map(_cell, row)) for row in rows], columns=["table", "column", "what it means"])


def _cell(value: Any) -> Any:
    """What a spreadsheet can hold of a value."""
    if isinstance(value, str):
        shown = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
        return f"'{shown}" if shown.startswith(CALCULATED) else shown
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, UUID) else value
