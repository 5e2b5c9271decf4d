"""Media of Instagram, whatever they hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import instagram
from connectors.errors import BadAnswer
from connectors.permalinks import permalink
from connectors.records import Post, RawItem, Rejected
from tests.connectors.instagram.answers import MEDIA, OWNER, a_page, items_in, the_post


def test_media_are_read() -> None:
    """Key by shortcode, tags and mentions from the caption, times without a colon in the offset."""
    post = the_post(MEDIA, OWNER)
    assert post.post_id == "DAbc-_12345"
    assert permalink(post.url or "") == ("instagram", post.post_id)
    assert post.hashtags == ("isles7", "îles7")
    assert post.mentions == ("amina.b", "ben")
    assert post.created_at == datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)
    assert (post.counts.likes, post.counts.replies, post.counts.reposts, post.counts.views) == (5, 2, None, None)
    assert (post.media_types, post.kind, post.flags) == (("image",), "original", ())
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == (OWNER["id"], "sefina.leota")


@pytest.mark.parametrize("path", ["p", "reel", "tv"])
def test_a_reel_has_the_same_key_as_a_post(path: str) -> None:
    """The shortcode stays, whatever stands before it."""
    assert the_post(MEDIA | {"permalink": f"https://www.instagram.com/{path}/DAbc-_12345/"}).post_id == "DAbc-_12345"


def test_hidden_likes_are_unknown() -> None:
    """Case 24: left out of the answer is not 0; a zero that is told is."""
    hidden = {name: value for name, value in MEDIA.items() if name not in ("like_count", "comments_count")}
    assert (the_post(hidden).counts.likes, the_post(hidden).counts.replies) == (None, None)
    assert the_post(MEDIA | {"like_count": 0}).counts.likes == 0


def test_without_an_author_nobody_is_guessed() -> None:
    """A hashtag's media belong to nobody until another route tells."""
    post = the_post(MEDIA)
    assert (post.author, post.source_rank) == (None, 1)
    assert next(instagram.split(a_page({"data": [MEDIA]}))).accounts == ()


def test_an_album_is_what_is_in_it() -> None:
    """Kinds that we do not know keep their name."""
    album = MEDIA | {
        "media_type": "CAROUSEL_ALBUM",
        "children": {"data": [{"media_type": "VIDEO"}, {"media_type": "HOLOGRAM"}]},
    }
    assert the_post(album).media_types == ("video", "hologram")
    assert the_post(MEDIA | {"media_type": "CAROUSEL_ALBUM"}).media_types == ("carousel",)


@pytest.mark.parametrize("timestamp", [None, "0001-01-01T00:00:00+0000", "2026-04-01T00:00:00+0000", "soon", 7])
def test_a_time_that_cannot_be_true_is_flagged(timestamp: object) -> None:
    """Missing, year 1, in the future, nonsense: the post stays, its time is unknown."""
    post = the_post(MEDIA | {"timestamp": timestamp})
    assert (post.created_at, "created_at_unreadable" in post.flags) == (None, True)


def test_an_item_keeps_its_bytes_and_stands_alone() -> None:
    """As it came, and where the author is told beside it, with the author put before it."""
    piece = json.dumps(MEDIA, indent=1).encode()
    [item] = items_in([a_page(b'{"data":[' + piece + b"]}")])
    assert item.body == piece
    [item] = items_in(
        [a_page(b'{"business_discovery":' + json.dumps(OWNER).encode()[:-1] + b',"media":{"data":[' + piece + b"]}}}")]
    )
    assert item.body.endswith(piece[1:].lstrip())
    assert item.accounts == (OWNER["id"], "sefina.leota")


def test_other_peoples_comments_are_not_kept() -> None:
    """Saved pages have them nested."""
    media = MEDIA | {"comments": {"data": [{"text": "zebra", "username": "zebra"}]}}
    [item] = items_in([a_page({"data": [media]})])
    assert b"zebra" not in item.body


def test_a_bad_item_costs_itself() -> None:
    """Its neighbours are read; whose it is is still known."""
    body = json.dumps({"business_discovery": OWNER | {"media": {"data": [MEDIA, None, {"id": "7"}, MEDIA]}}})
    found = list(instagram.split(a_page(body.encode().replace(b"null", b"[" * 9000 + b"]" * 9000))))
    assert [type(one) for one in found] == [RawItem, Rejected, Rejected, RawItem]
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["not_json", "no_id"]
    assert {one.accounts for one in found} == {(OWNER["id"], "sefina.leota")}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"error":{"code":4}}', b'{"business_discovery":[]}'])
def test_a_page_that_cannot_be_cut_says_so(body: bytes) -> None:
    """It goes to quarantine whole."""
    with pytest.raises(BadAnswer):
        list(instagram.split(a_page(body)))


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
)


@given(st.dictionaries(st.sampled_from([*MEDIA, "owner", "username", "children", "comments"]), JSON), JSON)
def test_whatever_a_field_holds_it_is_a_post_or_rejected(changed: dict[str, Any], owner: Any) -> None:
    """Never an exception, never a lost item; what cannot be read is None."""
    account = {"id": "1", "name": owner, "username": owner}
    for body in ({"data": [MEDIA | changed]}, {"business_discovery": account | {"media": {"data": [MEDIA | changed]}}}):
        found = list(instagram.split(a_page(body)))
        assert len(found) == 1
        if isinstance(found[0], RawItem):
            assert isinstance(instagram.parse(found[0]), Post | Rejected)
        list(instagram.split_interactions(a_page(body)))
    comment = {"id": "1"} | changed | {"from": owner, "replies": {"data": [changed, {"id": "2", "from": owner}]}}
    list(instagram.split_interactions(a_page({"data": [comment]}, about="DAbc-_12345")))
