"""Erasing a person: never a flow, because no name travels through Prefect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from flows import campaign_file
from flows.errors import ConfigurationError, sentence
from flows.settings import Settings
from flows.steps.backup import FOLDER, backups, remember
from flows.steps.build import build
from flows.steps.warehouse import now, open_warehouse, suppression_key
from warehouse import forget as erasure
from warehouse import ledger, locks
from warehouse.backup import erased, folder
from warehouse.errors import UnknownPerson

logger = logging.getLogger(__name__)

HOLD_NOBODY = {
    *("postgres", "prefect", "dbt", "credentials", "suppression.key", "demo", "campaigns"),
    erased.FILE,
    FOLDER,
}
"""Below ROLLCALL_HOME: the warehouse itself, counts and our own sentences, the team's secrets, fictional people; and
backups, which are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    receipt: erasure.Receipt
    built: Sequence[str] = ()
    """Campaigns whose tables were published anew without the person."""
    not_built: dict[str, str] = field(default_factory=dict)
    """Campaign -> why not; their rows of the person are gone, but their totals still count them."""
    files: Sequence[Path] = ()
    """Files that may hold the person and that nobody but their owner should delete."""
    backups: Sequence[Path] = ()
    """Backups that were made before, in which the person still is; whoever restores one erases the person again."""

    def as_json(self) -> dict[str, Any]:
        return {
            **self.receipt.as_json(),
            "published_anew": list(self.built),
            "not_published": self.not_built,
            "files": [str(path) for path in self.files],
            "backups": [str(path) for path in self.backups],
        }


def forget(
    settings: Settings,
    person_id: str,
    *,
    clock: Callable[[], datetime] = now,
    progress: Callable[[str], None] = lambda stage: None,
) -> Forgotten:
    """Erase somebody from the warehouse, then publish every campaign anew. Raises ConfigurationError, WarehouseError.

    What raises has changed nothing; a campaign that cannot be published is told in the result.
    """
    engine = open_warehouse(settings)
    secret = suppression_key(settings, engine)
    ledger.sweep(engine)
    run = ledger.begin(engine, None, "forget", clock)
    try:
        with locks.building(engine), locks.at_rest(engine):
            progress("looking through every table")
            with engine.begin() as connection:
                erasure.refuse_while_others_run(connection, str(run.run_id))
                receipt = erasure.forget(connection, person_id, secret, clock())
                remember(settings, connection)  # before it is done, so that no erasure is unknown to a restore
    except BaseException as error:
        run.finish("failed", type(error).__name__)
        if isinstance(error, UnknownPerson):
            raise ConfigurationError(str(error)) from error
        raise
    run.finish("completed")
    progress("cleaning up behind it")
    _vacuum(engine)
    engine.dispose()
    built, not_built = publish_anew(settings, clock, progress)
    return Forgotten(
        receipt=receipt,
        built=built,
        not_built=not_built,
        files=sorted(_files(settings.home)),
        backups=[backup.folder for backup in folder.found(backups(settings))],
    )


def _vacuum(engine: Engine) -> None:
    """What was deleted leaves PostgreSQL's files, and its statistics, which hold frequent values."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))


def publish_anew(
    settings: Settings, clock: Callable[[], datetime], progress: Callable[[str], None]
) -> tuple[list[str], dict[str, str]]:
    """Every campaign that is published; also where the person never posted, as the roster's sizes are in its numbers.

    Returns which were, and of the others why not.
    """
    built, not_built = list[str](), dict[str, str]()
    for name in _published(settings):
        progress(f"publishing {name} anew")
        try:
            build(settings, campaign_file.find(settings, name), clock=clock, waits=True)
            built.append(name)
        except Exception as error:  # whatever it is: the person is erased, and whoever asked for it is told so
            logger.debug("a campaign could not be published", exc_info=True)
            not_built[name] = sentence(error) or f"an error of ours ({type(error).__name__})"
    return built, not_built


def _published(settings: Settings) -> list[str]:
    engine = open_warehouse(settings)
    with engine.connect() as connection:
        names = list(connection.execute(text("select distinct campaign from metrics.publication order by 1")).scalars())
    engine.dispose()
    return names


def _files(home: Path) -> Iterator[Path]:
    """Every file of ours that may hold somebody: reports, tables, exports of reviews, and whatever else lies there."""
    for place in home.iterdir():
        if place.name not in HOLD_NOBODY:
            yield from (path for path in (place, *place.rglob("*")) if path.is_file())
