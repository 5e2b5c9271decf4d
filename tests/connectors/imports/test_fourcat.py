"""4CAT's CSV names no platform and its NDJSON has no envelope: both become the posts that they were made of."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.imports import form_of, fourcat
from connectors.records import Post, RawItem, Rejected

POSTED = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
SEEN = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
Read = Callable[[Path], tuple[list[tuple[RawItem, Post]], list[Rejected]]]

X = {
    "id": "2001",
    "thread_id": "2001",
    "timestamp": "2026-02-03 09:00:00",
    "unix_timestamp": str(int(POSTED.timestamp())),
    "link": "https://x.com/Ana/status/2001",
    "body": "Day 3 #Unmarked",
    "author": "Ana",
    "author_fullname": "Ana A",
    "author_id": "88",
    "retweet_count": "1",
    "reply_count": "0",
    "like_count": "1,204",
    "quote_count": "",
    "impression_count": "",
    "is_retweet": "no",
    "is_quote_tweet": "no",
    "is_reply": "yes",
    "hashtags": "Lanterns7,other",
}
INSTAGRAM = {
    "id": "DHtWpRvMBiw",
    "thread_id": "DHtWpRvMBiw",
    "timestamp": "2026-02-03 08:00:00",
    "unix_timestamp": "",
    "url": "https://www.instagram.com/p/DHtWpRvMBiw",
    "body": "Day 3 #Lanterns7",
    "author": "ana.museum",
    "num_likes": "-1",
    "num_comments": "3",
    "hashtags": "",
}


def write(folder: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    written = StringIO()
    writer = csv.DictWriter(written, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "export.dat"
    path.write_text(written.getvalue(), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_row_is_the_post_at_its_address(read: Read, tmp_path: Path, delimiter: str) -> None:
    """The address gives platform and key; the exact time is preferred; what is blank is unknown."""
    [(item, post)], rejected = read(write(tmp_path, X, delimiter=delimiter))
    assert rejected == []
    assert post.author is not None
    assert (post.platform, post.post_id, post.created_at, post.kind) == ("x", "2001", POSTED, "reply")
    assert (post.author.account_id, post.author.handle) == ("88", "ana")
    assert (post.counts.likes, post.counts.reposts, post.counts.replies) == (1204, 1, 0)
    assert (post.counts.quotes, post.counts.views) == (None, None)
    assert post.hashtags == ("lanterns7", "other")
    assert post.source_rank == 0
    assert {"88", "ana"} <= set(item.accounts)


def test_a_post_of_instagram_is_read_from_its_text(read: Read, tmp_path: Path) -> None:
    """No marks, no number of the author that others would know, no likes where 4CAT writes -1; a time of day in UTC."""
    [(_, post)], _ = read(write(tmp_path, INSTAGRAM))
    assert post.author is not None
    assert (post.platform, post.post_id, post.created_at) == ("instagram", "DHtWpRvMBiw", POSTED)
    assert (post.author.account_id, post.hashtags) == ("hand:ana.museum", ("lanterns7",))
    assert (post.counts.likes, post.counts.replies) == (None, 3)
    assert {"timestamp_taken_for_utc", "likes_unreadable"} <= set(post.flags)


def test_ids_that_a_spreadsheet_rounded_are_refused_unless_the_address_tells(read: Read, tmp_path: Path) -> None:
    """1.23457E+18 is nobody's post."""
    rounded = X | {"id": "1.23457E+18"}
    items, [rejected] = read(write(tmp_path, rounded, rounded | {"link": "https://x.com/Ana/status/1.23457E+18"}))
    assert [post.post_id for _, post in items] == ["2001"]
    assert rejected.reason == "mangled_id"
    assert "export.dat:3" in rejected.detail
    [(_, post)], _ = read(write(tmp_path, X | {"author_id": "1.23457E+18", "unix_timestamp": "1.77011E+09"}))
    assert post.author is not None
    assert (post.author.account_id, post.created_at) == ("hand:ana", datetime(2026, 2, 3, 9, 0, tzinfo=UTC))


def test_a_repost_has_no_words_of_its_own(read: Read, tmp_path: Path) -> None:
    """4CAT writes the text of whoever was reposted."""
    [(_, post)], _ = read(write(tmp_path, X | {"is_retweet": "yes", "body": "RT @stranger: words"}))
    assert (post.kind, post.text) == ("repost", None)


def test_rows_without_an_address_or_with_too_many_cells_cost_themselves(read: Read, tmp_path: Path) -> None:
    """They are told with their line."""
    path = write(tmp_path, X, X | {"link": "https://blog.example/?p=1"})
    with path.open("a", encoding="utf-8") as file:
        file.write("1," * 40 + "1\r\n")
    items, rejected = read(path)
    assert len(items) == 1
    assert [(one.reason, one.detail.split(" ")[0]) for one in rejected] == [
        ("unknown_platform", "export.dat:3:"),
        ("bad_row", "export.dat:4:"),
    ]


def test_a_post_without_author_is_nobodys(read: Read, tmp_path: Path) -> None:
    """A blank cell is no account."""
    [(item, post)], _ = read(write(tmp_path, INSTAGRAM | {"author": ""}))
    assert (post.author, item.accounts) == (None, ())


def test_its_ndjson_is_zeeschuimers_items_again(read: Read, tmp_path: Path) -> None:
    """The raw object and what it was met with; seen when the browser saw it."""
    meta = {
        "source_platform": "tiktok.com",
        "timestamp_collected": int(SEEN.timestamp() * 1000),
        "user_agent": "planted",
    }
    raw = {"id": "7300000000000000001", "createTime": int(POSTED.timestamp()), "desc": "#Lanterns7", "author": "ana"}
    path = tmp_path / "export"
    lines = [json.dumps(raw | {"__import_meta": meta}), "{", json.dumps(raw)]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert form_of(path) == "4cat"
    [(item, post)], rejected = read(path)
    assert (item.source, item.observed_at, post.created_at) == ("zeeschuimer:tiktok.com", SEEN, POSTED)
    assert (post.post_id, post.hashtags) == ("7300000000000000001", ("lanterns7",))
    assert b"planted" not in item.body
    assert [one.reason for one in rejected] == ["not_json", "wrong_type"]


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(X | INSTAGRAM)), st.text(max_size=12), max_size=12))
def test_any_cell_may_be_anything(cells: dict[str, str]) -> None:
    """A row that has an address is a post, whatever its other cells hold."""
    row = json.dumps({name: cell for name, cell in (X | cells).items() if cell.strip()}).encode()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    item = RawItem(platform="x", source="4cat", key="2001", body=row, observed_at=at)
    assert isinstance(fourcat.parse(item), Post)
