"""Instagram's Graph API with Facebook Login, as one professional account sees it.

Truth: developers.facebook.com/docs/instagram-platform (ig-hashtag-search, ig-hashtag/recent-media, top-media, ig-user/
business_discovery, media, tags, ig-media/comments). The error of an unknown hashtag (24) and of too many (18) are from
general knowledge. `[[instagram]]`: `token`, `account` (whose account asks), `personal` (people whose accounts are not
professional), `calls` an hour, `largest_page`.

Planned posts: a caption that names our account with @ also has it tagged in the picture; `kind = reply` is a comment;
`visibility = private` is an account that only followers see. Some people hide their likes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sandbox import graph, pictures
from sandbox.exchange import Answer, Asked, as_json
from sandbox.graph import Wanted
from sandbox.ids import number
from sandbox.limits import Windows
from sandbox.pulse import pulse
from sandbox.world import Planned, World, folded

VERSION = "v26.0"
RECENT = timedelta(hours=24)
TOP = 9
"""How many top media a hashtag has, of any age."""
LARGEST_PAGE = 50
TAGS_A_WEEK, WEEK = 30, timedelta(days=7)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SAME_CURSOR = graph.cursor("the same on every page")
MEDIA_FIELDS = {
    *("id", "caption", "media_type", "media_url", "permalink", "timestamp", "comments_count", "like_count", "children"),
}
NAMED_FIELDS = MEDIA_FIELDS | {"username", "owner", "shortcode"}
"""A hashtag's media refuse these."""


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this platform."""
    return {"base_url": urls[0], "version": VERSION}


def places(world: World, windows: Windows) -> tuple[Instagram, ...]:
    return tuple(Instagram(world, settings, windows) for settings in world.places("instagram"))


def account_id(world: World, person_id: str) -> str:
    return f"17841{number(world.seed, 'instagram', person_id, below=10**12):012}"


def media_id(world: World, post: Planned) -> str:
    return f"179{number(world.seed, 'instagram media', post.plan_id, below=10**14):014}"


def shortcode(world: World, post: Planned) -> str:
    left = number(world.seed, "instagram code", post.plan_id, below=64**10)
    return "D" + "".join(ALPHABET[left >> 6 * place & 63] for place in range(10))


def hashtag_id(tag: str) -> str:
    return f"178{number('instagram hashtag', folded(tag), below=10**14):014}"


def hides_likes(world: World, person_id: str) -> bool:
    return number(world.seed, "hides likes", person_id, below=4) == 0


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a collector is shown this post now: by hashtag, in its author's list, or where we are tagged."""
    if not _is_media(post, now):
        return False
    return any(_shown(world, settings, post, now) for settings in world.places("instagram"))


def _shown(world: World, settings: Mapping[str, Any], post: Planned, now: datetime) -> bool:
    author = world.people[post.author]
    if post.author == settings["account"] or _names_us(world, settings, post, now):
        return True
    if author.on_roster and not author.refuses and post.author not in settings.get("personal", ()):
        return True
    tags = post.tags_at(now) & world.hashtags
    return (
        bool(tags)
        and post.place != "unsearched"
        and (now - post.published_at <= RECENT or any(post in _top(world, tag, now) for tag in tags))
    )


def _is_media(post: Planned, now: datetime) -> bool:
    return post.at(now) is not None and post.visibility == "public" and post.kind == "original"


def _names_us(world: World, settings: Mapping[str, Any], post: Planned, now: datetime) -> bool:
    version, us = post.at(now), world.people[settings["account"]].handles["instagram"]
    return version is not None and re.search(rf"@{re.escape(us)}(?!\w|\.\w)", version.text) is not None


def _tagged(world: World, tag: str, now: datetime) -> list[Planned]:
    return [
        post
        for post in world.on("instagram")
        if _is_media(post, now) and post.place != "unsearched" and folded(tag) in post.tags_at(now)
    ]


@lru_cache(maxsize=64)
def _top(world: World, tag: str, now: datetime) -> list[Planned]:
    """The most liked; nobody promises an order."""
    return sorted(_tagged(world, tag, now), key=lambda post: (-pulse(world, post, now).likes, post.plan_id))[:TOP]


@dataclass
class Instagram:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    walks: dict[str, int] = field(default_factory=dict)
    """How far each hashtag list has been read: its cursor does not tell."""
    searched: dict[str, datetime] = field(default_factory=dict)
    name = platform = "instagram"

    def __post_init__(self) -> None:
        self.us = str(self.settings["account"])
        self.user_id = account_id(self.world, self.us)

    def answer(self, asked: Asked, now: datetime) -> Answer:
        per_cent, minutes = graph.used(self.name, self.settings, self.windows, now)
        answer = graph.refused(4, status=403) if per_cent > 100 else self._in_words(asked, now)
        return graph.with_usage(answer, per_cent, minutes, "instagram")

    def refusal(self, status: int, code: str = "") -> Answer:
        return graph.refusal(status)

    def records(self, document: Any) -> list[Any]:
        found: list[Any] = document.get("business_discovery", {}).get("media", document).get("data", [])
        return found

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        return graph.endless(answer, asked)

    def _in_words(self, asked: Asked, now: datetime) -> Answer:
        refused = graph.let_in(asked, self.settings)
        if refused:
            return refused
        try:
            return self._route(asked, graph.wanted(asked.one("fields") or "id"), now)
        except ValueError:
            return graph.refused(2500, words="Syntax error in the fields parameter.")

    def _route(self, asked: Asked, fields: Mapping[str, Wanted], now: datetime) -> Answer:
        match graph.path(asked):
            case ["debug_token"]:
                return graph.token_info(self.world)
            case ["me", "accounts"]:
                page = {"id": str(number(self.world.seed, "page", self.us, below=10**15))}
                linked = page | {"instagram_business_account": {"id": self.user_id}}
                return as_json({"data": [graph.chosen(linked, fields)]})
            case ["ig_hashtag_search"] if asked.one("user_id") == self.user_id:
                return self._search(asked.one("q") or "", now)
            case [self.user_id]:
                return self._account(fields, now)
            case [self.user_id, "recently_searched_hashtags"]:
                return as_json({"data": [{"id": hashtag_id(tag)} for tag in self._searched(now)]})
            case [self.user_id, "media" | "tags" as edge]:
                return self._list(asked, self._ours(edge, now), fields, NAMED_FIELDS, now)
            case [tag, "recent_media" | "top_media" as edge] if asked.one("user_id") == self.user_id:
                return self._hashtag(asked, tag, edge, fields, now)
            case [media, "comments"]:
                return self._comments(asked, media, fields, now)
            case [media]:
                found = [post for post in self._ours("media", now) if media_id(self.world, post) == media]
                document = graph.chosen(self._media(found[0], now), fields) if found else None
                return as_json(document) if document else graph.nothing_there()
        return graph.nothing_there()

    def _searched(self, now: datetime) -> list[str]:
        return [tag for tag, at in self.searched.items() if now - at < WEEK]

    def _search(self, tag: str, now: datetime) -> Answer:
        known = any(folded(tag) in post.tags_at(now) for post in self.world.on("instagram"))
        if not known:
            return graph.refused(24, 2207024)
        recent = self._searched(now)
        if folded(tag) not in recent:
            if len(recent) >= TAGS_A_WEEK:
                return graph.refused(18, 2207034)
            self.searched[folded(tag)] = now
        return as_json({"data": [{"id": hashtag_id(tag)}]})

    def _ours(self, edge: str, now: datetime) -> list[Planned]:
        media = [post for post in self.world.on("instagram") if _is_media(post, now)]
        if edge == "media":
            return [post for post in media if post.author == self.us]
        return [post for post in media if _names_us(self.world, self.settings, post, now)]

    def _hashtag(self, asked: Asked, tag: str, edge: str, fields: Mapping[str, Wanted], now: datetime) -> Answer:
        """The cursor is the same on every page, and the order is nobody's."""
        if not fields.keys() <= MEDIA_FIELDS:
            return graph.refused(100, words="Tried accessing nonexisting field.")
        names = {name for post in self.world.on("instagram") for name in post.tags_at(now) if hashtag_id(name) == tag}
        if not names:
            return graph.nothing_there()
        found = _top(self.world, min(names), now) if edge == "top_media" else _tagged(self.world, min(names), now)
        if edge == "recent_media":
            found = [post for post in found if now - post.published_at <= RECENT]
        found.sort(key=lambda post: media_id(self.world, post)[::-1])
        size = graph.limit(asked, self.settings, LARGEST_PAGE)
        start = self.walks.get(asked.path, 0) if asked.one("after") == SAME_CURSOR else 0
        self.walks[asked.path] = start + size
        data = [graph.chosen(self._media(post, now), fields) for post in found[start : start + size]]
        ends = (SAME_CURSOR, SAME_CURSOR) if data else ("", "")
        return as_json({"data": data, **graph.paging(asked, ends, start + size < len(found))})

    def _account(self, fields: Mapping[str, Wanted], now: datetime) -> Answer:
        whole = self._person(self.us, now)
        if "business_discovery" not in fields:
            return as_json(graph.chosen(whole, fields))
        asked = fields["business_discovery"]
        handle = asked.arguments.get("username", "").lower()
        found = [
            one
            for one in self.world.people.values()
            if "instagram" in one.handles and one.handle_at("instagram", now) == handle
        ]
        if not found or found[0].person_id in self.settings.get("personal", ()):
            return graph.refused(110, 2207013)
        discovered = self._person(found[0].person_id, now)
        if "media" in asked.inner:
            media = self._of(found[0].person_id, asked.inner["media"], now)
            discovered |= {"media": media} if media["data"] else {}
        document = graph.chosen(discovered, {name: Wanted() for name in asked.inner})
        return as_json({"business_discovery": document, "id": self.user_id})

    def _person(self, person_id: str, now: datetime) -> dict[str, Any]:
        person = self.world.people[person_id]
        posts = [post for post in self.world.on("instagram") if post.author == person_id and _is_media(post, now)]
        return {
            "id": account_id(self.world, person_id),
            "username": person.handle_at("instagram", now),
            "name": person.name,
            "media_count": len(posts),
        }

    def _of(self, person_id: str, asked: Wanted, now: datetime) -> dict[str, Any]:
        """The media of an account, newest first. There are cursors, but no address of a next page."""
        posts = [post for post in self.world.on("instagram") if post.author == person_id and _is_media(post, now)]
        whole = [self._media(post, now) for post in sorted(posts, key=lambda post: post.published_at, reverse=True)]
        size = min(
            int(asked.arguments.get("limit", graph.DEFAULT_PAGE)), self.settings.get("largest_page", LARGEST_PAGE)
        )
        shown, more = graph.page(whole, asked.arguments.get("after"), size)
        paging = {"paging": {"cursors": {"after": graph.cursor(shown[-1]["id"])}}} if shown and more else {}
        return {"data": [graph.chosen(one, asked.inner) for one in shown], **paging}

    def _list(
        self, asked: Asked, posts: list[Planned], fields: Mapping[str, Wanted], known: set[str], now: datetime
    ) -> Answer:
        if not fields.keys() <= known:
            return graph.refused(100, words="Tried accessing nonexisting field.")
        posts = sorted(posts, key=lambda post: post.published_at, reverse=True)
        whole = [self._media(post, now) for post in posts]
        return graph.listing(asked, whole, graph.limit(asked, self.settings, LARGEST_PAGE), fields)

    def _comments(self, asked: Asked, media: str, fields: Mapping[str, Wanted], now: datetime) -> Answer:
        found = [post for post in self._ours("media", now) if media_id(self.world, post) == media]
        if not found:
            return graph.nothing_there()
        whole = [self._comment(post, now) for post in self._answers(found[0].plan_id, now)]
        return graph.listing(asked, whole, graph.limit(asked, self.settings, LARGEST_PAGE), fields)

    def _answers(self, plan_id: str, now: datetime) -> list[Planned]:
        return [post for post in self.world.about(plan_id) if post.kind == "reply" and post.at(now)]

    def _comment(self, comment: Planned, now: datetime) -> dict[str, Any]:
        handle, version = self.world.people[comment.author].handle_at("instagram", now), comment.at(now)
        whole = {
            "id": media_id(self.world, comment),
            "timestamp": graph.time(comment.published_at),
            "text": version.text if version else "",
            "username": handle,
            "from": {"id": account_id(self.world, comment.author), "username": handle},
        }
        answers = [self._comment(answer, now) for answer in self._answers(comment.plan_id, now)]
        return whole | ({"replies": {"data": answers}} if answers else {})

    def _media(self, post: Planned, now: datetime) -> dict[str, Any]:
        version = post.at(now) or post.versions[-1]
        kinds = [kind.upper() for kind in post.media] or ["IMAGE"]
        kind = "CAROUSEL_ALBUM" if len(kinds) > 1 else kinds[0]
        code, own_id = shortcode(self.world, post), media_id(self.world, post)
        whole: dict[str, Any] = {
            "id": own_id,
            "caption": version.text,
            "media_type": kind,
            "media_url": pictures.address(self.world, post),
            "permalink": f"https://www.instagram.com/{'reel' if kind == 'VIDEO' else 'p'}/{code}/",
            "shortcode": code,
            "timestamp": graph.time(post.published_at),
            "comments_count": len(self._answers(post.plan_id, now)),
            "username": self.world.people[post.author].handle_at("instagram", now),
        }
        if not hides_likes(self.world, post.author):
            whole["like_count"] = pulse(self.world, post, now).likes
        if kind == "CAROUSEL_ALBUM":
            children = [{"id": f"{own_id}{n}", "media_type": child} for n, child in enumerate(kinds)]
            whole["children"] = {"data": children}
        if post.author == self.us:
            whole["owner"] = {"id": self.user_id}
        return whole
