"""The Prefect flow `retention`: removes what must not be kept longer, and says what went. Like `rollcall retention`."""

from prefect import State, flow
from prefect.states import Completed

from flows.runs import opening, plainly, run_name
from flows.steps.retention import retain


@flow(name="retention", flow_run_name=run_name, timeout_seconds=2 * 3600, persist_result=False)
def retention(campaign: str, dry_run: bool = False) -> State:
    """Remove what must not be kept longer, by the table [retention] of the campaign file. It cannot be undone.

    Args:
        campaign: The name of the campaign file, without `.toml`.
        dry_run: Only say what would be removed.
    """
    return plainly(_retention, campaign, dry_run)


def _retention(campaign_name: str, dry_run: bool) -> State:
    settings, campaign = opening(campaign_name)
    return Completed(message=" ".join(retain(settings, campaign, dry_run=dry_run).sentences))
