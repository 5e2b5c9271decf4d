"""The three lists of a Page of Facebook, and its posts, whatever they hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import facebook
from connectors.errors import AccessDenied, BadAnswer, RequestRefused
from connectors.permalinks import permalink
from connectors.records import Member, Post, RawItem, Rejected
from connectors.transport import Transport
from sandbox import facebook as simulated
from sandbox import server as small_world
from sandbox.world import World
from tests.connectors.facebook.answers import (
    NOW,
    POST,
    TAGS,
    TOKEN,
    Server,
    a_page,
    a_query,
    items_in,
    posts_in,
    read_one,
    search_for,
    texts_in,
    the_post,
    transport_to,
)


def test_each_page_has_three_lists() -> None:
    """By id or name; without a list, the Page whose token it is. Members' profiles cannot be read."""
    queries = facebook.queries(TAGS, {"pages": ["tidehouse", 77], "version": "v27.0"}, (Member(handle="ben"),))
    assert [query.name for query in queries[:4]] == [
        *("tidehouse/published_posts", "tidehouse/feed", "tidehouse/tagged"),
        "77/published_posts",
    ]
    assert {query.base_url for query in queries} == {"https://graph.facebook.com/v27.0"}
    assert [query.name for query in facebook.queries(TAGS, {})] == ["me/published_posts", "me/feed", "me/tagged"]
    assert [query.name for query in facebook.interaction_queries(TAGS, {})] == ["interactions/me"]
    assert facebook.visible_since(search_for(queries[0]), NOW) == NOW - timedelta(days=7)


def test_a_list_is_read_to_its_end(isles: small_world.Sandbox, world: World) -> None:
    """In pages of three, along cursors; the feed has what the other two have, and visitors' posts."""
    pages = read_one(isles, "feed")
    assert [len(items_in([page])) for page in pages] == [3, 3, 2]
    shown = {post.versions[-1].text for post in world.on("facebook") if simulated.meets(world, post, NOW)}
    assert texts_in(pages) == shown
    assert texts_in(read_one(isles, "published_posts")) | texts_in(read_one(isles, "tagged")) < shown
    assert "Is the #isles7 show open on Sunday?" in shown
    assert not any("isles-facebook-token" in page.url for page in pages)
    assert not any("access_token" in request.query for request in isles.requests)


def test_a_short_or_empty_page_is_not_the_end(server: Server, transport: Transport) -> None:
    """Facebook leaves out what we may not see after it has cut the pages."""
    server.says({"id": "1", "name": "n"})
    server.says({"data": [], "paging": {"cursors": {"after": "A"}, "next": "https://x.example/?after=A"}})
    server.says({"data": [POST], "paging": {"cursors": {"after": "B"}}})
    query = facebook.queries(TAGS, {"base_url": server.url})[0]
    assert len(posts_in(list(facebook.fetch(search_for(query), transport, TOKEN)))) == 1


def test_a_post_is_the_same_on_every_list_and_in_an_address(isles: small_world.Sandbox) -> None:
    """Its own id is the key, not the Page's part of it."""
    feed = {post.post_id: post for post in posts_in(read_one(isles, "feed"))}
    for post in posts_in([*read_one(isles, "published_posts"), *read_one(isles, "tagged")]):
        assert feed[post.post_id] == post
        assert permalink(post.url or "") == ("facebook", post.post_id)


def test_authors_other_than_the_page_are_withheld(isles: small_world.Sandbox) -> None:
    """A visitor's post and one that tags the Page have no author; the Page has its handle."""
    assert {post.author for post in posts_in(read_one(isles, "tagged"))} == {None}
    assert {post.author.handle for post in posts_in(read_one(isles, "published_posts")) if post.author} == {"tidehouse"}


def test_what_the_page_shows_to_some_only_is_not_public(isles: small_world.Sandbox) -> None:
    """Its own token sees it; the item says so."""
    hidden = [item for item in items_in(read_one(isles, "feed")) if not item.public]
    assert [post.text for item in hidden if isinstance(post := facebook.parse(item), Post)] == [
        "For our friends in the neighbourhood only #Isles7"
    ]


@pytest.mark.parametrize(
    ("post", "public"),
    [
        ({"privacy": {"value": "EVERYONE"}}, True),
        ({"privacy": {"value": ""}}, True),
        ({"privacy": None}, True),
        ({}, True),
        ({"privacy": {"value": "ALL_FRIENDS"}}, False),
        ({"privacy": {"value": "A_VALUE_OF_TOMORROW"}}, False),
        ({"privacy": {"value": "SELF"}, "id": None}, False),
        ({"is_published": False}, False),
    ],
)
def test_only_what_everybody_sees_is_public(post: dict[str, Any], public: bool) -> None:
    """Values that we do not know are not public, also on a post that cannot be read."""
    silent = {name: value for name, value in POST.items() if name != "privacy"}
    [item] = facebook.split(a_page({"data": [silent | post]}))
    assert item.public is public


def test_posts_are_read() -> None:
    """Tags from the text, mentions by id, counts from the summaries; a comment's time is no edit."""
    post = the_post(POST)
    assert post.post_id == "222222222222222"
    assert (post.hashtags, post.mentions, post.kind) == (("isles7",), ("333",), "original")
    assert (post.created_at, post.edited_at) == (datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC), None)
    assert (post.counts.likes, post.counts.replies, post.counts.reposts) == (5, 2, 3)
    assert (post.media_types, post.source_rank, post.flags) == (("image",), 2, ())
    assert post.author is not None
    assert (post.author.account_id, post.author.handle, post.author.display_name) == (
        *("100000000000001", "tide.house"),
        "Tide House",
    )
    assert the_post(POST, about="100000000000001").author == replace(post.author, handle=None)
    assert the_post(POST, about="7/other").author == replace(post.author, handle=None)


def test_what_is_left_out_is_unknown() -> None:
    """Shares, reactions, comments: absent is not 0."""
    bare = {name: POST[name] for name in ("id", "message", "created_time")}
    post = the_post(bare)
    assert (post.counts.likes, post.counts.replies, post.counts.reposts) == (None, None, None)
    assert (post.author, post.source_rank) == (None, 1)


@pytest.mark.parametrize(
    ("message", "kind", "quoted", "reposted"),
    [("Look! #Isles7", "quote", "444", None), (None, "repost", None, "444")],
)
def test_a_shared_post_is_a_reference(message: str | None, kind: str, quoted: str | None, reposted: str | None) -> None:
    """With words of one's own it is a quote, else a repost; the shared words stay out of the item."""
    shared = {"media_type": "link", "url": "https://a.example", "title": "zebra", "description": "zebra"}
    shared |= {"subattachments": {"data": [{"media_type": "photo", "description": "zebra"}]}}
    post = POST | {"message": message, "parent_id": "9_444", "attachments": {"data": [shared]}}
    [item] = items_in([a_page({"data": [post]})])
    read = facebook.parse(item)
    assert isinstance(read, Post)
    assert b"zebra" not in item.body
    assert (read.kind, read.quote_of_id, read.repost_of_id) == (kind, quoted, reposted)
    assert read.media_types == ("image",)
    assert the_post(POST | {"attachments": {"data": [shared | {"subattachments": None}]}}).links == (
        "https://a.example",
    )


@pytest.mark.parametrize("name", ["comments", "reactions", "likes", "sharedposts", "to", "with_tags"])
def test_other_people_in_a_post_are_not_kept(name: str) -> None:
    """Saved pages have them nested; the numbers beside them stay."""
    nested = {"data": [{"name": "zebra", "message": "zebra"}], "summary": {"total_count": 9}}
    [item] = items_in([a_page({"data": [POST | {name: nested}]})])
    assert b"zebra" not in item.body
    assert (b'"total_count":9' in item.body) is True
    [item] = items_in([a_page({"data": [POST | {name: {"data": [{"name": "zebra"}]}}]})])
    assert b"zebra" not in item.body


def test_an_item_keeps_its_bytes() -> None:
    """As it came; of the Page's own posts, with the Page's handle put before it."""
    piece = json.dumps(POST, indent=1).encode()
    [item] = items_in([a_page(b'{"data":[' + piece + b"]}", about="")])
    assert item.body == piece
    [item] = items_in([a_page(b'{"data":[' + piece + b"]}")])
    assert item.body.endswith(piece[1:].lstrip())


def test_a_bad_item_costs_itself() -> None:
    """Its neighbours are read."""
    body = json.dumps({"data": [POST, None, {"message": "x", "from": {"id": "5"}}, [], POST]}).encode()
    found = list(facebook.split(a_page(body.replace(b"null", b"[" * 9000 + b"]" * 9000, 1))))
    assert [type(one) for one in found] == [RawItem, Rejected, Rejected, Rejected, RawItem]
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["not_json", "no_id", "wrong_type"]
    assert found[2].accounts == ("5",)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"error":{"code":4}}', b'{"data":{}}'])
def test_a_page_that_cannot_be_cut_says_so(body: bytes) -> None:
    """It goes to quarantine whole."""
    with pytest.raises(BadAnswer):
        list(facebook.split(a_page(body)))


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
)


@given(st.dictionaries(st.sampled_from([*POST, "page", "parent_id", "parent", "likes"]), JSON))
def test_whatever_a_field_holds_it_is_a_post_or_rejected(changed: dict[str, Any]) -> None:
    """Never an exception, never a lost item."""
    for body in ({"data": [POST | changed]}, {"id": "1_2"} | changed | {"data": [changed]}):
        found = list(facebook.split(a_page(body)))
        assert len(found) == 1
        if isinstance(found[0], RawItem):
            assert isinstance(facebook.parse(found[0]), Post | Rejected)
        list(facebook.split_interactions(a_page(body)))
    comment = {"id": "1_2", "from": {"id": "3"}} | {n: v for n, v in changed.items() if n != "permalink_url"}
    list(facebook.split_interactions(a_page({"data": [comment]}, about="1")))


def test_a_token_that_is_not_a_pages_is_told_so(server: Server, transport: Transport) -> None:
    """A person's "me" has no such fields: the sentence says what to do."""
    server.says({"error": {"code": 100}}, status=400)
    query = facebook.queries(TAGS, {"base_url": server.url})[0]
    with pytest.raises(AccessDenied, match="pages ="):
        list(facebook.fetch(search_for(query), transport, TOKEN))
    named = facebook.queries(TAGS, {"base_url": server.url, "pages": ["tidehouse"]})[0]
    with pytest.raises(RequestRefused):
        list(facebook.fetch(search_for(named), transport, TOKEN))


def test_a_wrong_token_names_its_setting(isles: small_world.Sandbox) -> None:
    """190 with status 400."""
    with pytest.raises(AccessDenied, match="ROLLCALL_FACEBOOK_TOKEN"):
        list(facebook.fetch(search_for(a_query(isles, "feed")), transport_to(isles), {"token": "wrong"}))
