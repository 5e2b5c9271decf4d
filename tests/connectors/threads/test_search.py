"""Searching Threads: by tag, and when silence is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import threads
from connectors.errors import AccessDenied, BadAnswer, RateLimited
from connectors.records import Member, Page, Search
from connectors.transport import Transport
from tests.connectors.threads.answers import (
    NOW,
    OURS,
    TOKEN,
    Server,
    a_post,
    a_query,
    an_api,
    keys_in,
    search_for,
)


def test_each_tag_is_asked_for_in_two_ways() -> None:
    """As the topic, of which a post has one, and as a word of the text; members' timelines are closed to us."""
    queries = threads.queries(("isles7", "isle7"), {}, (Member(handle="sefina.leota"),))
    assert [query.name for query in queries] == ["tag/isles7", "keyword/isles7", "tag/isle7", "keyword/isle7"]
    assert {query.base_url for query in queries} == {"https://graph.threads.net/v1.0"}
    assert all(not query.members for query in queries)


def test_a_search_is_read_to_its_end(server: Server, transport: Transport) -> None:
    """By cursor, at our own address; the window goes out in whole seconds, a second wider on both sides."""
    server.answer = an_api([a_post(n) for n in range(5)], [])
    server_pages = threads.fetch(search_for(a_query(server)), transport, TOKEN)
    assert keys_in(server_pages) == [f"D{n:010}" for n in range(5)]
    first = server.asked[0].query
    assert (first["q"], first["search_mode"], first["search_type"], first["limit"]) == (
        "isles7",
        "TAG",
        "RECENT",
        "100",
    )
    assert int(first["since"]) == int((NOW - timedelta(days=3)).timestamp()) - 1
    assert int(first["until"]) == int(NOW.timestamp()) + 1
    assert [asked.query.get("after") for asked in server.asked[:3]] == [None, "2", "4"]


def test_before_threads_there_is_nothing_to_ask(server: Server, transport: Transport) -> None:
    """An old campaign's window is cut to what Threads lets us ask, and not asked for at all where nothing is left."""
    server.answer = an_api([a_post(1), a_post(2, "ben")])
    query = a_query(server)
    old = Search(query=query, since=datetime(2021, 2, 1, tzinfo=UTC), until=datetime(2021, 3, 1, tzinfo=UTC))
    assert list(threads.fetch(old, transport, TOKEN)) == []
    assert server.asked == []
    long = Search(query=query, since=datetime(2021, 2, 1, tzinfo=UTC), until=NOW)
    assert list(threads.fetch(long, transport, TOKEN))
    assert server.asked[0].query["since"] == "1688540400"


def test_the_token_is_in_a_header_and_nowhere_else(server: Server, transport: Transport) -> None:
    """`paging.next` has the token in it, and another host; only its position is taken."""
    server.answer = an_api([a_post(n) for n in range(3)])
    pages = list(threads.fetch(search_for(a_query(server)), transport, TOKEN))
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer planted-secret"}
    assert not any("planted-secret" in asked.raw_query for asked in server.asked)
    assert not any("planted-secret" in page.url for page in pages)


@pytest.mark.parametrize("found", [[], [a_post(1, OURS)]], ids=["nothing", "our own"])
def test_own_posts_only_is_no_silence(server: Server, transport: Transport, found: list[Any]) -> None:
    """Without review Threads searches our own posts, without a word: the window then counts as not read."""
    server.answer = an_api(found, [a_post(9, OURS)])
    seen: list[Page] = []
    with pytest.raises(AccessDenied, match="reviewed = false"):
        seen.extend(threads.fetch(search_for(a_query(server)), transport, TOKEN))
    assert len(seen) == 1
    assert transport.requests == 3


def test_own_posts_only_may_be_stated(server: Server, transport: Transport) -> None:
    """Then it is a warning, and the coverage bears the name of what it is."""
    server.answer = an_api([a_post(1, OURS)], [])
    query = a_query(server, reviewed=False)
    assert query.name == "own/tag/isles7"
    assert len(keys_in(threads.fetch(search_for(query), transport, TOKEN))) == 1
    assert "our own account only" in transport.warnings[0]
    assert server.asked[0].query["search_mode"] == "TAG"


def test_silence_of_a_token_that_finds_others_is_silence(server: Server, transport: Transport) -> None:
    """Nobody used the tag; the word that somebody always uses shows that we would have seen it."""
    server.answer = an_api([], [a_post(9, "somebody")])
    assert keys_in(threads.fetch(search_for(a_query(server)), transport, TOKEN)) == []
    assert transport.warnings == []


def test_others_among_what_was_found_need_no_question(server: Server, transport: Transport) -> None:
    server.answer = an_api([a_post(1, "ann"), a_post(2, "ben")])
    assert list(threads.fetch(search_for(a_query(server)), transport, TOKEN))
    assert transport.requests == 1


def test_one_other_person_is_enough(server: Server, transport: Transport) -> None:
    """A single name may be ours: who we are is asked, and nothing more where it is somebody else's."""
    server.answer = an_api([a_post(1, "ann")], [])
    assert list(threads.fetch(search_for(a_query(server)), transport, TOKEN))
    assert transport.requests == 2


def test_a_refusal_keeps_the_pages_before(server: Server, transport: Transport) -> None:
    """A token that dies on the way; the sentence names the setting, and never quotes the platform."""
    for page in range(2):
        paging = {"cursors": {"after": str(page)}, "next": "https://x.example/?after=1"}
        server.says({"data": [a_post(page)], "paging": paging})
    server.says({"error": {"message": "planted-secret", "code": 190, "error_subcode": 463}}, status=401)
    pages = threads.fetch(search_for(a_query(server)), transport, TOKEN)
    assert len([next(pages), next(pages)]) == 2
    with pytest.raises(AccessDenied, match="ROLLCALL_THREADS_TOKEN") as told:
        next(pages)
    assert "planted-secret" not in str(told.value)


def test_used_up_searches_stop_at_once(server: Server, transport: Transport, slept: list[float]) -> None:
    """2,200 in 24 hours: asking on prolongs it."""
    server.says({"error": {"code": 4}}, status=403)
    with pytest.raises(RateLimited):
        list(threads.fetch(search_for(a_query(server)), transport, TOKEN))
    assert (transport.requests, slept) == (1, [])


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    paging = {"cursors": {"after": "a"}, "next": "https://x.example/?after=a"}
    server.says({"data": [a_post(1), a_post(2, "ben")], "paging": paging})
    seen: list[Page] = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(threads.fetch(search_for(a_query(server)), transport, TOKEN))
    assert transport.requests == 4


@pytest.mark.parametrize("body", [{}, [], {"data": {}}])
def test_what_is_no_list_is_no_silence(server: Server, transport: Transport, body: object) -> None:
    server.says(body)
    with pytest.raises(BadAnswer):
        list(threads.fetch(search_for(a_query(server)), transport, TOKEN))
