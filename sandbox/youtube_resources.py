"""How YouTube's Data API writes its resources, and their ids. Counts are strings; search escapes HTML."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Any

from sandbox import pictures
from sandbox.pulse import pulse
from sandbox.world import Person, Planned, World

SHORTENED = 120
ANSWERS_SHOWN = 5


def _name(length: int, *parts: object) -> str:
    digest = sha256("\x1f".join(map(str, parts)).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def video_id(world: World, post: Planned) -> str:
    return _name(11, world.seed, "youtube", "video", post.plan_id)


def channel_id(world: World, person_id: str) -> str:
    return "UC" + _name(22, world.seed, "youtube", "channel", person_id)


def comment_id(world: World, post: Planned) -> str:
    """An answer's id holds that of the comment it is filed under."""
    own = "Ug" + _name(24, world.seed, "youtube", "comment", post.plan_id)
    parent = world.posts[post.of or ""]
    return f"{comment_id(world, parent)}.{own}" if parent.kind == "reply" else own


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Resources:
    world: World

    def video(self, post: Planned, now: datetime, parts: Iterable[str]) -> dict[str, Any]:
        version = post.at(now)
        assert version is not None
        snippet: dict[str, Any] = {
            "publishedAt": iso(post.published_at),
            "channelId": channel_id(self.world, post.author),
            "title": post.title,
            "description": version.text,
            "thumbnails": {"medium": {"url": pictures.address(self.world, post), "width": 320, "height": 180}},
            "channelTitle": self.world.people[post.author].name,
            "categoryId": "22",
            "liveBroadcastContent": "none",
            "defaultAudioLanguage": "en",
        }
        full: dict[str, Any] = {
            "snippet": snippet | ({"tags": list(version.tags)} if version.tags else {}),
            "contentDetails": {"duration": "PT1M7S", "dimension": "2d", "definition": "hd", "caption": "false"},
            "status": {
                "uploadStatus": "processed",
                "privacyStatus": post.visibility,
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                "madeForKids": False,
            },
            "statistics": self._statistics(post, now),
        }
        return {
            "kind": "youtube#video",
            "etag": "e",
            "id": video_id(self.world, post),
            **{name: full[name] for name in parts if name in full},
        }

    def _statistics(self, post: Planned, now: datetime) -> dict[str, str]:
        counts, words = pulse(self.world, post, now), post.place.split()
        shown = {"viewCount": str(counts.views), "favoriteCount": "0"}
        if "counts_hidden" not in words:
            shown["likeCount"] = str(counts.likes)
        if not {"counts_hidden", "comments_off"} & set(words):
            shown["commentCount"] = str(counts.replies)
        return shown

    def result(self, post: Planned, now: datetime) -> dict[str, Any]:
        version = post.at(now)
        assert version is not None
        return {
            "kind": "youtube#searchResult",
            "etag": "e",
            "id": {"kind": "youtube#video", "videoId": video_id(self.world, post)},
            "snippet": {
                "publishedAt": iso(post.published_at),
                "channelId": channel_id(self.world, post.author),
                "title": escape(post.title),
                "description": escape(version.text[:SHORTENED]),
                "thumbnails": {},
                "channelTitle": self.world.people[post.author].name,
                "liveBroadcastContent": "none",
                "publishTime": iso(post.published_at),
            },
        }

    def upload(self, post: Planned, now: datetime) -> dict[str, Any]:
        version, owner = post.at(now), channel_id(self.world, post.author)
        assert version is not None
        name = video_id(self.world, post)
        return {
            "kind": "youtube#playlistItem",
            "etag": "e",
            "id": _name(34, "playlistItem", name),
            "snippet": {
                "publishedAt": iso(post.published_at),
                "channelId": owner,
                "title": post.title,
                "description": version.text,
                "playlistId": "UU" + owner[2:],
                "resourceId": {"kind": "youtube#video", "videoId": name},
            },
            "contentDetails": {"videoId": name, "videoPublishedAt": iso(post.published_at)},
        }

    def channel(self, person: Person, parts: Iterable[str]) -> dict[str, Any]:
        own = channel_id(self.world, person.person_id)
        full: dict[str, Any] = {
            "snippet": {
                "title": person.name,
                "description": "",
                "customUrl": f"@{person.handles['youtube']}",
                "publishedAt": "2012-05-01T08:00:00Z",
                "thumbnails": {},
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": "UU" + own[2:]}},
        }
        return {
            "kind": "youtube#channel",
            "etag": "e",
            "id": own,
            **{name: full[name] for name in parts if name in full},
        }

    def thread(self, top: Planned, answers: list[Planned], parts: Iterable[str]) -> dict[str, Any]:
        video = self.world.posts[top.of or ""]
        full: dict[str, Any] = {
            "snippet": {
                "channelId": channel_id(self.world, video.author),
                "videoId": video_id(self.world, video),
                "topLevelComment": self.comment(top),
                "canReply": True,
                "totalReplyCount": len(answers),
                "isPublic": True,
            },
            "replies": {"comments": [self.comment(one) for one in answers[:ANSWERS_SHOWN]]} if answers else None,
        }
        return {
            "kind": "youtube#commentThread",
            "etag": "e",
            "id": comment_id(self.world, top),
            **{name: full[name] for name in parts if full.get(name)},
        }

    def comment(self, post: Planned) -> dict[str, Any]:
        author, parent = channel_id(self.world, post.author), self.world.posts[post.of or ""]
        snippet = {
            "textDisplay": escape(post.versions[0].text),
            "textOriginal": post.versions[0].text,
            "authorDisplayName": f"@{self.world.handle(post)}",
            "authorChannelUrl": f"http://www.youtube.com/channel/{author}",
            "authorChannelId": {"value": author},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": iso(post.published_at),
            "updatedAt": iso(post.published_at),
        }
        if parent.kind == "reply":
            snippet["parentId"] = comment_id(self.world, parent)
        return {"kind": "youtube#comment", "etag": "e", "id": comment_id(self.world, post), "snippet": snippet}
