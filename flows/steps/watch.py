"""Whether the day's run happened, asked from outside of Prefect: by cron, or by a timer of the system.

It starts nothing and brings nothing up to date: a database that is off is what it is there to tell.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from flows import campaign_file
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import notify
from flows.steps.status import published
from flows.steps.warehouse import now
from reports.words import age
from warehouse import embedded, ledger
from warehouse.campaign import Campaign
from warehouse.daily_runs import HAPPENED, DailyRun, DailyRuns, daily_runs, end, first_day
from warehouse.engine import connect
from warehouse.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

PATIENCE = timedelta(hours=26)
"""A run each day, at the same hour, and two hours for it."""
AGAIN = timedelta(hours=24)
"""The same trouble is told again after that; cron may ask each hour."""
LONGEST_RUN = timedelta(hours=6)
"""Prefect ends a daily run then; one that is under way for longer is none."""
NOT_READ = ""
"""Stands for the campaigns whose files cannot be read; no campaign is called so."""
NOT_DONE, NOT_LOOKED = "rollcall watch: the day's run did not happen", "rollcall watch could not look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    campaign: str
    troubles: Sequence[str]
    """A sentence each; none if all is well."""
    last_good_run: datetime | None = None
    """When the newest daily run began after which what came in was in."""
    published_at: datetime | None = None
    missed: Sequence[date] = ()
    """All days of the campaign without a daily run that ended well, also those that are long past."""

    @property
    def well(self) -> bool:
        return not self.troubles

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "well": self.well}


def watch(
    settings: Settings,
    campaign_name: str | None = None,
    *,
    patience: timedelta = PATIENCE,
    tell: bool = False,
    clock: Callable[[], datetime] = now,
) -> list[Watched]:
    """Look at the campaign, else at all that are not over; with `tell` send what is wrong to the team.

    A file that cannot be read is a trouble of its own, and the other campaigns are looked at all the same. Raises
    ConfigurationError if the campaign that was named cannot be looked at, or none is there; the team is told too.
    """
    moment, unread = clock(), list[str]()
    try:
        campaigns = _campaigns(settings, campaign_name, moment, unread.append)
    except ConfigurationError as error:
        if tell:
            _tell(settings, [NOT_READ], NOT_LOOKED, [str(error)], moment)
        raise
    found = [_look(settings, campaign, moment, patience) for campaign in campaigns]
    if unread:
        found.append(Watched(campaign=NOT_READ, troubles=unread))
    if tell:
        bad = sorted(one.campaign for one in found if not one.well)
        troubles = [trouble for one in found for trouble in one.troubles]
        _tell(settings, bad, NOT_LOOKED if bad == [NOT_READ] else NOT_DONE, troubles, moment)
    return found


def _tell(settings: Settings, bad: Sequence[str], title: str, troubles: Sequence[str], moment: datetime) -> None:
    """Send what is wrong: when it begins, when another campaign goes wrong too, and each day while it lasts.

    The team is told once one of its addresses took the message; what none took is sent again next time.
    """
    note = settings.home / "watch.json"
    if not bad:
        note.unlink(missing_ok=True)
        return
    told = {name: at for name, at in _told(note, moment).items() if name in bad}
    if not set(bad) <= told.keys():
        if not notify.send(settings, title, "\n".join(dict.fromkeys(troubles)), "failure"):
            return
        told = dict.fromkeys(bad, moment)
    try:
        note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        note.write_text(json.dumps({name: at.isoformat() for name, at in told.items()}), "utf-8")
    except OSError as error:
        logger.warning("%s cannot be written (%s), so the same is told again next time.", note, error.strerror)


def _told(note: Path, moment: datetime) -> dict[str, datetime]:
    """The campaigns of which the team was told within a day, and when."""
    try:
        known = {name: datetime.fromisoformat(at) for name, at in json.loads(note.read_text("utf-8")).items()}
        return {name: at for name, at in known.items() if moment - at < AGAIN}
    except (OSError, ValueError, AttributeError, TypeError):  # none, or not ours: then it is told
        return {}


def _campaigns(
    settings: Settings, name: str | None, moment: datetime, unread: Callable[[str], object]
) -> list[Campaign]:
    if name or not campaign_file.paths(settings):  # without any file, cron looks in the wrong folder
        return [campaign_file.find(settings, name)]
    readable = campaign_file.readable(settings, lambda broken: unread(str(broken)))
    return [campaign for campaign in readable if moment - 2 * PATIENCE < campaign.closes_at]


def _look(settings: Settings, campaign: Campaign, moment: datetime, patience: timedelta) -> Watched:
    """Before the first run is due, and after the last, nothing is amiss: not even a database that is off."""
    seen = _see(settings, campaign, moment, patience)
    due = first_day(campaign) + patience <= moment < end(campaign) + patience
    return seen if due else replace(seen, troubles=())


def _see(settings: Settings, campaign: Campaign, moment: datetime, patience: timedelta) -> Watched:
    url = settings.database_url or embedded.running(settings.home)
    if url is None:
        why = f"There is no embedded PostgreSQL at work in {settings.home}"
        return _off(campaign, why, "Start it with: rollcall serve")
    try:
        engine = connect(url)
        try:
            ledger.sweep(engine)
            with engine.connect() as connection:
                return _judged(connection, campaign, moment, patience)
        finally:
            engine.dispose()
    except (OperationalError, DatabaseUnavailable):
        return _off(
            campaign,
            "The database of ROLLCALL_DATABASE_URL does not answer",
            "Ask whoever runs that server to start it.",
        )
    except ProgrammingError:
        told = f"{campaign.title}: the database is not (or not any more) what this version of rollcall makes. Run: "
        return Watched(campaign=campaign.name, troubles=[f"{told}rollcall status --campaign {campaign.name}"])


def _off(campaign: Campaign, why: str, to_do: str) -> Watched:
    what = f"{campaign.title}: the database is off. {why}, so no run can have happened since it went."
    return Watched(campaign=campaign.name, troubles=[f"{what} {to_do}"])


def _judged(connection: Connection, campaign: Campaign, moment: datetime, patience: timedelta) -> Watched:
    runs, tables = daily_runs(connection, campaign, moment), published(connection, campaign.name)
    published_at: datetime | None = tables["published_at"] if tables else None
    return Watched(
        campaign=campaign.name,
        troubles=[
            *_runs_missing(campaign, runs, moment, patience),
            *_too_old(campaign, runs, published_at, moment, patience),
        ],
        last_good_run=runs.last_good.started_at if runs.last_good else None,
        published_at=published_at,
        missed=runs.missed,
    )


def _runs_missing(campaign: Campaign, runs: DailyRuns, moment: datetime, patience: timedelta) -> list[str]:
    last, good = runs.last, runs.last_good
    if good and moment - good.started_at <= patience:
        return []
    if _under_way(runs, moment):
        return []
    since = f"since that of {good.started_at:%Y-%m-%d %H:%M} UTC, {age(moment - good.started_at)} ago" if good else ""
    told = [f"{campaign.title}: no daily run has ended well {since or 'so far'}."]
    if last and last.state not in HAPPENED:
        told.append(f"{campaign.title}: {_how(last)}")
    told.append(f"Is rollcall serve running? To do the day's work now: rollcall daily --campaign {campaign.name}")
    return told


def _under_way(runs: DailyRuns, moment: datetime) -> bool:
    """Whether a daily run is at work that may still bring what is missing."""
    last = runs.last
    return last is not None and last.state == "running" and moment - last.started_at <= LONGEST_RUN


def _how(last: DailyRun) -> str:
    began = f"The run that began {last.started_at:%Y-%m-%d %H:%M} UTC"
    if last.state == "running":
        return f"{began} is still under way, for longer than a run may take."
    if last.state == "died":
        return f"{began} died: its process was gone before it ended."
    return f"{began} failed. {last.error or ''}".rstrip()


def _too_old(
    campaign: Campaign, runs: DailyRuns, at: datetime | None, moment: datetime, patience: timedelta
) -> list[str]:
    if _under_way(runs, moment) or (at and moment - at <= patience):
        return []
    if at is None:
        return [f"{campaign.title}: nothing has been published yet."]
    return [f"{campaign.title}: the published tables are {age(moment - at)} old ({at:%Y-%m-%d %H:%M} UTC)."]
