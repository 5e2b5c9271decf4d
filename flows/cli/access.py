"""`rollcall connect` and `rollcall doctor`: what lets us in, and whether everything works."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group

from flows import campaign_file
from flows.cli.console import err, grid, out, safe, say, show_json, working
from flows.errors import ConfigurationError
from flows.settings import Settings
from warehouse.campaign import Campaign

if TYPE_CHECKING:
    from connectors.credentials import Credential
    from flows.steps.connect import Connected
    from flows.steps.findings import Finding

CampaignName = Annotated[
    str | None,
    typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
FAILED = 1


def connect(
    platform: Annotated[str, typer.Argument(help="Such as x, bluesky or instagram.", metavar="PLATFORM")],
    campaign: CampaignName = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take away what was kept.")] = False,
    keep_anyway: Annotated[
        bool, typer.Option("--keep-anyway", help="Keep it also if the platform does not take it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give rollcall what a platform wants to see: it is tried, and kept where only you can read it.

    Asks on the terminal without showing what is typed; in a script, one line of standard input for each thing asked.
    """
    from flows.steps import connect as steps

    settings = Settings.from_environment()
    wanted = steps.needed(platform)
    if not wanted:
        _tell(f"{platform} shows its posts to everybody: it needs no credential.", {"needed": False}, as_json)
        return
    if forget:
        there_was, look = steps.forget(settings, platform)
        _tell("Taken away." if there_was else f"Nothing was kept for {platform}.", {"forgotten": there_was}, as_json)
        if look and not as_json:
            say(f"[yellow]Look:[/] {safe(look)}")
        return
    chosen = _campaign(settings, campaign, platform)
    given = {one.name: _ask(one) for one in wanted}
    with working("Trying it", quiet=as_json):
        result = steps.connect(settings, chosen, platform, given, keep_anyway=keep_anyway)
    _show(result, as_json)
    raise typer.Exit(0 if result.kept else FAILED)


def doctor(campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Look whether everything is in order: database, disk, and each platform, with what to do about it."""
    from flows.steps.doctor import examine

    settings = Settings.from_environment()
    chosen = campaign_file.find(settings, campaign) if campaign or campaign_file.paths(settings) else None
    with working("Looking", quiet=as_json):
        seen = list(examine(settings, chosen))
    if as_json:
        show_json({"findings": [asdict(finding) for finding in seen]})
    else:
        _show_findings(seen)
    raise typer.Exit(FAILED if any(finding.verdict == "bad" for finding in seen) else 0)


def _campaign(settings: Settings, name: str | None, platform: str) -> Campaign | None:
    """Whose first read it is tried with: the one named, else the only one, or the only one still on, that reads it."""
    if name:
        return campaign_file.find(settings, name)
    campaigns = campaign_file.readable(settings, lambda broken: err.print(f"[yellow]Look:[/] {safe(str(broken))}"))
    reading = [campaign for campaign in campaigns if platform in campaign.platforms]
    going_on = [campaign for campaign in reading if datetime.now(UTC) < campaign.closes_at]
    return next((choice[0] for choice in (reading, going_on) if len(choice) == 1), None)


def _ask(one: Credential) -> str:
    """From the terminal, a secret without echo; else a line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    err.print(f"Needed: {safe(one.what)}.\n[dim]Where to get it: {safe(one.where)}[/]", soft_wrap=True)
    prompt = f"{one.name.replace('_', ' ')}{' (not shown while you type)' if one.secret else ''}: "
    try:
        return getpass(prompt) if one.secret else input(prompt)
    except EOFError:
        raise ConfigurationError("Nothing was given, nothing was changed.") from None


def _show(result: Connected, as_json: bool) -> None:
    if as_json:
        show_json(result.as_json())
        return
    marks = {"accepted": "[green]Works:[/]", "refused": "[red]Not accepted:[/]"}
    say(f"{marks.get(result.tried.outcome, '[yellow]Look:[/]')} {safe(result.tried.sentence)}")
    if result.tried.as_whom:
        say(f"As whom: {safe(result.tried.as_whom)}")
    if result.tried.expires_at:
        say(f"It expires on {result.tried.expires_at:%Y-%m-%d}; rollcall says so a week before.")
    say(safe(result.where) if result.where else "It was not kept. To keep it all the same, add --keep-anyway.")
    if result.look:
        say(f"[yellow]Look:[/] {safe(result.look)}")


def _show_findings(found: Iterable[Finding]) -> None:
    """A block for each thing: how it is, in sentences, and what else there is to know of it."""
    marks = {"good": "[green]works[/]", "look": "[yellow]look[/]", "bad": "[red]broken[/]"}
    table = grid("", "")
    table.show_header = False
    for finding in found:
        details = grid("", "")
        details.show_header = False
        for label, text in finding.details.items():
            details.add_row(f"[dim]{safe(label)}[/]", safe(text))
        words = f"[bold]{safe(finding.what)}[/]\n{safe(finding.sentence)}"
        table.add_row(marks[finding.verdict], Group(words, details, "") if finding.details else words)
    out.print(table)


def _tell(sentence: str, facts: dict[str, bool], as_json: bool) -> None:
    if as_json:
        show_json(facts)
    else:
        say(safe(sentence))
