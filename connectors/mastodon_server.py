"""Asking one Mastodon server: its token, its lists, and what its refusals and its silence mean."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests

from connectors import verbatim
from connectors.errors import BadAnswer, RequestRefused
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Page, Query
from connectors.transport import OK, Transport

CREDENTIAL = "ROLLCALL_MASTODON_TOKEN"
PAGE_SIZE = 40
MARGIN = timedelta(days=1)
UNPACED_REQUESTS, PACE = 100, 3.0
"""Paging is limited to 300 requests in 15 minutes; a long walk keeps to it from the start."""
PAGES_PAST = 2
"""A walk ends after so many pages wholly older than `since` by the margin: the list is not strictly by time."""
NOT_THERE = frozenset({404, 410})


@dataclass(slots=True)
class Server:
    """One server in one read."""

    query: Query
    transport: Transport
    credentials: Mapping[str, str]
    asked: int = 0

    @property
    def signature(self) -> dict[str, str]:
        token = self.credentials.get("token")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, asked: Mapping[str, Any] | None = None, allow: Collection[int] = OK) -> requests.Response:
        self.transport.pause(PACE if self.asked >= UNPACED_REQUESTS else 0)
        self.asked += 1
        return self.transport.get(f"{self.query.base_url}{path}", asked, self.signature, allow, CREDENTIAL)

    def page(self, answer: requests.Response, about: str = "") -> Page:
        return self.transport.page(self.query, answer, about)

    def instance(self) -> Fields | None:
        """What the server says of itself; None where there is no Mastodon server, or a very old one."""
        address = f"{self.query.base_url}/api/v2/instance"
        answer = self.transport.get(address, None, self.signature, {200, *NOT_THERE})
        if answer.status_code != 200:
            return None
        return Fields(verbatim.decode_or_none(verbatim.document(answer.content) or b"{}"))

    def expect_mastodon(self) -> Fields:
        """404 is what a server says that does not know something, and what any other web server says."""
        instance = self.instance()
        if instance is None:
            raise RequestRefused(
                f"{self.query.base_url} is not a Mastodon server (404); check its address in the settings."
            )
        return instance


def part(name: str) -> str:
    """An id or tag as a piece of a path."""
    return quote(name, safe="")


def walk(
    server: Server, path: str, asked: Mapping[str, Any], since: datetime, allow: Collection[int] = NOT_THERE
) -> Iterator[tuple[requests.Response, list[bytes]]]:
    """A list of posts, newest first, page by page down to its end, or until it lies clearly before `since`.

    An empty page that points further on is not its end: a server may have hidden all that stood there.
    A first answer with another status that is allowed is the only one. Raises `BadAnswer` where the list breaks off.
    """
    wanted: dict[str, Any] = {"limit": PAGE_SIZE, **asked}
    progress, pages, past = Progress(server.query.source), 0, 0
    while past < PAGES_PAST:
        answer = server.get(path, wanted, {200, *allow})
        if answer.status_code != 200 and pages:
            raise BadAnswer(
                f"{server.query.source} broke off its list of posts ({answer.status_code}); what came before is kept."
            )
        if answer.status_code != 200:
            yield answer, []
            return
        posts = posts_of(answer.content, server.query.source)
        glances = [_glance(post) for post in posts]
        link = answer.links.get("next", {}).get("url")
        following = next_max_id(link, server.query) if link else None
        if posts or following:
            progress.saw(name for name, _ in glances)
        pages += 1
        yield answer, posts
        if not posts and following in (None, wanted.get("max_id")):
            return
        wanted["max_id"] = following or _last_id(posts, server.query)
        past = past + 1 if glances and _all_before(since - MARGIN, glances) else 0


def posts_of(body: bytes, source: str) -> list[bytes]:
    try:
        return verbatim.elements(verbatim.document(body) or b"")
    except ValueError as wrong:
        raise BadAnswer(f"{source} answered with something that is not a list of posts.") from wrong


def _glance(status: bytes) -> tuple[str, datetime | None]:
    """The name and the time of a status, as far as they can be read: enough to walk on."""
    fields = Fields(verbatim.decode_or_none(status))
    return fields.identity("uri") or hashlib.sha256(status).hexdigest(), fields.moment("created_at")


def _all_before(limit: datetime, glances: Iterable[tuple[str, datetime | None]]) -> bool:
    return all(created_at is not None and created_at < limit for _, created_at in glances)


def next_max_id(link: str, query: Query) -> str:
    """Only the position is taken from the server's link; the next request goes to our own address again."""
    max_id = parse_qs(urlsplit(link).query).get("max_id")
    if not max_id:
        raise BadAnswer(f"{query.source} pages in a way that we do not know; it may not be a Mastodon server.")
    return max_id[0]


def _last_id(statuses: list[bytes], query: Query) -> str:
    """Where a server sends no link, the end of the page is the position; only an empty page is the end of the list."""
    last_id = Fields(verbatim.readable_members(statuses[-1], ("id",))).identity("id")
    if last_id is None:
        raise BadAnswer(f"{query.source} does not tell how its list of posts goes on.")
    return last_id
