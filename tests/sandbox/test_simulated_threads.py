"""The simulated Threads speaks the Threads API's language, seen with plain requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors import threads
from connectors.errors import AccessDenied
from connectors.records import Post, RawItem, Search
from connectors.transport import Transport
from sandbox import server
from sandbox.server import Sandbox
from sandbox.threads import media_id, meets, options, shortcode
from sandbox.world import World, load, moment

ISLES = Path(server.__file__).parent / "worlds" / "archipelago"
TOKEN = "isles-threads-token"
AFTER = moment("2026-03-12T06:00:00Z")
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def _only(changes: Mapping[str, Any]) -> World:
    """The islands with nothing but Threads."""
    world = load(ISLES)
    others = set(server.PLATFORMS) - {"threads"}
    settings = {name: value for name, value in world.settings.items() if name not in others}
    return replace(world, settings=settings | {"threads": [{**settings["threads"][0], **changes}]})


@pytest.fixture(scope="module")
def isles() -> World:
    return _only({})


@pytest.fixture
def sandbox(isles: World) -> Iterator[Sandbox]:
    with server.serve(isles) as sandbox:
        sandbox.clock.set(AFTER)
        yield sandbox


def ask(sandbox: Sandbox, path: str, token: str = TOKEN, **asked: Any) -> requests.Response:
    address = f"{sandbox.urls['threads']}/v1.0/{path}"
    fields = {"fields": "id,shortcode,username,text,topic_tag,permalink,owner,like_count,replied_to,root_post"}
    return requests.get(address, params=fields | asked, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def walk(sandbox: Sandbox, path: str, **asked: Any) -> list[dict[str, Any]]:
    answer = ask(sandbox, path, **asked).json()
    found = list(answer["data"])
    while link := answer["paging"].get("next") if answer["data"] else None:
        answer = requests.get(link, timeout=5).json()
        found += answer["data"]
    return found


def codes(world: World, *plan_ids: str) -> set[str]:
    return {shortcode(world, world.posts[plan_id]) for plan_id in plan_ids}


def test_topic_and_text_are_two_searches(sandbox: Sandbox, isles: World) -> None:
    """TAG finds the one topic, KEYWORD the letters in the text, and each finds what the other does not."""
    by_tag = {one["shortcode"] for one in walk(sandbox, "keyword_search", q="isles7", search_mode="TAG")}
    by_text = {one["shortcode"] for one in walk(sandbox, "keyword_search", q="Isles7", limit=3)}
    assert by_tag == codes(isles, "T01", "T05", "T16")
    assert by_tag & by_text == codes(isles, "T05")
    assert codes(isles, "T13", "T14", "T02") <= by_text
    assert not codes(isles, "T12", "T15", "T21") & by_text


def test_a_search_tells_the_name_and_no_count(sandbox: Sandbox, isles: World) -> None:
    """`username` comes, `owner` and counts never do, whatever is asked; flagged media have no address."""
    found = {one["shortcode"]: one for tag in ("isles7", "isle7") for one in walk(sandbox, "keyword_search", q=tag)}
    found |= {one["shortcode"]: one for one in walk(sandbox, "keyword_search", q="isle7", search_mode="TAG")}
    assert all({"owner", "like_count"}.isdisjoint(one) for one in found.values())
    assert {code for code, one in found.items() if "permalink" not in one} == codes(isles, "T04", "T22")
    assert {code for code, one in found.items() if "username" not in one} == codes(isles, "T22")


def test_pages_have_cursors_and_a_limit(sandbox: Sandbox) -> None:
    """25 to a page unless asked otherwise; the next address holds the token; newest first."""
    answer = ask(sandbox, "keyword_search", q="isles7", limit=2, search_type="RECENT").json()
    assert len(answer["data"]) == 2
    assert TOKEN in answer["paging"]["next"]
    assert "timestamp" not in answer["data"][0]
    stamped = walk(sandbox, "keyword_search", q="isles7", limit=4, fields="timestamp")
    times = [one["timestamp"] for one in stamped]
    assert times == sorted(times, reverse=True)
    assert all(time.endswith("+0000") for time in times)


def test_misuse_is_refused(sandbox: Sandbox) -> None:
    """No words, an unknown mode, times before Threads existed, a wrong token: errors by code."""
    for wrong in ({}, {"q": "x", "search_mode": "ALL"}, {"q": "x", "since": 1}, {"q": "x", "search_type": "NEW"}):
        assert ask(sandbox, "keyword_search", **wrong).json()["error"]["code"] == 100
    assert ask(sandbox, "me", token="wrong").json()["error"]["code"] == 190


def test_searches_are_limited_and_empty_ones_are_free() -> None:
    """2,200 in 24 hours in truth; here three."""
    with server.serve(_only({"searches": 3})) as sandbox:
        sandbox.clock.set(AFTER)
        assert [ask(sandbox, "keyword_search", q="zzz").status_code for _ in range(4)] == [200] * 4
        assert [ask(sandbox, "keyword_search", q="isles7").status_code for _ in range(4)] == [200] * 3 + [403]
        sandbox.clock.advance(86400)
        assert ask(sandbox, "keyword_search", q="isles7").status_code == 200


def test_only_our_own_posts_tell_their_answers(sandbox: Sandbox, isles: World) -> None:
    """`conversation` has every depth, `replies` the first; others' posts refuse; posts are found by id, or are not."""
    own, other = (media_id(isles, isles.posts[name]) for name in ("T16", "T02"))
    below = walk(sandbox, f"{own}/conversation")
    assert [one["shortcode"] for one in below] == [shortcode(isles, isles.posts[n]) for n in ("T17", "T18", "T19")]
    assert below[2]["replied_to"]["id"] == below[1]["id"]
    assert {one["root_post"]["id"] for one in below} == {own}
    assert len(walk(sandbox, f"{own}/replies")) == 2
    assert ask(sandbox, f"{other}/conversation").json()["error"]["code"] == 10
    assert ask(sandbox, other).json()["username"] == "kwabena.ofori"
    gone = ask(sandbox, media_id(isles, isles.posts["T11"])).json()["error"]
    assert (gone["code"], gone["error_subcode"]) == (100, 33)


def _collected(sandbox: Sandbox, world: World, now: datetime) -> dict[str, Post]:
    sandbox.clock.set(now)
    transport = Transport(clock=sandbox.clock.now, sleep=sandbox.clock.advance)
    table = options(world, sandbox.base_urls["threads"])
    posts = {}
    for query in threads.queries(("isles7", "isle7"), table):
        for page in threads.fetch(Search(query=query, since=FIRST, until=now), transport, {"token": TOKEN}):
            read = [threads.parse(item) for item in threads.split(page) if isinstance(item, RawItem)]
            posts |= {post.post_id: post for post in read if isinstance(post, Post)}
    return posts


@pytest.mark.parametrize("reviewed", [True, False])
def test_what_a_collector_meets_is_what_the_world_says(reviewed: bool) -> None:
    """At every moment: the same posts, with the text that they have then; without review our own only."""
    world = _only({"reviewed": reviewed})
    with server.serve(world) as sandbox:
        for now in world.collections()[::4]:
            shown = {shortcode(world, post): post for post in world.on("threads") if meets(world, post, now)}
            found = _collected(sandbox, world, now)
            assert found.keys() == shown.keys()
            for key, post in found.items():
                version = shown[key].at(now)
                assert version is not None
                assert post.text == version.text
                assert {"isles7", "isle7"} & set(post.hashtags) == shown[key].tags_at(now) & world.hashtags
        assert (len(found) > 10) is reviewed


def test_a_missing_review_that_nobody_stated_is_told() -> None:
    """The same server, and a campaign file that does not say so: no silence, but missing access."""
    with server.serve(_only({"reviewed": False})) as sandbox, pytest.raises(AccessDenied, match="review"):
        _collected(sandbox, _only({}), AFTER)


@pytest.mark.parametrize("how", ["missing_id", "wrong_type", "null", "deep", "surrogate"])
def test_a_bad_record_costs_one_record(sandbox: Sandbox, isles: World, how: str) -> None:
    """One more in each page of posts that nobody can read, or one changed; all others stay."""
    transport = Transport(clock=sandbox.clock.now, sleep=sandbox.clock.advance)
    query = threads.queries(("isles7",), options(isles, sandbox.base_urls["threads"]))[-1]
    search = Search(query=query, since=FIRST, until=AFTER)

    def read() -> tuple[int, int]:
        pages = list(threads.fetch(search, transport, {"token": TOKEN}))
        found = [item for page in pages for item in threads.split(page)]
        posts = [threads.parse(item) for item in found if isinstance(item, RawItem)]
        return sum(isinstance(post, Post) for post in posts), len(found) - len(posts)

    good, bad = read()
    sandbox.faults.plant("threads", "bad_record", how=how)
    assert bad == 0
    spoiled, rejected = read()
    assert spoiled == good
    assert (rejected > 0) is (how != "surrogate")
