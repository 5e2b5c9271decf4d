"""The simulated X speaks X's language, seen with plain requests and with tweepy itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import tweepy

from sandbox.server import Sandbox, serve
from sandbox.world import World, moment
from sandbox.x import meets
from sandbox.x_shown import Everything

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


def get(sandbox: Sandbox, path: str, **asked: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.world.credentials()['ROLLCALL_X_BEARER_TOKEN']}"}
    return requests.get(sandbox.urls["x"] + path, params=asked, headers=headers, timeout=5)


@pytest.fixture
def watched(world: World) -> Iterator[Sandbox]:
    """Two accounts change on the Thursday: one is protected from then on, one suspended."""
    thursday = moment("2026-02-05T12:00:00Z")
    changed = {**world.places("x")[0], "protected": {"F03": thursday}, "suspended": {"F06": thursday}}
    with serve(replace(world, settings={**world.settings, "x": [changed]})) as sandbox:
        sandbox.clock.set(moment(MIDWEEK))
        yield sandbox


def test_the_archive_goes_further_back_one_request_a_second(sandbox: Sandbox) -> None:
    """A month later recent search refuses the window and the archive has it on one page of 500."""
    sandbox.clock.set(moment("2026-03-20T00:00:00Z"))
    asked = {"query": TAGS, "start_time": "2026-02-01T00:00:00Z", "max_results": 100}
    assert get(sandbox, "/2/tweets/search/recent", **asked).status_code == 400
    page = get(sandbox, "/2/tweets/search/all", **asked | {"max_results": 500}).json()
    assert page["meta"]["result_count"] > 30
    assert "next_token" not in page["meta"]
    assert get(sandbox, "/2/tweets/search/all", **asked).status_code == 429
    sandbox.clock.advance(1)
    assert get(sandbox, "/2/tweets/search/all", **asked).status_code == 200


def test_the_archives_counts_come_by_31_days(sandbox: Sandbox) -> None:
    """Latest first; the pages add up to what a search finds."""
    sandbox.clock.set(moment("2026-03-20T00:00:00Z"))
    asked = {"query": TAGS, "start_time": "2025-12-20T00:00:00Z", "granularity": "day"}
    first = get(sandbox, "/2/tweets/counts/all", **asked).json()
    token, totals = first["meta"]["next_token"], [first["meta"]["total_tweet_count"]]
    while token:
        sandbox.clock.advance(1)
        page = get(sandbox, "/2/tweets/counts/all", **asked, next_token=token).json()
        totals.append(page["meta"]["total_tweet_count"])
        token = page["meta"].get("next_token")
    found = get(sandbox, "/2/tweets/search/all", **{**asked, "max_results": 500}).json()["meta"]["result_count"]
    assert len(totals) == 3
    assert sum(totals) == found > 30
    assert sandbox.meters["x"].spent() == 3 * Decimal("0.010") + found * Decimal("0.005")


def test_a_timeline_is_of_one_account(sandbox: Sandbox, client: tweepy.Client) -> None:
    """By time, reposts among it unless excluded, with the tag or without, of any age."""
    sandbox.clock.set(moment("2026-04-01T00:00:00Z"))
    [user] = client.get_users(usernames=["kofi_an"])["data"]
    posts = client.get_users_tweets(user["id"], max_results=100, tweet_fields=["author_id"])["data"]
    assert {post["author_id"] for post in posts} == {user["id"]}
    [who] = client.get_users(usernames=[sandbox.world.people["F07"].handles["x"]])["data"]
    kinds = [
        {ref["type"] for post in page.get("data", []) for ref in post.get("referenced_tweets", [])}
        for page in (
            client.get_users_tweets(who["id"], max_results=100, tweet_fields=["referenced_tweets"]),
            client.get_users_tweets(
                who["id"], max_results=100, tweet_fields=["referenced_tweets"], exclude=["retweets"]
            ),
        )
    ]
    assert kinds == [{"retweeted", "replied_to", "quoted"}, {"replied_to", "quoted"}]
    assert get(sandbox, f"/2/users/{who['id']}/tweets", max_results=4).status_code == 400


def test_hidden_accounts_are_partial_errors(watched: Sandbox) -> None:
    """Of a suspended account nothing is found; of a protected one it is said that we may not see it."""
    [locked], [banned] = ([watched.world.people[one].handles["x"]] for one in ("F03", "F06"))
    told = get(
        watched, "/2/users/by", **{"usernames": f"{locked},{banned},nobody_here", "user.fields": "protected"}
    ).json()
    assert [(user["username"], user["protected"]) for user in told["data"]] == [(locked, True)]
    assert [(error["resource_id"], error["title"]) for error in told["errors"]] == [
        (banned, "Forbidden"),
        ("nobody_here", "Not Found Error"),
    ]
    timeline = get(watched, f"/2/users/{told['data'][0]['id']}/tweets").json()
    assert list(timeline) == ["errors"]
    assert timeline["errors"][0]["type"].endswith("/not-authorized-for-resource")
    everything = Everything(watched.world, {})
    first = {one: everything.first_id(watched.world.posts[one]) for one in ("X01", "X06")}
    errors = get(watched, "/2/tweets", ids=",".join(first.values())).json()["errors"]
    kinds = {error["resource_id"]: error["type"].rsplit("/", 1)[-1] for error in errors}
    assert kinds == {first["X01"]: "not-authorized-for-resource", first["X06"]: "resource-not-found"}
    found = {
        post["author_id"] for post in search(watched, max_results=100, **{"tweet.fields": "author_id"}).json()["data"]
    }
    assert not found & {everything.user_ids["F03"], everything.user_ids["F06"]}


def test_one_post_is_looked_up_without_a_list(sandbox: Sandbox) -> None:
    """An object in `data`; of what is gone, an error without data, and still a 200."""
    sandbox.clock.set(moment(MIDWEEK))
    post_id = Everything(sandbox.world, {}).first_id(sandbox.world.posts["X06"])
    assert get(sandbox, f"/2/tweets/{post_id}").json()["data"]["id"] == post_id
    gone = get(sandbox, "/2/tweets/2019000000000000000")
    assert (gone.status_code, list(gone.json())) == (200, ["errors"])


def test_a_conversation_is_found_by_its_first_post(sandbox: Sandbox) -> None:
    """Replies with the tag or without; the post itself only if it is not asked for replies."""
    sandbox.clock.set(moment(MIDWEEK))
    post_id = Everything(sandbox.world, {}).first_id(sandbox.world.posts["X06"])
    whole = search(sandbox, query=f"conversation_id:{post_id}", **{"tweet.fields": "conversation_id"}).json()["data"]
    answers = search(sandbox, query=f"(conversation_id:{post_id} OR conversation_id:7) is:reply").json()["data"]
    assert {post["conversation_id"] for post in whole} == {post_id}
    assert [post["id"] for post in whole] == [*(post["id"] for post in answers), post_id]
    assert search(sandbox, query="is:reply").status_code == 400


def test_usage_is_told_for_nothing(sandbox: Sandbox) -> None:
    """Post reads so far, and the cap."""
    sandbox.clock.set(moment(MIDWEEK))
    search(sandbox, max_results=10)
    spent = sandbox.meters["x"].spent()
    usage = get(sandbox, "/2/usage/tweets").json()["data"]
    assert (usage["project_usage"], usage["project_cap"]) == ("10", "3000000")
    assert sandbox.meters["x"].spent() == spent


def test_what_meets_a_collector(watched: Sandbox) -> None:
    """Not: reposts, protected and suspended accounts, other tags, the last half minute, more than seven days ago."""
    world, now = watched.world, watched.clock.now()
    assert not [one for one in ("X15", "X24", "X01", "X06", "X36", "X37") if meets(world, world.posts[one], now)]
    late, seen = world.posts["X14"], moment("2026-02-06T09:00:00Z")
    assert not meets(world, late, seen + timedelta(seconds=20))
    assert meets(world, late, seen + timedelta(seconds=31))
    assert meets(world, late, seen + timedelta(days=6, hours=23))
    assert not meets(world, late, seen + timedelta(days=7))
