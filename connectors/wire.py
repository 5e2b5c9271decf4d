"""One HTTP exchange that always ends: timeouts, a deadline and a size cap, whatever the server does.

`requests` waits for ever by default, and its timeouts are per byte received: a server that feeds one byte at a time is
never late. Here the head of an answer must come within the read timeout and the body within the deadline. Proxy
settings and `.netrc` of the computer are ignored, cookies are not kept, and a redirect to another host, or from https
to http, is refused: neither a credential nor our belief goes there.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from threading import Event, Timer
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.errors import RequestRefused, TooLarge

LARGEST_ANSWER = 64 * 1024 * 1024
_CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Seconds. `read` is for the head of the answer and between two pieces; `deadline` for the whole body."""

    connect: float
    read: float
    deadline: float
    largest: int | None = None
    """Bytes of a body; None is LARGEST_ANSWER."""


class Wire(requests.Session):
    """A session whose every exchange is bounded; `on_request` is called with the host before each one is sent."""

    def __init__(
        self,
        user_agent: str,
        bounds: Bounds,
        on_request: Callable[[str], None],
        may_follow: Callable[[str], bool] | None = None,
    ) -> None:
        """`may_follow`: to which addresses a redirect may lead besides the same host, for what needs no credential."""
        super().__init__()
        self._may_follow = may_follow
        self.trust_env = False
        self.max_redirects = 5
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(bounds, on_request))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Called by `requests` before it follows a redirect: only to the same host, and never away from https."""
        if self._may_follow is not None:
            if not self._may_follow(prepared_request.url or ""):
                raise RequestRefused(f"{_text(urlsplit(response.url).hostname)} redirects to where we do not follow.")
            return
        here, there = urlsplit(response.request.url or ""), urlsplit(prepared_request.url or "")
        if _bare(here.hostname) != _bare(there.hostname) or (here.scheme == "https" and there.scheme != "https"):
            where = "another server" if here.scheme == there.scheme else "an address without encryption"
            raise RequestRefused(
                f"{_text(here.hostname)} redirects to {where}, where we do not follow; correct its address."
            )
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]


class _Adapter(HTTPAdapter):
    def __init__(self, bounds: Bounds, on_request: Callable[[str], None]) -> None:
        self._bounds, self._on_request = bounds, on_request
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(self, request: requests.PreparedRequest, *_: Any, **kwargs: Any) -> requests.Response:
        self._on_request(_text(urlsplit(request.url or "").hostname))
        kwargs |= {"timeout": (self._bounds.connect, self._bounds.read), "stream": True, "proxies": None}
        response = super().send(request, **kwargs)
        response._content = _read(response, self._bounds)
        return response


def _read(response: requests.Response, bounds: Bounds) -> bytes:
    body, largest = bytearray(), bounds.largest or LARGEST_ANSWER
    try:
        with _within(bounds.deadline, response.raw.shutdown):
            for piece in response.iter_content(_CHUNK):
                body += piece
                if len(body) > largest:
                    raise TooLarge(
                        f"{_text(urlsplit(response.url).hostname)} sent an answer larger than "
                        f"{largest // 1024 // 1024} MB; nothing of it was kept."
                    )
    except requests.RequestException as broken:
        broken.request = response.request  # `requests` leaves it out here, and the message names the host
        raise
    except TimeoutError as late:
        raise requests.ReadTimeout("the body did not arrive within the deadline", request=response.request) from late
    finally:
        response.close()
    return bytes(body)


@contextmanager
def _within(seconds: float, shut: Callable[[], None]) -> Iterator[None]:
    """Shut the socket when the time is over, which wakes up the reader, and say so."""
    late = Event()

    def end() -> None:
        late.set()
        with suppress(OSError, ValueError, RuntimeError):  # the exchange ended at this very moment
            shut()

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


class _Connection(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        with _head_in_time(self):
            return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        with _head_in_time(self):
            return super().getresponse()


def _head_in_time(connection: HTTPConnection) -> AbstractContextManager[None]:
    """The head of an answer is read within the read timeout as a whole, not only each byte of it."""
    return _within(connection.timeout or 0, lambda: connection.sock.shutdown(socket.SHUT_RDWR))


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _bare(host: str | None) -> str:
    return (host or "").removeprefix("www.")


def _text(host: str | None) -> str:
    return host or "the server"
