"""What `prefect.yaml` declares can be loaded, becomes the form that people see, and means the right hours."""

import asyncio
import importlib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule
from prefect.utilities.callables import parameter_schema

from connectors.registry import CONNECTORS
from flows.deploy import FILE, _schedule, form
from flows.runs import OURS
from warehouse.campaign import Campaign

DECLARED = yaml.safe_load(FILE.read_text())
PLANS = {plan["name"]: plan for plan in DECLARED["deployments"]}
SPRING = Campaign(
    name="spring",
    title="Spring",
    hashtags=("spring",),
    starts_on=date(2026, 3, 1),
    ends_on=date(2026, 3, 7),
    zone=ZoneInfo("Asia/Baku"),
)


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_every_entrypoint_loads_for_real(plan: dict) -> None:
    """Each entrypoint is a module path, loads without a placeholder, and is named as its flow."""
    flow = load_flow_from_entrypoint(plan["entrypoint"], use_placeholder_flow=False)
    assert flow.fn.__module__ == plan["entrypoint"].rpartition(".")[0]
    campaign = plan["parameters"].get("campaign")
    assert plan["name"] == (f"{flow.name}-{campaign}" if campaign else flow.name)


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_every_parameter_is_explained(plan: dict) -> None:
    """The docstring's Args become the help texts of the form; no parameter is without one."""
    flow = load_flow_from_entrypoint(plan["entrypoint"], use_placeholder_flow=False)
    for name, declared in parameter_schema(flow).properties.items():
        assert declared.get("description"), f"{flow.name}: {name}"


def test_the_form_offers_the_platforms_of_the_campaign_and_no_other_campaign() -> None:
    """`platforms` is a list to choose from, `campaign` is fixed."""
    collect = importlib.import_module("flows.collect").collect
    campaign = replace(SPRING, platforms={"mastodon": {}, "facebook": {"by_hand": True}, "tiktok": {}})
    schema = parameter_schema(collect).model_dump(exclude_unset=True)
    assert set(schema["properties"]["platforms"]["items"]["enum"]) == set(CONNECTORS)
    fixed = form(schema, campaign)
    assert fixed["properties"]["platforms"]["items"]["enum"] == ["mastodon"]
    assert fixed["properties"]["campaign"]["enum"] == ["spring"]
    assert fixed["required"] == ["campaign"]


def test_the_daily_hour_is_local_on_both_sides_of_a_clock_change() -> None:
    """06:15 stays 06:15 in the campaign's zone when its clocks change."""
    [schedule] = PLANS["daily-itp28"]["schedules"]
    cron = CronSchedule(cron=schedule["cron"], timezone="Europe/London")
    runs = asyncio.run(cron.get_dates(3, start=datetime(2026, 3, 27, 12, tzinfo=UTC)))
    assert [run.astimezone(ZoneInfo("Europe/London")).strftime("%d %H:%M") for run in runs] == [
        "28 06:15",
        "29 06:15",
        "30 06:15",
    ]
    assert [run.astimezone(UTC).hour for run in runs] == [6, 5, 5]


def test_the_daily_hour_is_the_campaign_files() -> None:
    """Other schedules stand as they are; without the key the hour is the one that the file declares."""
    [morning] = PLANS["daily-itp28"]["schedules"]
    [evening] = PLANS["refresh-itp28"]["schedules"]
    late = replace(SPRING, daily_at=time(21, 5))
    made = [_schedule(one, campaign, None) for campaign in (SPRING, late) for one in (morning, evening)]
    assert [one.schedule.cron for one in made if one] == [
        morning["cron"],
        evening["cron"],
        "5 21 * * *",
        evening["cron"],
    ]


def test_the_loggers_of_every_package_reach_the_run() -> None:
    """What `prefect.yaml` hands to Prefect is what `flows.runs` opens."""
    for plan in PLANS.values():
        handed = plan["work_pool"]["job_variables"]["env"]["PREFECT_LOGGING_EXTRA_LOGGERS"]
        assert tuple(handed.split(",")) == OURS


def test_every_flow_of_the_design_has_its_plan() -> None:
    """`design.md` §5, for each campaign."""
    of_campaigns = {name.removesuffix("-itp28") for name, plan in PLANS.items() if "campaign" in plan["parameters"]}
    assert of_campaigns == {
        *("collect", "build", "daily", "refresh", "backfill", "rebuild", "publish_report", "retention"),
    }


def test_only_what_removes_runs_after_the_end() -> None:
    """#ITP28 is over: its schedules are off in the file, but for the one of retention, whose time begins then."""
    on = {name for name, plan in PLANS.items() for one in plan.get("schedules", ()) if one["active"]}
    assert {name for name in on if "campaign" in PLANS[name]["parameters"]} == {"retention-itp28"}


@pytest.mark.parametrize(
    ("platforms", "since_its_end", "slugs"),
    [
        (
            {"instagram": {}, "x": {}},
            timedelta(0),
            {"instagram-between-the-mornings": True, "who-dealt-with-whom-weekly": True},
        ),
        ({"instagram": {"by_hand": True}, "x": {}}, timedelta(0), {"who-dealt-with-whom-weekly": True}),
        (
            {"instagram": {}},
            timedelta(days=2),
            {"instagram-between-the-mornings": False, "who-dealt-with-whom-weekly": True},
        ),
        (
            {"instagram": {}},
            timedelta(days=8),
            {"instagram-between-the-mornings": False, "who-dealt-with-whom-weekly": False},
        ),
    ],
)
def test_instagram_is_read_between_the_mornings_where_it_is_read_at_all(
    platforms: dict, since_its_end: timedelta, slugs: dict[str, bool]
) -> None:
    """Every six hours with `daily`, in the campaign's zone; a campaign that does not read it has no such schedule.

    Each has a last run after the campaign: within a day, or a week.
    """
    campaign = replace(SPRING, platforms=platforms)
    now = campaign.closes_at + since_its_end
    made = [_schedule(one, campaign, now) for one in PLANS["collect-itp28"]["schedules"]]
    assert {one.slug: one.active for one in made if one} == slugs
    assert {one.schedule.timezone for one in made if one} == {"Asia/Baku"}
    [instagram] = [one for one in made if one and "instagram" in one.slug] or [None]
    if instagram:
        assert instagram.parameters == {"platforms": ["instagram"]}
        hours = {int(hour) for hour in instagram.schedule.cron.split()[1].split(",")}
        assert sorted(hours | {6}) == [0, 6, 12, 18]


def test_what_a_schedule_says_is_what_its_flow_takes() -> None:
    """Prefect checks parameters when a run begins, which is too late for a schedule."""
    own = 0
    for plan in PLANS.values():
        flow = load_flow_from_entrypoint(plan["entrypoint"], use_placeholder_flow=False)
        for schedule in plan.get("schedules", ()):
            flow.validate_parameters(plan["parameters"] | schedule.get("parameters", {}))
            own += "parameters" in schedule
    assert own, "no schedule has parameters of its own any more"


def test_a_plan_of_the_house_stands_as_it_is() -> None:
    """Its zone and whether it is on are its own."""
    plan = {"slug": "nights", "cron": "0 2 * * *", "timezone": "UTC", "active": False}
    made = _schedule(plan, None, None)
    assert made
    assert (made.active, made.schedule.timezone) == (False, "UTC")
