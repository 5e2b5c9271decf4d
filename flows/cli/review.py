"""`rollcall review`: what people are asked to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows import campaign_file
from flows.cli.console import grid, moment, out, safe, say, show_json
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.review.waiting import Waiting

app = typer.Typer(
    help="What only a person can tell: whose a post is, whether two are one, which day is meant. Without a command it "
    "says how much waits. See docs/review.md.",
    invoke_without_command=True,
)

CampaignName = Annotated[
    str | None,
    typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


@app.callback()
def review(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        status()


@app.command()
def status(campaign: CampaignName = None, as_json: AsJson = False) -> None:
    """How many questions wait, per queue, as of the last build."""
    from flows.steps import review as steps

    settings = Settings.from_environment()
    found = steps.status(settings, campaign_file.find(settings, campaign))
    if as_json:
        moving = sum(queue.moving for queue in found)
        show_json({"queues": [asdict(queue) for queue in found], "moving": moving})
        return
    if not found:
        say("Nothing waits for a decision, as of the last build.")
        return
    _show(found)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write into.", metavar="DIR")],
    campaign: CampaignName = None,
    as_json: AsJson = False,
) -> None:
    """Write the questions as files, one per queue, for a spreadsheet program. They hold names and texts."""
    from flows.steps import review as steps

    settings = Settings.from_environment()
    written = steps.export(settings, campaign_file.find(settings, campaign), folder)
    if as_json:
        show_json({"folder": str(folder), **asdict(written)})
        return
    for name, rows in written.rows.items():
        say(f"{rows:6,d}  {safe(folder / name)}")
    for name in written.set_aside:
        say(f"[yellow]Look:[/] somebody had written into a file of before; it is {safe(folder / name)} now.")
    if not written.rows:
        say("Nothing waits for a decision, as of the last build: there is no file to write.")
        return
    say("Fill in the column decision, then: rollcall review import FILES --by YOUR-NAME")
    say("The files hold names and texts of members: keep them among the team, and delete them when you are done.")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Exported files with decisions in them (CSV or XLSX).")],
    by: Annotated[
        str | None, typer.Option("--by", help="Who decided, where the column decided_by is blank.", metavar="NAME")
    ] = None,
    campaign: CampaignName = None,
    as_json: AsJson = False,
) -> None:
    """Take over decisions. If anything is wrong, nothing is taken over. The same files again change nothing."""
    from flows.steps import review as steps

    settings = Settings.from_environment()
    taken = steps.import_decisions(settings, campaign_file.find(settings, campaign), files, by=by)
    if as_json:
        show_json(asdict(taken))
        return
    say(f"{taken.new} new decisions, {taken.same} known ones; {taken.undecided} rows are not decided yet.")
    if taken.new:
        say("They count from the next build on: rollcall build")


def _show(found: Sequence[Waiting]) -> None:
    table = grid("queue", "#questions", "#posts", "#that move counts", "#to decide again", "since")
    for queue in found:
        table.add_row(
            queue.queue,
            f"{queue.subjects:,d}",
            f"{queue.records:,d}",
            f"{queue.moving:,d}",
            f"{queue.stale:,d}",
            moment(queue.oldest),
        )
    out.print(table)
