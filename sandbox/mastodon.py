"""A Mastodon instance: its tag timelines as its visitors see them.

Truth: docs.joinmastodon.org (methods/timelines, api/guidelines, api/rate-limits) and the server's own `rack_attack.rb`,
`tag_feed.rb`, `snowflake.rb`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from sandbox.exchange import Answer, Asked, as_json
from sandbox.ids import mastodon_id, number
from sandbox.limits import Limit, Standing, Windows
from sandbox.pulse import pulse
from sandbox.world import HASHTAG, Planned, Version, World, folded, tags_in

PAGE, LARGEST_PAGE = 20, 40
EVERY = Limit(name="every request", requests=300, seconds=300)
PAGING = Limit(name="paging", requests=300, seconds=900)
PAGING_WORDS = ("max_id", "min_id", "since_id", "page")
TAG_TIMELINE = re.compile(r"/api/v1/timelines/tag/(?P<tag>[^/]+)")
MARKS = re.compile(rf"https?://\S+|{HASHTAG.pattern}")
STATUS = re.compile(r"/api/v1/statuses/(?P<id>\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A post as one instance knows it: under an id of its own, from a moment of its own."""

    post: Planned
    local_id: str
    since: datetime


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of these servers."""
    domains = [place["domain"] for place in world.places("mastodon")]
    return {"instances": [{"url": url, "domain": domain} for url, domain in zip(urls, domains, strict=True)]}


def places(world: World, windows: Windows) -> tuple[Instance, ...]:
    return tuple(Instance(world, settings, windows) for settings in world.places("mastodon"))


def home_id(world: World, post: Planned) -> str:
    return mastodon_id(post.published_at, world.seed, post.plan_id, post.place)


def uri(world: World, post: Planned) -> str:
    """The one name of a post that all instances share."""
    name, _, domain = world.handle(post).partition("@")
    return f"https://{domain}/users/{name}/statuses/{home_id(world, post)}"


@dataclass
class Instance:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    platform = "mastodon"

    def __post_init__(self) -> None:
        self.domain = str(self.settings["domain"])
        self.name = f"mastodon/{self.domain}"
        met = (self._sighting(post) for post in self.world.on("mastodon") if post.kind != "repost")
        self.sightings = {sighting.post.plan_id: sighting for sighting in met if sighting}

    def answer(self, asked: Asked, now: datetime) -> Answer:
        standing = self._standing(asked, now)
        limits = (
            ("X-RateLimit-Limit", str(standing.limit)),
            ("X-RateLimit-Remaining", str(max(0, standing.remaining))),
            ("X-RateLimit-Reset", standing.reset_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
        )
        return (self.refusal(429) if standing.remaining < 0 else self._route(asked, now)).with_headers(limits)

    def refusal(self, status: int, code: str = "") -> Answer:
        words = {
            401: "The access token is invalid",
            403: "This action is not allowed",
            404: "Record not found",
            429: "Too many requests",
        }
        return as_json({"error": words.get(status, "Something went wrong on our end")}, status)

    def records(self, document: Any) -> list[Any]:
        statuses: list[Any] = document
        return statuses

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        listed = TAG_TIMELINE.fullmatch(asked.path)
        return answer.with_headers(self._link(asked, "1", "1")) if listed and not answer.header("Link") else answer

    def _standing(self, asked: Asked, now: datetime) -> Standing:
        standings = [self.windows.take(self.name, EVERY, now)]
        if any(word in asked.query for word in PAGING_WORDS):
            standings.append(self.windows.take(self.name, PAGING, now))
        return min(standings, key=lambda standing: (standing.remaining, -standing.reset_at.timestamp()))

    def _route(self, asked: Asked, now: datetime) -> Answer:
        if asked.path == "/api/v2/instance":
            return as_json(self._about())
        valid = asked.token == self.settings.get("token")
        if (asked.token and not valid) or (self.settings.get("requires_token") and not valid):
            return self.refusal(401)
        if match := TAG_TIMELINE.fullmatch(asked.path):
            return self._timeline(match["tag"], asked, now)
        if match := STATUS.fullmatch(asked.path):
            found = [sighting for sighting in self._seen(now) if sighting.local_id == match["id"]]
            return as_json(self._status(found[0], now)) if found else self.refusal(404)
        return self.refusal(404)

    def _about(self) -> dict[str, Any]:
        access = "authenticated" if self.settings.get("requires_token") else "public"
        feeds = {"local": access, "remote": access}
        return {
            "domain": self.domain,
            "title": self.domain,
            "version": "4.5.2",
            "configuration": {"timelines_access": {"hashtag_feeds": feeds}},
        }

    def _timeline(self, tag: str, asked: Asked, now: datetime) -> Answer:
        wanted = {folded(name) for name in (tag, *asked.query.get("any[]", ())[:4])}
        listed = [sighting for sighting in self._seen(now) if sighting.post.tags_at(now) & wanted]
        if asked.one("local") == "true":
            listed = [sighting for sighting in listed if sighting.post.place == self.domain]
        page = _page(sorted(listed, key=_by_id, reverse=True), asked)
        links = self._link(asked, page[-1].local_id, page[0].local_id) if page else ()
        return as_json([self._status(sighting, now) for sighting in page], headers=links)

    def _link(self, asked: Asked, oldest: str, newest: str) -> tuple[tuple[str, str], ...]:
        kept = [(name, value) for name, values in asked.query.items() if name not in PAGING_WORDS for value in values]
        older, newer = (
            f"{asked.base}{asked.path}?{urlencode([*kept, pair])}" for pair in (("max_id", oldest), ("min_id", newest))
        )
        return (("Link", f'<{older}>; rel="next", <{newer}>; rel="prev"'),)

    def _sighting(self, post: Planned) -> Sighting | None:
        if post.place == self.domain:
            return Sighting(post=post, local_id=home_id(self.world, post), since=post.visible_from)
        for arrival in post.arrivals:
            if arrival.domain == self.domain:
                known = post.published_at if arrival.backfilled else arrival.at
                local_id = mastodon_id(known, self.world.seed, post.plan_id, self.domain)
                return Sighting(post=post, local_id=local_id, since=arrival.at)
        return None

    def _seen(self, now: datetime) -> list[Sighting]:
        """What this instance lists at this moment; followers-only posts only where its software leaks them."""
        shown = {"public", "private"} if self.settings.get("lists_followers_only") else {"public"}
        return [s for s in self.sightings.values() if s.since <= now and s.post.at(now) and s.post.visibility in shown]

    def _account_id(self, person_id: str) -> str:
        return str(110 * 10**15 + number(self.world.seed, self.domain, "account", person_id, below=10**15))

    def _account(self, post: Planned) -> dict[str, Any]:
        person, handle = self.world.people[post.author], self.world.handle(post)
        name, _, domain = handle.partition("@")
        return {
            "id": self._account_id(post.author),
            "username": name,
            "acct": name if domain == self.domain else handle,
            "display_name": person.name,
            "bot": False,
            "locked": False,
            "discoverable": True,
            "indexable": True,
            "noindex": False,
            "note": "",
            "fields": [],
            "emojis": [],
            "url": f"https://{domain}/@{name}",
            "uri": f"https://{domain}/users/{name}",
            "created_at": "2022-11-04T00:00:00.000Z",
        }

    def _status(self, sighting: Sighting, now: datetime, *, nested: bool = False) -> dict[str, Any]:
        post = sighting.post
        version = post.at(now) or post.versions[-1]
        name, _, domain = self.world.handle(post).partition("@")
        parent = self.sightings.get(post.of or "") if post.kind == "reply" else None
        known = parent is not None and parent.since <= now
        counts = pulse(self.world, post, now, self.domain)
        return {
            "id": sighting.local_id,
            "uri": uri(self.world, post),
            "url": f"https://{domain}/@{name}/{home_id(self.world, post)}",
            "created_at": _iso(post.published_at),
            "edited_at": _iso(version.since) if version is not post.versions[0] else None,
            "in_reply_to_id": parent.local_id if parent and known else None,
            "in_reply_to_account_id": self._account_id(parent.post.author) if parent and known else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": post.visibility,
            "language": "en",
            "replies_count": counts.replies,
            "reblogs_count": counts.reposts,
            "favourites_count": counts.likes,
            "quotes_count": counts.quotes,
            "content": self._content(version),
            "reblog": None,
            "account": self._account(post),
            "media_attachments": [self._media(post, n, kind) for n, kind in enumerate(post.media)],
            "mentions": [],
            "tags": [self._tag(tag) for tag in tags_in(version.text)],
            "emojis": [],
            "card": None,
            "poll": None,
            "quote": None if nested else self._quote(post, now),
        }

    def _quote(self, post: Planned, now: datetime) -> dict[str, Any] | None:
        if post.kind != "quote":
            return None
        quoted = self.sightings.get(post.of or "")
        if quoted is None or quoted.post.at(now) is None:
            return {"state": "deleted", "quoted_status": None}
        return {"state": "accepted", "quoted_status": self._status(quoted, now, nested=True)}

    def _tag(self, tag: str) -> dict[str, str]:
        return {"name": tag.lower(), "url": f"https://{self.domain}/tags/{tag.lower()}"}

    def _media(self, post: Planned, position: int, kind: str) -> dict[str, Any]:
        file = number(self.world.seed, post.image or post.plan_id, position, below=10**15)
        address = f"https://{self.domain}/media/{file}"
        return {
            "id": str(file),
            "type": kind,
            "url": address,
            "preview_url": address,
            "description": None,
            "blurhash": None,
        }

    def _content(self, version: Version) -> str:
        """The sanitised HTML that Mastodon makes of a text."""
        paragraphs = (self._marked(paragraph).replace("\n", "<br />") for paragraph in version.text.split("\n\n"))
        return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)

    def _marked(self, text: str) -> str:
        """Hashtags and addresses become links, all the rest is escaped."""
        html, done = "", 0
        for match in MARKS.finditer(text):
            html, done = html + escape(text[done : match.start()], quote=False), match.end()
            if tag := match["tag"]:
                address = f'"https://{self.domain}/tags/{tag}" class="mention hashtag" rel="tag"'
                html += f"<a href={address}>#<span>{tag}</span></a>"
            else:
                scheme, _, rest = escape(match[0]).partition("//")
                html += f'<a href="{scheme}//{rest}" rel="nofollow"><span class="invisible">{scheme}//</span>{rest}</a>'
        return html + escape(text[done:], quote=False)


def _by_id(sighting: Sighting) -> tuple[int, str]:
    return len(sighting.local_id), sighting.local_id


def _page(listed: list[Sighting], asked: Asked) -> list[Sighting]:
    """One page of a newest-first list: with `min_id` the one directly above its bound, else the newest."""
    limit = min(int(asked.one("limit") or PAGE), LARGEST_PAGE)
    for word, keep in (("max_id", -1), ("since_id", 1), ("min_id", 1)):
        if bound := asked.one(word):
            key = (len(bound), bound)
            listed = [s for s in listed if (_by_id(s) < key if keep < 0 else _by_id(s) > key)]
    return listed[-limit:] if asked.one("min_id") else listed[:limit]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
