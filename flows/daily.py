"""The Prefect flow `daily`: collect, ask again, build, and a digest with the report. What `rollcall daily` does."""

from functools import partial

from prefect import State, flow
from prefect.states import Completed, Failed

from flows import artifacts
from flows.build import build
from flows.collect import collect
from flows.runs import day_due, failure_name, opening, plainly, run_name, switch_off_when_over
from flows.settings import Settings
from flows.steps.build import BuildResult
from flows.steps.collect import command, refreshed_daily
from flows.steps.daily import Day, day_under_way
from flows.steps.report import report
from flows.steps.results import RunResult, run_state
from warehouse.campaign import Campaign

# The day's limit holds for its parts.
collect_part, build_part = collect.with_options(timeout_seconds=0), build.with_options(timeout_seconds=0)


@flow(name="daily", flow_run_name=run_name, timeout_seconds=6 * 3600, persist_result=False)
def daily(campaign: str) -> State:
    """Collect, ask again, read the blog, build, report: the day's run. A platform that failed does not stop the build.

    Args:
        campaign: The name of the campaign file, without `.toml`.
    """
    return plainly(_daily, campaign)


def _daily(campaign_name: str) -> State:
    settings, campaign = opening(campaign_name)
    show = partial(artifacts.digest, campaign)
    with day_under_way(settings, campaign, due=day_due(campaign), show=show) as day:
        ended = _work(settings, campaign, day)
    switch_off_when_over(campaign)
    return ended


def _work(settings: Settings, campaign: Campaign, day: Day) -> State:
    """The day's flows, one after the other, each noted in `day` as it ends."""
    reading: State = collect_part(campaign.name, return_state=True)
    _note(day, "collect", reading)
    if not isinstance(reading.result(raise_on_failure=False), RunResult):  # nothing could begin
        return Failed(message=reading.message)
    platforms = tuple(refreshed_daily(campaign))
    again: State | None = None
    if platforms:
        again = collect_part(campaign.name, platforms, stream="refresh", return_state=True)
        _note(day, command("refresh"), again)
    blog: State | None = None
    if campaign.blog:
        blog = collect_part(campaign.name, stream="blog", return_state=True)
        _note(day, command("blog"), blog)
    building: State = build_part(campaign.name, return_state=True)
    _note(day, "build", building)
    if isinstance(building.result(raise_on_failure=False), BuildResult):
        day.report = report(settings, campaign)
    if all(state.is_completed() for state in (building, reading, again, blog) if state):
        return Completed(message=f"{reading.message} {building.message}")
    message = " ".join(f"{part.name}: {part.said}" for part in day.parts)
    return Failed(name=red(building, reading, again, blog), message=message)


def _note(day: Day, name: str, ended: State) -> None:
    result = ended.result(raise_on_failure=False)
    state = "completed" if ended.is_completed() else result.state if isinstance(result, RunResult) else "failed"
    day.did(name, state, ended.message)


def red(building: State, *readings: State | None) -> str | None:
    """What a red day is called: after the build, else after how all reading went, as on the command line."""
    if not building.is_completed():
        return building.name
    runs = [state.result(raise_on_failure=False) for state in readings if state]
    return failure_name(run_state([run.state if isinstance(run, RunResult) else "failed" for run in runs]))
