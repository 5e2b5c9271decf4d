"""Runs whose process is gone: Prefect shows them as Running for good, and they hold their campaign's only place.

A run that died is marked as Crashed, and every run that Crashed is run again, once. `rollcall serve` looks each minute,
on every computer that has joined; looking twice, or on two computers at a time, does nothing more.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterIdempotencyKey,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType, WorkerStatus
from prefect.states import Cancelled, Crashed, Scheduled
from sqlalchemy import Engine, text

from flows.alive import AGAIN, lock_of
from flows.deploy import POOL

PATIENCE = timedelta(minutes=5)
"""How long a run may take from its start to its lock: its process imports much, on a computer that may be busy."""
SECOND_LOOK = 20.0
"""Seconds after which a run without its lock is looked at again: a restarted database gives the living time to come."""
RUN_AGAIN_WITHIN = timedelta(days=1)
UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def sweep(
    client: SyncPrefectClient,
    engine: Engine,
    *,
    patience: timedelta = PATIENCE,
    wait: Callable[[float], bool | None] = time.sleep,
) -> list[str]:
    """Mark the runs that died, and start each that Crashed again. Returns a sentence for each thing done.

    `patience`: zero where it is known that nothing is starting. `wait` answers true to break off.
    """
    said: list[str] = []
    suspects = _without_life(client, engine, patience)
    if suspects:
        if wait(SECOND_LOOK):
            return []
        for key, run in _without_life(client, engine, patience).items():
            if key in suspects:
                said.append(_mark(client, run))
    return said + [_start_again(client, run) for run in _to_run_again(client)]


def others_at_work(client: SyncPrefectClient, this_computer: str) -> bool:
    """Whether workers of other computers are there, so that a run that has not shown life may be one of theirs."""
    workers = client.read_workers_for_work_pool(POOL)
    return any(worker.status == WorkerStatus.ONLINE and worker.name != this_computer for worker in workers)


def _without_life(client: SyncPrefectClient, engine: Engine, patience: timedelta) -> dict[tuple[UUID, UUID], FlowRun]:
    """The runs under way that no process is at, by their id and that of their state."""
    since = datetime.now(UTC) - patience
    found = {}
    with engine.begin() as connection:
        for run in read_runs(client, FlowRunFilter(state=in_types(UNDER_WAY))):
            began = {"run": run.id}
            known = connection.execute(text("select exists (select from core.run where flow_run_id = :run)"), began)
            if run.state is None or (run.state.timestamp > since and not known.scalar_one()):
                continue
            free = connection.execute(text("select pg_try_advisory_xact_lock(:number)"), {"number": lock_of(run.id)})
            if free.scalar_one():
                found[run.id, run.state.id] = run
    return found


def _mark(client: SyncPrefectClient, run: FlowRun) -> str:
    """Close the run, and the parts of it that are still open. One that somebody was cancelling is cancelled."""
    cancelled = run.state is not None and run.state.type == StateType.CANCELLING
    message = "Its process is gone: it was killed, or its computer is off."
    parts = FlowRunFilter(
        parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id]),
        state=in_types([*UNDER_WAY, StateType.SCHEDULED]),
    )
    for one in (*client.read_flow_runs(flow_run_filter=parts), run):
        ending: Any = Cancelled(message=message) if cancelled else Crashed(message=message)
        client.set_flow_run_state(one.id, ending, force=True)
    return f"{run.name}: {message}"


def _to_run_again(client: SyncPrefectClient) -> list[FlowRun]:
    """The runs that Crashed lately, whose work nobody has begun since, and whose plan nobody deleted."""
    now = datetime.now(UTC)
    lately = FlowRunFilterEndTime.model_validate({"after_": now - RUN_AGAIN_WITHIN})
    crashed = read_runs(client, FlowRunFilter(state=in_types([StateType.CRASHED]), end_time=lately))
    lost = [run for run in crashed if AGAIN not in run.tags and not _is_done_since(client, run, now)]
    planned = DeploymentFilter(id=DeploymentFilterId(any_=[run.deployment_id for run in lost if run.deployment_id]))
    there = {plan.id for plan in client.read_deployments(deployment_filter=planned)} if lost else set()
    return [run for run in lost if run.deployment_id in there]


def _is_done_since(client: SyncPrefectClient, run: FlowRun, now: datetime) -> bool:
    """Whether it was started again already, or a later run of the same is due or was."""
    key = FlowRunFilterIdempotencyKey(any_=[_key(run)])
    if client.count_flow_runs(flow_run_filter=FlowRunFilter(idempotency_key=key)):
        return True
    assert run.deployment_id is not None, "runs of a work pool are a deployment's"
    since = (run.expected_start_time or now) + timedelta(seconds=1)
    later = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[run.deployment_id]),
        expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"after_": since, "before_": now}),
    )
    return any(other.parameters == run.parameters for other in client.read_flow_runs(flow_run_filter=later))


def _start_again(client: SyncPrefectClient, run: FlowRun) -> str:
    """For the same day as the run that died, and at once."""
    assert run.deployment_id is not None, "runs of a work pool are a deployment's"
    client.create_flow_run_from_deployment(
        run.deployment_id,
        parameters=run.parameters,
        state=Scheduled(scheduled_time=run.expected_start_time),
        tags=[AGAIN],
        idempotency_key=_key(run),
    )
    return f"{run.name} crashed and is run again."


def _key(run: FlowRun) -> str:
    return f"{AGAIN}-{run.id}"


def read_runs(client: SyncPrefectClient, wanted: FlowRunFilter) -> list[FlowRun]:
    ours = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    return client.read_flow_runs(flow_run_filter=wanted, work_pool_filter=ours)


def in_types(types: list[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=types))
