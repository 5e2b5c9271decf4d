"""Deployments: what `prefect.yaml` declares, made on a Prefect server for every campaign, and once for the house.

Making them again changes nothing; a changed schedule replaces the old one. A campaign that is over has deployments for
runs by hand, but its schedules are switched off, except those that stand switched on in the file, where #ITP28 is over
too. Those of a campaign whose file is gone are all switched off, but not where there is no campaign file at all: that
is the wrong folder. A plan without `campaign` among its parameters is the house's: it is made once, as it stands.

All deployments of a campaign share one limit: while one of its runs is at work, the next waits in the state
AwaitingConcurrencySlot and takes no worker. The limit is a lease, so a run that died gives it back within minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import yaml

from flows import campaign_file
from flows.errors import CampaignError, ConfigurationError
from flows.settings import Settings, silence_telemetry
from flows.steps.collection import is_read
from warehouse.campaign import Campaign

silence_telemetry()  # Prefect reads it when it is imported

from prefect.client.orchestration import SyncPrefectClient  # noqa: E402
from prefect.client.schemas.actions import (  # noqa: E402
    DeploymentCreate,
    DeploymentScheduleCreate,
    WorkPoolCreate,
)
from prefect.client.schemas.filters import (  # noqa: E402
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import ConcurrencyOptions, StateType  # noqa: E402
from prefect.client.schemas.schedules import CronSchedule  # noqa: E402
from prefect.client.schemas.sorting import FlowRunSort  # noqa: E402
from prefect.exceptions import ObjectAlreadyExists, PrefectException  # noqa: E402
from prefect.flows import Flow, load_flow_from_entrypoint  # noqa: E402
from prefect.utilities.callables import parameter_schema  # noqa: E402
from prefect.workers.process import ProcessWorker  # noqa: E402

FILE = Path(__file__).parent.parent / "prefect.yaml"
TAG = POOL = "rollcall"
DECLARED_FOR = "itp28"
"""The campaign for which the file stands; its name makes way for each campaign's own."""
HOUSE = "house"
MORNING = "every-morning"
"""The schedule of the day's run; its hour is the campaign file's."""
HERE = "http://127.0.0.1:4200/api"
LAST_RUN_OF_A_DAY, LAST_RUN_OF_A_WEEK = timedelta(days=1), timedelta(days=8)
"""A schedule outlives its campaign by so much, so that its last run sees the end of the grace period."""


def _refuse(broken: CampaignError) -> None:
    raise broken


def deploy(
    settings: Settings,
    api_url: str | None = None,
    now: datetime | None = None,
    *,
    only: Collection[str] | None = None,
    tell: Callable[[CampaignError], object] = _refuse,
    say: Callable[[str], object] = lambda sentence: None,
) -> list[str]:
    """Make the deployments of every campaign and of the house; returns their names. Raises ConfigurationError.

    `only`: of these campaigns and not of the house; `tell` hears of each campaign file that cannot be read, whose
    deployments stay as they are, and `say` of each campaign without a file, whose schedules are switched off.
    """
    of_campaigns, of_the_house, pull = _declared()
    known = set(campaign_file.paths(settings))
    campaigns = campaign_file.readable(settings, tell, only)
    with connected(settings, api_url) as client:
        _make_pool(client)
        made = [
            _planned(client, plan, pull, campaign, now or datetime.now(UTC))
            for campaign in campaigns
            for plan in of_campaigns
        ]
        if known and only is None:
            made += [_planned(client, plan, pull) for plan in of_the_house]
        if known or only is not None:
            for name in sorted(_retire(client, known)):
                say(f"There is no file of the campaign {name} here: its schedules are switched off.")
    return made


def _declared() -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """The file's plans of campaigns, those of the house, and what a worker does first. Raises ConfigurationError."""
    try:
        declared = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        of_campaigns = [plan for plan in declared["deployments"] if "campaign" in plan["parameters"]]
        return of_campaigns, [plan for plan in declared["deployments"] if plan not in of_campaigns], declared["pull"]
    except (OSError, ValueError, TypeError, LookupError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{FILE} cannot be read ({type(error).__name__}). Mend it there.") from error


@contextmanager
def connected(settings: Settings, api_url: str | None = None) -> Iterator[SyncPrefectClient]:
    """A client of the Prefect server. Raises ConfigurationError if none is named or none answers."""
    url = api_url or settings.environment.get("PREFECT_API_URL") or _here()
    if not url:
        raise ConfigurationError(
            f"Which Prefect server? None answers at {HERE}. Say --api-url with the address that serve names, and /api "
            "behind it; or run: rollcall serve"
        )
    password = settings.prefect_password
    try:
        with SyncPrefectClient(url, auth_string=f"{TAG}:{password}" if password else None) as client:
            yield client
    except (httpx.HTTPError, PrefectException) as error:
        raise ConfigurationError(
            f"The Prefect server at {url} did not do what it was asked ({type(error).__name__}). "
            "Is it running, and is ROLLCALL_PREFECT_PASSWORD its password?"
        ) from error


def _here() -> str | None:
    """Where `rollcall serve` has its server unless it is told otherwise, if a Prefect server answers there."""
    with suppress(httpx.HTTPError, ValueError):
        if httpx.get(f"{HERE}/health", timeout=5).json() is True:
            return HERE
    return None


def next_run(client: SyncPrefectClient) -> str | None:
    """What is scheduled next and when, for people; None if the scheduler has planned nothing (yet).

    Runs whose hour has come are none of it: they begin now.
    """
    scheduled = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"after_": datetime.now(UTC)}),
    )
    ours = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    runs = client.read_flow_runs(
        flow_run_filter=scheduled, work_pool_filter=ours, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=1
    )
    if not runs or runs[0].deployment_id is None or runs[0].expected_start_time is None:
        return None
    deployment = client.read_deployment(runs[0].deployment_id)
    crons = [plan.schedule for plan in deployment.schedules if isinstance(plan.schedule, CronSchedule)]
    zone = ZoneInfo(crons[0].timezone or "UTC") if crons else UTC
    return f"{deployment.name}, {runs[0].expected_start_time.astimezone(zone):%A %d %B, %H:%M} ({zone})"


def _make_pool(client: SyncPrefectClient) -> None:
    template = ProcessWorker.get_default_base_job_template()
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
    except ObjectAlreadyExists:
        return


def _planned(client: SyncPrefectClient, plan: dict[str, Any], *given: Any) -> str:
    """Make a deployment, or say which plan in the file cannot be meant. Raises ConfigurationError."""
    try:
        return _make(client, plan, *given)
    except (LookupError, TypeError, ValueError, AttributeError, ImportError, PrefectException) as error:
        raise ConfigurationError(
            f"{FILE}: the plan {plan.get('name')} cannot be made ({type(error).__name__}). Mend it there."
        ) from error


def _make(
    client: SyncPrefectClient,
    plan: dict[str, Any],
    pull: list[dict[str, Any]],
    campaign: Campaign | None = None,
    now: datetime | None = None,
) -> str:
    """Make or replace one deployment, for one campaign or for the house."""
    flow: Flow[..., Any] = load_flow_from_entrypoint(plan["entrypoint"], use_placeholder_flow=False)
    schema = parameter_schema(flow).model_dump(exclude_unset=True)
    whose = campaign.name if campaign else HOUSE
    deployment = DeploymentCreate(
        flow_id=client.create_flow_from_name(flow.name),
        name=f"{flow.name}-{whose}" if campaign else flow.name,
        version=version("rollcall-campaigns"),
        entrypoint=plan["entrypoint"],
        description=plan["description"],
        parameters=plan["parameters"] | ({"campaign": whose} if campaign else {}),
        parameter_openapi_schema=form(schema, campaign) if campaign else schema,
        enforce_parameter_schema=True,
        schedules=[made for one in plan.get("schedules", ()) if (made := _schedule(one, campaign, now))],
        concurrency_options=ConcurrencyOptions(collision_strategy=plan["concurrency_limit"]["collision_strategy"]),
        work_pool_name=plan["work_pool"]["name"],
        job_variables=plan["work_pool"]["job_variables"],
        pull_steps=pull,
        tags=[whose if tag == DECLARED_FOR else tag for tag in plan["tags"]],
    )
    shared = {"global_concurrency_limit_id": str(_limit(client, whose, plan["concurrency_limit"]["limit"]))}
    # the server knows the shared limit, but not yet the client's function: https://docs.prefect.io/v3/api-ref/rest-api
    client.request("POST", "/deployments/", json=deployment.model_dump(mode="json", exclude_unset=True) | shared)
    return deployment.name


def _limit(client: SyncPrefectClient, whose: str, at_once: int) -> UUID:
    """The limit that all deployments of a campaign share."""
    name = f"{TAG}-{whose}"
    client.upsert_global_concurrency_limit_by_name(name, at_once)
    return client.read_global_concurrency_limit_by_name(name).id


def form(schema: dict[str, Any], campaign: Campaign) -> dict[str, Any]:
    """The form in the page: the campaign is fixed, and only its own platforms can be chosen."""
    properties = schema["properties"]
    properties["campaign"] |= {"readOnly": True, "enum": [campaign.name]}
    if "platforms" in properties:
        choices = properties["platforms"]["items"]
        choices["enum"] = _read(choices["enum"], campaign)
    return schema


def _read(platforms: list[str], campaign: Campaign) -> list[str]:
    """Those of the platforms that a program reads for this campaign."""
    return [platform for platform in platforms if platform in campaign.platforms and is_read(campaign, platform)]


def _schedule(
    schedule: dict[str, Any], campaign: Campaign | None, now: datetime | None
) -> DeploymentScheduleCreate | None:
    """In the campaign's zone, the house's as it stands. None if it is for platforms that the campaign does not read."""
    parameters = dict(schedule.get("parameters", {}))
    if campaign and "platforms" in parameters:
        parameters["platforms"] = _read(parameters["platforms"], campaign)
        if not parameters["platforms"]:
            return None
    cron = schedule["cron"]
    if campaign and schedule["slug"] == MORNING:
        cron = f"{campaign.daily_at.minute} {campaign.daily_at.hour} * * *"
    last_run = LAST_RUN_OF_A_DAY if cron.endswith("*") else LAST_RUN_OF_A_WEEK
    is_on = campaign is not None and now is not None and now < campaign.closes_at + last_run
    return DeploymentScheduleCreate(
        schedule=CronSchedule(cron=cron, timezone=str(campaign.zone) if campaign else schedule["timezone"]),
        slug=schedule["slug"],
        active=schedule.get("active", True) or is_on,
        parameters=parameters,
    )


def _retire(client: SyncPrefectClient, known: set[str]) -> set[str]:
    """Switch off the schedules of our deployments whose campaign is gone; returns the campaigns that had some on."""
    ours, retired = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])), set[str]()
    for deployment in client.read_deployments(deployment_filter=ours):
        name = deployment.parameters.get("campaign", HOUSE)
        for schedule in deployment.schedules if name not in {*known, HOUSE} else ():
            if schedule.active:
                client.update_deployment_schedule(deployment.id, schedule.id, active=False)
                retired.add(name)
    return retired
