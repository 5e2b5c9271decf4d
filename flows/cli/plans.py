"""`rollcall init`, `backfill` and `retention`: how a campaign begins, is caught up with, and ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from flows import campaign_file
from flows.cli.console import safe, say, show_json, working
from flows.errors import ConfigurationError
from flows.settings import Settings

CampaignName = Annotated[
    str | None,
    typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


def init(
    name: Annotated[str, typer.Argument(help="Small letters and digits, such as spring-2027.")],
    template: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A campaign whose platforms, organisers, spam rules, zone and grace are taken.",
            metavar="NAME",
        ),
    ] = None,
    hashtag: Annotated[
        list[str] | None, typer.Option(help="The campaign's hashtag; may be given several times.")
    ] = None,
    starts_on: Annotated[str | None, typer.Option(help="Its first day.", metavar="2027-02-01")] = None,
    ends_on: Annotated[str | None, typer.Option(help="Its last day.", metavar="2027-02-28")] = None,
    as_json: AsJson = False,
) -> None:
    """Start a campaign: write its file, a roster template, and sheets for posts and for acts seen by hand."""
    from flows.steps.init import init as write_files

    written = write_files(
        Path.cwd() / "campaigns",
        name,
        template=_file_of(template) if template else None,
        hashtags=[tag.strip().removeprefix("#") for tag in hashtag or ()],
        starts_on=_day(starts_on, "--starts-on"),
        ends_on=_day(ends_on, "--ends-on"),
    )
    if as_json:
        show_json({"written": [str(path) for path in written]})
        return
    say(f"Written, for you to fill in:\n  {written[0]}   dates, hashtags, prompts, platforms")
    say(f"  {written[1]}   who is on the programme\n  {written[2]}   posts that somebody saw in a closed group")
    say(f"  {written[3]}   who answered, quoted or mentioned whom there")
    say("While rollcall serve runs here, it makes the campaign's plans within a minute, and anew after each change.")
    if template:
        say(
            f"Taken from {safe(template)}: all but its name, hashtags, dates and prompts. Look at homonyms in \\[spam]."
        )


def backfill(
    campaign: CampaignName = None,
    platform: Annotated[list[str] | None, typer.Option(help="Only this platform; may be given several times.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on; else from the campaign's beginning.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this time; else up to now.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask nothing; say what it would take and cost.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read once more what was missed, as far as each platform still shows it, and say what cannot be had."""
    from flows.cli import show
    from flows.cli.app import moment_option
    from flows.steps import backfill as steps
    from flows.steps.forecast import outlook
    from flows.steps.warehouse import now

    settings = Settings.from_environment()
    chosen = campaign_file.find(settings, campaign)
    window = moment_option(since, chosen, "--since"), moment_option(until, chosen, "--until")
    if dry_run:
        show.outlook(outlook(settings, chosen, platform, *steps.span(chosen, *window, now())), as_json)
        return
    with working("Reading what was missed", quiet=as_json) as progress:
        result = steps.backfill(settings, chosen, platform, *window, progress=progress)
    if as_json:
        show_json(result.as_json())
        raise typer.Exit(show.EXIT[result.collected.state])
    show.tally(result.collected)
    for sentence in result.sentences or ["All of the window was read."]:
        say(safe(sentence))
    say("\nTo count it: rollcall build")
    raise typer.Exit(show.EXIT[result.collected.state])


def retention(
    campaign: CampaignName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what must not be kept longer, by the table \\[retention] of the campaign file. It cannot be undone."""
    from flows.steps.retention import retain

    settings = Settings.from_environment()
    with working("Looking what is over its time", quiet=as_json):
        result = retain(settings, campaign_file.find(settings, campaign), dry_run=dry_run)
    if as_json:
        show_json(result.as_json())
        return
    for sentence in result.sentences:
        say(safe(sentence))


def _file_of(name: str) -> Path:
    found = campaign_file.paths(Settings.from_environment())
    if name not in found:
        raise ConfigurationError(f"--from {name}: there is no such campaign; there are {', '.join(found) or 'none'}.")
    return found[name]


def _day(given: str | None, option: str) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise ConfigurationError(f"{option} {given} is not a day I can read. Write 2027-02-01.") from None
