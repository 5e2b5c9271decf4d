"""Another world in the same form: another month with a change of clocks, other platforms, other quotas."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.steps.demo import published
from sandbox.truth import DECISIONS, asks_people
from sandbox.world import load
from tests.reference.living import Warehouse, copied, living_in

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

WORLDS = sorted((Path(__file__).parent / "worlds").iterdir())


@pytest.mark.full
@pytest.mark.parametrize("folder", WORLDS, ids=lambda folder: folder.name)
def test_its_truth_is_met_too(folder: Path, server_url: str, tmp_path: Path) -> None:
    """Before and after the decisions, every number of every table."""
    world = load(folder)
    assert asks_people(world)
    with living_in(world, server_url, tmp_path) as (team, name), copied(team, name, server_url) as warehouse:
        assert _differences(warehouse, ()) == []
        warehouse.decide(DECISIONS)
        assert _differences(warehouse, DECISIONS) == []


def _differences(warehouse: Warehouse, decided: tuple[str, ...] | frozenset[str]) -> list[str]:
    (headline,) = warehouse.rows("select to_jsonb(h) from metrics.metric_headline as h")
    return published(warehouse.team, headline[0], decided).differences
