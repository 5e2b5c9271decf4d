"""What Prefect costs: a day's `daily` of the reference campaign as a plain function, as a flow, and by a worker.

`python -m benchmarks.bench_prefect`. The campaign is collected day by day; the run of its last day is then done again
and again in equal copies of the warehouse, each time in a new process: by `flows.steps.daily.daily`, by the flow with
a server running beside it, and by the worker of `rollcall serve`, as the page's button starts it. What a process needs
before it begins (imports; for the worker also that it notices the run) is told apart. Prints a table and writes JSON;
compare ratios, not seconds. X is left out: it shows a week only, and a flow knows no time but the real one.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flows import campaign_file
from flows.settings import Settings
from flows.steps.demo import REFERENCE, staged
from flows.steps.demo_team import Team
from flows.steps.stopwatch import Stopwatch
from sandbox.world import load
from warehouse import embedded
from warehouse.engine import create_database, drop_database

PLAIN, FLOW, WORKER = "the plain function", "the flow, a server beside it", "the flow, by the worker of rollcall serve"
DATABASE = "rollcall_bench_prefect"
ROOT = Path(__file__).parent.parent
Spent = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Bench:
    team: Team
    environment: dict[str, str]
    url: str
    """Of the warehouse as it is on the morning of the last day."""
    port: int

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def anew(self) -> None:
        """The warehouse of that morning, for one more run."""
        self.team.servers.forget()
        drop_database(self.url, DATABASE)
        create_database(self.url, DATABASE, template=embedded.DATABASE)

    def alone(self, way: str) -> Spent:
        """In a process of its own, which tells its seconds in the last line."""
        self.anew()
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_prefect", "--one", way],
            env=self.environment | {"PREFECT_API_URL": self.api_url},
            cwd=self.team.settings.home,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{way}: {done.stderr[-2000:]}")
        work = float(done.stdout.splitlines()[-1])
        return {"before": time.perf_counter() - began - work, "work": work}

    def by_worker(self) -> Spent:
        """From the press of the button to the first and the last moment of the run, by the server's own account."""
        from flows.deploy import connected

        self.anew()
        with connected(Settings.from_environment(self.environment), self.api_url) as client:
            plan = client.read_deployment_by_name(f"daily/daily-{self.team.campaign.name}")
            run = client.create_flow_run_from_deployment(plan.id)
            pressed = run.created
            while not (run.state and run.state.is_final()):
                time.sleep(0.2)
                run = client.read_flow_run(run.id)
        if not (run.state.is_completed() and pressed and run.start_time and run.end_time):
            raise RuntimeError(f"{WORKER}: {run.state.name}: {run.state.message}")
        return {
            "before": (run.start_time - pressed).total_seconds(),
            "work": (run.end_time - run.start_time).total_seconds(),
        }


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The campaign collected but for its last day, and `rollcall serve` beside it."""
    world = load(REFERENCE)
    with staged(Settings(home=folder), world, Stopwatch(), lambda line: None) as team:
        home = team.settings.home
        file = team.settings.campaign_folders[0] / f"{world.name}.toml"
        file.write_text(re.sub(r"\[platforms\.x\]\n(?:[^\[\n].*\n)*", "", file.read_text("utf-8")), "utf-8")
        team = replace(team, campaign=campaign_file.find(team.settings, world.name))
        team.prepare()
        *days, last = world.collections()
        for moment in days:
            team.servers.clock.set(moment)
            team.take_in(moment)
        team.publish()
        team.servers.clock.set(last)
        url = embedded.start(home, durable=False)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        given = Settings.from_environment().environment
        ours = {name: value for name, value in given.items() if not name.startswith(("ROLLCALL_", "PREFECT_"))}
        environment = Settings(home=home, environment=ours).child_environment(
            **world.credentials(),
            ROLLCALL_DATABASE_URL=create_database(url, DATABASE, template=embedded.DATABASE),
            PREFECT_HOME=str(home / "prefect"),
            PREFECT_LOGGING_EXTRA_LOGGERS="connectors,flows,reports,warehouse",
            PYTHONPATH=str(ROOT),
        )
        made = Bench(team=team, environment=environment, url=url, port=port)
        with serving(made):
            yield made


@contextmanager
def serving(made: Bench) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--port", str(made.port)],
        env=made.environment,
        cwd=made.team.settings.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    for line in process.stdout or ():
        said += line
        if line.startswith("Ready."):
            break
    else:
        raise RuntimeError(said)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)


def one(way: str) -> None:
    """Do the day's run in this process and print its seconds. Raises RuntimeError if it did not end well."""
    if way == FLOW:
        from flows.daily import daily as flow

        began = time.perf_counter()
        state: Any = flow("itp28", return_state=True)
        if not state.is_completed():
            raise RuntimeError(f"{state.name}: {state.message}")
    else:
        from flows.steps.daily import daily

        settings = Settings.from_environment()
        campaign = campaign_file.find(settings, "itp28")
        began = time.perf_counter()
        done = daily(settings, campaign)
        if done.state != "completed":
            raise RuntimeError(str({name: ended.error for name, ended in done.collected.platforms.items()}))
    sys.stdout.write(f"{time.perf_counter() - began}\n")


def show(rows: list[dict[str, Any]]) -> None:
    shown = Table(
        title="one day's `daily` of the reference campaign",
        caption="Before: imports; by the worker also noticing the run and starting its process.",
    )
    shown.add_column("", no_wrap=True)
    for name in ("before, s", "run, s", "run, ratio", "all, ratio"):
        shown.add_column(name, justify="right")
    for row in rows:
        seconds = (f"{row['before']:.1f}", f"{row['work']:.1f}")
        shown.add_row(row["way"], *seconds, f"{row['work_ratio']:.2f}", f"{row['whole_ratio']:.2f}")
    Console().print(shown)


def told(rounds: list[dict[str, Spent]]) -> list[dict[str, Any]]:
    """The medians of the rounds, and beside them the ratios to the plain function."""
    rows: list[dict[str, Any]] = []
    for way in (PLAIN, FLOW, WORKER):
        before, work = (statistics.median(one[way][part] for one in rounds) for part in ("before", "work"))
        base = rows[0] if rows else {"before": before, "work": work}
        whole = (before + work) / (base["before"] + base["work"])
        rows.append(
            {"way": way, "before": before, "work": work, "work_ratio": work / base["work"], "whole_ratio": whole}
        )
    return rows


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--one", help=argparse.SUPPRESS)
    asked.add_argument("--out", type=Path, default=Path("build/benchmarks/prefect.json"))
    given = asked.parse_args()
    if given.one:
        return one(given.one)
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder, bench(Path(folder)) as made:
        rounds = [
            {PLAIN: made.alone(PLAIN), FLOW: made.alone(FLOW), WORKER: made.by_worker()} for _ in range(given.rounds)
        ]
    rows = told(rounds)
    show(rows)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"rounds": rounds, "ways": rows}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
