"""tweepy's own client and our connector read the same from the simulated X: ids, texts, times, counts, and errors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests
import tweepy

from connectors import x
from connectors.errors import AccessDenied, QuotaSpent, RateLimited
from connectors.records import Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Patience, Transport
from connectors.x_reread import newest_id
from sandbox import server
from sandbox.server import Sandbox, serve
from sandbox.world import World, load, moment

ARCHIPELAGO = Path(server.__file__).parent / "worlds" / "archipelago"
TAGS = "(#isles7 OR #isle7) -is:retweet"
NOW = moment("2026-03-07T18:05:00Z")
MEMBERS = ("I01", "I02", "I03", "I04", "I05", "I06", "I08")
FIELDS = ["created_at", "author_id", "public_metrics", "entities", "note_tweet", "referenced_tweets"]


class ToSandbox(requests.Session):
    """tweepy's session, with its host rewritten."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, self.base_url + urlsplit(url).path, *args, timeout=5, **kwargs)


class Read(NamedTuple):
    post_id: str
    text: str
    created_at: datetime
    likes: int
    replies: int
    author: str


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The archipelago as far as it is on X."""
    home = tmp_path_factory.mktemp("isles")
    for name in ("world.toml", "people.csv", "posts-x.csv"):
        shutil.copy(ARCHIPELAGO / name, home)
    world = load(home)
    others = {"mastodon", "wordpress", "bluesky", "instagram", "facebook", "threads", "youtube"}
    return replace(world, settings={name: value for name, value in world.settings.items() if name not in others})


@pytest.fixture(params=["tweet", "post"])
def sandbox(world: World, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """In both vocabularies."""
    settings = {**world.settings, "x": [{**world.places("x")[0], "dialect": request.param}]}
    with serve(replace(world, settings=settings)) as sandbox:
        sandbox.clock.set(NOW)
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> tweepy.Client:
    client = tweepy.Client("isles-x-bearer")
    client.session = ToSandbox(sandbox.urls["x"])
    return client


def ours(sandbox: Sandbox) -> tuple[Transport, Mapping[str, str]]:
    patience = Patience(connect_timeout=2, read_timeout=2, total_wait=200)
    transport = Transport(patience=patience, clock=sandbox.clock.now, sleep=sandbox.clock.advance)
    return transport, {"bearer_token": "isles-x-bearer"}


def queries(sandbox: Sandbox, **options: Any) -> tuple[Query, ...]:
    handles = [sandbox.world.people[one].handles["x"] for one in MEMBERS]
    members = tuple(Member(handle=handle) for handle in handles)
    settings = {"base_url": sandbox.urls["x"], "dialect": sandbox.world.places("x")[0]["dialect"], **options}
    return (*x.queries(("isles7", "isle7"), settings, members), *x.interaction_queries((), settings, members))


def posts(pages: Iterator[Page]) -> list[Post]:
    items = [item for page in pages for item in x.split(page)]
    assert all(isinstance(item, RawItem) for item in items)
    read = [x.parse(item) for item in items if isinstance(item, RawItem)]
    assert all(isinstance(post, Post) and not post.flags for post in read)
    return [post for post in read if isinstance(post, Post)]


def as_read(post: Post) -> Read:
    assert post.author is not None
    assert post.created_at is not None
    assert post.counts.likes is not None
    assert post.counts.replies is not None
    when = post.edited_at or post.created_at
    text = post.text or ""
    return Read(post.version_id or "", text, when, post.counts.likes, post.counts.replies, post.author.account_id)


def as_tweepy_reads(tweet: tweepy.Tweet) -> Read:
    text = tweet.data.get("note_tweet", {}).get("text") or tweet.text
    metrics = tweet.public_metrics
    return Read(
        str(tweet.id), text, tweet.created_at, metrics["like_count"], metrics["reply_count"], str(tweet.author_id)
    )


def tweepys(method: Any, *args: Any, **asked: Any) -> list[tweepy.Tweet]:
    pages = tweepy.Paginator(method, *args, tweet_fields=FIELDS, **asked)
    return [tweet for page in pages for tweet in page.data or ()]


@pytest.mark.parametrize("archive", [False, True], ids=["recent", "archive"])
def test_a_search_brings_both_the_same(sandbox: Sandbox, client: tweepy.Client, archive: bool) -> None:
    """Every post once, newest first, whatever the size of the pages."""
    query = queries(sandbox, archive=archive)[0]
    transport, token = ours(sandbox)
    search = Search(query=query, since=NOW - timedelta(days=5), until=NOW)
    found = posts(x.fetch(search, transport, token))
    sandbox.clock.set(NOW)
    asked = {"start_time": search.since, "end_time": NOW - timedelta(seconds=30), "max_results": 10}
    if archive:
        sandbox.windows.clear()
        asked["max_results"] = 100
    method = client.search_all_tweets if archive else client.search_recent_tweets
    read = tweepys(method, TAGS, **asked)
    assert [as_read(post) for post in found] == [as_tweepy_reads(tweet) for tweet in read]
    assert len(found) > 15
    assert transport.warnings == ["x.com left something out of its answers: 1 x resource-not-found."]


def test_timelines_bring_both_the_same(sandbox: Sandbox, client: tweepy.Client) -> None:
    """What members posted themselves, by account; the one whose account is protected is nobody's loss but his own."""
    transport, token = ours(sandbox)
    search = Search(query=queries(sandbox, members=True)[1], since=NOW - timedelta(days=5), until=NOW)
    found = [as_read(post) for post in posts(x.fetch(search, transport, token))]
    users = client.get_users(usernames=[sandbox.world.people[one].handles["x"] for one in MEMBERS]).data
    assert len(users) == len(MEMBERS)
    asked = {"start_time": search.since, "end_time": NOW - timedelta(seconds=30), "exclude": "retweets"}
    read = [tweet for user in users for tweet in tweepys(client.get_users_tweets, user.id, max_results=5, **asked)]
    assert sorted(found) == sorted(map(as_tweepy_reads, read))
    assert len(found) > 10
    assert len(transport.warnings) == 1
    assert transport.warnings[0].startswith("1 of 7 members' accounts cannot be read on x.com (1 x not-authorized-for")


def test_what_is_gone_is_gone_for_both(sandbox: Sandbox, client: tweepy.Client) -> None:
    """A lookup tells deleted posts from those of an account that is protected now; what is there is the same."""
    sandbox.clock.set(moment("2026-03-05T11:00:00Z"))
    transport, token = ours(sandbox)
    search = Search(query=queries(sandbox)[0], since=NOW - timedelta(days=7), until=NOW)
    pages = list(x.fetch(search, transport, token))
    sandbox.clock.set(moment("2026-03-05T16:30:00Z"))
    search = Search(query=queries(sandbox)[0], since=moment("2026-03-05T11:00:00Z"), until=NOW)
    pages += list(x.fetch(search, transport, token))
    items = [item for page in pages for item in x.split(page) if isinstance(item, RawItem)]
    sandbox.clock.set(NOW)
    (again,) = x.reread(items, search.query, transport, token)
    answer = client.get_tweets([newest_id(item) for item in items], tweet_fields=FIELDS)
    told = {
        error["resource_id"]: error["type"].rsplit("/", 1)[-1] for error in answer.errors if error["parameter"] == "ids"
    }
    losses = {"deleted": "resource-not-found", "not_public": "not-authorized-for-resource"}
    assert {gone.key: losses[gone.loss] for gone in again.gone} == told
    assert sorted(told.values()) == ["not-authorized-for-resource", "resource-not-found"]
    assert again.page is not None
    assert [as_read(post) for post in posts(iter([again.page]))] == [as_tweepy_reads(tweet) for tweet in answer.data]
    assert again.asked == len(items) == len(answer.data) + 2


def test_quotes_and_reposts_are_the_same_people(sandbox: Sandbox, client: tweepy.Client) -> None:
    """Who quoted and who passed on, by tweepy's lists for each post and by our acts."""
    transport, token = ours(sandbox)
    search_query, interactions = queries(sandbox, interactions=True)
    search = Search(query=search_query, since=NOW - timedelta(days=6), until=NOW)
    items = [item for page in x.fetch(search, transport, token) for item in x.split(page) if isinstance(item, RawItem)]
    search = replace(search, query=interactions)
    pages = list(x.fetch_interactions(search, items, transport, token))
    acts = [act for page in pages for act in x.split_interactions(page)]
    quotes, reposts = set[tuple[str, str]](), set[tuple[str, str]]()
    for item in items:
        post_id = newest_id(item)
        quotes |= {(str(one.author_id), item.key) for one in tweepys(client.get_quote_tweets, post_id, max_results=10)}
        answer = client.get_retweeters(post_id)
        reposts |= {(str(user.id), item.key) for user in answer.data or ()}
    keys = {item.key for item in items}
    found = {(act.act, act.actor.account_id, act.target_post) for act in acts if not isinstance(act, Rejected)}
    assert {(who, key) for act, who, key in found if act == "quote" and key in keys} == quotes
    assert {(who, key) for act, who, key in found if act == "repost" and key in keys} == reposts
    assert (len(quotes), len(reposts)) == (2, 2)


@pytest.mark.parametrize(
    ("fault", "theirs", "our_error"),
    [
        ({"kind": "status", "status": 401}, tweepy.Unauthorized, AccessDenied),
        ({"kind": "status", "status": 403}, tweepy.Forbidden, AccessDenied),
        ({"kind": "status", "status": 402}, tweepy.HTTPException, QuotaSpent),
        ({"kind": "status", "status": 429, "code": "usage-capped"}, tweepy.TooManyRequests, QuotaSpent),
        ({"kind": "rate_limited", "reset": "missing"}, tweepy.TooManyRequests, RateLimited),
    ],
    ids=["wrong token", "not enrolled", "no credit", "cap", "too many"],
)
def test_its_errors_are_understood(
    sandbox: Sandbox, client: tweepy.Client, fault: dict[str, Any], theirs: type[Exception], our_error: type[Exception]
) -> None:
    """tweepy names the refusal, we name what to do; what waiting does not mend is asked once."""
    sandbox.faults.plant("x", **fault)
    with pytest.raises(theirs):
        client.search_recent_tweets(TAGS)
    transport, token = ours(sandbox)
    query = queries(sandbox, check_counts=False)[0]
    with pytest.raises(our_error):
        list(x.fetch(Search(query=query, since=NOW - timedelta(days=5), until=NOW), transport, token))
    assert transport.requests == (3 if our_error is RateLimited else 1)
