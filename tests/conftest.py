"""The tests' PostgreSQL: an embedded one in a temporary folder, or the server of ROLLCALL_TEST_DATABASE_URL.

The schema is migrated once into a template; every test that asks for a database gets a fresh copy of it.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings
from sqlalchemy import Engine
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from warehouse import embedded, transform
from warehouse.engine import connect, create_database, drop_database
from warehouse.migrate import migrate

PREFIX = "rollcall-tests-"
PRISTINE = transform.PROJECT

for name in [name for name in os.environ if name.startswith("ROLLCALL_") and not name.startswith("ROLLCALL_TEST_")]:
    del os.environ[name]  # no test may touch the warehouse, the credentials or the home of the person who runs it


settings.register_profile("rollcall", deadline=None)  # a busy computer is no failure
settings.load_profile("rollcall")

LONGEST_FIRST = ("tests/reference", "tests/flows")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Once, before the workers begin: two that sweep at a time find each other's folders half gone."""
    if not hasattr(session.config, "workerinput"):
        _sweep()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker waits at the end."""
    items.sort(key=lambda item: next((n for n, part in enumerate(LONGEST_FIRST) if item.nodeid.startswith(part)), 9))


class FilesTogether(LoadScopeScheduling):
    """A file's tests stay on one worker, and so does the one campaign that all of tests/reference looks at."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/reference" if nodeid.startswith("tests/reference") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether:
    return FilesTogether(config, log)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A database of the tests' server; use it only to create and drop others."""
    if url := os.environ.get("ROLLCALL_TEST_DATABASE_URL"):
        yield url
        return
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    yield embedded.start(home, durable=False)
    embedded.stop(home)
    shutil.rmtree(home)


@pytest.fixture(scope="session", autouse=True)
def dbt_reads_its_project_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """That takes dbt ten seconds in a new folder, and each test has a home of its own; so what it read is handed on."""
    kept, read = tmp_path_factory.mktemp("read") / "partial_parse.msgpack", transform._read_project

    def handed_on(url: str, target_dir: Path) -> Any:
        here = target_dir / kept.name
        if transform.PROJECT != PRISTINE:
            return read(url, target_dir)
        if kept.exists() and not here.exists():
            target_dir.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, here)
        project = read(url, target_dir)
        if not kept.exists():
            shutil.copyfile(here, kept)
        return project

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "_read_project", handed_on)
        yield


@pytest.fixture(scope="session", autouse=True)
def dbt_forgets_its_runs() -> Iterator[None]:
    """Each run in a process makes a list of dbt's longer, and looks through the whole stack for each of its entries:
    a worker of these tests does hundreds of runs, of which the last would take seconds only for that."""
    invoke = transform._invoke

    def afterwards_as_before(*arguments: Any, **other: Any) -> Any:
        try:
            return invoke(*arguments, **other)
        finally:
            from dbt.adapters.base.impl import DEFAULT_BASE_BEHAVIOR_FLAGS as FLAGS

            FLAGS[:] = {flag["name"]: flag for flag in FLAGS}.values()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "_invoke", afterwards_as_before)
        yield


@pytest.fixture(autouse=True)
def everything_is_logged() -> None:
    """A run of a flow sets the levels of our loggers for its whole process: no test inherits those of another."""
    for name in ("connectors", "flows", "reports", "warehouse"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a migrated database to copy."""
    name = f"rollcall_template_{uuid.uuid4().hex[:12]}"
    engine = connect(create_database(server_url, name))
    migrate(engine)
    engine.dispose()
    yield name
    drop_database(server_url, name)


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """A fresh, migrated database, dropped after the test."""
    name = f"rollcall_test_{uuid.uuid4().hex[:12]}"
    yield create_database(server_url, name, template=template)
    drop_database(server_url, name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


def _sweep() -> None:
    """Stops and removes the servers of test runs that were killed."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if home.stat().st_uid == os.getuid() and not psutil.pid_exists(int(home.name.split("-")[2])):
            embedded.stop(home)
            shutil.rmtree(home, ignore_errors=True)  # another run may be sweeping too
