"""The world on the wire: one HTTP server per place on 127.0.0.1, driven by the simulated clock."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox import pictures
from sandbox.clock import Clock
from sandbox.exchange import Answer, Asked, Place
from sandbox.faults import Fault, Faults
from sandbox.limits import Windows
from sandbox.papers import campaign_toml
from sandbox.spoil import spoiled
from sandbox.world import World
from sandbox.x_meter import Meter

PLATFORMS = ("mastodon", "wordpress", "x", "bluesky", "instagram", "facebook", "threads", "youtube")
"""Each is a module here: `places(world, windows)`, one per server; `options(world, urls)`, for the campaign file."""
LONGEST_HANG = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line of the log. Credentials are not kept, only whether there were any."""

    place: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    at: datetime
    status: int
    fault: str | None
    credential: bool
    user_agent: str


@dataclass(kw_only=True)
class Sandbox:
    world: World
    clock: Clock
    faults: Faults = field(default_factory=Faults)
    windows: Windows = field(default_factory=Windows)
    """Rate limits used so far."""
    meters: Mapping[str, Meter] = field(default_factory=dict)
    """Place -> what it has charged, for the places that cost money."""
    requests: list[Request] = field(default_factory=list)
    pictures: Mapping[int, str] = field(default_factory=dict)
    """Name -> key of all that can be seen (`sandbox.pictures`)."""
    looked_at: list[str] = field(default_factory=list)
    """The paths of pictures that were asked for; these requests are in no other log, and meet no faults."""
    base_urls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    """Place -> its base URL."""
    elsewhere: str = ""
    """Another host, where redirects lead; it answers everything with a page to sign in."""
    closing: threading.Event = field(default_factory=threading.Event)

    def asked(self, place: str) -> list[Request]:
        return [request for request in self.requests if request.place == place or request.place.startswith(place + "/")]

    def forget(self) -> None:
        """No faults, an empty log, rate limits and bills as if nobody had asked anything."""
        self.faults.clear()
        self.requests.clear()
        self.looked_at.clear()
        self.windows.clear()
        for meter in self.meters.values():
            meter.clear()

    def campaign_toml(self) -> str:
        return campaign_toml(self.world, self.base_urls)


@dataclass
class Elsewhere:
    """A host that nobody should talk to."""

    name = "elsewhere"
    platform = "elsewhere"

    def answer(self, asked: Asked, now: datetime) -> Answer:
        page = b"<!DOCTYPE html><html><body><form>Please sign in.</form></body></html>"
        return Answer(body=page, headers=(("Content-Type", "text/html; charset=utf-8"),))

    def refusal(self, status: int, code: str = "") -> Answer:
        return Answer(status=status)

    def records(self, document: Any) -> list[Any]:
        return []

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        return answer


@contextmanager
def serve(world: World, *, ports: Sequence[int] = ()) -> Iterator[Sandbox]:
    """Serve every place of a world until the block ends. The clock stands at the world's first moment."""
    start = datetime.combine(world.starts_on, datetime.min.time(), UTC) - timedelta(days=1)
    sandbox = Sandbox(world=world, clock=Clock(start), pictures=pictures.shown(world))
    lived_in = [name for name in PLATFORMS if world.places(name)]
    places: list[Place] = []
    for name in lived_in:
        places += importlib.import_module(f"sandbox.{name}").places(world, sandbox.windows)
    sandbox.meters = {place.name: place.meter for place in places if hasattr(place, "meter")}
    with ExitStack() as stack:
        wanted = [*ports, *([0] * (len(places) - len(ports)))]
        sandbox.urls = {
            place.name: stack.enter_context(_listening(sandbox, place, port))
            for place, port in zip(places, wanted, strict=False)
        }
        sandbox.elsewhere = stack.enter_context(_listening(sandbox, Elsewhere(), 0)).replace("127.0.0.1", "localhost")
        sandbox.base_urls = {
            name: tuple(sandbox.urls[place.name] for place in places if place.platform == name) for name in lived_in
        }
        stack.callback(sandbox.closing.set)
        yield sandbox


@contextmanager
def _listening(sandbox: Sandbox, place: Place, port: int) -> Iterator[str]:
    handler = type("Handler", (Handler,), {"sandbox": sandbox, "place": place})
    with listening(handler, port) as url:
        yield url


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], port: int) -> Iterator[str]:
    """A server on a thread of its own, for as long as the block lasts."""
    server = Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up in the middle are no news."""


class Handler(BaseHTTPRequestHandler):
    sandbox: Sandbox
    place: Place
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        sandbox, now, asked = self.sandbox, self.sandbox.clock.now(), self._asked()
        if picture := pictures.answered(asked.path, self.place.platform, sandbox.world.seed, sandbox.pictures):
            sandbox.looked_at.append(asked.path)
            self._send(picture, now)
            return
        fault = sandbox.faults.next(self.place.name)
        answer = spoiled(fault, self.place, asked, now, sandbox.elsewhere) if fault else self.place.answer(asked, now)
        answer = pictures.at_home(answer, asked.base)
        sandbox.requests.append(self._logged(asked, answer, fault, now))
        match fault.kind if fault else "":
            case "hang":
                sandbox.closing.wait(LONGEST_HANG)
                self.close_connection = True
            case "drop":
                self.close_connection = True
            case "drip":
                self._drip(answer, now)
            case "truncated":
                self._half(answer, now)
            case _:
                self._send(answer, now)

    do_POST = do_GET

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        query = {name: tuple(values) for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        base, body = f"http://{headers.get('host', '')}", self.rfile.read(int(headers.get("content-length", 0)))
        return Asked(base=base, path=parts.path, query=query, headers=headers, method=self.command, body=body)

    def _logged(self, asked: Asked, answer: Answer, fault: Fault | None, now: datetime) -> Request:
        return Request(
            place=self.place.name,
            path=asked.path,
            query=asked.query,
            at=now,
            status=answer.status,
            fault=fault.kind if fault else None,
            credential=bool({"authorization", "x-goog-api-key"} & asked.headers.keys()),
            user_agent=asked.headers.get("user-agent", ""),
        )

    def _head(self, answer: Answer, now: datetime, *more: tuple[str, str]) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", format_datetime(now.astimezone(UTC), usegmt=True))
        for name, value in (*answer.headers, *more):
            self.send_header(name, value)
        self.end_headers()

    def _send(self, answer: Answer, now: datetime) -> None:
        self._head(answer, now, ("Content-Length", str(len(answer.body))))
        self.wfile.write(answer.body)
        self.wfile.flush()

    def _half(self, answer: Answer, now: datetime) -> None:
        """HTTP/1.0's way: the body ends where the connection does."""
        self._head(answer, now, ("Connection", "close"))
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.wfile.flush()
        self.close_connection = True

    def _drip(self, answer: Answer, now: datetime) -> None:
        self._head(answer, now, ("Content-Length", str(len(answer.body))))
        for byte in answer.body:
            self.wfile.write(bytes((byte,)))
            self.wfile.flush()
            if self.sandbox.closing.wait(1.0):
                break
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """The sandbox keeps its own log."""
