"""Restoring a backup of the warehouse: who was erased since does not come back with it."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.backup import back_up, opened_as_it_is
from flows.steps.forget import publish_anew
from flows.steps.warehouse import now, warehouse_url
from warehouse import ledger
from warehouse.backup import again, erased, folder, in_words, manifest, restoring, which
from warehouse.backup.folder import Backup
from warehouse.embedded.cluster import Cluster
from warehouse.engine import connect
from warehouse.errors import BackupError, WarehouseError
from warehouse.migrate import knows
from warehouse.people.which_key import key_check, known

logger = logging.getLogger(__name__)

ITSELF = "the present warehouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A restore that came to its end."""

    backup: Backup
    restored: restoring.Restored
    asked: Sequence[str]
    """Where it was looked up who was erased since."""
    asked_itself: bool
    """Whether the warehouse of the backup was there to be asked: only it knows of every erasure."""
    newest_erasure: datetime | None = None
    """The latest of which those know who were asked."""
    kept: Path | None = None
    """The backup of what was replaced."""
    built: Sequence[str] = ()
    not_built: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        applied = self.restored.applied
        return {
            "state": "completed",
            "restored": str(self.backup.folder),
            "taken_at": self.backup.manifest.taken_at.isoformat(),
            "rows": sum(self.backup.manifest.tables.values()),
            "erased_again": {"people": applied.people, "rows": applied.rows, "posts_kept_out": applied.posts},
            "list_of_the_erased": list(self.asked),
            "all_erasures_are_known": self.asked_itself,
            "newest_erasure_known": self.newest_erasure.isoformat() if self.newest_erasure else None,
            "left_out": list(self.backup.manifest.left_out),
            "runs_that_died": self.restored.died,
            "replaced_is_kept_in": str(self.kept) if self.kept else None,
            "published_anew": list(self.built),
            "not_published": self.not_built,
            "roles_missing": self.restored.roles_missing,
            "roles_of_others_missing": self.restored.strangers,
        }


def restore(
    settings: Settings,
    path: Path,
    *,
    into: str | None = None,
    replace: bool = False,
    keep_present: bool = True,
    clock: Callable[[], datetime] = now,
    progress: Callable[[str], None] = lambda stage: None,
) -> Done:
    """Restore a backup. Raises ConfigurationError and WarehouseError, and then everything is as it was.

    Who was erased since is erased again, and every campaign that this concerns is published anew.
    """
    chosen = _whole(path)
    secret = _its_key(settings, chosen)
    lines, asked = _must_not_come_back(settings, chosen, into)
    kept = None
    url = into or warehouse_url(settings)
    if replace and keep_present and not into and _state(url) == "full":
        progress("keeping what is replaced")
        kept = _kept(settings, clock)
    if not settings.database_url and not into:
        _refuse_without_room(settings, chosen)
    erased.keep(settings.home / erased.FILE, lines)  # the warehouse that knows them may be gone in a moment
    way = restoring.Way(
        lines=lines,
        secret=secret,
        key_check=key_check(secret),
        now=clock(),
        environment=settings.environment,
        progress=progress,
    )
    restored = restoring.restore(url, chosen, way, replace=replace)
    built, not_built = _afterwards(settings, url, restored, clock, progress)
    return Done(
        backup=chosen,
        restored=restored,
        asked=asked,
        asked_itself=ITSELF in asked,
        newest_erasure=erased.newest(lines),
        kept=kept,
        built=built,
        not_built=not_built,
    )


def _kept(settings: Settings, clock: Callable[[], datetime]) -> Path:
    """A backup of what is replaced. Raises BackupError if something would be lost with it all the same."""
    made = back_up(settings, number=None, as_it_is=True, clock=clock).backup
    if made.manifest.left_out:
        raise BackupError(
            f"What is replaced was kept in {made.folder}, but without {', '.join(made.manifest.left_out)}, which the "
            "warehouse's owner may not read. Nothing was replaced: let whoever made that save it and drop it, or start "
            "again with --discard-present."
        )
    return made.folder


def _whole(path: Path) -> Backup:
    chosen = folder.named(path.expanduser().absolute())
    if not knows(chosen.manifest.revision):
        raise BackupError(
            f"The backup {chosen.folder.name} was made by a newer rollcall (its schema is {chosen.manifest.revision}): "
            "install that one or a newer one, then restore. Nothing was changed."
        )
    manifest.check(chosen.folder, chosen.manifest)
    return chosen


def _its_key(settings: Settings, chosen: Backup) -> bytes:
    """The suppression key, which must be the one of the backup: else nobody in its lists is recognised."""
    secret = settings.kept_suppression_key()
    if secret is not None and key_check(secret) == chosen.manifest.key_check:
        return secret
    raise ConfigurationError(
        "The suppression key of this backup is not here: without it, people who opted out or were erased would come "
        f"back. Put your copy of it where it was, in {settings.home / 'suppression.key'} or ROLLCALL_SUPPRESSION_KEY. "
        "Nothing was changed."
    )


def _must_not_come_back(settings: Settings, chosen: Backup, into: str | None) -> tuple[frozenset[str], list[str]]:
    """Who was erased, from wherever it is known, and where that was."""
    lines, asked = frozenset[str](), list[str]()
    for path in dict.fromkeys((settings.home / erased.FILE, chosen.folder.parent / erased.FILE)):
        if path.exists():
            lines |= erased.read(path)
            asked.append(str(path))
    if (engine := _present(settings, into)) is not None:
        try:
            with engine.connect() as connection:
                lines |= erased.known(connection, known(connection) or chosen.manifest.key_check)
                asked += [ITSELF] if which(connection) == chosen.manifest.warehouse else []
        except DBAPIError as error:  # of another form than ours
            logger.warning("The present warehouse cannot be asked who was erased (%s).", type(error.orig).__name__)
        finally:
            engine.dispose()
    return lines, asked


def _present(settings: Settings, into: str | None) -> Engine | None:
    """The warehouse that is in use, if there is one that can be asked."""
    if into and not settings.database_url and not Cluster.of(settings.home).exists():
        return None
    try:
        if _state(warehouse_url(settings)) in ("empty", "full"):
            return opened_as_it_is(settings)
    except WarehouseError as error:
        if not into:
            raise
        logger.warning("The present warehouse cannot be asked who was erased: %s", error)
    return None


def _state(url: str) -> restoring.State:
    engine = connect(url)
    try:
        return restoring.state(engine)
    finally:
        engine.dispose()


def _refuse_without_room(settings: Settings, chosen: Backup) -> None:
    free = shutil.disk_usage(settings.home).free
    if free < chosen.manifest.database_bytes:
        raise BackupError(
            f"The restored warehouse needs {in_words(chosen.manifest.database_bytes)}, and the disk of {settings.home} "
            f"has {in_words(free)} left. Nothing was changed: make room and start again."
        )


def _afterwards(
    settings: Settings,
    url: str,
    restored: restoring.Restored,
    clock: Callable[[], datetime],
    progress: Callable[[str], None],
) -> tuple[Sequence[str], dict[str, str]]:
    """The restore in the ledger, and the numbers without those who were erased again."""
    engine = connect(url)
    try:
        ledger.begin(engine, None, "restore", clock).finish("completed")
    finally:
        engine.dispose()
    if restored.applied == again.Applied():
        return (), {}
    return publish_anew(dataclasses.replace(settings, database_url=url), clock, progress)
