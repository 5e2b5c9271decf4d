"""The run ledger: one row per run of a verb that writes, and one per platform of it with the tally.

A run holds an advisory lock as long as it lives. A row that says `running` while its lock is free belongs to a process
that is gone, in whatever way; `sweep` marks it as died.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from warehouse import locks
from warehouse.errors import TallyMismatch

MEANT_TO_BE_RETRIED = ("40001", "40P01")  # serialization failure, deadlock
TRIES = 5
SAID_BEFORE = """
update core.run_platform as before set to_mend = '{}'
from core.run as theirs, core.run as ours
where ours.run_id = :run_id and theirs.run_id = before.run_id and before.run_id <> ours.run_id
  and theirs.campaign = ours.campaign and theirs.verb = ours.verb
  and before.platform = :platform and before.to_mend <> '{}'
"""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    run_id: UUID
    engine: Engine
    clock: Callable[[], datetime]
    life: Connection
    """Holds the run's lock; the run is alive as long as this is open."""

    def finish(self, state: str, error: str | None = None) -> None:
        """Close the run. Raises TallyMismatch, and leaves it failed, if an item of it is unaccounted for."""
        try:
            with self.engine.begin() as connection:
                unaccounted = _unaccounted(connection, self.run_id)
                if unaccounted:
                    state, error = "failed", _mismatch(unaccounted)
                _close(connection, self.run_id, state, error, self.clock())
        finally:
            self.life.close()
        if unaccounted:
            raise TallyMismatch(_mismatch(unaccounted))


def begin(
    engine: Engine,
    campaign_name: str | None,
    verb: str,
    clock: Callable[[], datetime],
    *,
    day: date | None = None,
    flow_run_id: UUID | None = None,
) -> Run:
    """Enter a run into the ledger. It counts as alive until it is finished or its process ends.

    `day`: for which day of the campaign's zone a daily run is; `flow_run_id`: the run of Prefect that it is part of.
    """
    run_id = uuid4()
    life = locks.take(engine, _lock_of(run_id))
    assert life is not None, "a new run's lock is nobody's"
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into core.run (run_id, campaign, verb, state, started_at, host, pid, day, flow_run_id)"
                " values (:run_id, :campaign, :verb, 'running', :started_at, :host, :pid, :day, :flow_run_id)"
            ),
            {
                "run_id": run_id,
                "campaign": campaign_name,
                "verb": verb,
                "started_at": clock(),
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "day": day,
                "flow_run_id": flow_run_id,
            },
        )
    return Run(run_id=run_id, engine=engine, clock=clock, life=life)


def sweep(engine: Engine) -> int:
    """Mark the runs whose process is gone as died. Returns how many there were. When they died is not known."""
    died = 0
    with engine.begin() as connection:
        running = connection.execute(text("select run_id from core.run where state = 'running' order by run_id"))
        for run_id in running.scalars().all():
            if _is_dead(connection, run_id):
                _close(connection, run_id, "died", None, None)
                died += 1
    return died


def set_platform(
    connection: Connection,
    run_id: UUID,
    platform: str,
    state: str,
    requests: int = 0,
    cost: Decimal = Decimal(0),
    error: str | None = None,
    to_mend: Sequence[str] = (),
) -> None:
    """Enter how a platform of a run stands; its tally is `landing`'s and stays as it is.

    `to_mend`: sentences about what a person should do, with numbers and servers, never with anybody's name. They are
    kept until a later run of the verb has read the platform to its end, or says something else.
    """
    if state == "completed" or to_mend:
        connection.execute(text(SAID_BEFORE), {"run_id": run_id, "platform": platform})
    connection.execute(
        text(
            "insert into core.run_platform (run_id, platform, state, requests, cost, error, to_mend)"
            " values (:run_id, :platform, :state, :requests, :cost, :error, :to_mend)"
            " on conflict (run_id, platform) do update set state = excluded.state, requests = excluded.requests,"
            " cost = excluded.cost, error = excluded.error, to_mend = excluded.to_mend"
        ),
        {
            "run_id": run_id,
            "platform": platform,
            "state": state,
            "requests": requests,
            "cost": cost,
            "error": error,
            "to_mend": list(to_mend),
        },
    )


def retrying(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Do the work in one transaction, again if PostgreSQL asks for it (deadlock, serialization), but not for ever."""
    for attempt in range(1, TRIES + 1):
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if attempt == TRIES or getattr(error.orig, "pgcode", None) not in MEANT_TO_BE_RETRIED:
                raise
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise AssertionError("the last try returns or raises")


def _lock_of(run_id: UUID) -> int:
    return locks.key("run", str(run_id))


def _is_dead(connection: Connection, run_id: UUID) -> bool:
    """Its lock is free, and it is still open now: it may have ended well since it was looked up."""
    lock = text("select pg_try_advisory_xact_lock(:number)")
    if not connection.execute(lock, {"number": _lock_of(run_id)}).scalar_one():
        return False
    now = text("select state = 'running' from core.run where run_id = :run_id")
    return bool(connection.execute(now, {"run_id": run_id}).scalar_one())


def _close(connection: Connection, run_id: UUID, state: str, error: str | None, ended_at: datetime | None) -> None:
    values = {"run_id": run_id, "state": state, "error": error, "ended_at": ended_at}
    connection.execute(
        text("update core.run set state = :state, error = :error, ended_at = :ended_at where run_id = :run_id"), values
    )
    connection.execute(
        text("update core.run_platform set state = :state where run_id = :run_id and state = 'running'"), values
    )


def _unaccounted(connection: Connection, run_id: UUID) -> list[str]:
    """The platforms of a run whose tally does not add up."""
    rows = connection.execute(
        text(
            "select platform from core.run_platform where run_id = :run_id and fetched <> new + updated + unchanged"
            " + duplicate + out_of_scope + suppressed + not_public + quarantined order by platform"
        ),
        {"run_id": run_id},
    )
    return list(rows.scalars())


def _mismatch(platforms: Iterable[str]) -> str:
    return (
        f"Not every item fetched from {', '.join(platforms)} is accounted for in this run's tally. "
        "This is a defect of ours: please report it; what had been stored is kept."
    )
