"""`rollcall freeze`: keeps the numbers that were given to somebody."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from flows import campaign_file
from flows.cli.console import grid, moment, out, safe, say, show_json, working
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.freeze import Frozen


def freeze(
    label: Annotated[
        str | None, typer.Argument(help="What it is kept for, such as final-report; without it, lists what is kept.")
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
    ] = None,
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Even if a person still has to decide about some posts.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
) -> None:
    """Keep the published numbers as they are now, for good: those of a report, or of what everybody may see."""
    from flows.steps import freeze as steps

    settings = Settings.from_environment()
    chosen = campaign_file.find(settings, campaign)
    if label is None:
        _list(steps.frozen(settings, chosen), as_json)
        return
    with working("Freezing", quiet=as_json):
        kept = steps.freeze(settings, chosen, label, provisional=provisional)
    if as_json:
        show_json(asdict(kept))
    else:
        say(f"Publication {kept.publication_id}, as of {moment(kept.as_of)}, is kept as [bold]{safe(label)}[/]:")
        say(f"{kept.rows} rows, which no later build changes.")


def _list(kept: list[Frozen], as_json: bool) -> None:
    if as_json:
        show_json({"frozen": [asdict(one) for one in kept]})
        return
    if not kept:
        say("Nothing is frozen. To keep the published numbers: rollcall freeze LABEL")
        return
    table = grid("label", "#publication", "as of", "frozen", "#rows")
    for one in kept:
        table.add_row(
            safe(one.label), str(one.publication_id), moment(one.as_of), moment(one.frozen_at), f"{one.rows:,}"
        )
    out.print(table)
