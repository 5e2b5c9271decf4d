"""YouTube's Data API v3: fuzzy search, channels, uploads, videos, comments.

Truth: developers.google.com/youtube/v3/docs, and the discovery document of the API.

A video's words in `place`: `unindexed` (search does not know it), `counts_hidden` (neither likes nor the number of
comments are shown), `comments_off`. `tags` are its keywords. A planned reply is a comment under the video, or an answer
to a comment; `visibility` is public, unlisted (for those who know the address) or private.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.exchange import Answer, Asked, as_json
from sandbox.ids import number
from sandbox.limits import Limit, Windows
from sandbox.world import Planned, World, folded, moment
from sandbox.youtube_resources import Resources, channel_id, comment_id, video_id

DAY = 86400
SEARCHES = Limit(name="search.list, a day", requests=100, seconds=DAY)
UNITS = Limit(name="other calls, a day", requests=10_000, seconds=DAY)
PACIFIC = ZoneInfo("America/Los_Angeles")
RESULTS_END = 500
WIDE = timedelta(days=2)
"""From here on search forgets one video in three."""
ROOT = "/youtube/v3/"
REASONS = {
    "quotaExceeded": (403, "youtube.quota", "The request cannot be completed because you have exceeded your quota."),
    "rateLimitExceeded": (403, "usageLimits", "Rate Limit Exceeded"),
    "accessNotConfigured": (403, "usageLimits", "YouTube Data API v3 has not been used in this project before."),
    "forbidden": (403, "global", "Method doesn't allow unregistered callers."),
    "badRequest": (400, "global", "API key not valid. Please pass a valid API key."),
    "invalidPageToken": (400, "youtube.parameter", "The request specifies an invalid page token."),
    "missingRequiredParameter": (400, "youtube.parameter", "No filter selected."),
    "invalidFilters": (400, "youtube.parameter", "The request specifies an invalid filter parameter."),
    "playlistNotFound": (404, "youtube.playlistItem", "The playlist identified with the request cannot be found."),
    "videoNotFound": (404, "youtube.commentThread", "The video identified by the videoId parameter was not found."),
    "channelNotFound": (404, "youtube.commentThread", "The channel specified could not be found."),
    "commentsDisabled": (403, "youtube.commentThread", "The video has disabled comments."),
    "notFound": (404, "global", "Requested entity was not found."),
    "backendError": (500, "global", "Backend Error"),
}
BY_STATUS = {400: "invalidFilters", 401: "forbidden", 403: "forbidden", 404: "notFound", 429: "rateLimitExceeded"}


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this server."""
    return {"base_url": urls[0]}


def places(world: World, windows: Windows) -> tuple[Api, ...]:
    return tuple(Api(world, settings, windows) for settings in world.places("youtube"))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a key shows this video now, to a collector who reads the members' uploads and searches for the tag.

    Uploads: every public video of the campaign's days, tagged or not, of roster members who did not refuse. Search:
    what has the tag's letters in its title, description or keywords, unless search does not know the video. Comments
    are no posts. A collector looks at one day at a time, so that search forgets nothing.
    """
    if post.kind != "original" or post.at(now) is None or post.visibility != "public":
        return False
    person = world.people[post.author]
    first = datetime.combine(world.starts_on, datetime.min.time(), UTC) - timedelta(days=1)
    uploads = person.on_roster and not person.refuses and "youtube" in person.handles
    searched = "unindexed" not in post.place.split() and _says(post, "|".join(world.hashtags), now)
    return post.published_at >= first and (uploads or searched)


@dataclass
class Api:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    platform = "youtube"
    name = "youtube"

    def __post_init__(self) -> None:
        self.resources = Resources(self.world)
        planned = list(self.world.on("youtube"))
        self.videos = {video_id(self.world, post): post for post in planned if post.kind == "original"}
        self.comments = {comment_id(self.world, post): post for post in planned if post.kind == "reply"}
        people = [one for one in self.world.people.values() if "youtube" in one.handles]
        self.channels = {channel_id(self.world, person.person_id): person for person in people}
        self.routes: Mapping[str, tuple[Limit, Callable[[Asked, datetime], Answer]]] = {
            "search": (SEARCHES, self._search),
            "videos": (UNITS, self._videos),
            "channels": (UNITS, self._channels),
            "playlistItems": (UNITS, self._uploads),
            "commentThreads": (UNITS, self._threads),
            "comments": (UNITS, self._answers),
        }

    def answer(self, asked: Asked, now: datetime) -> Answer:
        key = asked.headers.get("x-goog-api-key") or asked.one("key")
        if key is None:
            return refused("forbidden")
        if key != self.settings["api_key"]:
            return refused("badRequest", "API_KEY_INVALID")
        route = asked.path.removeprefix(ROOT)
        if route not in self.routes:
            return refused("notFound")
        limit, answer = self.routes[route]
        if self.windows.take(self.name, limit, _pacific(now)).remaining < 0:
            return refused("quotaExceeded")
        return answer(asked, now) if asked.one("part") else refused("missingRequiredParameter")

    def refusal(self, status: int, code: str = "") -> Answer:
        return refused(code if code in REASONS else BY_STATUS.get(status, "backendError"), status=status)

    def records(self, document: Any) -> list[Any]:
        """Only videos are posts; search results, channels and comments are not."""
        items: list[Any] = document["items"] if document.get("kind") == "youtube#videoListResponse" else []
        return items

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        body = answer.body.replace(b'"pageInfo"', b'"nextPageToken": "%s", "pageInfo"' % _token(1).encode(), 1)
        return answer if b'"nextPageToken"' in answer.body else Answer(body=body, headers=answer.headers)

    # what is asked

    def _search(self, asked: Asked, now: datetime) -> Answer:
        after, before = (
            moment(at) if (at := asked.one(name)) else None for name in ("publishedAfter", "publishedBefore")
        )
        words, wide = asked.one("q") or "", not (after and before) or before - after > WIDE
        found = [
            post
            for post in self.videos.values()
            if post.at(now)
            and post.visibility == "public"
            and "unindexed" not in post.place.split()
            and (after is None or after <= post.published_at)
            and (before is None or post.published_at <= before)
            and _says(post, words, now)
            and not (wide and self._forgets(post, now))
        ]
        newest_first = sorted(found, key=lambda post: post.published_at, reverse=True)
        swapped = [post for n in range(0, len(newest_first), 2) for post in reversed(newest_first[n : n + 2])]
        results = [self.resources.result(post, now) for post in swapped[:RESULTS_END]]
        return _listed("search", results, asked, total=1_000_000)

    def _forgets(self, post: Planned, now: datetime) -> bool:
        return number(self.world.seed, "forgets", post.plan_id, now.date(), below=3) == 0

    def _videos(self, asked: Asked, now: datetime) -> Answer:
        wanted = asked.many("id")
        if not 1 <= len(wanted) <= 50:
            return refused("missingRequiredParameter" if not wanted else "invalidFilters")
        found = [self.videos[one] for one in wanted if one in self.videos]
        shown = [post for post in found if post.at(now) and post.visibility != "private"]
        return _listed("video", [self.resources.video(post, now, asked.many("part")) for post in shown], asked)

    def _channels(self, asked: Asked, now: datetime) -> Answer:
        wanted, handle = set(asked.many("id")), (asked.one("forHandle") or "").lstrip("@").lower()
        if not wanted and not handle:
            return refused("missingRequiredParameter")
        found = [one for key, one in self.channels.items() if key in wanted or one.handles["youtube"] == handle]
        document = _listed("channel", [self.resources.channel(person, asked.many("part")) for person in found], asked)
        return document if found else as_json({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})

    def _uploads(self, asked: Asked, now: datetime) -> Answer:
        """A channel that never published anything has no such list."""
        owner = self.channels.get("UC" + (asked.one("playlistId") or "")[2:])
        own = [post for post in self.videos.values() if owner and post.author == owner.person_id]
        shown = [post for post in own if post.at(now) and post.visibility == "public"]
        if not own or owner is None:
            return refused("playlistNotFound")
        newest_first = sorted(shown, key=lambda post: post.published_at, reverse=True)
        return _listed("playlistItem", [self.resources.upload(post, now) for post in newest_first], asked)

    def _threads(self, asked: Asked, now: datetime) -> Answer:
        video, owner = asked.one("videoId"), asked.one("allThreadsRelatedToChannelId")
        if owner:
            if owner not in self.channels:
                return refused("channelNotFound")
            under = [key for key, post in self.videos.items() if channel_id(self.world, post.author) == owner]
        elif video is None:
            return refused("missingRequiredParameter")
        elif video not in self.videos or self.videos[video].at(now) is None:
            return refused("videoNotFound")
        elif "comments_off" in self.videos[video].place.split():
            return refused("commentsDisabled")
        else:
            under = [video]
        of = {self.videos[key].plan_id for key in under}
        tops = [post for post in self.comments.values() if post.of in of and post.at(now)]
        newest_first = sorted(tops, key=lambda post: post.published_at, reverse=True)
        threads = [
            self.resources.thread(post, self._answers_to(post, now), asked.many("part")) for post in newest_first
        ]
        return _listed("commentThread", threads, asked, default=20, most=100)

    def _answers(self, asked: Asked, now: datetime) -> Answer:
        parent = self.comments.get(asked.one("parentId") or "")
        answers = self._answers_to(parent, now) if parent else []
        return _listed("comment", [self.resources.comment(post) for post in answers], asked, default=20, most=100)

    def _answers_to(self, parent: Planned, now: datetime) -> list[Planned]:
        found = [post for post in self.comments.values() if post.of == parent.plan_id and post.at(now)]
        return sorted(found, key=lambda post: post.published_at)


def refused(reason: str, detail: str = "", status: int = 0) -> Answer:
    usual, domain, message = REASONS[reason]
    error: dict[str, Any] = {
        "code": status or usual,
        "message": message,
        "errors": [{"message": message, "domain": domain, "reason": reason}],
    }
    if detail:
        error["details"] = [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail, "domain": "googleapis.com"}
        ]
    return as_json({"error": error}, status=status or usual)


def _listed(
    kind: str, items: list[Any], asked: Asked, *, total: int | None = None, default: int = 5, most: int = 50
) -> Answer:
    size = min(int(asked.one("maxResults") or default), most)
    try:
        start = _position(asked.one("pageToken"))
    except ValueError:
        return refused("invalidPageToken")
    document: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": "e"}
    if len(items) > start + size:
        document["nextPageToken"] = _token(start + size)
    document["pageInfo"] = {"totalResults": len(items) if total is None else total, "resultsPerPage": size}
    return as_json(document | {"items": items[start : start + size]})


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(b"CA" + struct.pack(">I", position)).decode()


def _position(token: str | None) -> int:
    if token is None:
        return 0
    (position,) = struct.unpack(">2xI", base64.urlsafe_b64decode(token))
    return int(position)


def _pacific(now: datetime) -> datetime:
    """The clock on a Californian wall, as if it were UTC: the quota's day begins at its midnight."""
    return now.astimezone(PACIFIC).replace(tzinfo=UTC)


def _says(post: Planned, words: str, now: datetime) -> bool:
    """Search does not mind `#`, nor where a word ends; `|` is "or"."""
    version = post.at(now)
    text = folded(f"{post.title} {version.text} {' '.join(version.tags)}") if version else ""
    return any(word.strip(" #") in text for word in folded(words).split("|"))
