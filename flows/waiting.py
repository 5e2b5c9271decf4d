"""Runs that wait until another of their campaign has ended: Prefect's state for that has a name and no message.

So the log of each such run says what it waits for. `rollcall serve` looks each minute; whom it has told it leaves.
"""

import logging
from datetime import UTC, datetime

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import LogCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
    LogFilter,
    LogFilterFlowRunId,
    LogFilterTextSearch,
)
from prefect.client.schemas.objects import FlowRun, StateType

from flows.orphans import in_types, read_runs

WAITS = "AwaitingConcurrencySlot"
AT_WORK = [StateType.RUNNING, StateType.CANCELLING]
"""Not PENDING: what has not begun yet has a name that Prefect invented."""
WHY = "This run waits for it and begins by itself."


def say_what_for(client: SyncPrefectClient) -> None:
    """Write into the log of each run that waits which run of its campaign is at work."""
    waiting = read_runs(client, FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=[WAITS]))))
    if not waiting:
        return
    ids = [run.id for run in waiting]
    told = {
        log.flow_run_id
        for log in client.read_logs(
            LogFilter(flow_run_id=LogFilterFlowRunId(any_=ids), text=LogFilterTextSearch(query=f'"{WHY}"'))
        )
    }
    at_work = {_campaign(run): run for run in read_runs(client, FlowRunFilter(state=in_types(AT_WORK)))}
    lines = [
        LogCreate.model_validate(
            {
                "name": "rollcall",
                "level": logging.INFO,
                "message": f"Another run of this campaign is at work: {at_work[_campaign(run)].name}. {WHY}",
                "timestamp": datetime.now(UTC),
                "flow_run_id": run.id,
            }
        )
        for run in waiting
        if run.id not in told and _campaign(run) in at_work
    ]
    if lines:
        client.create_logs(lines)


def _campaign(run: FlowRun) -> object:
    return run.parameters.get("campaign")
