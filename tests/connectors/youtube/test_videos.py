"""Videos of YouTube, whatever they hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import permalinks, youtube
from connectors.records import Post, RawItem, Rejected
from tests.connectors.youtube.answers import OWNER, a_channel, a_list, a_page, a_video, read_one


def test_a_video_is_read() -> None:
    """Counts are strings, the key agrees with its addresses, the handle is the channel's."""
    post = read_one({"answer": a_list("video", [a_video()]), "channels": [a_channel()]})
    assert post.author is not None
    assert (post.author.account_id, post.author.handle, post.author.display_name) == (OWNER, "ann", "Ann")
    assert (post.counts.views, post.counts.likes, post.counts.replies, post.counts.reposts) == (811, 30, 0, None)
    assert (post.title, post.text, post.hashtags) == ("Low water", "Back again. #Isles7", ("isles7",))
    assert post.created_at == datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
    assert (post.media_types, post.kind, post.flags) == (("video",), "original", ())
    for address in (post.url, f"https://youtu.be/{post.post_id}", f"https://www.youtube.com/shorts/{post.post_id}"):
        link = permalinks.permalink(address or "")
        assert link is not None
        assert link.key == post.post_id


def test_hidden_counts_are_unknown() -> None:
    """Absent is not 0."""
    video = a_video()
    video["statistics"] = {"viewCount": "0"}
    counts = read_one(a_list("video", [video])).counts
    assert (counts.views, counts.likes, counts.replies) == (0, None, None)


@pytest.mark.parametrize(
    ("snippet", "tags"),
    [
        ({"title": "Salt #Isles7", "description": "x"}, ("isles7",)),
        ({"description": "x", "tags": ["Isles7", "two words"]}, ("isles7",)),
        ({"description": "x", "tags": ["#Isles7"]}, ("isles7",)),
        ({"description": "Isles7, and https://a.example/#isles7"}, ()),
        ({"description": "#Isles77"}, ("isles77",)),
    ],
    ids=["title", "keyword", "keyword with sign", "no sign", "another tag"],
)
def test_the_tag_is_looked_for_by_our_rule(snippet: dict[str, Any], tags: tuple[str, ...]) -> None:
    """In title, description and one-word keywords; fuzzy finds without it carry no tag."""
    assert read_one(a_list("video", [a_video(**snippet)])).hashtags == tags


@pytest.mark.parametrize("time", [None, "0001-01-01T00:00:00Z", "0000-00-00", "2026-03-08T12:00:00Z", "soon"])
def test_an_impossible_time_is_unknown(time: str | None) -> None:
    """Year 0, more than a day ahead, missing: None and a flag."""
    post = read_one(a_list("video", [a_video(publishedAt=time)]))
    assert post.created_at is None
    assert "created_at_unreadable" in post.flags


def test_a_video_without_channel_has_no_author() -> None:
    post = read_one(a_list("video", [a_video(channelId=None)]))
    assert post.author is None
    assert "author_unreadable" in post.flags


def test_the_sieve_gets_the_handle() -> None:
    """People who refuse are known by handle only: the channel's name comes along, and nothing else of the channel."""
    [item] = youtube.split(a_page({"answer": a_list("video", [a_video()]), "channels": [a_channel()]}))
    assert isinstance(item, RawItem)
    assert item.accounts == (OWNER, "ann")
    assert b'"country"' not in item.body


@pytest.mark.parametrize(("status", "public"), [("public", True), ("unlisted", False), ("private", False)])
def test_only_public_videos_are_public(status: str, public: bool) -> None:
    video = a_video() | {"status": {"privacyStatus": status}}
    [item] = youtube.split(a_page(a_list("video", [video])))
    assert item.public is public


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"snippet":{"channelId":"UCx"}}', "no_id"),
        (b'["no video"]', "wrong_type"),
        (b'{"id":"a","snippet":{"channelId":"UCx"},"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
    ],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    """Its neighbours come through, and whose it is can still be told to the sieve."""
    good = json.dumps(a_video()).encode()
    pieces = b'{"kind":"k","items":[' + good + b"," + broken + b"," + good + b"]}"
    first, bad, last = youtube.split(a_page(pieces))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert bad.accounts == (() if reason == "wrong_type" else ("UCx",))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3))


@given(
    st.fixed_dictionaries(
        {"id": VALUES},
        optional={
            "snippet": st.dictionaries(st.sampled_from(sorted(a_video()["snippet"])) | st.just("tags"), VALUES)
            | VALUES,
            "statistics": st.dictionaries(st.sampled_from(["viewCount", "likeCount"]), VALUES) | VALUES,
            "status": VALUES,
        },
    ),
    VALUES,
)
def test_whatever_a_video_holds_is_a_post_or_a_rejection(video: Any, channel: Any) -> None:
    """Any JSON in any place gives one record and never an exception."""
    document = {"answer": {"kind": "k", "items": [video]}, "channels": [channel]}
    [item] = youtube.split(a_page(json.dumps(document).encode()))
    assert isinstance(item, Rejected) or isinstance(youtube.parse(item), Post | Rejected)


def test_pages_are_recognised() -> None:
    """Ours, and a list of videos as anybody saves it; not search results, whose texts are cut."""
    assert youtube.recognises({"answer": a_list("video", []), "channels": []})
    assert youtube.recognises(a_list("video", []))
    assert not youtube.recognises(a_list("search", []))
    assert not youtube.recognises([])
