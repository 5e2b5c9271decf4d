"""What a backup says of itself, and whether that is true: its manifest and its checksums.

rollcall-2026-03-01T021500Z/   for its owner only; appears whole or not at all
    warehouse.dump             what pg_dump wrote, in its custom format
    manifest.json              when, of what, how many rows: counts and times, no names of people, no secrets
    SHA256SUMS                 of both, in the form that `sha256sum -c` reads
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.errors import BackupError

DUMP, MANIFEST, SUMS = "warehouse.dump", "manifest.json", "SHA256SUMS"
FORM = 2
"""Of the manifest; a backup of a higher one was made by a newer rollcall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    form: int
    application: str
    revision: str
    """The last migration of the schema."""
    taken_at: datetime
    warehouse: str
    """Which warehouse: the beginning of a hash of its random number, so that two in one folder are told apart."""
    key_check: str
    """The beginning of a hash made with the suppression key: whether a key is the one that the hashes need."""
    server_version: int
    """PostgreSQL's major version."""
    owner: str
    database_bytes: int
    dump_bytes: int
    tables: Mapping[str, int]
    """schema.table -> rows. The builds' work space is left out."""
    published: Mapping[str, str]
    """Campaign -> as-of time of its published tables."""
    left_out: Sequence[str] = ()
    """schema.relation of what is not rollcall's and the warehouse's owner may not read, and of what needs it."""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "taken_at": self.taken_at.isoformat()}


def write(folder: Path, manifest: Manifest) -> None:
    """The manifest and the checksums beside the dump. OSError if they cannot be written."""
    text = json.dumps(manifest.as_json(), indent=2, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    sums = "".join(f"{sha256(folder / name)}  {name}\n" for name in (DUMP, MANIFEST))
    (folder / SUMS).write_text(sums, encoding="utf-8")


def read(folder: Path) -> Manifest:
    """What the backup says of itself, its manifest being as it was written. Raises BackupError."""
    expected = _sums(folder)
    _refuse_changed(folder / MANIFEST, expected)
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if told["form"] > FORM:
        raise BackupError(
            f"The backup {folder.name} was made by a newer rollcall ({told['application']}): install that one or a "
            "newer one, then restore."
        )
    return Manifest(**{**told, "taken_at": datetime.fromisoformat(told["taken_at"])})


def check(folder: Path, manifest: Manifest) -> None:
    """Raises BackupError unless the dump is, byte for byte, what was written."""
    dump = folder / DUMP
    if not dump.exists() or dump.stat().st_size < manifest.dump_bytes:
        raise BackupError(
            f"The backup {folder.name} is cut short: {DUMP} is not as long as it was written. Nothing was restored; "
            "take another backup, or copy this one again from where it came."
        )
    _refuse_changed(dump, _sums(folder))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BackupError(
            f"{folder} is no backup of rollcall: there is no readable {SUMS} in it. Name a folder that "
            "`rollcall db backup` made."
        ) from None
    return {name: told for told, _, name in (line.partition("  ") for line in lines)}


def _refuse_changed(path: Path, expected: Mapping[str, str]) -> None:
    if not path.exists() or sha256(path) != expected.get(path.name):
        raise BackupError(
            f"The backup {path.parent.name} is damaged: the checksum of {path.name} is not the one that was written. "
            "Nothing was restored; take another backup, or copy this one again from where it came."
        )
