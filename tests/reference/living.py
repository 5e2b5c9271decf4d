"""A simulated campaign, lived through by a team, and copies of the warehouse that it filled."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from flows import campaign_file
from flows.settings import CREDENTIALS, Settings
from flows.steps.demo_team import Team
from sandbox import server
from sandbox.world import World
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
        team.live_through(weekly=False)
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
