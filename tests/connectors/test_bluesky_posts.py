from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import bluesky, hashtag_rules, permalinks
from connectors.records import Interaction, Post, RawItem, Rejected
from tests.connectors.bluesky_answers import (
    AMINA,
    BAO,
    NOW,
    PAGES,
    SEARCH,
    ZOE,
    items_in,
    page_of,
    posts_in,
    view_of,
)

# reading


def test_a_post_is_read_as_its_author_meant_it() -> None:
    """Facets count bytes, unknown ones are passed by; the account is the DID."""
    post = posts_in(*SEARCH["posts"])[0]
    assert post.post_id == f"at://{AMINA}/app.bsky.feed.post/3k2one"
    assert post.text == "🏛️ café #ITP28 with @bao.example museum.example/tea"
    assert (post.hashtags, post.mentions, post.links) == (("itp28",), (BAO,), ("https://museum.example/tea",))
    assert post.media_types == ("image", "image")
    assert post.created_at == datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
    counts = post.counts
    assert (counts.likes, counts.reposts, counts.replies, counts.quotes, counts.views) == (3, 2, 1, 0, None)
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == (AMINA, "amina.museum.example")
    assert (post.kind, post.language, post.version_id, post.flags) == ("original", "en", "bafyrei3k2one", ())


def test_replies_and_quotes_name_whom_they_are_meant_for() -> None:
    """A reply has its parent and root; a quote with media has what it quotes and the media."""
    first, reply, quote, _ = posts_in(*SEARCH["posts"])
    assert (reply.kind, reply.reply_to_id, reply.reply_to_account) == ("reply", first.post_id, AMINA)
    assert reply.conversation_id == first.post_id
    assert (quote.kind, quote.media_types) == ("quote", ("video",))
    assert quote.quote_of_id == f"at://{ZOE}/app.bsky.feed.post/3zebra"


def test_marks_are_taken_as_given_and_text_is_searched_only_without_them() -> None:
    """Facets and `record.tags` are the author's own; a program that marks nothing leaves the text."""
    _, beside, plain, _ = posts_in(*SEARCH["posts"])
    assert beside.hashtags == ("itp28", "museum memory")
    assert plain.hashtags == ("itp28",)
    marked = posts_in(view_of(1, record={"text": "#ITP28 #other", "tags": ["else"]}))[0]
    assert marked.hashtags == ("else",)
    sign = {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "#ITP28"}]}
    assert posts_in(view_of(1, record={"text": "##ITP28", "facets": [sign]}))[0].hashtags == ("itp28",)


@pytest.mark.parametrize(
    "created_at",
    [
        "0001-01-01T00:00:00.000Z",
        "0000-01-01T00:00:00Z",
        "2026-02-03T10:00:00",
        "soon",
        7,
        None,
    ],
)
def test_a_time_that_cannot_be_told_is_unknown(created_at: object) -> None:
    """The year 1, no zone, no time: unknown and flagged, never guessed, and the post is kept."""
    post = posts_in(view_of(1, record={"createdAt": created_at}))[0]
    assert post.created_at is None
    assert post.flags == ("created_at_unreadable",)


@pytest.mark.parametrize(
    ("minutes", "flags"),
    [(9, ()), (60, ("created_at_ahead",)), (-60 * 23, ()), (-60 * 25, ("created_at_long_before",))],
)
def test_no_post_is_younger_than_its_first_sight(minutes: int, flags: tuple[str, ...]) -> None:
    """Of what the author's program declares and when the network saw it first, the earlier; odd ones are flagged."""
    declared = NOW + timedelta(minutes=minutes)
    post = posts_in(view_of(1, record={"createdAt": declared.isoformat()}))[0]
    assert post.created_at == min(declared, NOW)
    assert post.flags == flags


def test_a_future_that_nobody_has_seen_is_unknown() -> None:
    post = posts_in(view_of(1, record={"createdAt": "2099-01-01T00:00:00Z"}, indexedAt=None))[0]
    assert post.created_at is None
    assert post.flags == ("created_at_unreadable",)


def test_an_account_without_a_valid_handle_is_still_that_account() -> None:
    """`handle.invalid` is no handle; the DID stays; who wants to be shown to members only is flagged."""
    post = posts_in(*SEARCH["posts"])[3]
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == (ZOE, None)
    assert set(post.flags) == {"created_at_unreadable", "asks_not_indexed", "handle_unknown"}
    assert bluesky_accounts(SEARCH["posts"][3]) == (ZOE,)


def bluesky_accounts(view: dict[str, Any]) -> tuple[str, ...]:
    return items_in(view)[0].accounts


def test_a_renamed_account_is_the_same_account() -> None:
    """The handle is an attribute; key and account do not change with it."""
    before, after = view_of(1), view_of(1)
    after["author"]["handle"] = "other.example"
    assert items_in(before)[0].key == items_in(after)[0].key
    first, second = posts_in(before, after)
    assert first.author is not None
    assert second.author is not None
    assert first.author.account_id == second.author.account_id
    assert first.author.handle != second.author.handle


def test_keys_are_the_same_on_every_route() -> None:
    """An at-uri with a handle is put right, and a post's web address gives its key."""
    by_handle = view_of(1)
    by_handle["uri"] = "at://amina.museum.example/app.bsky.feed.post/3k1"
    [post] = posts_in(by_handle)
    assert post.post_id == posts_in(view_of(1))[0].post_id
    link = permalinks.permalink(post.url or "")
    assert link is not None
    assert (link.platform, link.key) == ("bluesky", post.post_id)


def test_other_peoples_posts_are_cut_to_references() -> None:
    """What a post quotes is in its view in full: nothing of it is kept; what stands alone keeps its bytes."""
    body = (PAGES / "bluesky_search.json").read_bytes()
    first, second, quote, _ = (item for item in bluesky.split(page_of(body)) if isinstance(item, RawItem))
    assert b"zebra #ITP28" not in quote.body
    assert b"zoe.example" not in quote.body
    assert first.body in body
    assert second.body in body
    strange = view_of(1, embed={"$type": "app.other.embed#view", "inside": {"text": "zebra"}})
    assert b"zebra" not in items_in(strange)[0].body


def test_missing_counts_are_unknown() -> None:
    """What the network does not tell is None, never 0."""
    counts = posts_in(view_of(1, likeCount=None, replyCount="many"))[0].counts
    assert (counts.likes, counts.reposts, counts.replies, counts.quotes, counts.bookmarks) == (None,) * 5


def test_what_is_embedded_may_be_no_post() -> None:
    """A feed, a list, a link card and kinds that we do not know are no quotes."""
    feed = {"$type": "app.bsky.embed.record", "record": {"uri": f"at://{ZOE}/app.bsky.feed.generator/x", "cid": "c"}}
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://museum.example/", "title": "M"}}
    gallery = {"$type": "app.bsky.embed.gallery", "items": [{}, {}]}
    posts = posts_in(*(view_of(1, record={"embed": one}) for one in (feed, card, gallery, {"$type": "new"}, "x")))
    assert [post.kind for post in posts] == ["original"] * 5
    assert posts[1].links == ("https://museum.example/",)
    assert posts[2].media_types == ("image", "image")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"author":{"handle":"zoe.example"},"n":' + b"[" * 90_000 + b"]" * 90_000 + b"}", "not_json"),
        (b'{"author":{"handle":"zoe.example"},"x":"\xff\xfe"}', "not_json"),
        (b'{"author":{"handle":"zoe.example"},"uri":"at://zoe.example/app.bsky.feed.post/3k1"}', "no_id"),
        (b'{"author":{"handle":"zoe.example"},"uri":"at://' + ZOE.encode() + b'/app.bsky.feed.like/3k1"}', "no_id"),
    ],
    ids=["too deep", "not UTF-8", "no DID", "no post"],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    """Its neighbours come through, and whose it is can still be told to the sieve."""
    good = json.dumps(view_of(1)).encode()
    first, bad, last = bluesky.split(page_of(b'{"posts":[' + good + b"," + broken + b"," + good + b"]}"))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert "zoe.example" in bad.accounts
    assert "zoe" not in bad.detail


def test_a_post_without_a_record_is_rejected() -> None:
    """There is nothing to read in it, and nothing is made up."""
    item = items_in(view_of(1) | {"record": None})[0]
    read = bluesky.parse(item)
    assert isinstance(read, Rejected)
    assert read.reason == "missing_field"


STRANGE = (
    None,
    "",
    "\x00\ud800",
    "9" * 400,
    -1,
    2**70,
    float("nan"),
    True,
    [],
    [None],
    [[7]],
    {},
    {"a": 1},
    "at://x/y/z",
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from _places(child, (*path, name))


def _changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("which", range(4))
def test_every_change_of_every_place_costs_at_most_that_item(which: int) -> None:
    """Each place of an item of another type: a post with a flag, or a rejected item, and its neighbour is whole."""
    view, neighbour = SEARCH["posts"][which], SEARCH["posts"][0]
    for path in _places(view):
        for value in STRANGE if path else ():
            read = [_read(item) for item in bluesky.split(page_of({"posts": [_changed(view, path, value), neighbour]}))]
            assert len(read) == 2
            assert isinstance(read[1], Post)
            if isinstance(read[0], Post):
                assert read[0].created_at is not None or "created_at_unreadable" in read[0].flags
                assert read[0].author is not None


def _read(item: RawItem | Rejected) -> Post | Rejected:
    return bluesky.parse(item) if isinstance(item, RawItem) else item


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("uri", "cid", "author", "record", "embed", "indexedAt", "labels", "likeCount", "post", "reason")


@given(
    st.dictionaries(st.sampled_from(NAMES), JSON),
    st.dictionaries(st.sampled_from(("text", "facets", "tags", "createdAt", "reply", "embed")), JSON),
)
def test_any_json_is_a_post_or_rejected(view: dict[str, Any], record: dict[str, Any]) -> None:
    """No document crashes the reading, on the list of a search or of a feed."""
    for changed in (view, {**view_of(1), **view}, {**view_of(1), "record": record}):
        for document in ({"posts": [changed]}, {"feed": [changed]}, {"feed": [{"post": changed, "reason": view}]}):
            for item in bluesky.split(page_of(document)):
                assert isinstance(_read(item), Post | Rejected)
            assert all(isinstance(act, Interaction | Rejected) for act in bluesky.split_interactions(page_of(document)))


# hashtags in plain text


def test_a_text_without_marks_is_searched_by_bluesky_own_rule() -> None:
    """Tags of up to 64 UTF-16 units, so of 32 characters beyond the basic plane, and none in a text that is marked."""
    wide = "\U0001d4d0" * 32
    text = f"#ITP28, #{wide} #{wide}\U0001d4d0 a#b"
    assert posts_in(view_of(1, record={"text": text}))[0].hashtags == ("itp28", "a" * 32)
    assert posts_in(view_of(1, record={"text": text, "tags": ["other"]}))[0].hashtags == ("other",)


@given(st.text())
def test_any_text_can_be_searched_for_tags(text: str) -> None:
    """A tag that is found stands in the text behind a sign, and is never empty."""
    for tag in hashtag_rules.bluesky(text):
        assert tag
        assert f"#{tag}" in text or f"\uff03{tag}" in text
