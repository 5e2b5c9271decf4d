"""`rollcall roster`: who is on the programme."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from flows.cli.console import safe, say, show_json
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.people.signup import Signups

app = typer.Typer(
    help="The roster: who is on the programme, from where, and under which handles.", no_args_is_help=True
)

RosterFile = Annotated[
    Path,
    typer.Argument(
        help="A roster (CSV or XLSX; rollcall init writes a template), or the export of a sign-up form.", metavar="FILE"
    ),
]
CampaignName = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        "-c",
        help="Whose programme years cohorts are checked against; left out: those of the only campaign that is on.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


@app.command()
def check(file: RosterFile, campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Read a roster, or a sign-up form's answers, and say what is wrong, line by line. Changes nothing."""
    from flows.steps import roster

    settings = Settings.from_environment()
    if roster.is_signups(file):
        _answers(roster.check_signups(settings, file), as_json, "can be taken from")
    people = roster.check(file, *roster.years_of(settings, campaign))
    ids = {entry.person_id for entry in people.entries}
    if as_json:
        show_json({"people": len(ids), "warnings": people.warnings})
        return
    for warning in people.warnings:
        say(f"[yellow]Look:[/] {safe(warning)}")
    say(f"{len(ids)} people can be loaded from {safe(file)}.")


@app.command()
def load(file: RosterFile, campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Load a roster, or a sign-up form's answers. The same file again changes nothing; history is kept."""
    from flows.steps import roster

    settings = Settings.from_environment()
    if roster.is_signups(file):
        _, answers = roster.load_signups(settings, file)
        _answers(answers, as_json, "were taken from")
    loaded = roster.load(settings, file, *roster.years_of(settings, campaign))
    if as_json:
        show_json(asdict(loaded))
        return
    for warning in loaded.warnings:
        say(f"[yellow]Look:[/] {safe(warning)}")
    say(f"{loaded.people} people in the file are on the roster: {loaded.added} new, {loaded.changed} changed.")
    if loaded.suppressed:
        say("Somebody opted out since the last load: nothing of theirs will land from now on.")


def _answers(told: Signups, as_json: bool, taken: str) -> NoReturn:
    """What a sign-up form brought, and which of its lines wait; exit code 3 if any does."""
    members = told.roster.people
    if as_json:
        show_json({"members": members, "waiting": told.waiting, "warnings": told.roster.warnings})
    else:
        for sentence in (*told.roster.warnings, *told.waiting):
            say(f"[yellow]Look:[/] {safe(sentence)}")
        if told.refusing:
            say(
                f"Loading the form keeps out {len(told.refusing)} of the accounts of people who are not on the roster "
                "and refuse to be collected."
            )
        say(f"Members whose answers {taken} the form: {members}. What they gave stands beside the roster.")
    raise typer.Exit(3 if told.waiting else 0)
