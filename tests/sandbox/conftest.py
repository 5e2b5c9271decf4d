"""The small world that ships, on the wire; each test sets its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import server
from sandbox.world import World, load

WORLD = Path(server.__file__).parent / "worlds" / "lanterns"


@pytest.fixture(scope="session")
def world() -> World:
    return load(WORLD)


@pytest.fixture
def sandbox(world: World) -> Iterator[server.Sandbox]:
    with server.serve(world) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def campaign() -> World:
    """The reference campaign's world."""
    return load(WORLD.parent / "itp28")
