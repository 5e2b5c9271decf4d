"""The way in to X: tweepy builds and sends requests; retries, timeouts, base URL, token and bill are ours.

tweepy has no timeout, spins on a 429 without reset and hard-codes its host (`platforms.md` §1.5), so its session is
`_Door`. It never holds the token, so it cannot log it.

Prices of 2026-04-16 (docs.x.com, getting-started/pricing): PER_POST and PER_USER for every one returned, counts by
request, refused requests nothing. X charges a post or user once in a UTC day; what is settled here is never less.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import tweepy

from connectors import limits
from connectors.errors import AccessDenied, BadAnswer
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Page, Query
from connectors.transport import Transport
from connectors.x_page import Parts, id_of, kinds, told

CREDENTIAL = "ROLLCALL_X_BEARER_TOKEN"
SOURCE = "x.com"
PER_POST, PER_USER = Decimal("0.005"), Decimal("0.010")
PER_COUNT = {"recent": Decimal("0.005"), "all": Decimal("0.010")}
RECENT = timedelta(days=7) - timedelta(minutes=20)
"""How far back is asked: a rate limit may hold a later page up for a quarter of an hour, and then it is refused."""
BEHIND = timedelta(seconds=30)
"""X refuses times too near to now."""
BATCH = 100
"""Ids or names in one lookup, and posts on a page of anything but the archive."""
SMALLEST_PAGE = 10
GONE = {"resource-not-found", "not-authorized-for-resource"}

USER_FIELDS = "id,name,username,protected,url,verified,entities"
_MEDIA_FIELDS = "media_key,type,url,preview_image_url,alt_text"
_POST_FIELDS = (
    "id,text,created_at,lang,conversation_id,entities,attachments,public_metrics,edit_controls,reply_settings,withheld"
)
_TWEET_FIELDS = f"{_POST_FIELDS},author_id,in_reply_to_user_id,referenced_tweets,note_tweet,edit_history_tweet_ids"
_REFERENCES = 2
"""A post answers one and quotes one at most."""

Stream = Literal["search", "members", "interactions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a query is read: what of the campaign's options its route carries."""

    stream: Stream
    archive: bool
    new_words: bool
    """The dialect from OpenAPI 2.167 on (`post.fields`)."""
    authors: bool
    counted: bool

    @classmethod
    def chosen(cls, stream: Stream, options: Mapping[str, Any]) -> Way:
        return cls(
            stream=stream,
            archive=bool(options.get("archive")),
            new_words=options.get("dialect") == "post",
            authors=bool(options.get("authors", True)),
            counted=bool(options.get("check_counts", True)),
        )

    @classmethod
    def of(cls, query: Query) -> Way:
        stream, *words = query.route.split("/")
        return cls(
            stream="members" if stream == "members" else "interactions" if stream == "interactions" else "search",
            archive="all" in words,
            new_words="post" in words,
            authors="ids" not in words,
            counted="unchecked" not in words,
        )

    @property
    def route(self) -> str:
        more = ("" if self.authors else "/ids") + ("" if self.counted else "/unchecked")
        return f"{self.stream}/{self.span}/{'post' if self.new_words else 'tweet'}{more}"

    @property
    def span(self) -> str:
        return "all" if self.archive else "recent"

    @property
    def fields(self) -> dict[str, str]:
        """What to ask for with posts. The new dialect tells authors and references only where they are expanded."""
        asked = {"user.fields": USER_FIELDS, "media.fields": _MEDIA_FIELDS}
        if self.new_words:
            expansions = "author_id,attachments.media_keys,in_reply_to_user_id,referenced_posts"
            return asked | {
                "post.fields": f"{_POST_FIELDS},note_post,edit_history_post_ids",
                "expansions": expansions,
            }
        expansions = "author_id,attachments.media_keys" if self.authors else "attachments.media_keys"
        return asked | {"tweet.fields": _TWEET_FIELDS, "expansions": expansions}

    @property
    def most_per_post(self) -> Decimal:
        """What one post can cost with all that comes along."""
        if self.new_words:
            return (1 + _REFERENCES) * PER_POST + 2 * PER_USER
        return PER_POST + (PER_USER if self.authors else 0)


class Api:
    """X as one walk asks it: everything is priced beforehand and settled by what came."""

    def __init__(self, query: Query, transport: Transport, credentials: Mapping[str, str]) -> None:
        self.query, self.transport, self.way = query, transport, Way.of(query)
        self._door = _Door(query.base_url, _token(credentials), transport)
        logging.getLogger("tweepy").setLevel(logging.INFO)  # below that it logs whole answers
        self._client = tweepy.Client("held by the door", return_type=requests.Response, wait_on_rate_limit=False)
        self._client.session = self._door
        self._charged: set[tuple[object, str, str]] = set()

    def posts(self, path: str, asked: Mapping[str, Any], size: int) -> tuple[requests.Response, Parts]:
        """An answer with posts, at most `size` of them."""
        return self._resources(path, {**self.way.fields, **asked}, size * self.way.most_per_post, "post")

    def users(self, path: str, asked: Mapping[str, Any], size: int) -> tuple[requests.Response, Parts]:
        return self._resources(path, {"user.fields": USER_FIELDS, **asked}, size * PER_USER, "user")

    def one(self, path: str, asked: Mapping[str, Any], cost: Decimal) -> Parts:
        """An answer that costs the same whatever it says."""
        answer = self._ask(path, asked, cost)
        self.transport.settle(cost)
        return _read(answer)

    def page(self, answer: requests.Response, about: str = "") -> Page:
        return self.transport.page(self.query, answer, about)

    def _resources(
        self, path: str, asked: Mapping[str, Any], most: Decimal, kind: str
    ) -> tuple[requests.Response, Parts]:
        answer = self._ask(path, asked, most)
        try:
            parts = _read(answer)
            self.transport.settle(self._cost(answer, parts, kind))
        except (BadAnswer, ValueError) as wrong:
            self.transport.settle(most)
            raise BadAnswer(f"{SOURCE} answered with something that is not a page of posts.") from wrong
        return answer, parts

    def _ask(self, path: str, asked: Mapping[str, Any], most: Decimal) -> requests.Response:
        self._door.most = most
        answer: requests.Response = self._client.request("GET", path, params=asked)
        return answer

    def _cost(self, answer: requests.Response, parts: Parts, kind: str) -> Decimal:
        """Each post and user once in a UTC day, by X's own clock."""
        day = (limits.server_time(answer.headers) or self.transport.clock()).astimezone(UTC).date()
        posts, users = list(parts.included("tweets", "posts")), list(parts.included("users"))
        (posts if kind == "post" else users).extend(parts.pieces("data"))
        new = {(day, "post", id_of(one)) for one in posts} | {(day, "user", id_of(one)) for one in users}
        new -= self._charged
        self._charged |= new
        return sum((PER_POST if kind == "post" else PER_USER for _, kind, _ in new), Decimal(0))


class _Door(requests.Session):
    """tweepy's way out: our base URL, our token, our session, our retry policy."""

    def __init__(self, base_url: str, token: str, transport: Transport) -> None:
        super().__init__()
        self._base_url, self._token, self._transport = base_url, token, transport
        self.most = Decimal(0)

    def request(  # type: ignore[override]  # tweepy passes nothing else
        self, method: str, url: str, params: Mapping[str, Any] | None = None, **_: object
    ) -> requests.Response:
        address = self._base_url + urlsplit(url).path
        headers = {"Authorization": f"Bearer {self._token}"}
        send = self._transport.session.request
        return self._transport.attempt(
            lambda: send(method, address, params=params, headers=headers), credential=CREDENTIAL, most=self.most
        )


def _token(credentials: Mapping[str, str]) -> str:
    token = credentials.get("bearer_token")
    if not token:
        raise AccessDenied(f"{SOURCE} needs a bearer token; run rollcall connect x, or set {CREDENTIAL}.")
    return token


def _read(answer: requests.Response) -> Parts:
    try:
        return Parts(answer.content)
    except ValueError as wrong:
        raise BadAnswer(f"{SOURCE} answered with something that is not an object.") from wrong


def walk(
    api: Api,
    path: str,
    asked: Mapping[str, Any],
    *,
    token: str = "pagination_token",
    kind: Literal["post", "user"] = "post",
    about: str = "",
    pause: float = 0,
    refused: Counter[str] | None = None,
) -> Iterator[tuple[Page, Parts]]:
    """The pages of a list to its end. BadAnswer for an answer without entries that does not say there are none.

    `refused` is for lists of one account or post: there X may say instead that it is not to be seen, and why.
    """
    progress, asked = Progress(SOURCE), dict(asked)
    read = api.posts if kind == "post" else api.users
    while True:
        answer, parts = read(path, asked, int(asked["max_results"]))
        if refused is not None and not parts.pieces("data") and kinds(parts).keys() & GONE:
            refused.update(kinds(parts))
            return
        next_token = _look_at(parts, api.transport)
        progress.saw(id_of(piece) for piece in parts.pieces("data"))
        yield api.page(answer, about), parts
        if next_token is None:
            return
        asked[token] = next_token
        api.transport.pause(pause)


def _look_at(parts: Parts, transport: Transport) -> str | None:
    """The way on. Raises BadAnswer for an answer without entries that does not say so."""
    meta, troubles = Fields(parts.value("meta")), told(kinds(parts))
    if not parts.pieces("data") and (troubles or meta.count("result_count") != 0):
        told_of = f": {troubles}" if troubles else ""
        raise BadAnswer(f"{SOURCE} answered without posts and without saying that there are none{told_of}.")
    if troubles:
        transport.warn(f"{SOURCE} left something out of its answers: {troubles}.")
    return meta.text("next_token")


def fitting(expected: int, largest: int = BATCH) -> int:
    """The size of pages for so many entries: what a page can cost is set aside before it is asked for."""
    return min(largest, max(SMALLEST_PAGE, expected + 2))


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
