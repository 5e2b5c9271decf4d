"""Walking through Bluesky's lists (`platforms.md` §6.2).

Pages may be short or empty; the end is where there is no cursor, or the same one with an empty page. A page of 100 that
fails as a whole, because the server cannot show one of its records, is asked for one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from connectors import bluesky_post, verbatim
from connectors.bluesky_session import Session, TurnedAway
from connectors.errors import BadAnswer, ConnectorError, RateLimited, Unavailable
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Page
from connectors.transport import Transport

PAGE_SIZE = 100
FAILURES_IN_A_ROW = 2
"""More than so many single posts that fail one after the other are no bad records but a bad server."""
LISTS = ("posts", "feed", "repostedBy")
PUBLIC_PARAMETERS = frozenset({"q", "tag", "since", "until", "sort", "limit", "cursor", "filter"})
"""What of a request is kept; the others name people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list: a post, or somebody's passing it on."""

    key: str
    view: Fields
    sorted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One answer of a list."""

    answer: requests.Response
    entries: tuple[Entry, ...]
    cursor: str | None
    position: int
    """How far down the list it reaches, as far as that can be told."""

    def is_before(self, limit: datetime) -> bool:
        """Whether all of it is older; an empty page tells nothing."""
        return bool(self.entries) and all(entry.sorted_at and entry.sorted_at < limit for entry in self.entries)


def page(answer: requests.Response, session: Session, transport: Transport, about: str = "") -> Page:
    """The answer as it came; its address without the parameters that name people."""
    kept = transport.page(session.query, answer, about)
    parts = urlsplit(kept.url)
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name in PUBLIC_PARAMETERS]
    return replace(kept, url=urlunsplit(parts._replace(query=urlencode(asked))))


def walk(session: Session, transport: Transport, method: str, asked: Mapping[str, Any]) -> Iterator[Sheet]:
    """Every page of a list, newest first, to its end."""
    progress, cursor, seen = Progress(session.query.source), None, 0
    while True:
        try:
            sheets = iter([_sheet(session, method, asked, cursor, PAGE_SIZE, seen)])
        except (Unavailable, BadAnswer) as trouble:
            sheets = _one_by_one(session, transport, method, asked, cursor, trouble)
        for sheet in sheets:
            progress.saw(entry.key for entry in sheet.entries)
            yield sheet
            seen = max(sheet.position, seen + len(sheet.entries))
            last = sheet
        if last.cursor is None or (last.cursor == cursor and not last.entries):
            return
        cursor = last.cursor


def _sheet(
    session: Session, method: str, asked: Mapping[str, Any], cursor: str | None, limit: int, seen: int = 0
) -> Sheet:
    position = {"cursor": cursor} if cursor is not None else {}
    answer = session.ask(method, {**asked, "limit": limit, **position})
    listed, following = _read(answer, session)
    reached = _number(following)
    return Sheet(
        answer=answer,
        entries=listed,
        cursor=following,
        position=seen + len(listed) if reached is None else reached,
    )


def entries(answer: requests.Response, session: Session) -> tuple[Entry, ...]:
    """The posts of a list that has no pages."""
    return _read(answer, session)[0]


def _read(answer: requests.Response, session: Session) -> tuple[tuple[Entry, ...], str | None]:
    """The lines of a list and the cursor to what follows."""
    try:
        members = verbatim.members(verbatim.document(answer.content) or b"")
        pieces = verbatim.elements(next(members[name] for name in LISTS if name in members))
    except (ValueError, StopIteration) as wrong:
        raise BadAnswer(f"{session.query.source} answered with something that is not a list of posts.") from wrong
    cursor = Fields({"cursor": verbatim.decode_or_none(members.get("cursor", b"null"))}).identity("cursor")
    return tuple(_entry(piece) for piece in pieces), cursor


def _number(cursor: str | None) -> int | None:
    """A cursor of search is a position in its list; other lists have cursors of other kinds."""
    return int(cursor) if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) < 7 else None


def _entry(piece: bytes) -> Entry:
    """As much of it as can be read: enough to walk on."""
    line = Fields(verbatim.decode_or_none(piece))
    view = line.part("post") or line
    reason = line.part("reason")
    passed_on_at = reason.moment("indexedAt") if reason.part("by") else None
    named = bluesky_post.key_of(view) or hashlib.sha256(piece).hexdigest()
    return Entry(
        key=f"{named} passed on by {reason.part('by').text('did')}" if reason.part("by") else named,
        view=view,
        sorted_at=passed_on_at or bluesky_post.sorted_at(view),
    )


def _one_by_one(
    session: Session,
    transport: Transport,
    method: str,
    asked: Mapping[str, Any],
    cursor: str | None,
    trouble: ConnectorError,
) -> Iterator[Sheet]:
    """The posts of a page that failed, each for itself; raises the page's trouble where it is not about one record."""
    start = 0 if cursor is None else _number(cursor)
    if start is None or isinstance(trouble, RateLimited | TurnedAway):
        raise trouble
    missing, failed = 0, 0
    for position in range(start, start + PAGE_SIZE):
        try:
            sheet = _sheet(session, method, asked, str(position) if position else None, 1)
        except (RateLimited, TurnedAway):
            raise
        except (Unavailable, BadAnswer):
            missing, failed = missing + 1, failed + 1
            if failed > FAILURES_IN_A_ROW:
                raise trouble from None
            continue
        failed = 0
        yield sheet
        if sheet.cursor is None:
            break
    transport.warn(
        f"{session.query.source} cannot show {missing} of the posts of a page of its list; the others were read."
    )
