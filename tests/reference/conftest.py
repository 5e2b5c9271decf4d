"""The reference campaign, lived through once; every test decides, breaks and builds in a copy of its warehouse."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from flows.steps.demo import REFERENCE
from flows.steps.demo_team import Team
from sandbox.world import World, load
from tests.reference.breaking import Workshop
from tests.reference.living import Warehouse, copied, living_in
from warehouse.engine import create_database, drop_database


@pytest.fixture(scope="session")
def reference() -> World:
    return load(REFERENCE)


@pytest.fixture(scope="session")
def lived(reference: World, server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Team, str]]:
    """The reference campaign as collected, built each week, undecided."""
    with living_in(reference, server_url, tmp_path_factory.mktemp("reference")) as team_and_name:
        yield team_and_name


@pytest.fixture
def undecided(lived: tuple[Team, str], server_url: str) -> Iterator[Warehouse]:
    """A copy of the reference campaign's warehouse, nothing decided."""
    with copied(*lived, server_url) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def decided_name(lived: tuple[Team, str], server_url: str) -> Iterator[str]:
    """The database in which everything is decided and published."""
    team, name = lived
    decided = create_database(server_url, copy := f"rollcall_decided_{uuid.uuid4().hex[:12]}", template=name)
    there = replace(team, settings=replace(team.settings, database_url=decided))
    there.decide({"author", "duplicate", "day"})
    there.publish()
    yield copy
    drop_database(server_url, copy)


@pytest.fixture
def decided(lived: tuple[Team, str], decided_name: str, server_url: str) -> Iterator[Warehouse]:
    """A copy of it in which everything is decided."""
    with copied(lived[0], decided_name, server_url) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def published(lived: tuple[Team, str], decided_name: str, server_url: str) -> Iterator[Warehouse]:
    """One such copy for all tests that only look."""
    with copied(lived[0], decided_name, server_url) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))
