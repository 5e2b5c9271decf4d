"""Ten starts of the same collection at a time: each platform is read by one of them, and the others say why not."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

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


def _after(event: threading.Event, place: Any, asked_: Any, now: Any) -> Any:
    """The platform's own answer, but not before the event."""
    event.wait(300)
    return place.answer(asked_, now)
