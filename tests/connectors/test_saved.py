from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import saved
from connectors.records import Page, Post, RawItem, Rejected
from connectors.registry import connector

PAGES = Path(__file__).parent / "pages"
RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
IMPORTED = datetime(2026, 11, 22, tzinfo=UTC)
MASTODON, WORDPRESS = (PAGES / "mastodon_tag.json").read_bytes(), (PAGES / "wordpress_posts.json").read_bytes()
X = (PAGES / "x_search_tweet.json").read_bytes()


def _line(document: bytes) -> bytes:
    return json.dumps(json.loads(document)).encode() + b"\n"


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "saved.anything"
    path.write_bytes(content)
    return path


def _read(path: Path) -> list[Page | Rejected]:
    return list(saved.pages(path, imported_at=IMPORTED))


def _posts(path: Path) -> list[Post]:
    posts = []
    for page in _read(path):
        assert isinstance(page, Page)
        for item in connector(page.platform).split(page):
            assert isinstance(item, RawItem)
            post = connector(page.platform).parse(item)
            assert isinstance(post, Post)
            posts.append(post)
    return posts


@pytest.mark.parametrize(("body", "platform"), [(MASTODON, "mastodon"), (WORDPRESS, "wordpress"), (X, "x")])
def test_a_page_is_known_by_its_contents(tmp_path: Path, body: bytes, platform: str) -> None:
    """A saved answer, as it came or on one line, is a page of its platform, whatever the file's name."""
    for content in (body, _line(body), b"\xef\xbb\xbf" + body, gzip.compress(body), b"[" + body + b"]"):
        (page,) = _read(_write(tmp_path, content))
        assert isinstance(page, Page)
        assert (page.platform, page.observed_at, page.url) == (platform, IMPORTED, "saved.anything:1")
        assert json.loads(page.body) == json.loads(body)


def test_windows_files_are_read(tmp_path: Path) -> None:
    """The console of Windows saves UTF-16."""
    (page,) = _read(_write(tmp_path, X.decode().encode("utf-16")))
    assert isinstance(page, Page)
    assert page.platform == "x"


def test_lines_of_several_platforms_come_in_order(tmp_path: Path) -> None:
    """One file may hold pages of several platforms."""
    pages = _read(_write(tmp_path, _line(X) + b"\n" + _line(MASTODON) + _line(WORDPRESS)))
    assert [page.platform for page in pages] == ["x", "mastodon", "wordpress"]
    assert [page.url for page in pages if isinstance(page, Page)][1] == "saved.anything:3"


def test_a_recorded_exchange_tells_where_and_when(tmp_path: Path) -> None:
    """Host and time of a recorded answer are those of the answer; its tokens are kept nowhere."""
    exchange = {
        "method": "GET",
        "url": "https://far.example/api/v1/timelines/tag/itp28?access_token=planted-secret",
        "status": 200,
        "headers": {"Date": "Tue, 03 Feb 2026 10:00:00 GMT"},
        "body": MASTODON.decode(),
    }
    for body in (exchange["body"], json.loads(MASTODON)):
        (page,) = _read(_write(tmp_path, json.dumps(exchange | {"body": body}).encode()))
        assert isinstance(page, Page)
        assert (page.platform, page.source) == ("mastodon", "far.example")
        assert page.observed_at == datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
        assert "planted-secret" not in page.url


def test_answers_without_posts_are_no_pages(tmp_path: Path) -> None:
    """Errors that were recorded too, and the empty page at the end, hold nothing."""
    refused = {"url": "https://x/", "status": 429, "headers": {}, "body": "{}"}
    empty = {"url": "https://x/", "status": 200, "headers": {}, "body": "[]"}
    assert _read(_write(tmp_path, json.dumps(refused).encode() + b"\n" + json.dumps(empty).encode())) == []


def test_twarc_tells_when_it_asked(tmp_path: Path) -> None:
    """twarc writes the time of each answer into it."""
    body = json.loads(X) | {"__twarc": {"retrieved_at": "2026-02-04T09:00:00+00:00"}}
    (page,) = _read(_write(tmp_path, json.dumps(body).encode()))
    assert page.observed_at == datetime(2026, 2, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "bad", [b'{"data": [', b"nonsense", b'{"some": "thing"}', b"7", b"[" * 100_000 + b"]" * 100_000]
)
def test_a_bad_line_costs_that_line(tmp_path: Path, bad: bytes) -> None:
    """Its bytes go to the quarantine with file and line; its neighbours are read."""
    first, rejected, last = _read(_write(tmp_path, _line(X) + bad + b"\n" + _line(X)))
    assert isinstance(first, Page)
    assert isinstance(last, Page)
    assert isinstance(rejected, Rejected)
    assert rejected.body.strip() == bad
    assert rejected.platform == "x"
    assert "saved.anything:2" in rejected.detail


def test_a_bad_first_line_costs_that_line(tmp_path: Path) -> None:
    """The first line is no exception."""
    rejected, page = _read(_write(tmp_path, b'{"data": [\n' + _line(X)))
    assert isinstance(rejected, Rejected)
    assert isinstance(page, Page)


def test_a_broken_archive_gives_what_is_there(tmp_path: Path) -> None:
    """A download that broke off is told, after what could be read."""
    whole = gzip.compress(_line(X) * 400, compresslevel=0)
    read = _read(_write(tmp_path, whole[: len(whole) // 2]))
    assert len(read) > 10
    assert isinstance(read[-1], Rejected)
    assert read[-1].reason == "truncated_file"


def test_one_broken_post_does_not_hide_the_page(tmp_path: Path) -> None:
    """A page is known even if its first post is unreadable."""
    body = b'{"data":[{"id":' + b"[" * 100_000 + b"]" * 100_000 + b'},{"id":"5","text":"x"}],"meta":{"result_count":2}}'
    (page,) = _read(_write(tmp_path, body))
    assert isinstance(page, Page)
    assert [type(item) for item in connector("x").split(page)] == [Rejected, RawItem]


def test_looks_like_pages(tmp_path: Path) -> None:
    """JSON begins with a bracket, also compressed and after a BOM; a CSV does not."""
    for content in (X, b"\xef\xbb\xbf" + X, gzip.compress(X), b"\n\n" + X, X.decode().encode("utf-16")):
        assert saved.looks_like_pages(_write(tmp_path, content))
    for content in (b"platform,posted_at\n", b"", b"\x1f\x8bnot gzip"):
        assert not saved.looks_like_pages(_write(tmp_path, content))


@pytest.mark.parametrize(
    ("name", "posts", "reposts"), [("mastodon_tag_walk.jsonl", 30, 0), ("x_v2_search_pages.jsonl", 300, 242)]
)
def test_real_recordings_are_read_without_loss(name: str, posts: int, reposts: int) -> None:
    """Answers of real servers: every post is read, once, without a single flag."""
    if not RECORDINGS.is_dir():
        pytest.skip("the recordings of real servers lie beside the project, not in it: real people wrote them")
    found = _posts(RECORDINGS / name)
    assert len(found) == len({post.post_id for post in found}) == posts
    assert sum(post.kind == "repost" for post in found) == reposts
    assert not [post for post in found if post.author is None or post.created_at is None]
    assert not {flag for post in found for flag in post.flags} - {"not_searchable"}
