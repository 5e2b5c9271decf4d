"""The simulated YouTube speaks the Data API's language, seen with plain requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors import youtube
from connectors.errors import ConnectorError
from connectors.records import Member, Post, RawItem, Search
from connectors.transport import Transport
from sandbox import server
from sandbox.server import Sandbox
from sandbox.world import World, load, moment
from sandbox.youtube import meets
from sandbox.youtube_resources import channel_id, comment_id, video_id

ISLES = Path(server.__file__).parent / "worlds" / "archipelago"
KEY = "isles-youtube-key"
AFTER = moment("2026-03-12T06:00:00Z")
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def isles() -> World:
    """The islands with nothing but YouTube."""
    world = load(ISLES)
    others = set(server.PLATFORMS) - {"youtube"}
    return replace(world, settings={name: value for name, value in world.settings.items() if name not in others})


@pytest.fixture
def sandbox(isles: World) -> Iterator[Sandbox]:
    with server.serve(isles) as sandbox:
        sandbox.clock.set(AFTER)
        yield sandbox


def ask(sandbox: Sandbox, resource: str, key: str | None = KEY, **asked: Any) -> requests.Response:
    headers = {"X-Goog-Api-Key": key} if key else {}
    known = {"part": "snippet,contentDetails,statistics,status,replies"}
    address = f"{sandbox.urls['youtube']}/youtube/v3/{resource}"
    return requests.get(address, params=known | asked, headers=headers, timeout=5)


def walk(sandbox: Sandbox, resource: str, **asked: Any) -> list[dict[str, Any]]:
    answer = ask(sandbox, resource, **asked).json()
    found = list(answer["items"])
    while token := answer.get("nextPageToken"):
        answer = ask(sandbox, resource, **asked, pageToken=token).json()
        found += answer["items"]
    return found


def reason(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def day(number: int) -> dict[str, str]:
    return {"publishedAfter": f"2026-03-{number:02}T00:00:00Z", "publishedBefore": f"2026-03-{number + 1:02}T00:00:00Z"}


def test_search_is_fuzzy_and_escaped(sandbox: Sandbox, isles: World) -> None:
    """It minds neither `#` nor the end of a word, writes HTML, promises a million, and does not know every video."""
    answer = ask(sandbox, "search", q="#isles7|#isle7", type="video", **day(6)).json()
    assert answer["pageInfo"]["totalResults"] == 1_000_000
    assert any("&amp; back again: don&#x27;t" in one["snippet"]["description"] for one in answer["items"])
    ids = {one["id"]["videoId"] for one in walk(sandbox, "search", q="isles7", maxResults=2, **day(3))}
    assert video_id(isles, isles.posts["Y13"]) in ids
    assert video_id(isles, isles.posts["Y06"]) not in {
        one["id"]["videoId"] for number in range(1, 9) for one in walk(sandbox, "search", q="isles7", **day(number))
    }


def test_wide_windows_lose_videos(sandbox: Sandbox) -> None:
    """The union of the days has more than the week, and tomorrow the week lacks others."""
    daily = {
        one["id"]["videoId"] for number in range(1, 10) for one in walk(sandbox, "search", q="isle7", **day(number))
    }
    daily |= {
        one["id"]["videoId"] for number in range(1, 10) for one in walk(sandbox, "search", q="isles7", **day(number))
    }
    week = {"publishedAfter": "2026-03-01T00:00:00Z", "publishedBefore": "2026-03-10T00:00:00Z"}
    today = {one["id"]["videoId"] for one in walk(sandbox, "search", q="isles7|isle7", **week)}
    sandbox.clock.advance(86400)
    tomorrow = {one["id"]["videoId"] for one in walk(sandbox, "search", q="isles7|isle7", **week)}
    assert today < daily
    assert today != tomorrow


def test_uploads_are_complete_and_newest_first(sandbox: Sandbox, isles: World) -> None:
    """Every public video of a channel, tagged or not; from a handle in any case; none for nobody."""
    [channel] = walk(sandbox, "channels", forHandle="@TomasQuispe")
    assert channel["snippet"]["customUrl"] == "@tomasquispe"
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    items = walk(sandbox, "playlistItems", playlistId=uploads, maxResults=1)
    times = [one["contentDetails"]["videoPublishedAt"] for one in items]
    assert times == sorted(times, reverse=True)
    assert [one["contentDetails"]["videoId"] for one in items] == [
        video_id(isles, isles.posts[name]) for name in ("Y18", "Y12", "Y03")
    ]
    assert "items" not in ask(sandbox, "channels", forHandle="@nobody").json()
    assert reason(ask(sandbox, "playlistItems", playlistId="UUnobody")) == (404, "playlistNotFound")


def test_videos_are_told_by_id(sandbox: Sandbox, isles: World) -> None:
    """Counts are strings and absent where hidden; unlisted ones are told to who knows the id, private ones never."""
    ids = {name: video_id(isles, isles.posts[name]) for name in ("Y01", "Y02", "Y14", "Y18", "Y19")}
    found = {one["id"]: one for one in walk(sandbox, "videos", id=",".join(ids.values()))}
    assert found.keys() == {ids[name] for name in ("Y01", "Y02", "Y14", "Y18")}
    assert found[ids["Y01"]]["statistics"].keys() == {"viewCount", "favoriteCount", "likeCount", "commentCount"}
    assert found[ids["Y02"]]["statistics"].keys() == {"viewCount", "favoriteCount"}
    assert found[ids["Y18"]]["statistics"].keys() == {"viewCount", "favoriteCount", "likeCount"}
    assert all(isinstance(count, str) for count in found[ids["Y01"]]["statistics"].values())
    assert found[ids["Y14"]]["status"]["privacyStatus"] == "unlisted"
    assert reason(ask(sandbox, "videos", id=",".join(["x"] * 51)))[0] == 400


def test_the_clock_decides_what_is_seen(sandbox: Sandbox, isles: World) -> None:
    """Edits change the text under the same id, without a date; what is deleted is left out."""
    both = ",".join(video_id(isles, isles.posts[name]) for name in ("Y09", "Y10"))
    sandbox.clock.set(moment("2026-03-06T12:00:00Z"))
    assert {one["snippet"]["description"] for one in walk(sandbox, "videos", id=both)} == {
        "The frist of three. #Isles7",
        "Sorry, the sound is broken. #Isles7",
    }
    sandbox.clock.set(moment("2026-03-07T12:00:00Z"))
    assert [one["snippet"]["description"] for one in walk(sandbox, "videos", id=both)] == [
        "The first of three. #Isles7"
    ]


def test_comments_have_threads_of_five(sandbox: Sandbox, isles: World) -> None:
    """A thread shows five answers, says how many there are, and the list of answers has them all."""
    video = video_id(isles, isles.posts["Y01"])
    threads = walk(sandbox, "commentThreads", videoId=video, maxResults=1)
    [big] = [thread for thread in threads if thread["snippet"]["totalReplyCount"]]
    assert (len(threads), len(big["replies"]["comments"]), big["snippet"]["totalReplyCount"]) == (2, 5, 6)
    answers = walk(sandbox, "comments", parentId=big["id"], maxResults=4)
    assert [one["id"] for one in answers] == [comment_id(isles, isles.posts[f"Y{n}"]) for n in range(33, 39)]
    owner = channel_id(isles, "I01")
    assert {thread["snippet"]["channelId"] for thread in threads} == {owner}
    assert walk(sandbox, "commentThreads", allThreadsRelatedToChannelId=owner) == walk(
        sandbox, "commentThreads", videoId=video
    )
    closed = video_id(isles, isles.posts["Y18"])
    assert reason(ask(sandbox, "commentThreads", videoId=closed)) == (403, "commentsDisabled")
    assert reason(ask(sandbox, "commentThreads", videoId="x")) == (404, "videoNotFound")


def test_keys_are_checked(sandbox: Sandbox) -> None:
    """In the header or as a parameter; a wrong one is 400, none is 403; the log says whether one came along."""
    assert ask(sandbox, "videos", id="x").status_code == 200
    assert ask(sandbox, "videos", key=None, id="x").status_code == 403
    assert requests.get(f"{sandbox.urls['youtube']}/youtube/v3/videos?part=id&id=x&key={KEY}", timeout=5).ok
    wrong = ask(sandbox, "videos", key="wrong", id="x")
    assert (wrong.status_code, wrong.json()["error"]["details"][0]["reason"]) == (400, "API_KEY_INVALID")
    assert [request.credential for request in sandbox.asked("youtube")[:2]] == [True, False]


def test_searches_have_a_quota_of_their_own_and_a_californian_day(sandbox: Sandbox) -> None:
    """A hundred a day; other calls go on; midnight Pacific renews them."""
    sandbox.clock.set(moment("2026-03-06T07:00:00Z"))
    with requests.Session() as session:
        address = f"{sandbox.urls['youtube']}/youtube/v3/search?part=id&q=x&key={KEY}"
        assert [session.get(address, timeout=5).status_code for _ in range(101)] == [200] * 100 + [403]
    assert reason(ask(sandbox, "search", q="x")) == (403, "quotaExceeded")
    assert ask(sandbox, "videos", id="x").status_code == 200
    sandbox.clock.set(moment("2026-03-06T08:00:00Z"))
    assert ask(sandbox, "search", q="x").status_code == 200


def _collected(sandbox: Sandbox, isles: World, now: datetime) -> dict[str, Post]:
    sandbox.clock.set(now)
    people = [p for p in isles.people.values() if p.on_roster and not p.refuses and "youtube" in p.handles]
    members = tuple(Member(handle=person.handles["youtube"]) for person in people)
    transport = Transport(clock=sandbox.clock.now, sleep=sandbox.clock.advance)
    posts = {}
    for query in youtube.queries(("isles7", "isle7"), {"base_url": sandbox.urls["youtube"]}, members):
        for page in youtube.fetch(Search(query=query, since=FIRST, until=now), transport, {"api_key": KEY}):
            read = [youtube.parse(item) for item in youtube.split(page) if isinstance(item, RawItem)]
            posts |= {post.post_id: post for post in read if isinstance(post, Post)}
    return posts


def test_what_a_collector_meets_is_what_the_world_says(sandbox: Sandbox, isles: World) -> None:
    """At every moment of the collection: the same videos, with the text that they have then."""
    for now in isles.collections()[::4]:
        shown = {video_id(isles, post): post for post in isles.on("youtube") if meets(isles, post, now)}
        found = _collected(sandbox, isles, now)
        assert found.keys() == shown.keys()
        for key, post in found.items():
            version = shown[key].at(now)
            assert version is not None
            assert (post.title, post.text) == (shown[key].title, version.text)
            assert {"isles7", "isle7"} & set(post.hashtags) == shown[key].tags_at(now) & isles.hashtags


def test_a_page_for_ever_is_found_out(sandbox: Sandbox, isles: World) -> None:
    sandbox.faults.plant("youtube", "same_page")
    with pytest.raises(ConnectorError):
        _collected(sandbox, isles, AFTER)


@pytest.mark.parametrize("how", ["missing_id", "wrong_type", "null", "deep", "surrogate"])
def test_a_bad_record_costs_one_record(sandbox: Sandbox, isles: World, how: str) -> None:
    """One more in each page of posts that nobody can read, or one changed; all others stay."""
    transport = Transport(clock=sandbox.clock.now, sleep=sandbox.clock.advance)
    query = youtube.queries(("isles7",), {"base_url": sandbox.urls["youtube"]})[-1]
    search = Search(query=query, since=FIRST, until=AFTER)

    def read() -> tuple[int, int]:
        pages = list(youtube.fetch(search, transport, {"api_key": KEY}))
        found = [item for page in pages for item in youtube.split(page)]
        posts = [youtube.parse(item) for item in found if isinstance(item, RawItem)]
        return sum(isinstance(post, Post) for post in posts), len(found) - len(posts)

    good, bad = read()
    sandbox.faults.plant("youtube", "bad_record", how=how)
    assert bad == 0
    spoiled, rejected = read()
    assert spoiled == good
    assert (rejected > 0) is (how != "surrogate")
