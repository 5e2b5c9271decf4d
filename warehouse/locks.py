"""Who may work where: PostgreSQL advisory locks, each held by a connection of its own.

A lock is held by its database session, so it is free again at the latest when the process that took it is gone,
however that ended. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
from sqlalchemy import Connection, Engine, event, text

from warehouse.errors import AlreadyRunning, DatabaseUnavailable

NOTICED_WITHIN = 2.0
"""Seconds that PostgreSQL may need to notice that the process of a lock's holder was killed."""
LONGEST_TURN = 1800.0
"""Seconds that a run waits for others who build: so many campaigns may begin at the same minute."""
LOOKS_EVERY = 2.0
"""Seconds between two looks whether a turn has come."""
Tell = Callable[[str], object]


def silent(sentence: str) -> None:
    """Tell nobody."""


def key(*names: str) -> int:
    """The lock's number: 64 bits of a hash of its names."""
    return int.from_bytes(hashlib.sha256("\n".join(("rollcall", *names)).encode()).digest()[:8], signed=True)


def take(engine: Engine, number: int) -> Connection | None:
    """The connection that holds the lock until it is closed; None if somebody else holds it."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()  # closing it ends the session, and with it the lock, whatever became of the pool
    try:
        held = connection.execute(text("select pg_try_advisory_lock(:number)"), {"number": number}).scalar_one()
    except BaseException:
        connection.close()
        raise
    if held:
        return connection
    connection.close()
    return None


def only_while_held(engine: Engine, holder: Connection) -> None:
    """From here on no transaction of the engine begins once the lock is lost: somebody else may be at it by then.

    That is so after a restart of the database. Such a transaction raises DatabaseUnavailable.
    """

    def look(connection: Connection) -> None:
        if holder.closed:  # by ourselves
            return
        try:
            holder.connection.cursor().execute("select 1")
        except psycopg2.Error:
            raise DatabaseUnavailable(
                "The database was restarted, or cut us off, while this run was at work. "
                "What it has is kept; the next run goes on from there."
            ) from None

    event.listen(engine, "begin", look)


@contextmanager
def collecting(engine: Engine, campaign_name: str, platform: str) -> Iterator[None]:
    """Be the only one who loads this campaign and platform. Raises AlreadyRunning within seconds; never queues."""
    with _alone(
        engine,
        key("collecting", campaign_name, platform),
        f"Somebody else is loading {platform} for the campaign {campaign_name} right now. "
        "Wait until that run is done (`rollcall status` shows it), then start again.",
    ):
        yield


@contextmanager
def building(engine: Engine, *, patience: float = NOTICED_WITHIN, tell: Tell = silent) -> Iterator[None]:
    """Be the only one who builds the published tables. Raises AlreadyRunning after `patience` seconds.

    `tell`: is told once that the turn has not come yet.
    """
    with _alone(
        engine,
        key("building"),
        "Somebody else is building the published tables right now. "
        "Wait until that run is done (`rollcall status` shows it), then start again.",
        patience,
        tell,
    ):
        yield


@contextmanager
def restoring(engine: Engine) -> Iterator[None]:
    """Be the only one who restores a backup into this database. Raises AlreadyRunning within seconds."""
    with _alone(
        engine, key("restoring"), "Somebody else is restoring a backup into this database. Wait until that is done."
    ):
        yield


@contextmanager
def at_rest(engine: Engine) -> Iterator[None]:
    """Nothing lands and no roster is loaded meanwhile, so that what is built is built from one state.

    Waits for the transactions that are at it; those that come later wait in `wait_for_rest_to_end`.
    """
    holder = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    holder.detach()
    try:
        holder.execute(text("select pg_advisory_lock(:number)"), {"number": key("at rest")})
        yield
    finally:
        holder.close()


def wait_for_rest_to_end(connection: Connection) -> None:
    """For a transaction that writes what builds read: before all else, wait until no build is under way."""
    connection.execute(text("select pg_advisory_xact_lock_shared(:number)"), {"number": key("at rest")})


@contextmanager
def _alone(
    engine: Engine,
    number: int,
    sentence: str,
    patience: float = NOTICED_WITHIN,
    tell: Tell = silent,
) -> Iterator[None]:
    began, is_told = time.monotonic(), False
    while (holder := take(engine, number)) is None:
        waited = time.monotonic() - began
        if waited > patience:
            raise AlreadyRunning(sentence)
        if waited > NOTICED_WITHIN and not is_told:
            minutes = math.ceil(patience / 60)
            longest = "a minute" if minutes == 1 else f"{minutes} minutes"
            tell(f"Somebody else is at it. This waits for its turn, up to {longest}.")
            is_told = True
        time.sleep(LOOKS_EVERY if is_told else 0.1)
    try:
        yield
    finally:
        holder.close()
