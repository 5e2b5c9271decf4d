"""What a browser saw: each platform's object becomes the post that its API would have given, and nobody else's."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import imports
from connectors.imports import instagram
from connectors.permalinks import permalink
from connectors.records import Page, Post, RawItem, Rejected
from tests.connectors.imports.zeeschuimer_lines import (
    GRAPH,
    IMPORTED,
    INSTAGRAM,
    POLARIS,
    POSTED,
    SEEN,
    THREADS,
    TIKTOK,
    Read,
    X,
    line,
    write,
)


@pytest.fixture
def one(read: Read, tmp_path: Path) -> Callable[..., tuple[RawItem, Post]]:
    """The only item of a file of one line."""

    def one(data: dict[str, Any], host: str) -> tuple[RawItem, Post]:
        items, rejected = read(write(tmp_path, line(data, host)))
        assert rejected == []
        return items[0]

    return one


One = Callable[..., tuple[RawItem, Post]]


@pytest.mark.parametrize(
    ("data", "host", "platform", "key", "author", "likes"),
    [
        (INSTAGRAM, "instagram.com", "instagram", "DHtWpRvMBiw", ("hand:ana.museum", "ana.museum"), 12),
        (GRAPH, "instagram.com", "instagram", "CaBcDeFgHiJ", ("hand:bo", "bo"), None),
        (X, "x.com", "x", "2000", ("88", "ana"), 4),
        (X, "twitter.com", "x", "2000", ("88", "ana"), 4),
        (THREADS, "threads.com", "threads", "DHtWpRvMBiw", ("handle:ana", "ana"), 5),
        (THREADS, "threads.net", "threads", "DHtWpRvMBiw", ("handle:ana", "ana"), 5),
        (TIKTOK, "tiktok.com", "tiktok", "7300000000000000001", ("55", "ana.tok"), 7),
    ],
)
def test_every_platforms_object_is_its_post(
    one: One, data: dict[str, Any], host: str, platform: str, key: str, author: tuple[str, str], likes: int | None
) -> None:
    """Key, author, time, tag and counts; the key is the one of the post's address."""
    item, post = one(data, host)
    assert post.author is not None
    assert (post.platform, post.post_id, post.created_at) == (
        platform,
        key,
        POSTED if platform != "x" else post.created_at,
    )
    assert ((post.author.account_id, post.author.handle), post.counts.likes) == (author, likes)
    assert "lanterns7" in post.hashtags
    assert (item.observed_at, item.source, item.public) == (SEEN, f"zeeschuimer:{host}", True)
    assert set(author) <= set(item.accounts)
    assert post.url is not None
    assert permalink(post.url) == (platform, key if platform != "x" else "2001")


def test_the_sieve_knows_every_name_of_an_author(one: One) -> None:
    """Whoever opted out may have told their handle, or the number that the site has for them."""
    assert {"77", "ana.museum", "hand:ana.museum"} == set(one(INSTAGRAM, "instagram.com")[0].accounts)
    assert {"66", "ana", "handle:ana"} == set(one(THREADS, "threads.com")[0].accounts)


def test_nothing_of_others_lands(one: One) -> None:
    """Comments, quoted posts, who liked it and who browsed are cut off; counts and references stay."""
    for data, host in ((INSTAGRAM, "instagram.com"), (GRAPH, "instagram.com"), (X, "x.com"), (THREADS, "threads.com")):
        item, _ = one(data, host)
        for planted in (b"stranger", b"planted-secret", b"browser of somebody", b"12:3:0", b"Cleo Full"):
            assert planted not in item.body


def test_instagram_reads_pictures_mentions_and_counts(one: One) -> None:
    """A carousel's kinds; who is named in the text or tagged in the picture."""
    _, post = one(INSTAGRAM, "instagram.com")
    assert (post.media_types, post.mentions, post.counts.replies) == (("image", "video"), ("bo.two", "cleo"), 3)
    _, old = one(GRAPH, "instagram.com")
    assert (old.text, old.media_types, old.counts.replies, old.counts.views) == (
        "old shape #Lanterns7", ("video",), 2, 40,
    )  # fmt: skip


@pytest.mark.parametrize("shape", ["item list", "graph"])
def test_who_is_tagged_in_a_picture_of_an_album_is_a_handle_and_no_more(one: One, shape: str) -> None:
    """Each picture has tags of its own; names and faces of others do not land."""
    user = {"username": "Dora", "full_name": "Dora Full", "profile_pic_url": "https://cdn.example/dora.jpg"}
    old = {"edges": [{"node": {"user": user}}]}
    new = [{"media_type": 1, "usertags": {"in": [{"user": user}]}}, {"media_type": 1}]
    nodes = [{"is_video": False, "edge_media_to_tagged_user": old}, {"is_video": False}]
    data = INSTAGRAM | {"carousel_media": new} if shape == "item list" else GRAPH
    album = {"edge_sidecar_to_children": {"edges": [{"node": node} for node in nodes]}} if shape == "graph" else {}
    item, post = one(data | album, "instagram.com")
    assert "dora" in post.mentions
    assert post.media_types == ("image", "image")
    assert b"Dora Full" not in item.body
    assert b"dora.jpg" not in item.body


def test_a_partial_item_is_unknown_not_zero_and_never_wins(one: One) -> None:
    """No time, no likes, flagged, and ranked below every whole copy."""
    _, post = one(POLARIS, "instagram.com")
    assert (post.created_at, post.counts.likes, post.counts.replies, post.source_rank) == (None, None, None, 0)
    assert {"partial", "created_at_unknown"} <= set(post.flags)
    whole = {name: value for name, value in POLARIS.items() if name != "_zs_partial"}
    assert one(whole, "instagram.com")[1].source_rank == 0
    assert one(INSTAGRAM | {"_zs_partial": True}, "instagram.com")[1].source_rank == 0
    assert one(INSTAGRAM, "instagram.com")[1].source_rank == 1


def test_hidden_likes_are_unknown(one: One) -> None:
    """The site writes a number even where the author hides it."""
    _, post = one(INSTAGRAM | {"like_and_view_counts_disabled": True, "like_count": 3}, "instagram.com")
    assert post.counts.likes is None


def test_a_missing_author_is_nobody(one: One) -> None:
    """The post stays, without anybody to count it for."""
    for data, host, name in (
        (INSTAGRAM, "instagram.com", "user"), (THREADS, "threads.com", "user"), (TIKTOK, "tiktok.com", "author"),
    ):  # fmt: skip
        item, post = one({key: value for key, value in data.items() if key != name}, host)
        assert (post.author, item.accounts) == (None, ())
    legacy = {name: value for name, value in X["legacy"].items() if name != "user_id_str"}
    assert one(X | {"core": {"user_results": {}}, "legacy": legacy}, "x.com")[1].author is None
    assert one(X | {"core": {"user_results": {}}}, "x.com")[1].author is not None


@pytest.mark.parametrize(
    ("data", "host"),
    [
        (INSTAGRAM | {"user": INSTAGRAM["user"] | {"is_private": True}}, "instagram.com"),
        (INSTAGRAM | {"audience": "besties"}, "instagram.com"),
        (THREADS | {"user": THREADS["user"] | {"is_private": True}}, "threads.com"),
        (TIKTOK | {"privateItem": True}, "tiktok.com"),
        (TIKTOK | {"author": TIKTOK["author"] | {"privateAccount": True}}, "tiktok.com"),
        (X | {"core": {"user_results": {"result": {"rest_id": "88", "legacy": {"protected": True}}}}}, "x.com"),
    ],
)
def test_what_a_private_account_shows_its_friends_is_not_public(one: One, data: dict[str, Any], host: str) -> None:
    """Whoever browsed may follow a private account; the sieve keeps its posts out."""
    assert not one(data, host)[0].public


def test_advertisements_are_counted_and_not_kept(tmp_path: Path) -> None:
    """Neither an item nor a byte of them; only their number is on the page."""
    ad = INSTAGRAM | {"product_type": "ad", "caption": {"text": "buy #Lanterns7"}}
    link = INSTAGRAM | {"link": "https://www.facebook.com/ads/ig_redirect/?d=1"}
    lines = [line(ad, "instagram.com"), line(INSTAGRAM, "instagram.com"), line(link, "instagram.com")]
    lines += [line(TIKTOK | {"isAd": True}, "tiktok.com")]
    form = imports.form("zeeschuimer")
    pages = [page for page in form.pages(write(tmp_path, *lines), IMPORTED) if isinstance(page, Page)]
    assert [imports.ads(page) for page in pages] == [2, 1]
    assert [len(list(form.split(page))) for page in pages] == [1, 0]
    assert not any(b"buy" in page.body for page in pages)


def test_a_repost_of_x_keeps_only_what_its_author_did(one: One) -> None:
    """The words are somebody else's."""
    other = {"result": {"rest_id": "1400", "legacy": {"full_text": "a stranger's words", "user_id_str": "99"}}}
    legacy = X["legacy"] | {"full_text": "RT @stranger: a stranger's words", "retweeted_status_result": other}
    item, post = one({**X, "legacy": legacy, "quoted_status_result": None}, "x.com")
    assert (post.kind, post.repost_of_id, post.text) == ("repost", "1400", None)
    assert b"words" not in item.body


def test_x_reads_notes_wrappers_quotes_and_views(one: One) -> None:
    """The whole text of a long post with its tags; a post of limited visibility lies one deeper."""
    note = {"note_tweet_results": {"result": {"text": "Day 3 & the whole text #Lanterns7 #Late", "entity_set": {}}}}
    _, post = one({"__typename": "TweetWithVisibilityResults", "tweet": X | {"note_tweet": note}}, "x.com")
    assert post.text == "Day 3 & the whole text #Lanterns7 #Late"
    assert post.hashtags == ("lanterns7", "late")
    assert (post.kind, post.quote_of_id, post.counts.views, post.mentions) == ("quote", "1500", 210, ("bo",))
    assert post.media_types == ("photo",)


def test_threads_reads_topic_quote_and_reply(one: One) -> None:
    """A topic is a tag although the text does not hold it."""
    _, post = one(THREADS, "threads.com")
    assert post.hashtags == ("lanterns7extra", "lanterns7")
    assert (post.kind, post.quote_of_id, post.counts.quotes) == ("quote", "Cquoted1234", 3)
    info = {"is_reply": True, "reply_to_author": {"id": "9", "username": "stranger"}}
    item, reply = one(THREADS | {"text_post_app_info": info}, "threads.com")
    assert (reply.kind, reply.reply_to_account) == ("reply", "9")
    assert b"stranger" not in item.body


def test_tiktok_reads_both_ways_to_write_an_author(one: One) -> None:
    """Embedded in a page the author is a word beside the post."""
    _, post = one(TIKTOK | {"author": "Ana.Tok", "nickname": "Ana"}, "tiktok.com")
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == ("hand:ana.tok", "ana.tok")
    assert (post.mentions, post.counts.views, post.counts.reposts) == (("bo",), 90, 2)


def test_a_number_is_the_name_in_the_address() -> None:
    """What Instagram itself computes, for items that bring only the number."""
    assert instagram.shortcode("3597631270905977008_16278726") == "DHtWpRvMBiw"
    assert instagram.shortcode("no number") is None


@pytest.mark.parametrize("packed", ["ndjson", "array", "one_line_array", "gzip", "bom", "utf16"])
def test_the_form_is_known_by_content(read: Read, tmp_path: Path, packed: str) -> None:
    """Whatever the file is called and however it was saved."""
    objects = [json.loads(line(INSTAGRAM, "instagram.com")), json.loads(line(TIKTOK, "tiktok.com"))]
    ndjson = "\n".join(map(json.dumps, objects))
    contents = {
        "ndjson": ndjson.encode(),
        "array": json.dumps(objects, indent=2).encode(),
        "one_line_array": json.dumps(objects).encode(),
        "gzip": gzip.compress(ndjson.encode()),
        "bom": b"\xef\xbb\xbf" + ndjson.encode(),
        "utf16": ndjson.encode("utf-16"),
    }
    path = tmp_path / "holiday.jpg"
    path.write_bytes(contents[packed])
    items, rejected = read(path)
    assert [item.key for item, _ in items] == ["DHtWpRvMBiw", "7300000000000000001"]
    assert rejected == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('{"source_platform": "instagram.com", "data": {"code"', "not_json"),
        ('{"source_platform": "instagram.com", "data": 7}', "wrong_type"),
        (line({"id": "1"}, "9gag.com"), "unknown_platform"),
        (line({"caption": {"text": "no id"}, "user": {"pk": "5"}}, "instagram.com"), "no_id"),
        ("[" * 50_000 + "]" * 50_000, "not_json"),
    ],
)
def test_a_bad_line_costs_that_line(read: Read, tmp_path: Path, bad: str, reason: str) -> None:
    """It is kept with file and line; its neighbours are read."""
    items, [rejected] = read(write(tmp_path, line(INSTAGRAM, "instagram.com"), bad, line(TIKTOK, "tiktok.com")))
    assert len(items) == 2
    assert rejected.reason == reason
    assert "saved.txt:2" in rejected.detail
    assert reason != "no_id" or rejected.accounts == ("5",)


def test_the_sieve_is_told_who_may_be_in_a_broken_line(read: Read, tmp_path: Path) -> None:
    """A line that was cut off may be somebody's who opted out, or of a private account."""
    whole = line(INSTAGRAM, "instagram.com")
    hidden = line(INSTAGRAM | {"user": INSTAGRAM["user"] | {"is_private": True}}, "instagram.com")
    _, rejected = read(write(tmp_path, line(TIKTOK, "tiktok.com"), whole[:-20], hidden[:-20]))
    assert [(one.platform, one.reason, one.public) for one in rejected] == [
        ("instagram", "not_json", True),
        ("instagram", "not_json", False),
    ]
    assert {"77", "ana.museum"} <= set(rejected[0].accounts)


def test_a_file_that_breaks_off_gives_what_is_there(read: Read, tmp_path: Path) -> None:
    """A download that broke off is told, after what could be read."""
    whole = gzip.compress("\n".join([line(INSTAGRAM, "instagram.com")] * 200).encode(), compresslevel=0)
    path = tmp_path / "saved.gz"
    path.write_bytes(whole[: len(whole) // 2])
    items, [rejected] = read(path)
    assert len(items) > 20
    assert rejected.reason == "truncated_file"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _leaves(value: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, one in inner for path in _leaves(one, (*at, name)))]


def _with(value: Any, path: tuple[Any, ...], new: object) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_part_may_be_anything(data: st.DataObject) -> None:
    """One item in, one item out: a post or a `Rejected`, never an exception, whatever a field turns into."""
    host, whole = data.draw(
        st.sampled_from(
            [("instagram.com", INSTAGRAM), ("instagram.com", GRAPH), ("x.com", X), ("threads.com", THREADS),
             ("tiktok.com", TIKTOK)]
        )
    )  # fmt: skip
    path = data.draw(st.sampled_from(_leaves(whole)[1:]))
    changed = _with(whole, path, data.draw(JSON))
    form = imports.form("zeeschuimer")
    page = Page(
        platform={"instagram.com": "instagram", "x.com": "x", "threads.com": "threads", "tiktok.com": "tiktok"}[host],
        query="import",
        source=f"zeeschuimer:{host}",
        url="saved:1-1",
        status=200,
        observed_at=IMPORTED,
        body=b"1\t" + line(changed, host).encode(),
    )
    [piece] = form.split(page)
    if isinstance(piece, RawItem):
        assert isinstance(form.parse(piece), Post | Rejected)
