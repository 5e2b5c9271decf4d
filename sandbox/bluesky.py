"""Bluesky's API as the server of one account gives it: login, search, feeds, lookups, threads, who quoted and reposted.

Truth: the lexicons of bluesky-social/atproto, its PDS and AppView, and docs.bsky.app (rate-limits, timestamps).
`sandbox.bluesky_records` says what a post looks like.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.bluesky_records import Records, did, indexed_at, iso, rkey, sort_at, uri
from sandbox.bluesky_tokens import ACCESS, REFRESH, expired, issued, valid
from sandbox.exchange import Answer, Asked, as_json
from sandbox.limits import Limit, Windows
from sandbox.world import HASHTAG, Planned, Version, World, folded

EVERY = Limit(name="every request", requests=3000, seconds=300)
LOGINS = (Limit(name="logins", requests=30, seconds=300), Limit(name="logins, a day", requests=300, seconds=86400))
SEARCH_ENDS = 10_000
WORDS = {
    400: ("InvalidRequest", "The request is wrong"),
    401: ("AuthMissing", "Authentication Required"),
    403: ("Forbidden", "Forbidden"),
    404: ("XRPCNotSupported", "XRPCNotSupported"),
    429: ("RateLimitExceeded", "Rate Limit Exceeded"),
    500: ("InternalServerError", "Internal Server Error"),
    501: ("MethodNotImplemented", "Method Not Implemented"),
    502: ("UpstreamFailure", "Upstream Failure"),
}
EDGE = b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this server."""
    return {"base_url": urls[0]}


def places(world: World, windows: Windows) -> tuple[Server, ...]:
    return tuple(Server(world, settings, windows) for settings in world.places("bluesky"))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether search or the feeds of the roster's members show this post now.

    Search shows, to whoever is logged in, every post whose text or marks bear a tag of the campaign, however old,
    unless the network hides it from search. A member's feed shows whatever they posted, tagged or not; no reposts.
    """
    version = post.at(now)
    if version is None or post.kind == "repost" or now < indexed_at(post):
        return False
    author = world.people[post.author]
    tagged = bool({folded(tag) for tag in (*HASHTAG.findall(version.text), *version.tags)} & world.hashtags)
    return (tagged and post.place != "unsearched") or (author.on_roster and not author.refuses)


@dataclass
class Server:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    platform = "bluesky"
    name = "bluesky"

    def __post_init__(self) -> None:
        self.records_of = Records(self.world)
        people = (name for name, person in self.world.people.items() if "bluesky" in person.handles)
        self.people = {did(self.world, name): name for name in people}
        self.handles = {self.world.people[name].handles["bluesky"]: one for one, name in self.people.items()}
        self.posts = {uri(self.world, post): post for post in self.world.on("bluesky")}

    # the edge

    def answer(self, asked: Asked, now: datetime) -> Answer:
        routes: dict[str, Callable[[Asked, datetime], Answer]] = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.identity.resolveHandle": self._resolve_handle,
            "com.atproto.repo.getRecord": self._get_record,
            "app.bsky.actor.getProfile": self._get_profile,
            "app.bsky.feed.searchPosts": self._search,
            "app.bsky.feed.getPosts": self._get_posts,
            "app.bsky.feed.getAuthorFeed": self._author_feed,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.feed.getRepostedBy": self._reposted_by,
            "app.bsky.feed.getQuotes": self._quotes,
        }
        method = asked.path.removeprefix("/xrpc/")
        limits = [EVERY, *(LOGINS if method.endswith("createSession") else ())]
        standing = min((self.windows.take(self.name, limit, now) for limit in limits), key=lambda one: one.remaining)
        if standing.remaining < 0:
            answer = self.refusal(429)
        elif method not in routes:
            answer = self.refusal(501)
        else:
            answer = self._refused(method, asked, now) or routes[method](asked, now)
        headers = (
            ("RateLimit-Limit", str(standing.limit)),
            ("RateLimit-Remaining", str(max(0, standing.remaining))),
            ("RateLimit-Reset", str(int(standing.reset_at.timestamp()))),
            ("RateLimit-Policy", f"{standing.limit};w=300"),
        )
        return answer.with_headers(headers)

    def refusal(self, status: int, code: str = "") -> Answer:
        if code == "edge":
            return Answer(status=status, body=EDGE, headers=(("Content-Type", "text/html"),))
        error, message = WORDS.get(status, ("InternalServerError", "Internal Server Error"))
        return as_json({"error": code or error, "message": message}, status)

    def records(self, document: Any) -> list[Any]:
        posts: list[Any] = document.get("posts", [])
        return posts

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        document = json.loads(answer.body)
        if answer.status != 200 or not {"posts", "feed"} & document.keys():
            return answer
        return as_json({**document, "cursor": document.get("cursor", "1")}, headers=answer.headers)

    def _refused(self, method: str, asked: Asked, now: datetime) -> Answer | None:
        """What every method that reads says no to."""
        if method.startswith("com.atproto."):
            return None
        if asked.token is None:
            return self.refusal(401)
        if not valid(asked.token, ACCESS, self.world.seed):
            return _no("InvalidToken", "Token could not be verified")
        if expired(asked.token, now):
            return _no("ExpiredToken", "Token has expired")
        if (limit := asked.one("limit")) is not None and not (limit.isdigit() and 1 <= int(limit) <= 100):
            return _no("InvalidRequest", "Error: limit can not be greater than 100")
        return None

    # the account

    def _create_session(self, asked: Asked, now: datetime) -> Answer:
        given = _body(asked)
        handle = str(given.get("identifier", "")).lower()
        is_ours = handle in (self.settings["handle"], self.handles.get(self.settings["handle"]))
        if asked.method != "POST":
            return self.refusal(404)
        if not is_ours or given.get("password") != self.settings["app_password"]:
            return _no("AuthenticationRequired", "Invalid identifier or password", 401)
        return self._session(now)

    def _refresh_session(self, asked: Asked, now: datetime) -> Answer:
        if asked.method != "POST":
            return self.refusal(404)
        if not valid(asked.token or "", REFRESH, self.world.seed):
            return _no("InvalidToken", "Token could not be verified")
        return _no("ExpiredToken", "Token has been revoked") if expired(asked.token or "", now) else self._session(now)

    def _session(self, now: datetime) -> Answer:
        account = self.handles[self.settings["handle"]]
        tokens = {name: issued(kind, account, now, self.world.seed) for name, kind in _TOKENS.items()}
        return as_json(
            {
                "did": account,
                "handle": self.settings["handle"],
                "email": "team@tide-house.example",
                "emailConfirmed": True,
                "emailAuthFactor": False,
                "active": True,
                **tokens,
            }
        )

    def _resolve_handle(self, asked: Asked, now: datetime) -> Answer:
        found = self.handles.get((asked.one("handle") or "").lower())
        return as_json({"did": found}) if found else _no("InvalidRequest", "Unable to resolve handle")

    def _get_profile(self, asked: Asked, now: datetime) -> Answer:
        person = self._person(asked.one("actor"))
        if person is None:
            return _no("InvalidRequest", "Profile not found")
        return as_json({**self.records_of.profile(person), "followersCount": 0, "followsCount": 0, "postsCount": 0})

    def _person(self, actor: str | None) -> str | None:
        return self.people.get(self.handles.get((actor or "").lower(), actor or ""))

    # posts

    def _shown(self, now: datetime) -> list[tuple[Planned, Version]]:
        """All posts that exist now, newest first as the network sorts them."""
        known = (post for post in self.posts.values() if indexed_at(post) <= now)
        there = [(post, version) for post in known if (version := post.at(now))]
        return sorted(there, key=lambda one: (sort_at(one[0]), rkey(one[0])), reverse=True)

    def _search(self, asked: Asked, now: datetime) -> Answer:
        query = asked.one("q")
        if query is None:
            return _no("InvalidRequest", 'Error: Params must have the property "q"')
        since, until = _time(asked.one("since")), _time(asked.one("until"))
        tags = {folded(tag) for tag in asked.query.get("tag", ())}
        found = [
            (post, version)
            for post, version in self._shown(now)
            if post.kind != "repost"
            and post.place != "unsearched"
            and (since is None or since <= sort_at(post))
            and (until is None or sort_at(post) < until)
            and tags <= self.records_of.marked(post, version)
            and all(_holds(version.text, word) for word in query.split())
        ]
        start, size = int(asked.one("cursor") or 0), int(asked.one("limit") or 25)
        found = found[: int(self.settings.get("search_ends", SEARCH_ENDS))]
        document: dict[str, Any] = {
            "posts": [self.records_of.view(*one, now) for one in found[start : start + size]],
            "hitsTotal": len(found),
        }
        return as_json(document | ({"cursor": str(start + size)} if start + size < len(found) else {}))

    def _get_posts(self, asked: Asked, now: datetime) -> Answer:
        wanted = asked.query.get("uris", ())
        if not 1 <= len(wanted) <= 25:
            return _no("InvalidRequest", "Error: uris must not have more than 25 elements")
        shown = {uri(self.world, post): (post, version) for post, version in self._shown(now)}
        return as_json({"posts": [self.records_of.view(*shown[one], now) for one in wanted if one in shown]})

    def _get_record(self, asked: Asked, now: datetime) -> Answer:
        if asked.one("repo") not in self.people:
            return _no("RepoNotFound", f"Could not find repo: {asked.one('repo')}")
        name = f"at://{asked.one('repo')}/{asked.one('collection')}/{asked.one('rkey')}"
        post = self.posts.get(name)
        version = post.at(now) if post else None
        if post is None or version is None:
            return _no("RecordNotFound", f"Could not locate record: {name}")
        value = self.records_of.record(post, version)
        return as_json({"uri": name, "cid": self.records_of.cid_of(post, version), "value": value})

    def _author_feed(self, asked: Asked, now: datetime) -> Answer:
        actor = asked.one("actor") or ""
        if "." not in actor and not actor.startswith("did:"):
            return _no("InvalidRequest", "Error: actor must be a valid did or a handle")
        person = self._person(actor)
        if person is None:
            return _no("InvalidRequest", "Profile not found")
        listed = [one for one in self._shown(now) if one[0].author == person]
        if asked.one("filter") == "posts_no_replies":
            listed = [one for one in listed if one[0].kind != "reply"]
        entries = [(_place_in_feed(post), self._entry(post, version, now)) for post, version in listed]
        start = asked.one("cursor")
        rest = [(place, entry) for place, entry in entries if entry and (start is None or place < start)]
        size = int(asked.one("limit") or 50)
        more = {"cursor": rest[size - 1][0]} if len(rest) > size else {}
        return as_json({"feed": [entry for _, entry in rest[:size]]} | more)

    def _entry(self, post: Planned, version: Version, now: datetime) -> dict[str, Any] | None:
        """A line of a feed: an own post, an answer with what it answers, or somebody else's post passed on."""
        if post.kind != "repost":
            entry: dict[str, Any] = {"post": self.records_of.view(post, version, now)}
            parent = self._view(post.of, now) if post.kind == "reply" else None
            if parent:
                shown = {"$type": "app.bsky.feed.defs#postView", **parent}
                entry["reply"] = {"root": shown, "parent": shown}
            return entry
        passed_on = self._view(post.of, now)
        if passed_on is None:
            return None
        reason = {
            "$type": "app.bsky.feed.defs#reasonRepost",
            "by": self.records_of.profile(post.author),
            "uri": uri(self.world, post),
            "cid": self.records_of.cid_of(post, version),
            "indexedAt": iso(indexed_at(post)),
        }
        return {"post": passed_on, "reason": reason}

    def _view(self, plan_id: str | None, now: datetime) -> dict[str, Any] | None:
        post = self.world.posts.get(plan_id or "")
        version = post.at(now) if post else None
        return self.records_of.view(post, version, now) if post and version else None

    # what others did

    def _asked_about(self, asked: Asked, now: datetime) -> Planned | None:
        post = self.posts.get(asked.one("uri") or "")
        return post if post and post.at(now) else None

    def _did(self, post: Planned, kind: str, now: datetime) -> list[tuple[Planned, Version]]:
        return [one for one in self._shown(now) if one[0].kind == kind and one[0].of == post.plan_id]

    def _thread(self, asked: Asked, now: datetime) -> Answer:
        post = self._asked_about(asked, now)
        if post is None:
            return _no("NotFound", f"Post not found: {asked.one('uri')}")
        return as_json({"thread": self._node(post, int(asked.one("depth") or 6), now)})

    def _node(self, post: Planned, depth: int, now: datetime) -> dict[str, Any]:
        replies = [self._node(reply, depth - 1, now) for reply, _ in self._did(post, "reply", now)] if depth else []
        shown = self._view(post.plan_id, now)
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": shown, "replies": replies, "threadContext": {}}

    def _reposted_by(self, asked: Asked, now: datetime) -> Answer:
        post = self._asked_about(asked, now)
        people = [self.records_of.profile(one.author) for one, _ in self._did(post, "repost", now)] if post else []
        return as_json({"uri": asked.one("uri"), "repostedBy": people})

    def _quotes(self, asked: Asked, now: datetime) -> Answer:
        post = self._asked_about(asked, now)
        quotes = self._did(post, "quote", now) if post else []
        return as_json({"uri": asked.one("uri"), "posts": [self.records_of.view(*one, now) for one in quotes]})


_TOKENS = {"accessJwt": ACCESS, "refreshJwt": REFRESH}


def _no(error: str, message: str, status: int = 400) -> Answer:
    return as_json({"error": error, "message": message}, status)


def _body(asked: Asked) -> dict[str, Any]:
    try:
        given = json.loads(asked.body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _time(written: str | None) -> datetime | None:
    moment = datetime.fromisoformat(written) if written else None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def _holds(text: str, word: str) -> bool:
    """A word of a query; one with `#` is found as a hashtag of the text, whether it is marked or not."""
    if word == "*":
        return True
    if word.startswith("#"):
        return folded(word[1:]) in map(folded, HASHTAG.findall(text))
    return word.casefold() in text.casefold()


def _place_in_feed(post: Planned) -> str:
    return f"{iso(sort_at(post))}::{rkey(post)}"
