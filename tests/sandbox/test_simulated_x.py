"""The simulated X speaks X's language, seen with plain requests and with tweepy itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import tweepy

from sandbox.server import Sandbox
from sandbox.world import moment

TAGS = "(#Lanterns7 OR #Lantern7) -is:retweet"
MIDWEEK = "2026-02-06T06:00:00Z"


def search(sandbox: Sandbox, **asked: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.world.credentials()['ROLLCALL_X_BEARER_TOKEN']}"}
    url = f"{sandbox.urls['x']}/2/tweets/search/recent"
    return requests.get(url, params={"query": TAGS, **asked}, headers=headers, timeout=5)


class ToSandbox(requests.Session):
    """tweepy's session, with its host rewritten."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, self.base_url + urlsplit(url).path, *args, timeout=5, **kwargs)


@pytest.fixture
def client(sandbox: Sandbox) -> tweepy.Client:
    client = tweepy.Client(sandbox.world.credentials()["ROLLCALL_X_BEARER_TOKEN"], return_type=dict)
    client.session = ToSandbox(sandbox.urls["x"])
    return client


def test_tweepy_pages_through_it(sandbox: Sandbox, client: tweepy.Client) -> None:
    """tweepy's Paginator walks `next_token` to its end, newest first, each post once."""
    sandbox.clock.set(moment(MIDWEEK))
    pages = list(tweepy.Paginator(client.search_recent_tweets, TAGS, max_results=10))
    ids = [int(post["id"]) for page in pages for post in page.get("data", [])]
    assert len(pages) > 2
    assert ids == sorted(set(ids), reverse=True)
    assert [page["meta"]["result_count"] for page in pages] == [len(page["data"]) for page in pages]


def test_tweepy_reads_its_own_objects(sandbox: Sandbox, client: tweepy.Client) -> None:
    """With tweepy's own response type the posts become Tweets with authors and media."""
    sandbox.clock.set(moment(MIDWEEK))
    client.return_type = tweepy.Response
    answer = client.search_recent_tweets(
        TAGS,
        max_results=100,
        tweet_fields=["created_at", "entities"],
        expansions=["author_id", "attachments.media_keys"],
    )
    tweet = next(tweet for tweet in answer.data if "storm lamp" in tweet.text)
    assert tweet.created_at == moment("2026-02-02T08:00:00Z")
    assert {user.username for user in answer.includes["users"]} >= {"kofi_an", "bishnu_t"}
    assert answer.includes["media"][0].type == "photo"


@pytest.mark.parametrize(
    ("dialect", "history", "related", "reposts", "expansion", "included"),
    [
        ("tweet", "edit_history_tweet_ids", "referenced_tweets", "retweet_count", "referenced_tweets.id", "tweets"),
        ("post", "edit_history_post_ids", "referenced_posts", "repost_count", "referenced_posts", "posts"),
    ],
)
def test_it_speaks_both_vocabularies(
    sandbox: Sandbox, dialect: str, history: str, related: str, reposts: str, expansion: str, included: str
) -> None:
    """The name of the field list in the request decides the names in the answer."""
    sandbox.clock.set(moment(MIDWEEK))
    fields = f"public_metrics,{related}"
    page = search(sandbox, max_results=100, expansions=expansion, **{f"{dialect}.fields": fields}).json()
    assert all(history in post and reposts in post["public_metrics"] for post in page["data"])
    assert {post[related][0]["type"] for post in page["data"] if related in post} == {"replied_to", "quoted"}
    assert page["includes"][included]


def test_an_edit_is_a_new_id_with_its_history(sandbox: Sandbox) -> None:
    """Search shows the newest version alone, under its own id, with the older ids beside it."""
    sandbox.clock.set(moment("2026-02-05T06:00:00Z"))
    [old] = [post for post in search(sandbox, max_results=100).json()["data"] if "dwan" in post["text"]]
    sandbox.clock.set(moment("2026-02-05T06:30:00Z"))
    [new] = [post for post in search(sandbox, max_results=100).json()["data"] if "Bagmati" in post["text"]]
    assert new["id"] != old["id"]
    assert new["edit_history_tweet_ids"] == [old["id"], new["id"]]


def test_long_posts_are_cut_and_their_tag_stands_in_the_note(sandbox: Sandbox) -> None:
    """Beyond 280 characters the text ends in an ellipsis; the note has it whole, with its own hashtags."""
    sandbox.clock.set(moment("2026-02-07T06:00:00Z"))
    page = search(sandbox, max_results=100, **{"tweet.fields": "note_tweet,entities"}).json()
    [post] = [post for post in page["data"] if "note_tweet" in post]
    assert len(post["text"]) == 280
    assert "hashtags" not in post.get("entities", {})
    assert post["note_tweet"]["entities"]["hashtags"][0]["tag"] == "Lanterns7"


def test_a_hidden_author_is_a_partial_error(sandbox: Sandbox) -> None:
    """Data and errors come together: the post is there, its author is not."""
    sandbox.clock.set(moment("2026-02-07T06:00:00Z"))
    page = search(sandbox, max_results=100, expansions="author_id").json()
    missing = {post["author_id"] for post in page["data"]} - {user["id"] for user in page["includes"]["users"]}
    assert [error["resource_id"] for error in page["errors"]] == list(missing)
    assert page["errors"][0]["type"].endswith("/resource-not-found")


@pytest.mark.parametrize(
    "asked",
    [
        {"since_id": "1900000000000000000"},
        {"since_id": "2019000000000000000", "start_time": "2026-02-05T00:00:00Z"},
        {"start_time": "2026-01-29T06:00:00Z"},
        {"end_time": "2026-02-06T05:59:55Z"},
        {"max_results": 9},
        {"query": ""},
    ],
    ids=["old since_id", "both bounds", "older than seven days", "too near now", "too few", "no query"],
)
def test_misuse_is_a_400(sandbox: Sandbox, asked: dict[str, Any]) -> None:
    """What X refuses is refused, with an invalid-request problem."""
    sandbox.clock.set(moment(MIDWEEK))
    answer = search(sandbox, **asked)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/invalid-request")


def test_a_wrong_token_is_a_401(sandbox: Sandbox, client: tweepy.Client) -> None:
    """tweepy understands the refusal as Unauthorized."""
    client.bearer_token = "another"
    with pytest.raises(tweepy.Unauthorized):
        client.search_recent_tweets(TAGS)


def test_the_450th_search_is_the_last(sandbox: Sandbox, client: tweepy.Client) -> None:
    """450 searches in 15 minutes; then TooManyRequests with an epoch reset."""
    sandbox.clock.set(moment(MIDWEEK))
    for _ in range(450):
        client.search_recent_tweets(TAGS, max_results=10)
    with pytest.raises(tweepy.TooManyRequests) as refused:
        client.search_recent_tweets(TAGS, max_results=10)
    reset = int(refused.value.response.headers["x-rate-limit-reset"])
    assert 0 < reset - sandbox.clock.now().timestamp() <= 900


def test_lookup_tells_what_is_gone(sandbox: Sandbox, client: tweepy.Client) -> None:
    """Known ids come back, older versions' ids too; unknown ones are errors beside them."""
    sandbox.clock.set(moment(MIDWEEK))
    [post] = [post for post in search(sandbox, max_results=100).json()["data"] if "Bagmati" in post["text"]]
    answer = client.get_tweets([*post["edit_history_tweet_ids"], "2019000000000000000"])
    assert [found["id"] for found in answer["data"]] == [post["id"], post["id"]]
    assert [error["resource_id"] for error in answer["errors"]] == ["2019000000000000000"]


def test_counts_cost_one_request(sandbox: Sandbox, client: tweepy.Client) -> None:
    """The volume check counts by day what a search would bring."""
    sandbox.clock.set(moment(MIDWEEK))
    counts = client.get_recent_tweets_count(TAGS, granularity="day")
    found = search(sandbox, max_results=100).json()["meta"]["result_count"]
    assert counts["meta"]["total_tweet_count"] == found == sum(day["tweet_count"] for day in counts["data"])
