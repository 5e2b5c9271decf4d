"""The Prefect flow `backfill`: reads the campaign from its beginning, and says what no platform shows any more."""

from collections.abc import Sequence
from datetime import timedelta

from prefect import State, flow
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed, Failed

from flows import artifacts
from flows.collect import Day, Platform, collecting, window_of
from flows.runs import opening, plainly, run_name
from flows.steps import backfill as steps
from flows.steps.results import RunResult
from flows.steps.warehouse import now
from warehouse.campaign import Campaign

LONGEST = timedelta(hours=11)
"""So long it may read, as `flows.collect.LONGEST`."""


@flow(name="backfill", flow_run_name=run_name, timeout_seconds=12 * 3600, persist_result=False)
def backfill(campaign: str, platforms: tuple[Platform, ...] = (), since: Day = None, until: Day = None) -> State:
    """Read once more what came in late or was missed, as far as each platform still shows it. Platforms may charge.

    Args:
        campaign: The name of the campaign file, without `.toml`.
        platforms: Only these platforms. Choose none to read all platforms of the campaign.
        since: From this day on (in the campaign's time zone). None: from the campaign's beginning.
        until: Up to the end of this day. None: up to now.
    """
    return plainly(_backfill, campaign, platforms, since, until)


def _backfill(campaign_name: str, platforms: Sequence[str], since: Day, until: Day) -> State:
    settings, campaign = opening(campaign_name)
    window = steps.span(campaign, *window_of(campaign, since, until), now())
    read = collecting(settings, campaign, platforms, *window, longest=LONGEST)
    result = read.result(raise_on_failure=False)
    assert isinstance(result, RunResult), "a collection that began has a tally"
    found = steps.told(settings, campaign, result, *window)
    _show(campaign, found.sentences)
    said = " ".join([str(read.message), *found.sentences])
    return Completed(message=said) if read.is_completed() else Failed(name=read.name, message=said)


def _show(campaign: Campaign, sentences: Sequence[str]) -> None:
    """What could not be read, a line for each query."""
    lines = [f"- {sentence}" for sentence in sentences] or ["All of it was read."]
    text = "\n".join([f"## {campaign.title}: what is not shown any more", "", *lines])
    artifacts.shown(create_markdown_artifact, text, key=artifacts.key(campaign, "missing"))
