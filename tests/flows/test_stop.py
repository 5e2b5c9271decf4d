"""Stopping `rollcall serve`: by Ctrl-C, SIGTERM, or by closing its terminal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from flows.stop import on_a_signal

WAITING = """
import os, time
from flows.stop import on_a_signal

with on_a_signal() as stop:
    print("ready", flush=True)
    while not stop.wait(5):
        pass
    end = time.monotonic() + 2
    while time.monotonic() < end:
        stop.wait(0)
    os._exit(0)
"""


@pytest.fixture
def hung_up() -> Iterator[None]:
    """SIGHUP ends no test."""
    before = signal.signal(signal.SIGHUP, lambda number, frame: None)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hung_up")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_stops_it_or_closes_its_terminal_stops_all(number: signal.Signals) -> None:
    """Else server and worker would go on with nobody watching."""
    with on_a_signal() as stopped:
        os.kill(os.getpid(), number)
        assert stopped.wait(5)


@pytest.mark.usefixtures("hung_up")
def test_under_nohup_a_closed_terminal_stops_nothing() -> None:
    """That is what people say nohup for."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with on_a_signal() as stopped:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stopped.wait(0.2)


def test_a_signal_at_any_moment_hangs_nothing() -> None:
    """Hundreds of them at least, most while the process is just beginning to wait."""
    sent = 0
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        while process.poll() is None and sent < 20_000:
            process.send_signal(signal.SIGTERM)
            sent += 1
            time.sleep(0.0002)
        assert process.wait(10) == 0
    assert sent > 100
