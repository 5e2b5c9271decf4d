"""The folder of backups: which there are, how a new one appears whole, and which old ones go."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from warehouse.backup import manifest
from warehouse.backup.manifest import Manifest
from warehouse.errors import AlreadyRunning, BackupError

NAME = re.compile(r"rollcall-\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")
DRAFT, GOING = ".draft-", ".going-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    folder: Path
    manifest: Manifest

    @property
    def dump(self) -> Path:
        return self.folder / manifest.DUMP


def found(folder: Path) -> list[Backup]:
    """The backups in the folder, the oldest first; what is damaged is none."""
    backups = []
    for place in folder.iterdir() if folder.is_dir() else ():
        if NAME.fullmatch(place.name) and place.is_dir():
            try:
                backups.append(Backup(folder=place, manifest=manifest.read(place)))
            except BackupError:
                continue
    return sorted(backups, key=lambda backup: (backup.manifest.taken_at, backup.folder.name))


def named(path: Path) -> Backup:
    """The backup that somebody names: its folder, or a file in it. Raises BackupError."""
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise BackupError(f"There is no {path}. `rollcall db backup` says where it puts backups.")
    return Backup(folder=folder, manifest=manifest.read(folder))


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A folder to write into, for its owner only; whatever is left in it at the end goes. Raises AlreadyRunning."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BackupError(
            f"No backup can be written into {folder}: {error.strerror}. Name another folder with --to."
        ) from None
    with os.fdopen(lock):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"Another backup is being written into {folder}: wait until it is done.") from None
        _sweep(folder)
        place = folder / f"{DRAFT}{uuid4().hex[:8]}"
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def keep(written: Path, taken_at: datetime) -> Path:
    """The draft becomes a backup: its bytes are on the disk, then its name appears."""
    for path in sorted(written.iterdir()):
        path.chmod(0o600)
        _to_disk(path)
    _to_disk(written)
    name = f"rollcall-{taken_at:%Y-%m-%dT%H%M%SZ}"
    for number in range(1, 1000):
        place = written.parent / (name if number == 1 else f"{name}-{number}")
        if not place.exists():
            written.rename(place)
            _to_disk(written.parent)
            return place
    raise BackupError(f"There are a thousand backups named {name} in {written.parent}: look at the computer's clock.")


def remove_old(folder: Path, newest: Backup, number: int) -> list[Path]:
    """Remove all but the `number` newest of this warehouse, never the one just made. Returns which went."""
    ours = [one for one in found(folder) if one.manifest.warehouse == newest.manifest.warehouse]
    others = [one for one in ours if one.folder != newest.folder]
    return remove(others[: max(0, len(ours) - number)])


def remove(backups: Sequence[Backup]) -> list[Path]:
    """Remove these. Returns which went."""
    for backup in backups:
        going = backup.folder.with_name(f"{GOING}{backup.folder.name}")  # it no longer claims to be one
        backup.folder.rename(going)
        shutil.rmtree(going)
    return [backup.folder for backup in backups]


def _sweep(folder: Path) -> None:
    """What was left behind when the computer or the process died in the middle."""
    for place in folder.iterdir():
        if place.name.startswith((DRAFT, GOING)):
            shutil.rmtree(place)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
