"""The demo: a fictional campaign lived through day by day against simulated platforms, by the real code paths.

It has a home and an embedded PostgreSQL of its own, and nothing of it touches the real warehouse.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows import campaign_file
from flows.alone import alone
from flows.errors import ConfigurationError
from flows.settings import CREDENTIALS, Settings
from flows.steps import roster
from flows.steps.build import BuildResult, build
from flows.steps.collect import collect
from flows.steps.compare import differences
from flows.steps.daily import refresh
from flows.steps.imports import import_files
from flows.steps.report import report
from flows.steps.results import RunResult
from flows.steps.warehouse import open_warehouse
from sandbox import server
from sandbox.papers import hand_csv, roster_csv
from sandbox.truth import truth
from sandbox.world import World, load
from warehouse import embedded
from warehouse.campaign import Campaign
from warehouse.engine import create_database, drop_database

WORLDS = Path(server.__file__).parent / "worlds"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    headline: dict[str, Any]
    differences: list[str]
    """Where a published number is not what was planted; empty when all agree."""
    report: Path
    home: Path
    """The demo's own ROLLCALL_HOME."""
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return {
            "headline": self.headline,
            "differences": self.differences,
            "report": str(self.report),
            "home": str(self.home),
            "seconds": round(self.seconds, 1),
        }


def demo(settings: Settings, world_folder: Path | None = None, *, keep: bool = False, tell: Tell) -> DemoResult:
    """Live through a world and return its headline, compared with what the simulator planted."""
    began = time.monotonic()
    world = _world(world_folder or WORLDS / "lanterns")
    with _own_warehouse(settings, keep) as demo_settings, server.serve(world) as servers:
        demo_settings = _at_home_in(world, demo_settings)
        (demo_settings.campaign_folders[0] / f"{world.name}.toml").write_text(servers.campaign_toml(), "utf-8")
        campaign = campaign_file.find(demo_settings, world.name)
        tell(f"[bold]{campaign.title}[/], {campaign.starts_on} to {campaign.ends_on}: {_places(servers)}")
        people = _written(demo_settings.home / "roster.csv", roster_csv(world))
        loaded = roster.load(demo_settings, people, campaign, clock=servers.clock.now)
        tell(f"{loaded.people} people are on the roster.\n")
        built = _live_through(demo_settings, campaign, servers, tell)
        path = report(demo_settings, campaign)
        engine = open_warehouse(demo_settings)
        unlike = differences(engine, campaign.name, truth(world))
        engine.dispose()
    return DemoResult(
        headline=built.headline,
        differences=unlike,
        report=path,
        home=demo_settings.home,
        seconds=time.monotonic() - began,
    )


def _world(folder: Path) -> World:
    try:
        return load(folder)
    except OSError as error:
        raise ConfigurationError(
            f"{folder} is no world: {error.filename} cannot be read. sandbox/README.md says what a world holds."
        ) from error


def _live_through(settings: Settings, campaign: Campaign, servers: server.Sandbox, tell: Tell) -> BuildResult:
    """A collection for each simulated day, a publication at least each week and after the last."""
    world, clock = servers.world, servers.clock
    days = world.collections()
    built: BuildResult | None = None
    for moment in days:
        clock.set(moment)
        sheet = _written(settings.home / "seen-by-hand.csv", hand_csv(world, moment))
        by_hand = import_files(settings, campaign, [sheet], form="hand", clock=clock.now)
        collected = collect(settings, campaign, clock=clock.now, sleep=clock.advance)
        refresh(settings, campaign, clock=clock.now, sleep=clock.advance)
        line = f"{moment:%a %d %b}  {_new(collected, by_hand):3d} new posts"
        if moment in world.publications():
            collect(settings, campaign, stream="interactions", clock=clock.now, sleep=clock.advance)
            clock.set(max(clock.now(), moment))
            built = build(settings, campaign, clock=clock.now)
            line += f"   [dim]published: {built.headline['unique_posts']} unique posts so far[/]"
        tell(line)
    if built is None:
        raise ValueError(f"The world {world.name} has no day to collect on; see [collection] in its world.toml.")
    return built


def _new(*results: RunResult) -> int:
    return sum(platform.counts["new"] for result in results for platform in result.platforms.values())


def _places(servers: server.Sandbox) -> str:
    return ", ".join(f"{name} ({len(urls)})" if len(urls) > 1 else name for name, urls in servers.base_urls.items())


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _at_home_in(world: World, settings: Settings) -> Settings:
    """The settings of the demo's own team: its campaign folder and the keys that the simulated platforms gave out."""
    folder = settings.home / "campaigns"
    folder.mkdir(parents=True, exist_ok=True)
    given = world.credentials()
    keys = {p: {key: given[env] for key, env in names.items() if env in given} for p, names in CREDENTIALS.items()}
    return replace(settings, campaign_folders=(folder,), credentials=keys, base_urls={})


@contextmanager
def _own_warehouse(settings: Settings, keep: bool) -> Iterator[Settings]:
    """A home and an empty embedded warehouse for the demo alone; the server stops at the end unless kept."""
    home = settings.home / "demo"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(home / "demo.lock", f"Another demo is at work in {home}. Wait until it is done, then start again."):
        try:
            url = embedded.start(home)
            drop_database(url, embedded.DATABASE)
            create_database(url, embedded.DATABASE)
            yield replace(settings, home=home, database_url=None)
        finally:
            if not keep:
                embedded.stop(home)
