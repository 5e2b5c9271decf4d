"""A PostgreSQL of our own under ROLLCALL_HOME, started on demand: a private unix socket, no network at all.

home/postgres/   data · log · socket · start.lock (two commands that start at once take turns)
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from warehouse.embedded import liveness
from warehouse.embedded.cluster import Cluster
from warehouse.engine import create_database
from warehouse.errors import DatabaseUnavailable

DATABASE = "rollcall"


def start(home: Path, *, durable: bool = True) -> str:
    """The URL of the database `rollcall`; its server is running when this returns. Not durable: tests, the demo."""
    cluster = Cluster.of(home)
    url = cluster.url(DATABASE)
    if cluster.exists() and cluster.has_sockets() and _trouble(url) is None:
        return url
    with _alone(cluster):
        if not cluster.exists():
            cluster.create(durable=durable)
        if not _answers_soon(cluster):
            cluster.make_sockets()
            liveness.bury(cluster.data, cluster.socket_lock)
            cluster.launch(durable=durable)
        _ensure_database(cluster)
    return url


def running(home: Path) -> str | None:
    """The URL of the database `rollcall` if its server answers; starts nothing."""
    cluster = Cluster.of(home)
    url = cluster.url(DATABASE)
    return url if cluster.exists() and cluster.has_sockets() and _trouble(url) is None else None


def stop(home: Path) -> None:
    """Stops the server after its open transactions were rolled back; one that does not run is fine."""
    cluster = Cluster.of(home)
    if cluster.exists():
        with _alone(cluster):
            liveness.end(cluster.data)
            cluster.tidy()


def _answers_soon(cluster: Cluster) -> bool:
    """Whether a server is there; one that is still starting or stopping is waited for."""
    trouble: str | None = "it is starting"
    for process in liveness.while_alive(cluster.data):
        if cluster.has_sockets() and (trouble := _trouble(cluster.url("postgres"))) is None:
            return True
        liveness.hasten(cluster.data, process)
    if (left := liveness.postmaster(cluster.data)) is None:
        return False
    raise DatabaseUnavailable(
        f"The embedded PostgreSQL in {cluster.folder} runs (process {left.pid}) but does not answer: {trouble}. "
        "End that process and try again; nothing committed is lost."
    )


def _ensure_database(cluster: Cluster) -> None:
    url = cluster.url("postgres")
    with closing(psycopg2.connect(url)) as session, session.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
        missing = cursor.fetchone() is None
    if missing:
        create_database(url, DATABASE)


def _trouble(url: str) -> str | None:
    """Why nothing can be asked there, or None."""
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.OperationalError as error:
        return str(error).strip().rpartition("\n")[2].strip()
    return None


@contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    try:
        cluster.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(cluster.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL cannot use the folder {cluster.folder}: {error.strerror}. "
            "Set ROLLCALL_HOME to a folder of your own."
        ) from None
    with os.fdopen(lock):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
