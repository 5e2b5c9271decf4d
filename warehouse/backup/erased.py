"""Who must not come back, kept outside the backups: the suppression list, the posts of the erased, their receipts.

It is what the warehouse holds of them: keyed hashes, times and counts. The file is written with each erasure and each
backup. It forgets no erasure; of opt-outs it holds those of today. Beside the backups lies a copy, for a computer that
has no warehouse any more.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from warehouse.errors import BackupError

FILE = "erased.jsonl"
Line = str
"""One JSON object with sorted keys: a row of one of the tables below, and whose key its hashes are of."""

READ = {
    "suppression": (
        "select platform, encode(key_hash, 'hex') as key_hash, reason, since, encode(learnt_from, 'hex') as learnt_from"
        " from people.suppression"
    ),
    "sieved": (
        "select campaign, platform, encode(item_hash, 'hex') as item_hash, first_seen_at from core.sieved"
        " where is_erased"
    ),
    "erasure": "select erased_at, cast(receipt as text) as receipt from people.erasure",
}
ENTER = {
    "suppression": """
        insert into people.suppression as known (platform, key_hash, reason, since, learnt_from)
        select platform, decode(key_hash, 'hex'), reason, since, decode(learnt_from, 'hex')
        from jsonb_to_recordset(cast(:rows as jsonb))
          as told (platform text, key_hash text, reason text, since timestamptz, learnt_from text)
        order by reason = 'erasure'
        on conflict (platform, key_hash) do update set reason = 'erasure', learnt_from = null
        where excluded.reason = 'erasure' and known.reason <> 'erasure'
    """,
    "sieved": """
        insert into core.sieved (campaign, platform, item_hash, reason, first_seen_at, is_erased)
        select campaign, platform, decode(item_hash, 'hex'), 'opted_out', min(first_seen_at), true
        from jsonb_to_recordset(cast(:rows as jsonb))
          as told (campaign text, platform text, item_hash text, first_seen_at timestamptz)
        group by campaign, platform, item_hash
        on conflict (campaign, platform, item_hash) do update set reason = 'opted_out', is_erased = true
    """,
    "erasure": """
        insert into people.erasure (erased_at, receipt)
        select erased_at, cast(receipt as jsonb)
        from jsonb_to_recordset(cast(:rows as jsonb)) as told (erased_at timestamptz, receipt text)
        where not exists (
          select from people.erasure as known
          where known.erased_at = told.erased_at and known.receipt = cast(told.receipt as jsonb)
        )
        order by erased_at
    """,
}


def known(connection: Connection, key_check: str) -> frozenset[Line]:
    """What the warehouse knows."""
    lines = set()
    for table, query in READ.items():
        for row in connection.execute(text(query)).mappings():
            told = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
            lines.add(_line({"table": table, "key": key_check, **told}))
    return frozenset(lines)


def read(path: Path) -> frozenset[Line]:
    """What a file of earlier erasures tells; none if there is no file. Raises BackupError if it is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return frozenset(_line(json.loads(line)) for line in lines)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        raise BackupError(
            f"The list of who must not come back, {path}, cannot be read ({type(error).__name__}). Put back a copy of "
            f"{FILE} from a folder of backups; nothing was changed."
        ) from None


def keep(path: Path, lines: Iterable[Line]) -> None:
    """The file as it must be now that the warehouse knows these lines: whole, or as it was. Raises BackupError.

    Waits for others who are writing it: what each of them adds stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _write(path, frozenset(lines) | {line for line in read(path) if '"reason": "opt_out"' not in line})
    except OSError as error:
        raise BackupError(
            f"The list of who must not come back, {path}, cannot be written: {error.strerror}. Make room for it and "
            "start again; nothing was changed."
        ) from None


def _write(path: Path, lines: Iterable[Line]) -> None:
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in sorted(lines))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def newest(lines: Iterable[Line]) -> datetime | None:
    """When the last erasure was of which the lines know; None if they know of none."""
    told = (json.loads(line) for line in lines)
    return max((datetime.fromisoformat(one["erased_at"]) for one in told if one["table"] == "erasure"), default=None)


def enter(connection: Connection, lines: Iterable[Line], key_check: str) -> None:
    """Into the warehouse with the rows that were made with this key."""
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in ENTER}
    for line in lines:
        told = json.loads(line)
        if told.pop("key") == key_check:
            rows[told.pop("table")].append(told)
    for table, statement in ENTER.items():
        connection.execute(text(statement), {"rows": json.dumps(rows[table])})


def _line(told: dict[str, Any]) -> Line:
    return json.dumps(told, sort_keys=True, ensure_ascii=False)
