"""`rollcall db export`: published tables as files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows import campaign_file
from flows.cli.console import safe, say, show_json, working
from flows.settings import Settings


def export(
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.", metavar="DIR")],
    tables: Annotated[
        list[str] | None, typer.Argument(help="Such as metric_headline; without any, all that the audience may have.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="parquet or csv.", metavar="FORMAT")] = "parquet",
    audience: Annotated[
        str,
        typer.Option(
            help="analyst: without names and words, people as keys; public: what everybody may see, once it is frozen; "
            "internal: as published, with the ids of people.",
            metavar="AUDIENCE",
        ),
    ] = "analyst",
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
) -> None:
    """Write published tables as Parquet or CSV, one file for each."""
    from flows.steps.export import export as run_export

    settings = Settings.from_environment()
    chosen = campaign_file.find(settings, campaign)
    with working("Writing", quiet=as_json):
        written = run_export(settings, chosen, tables or [], out, form=form, audience=audience)
    if as_json:
        show_json({"written": [{**asdict(one), "path": str(one.path)} for one in written]})
        return
    for one in written:
        say(f"{safe(one.path)}   {one.rows:,} rows")
