"""What Meta's APIs have in common: errors by code, usage headers, positions without tokens."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import graph
from connectors.errors import AccessDenied, BadAnswer, ConnectorError, RateLimited, RequestRefused, Unavailable
from connectors.graph import Graph, NotPermitted
from connectors.records import Query
from connectors.transport import Transport

Server = Any
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "EAAG-planted-secret"


def _way(server: Server, transport: Transport, token: str = SECRET) -> Graph:
    query = Query(platform="p", name="n", source="place.example", base_url=f"{server.url}/v26.0")
    return Graph(query, transport, {"token": token}, "ROLLCALL_P_TOKEN")


def _error(code: int, subcode: int = 0, **more: object) -> dict[str, Any]:
    error = {"message": f"(#{code}) see {SECRET}", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return {"error": error | ({"error_subcode": subcode} if subcode else {}) | more}


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "words"),
    [
        (190, 463, AccessDenied, "its time is over"),
        (190, 460, AccessDenied, "change of password"),
        (190, 0, AccessDenied, "renew ROLLCALL_P_TOKEN"),
        (10, 0, NotPermitted, "missing permission"),
        (200, 0, NotPermitted, "missing permission"),
        (299, 0, NotPermitted, "missing permission"),
        (100, 33, RequestRefused, "code 100, subcode 33"),
        (2635, 0, RequestRefused, "code 2635"),
        (4, 0, RateLimited, "slow down"),
        (17, 0, RateLimited, "slow down"),
        (32, 0, RateLimited, "slow down"),
        (613, 0, RateLimited, "slow down"),
        (80001, 0, RateLimited, "slow down"),
        (80002, 0, RateLimited, "slow down"),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
def test_the_code_tells_whatever_the_status(
    server: Server, transport: Transport, status: int, code: int, subcode: int, kind: type, words: str
) -> None:
    """The same trouble comes as 400 or 403; the platform's own message, which quotes the token, is not passed on."""
    server.says(_error(code, subcode), status=status)
    with pytest.raises(kind, match=words) as caught:
        _way(server, transport).get("me")
    assert type(caught.value) is kind
    assert SECRET not in str(caught.value)
    assert transport.requests == 1


@pytest.mark.parametrize("trouble", [_error(1), _error(2), _error(-1), _error(368, is_transient=True)])
def test_trouble_that_passes_is_tried_again(
    server: Server, transport: Transport, slept: list[float], trouble: dict[str, Any]
) -> None:
    """A few times, with growing pauses; then the next run has to try."""
    server.says(trouble, status=400)
    server.says({"data": []})
    assert _way(server, transport).get("me").status_code == 200
    assert transport.requests == 2
    server.answer = lambda asked: type(
        "A", (), {"body": json.dumps(trouble).encode(), "status": 400, "headers": {}, "raw": None}
    )
    with pytest.raises(Unavailable):
        _way(server, transport).get("me")
    assert transport.requests == 2 + transport.patience.tries
    assert [pause for pause in slept if pause] == [2.0, 2.0, 4.0, 8.0]


def test_a_limit_is_waited_for_as_long_as_the_platform_says(
    server: Server, transport: Transport, slept: list[float]
) -> None:
    """The business header tells it in minutes; a short wait is waited, and then the request goes through."""
    regain = {"17": [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 3}]}
    server.says(_error(80002), status=400, headers={"X-Business-Use-Case-Usage": json.dumps(regain)})
    server.says({"data": []})
    _way(server, transport).get("me")
    assert [round(pause) for pause in slept if pause] == [181]


def test_a_long_limit_ends_the_run_and_says_when(server: Server, transport: Transport, slept: list[float]) -> None:
    """Longer than we may wait: told with the time, and nothing is asked any more, because calls prolong a limit."""
    regain = {"17": [{"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 20}]}
    server.says(_error(4), status=403, headers={"X-Business-Use-Case-Usage": json.dumps(regain)})
    with pytest.raises(RateLimited) as caught:
        _way(server, transport).get("me")
    assert caught.value.retry_at is not None
    assert timedelta(minutes=19) < caught.value.retry_at - datetime.now(UTC) < timedelta(minutes=21)
    assert (transport.requests, sum(slept)) == (1, 0)


def test_a_limit_that_never_ends_ends(server: Server, transport: Transport) -> None:
    """A platform that says "one minute" for ever is believed twice."""
    regain = {"17": [{"estimated_time_to_regain_access": 1}]}
    server.says(_error(4), status=403, headers={"X-Business-Use-Case-Usage": json.dumps(regain)})
    with pytest.raises(RateLimited):
        _way(server, transport).get("me")
    assert transport.requests == 1 + graph.WAITS


@pytest.mark.parametrize(
    ("headers", "per_cent"),
    [
        ({}, 0),
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":31}'}, 31),
        ({"x-page-usage": '{"call_count":7}', "X-App-Usage": '{"call_count":3}'}, 7),
        (
            {"X-Business-Use-Case-Usage": '{"1":[{"call_count":81,"estimated_time_to_regain_access":200}]}'},
            81,
        ),
        ({"X-App-Usage": "nonsense"}, 0),
        ({"X-App-Usage": '{"call_count":"96"}'}, 0),
        ({"X-App-Usage": '{"call_count":true,"total_time":null}'}, 0),
    ],
)
def test_the_highest_use_of_any_limit_counts(headers: dict[str, str], per_cent: float) -> None:
    """Minutes to wait are no per cent, and headers that cannot be read tell nothing."""
    assert graph.used(headers) == per_cent


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
NAMES = st.sampled_from(["call_count", "total_time", "estimated_time_to_regain_access", "type"])
USAGE = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner), st.dictionaries(NAMES, inner))).map(json.dumps)


@given(st.one_of(st.text(), USAGE))
def test_usage_headers_may_hold_anything(value: str) -> None:
    """They are only advice: nothing that stands in them stops a run by an error."""
    assert math.isfinite(graph.used({"X-App-Usage": value, "X-Business-Use-Case-Usage": value}))


def test_we_slow_down_and_stop_before_the_platform_does(
    server: Server, transport: Transport, slept: list[float]
) -> None:
    """From 75 % on requests are spaced out; at 95 % the run stops without another request."""
    for per_cent in (74, 75, 95):
        server.says({"data": []}, headers={"X-App-Usage": json.dumps({"call_count": per_cent})})
    way = _way(server, transport)
    way.get("me")
    way.get("me")
    assert sum(slept) == 0
    way.get("me")
    assert sum(slept) == graph.PACE
    with pytest.raises(RateLimited, match="95 %"):
        way.get("me")
    assert transport.requests == 3


def test_the_token_is_in_a_header_only(server: Server, transport: Transport) -> None:
    """Not in the address that is asked, and not in the address that is stored, even where the platform demands it."""
    server.says({"data": {"expires_at": 0}})
    way = _way(server, transport)
    answer = way.get("debug_token", {"input_token": SECRET, "fields": "a"})
    assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert way.page(answer).url == f"{server.url}/v26.0/debug_token?fields=a"


def test_no_token_is_said_before_anything_is_asked(server: Server, transport: Transport) -> None:
    """Without a token nothing is sent."""
    with pytest.raises(AccessDenied, match="set ROLLCALL_P_TOKEN"):
        _way(server, transport, token="").get("me")
    assert server.asked == []


def test_the_next_page_is_asked_from_our_own_address(
    server: Server, other_server: Server, transport: Transport
) -> None:
    """`paging.next` is an address with a token in it: only the position is taken from it."""
    elsewhere = f"{other_server.url}/v26.0/1/feed?access_token={SECRET}&after=CUR"
    server.says({"data": [{"id": "1"}], "paging": {"cursors": {"after": "CUR"}, "next": elsewhere}})
    server.says({"data": [{"id": "2"}], "paging": {"cursors": {"after": "CUR2"}}})
    pages = list(_way(server, transport).pages("1/feed", {"limit": 5}, "created_time", None, "about"))
    assert [asked.query for asked in server.asked] == [{"limit": "5"}, {"limit": "5", "after": "CUR"}]
    assert other_server.asked == []
    assert [page.about for page in pages] == ["about", "about"]
    assert not any(SECRET in page.url for page in pages)


@pytest.mark.parametrize(
    ("paging", "position"),
    [
        ({}, None),
        ({"paging": {"cursors": {"after": "A"}}}, None),
        ({"paging": {"cursors": {"after": "A"}, "next": "https://x.example/?after=B"}}, {"after": "A"}),
        (
            {"paging": {"next": "https://x.example/?until=7&__paging_token=t&access_token=s"}},
            {"until": "7", "__paging_token": "t"},
        ),
        ({"paging": {"next": "https://x.example/?offset=25&limit=25"}}, {"offset": "25"}),
    ],
)
def test_only_a_next_address_promises_a_next_page(paging: dict[str, Any], position: dict[str, str] | None) -> None:
    """A cursor alone is the end; lists by time or offset keep their position, never the token."""
    assert graph.position(json.dumps({"data": []} | paging).encode(), "p") == position


@pytest.mark.parametrize("link", ["https://x.example/?access_token=s", "https://[x", "nonsense"])
def test_a_list_that_does_not_tell_how_it_goes_on_is_not_read_to_its_end(link: str) -> None:
    """Taking it for the end would lose what comes after."""
    with pytest.raises(BadAnswer, match="how its list goes on"):
        graph.position(json.dumps({"data": [], "paging": {"next": link}}).encode(), "p")


def test_an_unreadable_item_does_not_hide_the_next_page() -> None:
    """One item that is nested too deep costs itself, not the rest of the list."""
    deep = b"[" * 100_000 + b"]" * 100_000
    body = b'{"data":[' + deep + b'],"paging":{"next":"https://x.example/?after=B"}}'
    assert graph.position(body, "p") == {"after": "B"}
    assert len(graph.pieces(body, "p")) == 1


def test_a_list_ends_when_it_lies_before_the_window(server: Server, transport: Transport) -> None:
    """Two pages wholly and clearly older end it; one late page among them does not, an empty one tells nothing."""
    old, new = "2026-02-20T10:00:00+0000", "2026-03-02T10:00:00+0000"
    for number, times in enumerate([[new], [old], [], [old, new], [old], [old], [old]]):
        data = [{"id": f"{number}.{n}", "created_time": time} for n, time in enumerate(times)]
        server.says({"data": data, "paging": {"next": f"{server.url}/?after={number}"}})
    assert len(list(_way(server, transport).pages("1/feed", {}, "created_time", NOW))) == 6


@pytest.mark.parametrize("page", [{"data": [{"id": "1"}]}, {"data": []}])
def test_a_list_without_end_ends(server: Server, transport: Transport, page: dict[str, Any]) -> None:
    """The same page for ever, or empty pages for ever, are found out; what came before is kept."""
    server.says(page | {"paging": {"next": f"{server.url}/?after=A"}})
    seen = []
    with pytest.raises(BadAnswer):
        seen.extend(_way(server, transport).pages("1/feed", {}, "created_time", None))
    assert transport.requests <= 21


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": {}}', b'{"data": null}'])
def test_what_is_no_list_is_not_a_list_of_nothing(server: Server, transport: Transport, body: bytes) -> None:
    """Silence is an empty `data`, nothing else."""
    server.says(body)
    with pytest.raises(BadAnswer):
        list(_way(server, transport).pages("1/feed", {}, "created_time", None))


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AccessDenied), (403, AccessDenied), (404, RequestRefused), (400, BadAnswer)]
)
def test_answers_that_are_not_the_graph_apis(server: Server, transport: Transport, status: int, kind: type) -> None:
    """A web page in its place is judged by its status."""
    server.says("<html>", status=status)
    with pytest.raises(kind) as caught:
        _way(server, transport).get("me")
    assert isinstance(caught.value, ConnectorError)


@pytest.mark.parametrize(
    "body", [{"error": "x"}, {"error": {"code": "4"}}, {"error": {"code": None}}, [], {"data": []}]
)
def test_what_is_no_error_object_is_no_trouble(server: Server, transport: Transport, body: object) -> None:
    """A 200 that is whole JSON goes to whoever asked."""
    server.says(body)
    assert _way(server, transport).get("me").status_code == 200


def test_an_error_with_status_200_is_an_error(server: Server, transport: Transport) -> None:
    """Some edges answer so."""
    server.says(_error(190))
    with pytest.raises(AccessDenied):
        _way(server, transport).get("me")


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        ({"expires_at": 1780000000, "data_access_expires_at": 1779000000}, datetime.fromtimestamp(1779000000, UTC)),
        ({"expires_at": 0, "data_access_expires_at": 1779000000}, datetime.fromtimestamp(1779000000, UTC)),
        ({"expires_at": 0}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_token_is_told(
    server: Server, transport: Transport, data: dict[str, Any], ends: datetime | None
) -> None:
    """The nearer of its own end and of its right to read; 0 is "never"."""
    server.says({"data": data})
    assert graph.expires_at(_way(server, transport)) == ends


def test_a_token_that_may_not_ask_about_itself_has_no_known_end(server: Server, transport: Transport) -> None:
    """That is no reason to say that it does not work."""
    server.says(_error(100), status=400)
    assert graph.expires_at(_way(server, transport)) is None


@pytest.mark.parametrize("piece", [b"{}", b"{ }", b'{"id":"1"}', b' { "id" : "1" } '])
def test_a_member_is_added_before_the_bytes_as_they_came(piece: bytes) -> None:
    """An item gets what it needs to stand alone; its own members win."""
    made = json.loads(graph.with_member(piece, "owner", {"id": "é"}))
    assert made == {"owner": {"id": "é"}} | json.loads(piece)
    assert b'"id" : "1"' not in piece or b'"id" : "1"' in graph.with_member(piece, "owner", 1)


@pytest.mark.parametrize(
    "time", ["2026-03-04T12:00:01+0000", "0001-01-01T00:00:00+0000", "soon", None, "2099-01-01T00:00:00+0000"]
)
def test_a_time_that_cannot_be_true_is_unknown(time: str | None) -> None:
    """More than a day in the future, year 1, nonsense or nothing: None and a flag, never a guess."""
    fields = graph.Fields({"timestamp": time})
    assert graph.created_at(fields, "timestamp", NOW + timedelta(days=1) - timedelta(seconds=0)) is None
    assert "created_at_unreadable" in fields.flags


def test_a_time_is_read_without_a_colon_in_its_offset() -> None:
    """`+0000`, and a clock that is a little fast is not held against a post."""
    fields = graph.Fields({"timestamp": "2026-03-03T12:00:00+0000"})
    assert graph.created_at(fields, "timestamp", NOW) == NOW + timedelta(days=1)
    assert fields.flags == []
