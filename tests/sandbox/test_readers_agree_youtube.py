"""Google's own client, with the discovery document that it brings along, reads the simulated YouTube as we do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from connectors import youtube
from connectors.errors import AccessDenied, ConnectorError, QuotaSpent, RateLimited
from connectors.records import Interaction, Member, Post, RawItem, Search
from connectors.transport import Transport
from sandbox import server
from sandbox.server import Sandbox
from sandbox.world import World, load

ISLES = Path(server.__file__).parent / "worlds" / "archipelago"
KEY = "isles-youtube-key"
SINCE, NOW = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 12, 6, tzinfo=UTC)


@pytest.fixture
def isles() -> World:
    """The islands with nothing but YouTube."""
    world = load(ISLES)
    others = set(server.PLATFORMS) - {"youtube"}
    return replace(world, settings={name: value for name, value in world.settings.items() if name not in others})


@pytest.fixture
def sandbox(isles: World) -> Iterator[Sandbox]:
    with server.serve(isles) as sandbox:
        sandbox.clock.set(NOW)
        yield sandbox


@contextmanager
def _client(sandbox: Sandbox, key: str = KEY) -> Iterator[Any]:
    options = {"api_endpoint": sandbox.urls["youtube"]}
    client = build("youtube", "v3", developerKey=key, static_discovery=True, client_options=options)
    with closing(client):
        yield client


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Any]:
    with _client(sandbox) as client:
        yield client


def _all(resource: Any, **asked: Any) -> list[dict[str, Any]]:
    request, found = resource.list(**asked), []
    while request is not None:
        answer = request.execute()
        found += answer.get("items", [])
        request = resource.list_next(request, answer)
    return found


def _transport(sandbox: Sandbox) -> Transport:
    return Transport(clock=sandbox.clock.now, sleep=sandbox.clock.advance)


def _ours(sandbox: Sandbox, members: tuple[Member, ...] = ()) -> dict[str, Post]:
    options = {"base_url": sandbox.urls["youtube"], "search": not members}
    posts = {}
    for query in youtube.queries(("isles7", "isle7"), options, members):
        search = Search(query=query, since=SINCE, until=NOW)
        for page in youtube.fetch(search, _transport(sandbox), {"api_key": KEY}):
            read = [youtube.parse(item) for item in youtube.split(page) if isinstance(item, RawItem)]
            posts |= {post.post_id: post for post in read if isinstance(post, Post)}
    return posts


def _theirs(client: Any, ids: list[str]) -> dict[str, dict[str, Any]]:
    videos = _all(client.videos(), part="snippet,statistics,status", id=",".join(ids))
    return {video["id"]: video for video in videos}


def _agree(post: Post, video: dict[str, Any]) -> None:
    snippet, statistics = video["snippet"], video["statistics"]
    assert (post.title, post.text) == (snippet["title"], snippet["description"])
    assert post.created_at == datetime.fromisoformat(snippet["publishedAt"])
    assert post.author is not None
    assert (post.author.account_id, post.author.display_name) == (snippet["channelId"], snippet["channelTitle"])
    counted = (post.counts.views, post.counts.likes, post.counts.replies)
    numbers = (statistics.get(name) for name in ("viewCount", "likeCount", "commentCount"))
    assert counted == tuple(number if number is None else int(number) for number in numbers)


def test_search_finds_the_same_videos(sandbox: Sandbox, client: Any) -> None:
    """Day by day, their client finds the same ids, and the same is said of each."""
    found: list[dict[str, Any]] = []
    for day in range(12):
        start = SINCE + timedelta(days=day)
        after, before = (at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (start, start + timedelta(days=1)))
        asked = {"part": "snippet", "type": "video", "q": "#isles7|#isle7", "publishedAfter": after}
        found += _all(client.search(), **asked, publishedBefore=before)
    ids = [result["id"]["videoId"] for result in found]
    ours, theirs = _ours(sandbox), _theirs(client, ids)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 10
    for key, post in ours.items():
        _agree(post, theirs[key])


def test_uploads_are_the_same_videos(sandbox: Sandbox, client: Any) -> None:
    """From the handle to the channel, to its uploads, to the videos: tagged or not, known to search or not."""
    handles = ("sefinaleota", "tomasquispe", "lusiavaea")
    ids: list[str] = []
    for handle in handles:
        [channel] = _all(client.channels(), part="contentDetails", forHandle=f"@{handle}")
        uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
        listed = _all(client.playlistItems(), part="contentDetails", playlistId=uploads)
        ids += [one["contentDetails"]["videoId"] for one in listed]
    ours, theirs = _ours(sandbox, tuple(Member(handle=handle) for handle in handles)), _theirs(client, ids)
    assert ours.keys() == theirs.keys()
    assert len(ours) == 7
    assert {post.author.handle for post in ours.values() if post.author} == set(handles)
    for key, post in ours.items():
        _agree(post, theirs[key])


def test_comments_are_by_the_same_people(sandbox: Sandbox, client: Any) -> None:
    """Threads and all their answers, more than a thread shows, name the same channels at the same times."""
    ours = _ours(sandbox, (Member(handle="sefinaleota"),))
    key = next(post.post_id for post in ours.values() if "ferry" in post.hashtags)
    threads = _all(client.commentThreads(), part="snippet", videoId=key, maxResults=1)
    theirs = {thread["snippet"]["topLevelComment"]["id"]: thread["snippet"]["topLevelComment"] for thread in threads}
    for thread in threads:
        theirs |= {one["id"]: one for one in _all(client.comments(), part="snippet", parentId=thread["id"])}
    assert len(theirs) == 8

    [query] = youtube.interaction_queries(("isles7",), {"base_url": sandbox.urls["youtube"]})
    item = RawItem(platform="youtube", source="youtube.com", key=key, body=b"{}", observed_at=NOW)
    search = Search(query=query, since=SINCE, until=NOW)
    pages = list(youtube.fetch_interactions(search, [item], _transport(sandbox), {"api_key": KEY}))
    acts = {act.interaction_id: act for page in pages for act in youtube.split_interactions(page)}
    told = {
        (act.interaction_id.split(":")[1].removeprefix(f"{key}_"), act.actor.account_id, act.acted_at)
        for act in acts.values()
        if isinstance(act, Interaction)
    }
    assert told == {
        (one["id"], one["snippet"]["authorChannelId"]["value"], datetime.fromisoformat(one["snippet"]["publishedAt"]))
        for one in theirs.values()
    }


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [("quotaExceeded", 403, QuotaSpent), ("rateLimitExceeded", 403, RateLimited), ("forbidden", 403, AccessDenied)],
)
def test_refusals_are_understood_alike(
    sandbox: Sandbox, client: Any, code: str, status: int, error: type[ConnectorError]
) -> None:
    """Their client reads the same reason out of the error that made us do what it asks for."""
    sandbox.faults.plant("youtube", "status", status=status, code=code)
    with pytest.raises(HttpError) as told:
        client.videos().list(part="id", id="x").execute()
    assert (told.value.status_code, told.value.error_details[0]["reason"]) == (status, code)
    with pytest.raises(error):
        _ours(sandbox)


def test_a_wrong_key_is_understood_alike(sandbox: Sandbox) -> None:
    with _client(sandbox, "wrong") as client, pytest.raises(HttpError, match="API key not valid") as told:
        client.videos().list(part="id", id="x").execute()
    assert told.value.status_code == 400
    [query] = youtube.queries(("isles7",), {"base_url": sandbox.urls["youtube"]})
    with pytest.raises(AccessDenied, match="does not accept our key"):
        youtube.probe(query, _transport(sandbox), {"api_key": "wrong"})
