"""Landed and imported in another order, twice, or read again from raw: the same tables are published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from flows.settings import Settings
from sandbox import server
from sandbox.world import load
from tests.flows.order import differences_by_order, live_through, published
from warehouse.campaign import Campaign

WORLDS = Path(server.__file__).parent / "worlds"

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that judge and build
]


@pytest.fixture(params=["lanterns", "archipelago"])
def servers(request: pytest.FixtureRequest) -> Iterator[server.Sandbox]:
    with server.serve(load(WORLDS / request.param)) as sandbox:
        yield sandbox


@pytest.mark.usefixtures("with_roster")
def test_no_order_changes_what_is_published(
    settings: Settings, campaign: Campaign, servers: server.Sandbox, engine: Engine, tmp_path: Path
) -> None:
    """Every row of every table, but for when and by which run it was published."""
    sheets = live_through(settings, campaign, servers, tmp_path)
    found = differences_by_order(settings, campaign, servers, engine, sheets)
    assert published(engine)["marts.fct_posts"]
    assert found == {"read again": {}, "shuffled": {}, "imported again": {}}
