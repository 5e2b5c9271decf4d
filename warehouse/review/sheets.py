"""The questions as files, one per queue, for people who work in a spreadsheet program.

The files hold names and texts, also of closed groups: they are the team's own, readable by their owner only. A file
of an earlier export goes, or is set aside where somebody had written decisions into it.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, RowMapping, text

from warehouse.errors import ReviewError, RosterError
from warehouse.people import table
from warehouse.review import queues
from warehouse.review.cells import guarded, shown

COLUMNS = (
    *("queue", "subject", "evidence", "records", "link", "other_link", "who", "said", "other_said", "posted_at"),
    *("suggestion", "allowed", "decision", "note", "decided_by"),
)
LOOKED_AT = {"link", "other_link", "who", "said", "other_said"}
"""Columns in which strangers' words stand."""
DECIDED, MERGED = "decided", "merged"
FILES = (*queues.QUEUES, DECIDED, MERGED)
SET_ASIDE = ".before"
HOLDS = {"decided": "", "open": ", see what the next build makes of it", "stale": ", but it rested on what has changed"}
ASKED = text(Path(__file__).with_name("asked.sql").read_text(encoding="utf-8"))
MERGES = text(Path(__file__).with_name("merged.sql").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    rows: Mapping[str, int]
    """File name -> how many rows it has; files without rows are not written."""
    set_aside: Sequence[str] = ()
    """Files of before that somebody had written into, under their new names."""


def write(connection: Connection, campaign_name: str, folder: Path) -> Exported:
    """Writes the folder's files anew: a file per queue, `decided.csv` and `merged.csv`. Raises ReviewError."""
    sheets = _sheets(connection, campaign_name)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = [moved for name in FILES if (moved := _clear(folder / f"{name}.csv"))]
        for name, rows in sheets.items():
            _write(folder / f"{name}.csv", rows)
    except OSError as error:
        raise ReviewError(f"The files cannot be written into {folder}: {error.strerror or error}.") from error
    return Exported(rows={f"{name}.csv": len(rows) for name, rows in sheets.items()}, set_aside=aside)


def _sheets(connection: Connection, campaign_name: str) -> dict[str, list[list[str]]]:
    """Sheet -> its rows, in the order of `FILES`."""
    known = {"campaign": campaign_name}
    found: dict[str, list[list[str]]] = defaultdict(list)
    for row in connection.execute(ASKED, known).mappings():
        found[DECIDED if row["state"] == "decided" else row["queue"]].append(_cells(row))
    if connection.execute(text("select to_regclass('marts.fct_merges')")).scalar():
        found[MERGED] = [_cells(row) for row in connection.execute(MERGES, known).mappings()]
    return {name: found[name] for name in FILES if found[name]}


def _cells(row: RowMapping) -> list[str]:
    posted_at = row["posted_at"]
    texts = {name: str(row.get(name) or "") for name in COLUMNS} | {
        "posted_at": f"{posted_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}" if posted_at else "",
        "suggestion": "; ".join(filter(None, (_decided(row), row["suggestion"]))),
        "allowed": "separate" if row["state"] == MERGED else queues.spelt(row["queue"]),
        "decided_by": "",
    }
    texts |= {
        name: (shown if name in LOOKED_AT else guarded)(words) for name, words in texts.items() if name != "records"
    }
    return list(texts.values())


def _decided(row: RowMapping) -> str:
    """What somebody decided before, and whether that holds."""
    if row["verdict"] is None:
        return ""
    answer = queues.SPELT[row["verdict"]].removesuffix("ID").removesuffix("N") + str(
        row["person_id"] or row["day"] or ""
    )
    return f"decided: {answer}{HOLDS[row['state']]}"


def _clear(path: Path) -> str | None:
    """Makes room for a file; returns the new name of one that holds decisions."""
    if not path.exists():
        return None
    if _is_untouched(path):
        path.unlink()
        return None
    names = (path.with_suffix(f"{SET_ASIDE}{number or ''}.csv") for number in count())
    aside = next(name for name in names if not name.exists())
    path.replace(aside)
    return aside.name


def _is_untouched(path: Path) -> bool:
    try:
        header, *lines = table.read(path).lines
        at = [header.cells.index(name) for name in ("decision", "note")]
    except (RosterError, ValueError):  # not as we wrote it
        return False
    return not any(line.cells[column].strip() for line in lines for column in at if column < len(line.cells))


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        os.fchmod(descriptor, 0o600)
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
