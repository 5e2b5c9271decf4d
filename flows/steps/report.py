"""Writing the report page from the published tables."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Engine

from flows.errors import sentence
from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse
from reports import checks, page
from reports.errors import CannotWrite
from warehouse.campaign import Campaign

logger = logging.getLogger(__name__)


def report(settings: Settings, campaign: Campaign, out: Path | None = None) -> Path:
    """Write the campaign's page and return where it lies: `out`, or the campaign's folder in ROLLCALL_HOME/reports.

    The page of the last build's checks lies beside it.
    """
    engine = open_warehouse(settings)
    folder = _folder(settings, campaign, out)
    try:
        path = page.write(engine, campaign.name, folder, now=now())
        checks.write(engine, campaign.name, folder, title=campaign.title, now=now())
        return path
    finally:
        engine.dispose()


def note_checks(settings: Settings, campaign: Campaign, engine: Engine, after: BaseException | None = None) -> None:
    """Write the page of the last build's checks, whatever the build came to; that it cannot be written is a warning.

    `after`: the error that ended the build, which no other one hides; without it any other error is raised.
    """
    try:
        checks.write(engine, campaign.name, _folder(settings, campaign, None), title=campaign.title, now=now())
    except CannotWrite as trouble:
        logger.warning("The checks are kept, but not as a page: %s", trouble)
    except Exception as trouble:
        if after is None:
            raise
        logger.debug("the page of checks could not be written", exc_info=True)
        told = sentence(trouble) or f"an error of ours ({type(trouble).__name__})"
        logger.warning("The page of checks is an old one, or none: %s", told)


def tables(settings: Settings, campaign: Campaign, out: Path | None = None) -> Path:
    """Write the published metric tables as a spreadsheet beside the page."""
    from reports import workbook  # pandas is slow to import

    engine = open_warehouse(settings)
    try:
        return workbook.write(engine, campaign.name, _folder(settings, campaign, out))
    finally:
        engine.dispose()


def _folder(settings: Settings, campaign: Campaign, out: Path | None) -> Path:
    folder = out or settings.home / "reports" / campaign.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"Cannot use the folder {folder} ({error.strerror}). Choose another with --out.") from error
    return folder
