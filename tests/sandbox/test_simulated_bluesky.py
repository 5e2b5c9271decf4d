"""The simulated Bluesky speaks Bluesky's language, seen with plain requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors import bluesky as connector
from connectors.records import Member, Search
from connectors.transport import Transport
from sandbox import bluesky, server
from sandbox.bluesky_records import did, uri
from sandbox.server import Sandbox
from sandbox.world import load, moment

WORLD = load(Path(server.__file__).parent / "worlds" / "archipelago")
AFTER = moment("2026-03-12T06:00:00Z")
CREDENTIALS = {"handle": "team.isles.example", "app_password": "isle-tide-rock-gull"}


@pytest.fixture
def isles() -> Iterator[Sandbox]:
    with server.serve(WORLD) as sandbox:
        sandbox.clock.set(AFTER)
        yield sandbox


def login(isles: Sandbox, password: str = CREDENTIALS["app_password"]) -> requests.Response:
    body = {"identifier": CREDENTIALS["handle"], "password": password}
    return requests.post(f"{isles.urls['bluesky']}/xrpc/com.atproto.server.createSession", json=body, timeout=5)


def ask(isles: Sandbox, method: str, token: str | None = "", **asked: Any) -> requests.Response:
    token = login(isles).json()["accessJwt"] if token == "" else token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{isles.urls['bluesky']}/xrpc/{method}", params=asked, headers=headers, timeout=5)


def search(isles: Sandbox, token: str | None = "", **asked: Any) -> Any:
    return ask(isles, "app.bsky.feed.searchPosts", token, **asked).json()


def plans(posts: list[dict[str, Any]]) -> list[str]:
    names = {uri(WORLD, post): post.plan_id for post in WORLD.on("bluesky")}
    return [names[post["uri"]] for post in posts]


def test_search_wants_a_login(isles: Sandbox) -> None:
    """Without a token 401, with a wrong one 400, with an old one 400 ExpiredToken; refreshing gives a new one."""
    session = login(isles).json()
    assert ask(isles, "app.bsky.feed.searchPosts", None, q="x").status_code == 401
    assert ask(isles, "app.bsky.feed.searchPosts", "a.b.c", q="x").json()["error"] == "InvalidToken"
    assert ask(isles, "app.bsky.feed.searchPosts", session["refreshJwt"], q="x").json()["error"] == "InvalidToken"
    isles.clock.advance(7201)
    expired = ask(isles, "app.bsky.feed.searchPosts", session["accessJwt"], q="x")
    assert (expired.status_code, expired.json()["error"]) == (400, "ExpiredToken")
    headers = {"Authorization": f"Bearer {session['refreshJwt']}"}
    address = f"{isles.urls['bluesky']}/xrpc/com.atproto.server.refreshSession"
    renewed = requests.post(address, headers=headers, timeout=5).json()
    assert "posts" in search(isles, renewed["accessJwt"], q="x")


def test_a_wrong_password_is_refused_by_name(isles: Sandbox) -> None:
    """401 AuthenticationRequired."""
    refused = login(isles, "wrong")
    assert (refused.status_code, refused.json()["error"]) == (401, "AuthenticationRequired")


def test_logins_are_limited(isles: Sandbox) -> None:
    """30 in five minutes and 300 in a day, with the reset in epoch seconds."""
    left = [int(login(isles).headers["RateLimit-Remaining"]) for _ in range(30)]
    assert left == list(range(29, -1, -1))
    refused = login(isles)
    assert (refused.status_code, refused.json()["error"]) == (429, "RateLimitExceeded")
    wait = float(refused.headers["RateLimit-Reset"]) - isles.clock.now().timestamp()
    assert 0 < wait <= 300
    isles.clock.advance(wait)
    assert login(isles).status_code == 200


def test_search_pages_by_position(isles: Sandbox) -> None:
    """Newest first, `cursor` until the last page, never more than 100."""
    token = login(isles).json()["accessJwt"]
    whole = search(isles, token, q="#isles7", limit=100)
    assert "cursor" not in whole
    found, cursor = [], {}
    while True:
        page = search(isles, token, q="#isles7", limit=5, **cursor)
        found += page["posts"]
        if "cursor" not in page:
            break
        cursor = {"cursor": page["cursor"]}
    assert plans(found) == plans(whole["posts"])
    assert page["hitsTotal"] == len(found) > 10
    times = [post["record"]["createdAt"] for post in found if post["record"]["createdAt"].startswith("2026")]
    assert times == sorted(times, reverse=True)
    assert ask(isles, "app.bsky.feed.searchPosts", token, q="x", limit=101).status_code == 400


def test_text_and_tag_find_different_posts(isles: Sandbox) -> None:
    """Plain text is found by `q` only, a tag beside the text by `tag` only, and a hidden post by neither."""
    by_text = set(plans(search(isles, q="#isles7", limit=100)["posts"]))
    by_tag = set(plans(search(isles, q="*", tag="isles7", limit=100)["posts"]))
    assert by_text - by_tag == {"B03"}
    assert by_tag - by_text == {"B04"}
    assert "B05" not in by_text | by_tag
    feed = ask(isles, "app.bsky.feed.getAuthorFeed", actor="jose.isles.example").json()["feed"]
    assert plans([entry["post"] for entry in feed]) == ["B05"]


def test_times_are_sorted_by_what_can_be(isles: Sandbox) -> None:
    """A time after the first sight is that of the sight, the year 1 is the beginning of all, and windows go by it."""
    window = {"q": "#isles7", "since": "2026-03-03T13:00:00Z", "until": "2026-03-03T17:00:00Z", "limit": 100}
    assert plans(search(isles, **window)["posts"]) == ["B22", "B21"]
    assert plans(search(isles, q="#isles7", until="1990-01-01T00:00:00Z")["posts"]) == ["B20"]


def test_marks_count_bytes(isles: Sandbox) -> None:
    """A facet's bytes are those of the tag with its sign."""
    [post] = [one for one in search(isles, q="café", limit=5)["posts"]]
    text = post["record"]["text"].encode()
    marked = {text[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in post["record"]["facets"]}
    assert marked == {"#Isles7", "@sefina.isles.example"}
    [mention] = [f["features"][0]["did"] for f in post["record"]["facets"] if "did" in f["features"][0]]
    assert mention == did(WORLD, "I01")


def test_an_edit_changes_the_cid_and_a_deletion_everything(isles: Sandbox) -> None:
    """The uri stays; a deleted post is left out of lookups, and its record is not found."""
    edited, deleted = (uri(WORLD, WORLD.posts[name]) for name in ("B08", "B11"))

    def lookup() -> dict[str, dict[str, Any]]:
        posts = ask(isles, "app.bsky.feed.getPosts", uris=[edited, deleted]).json()["posts"]
        return {post["uri"]: post for post in posts}

    isles.clock.set(moment("2026-03-06T08:00:00Z"))
    before = lookup()
    isles.clock.set(moment("2026-03-06T18:00:00Z"))
    after = lookup()
    assert (before.keys(), after.keys()) == ({edited, deleted}, {edited})
    assert before[edited]["cid"] != after[edited]["cid"]
    asked = {"repo": did(WORLD, "I02"), "collection": "app.bsky.feed.post", "rkey": deleted.rpartition("/")[2]}
    assert ask(isles, "com.atproto.repo.getRecord", None, **asked).json()["error"] == "RecordNotFound"


def test_a_feed_shows_other_peoples_posts_too(isles: Sandbox) -> None:
    """What was passed on has a reason, and an answer brings what it answers."""
    feed = ask(isles, "app.bsky.feed.getAuthorFeed", actor=did(WORLD, "I07")).json()["feed"]
    assert plans([entry["post"] for entry in feed]) == ["B06", "B01", "A05"]
    assert feed[1]["reason"]["by"]["did"] == did(WORLD, "I07")
    answered = ask(isles, "app.bsky.feed.getAuthorFeed", actor="sefina.isles.example", limit=1).json()
    assert plans([answered["feed"][0]["reply"]["parent"]]) == ["B02"]
    more = ask(isles, "app.bsky.feed.getAuthorFeed", actor="sefina.isles.example", cursor=answered["cursor"]).json()
    assert plans([entry["post"] for entry in more["feed"]]) == ["B01"]
    unknown = ask(isles, "app.bsky.feed.getAuthorFeed", actor="nobody.example")
    assert (unknown.status_code, unknown.json()["message"]) == (400, "Profile not found")


def test_methods_that_are_not_there_say_so(isles: Sandbox) -> None:
    """501; and a login by GET is no login."""
    assert ask(isles, "app.bsky.feed.getNothing").json()["error"] == "MethodNotImplemented"
    assert requests.get(f"{isles.urls['bluesky']}/xrpc/com.atproto.server.createSession", timeout=5).status_code == 404


@pytest.mark.parametrize("hours", range(0, 11 * 24, 36))
def test_what_it_shows_is_what_it_says_that_it_shows(isles: Sandbox, hours: int) -> None:
    """`meets` tells for every moment exactly the posts that the connector then reads."""
    isles.clock.set(moment("2026-03-02T06:00:00Z") + timedelta(hours=hours))
    people = (person for person in WORLD.people.values() if person.on_roster and not person.refuses)
    members = tuple(Member(handle=one.handles["bluesky"]) for one in people if "bluesky" in one.handles)
    transport, read = Transport(clock=isles.clock.now), set()
    options = bluesky.options(WORLD, isles.base_urls["bluesky"])
    for query in connector.queries(("isles7", "isle7"), options, members):
        window = Search(query=query, since=moment("2026-03-01T00:00:00Z"), until=isles.clock.now())
        for page in connector.fetch(window, transport, CREDENTIALS):
            read |= {item.key for item in connector.split(page)}  # type: ignore[union-attr]
    planned = {uri(WORLD, post) for post in WORLD.on("bluesky") if bluesky.meets(WORLD, post, isles.clock.now())}
    assert read == planned


def test_bad_records_and_pages_for_ever_can_be_planted(isles: Sandbox) -> None:
    """The faults that every platform has: one record more that nobody can read, and a first page without an end."""
    count = len(search(isles, q="#isles7", limit=100)["posts"])
    for how in ("missing_id", "wrong_type", "null"):
        isles.faults.clear()
        isles.faults.plant("bluesky", "bad_record", how=how)
        assert len(search(isles, q="#isles7", limit=100)["posts"]) == count + 1
    isles.faults.clear()
    isles.faults.plant("bluesky", "same_page", first=2)
    assert search(isles, q="#isles7", limit=100)["cursor"]


def test_the_edge_answers_with_a_web_page(isles: Sandbox) -> None:
    """A planted 403 of the edge is HTML, whoever asks."""
    token = login(isles).json()["accessJwt"]
    isles.faults.plant("bluesky", "status", status=403, code="edge")
    blocked = ask(isles, "app.bsky.feed.searchPosts", token, q="x")
    assert (blocked.status_code, blocked.text[:15]) == (403, "<!DOCTYPE html>")
