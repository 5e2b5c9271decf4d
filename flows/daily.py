"""The Prefect flow `daily`: collect, ask again, build, and a digest with the report. What `rollcall daily` does."""

from prefect import State, flow
from prefect.states import Completed, Failed

from flows import artifacts
from flows.build import build
from flows.collect import collect
from flows.runs import failure_name, opening, plainly, run_name, switch_off_when_over
from flows.steps.build import BuildResult
from flows.steps.collect import refreshed_daily
from flows.steps.report import report
from flows.steps.results import RunResult, run_state


@flow(name="daily", flow_run_name=run_name, timeout_seconds=6 * 3600, persist_result=False)
def daily(campaign: str) -> State:
    """Collect, ask again, read the blog, build, report: the day's run. A platform that failed does not stop the build.

    Args:
        campaign: The name of the campaign file, without `.toml`.
    """
    return plainly(_daily, campaign)


def _daily(campaign_name: str) -> State:
    settings, campaign = opening(campaign_name)
    reading: State = collect(campaign.name, return_state=True)
    if not isinstance(reading.result(raise_on_failure=False), RunResult):  # nothing could begin
        return Failed(message=reading.message)
    platforms = tuple(refreshed_daily(campaign))
    again: State | None = None
    if platforms:
        again = collect(campaign.name, platforms, stream="refresh", return_state=True)
    blog: State | None = None
    if campaign.blog:
        blog = collect(campaign.name, stream="blog", return_state=True)
    building: State = build(campaign.name, return_state=True)
    lines = [f"**collect: {reading.name}.** {reading.message}"]
    lines += [f"**asked again: {again.name}.** {again.message}"] if again else []
    lines += [f"**blog: {blog.name}.** {blog.message}"] if blog else []
    lines += [f"**build: {building.name}.** {building.message}"]
    message = " ".join(lines).replace("*", "")
    built = building.result(raise_on_failure=False)
    if isinstance(built, BuildResult):
        lines += [
            artifacts.headline_text(campaign, built.headline, built.as_of),
            artifacts.report_line(report(settings, campaign)),
        ]
    artifacts.digest(campaign, lines)
    switch_off_when_over(campaign)
    if all(state.is_completed() for state in (building, reading, again, blog) if state):
        return Completed(message=f"{reading.message} {building.message}")
    return Failed(name=red(building, reading, again, blog), message=message)


def red(building: State, *readings: State | None) -> str | None:
    """What a red day is called: after the build, else after how all reading went, as on the command line."""
    if not building.is_completed():
        return building.name
    runs = [state.result(raise_on_failure=False) for state in readings if state]
    return failure_name(run_state([run.state if isinstance(run, RunResult) else "failed" for run in runs]))
