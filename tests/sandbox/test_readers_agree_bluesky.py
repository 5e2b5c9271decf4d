"""atproto, pointed at the simulated Bluesky, reads what our connector reads, and understands its errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from atproto import Client, Request, exceptions

from connectors import bluesky as connector
from connectors.records import Interaction, Member, Post, Search
from connectors.transport import Transport
from sandbox import server as sandbox_server
from sandbox.server import Sandbox
from sandbox.world import load, moment

WORLD = load(Path(sandbox_server.__file__).parent / "worlds" / "archipelago")
AFTER, BEFORE = moment("2026-03-12T06:00:00Z"), moment("2026-03-01T00:00:00Z")
HANDLE, PASSWORD = "team.isles.example", "isle-tide-rock-gull"
CREDENTIALS = {"handle": HANDLE, "app_password": PASSWORD}
MEMBERS = tuple(
    Member(handle=person.handles["bluesky"])
    for person in WORLD.people.values()
    if person.on_roster and not person.refuses and "bluesky" in person.handles
)


@pytest.fixture
def isles() -> Iterator[Sandbox]:
    with sandbox_server.serve(WORLD) as sandbox:
        sandbox.clock.set(AFTER)
        yield sandbox


@pytest.fixture
def client(isles: Sandbox) -> Iterator[Client]:
    request = Request()
    yield Client(base_url=f"{isles.urls['bluesky']}/xrpc", request=request)
    request.close()


@pytest.fixture
def reader(client: Client) -> Any:
    client.login(HANDLE, PASSWORD)
    return client.app.bsky


def ours(isles: Sandbox) -> dict[str, dict[str, Post]]:
    """What our connector reads, by the route and the post's key."""
    found: dict[str, dict[str, Post]] = {}
    transport = Transport(clock=isles.clock.now)
    for query in connector.queries(("isles7", "isle7"), {"base_url": isles.urls["bluesky"]}, MEMBERS):
        search = Search(query=query, since=BEFORE, until=AFTER)
        for page in connector.fetch(search, transport, CREDENTIALS):
            posts = [connector.parse(item) for item in connector.split(page)]  # type: ignore[arg-type]
            assert all(isinstance(post, Post) for post in posts)
            found.setdefault(query.route, {}).update({post.post_id: post for post in posts if isinstance(post, Post)})
    return found


def theirs(method: Any, asked: dict[str, Any], what: str = "posts") -> dict[str, Any]:
    """Every entry of a list, by the post's uri, walked along its cursors."""
    found: dict[str, Any] = {}
    cursor = None
    while True:
        answer = method({**asked, "limit": 3, **({"cursor": cursor} if cursor else {})})
        for entry in getattr(answer, what):
            view = entry.post if what == "feed" else entry
            if what == "posts" or entry.reason is None:
                found[view.uri] = view
        cursor = answer.cursor
        if not cursor:
            return found


def same(view: Any, post: Post) -> None:
    """One post, read twice."""
    record = view.record
    assert record.text == post.text
    assert post.flags or post.created_at == datetime.fromisoformat(record.created_at)
    assert post.author is not None
    assert view.author.did == post.author.account_id
    assert post.author.handle == (None if view.author.handle == "handle.invalid" else view.author.handle)
    counts = post.counts
    assert (view.like_count, view.repost_count, view.reply_count) == (counts.likes, counts.reposts, counts.replies)
    assert (view.quote_count, view.cid) == (counts.quotes, post.version_id)
    features = [feature for facet in record.facets or () for feature in facet.features]
    marked = [feature.tag.lower() for feature in features if feature.py_type.endswith("#tag")]
    assert not marked or tuple(dict.fromkeys([*marked, *map(str.lower, record.tags or ())])) == post.hashtags
    assert tuple(one.did for one in features if one.py_type.endswith("#mention")) == post.mentions
    assert post.reply_to_id == (record.reply.parent.uri if record.reply else None)


def test_search_is_read_alike(isles: Sandbox, reader: Any) -> None:
    """Both searches in small pages: the same posts, texts, times, counts, marks."""
    found: dict[str, Any] = {}
    for tag in ("isles7", "isle7"):
        found |= theirs(reader.feed.search_posts, {"q": f"#{tag}"})
        found |= theirs(reader.feed.search_posts, {"q": "*", "tag": [tag]})
    posts = ours(isles)["search"]
    assert found.keys() == posts.keys()
    assert len(found) == 18
    for uri, view in found.items():
        same(view, posts[uri])


def test_members_feeds_are_read_alike(isles: Sandbox, reader: Any) -> None:
    """All that members wrote, tagged or not, and nothing that they passed on."""
    found: dict[str, Any] = {}
    for member in MEMBERS:
        found |= theirs(reader.feed.get_author_feed, {"actor": member.handle, "filter": "posts_with_replies"}, "feed")
    posts = ours(isles)["members"]
    assert found.keys() == posts.keys()
    for uri, view in found.items():
        same(view, posts[uri])
    assert len(found.keys() - ours(isles)["search"].keys()) == 5


def test_who_acted_is_read_alike(isles: Sandbox, reader: Any) -> None:
    """Replies of a thread, quotes and reposts of every post."""
    posts = {uri: post for route in ours(isles).values() for uri, post in route.items()}
    told = set()
    for uri, post in posts.items():
        thread = reader.feed.get_post_thread({"uri": uri}).thread
        told |= {("reply", reply.post.author.did, uri) for reply in thread.replies}
        told |= {("quote", quote.author.did, uri) for quote in reader.feed.get_quotes({"uri": uri}).posts}
        told |= {("repost", who.did, uri) for who in reader.feed.get_reposted_by({"uri": uri}).reposted_by}
        assert (post.counts.quotes or 0) == len(reader.feed.get_quotes({"uri": uri}).posts)
    assert told == {(act.act, act.actor.account_id, act.target_post) for act in _acts(isles) if act.act != "mention"}
    assert {act for act, _, _ in told} == {"reply", "quote", "repost"}


def _acts(isles: Sandbox) -> Iterator[Interaction]:
    options, transport = {"base_url": isles.urls["bluesky"]}, Transport(clock=isles.clock.now)
    items = []
    for query in connector.queries(("isles7", "isle7"), options, MEMBERS):
        for page in connector.fetch(Search(query=query, since=BEFORE, until=AFTER), transport, CREDENTIALS):
            items += list(connector.split(page))
    for query in connector.interaction_queries(("isles7", "isle7"), options, MEMBERS):
        search = Search(query=query, since=BEFORE, until=AFTER)
        for page in connector.fetch_interactions(search, items, transport, CREDENTIALS):  # type: ignore[arg-type]
            for act in connector.split_interactions(page):
                assert isinstance(act, Interaction)
                yield act


def test_accounts_are_looked_up_alike(client: Client, isles: Sandbox) -> None:
    """A handle leads to the DID that is the author's of the posts."""
    client.login(HANDLE, PASSWORD)
    for post in ours(isles)["members"].values():
        assert post.author is not None
        if post.author.handle:
            found = client.com.atproto.identity.resolve_handle({"handle": post.author.handle})
            assert found.did == post.author.account_id


def test_a_wrong_password_is_understood(client: Client) -> None:
    """401 with the name of the error."""
    with pytest.raises(exceptions.UnauthorizedError) as refused:
        client.login(HANDLE, "wrong")
    assert refused.value.response is not None
    assert refused.value.response.content.error == "AuthenticationRequired"


def test_other_errors_are_understood(isles: Sandbox, client: Client, reader: Any) -> None:
    """400 for an account that is not there and a token that expired, 429, 500 and a connection that breaks."""
    with pytest.raises(exceptions.BadRequestError) as unknown:
        reader.feed.get_author_feed({"actor": "nobody.example"})
    assert unknown.value.response is not None
    assert unknown.value.response.content.message == "Profile not found"
    for status, code, error in (
        (400, "ExpiredToken", exceptions.BadRequestError),
        (429, "", exceptions.RateLimitExceededError),
        (502, "", exceptions.NetworkError),
    ):
        isles.faults.clear()
        isles.faults.plant("bluesky", "status", status=status, code=code)
        with pytest.raises(error):
            reader.feed.search_posts({"q": "#isles7"})
