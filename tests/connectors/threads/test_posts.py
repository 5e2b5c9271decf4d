"""Posts of Threads, whatever they hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import permalinks, threads
from connectors.records import Post, RawItem, Rejected
from tests.connectors.threads.answers import a_page, a_post, an_item, read_one


def test_a_post_is_read() -> None:
    """The key is the shortcode of its address; no count is told; the handle stands in for the account's id."""
    post = read_one(a_post(7, media_type="IMAGE", link_attachment_url="https://museum.example/tin"))
    link = permalinks.permalink("https://www.threads.com/@another.name/post/D0000000007")
    assert link is not None
    assert (post.post_id, post.post_id) == (link.key, "D0000000007")
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == ("handle:sefina.leota", "sefina.leota")
    assert post.created_at == datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
    assert (post.media_types, post.links, post.kind) == (("image",), ("https://museum.example/tin",), "original")
    assert (post.counts.likes, post.counts.replies, post.counts.reposts) == (None, None, None)


@pytest.mark.parametrize(
    ("more", "tags"),
    [
        ({"topic_tag": "Isles7", "text": "no tag"}, ("isles7",)),
        ({"topic_tag": "My Memories", "text": "x #Isle7"}, ("my memories", "isle7")),
        ({"topic_tag": "Isles7", "text": "x #isles7"}, ("isles7",)),
        ({"text": "about isles7"}, ()),
        ({"text": None}, ()),
    ],
    ids=["topic", "both", "the same", "no sign", "no text"],
)
def test_topic_and_text_both_carry_tags(more: dict[str, Any], tags: tuple[str, ...]) -> None:
    """Threads marks one topic and leaves the other #words as text."""
    assert read_one(a_post(**more)).hashtags == tags


def test_mentions_are_found_in_the_text() -> None:
    """Threads marks none: names after @, not addresses of mail, without the full stop of the sentence."""
    post = read_one(a_post(text="With @Kwabena.Ofori, @kwabena.ofori and write to a@b.example. @x_1."))
    assert post.mentions == ("kwabena.ofori", "x_1")


def test_a_permalink_is_enough_for_the_key_and_so_is_a_shortcode() -> None:
    """Flagged media come without an address; older fields come without a shortcode."""
    assert read_one(a_post(7, permalink=None)).post_id == "D0000000007"
    assert read_one(a_post(7, shortcode=None)).post_id == "D0000000007"


def test_a_post_without_a_name_has_no_author() -> None:
    post = read_one(a_post(username=None, permalink=None))
    assert (post.author, an_item(a_post(username=None)).accounts) == (None, ())
    assert "author_unreadable" in post.flags


@pytest.mark.parametrize("time", [None, "0001-01-01T00:00:00+0000", "2026-03-08T12:00:00+0000", "soon"])
def test_an_impossible_time_is_unknown(time: str | None) -> None:
    post = read_one(a_post(timestamp=time))
    assert post.created_at is None
    assert "created_at_unreadable" in post.flags


def test_other_people_s_posts_are_cut_to_references() -> None:
    """Whatever is nested in a post belongs to somebody else; of a repost no text is kept."""
    quoted = {"id": "18", "shortcode": "Dother", "username": "other", "text": "secret"}
    item = an_item(a_post(is_quote_post=True, quoted_post=quoted))
    assert b"secret" not in item.body
    assert b'"other"' not in item.body
    post = threads.parse(item)
    assert isinstance(post, Post)
    assert (post.kind, post.quote_of_id) == ("quote", "Dother")
    facade = an_item(a_post(media_type="REPOST_FACADE", text="secret", reposted_post={"id": "18"}))
    assert b"secret" not in facade.body
    repost = threads.parse(facade)
    assert isinstance(repost, Post)
    assert (repost.kind, repost.repost_of_id) == ("repost", "threads.net/18")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"username":"zoe","text":"x"}', "no_id"),
        (b'{"username":"zoe","x":tru}', "not_json"),
        (b'["no post"]', "wrong_type"),
    ],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    good = json.dumps(a_post()).encode()
    first, bad, last = threads.split(a_page(b'{"data":[' + good + b"," + broken + b"," + good + b"]}"))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert (bad.reason, bad.accounts) == (reason, () if reason == "wrong_type" else ("handle:zoe", "zoe"))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3))
NAMES = [*a_post(), "topic_tag", "replied_to", "quoted_post", "reposted_post", "root_post", "link_attachment_url"]


@given(st.dictionaries(st.sampled_from(NAMES), VALUES) | VALUES)
def test_whatever_a_post_holds_is_a_post_or_a_rejection(post: Any) -> None:
    """Any JSON in any place gives one record and never an exception."""
    for one in (post, a_post() | post if isinstance(post, dict) else post):
        [item] = threads.split(a_page({"data": [one]}))
        assert isinstance(item, Rejected) or isinstance(threads.parse(item), Post | Rejected)


def test_pages_are_recognised() -> None:
    assert threads.recognises({"data": [a_post()]})
    assert not threads.recognises(
        {"data": [{"id": "1", "caption": "x", "permalink": "https://www.instagram.com/p/x/"}]}
    )
    assert not threads.recognises({"data": []})
