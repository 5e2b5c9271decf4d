"""`rollcall roster`: who is on the programme."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows import campaign_file
from flows.cli.console import safe, say, show_json
from flows.settings import Settings
from warehouse.campaign import Campaign

app = typer.Typer(
    help="The roster: who is on the programme, from where, and under which handles.", no_args_is_help=True
)

RosterFile = Annotated[Path, typer.Argument(help="CSV or XLSX; rollcall init writes a template.", metavar="FILE")]
CampaignName = Annotated[
    str | None, typer.Option("--campaign", "-c", help="Which campaign's programme years to check against.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


def _campaign(settings: Settings, name: str | None) -> Campaign | None:
    """One roster serves all campaigns: one is used only to check the programme's years, if it is named."""
    return campaign_file.find(settings, name) if name else None


@app.command()
def check(file: RosterFile, campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Read a roster file and say what is wrong with it, line by line. Changes nothing."""
    from flows.steps import roster

    settings = Settings.from_environment()
    people = roster.check(file, _campaign(settings, campaign))
    ids = {entry.person_id for entry in people.entries}
    if as_json:
        show_json({"people": len(ids), "warnings": people.warnings})
        return
    for warning in people.warnings:
        say(f"[yellow]Look:[/] {safe(warning)}")
    say(f"{len(ids)} people can be loaded from {safe(file)}.")


@app.command()
def load(file: RosterFile, campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Load a roster file. The same file again changes nothing; a changed one keeps the history."""
    from flows.steps import roster

    settings = Settings.from_environment()
    loaded = roster.load(settings, file, _campaign(settings, campaign))
    if as_json:
        show_json(asdict(loaded))
        return
    for warning in loaded.warnings:
        say(f"[yellow]Look:[/] {safe(warning)}")
    say(f"{loaded.people} people in the file are on the roster: {loaded.added} new, {loaded.changed} changed.")
    if loaded.suppressed:
        say("Somebody opted out since the last load: nothing of theirs will land from now on.")
