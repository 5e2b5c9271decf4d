from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import bluesky
from connectors.errors import BadAnswer, RequestRefused, Unavailable
from connectors.records import Member, RawItem
from connectors.transport import Transport
from tests.connectors.bluesky_answers import (
    AMINA,
    CREDENTIALS,
    FEED,
    NOW,
    Server,
    answering,
    asked_of,
    feeds_of,
    fetched_by,
    listing_of,
    page_of,
    refusing,
    search_for,
    view_of,
)

# search


def test_both_searches_and_the_undated_ones_are_read(server: Server, transport: Transport) -> None:
    """By text and by tag within the window, and posts that claim to be older than the network."""
    ancient = view_of(7, datetime(1970, 1, 1, tzinfo=UTC), record={"createdAt": "0001-01-01T00:00:00Z"})
    beside = view_of(2, record={"text": "nothing", "tags": ["ITP28"]})
    answering(server, searchPosts=listing_of([view_of(1), beside, ancient]))
    pages = fetched_by(search_for(server), transport)
    assert [[view["uri"][-3:] for view in page] for page in pages] == [["3k1", "3k2"], ["3k2"], ["3k7"]]
    by_text, by_tag, undated = (asked.query for asked in asked_of(server, "searchPosts"))
    assert (by_text["q"], by_text["sort"], by_text["since"]) == ("#itp28", "latest", "2026-01-31T12:00:00.000Z")
    assert (by_tag["q"], by_tag["tag"], by_tag["until"]) == ("*", "itp28", "2026-02-03T12:01:00.000Z")
    assert "since" not in undated


def test_a_search_is_read_to_its_end(server: Server, transport: Transport) -> None:
    """Every page by its cursor; a short or empty page with a cursor is no end."""
    pages = {None: ([1, 2], "2"), "2": ([], "4"), "4": ([3], "5"), "5": ([4], None)}

    def search(asked: Any) -> Any:
        if "since" not in asked.query or "tag" in asked.query:
            return {"posts": []}
        numbers, cursor = pages[asked.query.get("cursor")]
        return {"posts": [view_of(number) for number in numbers], **({"cursor": cursor} if cursor else {})}

    answering(server, searchPosts=search)
    assert [len(page) for page in fetched_by(search_for(server), transport)] == [2, 0, 1, 1, 0, 0]


def test_an_unchanged_cursor_with_an_empty_page_is_the_end(server: Server, transport: Transport) -> None:
    """Some servers repeat the last cursor for ever."""

    def search(asked: Any) -> Any:
        is_first = "cursor" not in asked.query and "since" in asked.query and "tag" not in asked.query
        return {"posts": [view_of(1)] if is_first else [], "cursor": "1"}

    answering(server, searchPosts=search)
    assert [len(page) for page in fetched_by(search_for(server), transport)] == [1, 0, 0, 0, 0, 0]


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    """A server that pages in place is found out by its posts; what came before is kept."""
    answering(server, searchPosts={"posts": [view_of(1)], "cursor": "1"})
    seen = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(bluesky.fetch(search_for(server), transport, CREDENTIALS))
    assert len(asked_of(server, "searchPosts")) == 4


def test_a_server_that_ignores_the_window_is_left_when_it_is_past(server: Server, transport: Transport) -> None:
    """Two pages wholly older than the window by a day end the walk, whatever `since` was."""
    views = [view_of(number, NOW - timedelta(days=number)) for number in range(30)]
    answering(server, searchPosts=lambda asked: listing_of(views, 2)(_unbounded(asked)))
    pages = [json.loads(page.body)["posts"] for page in bluesky.fetch(search_for(server), transport, CREDENTIALS)]
    assert {view["uri"].rpartition("3k")[2] for page in pages for view in page} == {str(n) for n in range(10)}


def _unbounded(asked: Any) -> Any:
    kept = {name: value for name, value in asked.query.items() if name not in ("since", "tag")}
    return SimpleNamespace(query={**kept, "until": "2099-01-01T00:00:00Z"})


def test_a_server_that_does_not_search_by_tag_is_noticed(server: Server, transport: Transport) -> None:
    """`q=*` with a filter that is ignored shows the whole network: nothing of it is kept, and it is told."""
    strangers = [view_of(number, record={"text": "no tag at all"}) for number in range(50, 90)]

    def search(asked: Any) -> Any:
        return {"posts": strangers, "cursor": "40"} if "tag" in asked.query else {"posts": []}

    answering(server, searchPosts=search)
    assert [len(page) for page in fetched_by(search_for(server), transport)] == [0, 0]
    assert len(asked_of(server, "searchPosts")) == 3
    assert "does not search by tag" in transport.warnings[0]


def test_a_search_that_is_cut_off_goes_on_further_back(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Near 10,000 posts the cursor disappears: the search starts again from the last page's time, and loses nothing."""
    monkeypatch.setattr(bluesky, "CUT_OFF", 950)
    views = [view_of(number, NOW - timedelta(seconds=number // 3)) for number in range(2_250)]
    views[940] = view_of(940, NOW - timedelta(days=2))  # the list is not strictly by time
    whole = listing_of(views)

    def search(asked: Any) -> Any:
        if "tag" in asked.query or "since" not in asked.query:
            return {"posts": []}
        page = whole(asked)
        if int(asked.query.get("cursor", 0)) >= 900:
            page.pop("cursor", None)
        return page

    answering(server, searchPosts=search)
    found = {view["uri"] for page in fetched_by(search_for(server), transport) for view in page}
    assert len(found) == len(views)


def test_trouble_near_the_cut_off_is_the_cut_off(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """502 that deep in a list is how some servers end it."""
    monkeypatch.setattr(bluesky, "CUT_OFF", 950)
    views = [view_of(number, NOW - timedelta(seconds=number)) for number in range(1_150)]
    whole = listing_of(views)

    def search(asked: Any) -> Any:
        if "tag" in asked.query or "since" not in asked.query:
            return {"posts": []}
        return (502, b"") if int(asked.query.get("cursor", 0)) >= 1_000 else whole(asked)

    answering(server, searchPosts=search)
    found = {view["uri"] for page in fetched_by(search_for(server), transport) for view in page}
    assert len(found) == len(views)


def test_a_record_that_fails_its_page_is_left_out_alone(server: Server, transport: Transport) -> None:
    """The page of 100 fails whole; its posts are asked for one by one, and the one that fails is told of."""
    views = [view_of(number) for number in range(7)]
    whole = listing_of(views)

    def search(asked: Any) -> Any:
        if "tag" in asked.query or "since" not in asked.query:
            return {"posts": []}
        start, many = int(asked.query.get("cursor", 0)), int(asked.query["limit"])
        return (500, refusing("InternalServerError")[1]) if start <= 3 < start + many else whole(asked)

    answering(server, searchPosts=search)
    found = [view["uri"].rpartition("3k")[2] for page in fetched_by(search_for(server), transport) for view in page]
    assert found == ["0", "1", "2", "4", "5", "6"]
    assert transport.warnings == ["bsky.app cannot show 1 of the posts of a page of its list; the others were read."]


def test_a_server_that_fails_altogether_is_not_asked_a_hundred_times(server: Server, transport: Transport) -> None:
    """One page and three single posts: then it is not one record."""
    answering(server, searchPosts=refusing("InternalServerError", status=500))
    with pytest.raises(Unavailable):
        fetched_by(search_for(server), transport)
    assert len(asked_of(server, "searchPosts")) == 4 * transport.patience.tries


@pytest.mark.parametrize("body", [{}, {"posts": {}}, {"error": "x"}, {"posts": None}])
def test_an_answer_that_is_no_list_is_a_bad_answer(server: Server, transport: Transport, body: object) -> None:
    """200 with anything else is not zero posts."""
    answering(server, searchPosts=body)
    with pytest.raises(BadAnswer):
        fetched_by(search_for(server), transport)


def test_pages_tell_neither_whom_nor_with_what_we_asked(server: Server, transport: Transport) -> None:
    """A kept address has no account in it, and no token."""
    answering(server, getAuthorFeed={"feed": []})
    [page] = bluesky.fetch(feeds_of(server, "amina.museum.example"), transport, CREDENTIALS)
    assert page.url == f"{server.url}/xrpc/app.bsky.feed.getAuthorFeed?filter=posts_with_replies&limit=100"


# members' feeds


def test_feeds_are_read_down_to_the_window(server: Server, transport: Transport) -> None:
    """Each member's feed by its cursor; a pinned old post on top does not end it."""
    entries = [{"post": view_of(99, NOW - timedelta(days=900)), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}]
    entries += [{"post": view_of(number, NOW - timedelta(days=number))} for number in range(20)]

    def feed(asked: Any) -> Any:
        start = int(asked.query.get("cursor", "at 0").removeprefix("at "))
        return {"feed": entries[start : start + 1], "cursor": f"at {start + 1}"}

    answering(server, getAuthorFeed=feed)
    pages = fetched_by(feeds_of(server, "amina.museum.example"), transport)
    assert [len(page) for page in pages] == [1] * 8
    assert {asked.query["actor"] for asked in asked_of(server, "getAuthorFeed")} == {"amina.museum.example"}


def test_a_member_who_cannot_be_read_costs_only_that_member(server: Server, transport: Transport) -> None:
    """Not found, suspended, blocking us: the others are read, and the numbers are told without names."""
    errors = {
        "gone.example": refusing("InvalidRequest", "Profile not found"),
        "out.example": refusing("AccountTakedown", "Account has been suspended"),
        "no.example": refusing("BlockedByActor", "Requester is blocked by actor"),
    }
    answering(server, getAuthorFeed=lambda asked: errors.get(asked.query["actor"], {"feed": [{"post": view_of(1)}]}))
    pages = fetched_by(feeds_of(server, "gone.example", "amina.museum.example", "out.example", "no.example"), transport)
    assert [len(page) for page in pages] == [1]
    assert transport.warnings == [
        "3 of 4 members' accounts on bsky.app cannot be read (1 not found, 1 suspended, 1 they block our account); "
        "check their handles in the roster."
    ]


def test_a_name_that_no_account_can_have_costs_only_that_member(server: Server, transport: Transport) -> None:
    """A roster says `amina` for `amina.bsky.social`: servers refuse such a request as a whole, so it is not sent."""

    def feed(asked: Any) -> Any:
        known = asked.query["actor"] in (AMINA, "amina.museum.example")
        return {"feed": [{"post": view_of(1)}]} if known else refusing("InvalidRequest", "Error: not an actor")

    answering(server, getAuthorFeed=feed)
    names = ("amina", "a_mina.example", "amina.museum.example", "amina.7")
    search = search_for(server, members=(*(Member(handle=name) for name in names), Member(account_id=AMINA)), which=1)
    assert len(fetched_by(search, transport)) == 2
    assert transport.warnings == [
        "3 of 5 members' accounts on bsky.app cannot be read (3 no name of an account); "
        "check their handles in the roster."
    ]


def test_an_error_of_the_whole_route_is_not_a_members(server: Server, transport: Transport) -> None:
    """A method that the server does not have is nobody's account."""
    answering(server, getAuthorFeed=refusing("MethodNotImplemented", status=400))
    with pytest.raises(RequestRefused, match="MethodNotImplemented"):
        fetched_by(feeds_of(server, "a.example"), transport)


def test_a_feed_gives_own_posts_only() -> None:
    """What a member passed on, and what they answered, are other people's: neither is an item of the feed."""
    items = list(bluesky.split(page_of(FEED)))
    assert [item.key.rpartition("/")[2] for item in items if isinstance(item, RawItem)] == [
        "3k2one",
        "3k2three",
        "3k2five",
    ]
    assert len(items) == 3
    assert not any(b"zebra #ITP28" in item.body for item in items)
