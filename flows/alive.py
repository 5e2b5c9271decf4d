"""Whether a run of Prefect lives: its process holds a lock in the warehouse from its beginning to its very end.

The lock is PostgreSQL's, so it is free when the process is gone, in whatever way and on whatever computer. If the
database is restarted, the lock is taken again within seconds.
"""

import logging
import threading
import time
from contextlib import suppress
from uuid import UUID

from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from flows.errors import sentence
from flows.settings import Settings
from flows.steps.warehouse import warehouse_url
from warehouse import locks
from warehouse.engine import connect

logger = logging.getLogger(__name__)

AGAIN = "again"
"""The tag of a run that takes the place of one that died."""
EVERY = 5.0
"""Seconds between two looks whether the lock is still held."""


def lock_of(flow_run_id: UUID) -> int:
    return locks.key("flow run", str(flow_run_id))


def this_run() -> FlowRun | None:
    """The run of Prefect in which this is said."""
    context = FlowRunContext.get()
    return context.flow_run if context else None


def is_part(run: FlowRun | None) -> bool:
    """Whether it is a part of another run, such as the `build` of a `daily`."""
    return run is not None and run.parent_task_run_id is not None


def show_life() -> None:
    """Hold the lock of this process's run until the process ends. Raises SettingsError.

    Runs that no worker started need none, nor do the parts of a run, which live as long as it does.
    """
    run = this_run()
    if run is None or run.deployment_id is None or is_part(run):
        return
    given = (Settings.from_environment(), lock_of(run.id))
    threading.Thread(target=_hold, args=given, name="life", daemon=True).start()


def _hold(settings: Settings, number: int) -> None:
    holder: Connection | None = None
    while True:
        try:
            if holder is None:
                holder = locks.take(connect(warehouse_url(settings)), number)
            else:
                holder.execute(text("select 1"))
        except Exception as error:  # whatever it is: without the lock the run counts as dead, so it is tried again
            logger.debug("the lock was lost", exc_info=True)
            said = sentence(error) or f"It is an error of ours ({type(error).__name__})."
            logger.info("The lock that shows that this run lives is lost for now. %s", said)
            if holder is not None:
                with suppress(DBAPIError):
                    holder.close()
                holder = None
        time.sleep(EVERY if holder else 1)
