"""How a whole build grows with the campaign (`python -m benchmarks.bench_build`).

10,000, 100,000 and 1,000,000 posts with five acts each (benchmarks/build_world.py), built and published as people build
them, each size in a database of its own on the embedded PostgreSQL. Told are the time per post of each stage and of the
slowest models, and its growth from the size before: 1 is linear, below 1 something that does not grow with the campaign
weighs more. Compare the growth, not the seconds. Prints tables and writes JSON; the databases are dropped.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import build_world
from flows.settings import Settings
from flows.steps import build as building
from warehouse import clustering, days, embedded, gate, publish, ties, transform
from warehouse.engine import connect, create_database, drop_database
from warehouse.migrate import migrate
from warehouse.people import matching

SIZES = (10_000, 100_000, 1_000_000)
SLOWEST = 25
WHOLE, DBT = "the whole build", "dbt"
STAGES: Mapping[str, tuple[ModuleType, str]] = {
    "matching people": (matching, "learn_owners"),
    "reading days": (days, "refresh"),
    "judging what came in": (gate, "judge"),
    "reading the dbt project": (transform, "_read_project"),
    DBT: (transform, "_stage"),
    "clustering": (clustering, "cluster"),
    "ties beside chance": (ties, "measure"),
    "questions": (building, "refresh"),
    "publishing": (publish, "publish"),
}


@dataclass
class Watch:
    """Seconds by stage and by model of dbt; what dbt does itself is the rest of its stage."""

    stages: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    models: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                self.stages[stage] += time.perf_counter() - began

        return run

    def listening(self, run_dbt: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            results = run_dbt(*given, **named)
            for result in results:
                kind = "" if result.node.resource_type == "model" else f"{result.node.resource_type} "
                self.models[f"{kind}{result.node.name}"] += result.execution_time
            return results

        return run


@contextmanager
def watched() -> Iterator[Watch]:
    """The stages of a build, each with a stopwatch around it while this lasts."""
    watch = Watch()
    before = {stage: getattr(module, name) for stage, (module, name) in STAGES.items()}
    run_dbt = transform.run_dbt
    for stage, (module, name) in STAGES.items():
        setattr(module, name, watch.timed(stage, before[stage]))
    transform.run_dbt = watch.listening(run_dbt)
    try:
        yield watch
    finally:
        for stage, (module, name) in STAGES.items():
            setattr(module, name, before[stage])
        transform.run_dbt = run_dbt


def measure(server_url: str, home: Path, posts: int) -> dict[str, Any]:
    """One build of a campaign of so many posts, in a database of its own. Raises RuntimeError if it counted nothing."""
    url = create_database(server_url, name := f"rollcall_bench_build_{posts}")
    engine = connect(url)
    try:
        migrate(engine)
        size = build_world.fill(engine, posts)
        engine.dispose()
        with watched() as watch:
            began = time.perf_counter()
            result = building.build(
                Settings(home=home, database_url=url), build_world.CAMPAIGN, clock=lambda: build_world.AS_OF
            )
            watch.stages[WHOLE] = time.perf_counter() - began
    finally:
        engine.dispose()
        drop_database(server_url, name)
    if result.headline["members"] != size["people"] or result.headline["unique_posts"] < posts / 3:
        raise RuntimeError(f"The build counted {result.headline}: the benchmark measures something else.")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**size, "unique_posts": result.headline["unique_posts"], "peak_mib": peak,
            "stages": dict(watch.stages), "models": dict(watch.models)}  # fmt: skip


def grown(rounds: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Per stage or model: seconds and microseconds a post at each size, and the growth from one size to the next."""
    told: list[dict[str, Any]] = []
    for what in rounds[-1][kind]:
        costs = [one[kind][what] / one["posts"] * 1e6 for one in rounds]
        told.append({
            "what": what,
            "seconds": [one[kind][what] for one in rounds],
            "us_per_post": costs,
            "growth": [after / before if before else None for before, after in pairwise(costs)],
        })  # fmt: skip
    return sorted(told, key=lambda row: -float(row["seconds"][-1]))


def show(rounds: list[dict[str, Any]], rows: list[dict[str, Any]], title: str) -> None:
    sizes = [f"{one['posts'] // 1000:,}k" for one in rounds]
    shown = Table(
        title=f"{title}: seconds, and growth a post",
        caption="A column for each number of posts, then for each step; 1.00: as much time a post as before.",
    )
    shown.add_column("", no_wrap=True)
    growth = (f"{before} → {after}" for before, after in pairwise(sizes))
    for name in (*sizes, *growth):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        shown.add_row(
            row["what"], *(f"{seconds:.1f}" for seconds in row["seconds"]),
            *("" if growth is None else f"{growth:.2f}" for growth in row["growth"]),
        )  # fmt: skip
    Console().print(shown)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--most", type=int, default=SIZES[-1], help="the largest number of posts")
    asked.add_argument("--out", type=Path, default=Path("build/benchmarks/build.json"))
    given = asked.parse_args()
    logging.disable(logging.INFO)  # what the libraries of the gate tell would stand between the tables
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        home = Path(folder)
        url = embedded.start(home)
        try:
            rounds = [measure(url, home, posts) for posts in SIZES if posts <= given.most]
        finally:
            embedded.stop(home)
    told = {kind: grown(rounds, kind) for kind in ("stages", "models")}
    show(rounds, told["stages"], "a build by stage")
    show(rounds, told["models"][:SLOWEST], "the slowest models, seeds and tests of dbt")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"rounds": rounds, **told}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
