"""What Bluesky shows of a planned post: record, view, profile, thread.

Truth: the lexicons app.bsky.feed.post, app.bsky.feed.defs and app.bsky.richtext.facet.

A post's word in `place` is how it was written or is treated: `plain` (a program that marks no hashtags), `unsearched`
(search hides it), `ancient`, `future`, `naive` (`createdAt` in the year 1, in 2099, without a zone). `tags` stand in
`record.tags`. `author_hidden`: the view says `handle.invalid` for its author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox import bridges, pictures
from sandbox.ids import number
from sandbox.pulse import pulse
from sandbox.world import HASHTAG, Planned, Version, World, folded

POSTS, REPOSTS = "app.bsky.feed.post", "app.bsky.feed.repost"
MENTION = re.compile(r"(?<!\w)@(?P<handle>[\w-]+(?:\.[\w-]+)+)")
LINK = re.compile(r"https?://[^\s]+")
BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
DECLARED = {"ancient": "0001-01-01T00:00:00.000Z", "future": "2099-12-31T23:59:59.000Z"}
BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
NETWORK_DELAY = timedelta(seconds=2)


def _base32(value: int, length: int) -> str:
    return "".join(BASE32[value >> 5 * position & 31] for position in reversed(range(length)))


def did(world: World, person_id: str) -> str:
    """An account's permanent name."""
    parts = (number(world.seed, "bluesky", "account", person_id, half, below=1 << 60) for half in (1, 2))
    return "did:plc:" + "".join(_base32(part, 12) for part in parts)


def rkey(post: Planned) -> str:
    return _base32(round(post.published_at.timestamp() * 1_000_000) << 10 | number(post.plan_id, below=1 << 10), 13)


def uri(world: World, post: Planned) -> str:
    collection = REPOSTS if post.kind == "repost" else POSTS
    return f"at://{did(world, post.author)}/{collection}/{rkey(post)}"


def url(world: World, post: Planned) -> str:
    """Where people read it."""
    return f"https://bsky.app/profile/{did(world, post.author)}/post/{rkey(post)}"


def cid(world: World, *content: object) -> str:
    halves = (number(world.seed, *content, half, below=1 << 60) for half in range(4))
    return "bafyrei" + "".join(_base32(half, 12) for half in halves)


def indexed_at(post: Planned) -> datetime:
    """When the network first saw it."""
    return max(post.visible_from, post.published_at) + NETWORK_DELAY


def sort_at(post: Planned) -> datetime:
    """`createdAt` unless it is later than `indexedAt`, and never before the epoch."""
    match post.place:
        case "ancient":
            return BEGINNING
        case "future" | "naive":
            return indexed_at(post)
        case _:
            return post.published_at


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Records:
    world: World

    def marked(self, post: Planned, version: Version) -> frozenset[str]:
        """The tags that `tag=` finds: of facets, and those beside the text."""
        in_text = [] if post.place == "plain" else HASHTAG.findall(version.text)
        return frozenset(map(folded, (*in_text, *version.tags)))

    def profile(self, person_id: str, *, hidden: bool = False) -> dict[str, Any]:
        person = self.world.people[person_id]
        return {
            "did": did(self.world, person_id),
            "handle": "handle.invalid" if hidden else person.handles["bluesky"],
            "displayName": person.name,
            "associated": {"activitySubscription": {"allowSubscriptions": "followers"}},
            "viewer": {"muted": False, "blockedBy": False},
            "labels": [],
            "createdAt": "2023-07-01T00:00:00.000Z",
        }

    def view(self, post: Planned, version: Version, now: datetime) -> dict[str, Any]:
        counts = pulse(self.world, post, now)
        acts = [other.kind for other in self.world.about(post.plan_id) if other.at(now)]
        view = {
            "uri": uri(self.world, post),
            "cid": self.cid_of(post, version),
            "author": self.profile(post.author, hidden=post.author_hidden),
            "record": self.record(post, version),
            "bookmarkCount": 0,
            "replyCount": acts.count("reply"),
            "repostCount": acts.count("repost"),
            "likeCount": counts.likes,
            "quoteCount": acts.count("quote"),
            "indexedAt": iso(indexed_at(post)),
            "viewer": {"bookmarked": False, "threadMuted": False, "embeddingDisabled": False},
            "labels": [],
        }
        if embed := self._embed_view(post, now):
            view["embed"] = embed
        return view

    def cid_of(self, post: Planned, version: Version) -> str:
        return cid(self.world, post.plan_id, version.text)

    def record(self, post: Planned, version: Version) -> dict[str, Any]:
        record: dict[str, Any] = {
            "$type": POSTS,
            "createdAt": self._declared(post),
            "langs": ["en"],
            "text": version.text,
        }
        if facets := list(self._facets(post, version.text)):
            record["facets"] = facets
        if repeated := bridges.original(self.world, post):
            record["bridgyOriginalUrl"] = bridges.mastodon_url(self.world, repeated)
        if version.tags:
            record["tags"] = list(version.tags)
        if embed := self._embed(post):
            record["embed"] = embed
        if post.kind == "reply" and post.of:
            parent = self.world.posts[post.of]
            record["reply"] = {"root": self.ref(self._root(parent)), "parent": self.ref(parent)}
        return record

    def ref(self, post: Planned) -> dict[str, str]:
        """What a record says of another: its first version."""
        return {"uri": uri(self.world, post), "cid": self.cid_of(post, post.versions[0])}

    def _root(self, post: Planned) -> Planned:
        while post.kind == "reply" and post.of:
            post = self.world.posts[post.of]
        return post

    def _declared(self, post: Planned) -> str:
        if post.place == "naive":
            return post.published_at.strftime("%Y-%m-%dT%H:%M:%S")
        return DECLARED.get(post.place) or iso(post.published_at)

    def _facets(self, post: Planned, text: str) -> Iterator[dict[str, Any]]:
        """Marks by byte, not by character."""
        if post.place == "plain":
            return
        dids = {person.handles.get("bluesky"): name for name, person in self.world.people.items()}
        for match in HASHTAG.finditer(text):
            yield _facet(text, match, "tag", tag=match["tag"])
        for match in MENTION.finditer(text):
            if mentioned := dids.get(match["handle"].rstrip(".")):
                yield _facet(text, match, "mention", did=did(self.world, mentioned))
        for match in LINK.finditer(text):
            yield _facet(text, match, "link", uri=match[0])

    def _images(self, post: Planned) -> list[dict[str, Any]]:
        return [
            {
                "alt": "",
                "aspectRatio": {"width": 4, "height": 3},
                "image": {
                    "$type": "blob",
                    "ref": {"$link": pictures.cid(self.world, post, position)},
                    "mimeType": "image/jpeg",
                    "size": 61_440,
                },
            }
            for position in range(len(post.media))
        ]

    def _media(self, post: Planned) -> dict[str, Any] | None:
        if "video" in post.media:
            film = self._images(post)[0]["image"] | {"mimeType": "video/mp4"}
            return {"$type": "app.bsky.embed.video", "video": film}
        return {"$type": "app.bsky.embed.images", "images": self._images(post)} if post.media else None

    def _embed(self, post: Planned) -> dict[str, Any] | None:
        media = self._media(post) or self._card(post)
        if post.kind != "quote" or not post.of:
            return media
        quoted = {"$type": "app.bsky.embed.record", "record": self.ref(self.world.posts[post.of])}
        if media is None:
            return quoted
        return {"$type": "app.bsky.embed.recordWithMedia", "record": quoted, "media": media}

    def _card(self, post: Planned) -> dict[str, Any] | None:
        """A bridge's account shows the address of what it repeats, where there is no picture in its place."""
        if (repeated := bridges.original(self.world, post)) is None:
            return None
        card = {"uri": bridges.mastodon_url(self.world, repeated), "title": repeated.title, "description": ""}
        return {"$type": "app.bsky.embed.external", "external": card}

    def _media_view(self, post: Planned) -> dict[str, Any] | None:
        media = self._media(post)
        if media is None:
            card = self._card(post)
            return {**card, "$type": "app.bsky.embed.external#view"} if card else None
        addresses = [pictures.address(self.world, post, position) for position in range(len(post.media))]
        if "video" in media:
            film = {
                "cid": media["video"]["ref"]["$link"],
                "playlist": f"{addresses[0]}.m3u8",
                "thumbnail": addresses[0],
            }
            return {"$type": "app.bsky.embed.video#view", **film}
        shown = [
            {"thumb": address, "fullsize": address, "alt": image["alt"]}
            for address, image in zip(addresses, media["images"], strict=True)
        ]
        return {"$type": "app.bsky.embed.images#view", "images": shown}

    def _embed_view(self, post: Planned, now: datetime) -> dict[str, Any] | None:
        media = self._media_view(post)
        if post.kind != "quote" or not post.of:
            return media
        quoted = {"$type": "app.bsky.embed.record#view", "record": self._quoted(self.world.posts[post.of], now)}
        if media is None:
            return quoted
        return {"$type": "app.bsky.embed.recordWithMedia#view", "record": quoted, "media": media}

    def _quoted(self, post: Planned, now: datetime) -> dict[str, Any]:
        """The quoted post in full, as it is now."""
        version = post.at(now)
        if version is None:
            return {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri(self.world, post), "notFound": True}
        return {
            "$type": "app.bsky.embed.record#viewRecord",
            "uri": uri(self.world, post),
            "cid": self.cid_of(post, version),
            "author": self.profile(post.author, hidden=post.author_hidden),
            "value": self.record(post, version),
            "labels": [],
            "embeds": [],
            "indexedAt": iso(indexed_at(post)),
        }


def _facet(text: str, match: re.Match[str], kind: str, **feature: str) -> dict[str, Any]:
    start = len(text[: match.start()].encode())
    return {
        "$type": "app.bsky.richtext.facet",
        "index": {"byteStart": start, "byteEnd": start + len(match[0].encode())},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}],
    }
