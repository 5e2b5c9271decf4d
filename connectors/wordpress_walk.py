"""Walking through one of a site's lists by time: posts by their last change, comments by their date.

A list that is paged by number shifts while it is read: an edited post moves to its end and draws another one over the
edge of a page. So each request asks for what is younger than the last one that was read, in the site's own clock, by
which the site sorts; what is edited meanwhile comes again later, and what is removed draws nothing. Page numbers are
left for more of one second than a page holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests

from connectors import verbatim
from connectors.errors import RequestRefused, Unavailable
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Page, Query
from connectors.transport import OK, Transport
from connectors.wordpress_post import elements, id_of

PAGE_SIZE = 100
PAST_THE_END = "rest_post_invalid_page_number"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is asked of a list, and by which time it is walked."""

    path: str
    asked: Mapping[str, str]
    order: str
    """`modified`, `date`: the field in the site's own time, and what `orderby` calls it."""
    bound: str
    """The parameter for what is younger than a moment."""


def walk(
    listing: Listing, since: datetime, query: Query, transport: Transport, allow: Collection[int] = OK
) -> Iterator[tuple[requests.Response, list[bytes]]]:
    """The list's answers with their pieces, oldest first. A first answer of another allowed status is the only one.

    Raises `Unavailable` where something may have slipped by: what it was may lie before the next run's window.
    """
    progress = Progress(query.source)
    after, number, promised = written(since - SECOND), 1, False
    while True:
        answer = _ask(listing, after, number, query, transport, allow if number == 1 else {200, 400})
        if answer.status_code == 400 and number > 1:
            _expect_past_the_end(answer, query.source)
            _expect_nothing_missing(promised, query.source)
            return
        if answer.status_code != 200:
            yield answer, []
            return
        pieces, allow = elements(answer.content, query.source), OK
        if not pieces and number > 1:
            _expect_nothing_missing(promised, query.source)
            return
        if pieces:
            progress.saw(id_of(piece) or hashlib.sha256(piece).hexdigest() for piece in pieces)
        yield answer, pieces
        last = number_in(answer, "X-WP-TotalPages")
        if len(pieces) < PAGE_SIZE if last is None else number >= last:
            return
        following = _just_before(pieces, listing.order)
        if following is None or following == after:
            number, promised = number + 1, last is not None
        else:
            after, number, promised = following, 1, False


def _ask(
    listing: Listing, after: str, number: int, query: Query, transport: Transport, allow: Collection[int]
) -> requests.Response:
    place = {listing.bound: after, "orderby": listing.order, "order": "asc", "per_page": PAGE_SIZE, "page": number}
    return transport.get(f"{query.base_url}{listing.path}", {**listing.asked, **place}, allow=allow)


def written(moment: datetime) -> str:
    """With its offset, which WordPress turns into the site's own time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _just_before(pieces: list[bytes], order: str) -> str | None:
    """The second before the last time on the page, without offset: that is the site's own time, as the list has it.

    So what is of the last second comes twice, and nothing of it is missed. None where no time can be read.
    """
    for piece in reversed(pieces):
        try:
            last = datetime.fromisoformat(Fields(verbatim.decode_or_none(piece)).text(order) or "")
            return (last.replace(tzinfo=None) - SECOND).isoformat(timespec="seconds")
        except (ValueError, OverflowError):
            continue
    return None


def _expect_nothing_missing(promised: bool, source: str) -> None:
    """A page that was promised and is not there: what stood on it moved to one that was read before."""
    if promised:
        raise Unavailable(f"{source} changes while it is read; the next run reads the same time again.")


def page_of(answer: requests.Response, query: Query, transport: Transport) -> Page:
    if not answer.content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"[", b"{")):
        transport.warn(f"{query.source} prints messages of its own before its answers; they were cut off.")
    return transport.page(query, answer)


def _expect_past_the_end(answer: requests.Response, source: str) -> None:
    if code_of(answer) != PAST_THE_END:
        raise RequestRefused(f"{source} refuses our request as wrong (400); its REST interface may be restricted.")


def code_of(answer: requests.Response) -> str | None:
    """What WordPress calls an error."""
    return Fields(verbatim.decode_or_none(verbatim.document(answer.content) or b"{}")).text("code")


def number_in(answer: requests.Response, header: str) -> int | None:
    said = answer.headers.get(header)
    return int(said) if said and said.isascii() and said.isdigit() else None
