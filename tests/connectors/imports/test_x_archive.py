"""The archive that X gives to its users: their own posts, under the keys of the API, and nothing else that is in it."""

from __future__ import annotations

import json
import zipfile
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
MADE = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
Read = Callable[[Path], tuple[list[tuple[RawItem, Post]], list[Rejected]]]

ACCOUNT = {
    "email": "planted@example.org",
    "username": "Ana",
    "accountId": "88",
    "accountDisplayName": "Ana A",
}
TWEET: dict[str, Any] = {
    "edit_info": {"initial": {"editTweetIds": ["2001"]}},
    "retweeted": False,
    "id_str": "2001",
    "id": "2001",
    "created_at": "Tue Feb 03 08:00:00 +0000 2026",
    "full_text": "Day 3 &amp; #Lanterns7",
    "favorite_count": "4",
    "retweet_count": "1",
    "lang": "en",
    "entities": {"hashtags": [{"text": "Lanterns7"}], "user_mentions": [], "urls": []},
}


def numbered(number: str) -> dict[str, Any]:
    return TWEET | {"id_str": number, "edit_info": {"initial": {"editTweetIds": [number]}}}


LONG = "A beginning that is long enough to be known by & then the rest of it, past the cut #Late"


def js(part: str, *objects: object) -> str:
    """As X writes it: a JavaScript assignment, indented."""
    return f"window.YTD.{part}.part0 = {json.dumps(list(objects), indent=2)}"


def files(*tweets: object, **more: str) -> dict[str, str]:
    return {
        "data/account.js": js("account", {"account": ACCOUNT}),
        "data/tweets.js": js("tweets", *({"tweet": tweet} for tweet in tweets)),
        "data/direct-messages.js": js("dm", {"secret": "planted"}),
        "data/deleted-tweets.js": js("deleted_tweets", {"tweet": TWEET | {"id_str": "666"}}),
        "data/manifest.js": 'window.__THAR_CONFIG = {"archiveInfo": {"generationDate": "2026-02-20T12:00:00.000Z"}}',
    } | {f"data/{name.replace('_', '-')}.js": content for name, content in more.items()}


def write(folder: Path, contents: dict[str, str | bytes], *, unpacked: bool = False) -> Path:
    path = folder / "given"
    if unpacked:
        for name, content in contents.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("unpacked", [False, True])
def test_a_post_is_its_owners(read: Read, tmp_path: Path, unpacked: bool) -> None:
    """Author from the account file, counts from strings, seen when the archive was made; no e-mail address lands."""
    [(item, post)], rejected = read(write(tmp_path, dict(files(TWEET)), unpacked=unpacked))
    assert rejected == []
    assert post.author is not None
    assert (post.post_id, post.created_at, post.text, post.hashtags) == (
        "2001", POSTED, "Day 3 & #Lanterns7", ("lanterns7",),
    )  # fmt: skip
    assert (post.author.account_id, post.author.handle, post.author.display_name) == ("88", "ana", "Ana A")
    assert (post.counts.likes, post.counts.reposts, post.counts.replies) == (4, 1, None)
    assert (item.observed_at, item.source, post.audience) == (MADE, "x-archive", "public")
    assert post.url == "https://x.com/ana/status/2001"
    assert b"planted" not in item.body


def test_all_parts_old_names_and_folders_are_read(read: Read, tmp_path: Path) -> None:
    """`tweets-part1.js` in new ones, `tweet.js` in old ones, and a folder around everything."""
    parts = files(TWEET, tweets_part1=js("tweets", {"tweet": numbered("2002")}))
    old = {"data/tweet.js": js("tweet", {"tweet": numbered("2003")}, numbered("2004"))}
    contents = {f"twitter-2026/{name}": content for name, content in (parts | old).items()}
    items, _ = read(write(tmp_path, dict(contents)))
    assert sorted(post.post_id for _, post in items) == ["2001", "2002", "2003", "2004"]


def test_edits_replies_and_reposts(read: Read, tmp_path: Path) -> None:
    """One post with its edits; a repost that only its text tells, without its words."""
    first = TWEET | {"id_str": "2011", "edit_info": {"edit": {"initialTweetId": "2010"}}}
    chain = {"edit": {"editControlInitial": {"editTweetIds": ["2010", "2011"]}}}
    edited = TWEET | {"id_str": "2011", "edit_info": chain}
    reply = TWEET | {"id_str": "2012", "in_reply_to_status_id_str": "1300", "in_reply_to_user_id_str": "9"}
    repost = TWEET | {"id_str": "2013", "full_text": "RT @stranger: words #Lanterns7"}
    items, _ = read(write(tmp_path, dict(files(edited, first, reply, repost))))
    (_, one), (_, again), (_, two), (item, three) = items
    assert (one.post_id, one.version_id) == (again.post_id, again.version_id) == ("2010", "2011")
    assert (two.kind, two.reply_to_id, two.reply_to_account) == ("reply", "1300", "9")
    assert (three.kind, three.repost_of_id, three.text) == ("repost", None, None)
    assert b"stranger" not in item.body


def test_a_long_post_has_its_whole_text(read: Read, tmp_path: Path) -> None:
    """The note is known by moment and beginning; its tags past the cut count."""
    cut = TWEET | {"full_text": f"{LONG[:60].replace('&', '&amp;')}… https://t.co/AbC123"}
    core = {"text": LONG, "hashtags": [], "urls": [], "mentions": []}
    note = {"noteTweet": {"noteTweetId": "7", "createdAt": "2026-02-03T08:00:00.000Z", "core": core}}
    other = {"noteTweet": {**note["noteTweet"], "createdAt": "2026-02-03T09:00:00.000Z"}}
    for given_notes, text in (([note], LONG), ([other], f"{LONG[:60]}… https://t.co/AbC123")):
        [(_, post)], _ = read(write(tmp_path, dict(files(cut, note_tweet=js("note_tweet", *given_notes)))))
        assert post.text == text
        assert ("late" in post.hashtags) is (given_notes == [note])


def test_a_protected_accounts_posts_are_closed(read: Read, tmp_path: Path) -> None:
    """The person gave them to us, but not everybody may see them; what holds is the last change."""
    protect = {"protectedHistory": {"protectedAt": "2026-01-02T00:00:00.000Z", "action": "Protect"}}
    undo = {"protectedHistory": {"protectedAt": "2026-01-03T00:00:00.000Z", "action": "Unprotect"}}
    for history, audience in (([protect], "closed"), ([undo, protect], "public"), ([protect, undo], "public")):
        contents = files(TWEET, protected_history=js("protected_history", *history))
        [(item, post)], _ = read(write(tmp_path, dict(contents)))
        assert (item.public, post.audience) == (True, audience)


def test_without_an_account_file_the_author_is_unknown(read: Read, tmp_path: Path) -> None:
    """Nobody is guessed."""
    contents = files(TWEET)
    del contents["data/account.js"]
    [(item, post)], _ = read(write(tmp_path, dict(contents)))
    assert (post.author, item.accounts) == (None, ())


def test_a_broken_post_costs_itself_and_a_broken_part_itself(read: Read, tmp_path: Path) -> None:
    """The owner is known for the sieve; the file and the place in it are told."""
    broken = js("tweets", {"tweet": TWEET}).replace("[", '[ {"tweet": {"id_str": }},', 1)
    contents = files(TWEET | {"id_str": None, "id": None}, tweets_part1=broken, tweets_part2="window.YTD.tweets = [ {")
    items, rejected = read(write(tmp_path, dict(contents)))
    assert [post.post_id for _, post in items] == ["2001"]
    by_reason = {one.reason: one for one in rejected}
    assert sorted(by_reason) == ["no_id", "not_json", "truncated_file"]
    assert by_reason["not_json"].accounts == ("88", "ana")
    assert "tweets-part1.js[1]" in by_reason["not_json"].detail
    assert "tweets-part2.js" in by_reason["truncated_file"].detail


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=2)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(TWEET)), LEAF, max_size=6), LEAF)
def test_any_field_may_be_anything(changes: dict[str, object], protected: object) -> None:
    """A post or a `Rejected`, never an exception."""
    envelope = {"tweet": TWEET | changes, "protected": protected}
    body = b"1\t" + json.dumps(envelope).encode()
    page = Page(platform="x", query="import", source="x-archive", url="f:1-1", status=200, observed_at=MADE, body=body)
    form = imports.form("x-archive")
    [piece] = form.split(page)
    if isinstance(piece, RawItem):
        assert isinstance(form.parse(piece), Post | Rejected)
