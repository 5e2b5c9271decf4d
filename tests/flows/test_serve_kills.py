"""Server, worker and database killed in turn while `daily` runs under `rollcall serve`, as on a laptop.

Nobody does anything about it: what ended is started again, a run that died is run again, and in the end the warehouse
is what it would have been without the kill, row for row.
"""

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psutil
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.states import Running, Scheduled

from flows import orphans
from flows.alive import lock_of
from flows.deploy import connected
from flows.settings import Settings
from flows.steps.warehouse import open_warehouse
from sandbox import server
from sandbox.world import load
from tests.flows.crew import (
    Crew,
    asked,
    begin_anew,
    crew,
    load_what_people_keep,
    same_rows,
    settled,
    under_way,
)
from tests.flows.serving import WORLD, rows
from warehouse import embedded, ledger, locks
from warehouse.engine import connect, create_database

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@dataclass(frozen=True, kw_only=True)
class Laptop:
    """`rollcall serve` with its embedded database, and what `daily` leaves there if nobody disturbs it."""

    here: Crew
    servers: server.Sandbox
    api_url: str
    database_url: str
    calm: dict[str, list[str]]

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.here.environment)

    def process(self, who: str) -> psutil.Process:
        """The server's or the worker's, as serve started it; the database's first."""
        if who == "database":
            pid = (self.here.folder / "home" / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
            return psutil.Process(int(pid))
        children = psutil.Process(self.here.running[0].pid).children()
        return next(child for child in children if f"prefect --no-prompt {who} start" in " ".join(child.cmdline()))

    def run_process(self, run_id: object) -> psutil.Process:
        """Where the run is at work."""
        pid = asked(self.database_url, f"select pid from core.run where flow_run_id = '{run_id}' and verb = 'daily'")
        return psutil.Process(pid[0][0])


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    folder = tmp_path_factory.mktemp("laptop")
    world = load(WORLD)
    with server.serve(world) as servers, socket.socket() as probe:
        servers.clock.set(world.collections()[-1])
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        here = crew(folder, servers, ROLLCALL_READ_TIMEOUT="5")
        url = embedded.start(folder / "home", durable=False)
        open_warehouse(Settings.from_environment(here.environment)).dispose()
        load_what_people_keep(here, servers, url)
        create_database(url, "base", template="rollcall")
        quiet = create_database(url, "quiet", template="base")
        try:
            with here.meanwhile("daily", "--campaign", "lanterns", ROLLCALL_DATABASE_URL=quiet):
                here.serve("--port", str(port))
            yield Laptop(
                here=here, servers=servers, api_url=f"http://127.0.0.1:{port}/api", database_url=url, calm=rows(quiet)
            )
        finally:
            here.stop()
            embedded.stop(folder / "home")


KILLS = [
    (who, number)
    for who in ("server", "worker", "run", "database")
    for number in (signal.SIGTERM, signal.SIGKILL)
    if who != "run" or number == signal.SIGKILL
]


@pytest.mark.parametrize(("who", "number"), KILLS, ids=lambda given: getattr(given, "name", given))
def test_a_kill_in_mid_collection_leaves_no_trace(laptop: Laptop, who: str, number: signal.Signals) -> None:
    """Without anybody's help, or by the next run at the latest, the warehouse is as if nobody had been killed."""
    begin_anew(embedded.start(laptop.here.folder / "home"), "rollcall", "base")
    with connected(laptop.settings, laptop.api_url) as prefect:
        run = under_way(prefect, laptop.servers)
    victim = laptop.run_process(run.id) if who == "run" else laptop.process(who)
    victim.send_signal(number)
    laptop.servers.faults.clear()
    if who != "database" or number == signal.SIGKILL:
        victim.wait(60)
    ended = [one for one in settled(laptop.settings, laptop.api_url) if one.created >= run.created]
    assert len(ended) <= 2
    assert [one.state_name for one in ended[:-1]] == ["Crashed"] * (len(ended) - 1)
    if ended[-1].state_name != "Completed":
        assert who == "database", [(one.name, one.state) for one in ended]
        again = laptop.here.rollcall("daily", "--campaign", "lanterns")
        assert again.returncode == 0, again.stderr
    same_rows(embedded.start(laptop.here.folder / "home"), laptop.calm)
    assert laptop.here.running[0].poll() is None, laptop.here.say()
    if who in ("server", "worker"):
        assert laptop.process(who).pid != victim.pid
        assert f"Prefect's {who} ended by itself and was started again." in laptop.here.say()
    if who == "run":
        assert len(ended) == 2


def test_only_the_dead_are_buried(laptop: Laptop) -> None:
    """A run that holds its lock and one that may be starting stay as they are; a dead one is run again, once."""
    engine = connect(embedded.start(laptop.here.folder / "home"))
    with connected(laptop.settings, laptop.api_url) as prefect:
        lives, dead, starts = (running(prefect) for _ in range(3))
        holder = locks.take(engine, lock_of(lives))
        assert holder is not None
        ledger.begin(engine, "lanterns", "daily", lambda: datetime.now(UTC), flow_run_id=dead).life.close()
        assert states(prefect, lives, dead, starts) == ["Running", "Running", "Running"]
        for _ in range(2):
            orphans.sweep(prefect, engine, wait=lambda seconds: None)
        assert states(prefect, lives, dead, starts) == ["Running", "Crashed", "Running"]
        assert orphans.sweep(prefect, engine, wait=lambda seconds: True) == []
        orphans.sweep(prefect, engine, patience=timedelta(0), wait=lambda seconds: None)
        assert states(prefect, lives, dead, starts) == ["Running", "Crashed", "Crashed"]
        heirs = [run for run in prefect.read_flow_runs() if "again" in run.tags and _is_far(run)]
        assert {run.idempotency_key for run in heirs} == {f"again-{dead}", f"again-{starts}"}
        holder.close()
        for run_id in (lives, dead, starts, *(run.id for run in heirs)):
            prefect.delete_flow_run(run_id)
    engine.dispose()


def running(prefect: SyncPrefectClient) -> UUID:
    """A run that Prefect takes for one at work; it and its heir would begin tomorrow."""
    daily = prefect.read_deployment_by_name("daily/daily-lanterns")
    tomorrow = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1))
    run = prefect.create_flow_run_from_deployment(daily.id, state=tomorrow)
    prefect.set_flow_run_state(run.id, Running(), force=True)
    return run.id


def states(prefect: SyncPrefectClient, *runs: UUID) -> list[str | None]:
    return [prefect.read_flow_run(run).state_name for run in runs]


def _is_far(run: FlowRun) -> bool:
    return run.expected_start_time is not None and run.expected_start_time > datetime.now(UTC)
