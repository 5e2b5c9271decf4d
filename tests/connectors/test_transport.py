from __future__ import annotations

import gzip
import logging
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RateLimited, RequestRefused, Unavailable
from connectors.transport import TRIES_WITH_RESET, TRIES_WITHOUT_RESET, Patience, Transport

Server = Any
NOW = datetime(2026, 2, 3, 10, 0, 0, tzinfo=UTC)
DATE = {"Date": format_datetime(NOW, usegmt=True)}


def _drip(head: bytes, drop: bytes) -> Any:
    """Sends a head and then one small piece again and again, each well within any timeout per byte."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            try:
                connection.sendall(drop)
            except OSError:
                return
            time.sleep(0.05)

    return write


def test_a_good_answer_comes_back_and_is_counted(server: Server, transport: Transport) -> None:
    """One request is one request, and carries who we are."""
    server.says([{"id": 1}])
    assert transport.get(server.url + "/posts", params={"q": "x"}).json() == [{"id": 1}]
    assert transport.requests == 1
    assert server.asked[0].headers["user-agent"] == "rollcall-test (contact: team@museum.example)"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_trouble_of_the_server_is_tried_again(
    server: Server, transport: Transport, slept: list[float], status: int
) -> None:
    """A passing 5xx costs a pause, not the run."""
    server.says("oops", status=status)
    server.says("[]")
    assert transport.get(server.url).status_code == 200
    assert len(slept) == 1
    assert transport.requests == 2


def test_lasting_trouble_ends(server: Server, transport: Transport, slept: list[float]) -> None:
    """5xx for ever ends after the tries allowed, with growing pauses in between."""
    server.says("oops", status=503)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 has trouble of its own \(503\)"):
        transport.get(server.url)
    assert transport.requests == transport.patience.tries
    assert slept == sorted(slept)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit-reset": str(int(NOW.timestamp()) + 60)},
        {"X-RateLimit-Reset": "2026-02-03T10:01:00.000Z"},
        {"Retry-After": "60"},
        {"Retry-After": format_datetime(NOW + timedelta(seconds=60), usegmt=True)},
        {"ratelimit-reset": str(int(NOW.timestamp()) + 60)},
        {"Retry-After": ("60", "60")},
    ],
)
def test_a_rate_limit_is_waited_out_by_the_servers_clock(
    server: Server, transport: Transport, slept: list[float], headers: dict[str, Any]
) -> None:
    """Every form of reset means 60 seconds from the server's own Date, however wrong our clock is."""
    server.says({"error": "Too many requests"}, status=429, headers=DATE | headers)
    server.says("[]")
    transport.get(server.url)
    assert slept == [61]


def test_a_reset_beyond_our_patience_ends_the_platform(server: Server, transport: Transport) -> None:
    """We say when the platform lets us in again, and do not wait half a night."""
    server.says("", status=429, headers={"Retry-After": "1200"})
    with pytest.raises(RateLimited) as caught:
        transport.get(server.url)
    assert caught.value.retry_at is not None
    assert timedelta(minutes=19) < caught.value.retry_at - datetime.now(UTC) < timedelta(minutes=21)
    assert transport.requests == 1


@pytest.mark.parametrize("reset", [{}, {"x-rate-limit-reset": "-1"}, {"x-rate-limit-reset": "soon"}, DATE])
def test_a_rate_limit_without_usable_reset_is_not_a_storm(
    server: Server, transport: Transport, slept: list[float], reset: dict[str, str]
) -> None:
    """No header, or nonsense in it, means a minute's pause and three tries (tweepy: 984 requests)."""
    server.says("", status=429, headers=reset)
    with pytest.raises(RateLimited):
        transport.get(server.url)
    assert transport.requests == TRIES_WITHOUT_RESET
    assert slept == [60] * (TRIES_WITHOUT_RESET - 1)


def test_a_rate_limit_that_never_lifts_ends(server: Server, transport: Transport) -> None:
    """A reset that is always one second away does not hold us for ever."""
    server.says("", status=429, headers={"Retry-After": "1"})
    with pytest.raises(RateLimited):
        transport.get(server.url)
    assert transport.requests == TRIES_WITH_RESET


def test_all_waiting_together_is_bounded(server: Server, slept: list[float]) -> None:
    """Many short waits may not add up to an endless run."""
    transport = Transport(patience=Patience(total_wait=100), sleep=slept.append)
    server.says("", status=429, headers={"Retry-After": "60"})
    server.says("", status=429, headers={"Retry-After": "60"})
    with pytest.raises(RateLimited):
        transport.get(server.url)
    assert slept == [61]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (402, {"title": "Payment Required"}),
        (429, {"type": "https://api.x.com/2/problems/usage-capped"}),
        (429, {"errors": [{"type": "https://api.twitter.com/2/problems/usage-capped"}]}),
    ],
)
def test_a_spent_quota_is_not_waited_for(server: Server, transport: Transport, status: int, body: object) -> None:
    """Credits do not come back by asking again."""
    server.says(body, status=status, headers={"Retry-After": "1"})
    with pytest.raises(QuotaSpent):
        transport.get(server.url)
    assert transport.requests == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_named_and_not_tried_again(server: Server, transport: Transport, status: int) -> None:
    """A person must act, and is told which setting to look at."""
    server.says("<html>Forbidden</html>", status=status)
    with pytest.raises(AccessDenied, match="ROLLCALL_X_BEARER_TOKEN"):
        transport.get(server.url, credential="ROLLCALL_X_BEARER_TOKEN")
    assert transport.requests == 1


@pytest.mark.parametrize("body", [None, [], "x", {"errors": None}, {"errors": 3}, {"type": 7}, {"errors": [None]}])
def test_a_refused_request_is_ours(server: Server, transport: Transport, body: object) -> None:
    """Other 4xx are not tried again, whatever shape their body has."""
    server.says(body, status=400)
    with pytest.raises(RequestRefused):
        transport.get(server.url)
    assert transport.requests == 1


@pytest.mark.parametrize("body", ["<html>Log in</html>", "", "null", '[{"id": 1}, {"id"', "3", "[1] tail"])
def test_a_200_that_is_not_a_whole_document_is_not_data(server: Server, transport: Transport, body: str) -> None:
    """Login pages, empty bodies and truncated answers come with status 200 too."""
    server.says(body)
    with pytest.raises(BadAnswer):
        transport.get(server.url)
    assert transport.requests == transport.patience.tries


def test_a_garbled_answer_that_passes_is_tried_again(server: Server, transport: Transport) -> None:
    """A truncated answer costs one more request."""
    server.says('[{"id": 1}, {"id"')
    server.says("[]")
    assert transport.get(server.url).json() == []


@pytest.mark.parametrize(
    "answer",
    [
        {"headers": {"Content-Length": "999"}, "body": "[]"},
        {"headers": {"Content-Encoding": "gzip"}, "body": b"not gzip at all"},
        {"raw": lambda connection: connection.close()},
        {"raw": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]")},
    ],
    ids=["shorter than said", "wrong gzip", "closed", "no last chunk"],
)
def test_a_broken_exchange_is_tried_again(server: Server, transport: Transport, answer: dict[str, Any]) -> None:
    """What breaks off on the way is not an answer."""
    server.says(**answer)
    server.says(gzip.compress(b"[]"), headers={"Content-Encoding": "gzip"})
    assert transport.get(server.url).content == b"[]"


@pytest.mark.parametrize(
    "raw",
    [
        lambda connection: time.sleep(3),
        _drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        _drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        _drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
        _drip(b"HTTP/1.1 200 OK\r\n\r\n[]", b" "),
    ],
    ids=["silence", "head", "body", "chunks", "chunk size", "no length"],
)
def test_a_server_that_never_ends_does_not_hold_us(server: Server, raw: Any) -> None:
    """Silence, and a byte now and then for ever, end within the deadline."""
    patience = Patience(connect_timeout=1, read_timeout=0.4, request_deadline=0.4, tries=1)
    server.says(raw=raw)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="127"):
        Transport(patience=patience).get(server.url)
    assert time.monotonic() - started < 3


def test_an_answer_without_end_is_cut_off(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A huge answer may not fill our memory."""
    monkeypatch.setattr("connectors.wire.LARGEST_ANSWER", 1000)
    server.says(b"[" + b" " * 200_000 + b"]")
    with pytest.raises(BadAnswer, match="larger"):
        transport.get(server.url)


def test_credentials_do_not_follow_to_another_host(server: Server, other_server: Server, transport: Transport) -> None:
    """A redirect elsewhere is followed without the token."""
    other_server.says("[]")
    server.says("", status=302, headers={"Location": other_server.url + "/there"})
    transport.get(server.url, headers={"Authorization": "Bearer planted-secret"})
    assert server.asked[0].headers["authorization"] == "Bearer planted-secret"
    assert "authorization" not in other_server.asked[0].headers
    assert transport.requests == 2


def test_a_circle_of_redirects_ends(server: Server, transport: Transport) -> None:
    """A site that redirects to itself is a bad answer."""
    server.says("", status=302, headers={"Location": "/"})
    with pytest.raises(BadAnswer):
        transport.get(server.url)


def test_cookies_and_proxies_are_none_of_ours(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No cookie is sent back, and neither the computer's proxies nor its `.netrc` have a part in our requests."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password planted-secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.says("[]", headers={"Set-Cookie": "a=b"})
    transport.get(server.url)
    transport.get(server.url)
    assert not {"cookie", "authorization"} & server.asked[1].headers.keys()


def test_a_host_that_is_not_there_is_unavailable(transport: Transport) -> None:
    """A closed port is trouble of the other side, told with its host."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
            transport.get(f"http://127.0.0.1:{taken.getsockname()[1]}/")


@pytest.mark.parametrize("url", ["social.example", "ftp://social.example", "http://"])
def test_an_address_that_is_none_is_refused(transport: Transport, url: str) -> None:
    """A slip in the campaign file is told as such."""
    with pytest.raises(RequestRefused, match="address"):
        transport.get(url)


def test_secrets_are_neither_logged_nor_told(
    server: Server, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    """At debug level, through retries and errors, a planted token appears nowhere; nor do queries in our own lines."""
    caplog.set_level(logging.DEBUG)
    server.says("oops", status=500)
    server.says("no", status=401)
    with pytest.raises(AccessDenied) as caught:
        transport.get(server.url, params={"q": "planted-query"}, headers={"Authorization": "Bearer planted-secret"})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("connectors")]
    assert ours
    assert "planted-secret" not in caplog.text + str(caught.value)
    assert "planted-query" not in "".join(ours) + str(caught.value)


def test_encryption_is_not_given_up_by_a_redirect(transport: Transport) -> None:
    """From https to http is refused, even before a request is made."""
    asked = requests.Request("GET", "https://social.example/a").prepare()
    answer = requests.Response()
    answer.request = asked
    with pytest.raises(RequestRefused, match=r"social\.example"):
        transport.session.rebuild_auth(requests.Request("GET", "http://social.example/a").prepare(), answer)
