"""What people decide: the questions as files, the files read back, and how many questions wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse
from warehouse import campaigns, locks
from warehouse.campaign import Campaign
from warehouse.review import answers, sheets
from warehouse.review.answers import Taken
from warehouse.review.sheets import Exported
from warehouse.review.waiting import Waiting, waiting


def status(settings: Settings, campaign: Campaign) -> Sequence[Waiting]:
    """The queues with something in them, as the last build left them."""
    engine = open_warehouse(settings)
    try:
        with engine.connect() as connection:
            return waiting(connection, campaign.name)
    finally:
        engine.dispose()


def export(settings: Settings, campaign: Campaign, folder: Path) -> Exported:
    """Write a file per queue into the folder, as of the last build. Raises ReviewError."""
    engine = open_warehouse(settings)
    try:
        with engine.connect() as connection:
            return sheets.write(connection, campaign.name, folder)
    finally:
        engine.dispose()


def import_decisions(
    settings: Settings,
    campaign: Campaign,
    files: Sequence[Path],
    *,
    by: str | None = None,
    clock: Callable[[], datetime] = now,
) -> Taken:
    """Take over what the files decide, or, if anything is wrong with any of them, nothing. Raises ReviewError."""
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise ConfigurationError(f"There is no file {missing[0]}.")
    engine = open_warehouse(settings)
    try:
        with engine.begin() as connection:
            locks.wait_for_rest_to_end(connection)
            campaigns.sync(connection, campaign)
            return answers.take(connection, campaign.name, files, by, clock())
    finally:
        engine.dispose()
