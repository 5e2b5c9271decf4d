from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import x
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RateLimited
from connectors.records import Page, Post, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
PAGES = Path(__file__).parent / "pages"
TWEET, POST = (PAGES / "x_search_tweet.json").read_bytes(), (PAGES / "x_search_post.json").read_bytes()
TOKEN = {"bearer_token": "planted-secret"}
EMPTY = {"meta": {"result_count": 0}}


def _page(body: bytes = TWEET) -> Page:
    now = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
    return Page(platform="x", query="q", source="x.com", url="u", status=200, observed_at=now, body=body)


def _posts(body: bytes = TWEET) -> list[Post]:
    items = [item for item in x.split(_page(body)) if isinstance(item, RawItem)]
    return [post for item in items if isinstance(post := x.parse(item), Post)]


def _search(server: Server, days: float = 1, **options: Any) -> Search:
    told = {"base_url": server.url, "check_counts": False, **options}
    query = x.queries(("itp28", "itp28challenge"), told)[0]
    now = datetime.now(UTC)
    return Search(query=query, since=now - timedelta(days=days), until=now)


def _found(*ids: int, next_token: str | None = None) -> dict[str, Any]:
    meta = {"result_count": len(ids)} | ({"next_token": next_token} if next_token else {})
    return {"data": [{"id": str(one), "text": "x", "author_id": "7"} for one in ids], "meta": meta}


def test_the_request_is_x_own(server: Server, transport: Transport) -> None:
    """One query for all tags, times instead of ids, the token only in its header, never too near to now."""
    server.says(EMPTY)
    list(x.fetch(_search(server), transport, TOKEN))
    asked = server.asked[0]
    assert asked.path == "/2/tweets/search/recent"
    assert asked.query["query"] == "(#itp28 OR #itp28challenge) -is:retweet"
    assert asked.headers["authorization"] == "Bearer planted-secret"
    assert "tweet.fields" in asked.query
    assert not {"since_id", "until_id", "post.fields"} & asked.query.keys()
    assert datetime.now(UTC) - datetime.fromisoformat(asked.query["end_time"]) >= timedelta(seconds=30)


def test_the_dialect_and_the_archive_are_settings(server: Server, transport: Transport) -> None:
    """The new field names, and the full archive, are asked for where the campaign file says so."""
    server.says(EMPTY)
    list(x.fetch(_search(server, dialect="post", archive=True), transport, TOKEN))
    asked = server.asked[0]
    assert asked.path == "/2/tweets/search/all"
    assert asked.query["max_results"] == "500"
    assert "post.fields" in asked.query
    assert "tweet.fields" not in asked.query


def test_long_lists_of_tags_are_several_queries() -> None:
    """No query is longer than X takes, and every tag is in one."""
    tags = tuple(f"avariantofthetag{number}" for number in range(60))
    queries = x.queries(tags, {})
    assert len(queries) > 1
    assert tuple(tag for query in queries for tag in query.tags) == tags
    assert len({query.name for query in queries}) == len(queries)


def test_pages_are_read_to_the_end_through_empty_ones(server: Server, transport: Transport) -> None:
    """An empty page with a token is not the end."""
    server.says(_found(9, 8, next_token="a"))
    server.says({"meta": {"result_count": 0, "next_token": "b"}})
    server.says(_found(7))
    pages = list(x.fetch(_search(server), transport, TOKEN))
    assert [len(list(x.split(page))) for page in pages] == [2, 0, 1]
    assert [asked.query.get("next_token") for asked in server.asked] == [None, "a", "b"]
    assert transport.requests == 3


@pytest.mark.parametrize("page", [_found(9, next_token="a"), {"meta": {"result_count": 0, "next_token": "a"}}])
def test_a_token_that_leads_nowhere_ends(server: Server, transport: Transport, page: object) -> None:
    """The same posts, or no posts, for ever (tweepy's own paginator never stops)."""
    server.says(page)
    with pytest.raises(BadAnswer):
        list(x.fetch(_search(server), transport, TOKEN))
    assert transport.requests <= 20


@pytest.mark.parametrize(
    "body",
    [{}, {"data": None}, {"errors": [{"type": "https://api.x.com/2/problems/x"}]}, {"data": []}, [], {"data": "x"}],
)
def test_an_answer_without_posts_must_say_so(server: Server, transport: Transport, body: object) -> None:
    """Only `result_count` 0 means that nobody posted; tweepy takes all of these for success."""
    server.says(body)
    with pytest.raises(BadAnswer):
        list(x.fetch(_search(server), transport, TOKEN))


def test_posts_with_errors_beside_them_are_kept(server: Server, transport: Transport) -> None:
    """A suspended author does not cost the page; the kinds of errors are told, never their details."""
    server.says(TWEET)
    assert len(list(x.fetch(_search(server), transport, TOKEN))) == 1
    assert transport.warnings == ["x.com left something out of its answers: 1 x resource-not-found."]


def test_what_a_run_costs_is_added_up_once(server: Server, transport: Transport) -> None:
    """Five posts, one included post and three users; a page that repeats them is not charged again."""
    body = json.loads(TWEET)
    body["meta"]["next_token"] = "a"
    server.says(body)
    server.says(TWEET)
    list(x.fetch(_search(server), transport, TOKEN))
    assert transport.cost == 6 * Decimal("0.005") + 3 * Decimal("0.010")


def test_older_than_seven_days_is_a_gap(server: Server, transport: Transport) -> None:
    """After a long outage the window is cut, and told as a gap, instead of a 400."""
    server.says(EMPTY)
    search, now = _search(server, days=9), datetime.now(UTC)
    list(x.fetch(search, transport, TOKEN))
    start = datetime.fromisoformat(server.asked[0].query["start_time"])
    assert timedelta(days=6, hours=23) < now - start < timedelta(days=7)
    assert len(transport.warnings) == 1
    assert x.visible_since(search, now) == now - x.RECENT
    archive = _search(server, days=9, archive=True)
    assert x.visible_since(archive, now) == archive.since


def test_a_window_that_has_not_begun_is_not_asked_for(server: Server, transport: Transport) -> None:
    """Less than half a minute old is too near to now for X: nothing is asked, nothing paid."""
    assert list(x.fetch(_search(server, days=0.0001), transport, TOKEN)) == []
    assert transport.requests == 0


def test_the_house_owns_the_retries(server: Server, transport: Transport, slept: list[float]) -> None:
    """A 429 without reset through tweepy is three tries and not a thousand; resets and 503s are obeyed below it."""
    server.says([], status=503)
    server.says({"title": "Too Many Requests"}, status=429, headers={"x-rate-limit-reset": "soon"})
    with pytest.raises(RateLimited):
        list(x.fetch(_search(server), transport, TOKEN))
    assert transport.requests == 4


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (402, {"title": "Credits Depleted"}, QuotaSpent),
        (429, {"type": "https://api.x.com/2/problems/usage-capped"}, QuotaSpent),
        (401, {"title": "Unauthorized"}, AccessDenied),
        (403, {"errors": None}, AccessDenied),
    ],
)
def test_trouble_that_needs_a_person_is_told_at_once(
    server: Server, transport: Transport, status: int, body: object, error: type[Exception]
) -> None:
    """No second request, and no exception of tweepy's."""
    server.says(body, status=status)
    with pytest.raises(error):
        list(x.fetch(_search(server), transport, TOKEN))
    assert transport.requests == 1


def test_without_a_token_nothing_is_asked(server: Server, transport: Transport) -> None:
    """The missing setting is named."""
    with pytest.raises(AccessDenied, match="ROLLCALL_X_BEARER_TOKEN"):
        list(x.fetch(_search(server), transport, {}))
    assert transport.requests == 0


def test_the_token_is_in_no_log(server: Server, transport: Transport, caplog: pytest.LogCaptureFixture) -> None:
    """Even with everything at debug level: tweepy never holds it, and says nothing below INFO."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("tweepy").setLevel(logging.DEBUG)
    server.says(TWEET)
    list(x.fetch(_search(server), transport, TOKEN))
    logging.getLogger("tweepy").setLevel(logging.DEBUG)
    list(x.fetch(_search(server), transport, TOKEN))
    assert "planted-secret" not in caplog.text
    assert "museum & tea" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("tweepy")]


@pytest.mark.parametrize("body", [TWEET, POST], ids=["≤ 2.166", "2.167"])
def test_both_dialects_say_the_same(body: bytes) -> None:
    """Edits are one post with its first time, long posts whole, relations known, and unknown is None."""
    edited, reply, _, quote, repost = _posts(body)
    assert edited.post_id == "2018630541112246272"
    assert edited.version_id == "2018630541112246281"
    assert edited.earlier_ids == ("2018630541112246272",)
    assert edited.created_at == datetime(2026, 2, 3, 10, 20, tzinfo=UTC)
    assert edited.edited_at == datetime(2026, 2, 3, 10, 30, tzinfo=UTC)
    assert edited.text == "Day 3 #ITP28 museum & tea"
    assert edited.author is not None
    assert (edited.author.account_id, edited.author.handle) == ("77", "hana_example")
    assert edited.media_types == ("photo",)
    assert edited.links == ("https://museum.example/tea",)
    assert edited.mentions == ("gita_museum",)
    assert (edited.counts.reposts, edited.counts.views, edited.counts.bookmarks) == (1, 210, 0)
    assert reply.text == "A long text with the tag at its end #ITP28"
    assert (reply.kind, reply.hashtags, reply.reply_to_account) == ("reply", ("itp28",), "77")
    assert (quote.kind, quote.quote_of_id) == ("quote", "2018639999999999994")
    assert quote.author is not None
    assert (quote.author.account_id, quote.author.handle) == ("88", None)
    assert (repost.kind, repost.repost_of_id, repost.text) == ("repost", "2018639999999999993", None)
    assert repost.hashtags == ("itp28",)
    assert not [flag for post in (edited, reply, quote, repost) for flag in post.flags]


@pytest.mark.parametrize("body", [TWEET, POST], ids=["≤ 2.166", "2.167"])
def test_an_item_stands_alone_and_holds_one_person(body: bytes) -> None:
    """Its author and media come along; quoted and reposted words of others do not."""
    items = list(x.split(_page(body)))
    assert b"pbs.example/1.jpg" in items[0].body
    assert b"Gita" not in items[0].body.replace(b"Gita_Museum", b"")
    assert not [item for item in items if b"Somebody else" in item.body or b"own words" in item.body]
    assert b'{"id":"2018639999999999994","author_id":"99"}' in items[3].body


@pytest.mark.parametrize("created_at", ["2026-02-04T12:00:01.000Z", "0001-01-01T00:00:00Z", "yesterday", None])
def test_a_time_that_cannot_be_true_is_flagged(created_at: str | None) -> None:
    """More than a day after we saw the post: it is unknown, and the post stays."""
    post = _posts(json.dumps({"data": [{"id": "10", "text": "x", "created_at": created_at}]}).encode())[0]
    assert (post.created_at, post.flags[0]) == (None, "created_at_unreadable")


@pytest.mark.parametrize("history", ["edit_history_tweet_ids", "edit_history_post_ids"])
def test_an_edited_post_is_quoted_by_its_first_id(history: str) -> None:
    """The page tells which post the version belongs to, even by a later version; without it, the version stays."""
    quote = {"id": "30", "text": "x", "referenced_posts": [{"type": "quoted", "id": "11"}]}
    other = {"id": "12", "author_id": "99", "text": "Somebody else's", history: ["10", "11", "12"]}
    page = {"data": [quote], "includes": {"posts": [other]}}
    assert [post.quote_of_id for post in _posts(json.dumps(page).encode())] == ["10"]
    assert [post.quote_of_id for post in _posts(json.dumps({"data": [quote]}).encode())] == ["11"]


@pytest.mark.parametrize("history", ["edit_history_tweet_ids", "edit_history_post_ids"])
def test_only_the_ids_before_a_version_are_earlier(history: str) -> None:
    """In order of number, whatever their length; a version seen after a later one names that one too."""
    versions = [{"id": own, "text": "x", history: ["9", "10", "11"]} for own in ("11", "10", "9")]
    versions.append({"id": "12", "text": "never edited"})
    found = _posts(json.dumps({"data": versions}).encode())
    assert [post.earlier_ids for post in found] == [("9", "10"), ("9",), (), ()]


def test_protected_authors_are_not_public() -> None:
    """What a protected account wrote is marked before anything is kept, by id and by handle."""
    items = list(x.split(_page()))
    assert [item.public for item in items] == [True, True, False, True, True]
    assert items[2].accounts == ("79", "locked_one")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"id":"1","author_id":"79","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
        (b'{"id":"1","author_id":"79","text":"\xff"}', "not_json"),
        (b'{"author_id":"79","text":"x"}', "no_id"),
        (b'{"id":1.458e18,"author_id":"79"}', "no_id"),
        (b'"text"', "wrong_type"),
    ],
    ids=["too deep", "not UTF-8", "no id", "rounded id", "no object"],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    """Its neighbours come through; where its author can be told, a protected one is still not public."""
    users = b'[{"id":"79","username":"locked_one","protected":true}]'
    body = b'{"data":[{"id":"5","text":"x"},' + broken + b',{"id":"6"}],"includes":{"users":' + users + b"}}"
    first, bad, last = x.split(_page(body))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    if reason != "wrong_type":
        assert (bad.accounts, bad.public) == (("79", "locked_one"), False)


def test_includes_may_be_missing_or_null() -> None:
    """A page without `includes` still gives its posts, with authors known by id only."""
    for includes in (b"", b',"includes":null', b',"includes":{"users":null,"media":{}}'):
        post = _posts(b'{"data":[{"id":"5","author_id":"7","text":"#ITP28"}]' + includes + b"}")[0]
        assert post.author is not None
        assert (post.author.account_id, post.hashtags) == ("7", ("itp28",))


def test_one_post_looked_up_is_a_page() -> None:
    """A lookup by id answers with an object instead of a list."""
    assert [post.post_id for post in _posts(b'{"data":{"id":"5","text":"x"}}')] == ["5"]


def test_pages_of_posts_are_told_from_others() -> None:
    """A search that found nothing is one; a list of users is none, whose ids would be taken for posts."""
    assert x.recognises(json.loads(TWEET))
    assert x.recognises(EMPTY)
    assert x.recognises({"data": {"id": "5", "text": "x"}})
    assert not x.recognises({"data": [{"id": "7", "username": "hana", "name": "H"}], "meta": {"result_count": 1}})
    assert not x.recognises({"data": [{"start": "a", "tweet_count": 1}], "meta": {"total_tweet_count": 1}})


def test_a_page_that_is_none_cannot_be_split() -> None:
    """A list or a broken page is a bad answer as a whole."""
    for body in (b"[]", b"nonsense", b'{"data": 7}'):
        with pytest.raises(BadAnswer):
            list(x.split(_page(body)))


def test_probe_tells_the_price(server: Server, transport: Transport) -> None:
    """Doctor's sentence counts the posts of seven days and what reading them costs at most."""
    server.says({"data": [], "meta": {"total_tweet_count": 200}})
    assert "at most $3.00" in x.probe(_search(server).query, transport, TOKEN).works
    assert transport.cost == Decimal("0.005")
