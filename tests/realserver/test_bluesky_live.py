"""The Bluesky connector against a Bluesky.

The network's development server searches for a piece of text, case by case, and ignores `tag`, `since`, `until`; so the
figures of search are those of one spelling, and the feeds of the members show the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import bluesky as connector
from connectors.errors import AccessDenied
from connectors.records import Interaction, Member, Post, Query, RawItem, Search
from connectors.transport import Transport

pytestmark = [pytest.mark.realserver, pytest.mark.timeout(900)]
BEFORE = datetime(2021, 1, 30, tzinfo=UTC)
SPELLINGS = ("ITP28", "itp28", "Itp28")
TRUE = ("marked", "beside")


def _credentials(network: Any) -> dict[str, str]:
    return {"handle": network.accounts[0]["handle"], "app_password": network.password}


def _queries(network: Any, tags: tuple[str, ...] = SPELLINGS) -> tuple[Query, ...]:
    members = tuple(Member(handle=account["handle"]) for account in network.accounts)
    return connector.queries(tags, {"base_url": network.url}, members)


def _read(network: Any, queries: tuple[Query, ...], transport: Transport | None = None) -> dict[str, list[Post]]:
    """All posts by key, each as often as it was met; every item must be readable."""
    found: dict[str, list[Post]] = {}
    transport = transport or Transport()
    for query in queries:
        search = Search(query=query, since=BEFORE, until=datetime.now(UTC) + timedelta(minutes=1))
        for page in connector.fetch(search, transport, _credentials(network)):
            for item in connector.split(page):
                assert isinstance(item, RawItem)
                post = connector.parse(item)
                assert isinstance(post, Post)
                found.setdefault(post.post_id, []).append(post)
    return found


def _tagged(found: dict[str, list[Post]]) -> set[str]:
    return {key for key, posts in found.items() if all("itp28" in post.hashtags for post in posts)}


def _of(network: Any, *kinds: str) -> set[str]:
    return {post["uri"] for post in network.posts if post["kind"] in kinds}


def test_exactly_the_true_posts_are_found(bluesky: Any) -> None:
    """160 of 200: look-alikes and plain words stay out; 20 that bear the tag beside their text are in feeds only."""
    transport = Transport()
    *searches, feeds = _queries(bluesky)
    searched, fed = _read(bluesky, tuple(searches), transport), _read(bluesky, (feeds,), transport)
    assert len(_of(bluesky, *TRUE)) == 160
    assert _tagged(searched | fed) == _of(bluesky, *TRUE)
    assert _tagged(searched) == _of(bluesky, "marked")
    assert _tagged(fed) - _tagged(searched) == _of(bluesky, "beside")
    assert len(_of(bluesky, "beside")) == 20
    assert set(searched) & _of(bluesky, "look-alike"), "its search does find look-alikes"
    assert transport.warnings == []


def test_a_post_is_the_same_on_every_route(bluesky: Any) -> None:
    """One key, one reading: search and feed do not make two of it; counts and authors are the network's."""
    truth = {post["uri"]: post for post in bluesky.posts}
    found = _read(bluesky, _queries(bluesky))
    assert set(found) == set(truth), "the feeds show every post, tagged or not, and nothing twice under another name"
    assert max(map(len, found.values())) > 1
    handles = {account["did"]: account["handle"] for account in bluesky.accounts}
    for key, posts in found.items():
        assert all(post == posts[0] for post in posts)
        post = posts[0]
        assert post.author is not None
        assert (post.author.account_id, post.version_id) == (truth[key]["did"], truth[key]["cid"])
        assert post.author.handle == handles[truth[key]["did"]]
        assert (post.counts.likes, post.counts.reposts) == (truth[key]["likes"], truth[key]["reposts"])
        assert post.created_at is not None
        assert post.created_at.year == 2021
        assert not post.flags
    assert sum(post[0].kind == "reply" for post in found.values()) == 20


def test_a_renamed_handle_is_the_same_account(bluesky: Any) -> None:
    """The DID stays, the posts keep their names, and the new handle is told."""
    account = bluesky.accounts[3]
    own = {post["uri"] for post in bluesky.posts if post["did"] == account["did"]}
    bluesky.call("com.atproto.identity.updateHandle", account, {"handle": "renamed.test"})
    try:
        members = (Member(account_id=account["did"], handle=account["handle"]),)
        found = _read(bluesky, connector.queries((), {"base_url": bluesky.url}, members))
        assert set(found) == own
        authors = {(post.author.account_id, post.author.handle) for [post] in found.values() if post.author}
        assert authors == {(account["did"], "renamed.test")}
    finally:
        bluesky.call("com.atproto.identity.updateHandle", account, {"handle": account["handle"]})


def test_who_acted_is_told(bluesky: Any) -> None:
    """Replies and reposts of all posts are those of the seed, from the lists and from the members' feeds."""
    found = _read(bluesky, _queries(bluesky))
    items = [RawItem(platform="bluesky", source="bsky.app", key=key, body=b"{}", observed_at=BEFORE) for key in found]
    members = tuple(Member(handle=account["handle"]) for account in bluesky.accounts)
    told: dict[str, set[tuple[str, str | None, str]]] = {}
    for query in connector.interaction_queries((), {"base_url": bluesky.url}, members):
        search = Search(query=query, since=BEFORE, until=datetime.now(UTC))
        for page in connector.fetch_interactions(search, items, Transport(), _credentials(bluesky)):
            for act in connector.split_interactions(page):
                assert isinstance(act, Interaction)
                told.setdefault(query.route, set()).add((act.act, act.target_post, act.actor.account_id))
    assert told["posts"] == told["members"]
    assert sum(act == "repost" for act, _, _ in told["posts"]) == sum(post["reposts"] for post in bluesky.posts)
    assert sum(act == "reply" for act, _, _ in told["posts"]) == 20


def test_a_wrong_password_is_told_apart(bluesky: Any) -> None:
    """The server's own answer to a wrong password, and what doctor says of the right one."""
    query = _queries(bluesky)[0]
    wrong = {**_credentials(bluesky), "app_password": "wrong"}
    with pytest.raises(AccessDenied, match="does not accept"):
        connector.probe(query, Transport(), wrong)
    assert connector.probe(query, Transport(), _credentials(bluesky)).as_whom == bluesky.accounts[0]["handle"]


def test_a_member_who_is_not_there_costs_one(bluesky: Any) -> None:
    """The server's own answer for an account that nobody has."""
    members = (Member(handle="nobody.test"), Member(handle=bluesky.accounts[1]["handle"]))
    transport = Transport()
    found = _read(bluesky, connector.queries((), {"base_url": bluesky.url}, members), transport)
    assert found
    assert transport.warnings == [
        "1 of 2 members' accounts on bsky.app cannot be read (1 not found); check their handles in the roster."
    ]


def test_a_deleted_post_is_gone(bluesky: Any) -> None:
    """The server's own answers for a deleted post and for one of a deactivated account; the others are there."""
    *_, account, sleeper = bluesky.accounts
    query, transport = _queries(bluesky)[0], Transport()
    victim = next(post["uri"] for post in bluesky.posts if post["did"] == account["did"])
    hidden = next(post["uri"] for post in bluesky.posts if post["did"] == sleeper["did"])
    keys = sorted({*(post["uri"] for post in bluesky.posts[:30]), victim, hidden})
    items = [RawItem(platform="bluesky", source="bsky.app", key=key, body=b"{}", observed_at=BEFORE) for key in keys]
    before = list(connector.reread(items, query, transport, _credentials(bluesky)))
    assert [gone for again in before for gone in again.gone] == []
    record = {"repo": account["did"], "collection": "app.bsky.feed.post", "rkey": victim.rpartition("/")[2]}
    bluesky.call("com.atproto.repo.deleteRecord", account, record)
    bluesky.call("com.atproto.server.deactivateAccount", sleeper, {})
    after = list(connector.reread(items, query, transport, _credentials(bluesky)))
    lost = {gone.key: gone.loss for again in after for gone in again.gone}
    of_sleeper = {post["uri"] for post in bluesky.posts if post["did"] == sleeper["did"]}
    assert lost[victim] == "deleted"
    assert {key: loss for key, loss in lost.items() if key != victim} == {
        key: "not_public" for key in keys if key in of_sleeper
    }
    assert sum(again.asked for again in after) == len(keys)
    there = {item.key for again in after if again.page for item in connector.split(again.page)}  # type: ignore[union-attr]
    assert there == set(keys) - set(lost)
