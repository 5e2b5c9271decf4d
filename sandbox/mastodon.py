"""A Mastodon instance: tag timelines, accounts and threads as its visitors see them.

Truth: docs.joinmastodon.org (methods/timelines, methods/accounts, methods/statuses, api/guidelines, api/rate-limits)
and the server's own `rack_attack.rb`, `tag_feed.rb`, `snowflake.rb`, `statuses_controller.rb`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.exchange import Answer, Asked, as_json
from sandbox.limits import Limit, Standing, Windows
from sandbox.mastodon_status import Sighting, Statuses, home_id, uri
from sandbox.world import Person, Planned, World, folded

__all__ = ["Instance", "home_id", "meets", "options", "places", "uri"]

VERSION = "4.5.2"
PAGE, LARGEST_PAGE = 20, 40
ACCOUNTS, MOST_ACCOUNTS = 40, 80
IDS = 20
"""So many posts are looked up at once; further ids are left out without a word."""
ANCESTORS, DESCENDANTS, DEPTH = 40, 60, 20
"""What a stranger sees of a thread."""
EVERY = Limit(name="every request", requests=300, seconds=300)
PAGING = Limit(name="paging", requests=300, seconds=900)
PAGING_WORDS = ("max_id", "min_id", "since_id", "page")
TAG_TIMELINE = re.compile(r"/api/v1/timelines/tag/(?P<tag>[^/]+)")
ACCOUNT = re.compile(r"/api/v1/accounts/(?P<id>\w+)(?P<what>/statuses)?")
STATUS = re.compile(r"/api/v1/statuses/(?P<id>\w+)(?P<what>/context|/reblogged_by)?")
TO_EVERYBODY = frozenset({"public", "unlisted"})


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of these servers. There are no others: nobody's home is looked for on the network."""
    domains = [place["domain"] for place in world.places("mastodon")]
    instances = [{"url": url, "domain": domain} for url, domain in zip(urls, domains, strict=True)]
    return {"instances": instances, "home_servers": False}


def places(world: World, windows: Windows) -> tuple[Instance, ...]:
    return tuple(Instance(world, settings, windows) for settings in world.places("mastodon"))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a collector is shown this post at this moment, under a tag of the campaign that it carries now.

    By a tag timeline: public posts, from when they came to one of the world's instances; followers-only ones where an
    instance leaks them. By a member's own list on the home server, if that is one of the instances: unlisted posts too.
    Boosts are in neither. Whoever met a post once can ask for it again while it is there, whatever its tags: not here.
    """
    if post.kind == "repost" or not post.tags_at(now) & world.hashtags:
        return False
    instances = world.places("mastodon")
    is_member = (author := world.people[post.author]).on_roster and not author.refuses
    if is_member and post.visibility in TO_EVERYBODY and post.place in {place["domain"] for place in instances}:
        return True
    return any(
        (post.visibility == "public" or (post.visibility == "private" and place.get("lists_followers_only")))
        and (place["domain"] == post.place or _has_come(post, place["domain"], now))
        for place in instances
    )


def _has_come(post: Planned, domain: str, now: datetime) -> bool:
    return any(arrival.domain == domain and arrival.at <= now for arrival in post.arrivals)


@dataclass
class Instance:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    platform = "mastodon"

    def __post_init__(self) -> None:
        self.domain = str(self.settings["domain"])
        self.name = f"mastodon/{self.domain}"
        self.statuses = Statuses(self.world, self.domain)

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
        """Statuses; of a thread the answers. An account is no list of posts."""
        if isinstance(document, dict):
            return list(document.get("descendants", ()))
        statuses: list[Any] = document
        return statuses

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        listed = TAG_TIMELINE.fullmatch(asked.path) or asked.path.endswith(("/statuses", "/reblogged_by"))
        return answer.with_headers(self._link(asked, "1", "1")) if listed and not answer.header("Link") else answer

    def _standing(self, asked: Asked, now: datetime) -> Standing:
        standings = [self.windows.take(self.name, EVERY, now)]
        if any(word in asked.query for word in PAGING_WORDS):
            standings.append(self.windows.take(self.name, PAGING, now))
        return min(standings, key=lambda standing: (standing.remaining, -standing.reset_at.timestamp()))

    def _route(self, asked: Asked, now: datetime) -> Answer:
        if asked.path.rstrip("/") == "/api/v2/instance":
            return as_json(self._about())
        if asked.path.rstrip("/") == "/api/v1/instance":
            return as_json({"uri": self.domain, "title": self.domain, "version": VERSION})
        valid = asked.token == self.settings.get("token")
        if (asked.token and not valid) or (self.settings.get("requires_token") and not valid):
            return self.refusal(401)
        if match := TAG_TIMELINE.fullmatch(asked.path):
            return self._timeline(match["tag"], asked, now)
        if asked.path == "/api/v1/accounts/lookup":
            return self._lookup(asked, now)
        if match := ACCOUNT.fullmatch(asked.path):
            return self._account(match, asked, now)
        if asked.path == "/api/v1/statuses":
            wanted = asked.query.get("id[]", ())[:IDS]
            return self._documents([one for one in self._shown(now) if one.local_id in wanted], now)
        if match := STATUS.fullmatch(asked.path):
            found = [sighting for sighting in self._shown(now) if sighting.local_id == match["id"]]
            return self._status(found[0], match["what"], asked, now) if found else self.refusal(404)
        return self.refusal(404)

    def _about(self) -> dict[str, Any]:
        access = "authenticated" if self.settings.get("requires_token") else "public"
        feeds = {"local": access, "remote": access}
        return {
            "domain": self.domain,
            "title": self.domain,
            "version": VERSION,
            "api_versions": {"mastodon": 7},
            "configuration": {"timelines_access": {"hashtag_feeds": feeds}},
        }

    def _shown(self, now: datetime) -> list[Sighting]:
        """What is there for everybody who knows its address."""
        return [one for one in self.statuses.known(now) if one.post.visibility in TO_EVERYBODY]

    def _listed(self, now: datetime) -> list[Sighting]:
        """What tag timelines list; followers-only posts only where the software leaks them."""
        listed = {"public", "private"} if self.settings.get("lists_followers_only") else {"public"}
        known = self.statuses.known(now)
        return [one for one in known if one.post.visibility in listed and one.post.kind != "repost"]

    def _documents(self, sightings: Sequence[Sighting], now: datetime, links: Any = ()) -> Answer:
        return as_json([self.statuses.status(sighting, now) for sighting in sightings], headers=links)

    def _timeline(self, tag: str, asked: Asked, now: datetime) -> Answer:
        wanted = {folded(name) for name in (tag, *asked.query.get("any[]", ())[:4])}
        listed = [sighting for sighting in self._listed(now) if sighting.post.tags_at(now) & wanted]
        if asked.one("local") == "true":
            listed = [sighting for sighting in listed if sighting.post.place == self.domain]
        return self._pages(listed, asked, now)

    def _pages(self, listed: list[Sighting], asked: Asked, now: datetime) -> Answer:
        page = _page(sorted(listed, key=_by_id, reverse=True), asked, PAGE, LARGEST_PAGE)
        links = self._link(asked, page[-1].local_id, page[0].local_id) if page else ()
        return self._documents(page, now, links)

    def _link(self, asked: Asked, oldest: str, newest: str) -> tuple[tuple[str, str], ...]:
        kept = [(name, value) for name, values in asked.query.items() if name not in PAGING_WORDS for value in values]
        older, newer = (
            f"{asked.base}{asked.path}?{urlencode([*kept, pair])}" for pair in (("max_id", oldest), ("min_id", newest))
        )
        return (("Link", f'<{older}>; rel="next", <{newer}>; rel="prev"'),)

    def _lookup(self, asked: Asked, now: datetime) -> Answer:
        acct = (asked.one("acct") or "").lower().lstrip("@")
        wanted = acct if "@" in acct else f"{acct}@{self.domain}"
        found = [person for person in self.statuses.residents() if person.handles["mastodon"] == wanted]
        return as_json(self.statuses.account(found[0], now)) if found else self.refusal(404)

    def _account(self, match: re.Match[str], asked: Asked, now: datetime) -> Answer:
        people = [p for p in self.statuses.residents() if self.statuses.account_id(p.person_id) == match["id"]]
        if not people:
            return self.refusal(404)
        if not match["what"]:
            return as_json(self.statuses.account(people[0], now))
        return self._pages(self._own(people[0], asked, now), asked, now)

    def _own(self, person: Person, asked: Asked, now: datetime) -> list[Sighting]:
        own = [one for one in self._shown(now) if one.post.author == person.person_id]
        if asked.one("exclude_reblogs") == "true" or asked.one("tagged"):
            own = [one for one in own if one.post.kind != "repost"]
        if asked.one("exclude_replies") == "true":
            own = [one for one in own if one.post.kind != "reply"]
        if tag := asked.one("tagged"):
            own = [one for one in own if folded(tag) in one.post.tags_at(now)]
        return own

    def _status(self, sighting: Sighting, what: str | None, asked: Asked, now: datetime) -> Answer:
        match what:
            case "/context":
                return as_json(self._context(sighting, now))
            case "/reblogged_by":
                return self._boosters(sighting, asked, now)
            case _:
                return as_json(self.statuses.status(sighting, now))

    def _context(self, sighting: Sighting, now: datetime) -> dict[str, Any]:
        shown = {one.post.plan_id: one for one in self._shown(now) if one.post.kind != "repost"}
        ancestors: list[Sighting] = []
        post = sighting.post
        while post.kind == "reply" and (parent := shown.get(post.of or "")) and len(ancestors) < ANCESTORS:
            ancestors.insert(0, parent)
            post = parent.post
        descendants: list[Sighting] = []
        layer = [sighting]
        for _ in range(DEPTH):
            above = {one.post.plan_id for one in layer}
            layer = [one for one in shown.values() if one.post.kind == "reply" and one.post.of in above]
            descendants += layer
        written = [
            [self.statuses.status(one, now) for one in part]
            for part in (ancestors, sorted(descendants, key=_by_id)[:DESCENDANTS])
        ]
        return {"ancestors": written[0], "descendants": written[1]}

    def _boosters(self, sighting: Sighting, asked: Asked, now: datetime) -> Answer:
        """Accounts, newest boost first; `Link` carries the boosts' ids, which stand nowhere else."""
        plan_id = sighting.post.plan_id
        boosts = [one for one in self._shown(now) if one.post.kind == "repost" and one.post.of == plan_id]
        page = _page(sorted(boosts, key=_by_id, reverse=True), asked, ACCOUNTS, MOST_ACCOUNTS)
        more = len(page) < len(boosts) and page and page[-1].local_id != min(boosts, key=_by_id).local_id
        links = self._link(asked, page[-1].local_id, page[0].local_id) if more else ()
        people = self.world.people
        return as_json([self.statuses.account(people[boost.post.author], now) for boost in page], headers=links)


def _by_id(sighting: Sighting) -> tuple[int, str]:
    return len(sighting.local_id), sighting.local_id


def _page(listed: list[Sighting], asked: Asked, usual: int, most: int) -> list[Sighting]:
    """One page of a newest-first list: with `min_id` the one directly above its bound, else the newest."""
    limit = min(int(asked.one("limit") or usual), most)
    for word, keep in (("max_id", -1), ("since_id", 1), ("min_id", 1)):
        if bound := asked.one(word):
            key = (len(bound), bound)
            listed = [s for s in listed if (_by_id(s) < key if keep < 0 else _by_id(s) > key)]
    return listed[-limit:] if asked.one("min_id") else listed[:limit]
