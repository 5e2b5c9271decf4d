"""What the team of a simulated campaign does: collect, read files, ask who dealt with whom, publish, decide."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.settings import Settings
from flows.steps import review, roster
from flows.steps.build import BuildResult, build
from flows.steps.collect import collect
from flows.steps.daily import read_blog, refresh
from flows.steps.imports import import_files
from flows.steps.results import RunResult
from flows.steps.stopwatch import Stopwatch
from sandbox import desk, reviewer
from sandbox.papers import roster_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Team:
    settings: Settings
    campaign: Campaign
    servers: Sandbox
    tell: Tell
    watch: Stopwatch = field(default_factory=Stopwatch)
    imported: dict[str, str] = field(default_factory=dict)
    """Name of a file -> its text when it was imported last."""

    @property
    def _times(self) -> dict[str, Any]:
        return {"clock": self.servers.clock.now, "sleep": self.servers.clock.advance}

    def prepare(self) -> int:
        """Load the roster, and what people did before the campaign where the world has a baseline."""
        with self.watch.stage("roster"):
            path = _written(self.settings.home / "roster.csv", roster_csv(self.servers.world))
            loaded = roster.load(self.settings, path, self.campaign, clock=self.servers.clock.now)
        before = self.servers.world.baseline()
        if before:
            since, until = before
            self.servers.clock.set(until)
            with self.watch.stage("who dealt with whom"):
                collect(self.settings, self.campaign, since=since, until=until, stream="interactions", **self._times)
        return loaded.people

    def live_through(self, *, weekly: bool = True) -> BuildResult:
        """A collection for each simulated day, a publication at least each week and after the last, or only then."""
        world, built = self.servers.world, None
        publications = world.publications()
        for moment in world.collections():
            self.servers.clock.set(moment)
            line = f"{moment:%a %d %b}  {self.take_in(moment):4d} new"
            if moment in publications:
                self._ask_again()
                self._ask_who_dealt_with_whom()
                self._read_blog()
                self.servers.clock.set(max(self.servers.clock.now(), moment))
                if not weekly and moment < max(publications):
                    continue
                built = self.publish()
                line += f"   [dim]published: {built.headline['unique_posts']} unique posts so far[/]"
            self.tell(line)
        if built is None:
            raise ValueError(f"The world {world.name} has no day to collect on; see [collection] in its world.toml.")
        return built

    def publish(self) -> BuildResult:
        with self.watch.stage("building and publishing"):
            return build(self.settings, self.campaign, clock=self.servers.clock.now)

    def decide(self, questions: Collection[str]) -> int:
        """Somebody works through the review files; returns how many decisions were new."""
        folder = self.settings.home / "review"
        with self.watch.stage("deciding"):
            review.export(self.settings, self.campaign, folder)
            filled = reviewer.fill_in(self.servers.world, folder, questions)
            return review.import_decisions(
                self.settings, self.campaign, filled, by="the reviewer", clock=self.servers.clock.now
            ).new

    def take_in(self, moment: datetime) -> int:
        """What came by the platforms and by files; returns how many posts nobody had met."""
        results: list[RunResult] = []
        with self.watch.stage("importing files"):
            files = desk.files(self.servers.world, moment).items()
            changed = {name: text for name, text in files if self.imported.get(name) != text}
            paths = [_written(self.settings.home / name, text) for name, text in changed.items()]
            self.imported.update(changed)
            if paths:
                results.append(import_files(self.settings, self.campaign, paths, clock=self.servers.clock.now))
        with self.watch.stage("collecting"):
            results.append(collect(self.settings, self.campaign, **self._times))
        return sum(platform.counts["new"] for result in results for platform in result.platforms.values())

    def _ask_again(self) -> None:
        with self.watch.stage("asking again"):
            refresh(self.settings, self.campaign, **self._times)

    def _ask_who_dealt_with_whom(self) -> None:
        with self.watch.stage("who dealt with whom"):
            collect(self.settings, self.campaign, stream="interactions", **self._times)

    def _read_blog(self) -> None:
        with self.watch.stage("the programme's blog"):
            read_blog(self.settings, self.campaign, **self._times)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
