"""The demo: a fictional campaign lived through day by day against simulated platforms, by the real code paths.

It has a home and an embedded PostgreSQL of its own, and nothing of it touches the real warehouse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows import campaign_file
from flows.alone import alone
from flows.errors import ConfigurationError
from flows.settings import CREDENTIALS, Settings
from flows.steps.compare import Beside, beside
from flows.steps.demo_team import Team, Tell
from flows.steps.report import report
from flows.steps.stopwatch import Stopwatch
from flows.steps.warehouse import open_warehouse
from sandbox import server
from sandbox.papers import by_hand
from sandbox.truth import DECISIONS, asks_people, truth
from sandbox.world import World, load
from warehouse import embedded
from warehouse.engine import create_database, drop_database

WORLDS = Path(server.__file__).parent / "worlds"
REFERENCE = WORLDS / "itp28"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One publication beside what was planted."""

    headline: Mapping[str, Any]
    numbers: Sequence[Beside]

    @property
    def differences(self) -> list[str]:
        """Where a published number is not what was planted; empty when all agree."""
        return [str(one) for one in self.numbers if one.published != one.planted]

    def as_json(self) -> dict[str, Any]:
        return {
            "headline": self.headline,
            "planted": {one.where[1]: one.planted for one in self.numbers if one.where[0] == "headline"},
            "numbers": len(self.numbers),
            "differences": self.differences,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    before: Published | None
    """Before anybody decided; None in a world where nobody is asked."""
    after: Published
    report: Path
    home: Path
    """The demo's own ROLLCALL_HOME."""
    seconds: float
    stages: Mapping[str, float]
    """Seconds by stage."""

    @property
    def agrees(self) -> bool:
        return not self.after.differences and not (self.before and self.before.differences)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.after.as_json(),
            "before_decisions": self.before.as_json() if self.before else None,
            "agrees": self.agrees,
            "report": str(self.report),
            "home": str(self.home),
            "seconds": round(self.seconds, 1),
            "stages": {stage: round(seconds, 1) for stage, seconds in self.stages.items()},
        }


def demo(settings: Settings, world_folder: Path | None = None, *, keep: bool = False, tell: Tell) -> DemoResult:
    """Live through a world, decide what people are asked, and return what was published beside what was planted."""
    watch = Stopwatch()
    world = _world(world_folder or REFERENCE)
    with staged(settings, world, watch, tell, keep=keep) as team:
        tell(f"[bold]{team.campaign.title}[/], {world.starts_on} to {world.ends_on}: {_places(team.servers)}")
        tell(f"{team.prepare()} people are on the roster.\n")
        built, before = team.live_through(), None
        if asks_people(world):
            before = published(team, built.headline, decided=())
            new = team.decide(DECISIONS)
            built = team.publish()
            tell(f"\n{new} decisions by somebody who knows the network, and published again.")
        after = published(team, built.headline)
        with watch.stage("writing the report"):
            path = report(team.settings, team.campaign)
        home = team.settings.home
    return DemoResult(before=before, after=after, report=path, home=home, seconds=watch.seconds, stages=watch.stages)


def published(team: Team, headline: Mapping[str, Any], decided: Collection[str] = DECISIONS) -> Published:
    """What the warehouse shows now beside what was planted, `decided` being answered."""
    engine = open_warehouse(team.settings)
    try:
        with team.watch.stage("comparing with the truth"):
            planted = truth(team.servers.world, frozenset(decided))
            return Published(headline=headline, numbers=beside(engine, team.campaign.name, planted))
    finally:
        engine.dispose()


@contextmanager
def staged(settings: Settings, world: World, watch: Stopwatch, tell: Tell, *, keep: bool = False) -> Iterator[Team]:
    """A team in a world that is served, with a home and an empty warehouse of its own below the settings' home."""
    with _own_warehouse(settings, keep, watch) as own, server.serve(world) as servers:
        own = _at_home_in(world, own)
        (own.campaign_folders[0] / f"{world.name}.toml").write_text(servers.campaign_toml(), "utf-8")
        campaign = campaign_file.find(own, world.name)
        yield Team(settings=own, campaign=campaign, servers=servers, tell=tell, watch=watch)


def _world(folder: Path) -> World:
    """What is wrong in a world, also that its plan contradicts its rules, is said before it is lived through."""
    try:
        world = load(folder)
        truth(world)
    except OSError as error:
        raise ConfigurationError(
            f"{folder} is no world: {error.filename} cannot be read. sandbox/README.md says what a world holds."
        ) from error
    except ValueError as error:
        raise ConfigurationError(f"{folder} cannot be lived through. {error}") from error
    return world


def _places(servers: server.Sandbox) -> str:
    """The platforms, with how many servers, and the closed group that clerks read."""
    served = [f"{name} ({len(urls)})" if len(urls) > 1 else name for name, urls in servers.base_urls.items()]
    entered = any(by_hand(post) for post in servers.world.posts.values())
    return ", ".join(served + ["facebook (as clerks wrote it down)"] * entered)


def _at_home_in(world: World, settings: Settings) -> Settings:
    """The settings of the demo's own team: its campaign folder and the keys that the simulated platforms gave out."""
    folder = settings.home / "campaigns"
    folder.mkdir(parents=True, exist_ok=True)
    given = world.credentials()
    keys = {p: {key: given[env] for key, env in names.items() if env in given} for p, names in CREDENTIALS.items()}
    return replace(settings, campaign_folders=(folder,), credentials=keys, base_urls={})


@contextmanager
def _own_warehouse(settings: Settings, keep: bool, watch: Stopwatch) -> Iterator[Settings]:
    """A home and an empty embedded warehouse for the demo alone; the server stops at the end unless kept."""
    home = settings.home / "demo"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(home / "demo.lock", f"Another demo is at work in {home}. Wait until it is done, then start again."):
        try:
            with watch.stage("starting PostgreSQL"):
                url = embedded.start(home, durable=False)
                drop_database(url, embedded.DATABASE)
                create_database(url, embedded.DATABASE)
            yield replace(settings, home=home, database_url=None)
        finally:
            if not keep:
                embedded.stop(home)
