"""What the tests of Instagram ask, and whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from sandbox import server as small_world
from sandbox.world import World, load
from tests.connectors.instagram.answers import NOW


@pytest.fixture(scope="module")
def world() -> World:
    return load(Path(sandbox.__file__).parent / "worlds" / "archipelago")


@pytest.fixture
def isles(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[small_world.Sandbox]:
    """The islands' Instagram, with three posts to a page so that every list has several."""
    monkeypatch.setattr(small_world, "PLATFORMS", ("instagram",))
    monkeypatch.setitem(world.settings["instagram"][0], "largest_page", 3)
    with small_world.serve(world) as isles:
        isles.clock.set(NOW)
        yield isles
