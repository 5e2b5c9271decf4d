"""Facebook's Graph API for one Page, as that Page's token sees it.

Truth: developers.facebook.com/docs/graph-api/reference (page/feed, page/published_posts, page/tagged, pagepost,
object/comments). `[[facebook]]`: `token`, `page` (whose Page), `calls` an hour, `largest_page`, `hides_commenters` (the
token lacks pages_read_user_content).

Planned posts with a `place` that begins with `page` are here, all others in a closed group without an API. `page` by
the Page's own person is published by the Page, by anybody else it is a visitor's post; `page/tagged` is a public post
that tags the Page. `kind = reply` is a comment. `visibility = private`: the Page shows it to a part of the public only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox import graph
from sandbox.exchange import Answer, Asked, as_json
from sandbox.graph import Wanted
from sandbox.ids import number
from sandbox.limits import Windows
from sandbox.pulse import pulse
from sandbox.world import Planned, World

VERSION = "v26.0"
LARGEST_PAGE = 100
TAGGED = "page/tagged"


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this platform. Without a server it is the clerks' group only."""
    return {"base_url": urls[0], "version": VERSION}


def places(world: World, windows: Windows) -> tuple[Facebook, ...]:
    return tuple(Facebook(world, settings, windows) for settings in world.places("facebook"))


def account_id(world: World, person_id: str) -> str:
    return str(10**14 + number(world.seed, "facebook account", person_id, below=10**14))


def post_id(world: World, post: Planned) -> str:
    """The post's own part of its id."""
    return str(10**14 + number(world.seed, "facebook", post.plan_id, below=10**13))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a collector is shown this post now: it is on the Page, or public and tags it."""
    return any(_is_on(settings, post, now) for settings in world.places("facebook"))


def _is_on(settings: Mapping[str, Any], post: Planned, now: datetime) -> bool:
    if post.at(now) is None or post.kind != "original" or not post.place.startswith("page"):
        return False
    return post.visibility == "public" or post.author == settings["page"]


@dataclass
class Facebook:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    name = platform = "facebook"

    def __post_init__(self) -> None:
        self.us = str(self.settings["page"])
        self.page_id = account_id(self.world, self.us)
        self.username = self.world.people[self.us].handles["facebook"]

    def answer(self, asked: Asked, now: datetime) -> Answer:
        per_cent, minutes = graph.used(self.name, self.settings, self.windows, now)
        answer = graph.refused(80001, status=400) if per_cent > 100 else self._in_words(asked, now)
        return graph.with_usage(answer, per_cent, minutes, "pages")

    def refusal(self, status: int, code: str = "") -> Answer:
        return graph.refusal(status)

    def records(self, document: Any) -> list[Any]:
        found: list[Any] = document.get("data", [])
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
            case ["me" | self.page_id | self.username]:
                page = {"id": self.page_id, "name": self.world.people[self.us].name, "username": self.username}
                return as_json(graph.chosen(page, fields))
            case [self.page_id | self.username | "me", "feed" | "published_posts" | "tagged" as edge]:
                whole = [self._post(post, now) for post in self._listed(edge, now)]
                return graph.listing(asked, whole, graph.limit(asked, self.settings, LARGEST_PAGE), fields)
            case [_, "visitor_posts"]:
                return graph.refused(12, words="This API call is not supported on New Pages Experience Pages.")
            case [post, "comments"]:
                return self._comments(asked, post, fields, now)
            case [post]:
                found = self._found(post, now)
                return as_json(graph.chosen(self._post(found, now), fields)) if found else graph.nothing_there()
        return graph.nothing_there()

    def _listed(self, edge: str, now: datetime) -> list[Planned]:
        """Newest first. The feed has all of it: the Page's own posts, visitors', and those that tag the Page."""
        on_page = [post for post in self.world.on("facebook") if _is_on(self.settings, post, now)]
        if edge == "published_posts":
            on_page = [post for post in on_page if post.author == self.us]
        if edge == "tagged":
            on_page = [post for post in on_page if post.place == TAGGED]
        return sorted(on_page, key=lambda post: post.published_at, reverse=True)

    def _full_id(self, post: Planned) -> str:
        holder = post.author if post.place == TAGGED else self.us
        return f"{account_id(self.world, holder)}_{post_id(self.world, post)}"

    def _found(self, full_id: str, now: datetime) -> Planned | None:
        return next((post for post in self._listed("feed", now) if self._full_id(post) == full_id), None)

    def _post(self, post: Planned, now: datetime) -> dict[str, Any]:
        version, counts = post.at(now) or post.versions[-1], pulse(self.world, post, now)
        comments = len(self._stream(post, now))
        page, _, own = self._full_id(post).partition("_")
        whole: dict[str, Any] = {
            "id": f"{page}_{own}",
            "created_time": graph.time(post.published_at),
            "updated_time": graph.time(now),
            "message": version.text,
            "permalink_url": f"https://www.facebook.com/{page}/posts/{own}",
            "privacy": {"value": "EVERYONE" if post.visibility == "public" else "CUSTOM"},
            "is_published": True,
            "reactions": {"data": [], "summary": {"total_count": counts.likes, "viewer_reaction": "NONE"}},
            "comments": {"data": [], "summary": {"order": "ranked", "total_count": comments, "can_comment": True}},
        }
        if counts.reposts:
            whole["shares"] = {"count": counts.reposts}
        if post.author == self.us:
            whole["from"] = {"id": self.page_id, "name": self.world.people[self.us].name}
        if post.media:
            whole["attachments"] = {"data": [self._attachment(post, kind) for kind in post.media]}
        return whole

    def _attachment(self, post: Planned, kind: str) -> dict[str, Any]:
        shown = {"image": "photo"}.get(kind, kind)
        address = f"https://www.facebook.com/photo.php?fbid={number(self.world.seed, post.plan_id, kind, below=10**15)}"
        return {"media_type": shown, "url": address, "title": "Photos", "target": {"url": address}}

    def _stream(self, post: Planned, now: datetime) -> list[tuple[Planned, Planned | None]]:
        """The comments and the answers to them, each with what it answers; flat, as `filter=stream` has it."""
        replies = [one for one in self.world.on("facebook") if one.kind == "reply" and one.at(now)]
        comments = [one for one in replies if one.of == post.plan_id]
        answers = [(one, to) for to in comments for one in replies if one.of == to.plan_id]
        flat: list[tuple[Planned, Planned | None]] = [(one, None) for one in comments]
        return sorted([*flat, *answers], key=lambda pair: pair[0].published_at)

    def _comments(self, asked: Asked, full_id: str, fields: Mapping[str, Wanted], now: datetime) -> Answer:
        post = self._found(full_id, now)
        if post is None:
            return graph.nothing_there()
        stream = self._stream(post, now)
        if asked.one("filter") != "stream":
            stream = [(comment, to) for comment, to in stream if to is None]
        whole = [self._comment(post, comment, to, now) for comment, to in stream]
        return graph.listing(asked, whole, graph.limit(asked, self.settings, LARGEST_PAGE), fields)

    def _comment(self, post: Planned, comment: Planned, to: Planned | None, now: datetime) -> dict[str, Any]:
        version = comment.at(now)
        whole: dict[str, Any] = {
            "id": f"{post_id(self.world, post)}_{post_id(self.world, comment)}",
            "created_time": graph.time(comment.published_at),
            "message": version.text if version else "",
        }
        if not self.settings.get("hides_commenters") and not comment.author_hidden:
            person = self.world.people[comment.author]
            whole["from"] = {"id": account_id(self.world, comment.author), "name": person.name}
        return whole | ({"parent": self._comment(post, to, None, now)} if to else {})
