from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import mastodon
from connectors.errors import AccessDenied, BadAnswer, RequestRefused
from connectors.records import Page, Post, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
BODY = (Path(__file__).parent / "pages" / "mastodon_tag.json").read_bytes()
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
OPEN = {"domain": "social.example", "configuration": {"timelines_access": {"hashtag_feeds": {"local": "public"}}}}
CLOSED = {"configuration": {"timelines_access": {"hashtag_feeds": {"local": "public", "remote": "authenticated"}}}}


def _page(body: bytes = BODY, source: str = "social.example") -> Page:
    return Page(platform="mastodon", query="q", source=source, url="u", status=200, observed_at=NOW, body=body)


def _posts(body: bytes = BODY, source: str = "social.example") -> list[Post]:
    items = [item for item in mastodon.split(_page(body, source)) if isinstance(item, RawItem)]
    return [post for item in items if isinstance(post := mastodon.parse(item), Post)]


def _search(server: Server, tags: tuple[str, ...] = ("itp28", "itp28challenge"), days: int = 3) -> Search:
    query = mastodon.queries(tags, {"instances": [server.url]})[0]
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW)


def _status(number: int, created_at: datetime = NOW) -> dict[str, Any]:
    uri = f"https://social.example/users/a/statuses/{number}"
    return {"id": str(number), "uri": uri, "created_at": created_at.isoformat(), "account": {}, "content": ""}


def _timeline(server: Server, statuses: list[dict[str, Any]], size: int = 2) -> Callable[[Any], Any]:
    """A tag timeline that pages as Mastodon does: by `max_id`, with `Link`, until an empty page without one."""

    def answer(asked: Any) -> Any:
        below = [s for s in statuses if "max_id" not in asked.query or int(s["id"]) < int(asked.query["max_id"])]
        shown = sorted(below, key=lambda s: -int(s["id"]))[:size]
        link = f'<{server.url}{asked.path}?limit=2&max_id={shown[-1]["id"]}>; rel="next"' if shown else ""
        headers = {"Link": link} if link else {}
        body = json.dumps(shown if "timelines" in asked.path else OPEN).encode()
        return SimpleNamespace(body=body, status=200, headers=headers, raw=None)

    return answer


def test_one_query_asks_for_up_to_five_tags() -> None:
    """A server ignores more than four `any[]`, so more tags are further queries, each with a name of its own."""
    tags = tuple(f"tag{number}" for number in range(7))
    queries = mastodon.queries(tags, {"instances": ["https://social.example/", {"url": "far.example"}]})
    assert [query.tags for query in queries] == [tags[:5], tags[5:]] * 2
    assert len({query.name for query in queries}) == 4
    assert queries[2].base_url == "https://far.example"


def test_handles_of_a_split_domain_are_named_by_it() -> None:
    """Where handles end in another domain than the server's, the configured domain is the one they get."""
    query = mastodon.queries(
        ("a",), {"instances": [{"url": "https://social.museum.example", "domain": "museum.example"}]}
    )[0]
    assert query.source == "museum.example"
    body = BODY.replace(b"https://social.example/@amina", b"https://social.museum.example/@amina")
    assert _posts(body, query.source)[0].author.handle == "amina@museum.example"  # type: ignore[union-attr]


def test_the_walk_goes_down_to_the_empty_page(server: Server, transport: Transport) -> None:
    """Every post is read, in steps of `max_id`, until the server has no more."""
    server.answer = _timeline(server, [_status(number) for number in range(1, 6)])
    pages = list(mastodon.fetch(_search(server), transport, {}))
    assert [len(json.loads(page.body)) for page in pages] == [2, 2, 1, 0]
    assert server.asked[0].raw_query == "limit=40&any%5B%5D=itp28challenge"
    assert server.asked[1].query["max_id"] == "4"
    assert transport.requests == 4


def test_a_server_without_link_is_read_to_the_empty_page(server: Server, transport: Transport) -> None:
    """Some servers that speak the API (Pixelfed), and some proxies, send no `Link`: the last id shows the way."""
    timeline = _timeline(server, [_status(number) for number in range(1, 6)])
    server.answer = lambda asked: SimpleNamespace(**vars(timeline(asked)) | {"headers": {}})
    pages = list(mastodon.fetch(_search(server), transport, {}))
    assert [len(json.loads(page.body)) for page in pages] == [2, 2, 1, 0]


def test_the_walk_ends_only_when_pages_are_wholly_and_clearly_too_old(server: Server, transport: Transport) -> None:
    """A late arrival among newer ids does not end it; two pages beyond `since` and the margin do."""
    old, new = NOW - timedelta(days=9), NOW
    times = [new, old, old, old, new, new, old, old, old, old, old, old]
    server.answer = _timeline(server, [_status(100 - n, time) for n, time in enumerate(times)])
    read = [s["id"] for page in mastodon.fetch(_search(server), transport, {}) for s in json.loads(page.body)]
    assert read == [str(100 - number) for number in range(10)]


def test_a_link_to_elsewhere_does_not_lead_us_away(server: Server, other_server: Server, transport: Transport) -> None:
    """Only the position is taken from `Link`; the token never goes to the host it names."""
    server.says([_status(2)], headers={"Link": f'<{other_server.url}/x?max_id=2>; rel="next"'})
    server.says([])
    assert len(list(mastodon.fetch(_search(server), transport, {"token": "planted-secret"}))) == 2
    assert other_server.asked == []
    assert server.asked[1].query["max_id"] == "2"
    assert server.asked[1].headers["authorization"] == "Bearer planted-secret"


def test_a_timeline_that_vanishes_on_the_way_is_no_end(server: Server, transport: Transport) -> None:
    """404 means a tag never seen only where nothing was seen yet; later it is trouble, and the window is not read."""
    server.says([_status(2)], headers={"Link": f'<{server.url}/x?max_id=2>; rel="next"'})
    server.says({"error": "Record not found"}, status=404)
    seen = []
    with pytest.raises(BadAnswer, match="404"):
        seen.extend(mastodon.fetch(_search(server), transport, {}))


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    """A server that pages in place is found out by its ids; what came before is kept."""
    server.says([_status(2)], headers={"Link": f'<{server.url}/x?max_id=2>; rel="next"'})
    seen = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(mastodon.fetch(_search(server), transport, {}))
    assert transport.requests == 4


def test_silence_of_an_open_feed_is_an_empty_page(server: Server, transport: Transport) -> None:
    """`[]` from an instance that shows its tag pages to everybody means that nobody posted."""
    server.answer = _timeline(server, [])
    assert [page.body for page in mastodon.fetch(_search(server), transport, {})] == [b"[]"]
    assert transport.warnings == []


def test_silence_of_a_closed_feed_is_no_silence(server: Server, transport: Transport) -> None:
    """Where tag pages are for members, strangers get `[]`: that is a missing token, not zero posts."""
    server.says([])
    server.says(CLOSED)
    with pytest.raises(AccessDenied, match="ROLLCALL_MASTODON_TOKEN"):
        list(mastodon.fetch(_search(server), transport, {}))


def test_silence_that_cannot_be_explained_is_told(server: Server, transport: Transport) -> None:
    """Servers that do not tell their rules leave a warning behind their `[]`."""
    server.says([])
    server.says({"error": "Not found"}, status=404)
    assert len(list(mastodon.fetch(_search(server), transport, {}))) == 1
    assert len(transport.warnings) == 1


def test_a_tag_never_seen_is_not_a_wrong_address(server: Server, transport: Transport) -> None:
    """404 from a Mastodon server is a tag it does not know; from any other server a wrong address."""
    server.says({"error": "Record not found"}, status=404)
    server.says(OPEN)
    assert list(mastodon.fetch(_search(server), transport, {})) == []
    assert len(transport.warnings) == 1
    server.says("<html>", status=404)
    with pytest.raises(RequestRefused, match="not a Mastodon server"):
        list(mastodon.fetch(_search(server), transport, {}))


@pytest.mark.parametrize("body", [{}, {"error": "x"}, {"data": []}])
def test_an_object_is_no_timeline(server: Server, transport: Transport, body: object) -> None:
    """An error with status 200 is not a page of no posts."""
    server.says(body)
    with pytest.raises(BadAnswer):
        list(mastodon.fetch(_search(server), transport, {}))


def test_a_token_that_dies_keeps_the_pages_before(server: Server, transport: Transport) -> None:
    """401 on the third page ends the walk with the credential's name; two pages are already out."""
    for number in (9, 8):
        server.says([_status(number)], headers={"Link": f'<{server.url}/x?max_id={number}>; rel="next"'})
    server.says({"error": "The access token is invalid"}, status=401)
    pages = mastodon.fetch(_search(server), transport, {"token": "t"})
    assert len([next(pages), next(pages)]) == 2
    with pytest.raises(AccessDenied, match="ROLLCALL_MASTODON_TOKEN"):
        next(pages)


def test_a_post_is_read_as_its_author_meant_it() -> None:
    """Text without HTML, tags as the server marks them, a name that is the same on every instance."""
    post = _posts()[0]
    assert post.post_id == "https://social.example/users/amina/statuses/115000000000000009"
    assert post.text == "Day 3: my museum memory & tea\nwith friends #ITP28 museum.example/tea"
    assert post.hashtags == ("itp28",)
    assert post.links == ("https://museum.example/tea",)
    assert post.media_types == ("image",)
    assert post.created_at == datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
    assert (post.counts.likes, post.counts.reposts, post.counts.replies, post.counts.views) == (3, 1, 0, None)
    assert post.author is not None
    assert post.author.account_id == "https://social.example/users/amina"
    assert post.author.handle == "amina@social.example"
    assert (post.source_rank, post.kind, post.edited_at) == (2, "original", None)
    assert post.flags == ("not_searchable",)


def test_replies_edits_and_warnings_are_read() -> None:
    """A reply names whom it answers, an edit its time, a content warning is the title."""
    post = _posts()[1]
    assert (post.kind, post.reply_to_account, post.source_rank) == ("reply", "amina@social.example", 1)
    assert post.reply_to_id == "social.example/115000000000000009"
    assert post.edited_at == datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
    assert post.version_id == "2026-02-03T12:00:00+00:00"
    assert post.title == "Day 3"
    assert post.mentions == ("amina@social.example",)


def test_an_item_holds_one_person_only() -> None:
    """The quoted person's words and names stay out of the quoting person's item; the reference stays in."""
    item = list(mastodon.split(_page()))[2]
    assert isinstance(item, RawItem)
    assert b"Dora" not in item.body
    assert b"dora@" not in item.body
    post = mastodon.parse(item)
    assert isinstance(post, Post)
    assert post.kind == "quote"
    assert post.quote_of_id == "https://far.example/users/dora/statuses/115000000000000001"


def test_a_boost_is_the_other_persons_words_wherever_they_stand() -> None:
    """Some servers (Akkoma, GoToSocial) copy a boosted post onto the boost itself, and nest quotes elsewhere too."""
    other = _status(7) | {"content": "zebra", "account": {"id": "3", "acct": "zebra@far.example"}}
    copied = {"content": "<p>zebra #ITP28</p>", "spoiler_text": "zebra", "mentions": [{"acct": "zebra@far.example"}]}
    copied |= {"media_attachments": [{"type": "image", "description": "zebra"}], "tags": [{"name": "ITP28"}]}
    boost = _status(8) | copied | {"reblog": other, "pleroma": {"local": True, "quote": other}}
    quoting = _status(9) | {"content": "mine", "pleroma": {"local": True, "quote": other}}
    body = json.dumps([boost, quoting]).encode()
    assert all(b"zebra" not in item.body for item in mastodon.split(_page(body)))
    reposted, quoted = _posts(body)
    assert (reposted.kind, reposted.hashtags, reposted.text) == ("repost", ("itp28",), None)
    assert (quoted.kind, quoted.text, quoted.quote_of_id) == ("quote", "mine", other["uri"])


def test_items_keep_their_bytes() -> None:
    """What stands alone already is kept as it came, byte for byte."""
    first = next(mastodon.split(_page()))
    assert first.body in BODY


def test_what_is_not_public_says_so() -> None:
    """Posts for followers, and visibilities that we do not know, are marked before anything is kept."""
    assert [item.public for item in mastodon.split(_page())] == [True, True, True, False]
    for visibility, public in (("unlisted", True), ("direct", False), ("local", False), (7, False)):
        body = json.dumps([json.loads(BODY)[0] | {"visibility": visibility}]).encode()
        assert next(mastodon.split(_page(body))).public is public


def test_older_servers_tell_the_account_by_the_post() -> None:
    """Without `account.uri` the permanent account is taken from the post's own name, so that copies agree."""
    status = json.loads(BODY)[0]
    del status["account"]["uri"]
    post = _posts(json.dumps([status]).encode())[0]
    assert post.author is not None
    assert post.author.account_id == "https://social.example/users/amina"


@pytest.mark.parametrize("change", [{"noindex": True}, {"note": "<p>Bird watcher #NoBot</p>"}])
def test_a_wish_not_to_be_indexed_is_kept(change: dict[str, Any]) -> None:
    """`noindex` and #nobot become a flag that reports must look at."""
    status = json.loads(BODY)[0]
    status["account"] |= change
    assert "asks_not_indexed" in _posts(json.dumps([status]).encode())[0].flags


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"uri":"a","account":{"acct":"zoe@far.example"},"n":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
        (b'{"account":{"acct":"zoe@far.example"},"x":"\xff\xfe"}', "not_json"),
        (b'{"account":{"acct":"zoe@far.example"},"content":"x"}', "no_id"),
        (b'{"account":{"acct":"zoe@far.example"},"x":tru}', "not_json"),
    ],
    ids=["too deep", "not UTF-8", "no uri", "no JSON"],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    """Its neighbours come through, and whose it is can still be told to the sieve."""
    first, bad, last = mastodon.split(_page(b"[" + json.dumps(_status(1)).encode() + b"," + broken + b',{"uri":"z"}]'))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert bad.accounts == ("zoe@far.example",)
    assert "zoe" not in bad.detail


def test_surrogates_and_nan_are_kept_as_they_came() -> None:
    """What PostgreSQL refuses is still a post: its text is mended and says so."""
    body = b'[{"uri":"a","content":"<p>x \\ud800 y</p>","favourites_count":NaN,"account":{"url":"https://h/@a"}}]'
    post = _posts(body)[0]
    assert post.text == "x \ufffd y"
    assert post.counts.likes is None
    assert {"favourites_count_unreadable", "surrogate_replaced"} <= set(post.flags)


def test_probe_says_what_can_be_seen(server: Server, transport: Transport) -> None:
    """Doctor's sentence names the host and whether it is open to us."""
    query = _search(server).query
    server.says(OPEN)
    assert "to everybody" in mastodon.probe(query, transport, {}).works
    server.says(CLOSED)
    with pytest.raises(AccessDenied):
        mastodon.probe(query, transport, {})
    assert "accepts our token" in mastodon.probe(query, transport, {"token": "t"}).works
