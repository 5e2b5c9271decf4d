"""Writing the report page from the published tables."""

from __future__ import annotations

from pathlib import Path

from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse
from reports import page
from reports.errors import CannotWrite
from warehouse.campaign import Campaign


def report(settings: Settings, campaign: Campaign, out: Path | None = None) -> Path:
    """Write the campaign's page and return where it lies: `out`, or the campaign's folder in ROLLCALL_HOME/reports."""
    engine = open_warehouse(settings)
    folder = _folder(settings, campaign, out)
    try:
        return page.write(engine, campaign.name, folder, now=now())
    finally:
        engine.dispose()


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
