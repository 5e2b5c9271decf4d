"""Three ways in which twarc writes a post, and one post."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import imports
from connectors.records import Page, Post, RawItem, Rejected

POSTED = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
ASKED = datetime(2026, 2, 4, 9, 0, tzinfo=UTC)
Read = Callable[[Path], tuple[list[tuple[RawItem, Post]], list[Rejected]]]

TWARC = {"url": "https://api.x.com/2/tweets?x=1", "version": "2.14.0", "retrieved_at": "2026-02-04T09:00:00+00:00"}
OWN: dict[str, Any] = {
    "id": "2001",
    "author_id": "88",
    "text": "Day 3 &amp; #Lanterns7",
    "created_at": "2026-02-03T08:00:00.000Z",
    "lang": "en",
    "conversation_id": "2001",
    "public_metrics": {"retweet_count": 1, "reply_count": 0, "like_count": 4, "quote_count": 2},
    "entities": {
        "hashtags": [{"start": 12, "end": 22, "tag": "Lanterns7"}],
        "mentions": [{"username": "Bo", "id": "7"}],
    },
    "attachments": {"media_keys": ["3_5"]},
    "referenced_tweets": [{"type": "quoted", "id": "1500"}],
}
USER = {"id": "88", "username": "Ana", "name": "Ana A"}
MEDIA = {"media_key": "3_5", "type": "photo"}
PAGE = {
    "data": [OWN],
    "includes": {"users": [USER], "media": [MEDIA], "tweets": [{"id": "1500", "author_id": "9", "text": "stranger"}]},
    "meta": {"result_count": 1},
    "__twarc": TWARC,
}
FLATTENED = OWN | {
    "author": USER,
    "attachments": {"media_keys": ["3_5"], "media": [MEDIA]},
    "entities": OWN["entities"] | {"mentions": [{"username": "Bo", "id": "7", "description": "a stranger's words"}]},
    "referenced_tweets": [
        {"type": "quoted", "id": "1500", "text": "a stranger's words", "author": {"id": "9", "username": "stranger"}}
    ],
    "__twarc": TWARC,
}
V1: dict[str, Any] = {
    "id": 2001,
    "id_str": "2001",
    "created_at": "Tue Feb 03 08:00:00 +0000 2026",
    "full_text": "Day 3 &amp; #Lanterns7",
    "lang": "en",
    "user": {"id_str": "88", "screen_name": "Ana", "name": "Ana A", "protected": False},
    "entities": {"hashtags": [{"text": "Lanterns7"}], "user_mentions": [{"screen_name": "Bo"}], "urls": []},
    "extended_entities": {"media": [{"id_str": "5", "type": "photo"}]},
    "retweet_count": 1,
    "favorite_count": 4,
    "quoted_status_id_str": "1500",
    "quoted_status": {"id_str": "1500", "full_text": "a stranger's words", "user": {"id_str": "9", "name": "stranger"}},
}


def write(folder: Path, *documents: object) -> Path:
    path = folder / "tweets.csv"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in documents), encoding="utf-8")
    return path


@pytest.mark.parametrize("document", [PAGE, FLATTENED, V1], ids=["page", "flattened", "v1.1"])
def test_every_way_gives_the_same_post(read: Read, tmp_path: Path, document: dict[str, Any]) -> None:
    """And nothing of the quoted stranger lands."""
    [(item, post)], rejected = read(write(tmp_path, document))
    assert rejected == []
    assert post.author is not None
    assert (post.platform, post.post_id, post.created_at, post.text) == ("x", "2001", POSTED, "Day 3 & #Lanterns7")
    assert (post.author.account_id, post.author.handle) == ("88", "ana")
    assert (post.kind, post.quote_of_id, post.mentions, post.hashtags) == ("quote", "1500", ("bo",), ("lanterns7",))
    assert (post.counts.likes, post.counts.reposts, post.media_types) == (4, 1, ("photo",))
    assert b"stranger" not in item.body
    assert set(item.accounts) == {"88", "ana"}
    expected = ("x.com", ASKED) if document is not V1 else ("twarc:v1.1", datetime(2026, 3, 1, tzinfo=UTC))
    assert (item.source, item.observed_at) == expected


def test_a_file_may_hold_all_three_and_a_bad_line(read: Read, tmp_path: Path) -> None:
    """The bad line is told; the rest is three sights of one post."""
    items, rejected = read(write(tmp_path, PAGE, "{", {"some": "thing"}, FLATTENED, V1))
    assert [post.post_id for _, post in items] == ["2001", "2001", "2001"]
    assert [(one.reason, one.detail.split(" ")[0]) for one in rejected] == [
        ("not_json", "tweets.csv:2:"),
        ("unknown_format", "tweets.csv:3:"),
    ]


def test_an_edited_post_is_named_by_its_first_id(read: Read, tmp_path: Path) -> None:
    """As X's API names it, in each of the forms."""
    old, new = "2018608226867200000", "2018608226867200999"
    both = [old, new]
    flattened = FLATTENED | {"id": new, "edit_history_tweet_ids": both}
    v1 = V1 | {"id_str": new, "edit_history": {"edit_tweet_ids": both}}
    items, _ = read(write(tmp_path, flattened, v1))
    assert [(item.key, post.version_id) for item, post in items] == [(old, new)] * 2


def test_reposts_and_replies_of_v1(read: Read, tmp_path: Path) -> None:
    """A repost's words are somebody else's; protected accounts are not public."""
    repost = V1 | {"full_text": "RT @stranger: words", "retweeted_status": {"id_str": "1400", "user": {"id_str": "9"}}}
    del repost["quoted_status"], repost["quoted_status_id_str"]
    reply = V1 | {"in_reply_to_status_id_str": "1300", "in_reply_to_user_id_str": "9"}
    hidden = V1 | {"user": V1["user"] | {"protected": True}}
    items, _ = read(write(tmp_path, repost, reply, hidden))
    (item, reposted), (_, replied), (protected, _) = items
    assert (reposted.kind, reposted.repost_of_id, reposted.text) == ("repost", "1400", None)
    assert b"words" not in item.body
    assert (replied.kind, replied.reply_to_id, replied.reply_to_account) == ("reply", "1300", "9")
    assert not protected.public


def test_old_texts_are_read_whole(read: Read, tmp_path: Path) -> None:
    """The streaming form cut texts and put the whole beside them; text is searched only where nothing is marked."""
    extended = {
        "full_text": "long #Lanterns7 #Late",
        "entities": {"hashtags": [{"text": "Lanterns7"}, {"text": "Late"}]},
    }
    cut = {name: value for name, value in V1.items() if name not in ("full_text", "entities")} | {"text": "long #La…"}
    [(_, post), (_, unmarked)], _ = read(write(tmp_path, cut | {"extended_tweet": extended}, cut))
    assert (post.text, post.hashtags) == ("long #Lanterns7 #Late", ("lanterns7", "late"))
    assert unmarked.hashtags == ("la",)


def test_a_post_without_id_keeps_its_author_for_the_sieve(read: Read, tmp_path: Path) -> None:
    """It is quarantined, unless its author opted out."""
    _, [rejected] = read(write(tmp_path, V1 | {"id_str": None, "id": None}, V1))
    assert (rejected.reason, set(rejected.accounts)) == ("no_id", {"88", "ana"})
    assert "tweets.csv:1" in rejected.detail


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=2)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([FLATTENED, V1]), st.dictionaries(st.sampled_from(sorted(FLATTENED | V1)), LEAF, max_size=6))
def test_any_field_may_be_anything(whole: dict[str, Any], changes: dict[str, object]) -> None:
    """A post or a `Rejected`, never an exception."""
    source = "twarc:v1.1" if whole is V1 else "twarc:flattened"
    body = b"1\t" + json.dumps(whole | changes).encode()
    page = Page(platform="x", query="import", source=source, url="f:1-1", status=200, observed_at=ASKED, body=body)
    [piece] = imports.reader("x", source).split(page)
    if isinstance(piece, RawItem):
        assert isinstance(imports.reader("x", piece.source).parse(piece), Post | Rejected)
