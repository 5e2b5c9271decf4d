"""Real-shaped items with one leaf dropped, emptied or of another type: every platform, the same promise."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Page, Post, RawItem, Rejected
from connectors.registry import CONNECTORS, connector

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2026, 2, 3, tzinfo=UTC)
FILES = ("mastodon_tag.json", "wordpress_posts.json", "x_search_tweet.json", "x_search_post.json")
DROP = object()
STRANGE = (
    DROP,
    None,
    "",
    "\x00\ud800",
    "9" * 400,
    0,
    -1,
    2**70,
    1.5,
    float("nan"),
    True,
    [],
    [None],
    [[7]],
    {},
    {"a": 1},
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document, from its root down to its leaves."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from _paths(child, (*path, name))


def _changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for name in path[:-1]:
        place = place[name]
    if value is DROP:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def _read(platform: str, document: Any) -> list[Post | Rejected]:
    """Split and parse; whatever comes out keeps the contract of the records."""
    body = json.dumps(document).encode()
    page = Page(platform=platform, query="q", source="s.example", url="u", status=200, observed_at=NOW, body=body)
    read: list[Post | Rejected] = []
    for item in connector(platform).split(page):
        result = connector(platform).parse(item) if isinstance(item, RawItem) else item
        assert isinstance(result, Post | Rejected)
        if isinstance(result, Post):
            _keeps_its_word(result, item)
        read.append(result)
    return read


def _keeps_its_word(post: Post, item: RawItem | Rejected) -> None:
    assert isinstance(item, RawItem)
    assert post.post_id == item.key
    assert isinstance(post.post_id, str)
    assert all(text is None or isinstance(text, str) for text in (post.text, post.title, post.url, post.language))
    assert all(time is None or time.tzinfo is UTC for time in (post.created_at, post.edited_at))
    counts = (post.counts.likes, post.counts.reposts, post.counts.replies, post.counts.quotes, post.counts.views)
    assert all(count is None or 0 <= count < 2**63 for count in counts)
    lists = (post.hashtags, post.mentions, post.links, post.media_types, post.flags)
    assert all(isinstance(one, str) for many in lists for one in many)
    assert post.created_at is not None or any(flag.endswith("unreadable") for flag in post.flags)
    assert post.author is not None or "author_unreadable" in post.flags


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("which", range(2))
def test_every_change_of_every_place_costs_at_most_that_item(file: str, which: int) -> None:
    """Each place of an item, dropped or of another type: a post with a flag, or a rejected item, and its neighbours."""
    platform = file.split("_")[0]
    document = json.loads((PAGES / file).read_bytes())
    items = document["data"] if platform == "x" else document
    item, neighbour = items[which], items[2]
    for path in _paths(item):
        for value in STRANGE:
            if path:
                changed = _changed(item, path, value)
            elif value is DROP:
                continue
            else:
                changed = value
            page = {**document, "data": [changed, neighbour]} if platform == "x" else [changed, neighbour]
            read = _read(platform, page)
            assert len(read) == 2
            assert isinstance(read[1], Post)


@pytest.mark.parametrize("file", ["x_search_tweet.json", "x_search_post.json"])
def test_broken_includes_cost_no_post(file: str) -> None:
    """Whatever happens to what X tells beside its posts, all posts come through."""
    document = json.loads((PAGES / file).read_bytes())
    for path in _paths(document["includes"]):
        for value in STRANGE:
            changed = _changed(document, ("includes", *path), value)
            assert len([one for one in _read("x", changed) if isinstance(one, Post)]) == 5


@given(st.sampled_from(sorted(CONNECTORS)), st.binary())
def test_any_bytes_are_a_post_or_rejected(platform: str, body: bytes) -> None:
    """`parse` is total: no bytes make it raise."""
    item = RawItem(platform=platform, source="s.example", key="k", body=body, observed_at=NOW)
    assert isinstance(connector(platform).parse(item), Post | Rejected)


@given(st.sampled_from(sorted(CONNECTORS)), st.recursive(st.none() | st.text() | st.integers(), st.lists))
def test_any_document_is_known_or_not(platform: str, document: Any) -> None:
    """`recognises` is total."""
    assert connector(platform).recognises(document) in (True, False)
