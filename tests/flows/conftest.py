"""A team at work: the simulated platforms of a small world, a warehouse of its own, its campaign file and settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.transport import Patience
from flows import campaign_file
from flows.settings import CREDENTIALS, Settings
from flows.steps import roster
from sandbox import server
from sandbox.papers import roster_csv
from sandbox.world import load
from warehouse.campaign import Campaign

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

WORLD = Path(server.__file__).parent / "worlds" / "lanterns"
QUICK = Patience(connect_timeout=2, read_timeout=2, request_deadline=4, tries=3, longest_wait=5, total_wait=20)


@pytest.fixture
def servers() -> Iterator[server.Sandbox]:
    """The simulated platforms; their clock stands at the last day on which a collection is planned."""
    world = load(WORLD)
    with server.serve(world) as sandbox:
        sandbox.clock.set(world.collections()[-1])
        yield sandbox


@pytest.fixture
def settings(servers: server.Sandbox, database_url: str, tmp_path: Path) -> Settings:
    """The team's settings: the test's database, the simulated platforms' credentials, little patience."""
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / f"{servers.world.name}.toml").write_text(servers.campaign_toml(), "utf-8")
    given = servers.world.credentials()
    return Settings(
        home=tmp_path / "home",
        database_url=database_url,
        campaign_folders=(folder,),
        credentials={p: {k: given[v] for k, v in names.items() if v in given} for p, names in CREDENTIALS.items()},
        patience=QUICK,
    )


@pytest.fixture
def campaign(settings: Settings) -> Campaign:
    return campaign_file.find(settings)


@pytest.fixture
def with_roster(settings: Settings, campaign: Campaign, servers: server.Sandbox, tmp_path: Path) -> None:
    """The world's people, on the roster."""
    path = tmp_path / "roster.csv"
    path.write_text(roster_csv(servers.world), encoding="utf-8")
    roster.load(settings, path, campaign, clock=lambda: campaign.opens_at)


@pytest.fixture
def prefect() -> Iterator[SyncPrefectClient]:
    """A Prefect server of its own, without anything on it."""
    from prefect.client.orchestration import get_client
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120), get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def in_midweek(servers: server.Sandbox) -> server.Sandbox:
    """The same platforms on the campaign's fourth day, when X still shows everything."""
    servers.clock.set(servers.world.collections()[0] + timedelta(days=3))
    return servers
