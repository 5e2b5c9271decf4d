"""`rollcall watch`: what cron asks each hour or each day."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from flows.cli.console import out, safe, say, show_json
from flows.errors import ConfigurationError
from flows.settings import Settings


def watch(
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", "-c", help="Only this one; else every campaign that is not over.", metavar="NAME"),
    ] = None,
    hours: Annotated[float, typer.Option(help="How old the last good run and the tables may be.")] = 26.0,
    tell: Annotated[
        bool, typer.Option("--tell", help="Send what is wrong to the addresses of ROLLCALL_NOTIFY_URLS too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
) -> None:
    """Did the day's run happen, and are the tables young? Exit code 1 and a sentence if not, else silence: for cron."""
    from flows.steps.watch import watch as look

    settings = Settings.from_environment()
    found = look(settings, campaign, patience=timedelta(hours=hours), tell=tell)
    if as_json:
        show_json({"well": all(one.well for one in found), "campaigns": [one.as_json() for one in found]})
    else:
        for trouble in dict.fromkeys(trouble for one in found for trouble in one.troubles):
            say(safe(trouble))
        if out.is_terminal and all(one.well for one in found):
            say("All is well." if found else "No campaign is under way.")
    if tell and not settings.notify_urls:
        raise ConfigurationError("--tell has nobody to tell: ROLLCALL_NOTIFY_URLS names no address (settings.md).")
    raise typer.Exit(0 if all(one.well for one in found) else 1)
