"""The Prefect flow `publish_report`: writes the report from the published tables. What `rollcall report` does."""

from prefect import State, flow
from prefect.states import Completed

from flows.runs import opening, plainly, run_name, switch_off_when_over
from flows.steps import report as steps


@flow(name="publish_report", flow_run_name=run_name, timeout_seconds=3600, persist_result=False)
def publish_report(campaign: str, tables: bool = True) -> State:
    """Write the team's report, one web page that works offline, from the published tables. Nothing is built.

    Args:
        campaign: The name of the campaign file, without `.toml`.
        tables: Write the tables as a spreadsheet too.
    """
    return plainly(_publish_report, campaign, tables)


def _publish_report(campaign_name: str, tables: bool) -> State:
    settings, campaign = opening(campaign_name)
    written = f"The report lies on the computer that ran this, at {steps.report(settings, campaign)}"
    if tables:
        written += f", the tables at {steps.tables(settings, campaign)}"
    switch_off_when_over(campaign)
    return Completed(message=f"{written}.")
