"""The Prefect flow `build`. The work is `flows.steps.build`, as on the command line."""

from prefect import State, flow
from prefect.states import Completed

from flows import artifacts
from flows.progress import BUILDING, Bar
from flows.runs import opening, plainly, run_name
from flows.steps import build as steps
from warehouse.errors import GateRed


@flow(name="build", flow_run_name=run_name, timeout_seconds=2 * 3600, persist_result=False)
def build(campaign: str) -> State:
    """Match people, count, check, and publish the tables. Red checks publish nothing.

    Args:
        campaign: The name of the campaign file, without `.toml`.
    """
    return plainly(_build, campaign)


def _build(campaign_name: str) -> State:
    settings, campaign = opening(campaign_name)
    bar = Bar(campaign, "build", BUILDING)
    try:
        result = steps.build(settings, campaign, progress=bar.entered)
    except GateRed as red:
        artifacts.checks(campaign, red.found)
        raise
    bar.full()
    artifacts.checks(campaign, result.checks)
    artifacts.headline(campaign, result.headline, result.as_of)
    return Completed(message=f"{result.headline.get('unique_posts')} unique posts published.", data=result)
