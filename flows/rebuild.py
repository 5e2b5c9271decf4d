"""The Prefect flow `rebuild`: reads again everything that is held, then builds. What `rollcall rebuild` does."""

from prefect import State, flow
from prefect.states import Completed

from flows import artifacts
from flows.progress import BUILDING, Bar
from flows.runs import opening, plainly, run_name
from flows.steps import rebuild as steps
from warehouse.errors import GateRed


@flow(name="rebuild", flow_run_name=run_name, timeout_seconds=6 * 3600, persist_result=False)
def rebuild(campaign: str) -> State:
    """Read again everything that is held, by today's rules, then build. Nothing is fetched; losses stay losses.

    Args:
        campaign: The name of the campaign file, without `.toml`.
    """
    return plainly(_rebuild, campaign)


def _rebuild(campaign_name: str) -> State:
    settings, campaign = opening(campaign_name)
    bar = Bar(campaign, "rebuild", 1 + BUILDING)
    try:
        result = steps.rebuild(settings, campaign, progress=bar.entered)
    except GateRed as red:
        artifacts.checks(campaign, red.found)
        raise
    bar.full()
    artifacts.checks(campaign, result.built.checks)
    artifacts.headline(campaign, result.built.headline, result.built.as_of)
    return Completed(
        message=f"{result.read.tally.fetched} sights were read again, {result.read.kept} posts stay as they were; "
        f"{result.built.headline.get('unique_posts')} unique posts published."
    )
