"""What `rollcall serve` does when a part of it ends by itself, when it is told to stop, and each minute.

`python -m prefect` is here a small server that ends as often as the test says, so that nobody waits for the real one.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from flows import household, serve
from flows.errors import ConfigurationError
from flows.household import Household
from flows.settings import Settings
from flows.stop import Stop
from tests.flows.serving import eventually

PREFECT = """
import http.server, os, pathlib, sys

starts = pathlib.Path(os.environ["STARTS"])
number = starts.stat().st_size
with starts.open("a") as file:
    file.write("x")
if 0 < number <= int(os.environ["ENDS"]):
    sys.exit("there is no database")

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

server = http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Health)
server.handle_request() if number == 0 else server.serve_forever()
"""


class Home:
    """A household whose server answers once, and then ends; it ends so many times more as it starts."""

    def __init__(self, folder: Path, household: Household) -> None:
        self.starts, self.household, self.said = folder / "starts", household, list[str]()
        self.stopped = Stop()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, ends: int) -> None:
        given = {"PYTHONPATH": str(self.starts.parent), "STARTS": str(self.starts), "PORT": str(self.port)}
        server = self.household.start("server", ("server", "start"), {**given, "ENDS": str(ends)})
        assert serve._comes_up(self.url, server, self.stopped)

    def watch(self, **chores: Callable[[], object]) -> None:
        settings = Settings(home=self.starts.parent)
        serve._watch(settings, self.url, self.household, self.stopped, self.said.append, chores)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setattr(household, "PAUSES", (0.0, 0.1, 0.1))
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "__init__.py").touch()
    (tmp_path / "prefect" / "__main__.py").write_text(PREFECT)
    (tmp_path / "starts").touch()
    with Household(tmp_path) as processes:
        yield Home(tmp_path, processes)


def test_a_server_that_dies_twice_as_it_starts_is_started_a_third_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the database of Prefect is restarted; meanwhile plans follow their files, and a trouble is told once."""
    monkeypatch.setattr(serve, "CHORES_EVERY", 0.1)
    monkeypatch.setattr(serve, "_sweep", lambda *given: None)
    looks = []

    def follow() -> None:
        looks.append(1)
        raise ConfigurationError("The server is away.")

    home.start(ends=2)
    watching = threading.Thread(target=home.watch, kwargs={"follow": follow})
    watching.start()
    eventually(lambda: home.starts.stat().st_size == 4 and len(looks) > 1, 30)
    assert requests.get(home.url, timeout=5).ok
    home.stopped.set()
    watching.join(30)
    assert [line.startswith("Prefect's server ended by itself") for line in home.said].count(True) == 3
    assert home.said.count("Could not follow: The server is away.") == 1


def test_a_server_that_ends_again_and_again_ends_serve(home: Home) -> None:
    """After three new starts, with pauses between them, the sentence names the file with its words."""
    home.start(ends=9)
    with pytest.raises(ConfigurationError, match=r"again and again. What it said is in .*server\.log"):
        home.watch()
    assert home.starts.stat().st_size == 4


def test_a_signal_breaks_off_the_pause(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a minute for a server that is not wanted any more."""
    monkeypatch.setattr(household, "PAUSES", (60.0,))
    home.start(ends=0)
    threading.Timer(1.5, home.stopped.set).start()
    home.watch()
    assert (home.starts.stat().st_size, home.said) == (1, [])


def test_what_cannot_be_said_any_more_stops_nothing() -> None:
    """A terminal that was closed takes no line; what is left to do is done all the same."""
    tried: list[str] = []

    def closed(line: str) -> None:
        tried.append(line)
        raise OSError(5, "Input/output error")

    serve._while_heard(closed)("Stopping …")
    assert tried == ["Stopping …"]
