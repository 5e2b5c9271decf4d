"""The verbs of `rollcall`. Each reads its options, calls a plain function of `flows.steps`, and shows the result."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from flows import campaign_file
from flows.cli import access, database, forget, freeze, people, plans, review, show, survey, watch
from flows.cli.console import err, out, safe, say, show_json, working
from flows.errors import CampaignError, ConfigurationError
from flows.settings import Settings
from warehouse.campaign import Campaign

if TYPE_CHECKING:
    from flows.steps.results import RunResult

logger = logging.getLogger(__name__)

app = typer.Typer(
    help="Collect a hashtag campaign, match it to a roster of known people, and publish numbers that can prove "
    "themselves.\n\nThe usual day: [bold]collect[/], then [bold]build[/], then [bold]report[/]. "
    "Where things stand: [bold]status[/]. What waits for a person: [bold]review[/]. What is wrong: [bold]doctor[/].",
    epilog="Add --debug to any command to see what it does in detail. Secrets are never shown.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(review.app, name="review", rich_help_panel="Every day")
app.add_typer(people.app, name="roster", rich_help_panel="Every campaign")
app.add_typer(survey.app, name="survey", rich_help_panel="Every campaign")
app.add_typer(database.app, name="db", rich_help_panel="The machinery")

CampaignName = Annotated[
    str | None,
    typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]
DAILY, CAMPAIGN, MACHINERY = "Every day", "Every campaign", "The machinery"


def _version(asked: bool) -> None:
    if asked:
        say(f"rollcall {version('rollcall-campaigns')}")
        raise typer.Exit


@app.callback()
def rollcall(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """What stands before every verb."""


def campaign_of(settings: Settings, name: str | None) -> Campaign:
    return campaign_file.find(settings, name)


def moment_option(value: str | None, campaign: Campaign, name: str) -> datetime | None:
    """A day or a time given on the command line: ISO 8601; without a zone it is the campaign's own."""
    if value is None:
        return None
    try:
        if len(value) == len("2026-02-01"):
            given = datetime.combine(date.fromisoformat(value), time())
        else:
            given = datetime.fromisoformat(value)
    except ValueError:
        raise ConfigurationError(
            f'{name} {value} is not a time I can read. Write 2026-02-01, or "2026-02-01T18:30+00:00".'
        ) from None
    return (given if given.tzinfo else given.replace(tzinfo=campaign.zone)).astimezone(UTC)


@app.command(rich_help_panel=DAILY)
def collect(
    campaign: CampaignName = None,
    platform: Annotated[list[str] | None, typer.Option(help="Only this platform; may be given several times.")] = None,
    since: Annotated[str | None, typer.Option(help="Read from this time, instead of where the last run ended.")] = None,
    until: Annotated[str | None, typer.Option(help="Read up to this time, instead of now.")] = None,
    stream: Annotated[
        str,
        typer.Option(
            help="posts; interactions (who dealt with whom); refresh (ask again for the posts we hold: edits, counts, "
            "deletions); or blog (all posts of the programme's own blog, and who wrote them)."
        ),
    ] = "posts",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Ask nothing; say what reading the posts would take and cost (exit code 1: more than the budget).",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read what is new on every platform of the campaign."""
    from flows.steps.collect import collect as run_collect
    from flows.steps.collect import stream_of
    from flows.steps.forecast import outlook

    settings = Settings.from_environment()
    chosen, wanted = campaign_of(settings, campaign), stream_of(stream)
    window = moment_option(since, chosen, "--since"), moment_option(until, chosen, "--until")
    if dry_run and wanted != "posts":
        raise ConfigurationError(f"--dry-run tells what reading posts would take, and nothing of --stream {wanted}.")
    if dry_run:
        show.outlook(outlook(settings, chosen, platform, *window), as_json)
        return
    with working("Collecting", quiet=as_json) as progress:
        result = run_collect(settings, chosen, platform, *window, stream=wanted, progress=progress)
    show.run(result, as_json)


@app.command("import", rich_help_panel=DAILY)
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Files, ZIPs or folders; docs/imports.md lists what can be read.")
    ],
    campaign: CampaignName = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="auto, pages, hand, acts, zeeschuimer, 4cat, twarc, x-archive or meta; auto looks into the file.",
            metavar="FORMAT",
        ),
    ] = "auto",
    any_hashtag: Annotated[
        bool, typer.Option("--any-hashtag", help="These posts belong to the campaign whatever their hashtags say.")
    ] = False,
    zone: Annotated[
        str | None,
        typer.Option(help="Where the sheet's times are meant, if a row does not say; else the campaign's zone."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load files that people have: posts and acts seen by hand, saved API pages, exports and downloads."""
    from flows.steps.imports import FORMATS, import_files

    if form not in FORMATS:
        raise ConfigurationError(f"--format {form} is unknown; it is one of {', '.join(FORMATS)}.")
    settings = Settings.from_environment()
    chosen = campaign_of(settings, campaign)
    with working("Importing", quiet=as_json) as progress:
        result = import_files(
            settings, chosen, files, form=form, any_hashtag=any_hashtag, zone=_zone(zone), progress=progress
        )
    show.imported(result, as_json)


@app.command(rich_help_panel=DAILY)
def build(
    campaign: CampaignName = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where rollcall retention removed words that builds count by.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Match people, tell copies, count, check, and publish the tables. Red checks publish nothing (exit code 4)."""
    from flows.steps.build import build as run_build

    settings = Settings.from_environment()
    with working("Building", quiet=as_json) as progress:
        result = run_build(settings, campaign_of(settings, campaign), progress=progress, anyway=anyway)
    show.build(result, as_json)


@app.command(rich_help_panel=MACHINERY)
def rebuild(campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Read again everything that is held, by today's rules, then build. Nothing is fetched; losses stay losses."""
    from flows.steps.rebuild import rebuild as run_rebuild

    settings = Settings.from_environment()
    with working("Rebuilding", quiet=as_json) as progress:
        result = run_rebuild(settings, campaign_of(settings, campaign), progress=progress)
    show.rebuild(result, as_json)


@app.command(rich_help_panel=DAILY)
def report(
    campaign: CampaignName = None,
    out_dir: Annotated[Path | None, typer.Option("--out", help="Folder to write into.", metavar="DIR")] = None,
    with_tables: Annotated[bool, typer.Option("--tables", help="Write the tables as a spreadsheet too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the team's report, one web page that works offline, from the published tables."""
    from flows.steps.report import report as write_report
    from flows.steps.report import tables as write_tables

    settings = Settings.from_environment()
    chosen = campaign_of(settings, campaign)
    written = {"report": str(write_report(settings, chosen, out_dir))}
    if with_tables:
        written["tables"] = str(write_tables(settings, chosen, out_dir))
    if as_json:
        show_json(written)
        return
    for what, path in written.items():
        say(f"The {what} {'lies' if what == 'report' else 'lie'} at {safe(path)}")


@app.command(rich_help_panel=DAILY)
def daily(campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """collect, ask again for what is held, build and report: what the daily schedule runs."""
    from flows.steps.daily import daily as run_daily

    settings = Settings.from_environment()
    chosen = campaign_of(settings, campaign)
    collected: list[RunResult] = []
    try:
        with working("The day's run", quiet=as_json):
            result = run_daily(settings, chosen, tell=collected.append)
    except Exception as error:
        if not collected:
            raise
        logger.debug("the day's run ended in an error", exc_info=True)
        raise typer.Exit(show.daily_stopped(collected[0], error, as_json)) from error
    show.daily(result, as_json)


@app.command(rich_help_panel=DAILY)
def status(campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """Where the campaign stands: what was read, what is missing, the last runs, how old the tables are."""
    from flows.steps.status import status as read_status

    settings = Settings.from_environment()
    show.status(read_status(settings, campaign_of(settings, campaign)), as_json)


app.command(rich_help_panel=CAMPAIGN)(plans.init)
app.command(rich_help_panel=DAILY)(plans.backfill)
app.command(rich_help_panel=MACHINERY)(plans.retention)
app.command(rich_help_panel=DAILY)(watch.watch)
app.command(rich_help_panel=CAMPAIGN)(access.connect)
app.command(rich_help_panel=MACHINERY)(access.doctor)
app.command(rich_help_panel=CAMPAIGN)(forget.forget)
app.command(rich_help_panel=CAMPAIGN)(freeze.freeze)


@app.command(rich_help_panel=MACHINERY)
def demo(
    world: Annotated[
        Path | None,
        typer.Option(help="Another simulated world, such as sandbox/worlds/lanterns.", metavar="DIR"),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the demo's database running, to look around in it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """A whole fictional campaign against simulated platforms; exit code 1 if a number is not the planted one."""
    from flows.cli.demo import demo as show_demo
    from flows.steps.demo import demo as run_demo

    tell = (lambda line: None) if as_json else say
    show_demo(run_demo(Settings.from_environment(), world, keep=keep, tell=tell), as_json)


@app.command(rich_help_panel=MACHINERY)
def serve(
    port: Annotated[int, typer.Option(help="Port of the web page.")] = 4200,
    host: Annotated[
        str, typer.Option(help="Where it listens; beyond this computer only with ROLLCALL_PREFECT_PASSWORD.")
    ] = "127.0.0.1",
    server: Annotated[
        str | None,
        typer.Option("--join", help="Only work for the server of another computer, such as http://10.0.0.5:4200."),
    ] = None,
    runs_at_once: Annotated[
        int, typer.Option(min=0, help="How many runs this computer works at; 0: only those that join work.")
    ] = 1,
) -> None:
    """Run the schedule on this computer: Prefect's server and page, a worker, and each campaign's runs."""
    from flows.serve import join as run_join
    from flows.serve import serve as run_serve

    if server:
        run_join(Settings.from_environment(), server, runs_at_once=max(runs_at_once, 1), tell=say)
    else:
        run_serve(Settings.from_environment(), port=port, host=host, runs_at_once=runs_at_once, tell=say)


@app.command(rich_help_panel=MACHINERY)
def deploy(
    api_url: Annotated[
        str | None, typer.Option(help="A Prefect server's API, such as http://127.0.0.1:4200/api.")
    ] = None,
) -> None:
    """Put each campaign's runs and schedules on a Prefect server (serve does it by itself)."""
    from flows.deploy import deploy as run_deploy

    settings, broken = Settings.from_environment(), list[CampaignError]()
    if not campaign_file.paths(settings):
        raise campaign_file.none_here(settings)

    def look(sentence: str) -> None:
        err.print(f"[yellow]Look:[/] {safe(sentence)}")

    for name in run_deploy(settings, api_url, tell=broken.append, say=look):
        out.print(name)
    if broken:
        raise CampaignError("\n".join(map(str, broken)))


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(
            f'--zone {name} is no name of the time zone database, such as "Asia/Kolkata".'
        ) from None
