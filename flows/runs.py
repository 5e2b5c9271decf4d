"""How a run shows in Prefect: its name, whether a late one is still needed, and the state it ends in.

Completed            everything was read, or built and published
Failed  "Partial"    some platform failed; what came in is in
Failed  "Gate red"   a critical rule failed; nothing new was published, the last good tables stay
Failed               nothing was done; the message says why and what to do
Failed  "TimedOut"   its time limit was over; what came in is in
Crashed              its process was ended, or out of its server's sight for minutes; it is run again
Cancelled "Skipped"  a scheduled run that a newer one, due as well, makes needless; or its campaign has not begun
"""

import logging
import time
import traceback
from asyncio import CancelledError
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from uuid import UUID

import httpx
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
)
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Crashed, Failed

from flows import campaign_file
from flows.alive import AGAIN, is_part, show_life, this_run
from flows.errors import ConfigurationError, sentence
from flows.logs import hide
from flows.settings import Settings
from flows.steps import notify
from flows.steps.collect import command
from flows.steps.results import PlatformResult, RunResult
from warehouse.campaign import Campaign
from warehouse.errors import GateRed

logger = logging.getLogger(__name__)

OURS = ("connectors", "flows", "reports", "warehouse")
"""The loggers that belong in a run's logs; `prefect.yaml` hands them to Prefect."""
LATE = timedelta(hours=24)
"""A scheduled run that begins later than this is not for its own day any more."""
HEAD_START = 60.0
"""Seconds within which Prefect's clock of a run is ahead of ours: it starts before it calls us."""
OUT_OF_SIGHT = "Prefect's server did not hear of this run for minutes: it was away, or this computer slept."
ON_THE_COMMAND_LINE = {"refresh": command("refresh"), "publish_report": "report --tables", "backup": "db backup"}
"""What repeats a flow, where the verb has another name."""


def run_name() -> str:
    """`daily · itp28 · 2026-02-03`: the flow, the campaign, and the day for which it is, in its zone (`day_of`).

    A collection of another stream than posts bears the stream's name: `refresh · itp28 · 2026-02-03`. Of a run of the
    house, which is no campaign's: `backup · 2026-02-03`, in UTC.
    """
    if "campaign" not in flow_run.parameters:
        return f"{flow_run.flow_name} · {_day_due(UTC).isoformat()}"
    name, stream = str(flow_run.parameters["campaign"]), flow_run.parameters.get("stream", "posts")
    what = flow_run.flow_name if stream == "posts" else stream
    try:
        day = day_due(campaign_file.find(Settings.from_environment(), name))
    except ConfigurationError:  # the run itself says what is wrong
        day = _day_due(UTC)
    return f"{what} · {name} · {day.isoformat()}"


def opening(campaign_name: str) -> tuple[Settings, Campaign]:
    """The settings and the campaign of this run; its secrets are hidden from every log from here on."""
    settings = Settings.from_environment()
    hide(settings.secrets)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    return settings, campaign_file.find(settings, campaign_name)


def plainly(work: Callable[..., State], *arguments: object) -> State:
    """Do the work of a run. Whatever stops it becomes a state with one sentence, never a traceback with values."""
    began = time.monotonic()
    try:
        if why := needless():
            return Cancelled(name="Skipped", message=why)
        show_life()
        return work(*arguments)
    except CancelledError as limit:  # how Prefect ends a flow whose time is over, or that its server does not hear of
        return _stopped(limit, time.monotonic() - began)
    except Exception as error:
        logger.debug("the run ended in an error", exc_info=True)
        if is_scheduled():
            _tell(error)
        return failure(error)


def _stopped(limit: CancelledError, seconds: float) -> State:
    """The state of a run that Prefect stopped after so many seconds. A part of a run lets the whole be stopped."""
    context = FlowRunContext.get()
    run, flow = (context.flow_run, context.flow) if context else (None, None)
    if is_part(run):
        raise limit
    in_time = flow is not None and flow.timeout_seconds is not None and seconds < flow.timeout_seconds - HEAD_START
    if in_time and run is not None and run.deployment_id is not None and AGAIN not in run.tags:
        return Crashed(message=f"{OUT_OF_SIGHT} It is run again by itself.")
    if is_scheduled():
        _tell(limit)
    return Failed(message=OUT_OF_SIGHT) if in_time else Failed(name="TimedOut", message=sentence(limit))


def failure(error: Exception) -> State:
    """The state of a run that an error ended."""
    if isinstance(error, GateRed):
        return Failed(name="Gate red", message=str(error))
    of_ours = f"This stopped on an error of ours ({type(error).__name__}, {_place(error)})."
    return Failed(message=sentence(error) or of_ours)


def is_scheduled() -> bool:
    """Whether this run was begun by its schedule, or for one that died, so that nobody waits for how it ends."""
    run = this_run()
    return run is not None and (run.auto_scheduled is True or AGAIN in run.tags)


def day_due(campaign: Campaign) -> date:
    """The day, in the campaign's zone, for which this run is; today, if somebody started it."""
    return _day_due(campaign.zone)


def _day_due(zone: tzinfo) -> date:
    now = datetime.now(UTC)
    return day_of(flow_run.scheduled_start_time or now, now, zone)


def day_of(scheduled: datetime, now: datetime, zone: tzinfo) -> date:
    """The day, in the zone, of a run that was scheduled for then and begins now.

    Its own, up to 24 hours late. Later than that it is the newest day whose hour has come: Prefect plans three days
    ahead, so after ten days off the newest run that it knows is the third missed day's, and works for today.
    """
    due, here = scheduled.astimezone(zone), now.astimezone(zone)
    if now - scheduled <= LATE:
        return due.date()
    return here.date() if due.time() <= here.time() else here.date() - timedelta(days=1)


def _tell(error: BaseException) -> None:
    """Tell the team what stopped a scheduled run, also what it could put right itself: a file, a setting, a folder."""
    stream = flow_run.parameters.get("stream", "posts")
    name = str(flow_run.flow_name)
    what = ON_THE_COMMAND_LINE.get(name, name) if stream == "posts" else command(stream)
    try:
        settings = Settings.from_environment()
    except ConfigurationError as trouble:
        logger.warning("Nobody can be told, because the settings cannot be read: %s", trouble)
        return
    notify.of_scheduled_run(settings, flow_run.parameters.get("campaign"), what, error)


def needless() -> str | None:
    """Why a scheduled run has nothing to do, as a sentence; None if it has."""
    run = this_run()
    if run is None or not run.auto_scheduled:
        return None
    if superseded(run):
        return "A newer run of this deployment is due too, and reads all of this one."
    name = run.parameters.get("campaign")
    if name is None:  # the house's
        return None
    try:
        campaign = campaign_file.find(Settings.from_environment(), str(name))
    except ConfigurationError:  # the run itself says what is wrong
        return None
    begins = f"{campaign.title} begins on {campaign.starts_on}: there is nothing to do yet."
    return begins if too_early(campaign, str(flow_run.flow_name), day_due(campaign), datetime.now(UTC)) else None


def too_early(campaign: Campaign, flow_name: str, due: date, now: datetime) -> bool:
    """Before the first day begins anywhere on earth nothing can be there; `daily` is for the campaign's own days."""
    return now < campaign.opens_at or (flow_name == "daily" and due < campaign.starts_on)


def superseded(run: FlowRun) -> bool:
    """Whether a later scheduled run of the same plan is due already: after downtime only the newest one works.

    The same plan: a deployment may have several schedules, each with parameters of its own.
    """
    if run.deployment_id is None or run.expected_start_time is None:
        return False
    later = FlowRunFilterExpectedStartTime.model_validate(
        {"after_": run.expected_start_time + timedelta(seconds=1), "before_": datetime.now(UTC)}
    )
    same = FlowRunFilterDeploymentId(any_=[run.deployment_id])
    with get_client(sync_client=True) as client:
        due = client.read_flow_runs(flow_run_filter=FlowRunFilter(deployment_id=same, expected_start_time=later))
    return any(other.auto_scheduled and other.parameters == run.parameters for other in due)


def switch_off_when_over(campaign: Campaign) -> None:
    """After its first run beyond the grace period a schedule ends; others of the deployment have their own last run.

    If Prefect is away just then, the run ends as it would, and the next one switches the schedule off.
    """
    run = this_run()
    if run is None or not run.auto_scheduled or run.deployment_id is None or datetime.now(UTC) < campaign.closes_at:
        return
    try:
        _switch_off(run, run.deployment_id)
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("The schedule of %s could not be switched off (%s).", campaign.title, type(error).__name__)
        return
    logger.info("%s is over: this was its last scheduled run.", campaign.title)


def _switch_off(run: FlowRun, deployment_id: UUID) -> None:
    """The schedule that began this run."""
    with get_client(sync_client=True) as client:
        given = client.read_deployment(deployment_id).parameters
        for schedule in client.read_deployment_schedules(deployment_id):
            if {**given, **schedule.parameters} == run.parameters:
                client.update_deployment_schedule(deployment_id, schedule.id, active=False)


def collected(result: RunResult) -> State:
    """The state of a collection."""
    if result.state == "completed":
        new = sum(platform.counts["new"] for platform in result.platforms.values())
        return Completed(message=f"{new} new items.", data=result)
    return Failed(name=failure_name(result.state), message=troubles(result.platforms.values()), data=result)


def failure_name(state: str) -> str | None:
    return "Partial" if state == "partial" else None


def troubles(results: Iterable[PlatformResult]) -> str:
    """What went wrong, a sentence or more for each platform that did not get through."""
    stopped = [result for result in results if result.state != "completed"]
    return " ".join(f"{result.platform}: {result.error or 'did not get through.'}" for result in stopped)


def _place(error: Exception) -> str:
    """Where it happened: the innermost line of our own code."""
    root = Path(__file__).parent.parent
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(root) and "site-packages" not in f.filename]
    return f"{Path(ours[-1].filename).relative_to(root)} line {ours[-1].lineno}" if ours else "outside our code"
