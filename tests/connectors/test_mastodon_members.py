"""Members' own lists, and asking again, where servers differ from what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import mastodon
from connectors.errors import AccessDenied, RequestRefused
from connectors.mastodon_server import UNPACED_REQUESTS
from connectors.records import Interaction, Member, Page, Post, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
PAGE = json.loads((Path(__file__).parent / "pages" / "mastodon_tag.json").read_bytes())
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
HOST = "social.example"
OPEN = {"version": "4.5.2", "domain": HOST, "configuration": {}}


def _members(*names: str) -> tuple[Member, ...]:
    return tuple(Member(handle=f"{name}@{HOST}") for name in names)


def _options(server: Server) -> dict[str, Any]:
    return {"instances": [{"url": server.url, "domain": HOST}]}


def _search(server: Server, *names: str, tags: tuple[str, ...] = ("itp28",)) -> Search:
    query = mastodon.queries(tags, _options(server), _members(*names))[-1]
    return Search(query=query, since=NOW - timedelta(days=3), until=NOW)


def _status(number: int, author: str = "a", **more: Any) -> dict[str, Any]:
    uri = f"https://{HOST}/users/{author}/statuses/{number}"
    account = {"id": f"acc-{author}", "acct": author, "uri": f"https://{HOST}/users/{author}"}
    base = {"id": str(number), "uri": uri, "created_at": NOW.isoformat(), "account": account, "content": "<p>x</p>"}
    return {**base, "visibility": "public", **more}


def _by_path(answers: dict[str, tuple[int, object]]) -> Callable[[Any], Any]:
    """An answer for each path (with `?acct` or the ids for lookups); what is not listed is an empty list."""

    def answer(asked: Any) -> Any:
        named = asked.query.get("acct", "")
        status, body = answers.get(asked.path + (f"?{named}" if named else ""), (200, []))
        return SimpleNamespace(status=status, body=json.dumps(body).encode(), headers={}, raw=None)

    return answer


def _lookup(name: str) -> str:
    return f"/api/v1/accounts/lookup?{name}@{HOST}"


def _page(body: object, about: str = "", url: str = "u") -> Page:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Page(
        platform="mastodon", query="q", source=HOST, url=url, status=200, observed_at=NOW, body=written, about=about
    )


def _items(*statuses: dict[str, Any]) -> list[RawItem]:
    return [item for item in mastodon.split(_page(list(statuses))) if isinstance(item, RawItem)]


def test_members_are_read_on_their_home_servers() -> None:
    """One query for each home, without a name in it; another roster is another query, and no members are none."""
    options = {"instances": ["https://social.example", {"url": "https://s.museum.example", "domain": "museum.example"}]}
    members = (*_members("a", "b"), Member(handle="c@museum.example"), Member(account_id="https://far.example/users/D"))
    *_, far, museum, social = mastodon.queries(("itp28",), options, members)
    assert [one.base_url for one in (far, museum, social)] == [
        "https://far.example", "https://s.museum.example", "https://social.example",
    ]  # fmt: skip
    assert [len(one.members) for one in (far, museum, social)] == [1, 1, 2]
    assert all(one.name.startswith("members/") and len(one.name) == 16 for one in (far, museum, social))
    assert social.name != mastodon.queries(("itp28",), options, _members("a"))[-1].name
    assert len(mastodon.queries(("itp28",), options)) == 2
    assert len(mastodon.queries(("itp28",), {**options, "home_servers": False}, members)) == 4


def test_interactions_are_asked_of_every_instance_and_home() -> None:
    """Instances are named, also without members; a home that is not listed is not, for it may be one person's."""
    members = (*_members("a"), Member(handle="d@d-at-home.example"))
    queries = mastodon.interaction_queries(("itp28",), {"instances": [HOST, "far.example"]}, members)
    assert [one.source for one in queries] == [HOST, "far.example", "d-at-home.example"]
    assert all(one.name.startswith("interactions/") for one in queries)
    assert queries[1].name == "interactions/far.example"
    assert "at-home" not in queries[2].name


def test_a_members_tagged_posts_are_read(server: Server, transport: Transport) -> None:
    """Looked up by the whole handle; once for each tag, without boosts, down to the end of the list."""
    path = "/api/v1/accounts/acc%2F7/statuses"
    server.answer = _by_path({_lookup("amina"): (200, {"id": "acc/7"}), path: (200, [])})
    assert len(list(mastodon.fetch(_search(server, "amina", tags=("itp28", "two")), transport, {}))) == 2
    asked = [one.query for one in server.asked if one.path == path]
    assert [one["tagged"] for one in asked] == ["itp28", "two"]
    assert all(one["exclude_reblogs"] == "true" for one in asked)


def test_a_member_known_by_a_number_is_not_looked_up(server: Server, transport: Transport) -> None:
    """Newer servers name an actor by the account's own number; older ones by the name, which is looked up."""
    members = tuple(Member(account_id=f"https://{HOST}/{path}") for path in ("ap/users/117", "users/Bo"))
    query = mastodon.queries(("itp28",), _options(server), members)[-1]
    server.answer = _by_path({f"/api/v1/accounts/lookup?bo@{HOST}": (200, {"id": "9"})})
    list(mastodon.fetch(Search(query=query, since=NOW, until=NOW), transport, {}))
    assert [asked.path.removeprefix("/api/v1/accounts/") for asked in server.asked] == [
        "117/statuses", "lookup", "9/statuses",
    ]  # fmt: skip


def test_one_who_cannot_be_read_costs_nobody_else(server: Server, transport: Transport) -> None:
    """Not found, suspended, refused: their number is told, their names are not."""
    server.answer = _by_path(
        {
            _lookup("gone"): (404, {"error": "Record not found"}),
            _lookup("suspended"): (200, {"id": "2", "suspended": True}),
            _lookup("shut"): (200, {"id": "3"}),
            "/api/v1/accounts/3/statuses": (403, {"error": "This action is not allowed"}),
            _lookup("there"): (200, {"id": "4"}),
        }
    )
    assert len(list(mastodon.fetch(_search(server, "gone", "suspended", "shut", "there"), transport, {}))) == 1
    assert sorted(transport.warnings) == [
        f"{HOST}: 1 of 4 members' accounts cannot be read (not open to us); check their handles in the roster.",
        f"{HOST}: 2 of 4 members' accounts cannot be read (not found); check their handles in the roster.",
    ]


def test_a_server_that_refuses_everybody_is_no_silence(server: Server, transport: Transport) -> None:
    """Where nobody can be read and some are refused, a person must act."""
    server.answer = _by_path({_lookup("a"): (403, {}), _lookup("b"): (404, {})})
    with pytest.raises(AccessDenied, match="403"):
        list(mastodon.fetch(_search(server, "a", "b"), transport, {}))


def test_a_dead_token_stops_the_read_at_once(server: Server, transport: Transport) -> None:
    """401 is said of the token and not of a member: the others are not asked in vain."""
    server.says({"error": "The access token is invalid"}, status=401)
    with pytest.raises(AccessDenied, match="ROLLCALL_MASTODON_TOKEN"):
        list(mastodon.fetch(_search(server, "a", "b"), transport, {"token": "planted"}))
    assert len(server.asked) == 1


def test_long_reads_are_paced(server: Server, transport: Transport, slept: list[float]) -> None:
    """After a hundred requests there is one every three seconds."""
    server.answer = _by_path({})
    names = [f"m{number}" for number in range(UNPACED_REQUESTS + 3)]
    list(mastodon.fetch(_search(server, *names), transport, {}))
    assert slept == [3.0, 3.0, 3.0]


# ---------------------------------------------------------------- asking again


def test_posts_are_asked_for_again_twenty_at_a_time(server: Server, transport: Transport) -> None:
    """The answer's posts are a page of their own; one that is missing is asked for alone before it counts as gone."""
    items = _items(*(_status(number) for number in range(1, 24)))

    def answer(asked: Any) -> Any:
        wanted = [value for name, value in _pairs(asked) if name == "id[]"]
        if asked.path == "/api/v1/statuses":
            body: object = [_status(int(one)) for one in wanted if one not in ("3", "7")]
        else:
            body = _status(7) if asked.path.endswith("/7") else {"error": "Record not found"}
        status = 404 if isinstance(body, dict) and "error" in body else 200
        return SimpleNamespace(status=status, body=json.dumps(body).encode(), headers={}, raw=None)

    server.answer = answer
    query = _search(server).query
    found = list(mastodon.reread(items, query, transport, {}))
    assert sum(again.asked for again in found) == 23
    assert [(one.key, one.loss) for again in found for one in again.gone] == [(items[2].key, "deleted")]
    keys = [item.key for again in found if again.page for item in mastodon.split(again.page)]  # type: ignore[union-attr]
    assert sorted(keys) == sorted(item.key for item in items if item.key != items[2].key)
    assert transport.requests == 4


def _pairs(asked: Any) -> list[tuple[str, str]]:
    return parse_qsl(asked.raw_query)


def test_older_servers_are_asked_one_by_one(server: Server, transport: Transport) -> None:
    """Before 4.3 there is no list of posts by id: that 404 is said of the call, and of no post."""
    server.answer = _by_path(
        {
            "/api/v1/statuses": (404, {"error": "Not found"}),
            "/api/v1/statuses/1": (200, _status(1)),
            "/api/v1/statuses/2": (410, {"error": "Gone"}),
        }
    )
    found = list(mastodon.reread(_items(_status(1), _status(2)), _search(server).query, transport, {}))
    assert [[one.loss for one in again.gone] for again in found] == [[], ["deleted"]]


def test_a_web_server_that_knows_nothing_deletes_nothing(server: Server, transport: Transport) -> None:
    """Where everything is 404, the server must first show that it is a Mastodon server."""
    server.says("<html>no such page</html>", status=404)
    with pytest.raises(RequestRefused, match="not a Mastodon server"):
        list(mastodon.reread(_items(_status(1), _status(2)), _search(server).query, transport, {}))


def test_a_server_that_lost_all_posts_says_so_itself(server: Server, transport: Transport) -> None:
    """A whole list missing is believed only post by post, from a server that is one."""
    missing = (404, {"error": "Record not found"})
    server.answer = _by_path(
        {"/api/v2/instance": (200, OPEN), "/api/v1/statuses/1": missing, "/api/v1/statuses/2": missing}
    )
    found = list(mastodon.reread(_items(_status(1), _status(2)), _search(server).query, transport, {}))
    assert [one.loss for again in found for one in again.gone] == ["deleted", "deleted"]


def test_a_post_that_turned_private_is_not_public(server: Server, transport: Transport) -> None:
    """A token can still show it: it is gone for us all the same."""
    server.answer = _by_path({"/api/v1/statuses/1": (200, _status(1, visibility="private"))})
    [again] = mastodon.reread(_items(_status(1)), _search(server).query, transport, {})
    assert [one.loss for one in again.gone] == ["not_public"]


def test_a_refusal_is_no_loss(server: Server, transport: Transport) -> None:
    """A server that closed its doors says nothing of a post."""
    server.says({"error": "This method requires an authenticated user"}, status=401)
    with pytest.raises(AccessDenied):
        list(mastodon.reread(_items(_status(1), _status(2)), _search(server).query, transport, {}))


def test_an_item_from_elsewhere_is_left_out(server: Server, transport: Transport) -> None:
    """What has no id of this server cannot be asked for."""
    [item] = _items({key: value for key, value in _status(1).items() if key != "id"})
    assert list(mastodon.reread([item], _search(server).query, transport, {})) == []


# ---------------------------------------------------------------- times, lookups, anything


@pytest.mark.parametrize("written", ["2026-02-05T12:00:00Z", "0001-01-01T00:00:00Z", "soon", 7, None])
def test_a_time_that_cannot_be_is_unknown(written: object) -> None:
    """Of tomorrow's tomorrow, of year one, or no time: the post stays, its time does not, and says so."""
    [item] = _items(_status(1, created_at=written))
    post = mastodon.parse(item)
    assert isinstance(post, Post)
    assert (post.created_at, "created_at_unreadable" in post.flags) == (None, True)


def test_a_clock_that_is_a_little_fast_is_believed() -> None:
    """Servers' clocks differ by less than a day."""
    [item] = _items(_status(1, created_at=(NOW + timedelta(hours=20)).isoformat()))
    post = mastodon.parse(item)
    assert isinstance(post, Post)
    assert post.created_at == NOW + timedelta(hours=20)


def test_a_single_post_is_a_page_of_one() -> None:
    """As a lookup gives it, and as somebody may have saved it."""
    [item] = mastodon.split(_page(PAGE[0]))
    assert isinstance(item, RawItem)
    assert item.key == PAGE[0]["uri"]
    assert mastodon.recognises(PAGE[0])
    assert not mastodon.recognises({"ancestors": [], "descendants": []})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        "uri",
        "id",
        "account",
        "created_at",
        "in_reply_to_id",
        "in_reply_to_account_id",
        "reblog",
        "quote",
        "mentions",
        "visibility",
        "content",
        "tags",
        "poll",
        "card",
        "pleroma",
        "media_attachments",
        "spoiler_text",
        "edited_at",
    ]
)


@given(st.dictionaries(MEMBERS, JSON, max_size=6))
def test_any_leaf_makes_a_post_or_a_rejection_and_acts_or_none(change: dict[str, Any]) -> None:
    """Whatever a server puts into a status: one item, and never an exception."""
    body = json.dumps([PAGE[1] | change, PAGE[0]]).encode()
    first, second = mastodon.split(_page(body))
    assert isinstance(second, RawItem)
    if isinstance(first, RawItem):
        assert isinstance(mastodon.parse(first), Post | Rejected)
    for act in mastodon.split_interactions(_page(body)):
        assert isinstance(act, Interaction | Rejected)


# ---------------------------------------------------------------- access


def test_a_token_is_tried_and_not_believed(server: Server, transport: Transport) -> None:
    """What a server says of itself needs no token; only a post does."""
    query = replace(_search(server).query, source=HOST)
    refused = (401, {"error": "The access token is invalid"})
    server.answer = _by_path({"/api/v2/instance": (200, OPEN), "/api/v1/timelines/tag/itp28": refused})
    with pytest.raises(AccessDenied, match="ROLLCALL_MASTODON_TOKEN"):
        mastodon.probe(query, transport, {"token": "stale"})
    assert server.asked[-1].headers["authorization"] == "Bearer stale"
