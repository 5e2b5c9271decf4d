"""A server on loopback that answers as a test tells it: real HTTP, real sockets, real headers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, settings

from connectors.transport import Patience, Transport

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # a slow computer is not a defect


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass
class Answer:
    body: bytes = b"[]"
    status: int = 200
    headers: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    raw: Callable[[socket.socket], None] | None = None
    """Writes to the socket itself, for answers that no proper server gives."""


class ScriptedServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._script: list[Answer] = []
        self.answer: Callable[[Asked], Answer] = lambda asked: self._script[min(len(self.asked), len(self._script)) - 1]
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def says(
        self,
        body: bytes | str | object = b"[]",
        status: int = 200,
        headers: Mapping[str, str | tuple[str, ...]] | None = None,
        raw: Callable[[socket.socket], None] | None = None,
    ) -> None:
        """Add an answer to the script; answers come in turn, the last one for ever."""
        coded = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self._script.append(Answer(coded, status, dict(headers or {}), raw))

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers_in = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers_in.get("content-length", 0)))
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), parts.query, headers_in, self.command, body)
        self.server.asked.append(asked)
        answer = self.server.answer(asked)
        if answer.raw is not None:
            answer.raw(self.connection)
            self.close_connection = True
            return
        headers = {"Content-Type": "application/json", "Content-Length": str(len(answer.body))} | answer.headers
        if "Date" in headers:
            self.send_response_only(answer.status)
        else:
            self.send_response(answer.status)
        for name, values in headers.items():
            for value in (values,) if isinstance(values, str) else values:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def _serve() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    yield from _serve()


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    yield from _serve()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def transport(slept: list[float]) -> Transport:
    """Does not really wait between tries, and notes how long it would have."""
    patience = Patience(connect_timeout=1, read_timeout=0.5, request_deadline=1)
    return Transport("rollcall-test (contact: team@museum.example)", patience, sleep=slept.append)
