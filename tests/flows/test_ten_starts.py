"""Ten starts of the same collection at a time: on terminals one reads each platform, and the others say why not; from
Prefect's page they take turns."""

import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending

from flows.deploy import connected
from flows.settings import Settings
from sandbox import server
from sandbox.world import load
from tests.flows.crew import PATIENT, Crew, asked, crew
from tests.flows.serving import WORLD, eventually
from warehouse.engine import create_database, drop_database

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

AT_ONCE = """
import sys
from flows.cli import app, main
from flows.steps import collect
print("ready", flush=True)
sys.stdin.readline()
main()
"""
BUSY = "Somebody else is loading {platform} for the campaign lanterns right now."


@pytest.fixture
def here(server_url: str, template: str, tmp_path: Path) -> Iterator[tuple[Crew, server.Sandbox]]:
    world = load(WORLD)
    name = f"rollcall_test_{uuid4().hex[:12]}"
    with server.serve(world) as servers:
        servers.clock.set(world.collections()[-1])
        url = create_database(server_url, name, template=template)
        here = crew(tmp_path, servers, ROLLCALL_DATABASE_URL=url, **PATIENT)
        yield here, servers
    drop_database(server_url, name)


def test_one_of_ten_runs_and_the_others_say_why_not(here: tuple[Crew, server.Sandbox]) -> None:
    """No deadlock, no wait: nine are told who is at it, and the tenth brings in everything."""
    crew_, servers = here
    refused_all = threading.Event()
    for place in ("mastodon", "wordpress"):
        servers.faults.plant(place, "bent", times=1, by=partial(_after, refused_all))
    command = [sys.executable, "-c", AT_ONCE, "collect", "--campaign", "lanterns"]
    given = {"cwd": crew_.folder, "env": crew_.environment, "text": True}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    starts = [subprocess.Popen(command, **given, **pipes) for _ in range(10)]
    for start in starts:
        assert start.stdout.readline() == "ready\n"
    for start in starts:
        start.stdin.write("\n")
        start.stdin.flush()
    url = crew_.environment["ROLLCALL_DATABASE_URL"]
    refusals = "select count(*) from core.run_platform where state = 'failed'"
    eventually(lambda: asked(url, refusals) == [(18,)], 240)
    refused_all.set()
    said = [" ".join("".join(start.communicate(timeout=240)).split()) for start in starts]
    for platform in ("mastodon", "wordpress"):
        refused = [BUSY.format(platform=platform) in text for text in said]
        assert refused.count(True) == 9, said
    assert all("deadlock" not in text for text in said)
    states = asked(url, "select platform, state, count(*) from core.run_platform group by 1, 2 order by 1, 2")
    assert states == [
        ("mastodon", "completed", 1),
        ("mastodon", "failed", 9),
        ("wordpress", "completed", 1),
        ("wordpress", "failed", 9),
    ]
    assert asked(url, "select count(*) from core.run where state in ('running', 'died')") == [(0,)]


def test_ten_runs_from_the_page_take_turns(here: tuple[Crew, server.Sandbox]) -> None:
    """Never two at work, although the worker would take ten; nine wait, their logs say for which run, and all end well.

    Prefect gives their state a name and no message of its own; whoever asks for the place is told the reason.
    """
    crew_, servers = here
    all_wait = threading.Event()
    servers.faults.plant("mastodon", "bent", times=1, by=partial(_after, all_wait))
    crew_.environment["PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS"] = "2"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        crew_.serve("--port", str(port), "--runs-at-once", "10")
        asks = partial(connected, Settings.from_environment(crew_.environment), f"http://127.0.0.1:{port}/api")
        ended = _ten_at_once(asks, all_wait)
    finally:
        all_wait.set()
        crew_.stop()
    assert [(run.state_name, run.state.message) for run in ended if run.state_name != "Completed"] == []
    for one, next_one in pairwise(sorted(ended, key=lambda run: run.start_time)):
        assert one.end_time <= next_one.start_time
    url = crew_.environment["ROLLCALL_DATABASE_URL"]
    read = "select platform, count(*), count(*) filter (where new > 0) from core.run_platform group by 1 order by 1"
    assert asked(url, read) == [("mastodon", 10, 1), ("wordpress", 10, 1)]
    ((items, new),) = asked(url, "select (select count(*) from core.item), sum(new) from core.run_platform")
    assert items == new > 0


def _ten_at_once(
    asks: Callable[[], AbstractContextManager[SyncPrefectClient]], all_wait: threading.Event
) -> list[FlowRun]:
    """Ten runs of `collect`, each at its end; the event is set once one is at work and nine wait for it."""
    together = threading.Barrier(10)

    def press(number: int) -> UUID:
        """As ten people do, each on a page of their own."""
        with asks() as prefect:
            plan = prefect.read_deployment_by_name("collect/collect-lanterns")
            together.wait(60)
            return prefect.create_flow_run_from_deployment(plan.id).id

    with ThreadPoolExecutor(10) as pool:
        ids = list(pool.map(press, range(10)))
    with asks() as prefect:

        def states() -> Counter[str | None]:
            return Counter(prefect.read_flow_run(one).state_name for one in ids)

        eventually(lambda: states() == {"Running": 1, "AwaitingConcurrencySlot": 9}, 120)
        waiting = next(one for one in ids if prefect.read_flow_run(one).state_name == "AwaitingConcurrencySlot")
        refused = prefect.set_flow_run_state(waiting, Pending())
        assert (refused.status.value, refused.details.reason) == ("REJECT", "Deployment concurrency limit reached.")
        (at_work,) = (run for one in ids if (run := prefect.read_flow_run(one)).state_name == "Running")
        why = f"Another run is at work: {at_work.name}. This run waits for it and begins by itself."
        nine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[one for one in ids if one != at_work.id]))

        def told() -> list[UUID | None]:
            return [line.flow_run_id for line in prefect.read_logs(nine) if line.message == why]

        eventually(lambda: len(told()) == 9, 150)
        assert len(set(told())) == 9
        all_wait.set()
        final = {"Completed", "Partial", "Failed", "Crashed", "Cancelled", "TimedOut"}
        eventually(lambda: states().keys() <= final, 400)
        return [prefect.read_flow_run(one) for one in ids]


def _after(event: threading.Event, place: Any, asked_: Any, now: Any) -> Any:
    """The platform's own answer, but not before the event."""
    event.wait(300)
    return place.answer(asked_, now)
