"""Messages to the team: at once when something is red, through apprise (e-mail, Slack, Teams and a hundred more).

A message holds the campaign's name, counts and our own sentences; no names, handles or texts of people. What cannot be
delivered is a warning in the log and never the end of a run. Addresses: https://github.com/caronc/apprise/wiki
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from flows.errors import ConfigurationError, sentence
from flows.settings import Settings
from flows.steps.results import RunResult
from warehouse.campaign import Campaign
from warehouse.errors import AlreadyRunning, GateRed

logger = logging.getLogger(__name__)

NOT_WORTH_IT = (KeyboardInterrupt, SystemExit, AlreadyRunning, ConfigurationError)
"""Whoever is told of these sits at the terminal."""
SELDOM = frozenset({"retention", "db backup"})
"""By schedule these come so seldom that one which was refused, because something else was at work, is told."""
TOLD = "The team has been told."
"""A note on an error, so that it is told once, however many pieces of a run it passes."""


Kind = Literal["info", "warning", "failure"]
"""How services colour and filter it."""


def send(settings: Settings, title: str, text: str, kind: Kind = "info") -> int:
    """Send the message to every address of ROLLCALL_NOTIFY_URLS. How many of them took it; never raises."""
    return sum(_sent(url, number, title, text, kind) for number, url in enumerate(settings.notify_urls, start=1))


@contextmanager
def of_failures(settings: Settings, campaign: Campaign, what: str) -> Iterator[None]:
    """Tell the team of an error that ends this piece of a run, and let it go on its way.

    `what`: the verb with its options, as it is repeated on the command line.
    """
    try:
        yield
    except NOT_WORTH_IT:
        raise
    except BaseException as error:
        if not is_told(error):
            send(settings, *_message(campaign.title, campaign.name, what, error), "failure")
            error.add_note(TOLD)
        raise


def of_scheduled_run(settings: Settings, campaign_name: str | None, what: str, error: BaseException) -> None:
    """Tell of what ended a run that nobody sits at: also of what is wrong with a file or a setting.

    Not that another one was at work, where the next run of the same comes soon and does both's work.
    `campaign_name`: None for a run of the house.
    """
    if not is_told(error) and (what in SELDOM or not isinstance(error, AlreadyRunning)):
        kind: Kind = "warning" if isinstance(error, AlreadyRunning) else "failure"
        send(settings, *_message(campaign_name or "rollcall", campaign_name, what, error), kind)
        error.add_note(TOLD)


def is_told(error: BaseException) -> bool:
    return TOLD in getattr(error, "__notes__", ())


def collection_ended(settings: Settings, campaign: Campaign, result: RunResult, what: str) -> None:
    """Tell which platforms did not get through; silent if all did. `what` as in `of_failures`.

    One that another run was reading is none of them: that run tells how it went.
    """
    stopped = [one for one in result.platforms.values() if one.state != "completed" and not one.refused]
    if not stopped:
        return
    title = f"{campaign.title}: {what} {'ended in part' if result.state == 'partial' else 'failed'}"
    lines = [f"{platform.platform}: {platform.error or 'did not get through.'}" for platform in stopped]
    lines.append("What came in is in; the next run reads the rest.")
    lines.append(f"Where it stands: rollcall status --campaign {campaign.name}")
    lines.append(f"To do it again now: rollcall {what} --campaign {campaign.name}")
    send(settings, title, "\n".join(lines), "warning" if result.state == "partial" else "failure")


def _message(title: str, campaign_name: str | None, what: str, error: BaseException) -> tuple[str, str]:
    """Title and text: why it stopped, what stays, and what to do."""
    again = f"rollcall {what}" + (f" --campaign {campaign_name}" if campaign_name else "")
    if isinstance(error, GateRed):
        views = [check.failing.sql for check in error.found if check.failing and check.severity == "critical"]
        lines = [
            str(error),
            *(f"The rows, in `rollcall db shell`: {sql}" for sql in views),
            f"Mend them, then: {again}",
        ]
        return f"{title}: checks failed, nothing was published", "\n".join(lines)
    if isinstance(error, AlreadyRunning):
        return f"{title}: {what} was not done", f"{error}\nNothing was changed. To do it now: {again}"
    said = sentence(error) or f"It stopped on an error of ours ({type(error).__name__})."
    lines = [said, "The last good tables stay as they are.", f"When it is mended: {again}"]
    return f"{title}: {what} failed", "\n".join(lines)


def _sent(url: str, number: int, title: str, text: str, kind: Kind) -> bool:
    import apprise  # takes a while

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs addresses, which hold passwords
    try:
        told = apprise.Apprise()
        known = told.add(url)
        delivered = known and told.notify(
            title=title, body=text, notify_type=apprise.NotifyType(kind), body_format=apprise.NotifyFormat.TEXT
        )
    except Exception:  # whatever a service's plug-in may raise
        logger.debug("apprise failed", exc_info=True)
        known, delivered = True, False
    if not delivered:
        why = "did not take it" if known else "is none that apprise understands"
        logger.warning("A message to the team was not delivered: address %d of ROLLCALL_NOTIFY_URLS %s.", number, why)
    return bool(delivered)
