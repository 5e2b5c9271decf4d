"""Threads' API: search by topic and by keyword, looking up, the answers to one's own posts.

Truth: developers.facebook.com/docs/threads (keyword-search, threads-media, replies). `tags` of a planned post is its
one topic; the #words of its text are plain text. Its word in `place`: `flagged` (no permalink is told). A place that is
not `reviewed` shows the posts of its own `account` only, without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox import graph
from sandbox.exchange import Answer, Asked, as_json
from sandbox.ids import number
from sandbox.limits import Limit, Windows
from sandbox.world import Planned, World, folded

LARGEST_PAGE = 100
SEARCHES = 2200
KINDS = {"image": "IMAGE", "video": "VIDEO", "audio": "AUDIO"}
RELATIONS = {"reply": "replied_to", "quote": "quoted_post", "repost": "reposted_post"}
EARLIEST = 1688540400
"""Threads began in July 2023; it refuses earlier times."""
CROWDED = "today"
"""A word that somebody outside this small world is always writing about."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this server."""
    reviewed = world.places("threads")[0].get("reviewed", True)
    return {"base_url": f"{urls[0]}/v1.0"} | ({} if reviewed else {"reviewed": False})


def places(world: World, windows: Windows) -> tuple[Api, ...]:
    return tuple(Api(world, settings, windows) for settings in world.places("threads"))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a search for the campaign's tags shows this post now: as its topic, or anywhere in its text.

    Without review only the token's own account's. Reposts and private posts are never shown, and nothing else leads to
    a post: other people's timelines are closed.
    """
    settings = world.places("threads")[0]
    shown = post.at(now) is not None and post.visibility == "public" and post.kind != "repost"
    seen = settings.get("reviewed", True) or post.author == settings["account"]
    return shown and seen and any(_has_topic(post, tag, now) or _says(post, tag, now) for tag in world.hashtags)


def shortcode(world: World, post: Planned) -> str:
    left = number(world.seed, "threads", "code", post.plan_id, below=64**10)
    letters = []
    for _ in range(10):
        left, digit = divmod(left, 64)
        letters.append(ALPHABET[digit])
    return "D" + "".join(letters)


def media_id(world: World, post: Planned) -> str:
    return str(18 * 10**15 + number(world.seed, "threads", "media", post.plan_id, below=10**15))


@dataclass
class Api:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    platform = "threads"
    name = "threads"

    def __post_init__(self) -> None:
        self.posts = {media_id(self.world, post): post for post in self.world.on("threads")}
        self.own = str(self.settings["account"])

    def answer(self, asked: Asked, now: datetime) -> Answer:
        if refused := graph.let_in(asked, self.settings):
            return refused
        per_cent, minutes = graph.used(self.name, self.settings, self.windows, now)
        if per_cent > 100:
            return graph.with_usage(graph.refused(4, status=403), per_cent, minutes, "threads")
        return graph.with_usage(self._routed(asked, now), per_cent, minutes, "threads")

    def refusal(self, status: int, code: str = "") -> Answer:
        return graph.refusal(status)

    def records(self, document: Any) -> list[Any]:
        listed: list[Any] = document.get("data", [])
        return listed

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        return graph.endless(answer, asked)

    # what is asked

    def _routed(self, asked: Asked, now: datetime) -> Answer:
        try:
            fields = graph.wanted(asked.one("fields") or "id")
        except ValueError:
            return graph.refused(100)
        match graph.path(asked):
            case ["keyword_search"]:
                return self._search(asked, fields, now)
            case ["me"]:
                own = {"id": self._user_id(self.own), "username": self.world.people[self.own].handles["threads"]}
                return as_json(graph.chosen(own, fields))
            case ["debug_token"]:
                return graph.token_info(self.world)
            case [name, "conversation" | "replies" as how]:
                return self._answers(name, how, asked, fields, now)
            case [name]:
                post = self.posts.get(name)
                if post is None or not self._is_shown(post, now):
                    return graph.nothing_there()
                return as_json(graph.chosen(self._post(post, now), fields))
        return graph.nothing_there()

    def _search(self, asked: Asked, fields: Mapping[str, graph.Wanted], now: datetime) -> Answer:
        words, mode, kind = asked.one("q"), asked.one("search_mode") or "KEYWORD", asked.one("search_type") or "TOP"
        since, until = int(asked.one("since") or EARLIEST), int(asked.one("until") or now.timestamp())
        if (
            not words
            or mode not in ("TAG", "KEYWORD")
            or kind not in ("TOP", "RECENT")
            or not EARLIEST <= since < until
        ):
            return graph.refused(100)
        size = graph.limit(asked, self.settings, LARGEST_PAGE)
        if words == CROWDED and self.settings.get("reviewed", True):
            return graph.listing(asked, [_passer_by(now)], size, fields)
        has = _has_topic if mode == "TAG" else _says
        found = [
            post
            for post in self.posts.values()
            if self._is_shown(post, now)
            and post.kind != "repost"
            and since <= post.published_at.timestamp() <= until
            and has(post, words, now)
        ]
        if found and self._used_up(now):
            return graph.refused(4, status=403, words="You have used all your searches of 24 hours")
        newest_first = sorted(found, key=lambda post: post.published_at, reverse=True)
        return graph.listing(asked, [self._post(post, now) for post in newest_first], size, fields)

    def _used_up(self, now: datetime) -> bool:
        """Searches that find nothing are not counted."""
        limit = Limit(name="searches", requests=self.settings.get("searches", SEARCHES), seconds=86400)
        return self.windows.take(self.name, limit, now).remaining < 0

    def _is_shown(self, post: Planned, now: datetime) -> bool:
        seen = self.settings.get("reviewed", True) or post.author == self.own
        return seen and post.at(now) is not None and post.visibility == "public"

    def _answers(self, name: str, how: str, asked: Asked, fields: Mapping[str, graph.Wanted], now: datetime) -> Answer:
        """Only the author of a post is told all the answers to it: `replies` the direct ones, `conversation` all."""
        top = self.posts.get(name)
        if top is None or top.author != self.own:
            return graph.refused(10, status=403)
        answers = [post for post in self.posts.values() if post.kind == "reply" and post.at(now)]
        below = [post for post in answers if (self._root(post) if how == "conversation" else post.of) == top.plan_id]
        oldest_first = sorted(below, key=lambda post: post.published_at)
        size = graph.limit(asked, self.settings, LARGEST_PAGE)
        return graph.listing(asked, [self._post(post, now) for post in oldest_first], size, fields)

    def _root(self, post: Planned) -> str:
        parent = self.world.posts[post.of or ""]
        return self._root(parent) if parent.kind == "reply" else parent.plan_id

    # what is shown

    def _user_id(self, person_id: str) -> str:
        return str(25 * 10**15 + number(self.world.seed, "threads", "user", person_id, below=10**15))

    def _post(self, post: Planned, now: datetime) -> dict[str, Any]:
        """What a search tells of a post: `username` but no owner, and not one count."""
        version, handle, code = post.at(now), self.world.handle(post), shortcode(self.world, post)
        assert version is not None
        kinds = [KINDS.get(kind, "IMAGE") for kind in post.media]
        told: dict[str, Any] = {
            "id": media_id(self.world, post),
            "shortcode": code,
            "permalink": f"https://www.threads.net/@{handle}/post/{code}",
            "username": handle,
            "text": version.text,
            "timestamp": graph.time(post.published_at),
            "media_type": "CAROUSEL_ALBUM" if len(kinds) > 1 else kinds[0] if kinds else "TEXT_POST",
            "topic_tag": version.tags[0] if version.tags else None,
            "has_replies": any(one.of == post.plan_id for one in self.posts.values()),
            "is_quote_post": post.kind == "quote",
            "is_reply": post.kind == "reply",
        }
        if post.of and post.kind in RELATIONS:
            told[RELATIONS[post.kind]] = {"id": media_id(self.world, self.world.posts[post.of])}
        if post.kind == "reply":
            told["root_post"] = {"id": media_id(self.world, self.world.posts[self._root(post)])}
        hidden = {"permalink"} if "flagged" in post.place.split() else set()
        hidden |= {"username", "permalink"} if post.author_hidden else set()
        return {name: value for name, value in told.items() if value is not None and name not in hidden}


def _passer_by(now: datetime) -> dict[str, Any]:
    told = {"id": "18999999999999999", "shortcode": "Dpasserby00", "username": "passer.by", "text": "What a day today"}
    return told | {"timestamp": graph.time(now), "media_type": "TEXT_POST"}


def _has_topic(post: Planned, tag: str, now: datetime) -> bool:
    version = post.at(now)
    return version is not None and folded(tag) in map(folded, version.tags[:1])


def _says(post: Planned, words: str, now: datetime) -> bool:
    """Search does not mind `#`, nor where a word ends."""
    version = post.at(now)
    return version is not None and folded(words).strip("# ") in folded(version.text)
