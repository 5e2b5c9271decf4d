"""The feedback survey: reading a form's export and keeping its answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from flows.errors import ConfigurationError, sentence
from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse
from warehouse import campaigns, ledger
from warehouse.campaign import Campaign
from warehouse.survey import form, store

FIRST_IMPORT = text("select observed_at from core.import_file where campaign = :campaign and sha256 = :sha256")
IMPORTED = text(
    "insert into core.import_file (campaign, sha256, name, format, observed_at, run_id)"
    " values (:campaign, :sha256, :name, 'survey', :at, :run) on conflict do nothing"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyImported:
    run_id: UUID
    survey: str
    invited: int | None
    form: form.Form
    replaced: bool
    """Whether there were answers of this survey already."""
    known_file: bool
    """Whether the same file had been imported before."""

    def as_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "state": "partial" if self.form.problems else "completed",
            "survey": self.survey,
            "respondents": self.form.respondents,
            "invited": self.invited,
            "replaced": self.replaced,
            "known_file": self.known_file,
            "questions": [
                {"question": one.text, "kind": one.kind, "scale": one.scale, "answered": len(one.answered)}
                for one in self.form.questions
            ],
            "dropped": self.form.dropped,
            "warnings": self.form.warnings,
            "problems": self.form.problems,
        }


def declared(given: Sequence[str]) -> dict[str, list[str]]:
    """What `--choices` says: `QUESTION`, or `QUESTION=one;two;three` with everything that can be chosen there."""
    questions = {}
    for one in given:
        question, _, options = one.partition("=")
        if not question.strip():
            raise ConfigurationError(
                f"--choices {one} names no question: write its words or its column's number, as in "
                '--choices "4=Online;In person".'
            )
        questions[question.strip()] = [option.strip() for option in options.split(";") if option.strip()]
    return questions


def import_survey(
    settings: Settings,
    campaign: Campaign,
    path: Path,
    *,
    name: str = "feedback",
    invited: int | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    clock: Callable[[], datetime] = now,
) -> SurveyImported:
    """Keep a form's answers in place of what is known of this survey. Raises SurveyError and RosterError (the file)."""
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}.")
    if not name.strip():
        raise ConfigurationError("--name is blank: give the survey a name, such as feedback.")
    engine = open_warehouse(settings)
    try:
        with engine.begin() as connection:
            campaigns.sync(connection, campaign)
            names = store.names_on_the_roster(connection)
        read = form.read(path, names, choices)
        if invited is not None and invited < read.respondents:
            raise ConfigurationError(
                f"{read.respondents} people answered, so more than {invited} were invited: correct --invited."
            )
        ledger.sweep(engine)
        run = ledger.begin(engine, campaign.name, "survey", clock)
        try:
            with engine.begin() as connection:
                at, known = _remember(connection, campaign.name, path, run.run_id, clock())
                replaced = store.replace(connection, campaign.name, name, read, invited, run.run_id, at)
        except BaseException as error:
            run.finish("failed", sentence(error) or type(error).__name__)
            raise
        run.finish("completed")
    finally:
        engine.dispose()
    return SurveyImported(
        run_id=run.run_id, survey=name, invited=invited, form=read, replaced=replaced, known_file=known
    )


def _remember(
    connection: Connection, campaign_name: str, path: Path, run_id: UUID, clock_now: datetime
) -> tuple[datetime, bool]:
    """When this very file was first imported, and whether that was before."""
    file = {"campaign": campaign_name, "sha256": hashlib.sha256(path.read_bytes()).digest()}
    first: datetime | None = connection.execute(FIRST_IMPORT, file).scalar()
    at = first or clock_now
    connection.execute(IMPORTED, {**file, "name": path.name, "at": at, "run": run_id})
    return at, first is not None
