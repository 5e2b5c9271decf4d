"""Worlds that are built once; every test reads them or copies them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from tests.dbt import world as world_rows
from warehouse import transform as transforming
from warehouse.checks import Check
from warehouse.engine import connect, create_database, drop_database
from warehouse.publish import PUBLISHED
from warehouse.transform import transform

AS_OF = datetime(2026, 3, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A database with a built campaign in it."""

    url: str
    engine: Engine
    run_id: uuid.UUID
    checks: list[Check]

    def rows(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), given)]


Build = Callable[..., Built]


@contextmanager
def unchecked() -> Iterator[None]:
    """dbt's own tests, nearly half of a build's time, are left out: for tests that look at rows."""
    run_dbt = transforming.run_dbt
    with pytest.MonkeyPatch.context() as patch:
        without = ("--exclude-resource-type", "test")
        patch.setattr(transforming, "run_dbt", lambda command, *more: run_dbt([*command, *without], *more))
        yield


@pytest.fixture(scope="session")
def target_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def build(server_url: str, template: str, target_dir: Path) -> Iterator[Build]:
    """Fills a fresh database with a world and builds it; all of them are dropped at the end."""
    made: list[Built] = []

    def fill_and_build(put: Callable[[Connection], None], campaign_name: str, *, checked: bool = False) -> Built:
        url = create_database(server_url, f"rollcall_dbt_{uuid.uuid4().hex[:12]}", template=template)
        engine, run_id = connect(url), uuid.uuid4()
        with engine.begin() as connection:
            put(connection)
        with nullcontext() if checked else unchecked():
            checks = transform(url, campaign_name, run_id, AS_OF, target_dir)
        made.append(Built(url=url, engine=engine, run_id=run_id, checks=checks))
        return made[-1]

    yield fill_and_build
    for built in made:
        built.engine.dispose()
        drop_database(server_url, str(built.engine.url.database))


@pytest.fixture(scope="session")
def world(build: Build) -> Built:
    """The world of tests/dbt/world.py, built. Read it only; change a copy."""
    return build(world_rows.put, world_rows.NAME, checked=True)


@pytest.fixture
def copy(world: Built, server_url: str) -> Iterator[Built]:
    """A copy of the built world that a test may change."""
    world.engine.dispose()  # a database with a session in it cannot be copied
    url = create_database(
        server_url, name := f"rollcall_dbt_{uuid.uuid4().hex[:12]}", template=world.engine.url.database
    )
    engine = connect(url)
    yield replace(world, url=url, engine=engine)
    engine.dispose()
    drop_database(server_url, name)


def published(built: Built) -> dict[str, list[str]]:
    """Every row of every published table, and the publications."""
    tables = [*(f"{schema}.{table}" for schema, table in PUBLISHED), "metrics.publication"]
    return {table: sorted(str(row) for (row,) in built.rows(f"select t::text from {table} as t")) for table in tables}
