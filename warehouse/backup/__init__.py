"""A backup of the whole warehouse, taken while it is in use: one consistent moment, whole or not there at all.

`pg_dump` reads from the snapshot in which the rows are counted. The builds' work space (`build`) is left out. A backup
is written under a draft's name, read again to its end, and only then gets its own; old ones go after that, or before
where the disk has no room for it beside them.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from warehouse.backup import folder, manifest, programs, tables
from warehouse.backup.folder import Backup
from warehouse.backup.manifest import Manifest
from warehouse.errors import BackupError
from warehouse.migrate import VERSION_TABLE
from warehouse.transform import BUILD_SCHEMA

logger = logging.getLogger(__name__)

KEEP = 14
LOCK_PATIENCE = 60_000
"""Milliseconds that a backup waits for a table that somebody else has locked."""
SHARE_OF_TABLES = 0.5
"""How large a backup becomes at most, as a share of the tables on disk; measured: a sixth."""
GROWTH = 1.3
"""How much larger than the last one a backup is expected to be at most."""
WHICH = "select left(encode(sha256(key || 'rollcall warehouse'::bytea), 'hex'), 16) from people.analyst_key"
ABOUT = f"""
select
  (select version_num from public.{VERSION_TABLE}) as revision,
  ({WHICH}) as warehouse,
  current_setting('server_version_num')::int / 10000 as server_version,
  current_user::text as owner,
  pg_database_size(current_database()) as database_bytes
"""
PUBLISHED = "select campaign, max(as_of) from metrics.publication group by campaign order by campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    backup: Backup
    removed: list[Path] = field(default_factory=list)
    """The old ones that went."""


def make(
    engine: Engine,
    into: Path,
    *,
    key_check: str,
    application: str,
    now: datetime,
    environment: Mapping[str, str],
    number: int | None = KEEP,
) -> Made:
    """Write a backup into the folder; keep the `number` newest (None: all). Raises BackupError and AlreadyRunning.

    The newest old one stays until the new one is whole.
    """
    if number is not None and number < 1:
        raise BackupError("--keep must be 1 or more: the newest backup always stays.")
    url = engine.url.render_as_string(hide_password=False)
    with folder.draft(into) as draft:
        try:
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                told = _look(connection, key_check, application, now)
                removed = _make_room(connection, into, told, number)
                _dump(connection, url, told, draft / manifest.DUMP, environment)
            whole = _verified(draft, told)
            place = folder.keep(draft, now)
        except OSError as error:
            raise BackupError(
                f"No backup could be written into {into}: {error.strerror}. Nothing half is left there; make room or "
                "name another folder with --to."
            ) from None
        backup = Backup(folder=place, manifest=whole)
        if number is not None:
            removed += folder.remove_old(into, backup, number)
    return Made(backup=backup, removed=removed)


def which(connection: Connection) -> str:
    """By which a warehouse is known in its backups; one that was restored is the same."""
    return str(connection.execute(text(WHICH)).scalar_one())


def _look(connection: Connection, key_check: str, application: str, now: datetime) -> Manifest:
    left_out = tables.left_out(connection)
    about = connection.execute(text(ABOUT)).one()
    published = connection.execute(text(PUBLISHED)).all()
    return Manifest(
        form=manifest.FORM,
        application=application,
        revision=about.revision,
        taken_at=now,
        warehouse=about.warehouse,
        key_check=key_check,
        server_version=about.server_version,
        owner=about.owner,
        database_bytes=about.database_bytes,
        dump_bytes=0,
        tables=tables.counted(connection),
        published={campaign: as_of.isoformat() for campaign, as_of in published},
        left_out=left_out,
    )


def _make_room(connection: Connection, into: Path, told: Manifest, number: int | None) -> list[Path]:
    """Before it begins: refuse what will not fit. If it will without the old ones that go anyway, they go first."""
    ours = [one for one in folder.found(into) if one.manifest.warehouse == told.warehouse]
    needed = _needed(connection, ours, told)
    lacking = needed - shutil.disk_usage(into).free
    if lacking <= 0:
        return []
    going = ours[: max(0, len(ours) - max(1, number - 1))] if number is not None else []
    if sum(one.manifest.dump_bytes for one in going) >= lacking:
        return folder.remove(going)
    raise BackupError(
        f"A backup of this warehouse may need {in_words(needed)}, and the disk of {into} has "
        f"{in_words(needed - lacking)} left. Nothing was written. Make room: where there are several backups, keep "
        "fewer with --keep, or delete the oldest folders rollcall-… there, but never erased.jsonl. Or name a folder on "
        "another disk with --to."
    )


def _needed(connection: Connection, ours: Sequence[Backup], told: Manifest) -> float:
    """How many bytes it may have: as the last backup of this warehouse tells, else the size of the tables."""
    if ours:
        return ours[-1].manifest.dump_bytes * GROWTH
    size = text("select sum(pg_table_size(cast(name as regclass))) from unnest(cast(:tables as text[])) as name")
    return float(connection.execute(size, {"tables": list(told.tables)}).scalar_one()) * SHARE_OF_TABLES


def in_words(size: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _dump(connection: Connection, url: str, told: Manifest, target: Path, environment: Mapping[str, str]) -> None:
    snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
    command: list[str | Path] = [
        programs.find("pg_dump", told.server_version),
        "--format=custom",
        f"--snapshot={snapshot}",
        f"--exclude-schema={BUILD_SCHEMA}",
        *(f"--exclude-table={name}" for name in told.left_out),
        f"--lock-wait-timeout={LOCK_PATIENCE}",
        f"--file={target}",
    ]
    programs.run(command, url, environment, "No backup was made")


def _verified(draft: Path, told: Manifest) -> Manifest:
    """The dump, read again to its end and holding every table; the manifest and the checksums beside it."""
    dump = draft / manifest.DUMP
    restore = programs.find("pg_restore", told.server_version)
    listed = programs.offline([restore, "--list", dump], {}, "The backup cannot be read, so it was not kept")
    absent = [table for table in told.tables if f" TABLE DATA {tables.as_listed(table)} " not in listed]
    if absent:
        raise BackupError(f"The backup lacks {', '.join(absent)}, so it was not kept. Start again.")
    programs.offline([restore, "--file=/dev/null", dump], {}, "The backup cannot be read, so it was not kept")
    whole = Manifest(**{**told.as_json(), "taken_at": told.taken_at, "dump_bytes": dump.stat().st_size})
    manifest.write(draft, whole)
    return whole
