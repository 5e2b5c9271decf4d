"""Runs that wait until another one has ended: Prefect's state for that has a name and no message.

So the log of each such run says what it waits for.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import LogCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateName
from prefect.client.schemas.objects import FlowRun, StateType

from flows.orphans import in_types, read_runs

WAITS = "AwaitingConcurrencySlot"
AT_WORK = [StateType.RUNNING, StateType.CANCELLING]
"""Not PENDING: what has not begun yet has a name that Prefect invented."""


def say_what_for(client: SyncPrefectClient, told: Mapping[UUID, str]) -> dict[UUID, str]:
    """Write into the log of each run that waits which run of its campaign is at work, unless that was the last thing
    `told` to it. Returns what was told to those that wait."""
    waiting = read_runs(client, FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=[WAITS]))))
    if not waiting:
        return {}
    at_work = {_campaign(run): run.name for run in read_runs(client, FlowRunFilter(state=in_types(AT_WORK)))}
    lines = {
        run.id: f"Another run is at work: {at_work[_campaign(run)]}. This run waits for it and begins by itself."
        for run in waiting
        if _campaign(run) in at_work
    }
    said = {"name": "rollcall", "level": logging.INFO, "timestamp": datetime.now(UTC)}
    new = [
        LogCreate.model_validate({**said, "flow_run_id": run_id, "message": line})
        for run_id, line in lines.items()
        if told.get(run_id) != line
    ]
    if new:
        client.create_logs(new)
    return lines


def _campaign(run: FlowRun) -> object:
    """Of whose place it needs; None: the house's."""
    return run.parameters.get("campaign")
