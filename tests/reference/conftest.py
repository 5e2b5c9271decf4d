"""The reference campaign, lived through once; every test decides, breaks and builds in a copy of its warehouse."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows import campaign_file
from flows.settings import CREDENTIALS, Settings
from flows.steps.demo import REFERENCE
from flows.steps.demo_team import Team
from sandbox import server
from sandbox.world import World, load
from warehouse.engine import connect, create_database, drop_database


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A copy of a warehouse in which a campaign was collected, and the team whose it is."""

    team: Team
    engine: Engine

    def headline(self) -> tuple[int, ...]:
        """Unique posts, members, fellows, countries, as published."""
        (row,) = self.rows("select unique_posts, members, fellows, countries from metrics.metric_headline")
        return row

    def rows(self, query: str, **given: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), given)]

    def change(self, statement: str, **given: Any) -> int:
        """Returns how many rows it changed."""
        with self.engine.begin() as connection:
            return connection.execute(text(statement), given).rowcount

    def decide(self, questions: Collection[str]) -> int:
        """Somebody who knows the network answers these; built and published again."""
        new = self.team.decide(questions) if questions else 0
        self.team.publish()
        return new


Copy = Callable[[], "Warehouse"]


@contextmanager
def living_in(world: World, server_url: str, home: Path) -> Iterator[tuple[Team, str]]:
    """A team that has lived through a world, and the name of its database, of which copies can be made."""
    with server.serve(world) as servers:
        name = f"rollcall_lived_{uuid.uuid4().hex[:12]}"
        folder = home / "campaigns"
        folder.mkdir(parents=True)
        (folder / f"{world.name}.toml").write_text(servers.campaign_toml(), "utf-8")
        given = world.credentials()
        settings = Settings(
            home=home,
            database_url=create_database(server_url, name),
            campaign_folders=(folder,),
            credentials={p: {k: given[v] for k, v in names.items() if v in given} for p, names in CREDENTIALS.items()},
        )
        team = Team(
            settings=settings,
            campaign=campaign_file.find(settings, world.name),
            servers=servers,
            tell=lambda line: None,
        )
        team.prepare()
        team.live_through()
        yield team, name
        drop_database(server_url, name)


@contextmanager
def copied(team: Team, name: str, server_url: str) -> Iterator[Warehouse]:
    """A copy that may be changed, with the same simulated platforms around it."""
    url = create_database(server_url, copy := f"rollcall_copy_{uuid.uuid4().hex[:12]}", template=name)
    engine = connect(url)
    yield Warehouse(team=replace(team, settings=replace(team.settings, database_url=url)), engine=engine)
    engine.dispose()
    drop_database(server_url, copy)


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
