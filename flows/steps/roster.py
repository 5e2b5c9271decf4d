"""The roster: checking a file, and loading it. A sign-up form's export is told from a roster by its questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flows import campaign_file
from flows.errors import CampaignError, ConfigurationError
from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse, suppression_key
from warehouse.campaign import Campaign
from warehouse.people import roster, roster_file, signup


def years_of(settings: Settings, name: str | None) -> tuple[Campaign | None, str | None]:
    """The campaign with whose programme years cohorts are compared, or a sentence: why with none's.

    One roster serves all campaigns, so a campaign that is not named may be one of several. Raises CampaignError for
    one that is named and cannot be read.
    """
    if name is None and not campaign_file.paths(settings):
        return None, None
    try:
        return campaign_file.find(settings, name), None
    except CampaignError as error:
        if name is not None:
            raise
        return None, f"Cohorts were not compared with any campaign's programme_years. {error}"


def check(path: Path, campaign: Campaign | None, not_compared: str | None = None) -> roster_file.Roster:
    """Read a roster file; a campaign says which years there were. RosterError tells every problem with its line."""
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}.")
    people = roster_file.read(path, programme_years=campaign.programme_years if campaign else ())
    return replace(people, warnings=(*people.warnings, not_compared)) if not_compared else people


def is_signups(path: Path) -> bool:
    """Whether the file holds members' answers to a form. Raises ConfigurationError and RosterError."""
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}.")
    return signup.looks_like_signups(path)


def check_signups(settings: Settings, path: Path) -> signup.Signups:
    """Read a form's answers and hold them against the roster. RosterError if its questions are not clear."""
    engine = open_warehouse(settings)
    try:
        with engine.connect() as connection:
            known = signup.known_people(connection)
    finally:
        engine.dispose()
    return signup.read(path, known)


def load_signups(
    settings: Settings, path: Path, *, clock: Callable[[], datetime] = now
) -> tuple[roster.RosterLoaded, signup.Signups]:
    """Add what members said in a form; the same answers again change nothing. Raises RosterError."""
    answers = check_signups(settings, path)
    engine = open_warehouse(settings)
    try:
        key = suppression_key(settings, engine)
        return roster.load(engine, answers.roster, clock(), key, "signup", answers.refusing), answers
    finally:
        engine.dispose()


def load(
    settings: Settings,
    path: Path,
    campaign: Campaign | None,
    not_compared: str | None = None,
    *,
    clock: Callable[[], datetime] = now,
) -> roster.RosterLoaded:
    """Read a roster file and load it; the same file again changes nothing. Raises RosterError."""
    people = check(path, campaign, not_compared)
    engine = open_warehouse(settings)
    try:
        return roster.load(engine, people, clock(), suppression_key(settings, engine))
    finally:
        engine.dispose()
