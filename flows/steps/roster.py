"""The roster: checking a file, and loading it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse
from warehouse.campaign import Campaign
from warehouse.people import roster, roster_file


def check(path: Path, campaign: Campaign | None) -> roster_file.Roster:
    """Read a roster file; a campaign says which years there were. RosterError tells every problem with its line."""
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}.")
    return roster_file.read(path, programme_years=campaign.programme_years if campaign else ())


def load(
    settings: Settings, path: Path, campaign: Campaign | None, *, clock: Callable[[], datetime] = now
) -> roster.RosterLoaded:
    """Read a roster file and load it; the same file again changes nothing. Raises RosterError."""
    people = check(path, campaign)
    engine = open_warehouse(settings)
    try:
        return roster.load(engine, people, clock(), settings.read_suppression_key())
    finally:
        engine.dispose()
