"""Pages made of a file's pieces: of each its place in the file, a tab, and the piece on one line.

The place is told to people and is no part of the item, so the same piece in another file is the same item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from connectors.records import Page, Rejected

QUERY = "import"
PAGE_ROWS = 500
AD = b"ad"
"""Stands for an advertisement: counted as out of scope, and not kept."""


class Row(NamedTuple):
    platform: str
    source: str
    place: str
    """Where in the file: `17`, or `data/tweets.js:17`."""
    body: bytes
    is_partial: bool = False
    """Comes on pages apart, because of the copies of a post on one page only the newest is read."""


def pages(rows: Iterable[Row | Page | Rejected], name: str, observed_at: datetime) -> Iterator[Page | Rejected]:
    """The rows of a file in pages of one platform and source each, streamed; what is a page already stays one."""
    waiting: dict[tuple[str, str, bool], list[Row]] = {}
    for row in rows:
        if not isinstance(row, Row):
            yield row
            continue
        kind = (row.platform, row.source, row.is_partial)
        there = waiting.setdefault(kind, [])
        there.append(row)
        if len(there) == PAGE_ROWS:
            yield _page(waiting.pop(kind), name, observed_at)
    for there in waiting.values():
        yield _page(there, name, observed_at)


def _page(rows: list[Row], name: str, observed_at: datetime) -> Page:
    lines = (b"%s\t%s" % (row.place.encode(errors="surrogatepass"), _on_one_line(row.body)) for row in rows)
    return Page(
        platform=rows[0].platform,
        query=QUERY,
        source=rows[0].source,
        url=f"{name}:{_plain(rows[0].place)}-{_plain(rows[-1].place)}",
        status=200,
        observed_at=observed_at,
        body=b"\n".join(lines),
    )


def _plain(place: str) -> str:
    """The place without the sign that parts it from the file's name."""
    return place.replace(":", " ")


def _on_one_line(body: bytes) -> bytes:
    """Line breaks stand only between the parts of a JSON document, never within its strings."""
    return body.strip().replace(b"\r", b" ").replace(b"\n", b" ")


def of(page: Page) -> Iterator[tuple[str, bytes]]:
    """The place and the piece of each row of a page, without the advertisements."""
    for line in page.body.split(b"\n"):
        place, _, body = line.partition(b"\t")
        if body != AD:
            yield place.decode("utf-8", "replace"), body


def ads(page: Page) -> int:
    """How many advertisements the page stands for."""
    return sum(line.endswith(b"\t" + AD) for line in page.body.split(b"\n"))


def rejected(page: Page, body: bytes, place: str, reason: str, detail: str) -> Rejected:
    """A row that could not be read, of an author whom it does not tell."""
    return Rejected(
        platform=page.platform,
        source=page.source,
        reason=reason,
        detail=f"{page.url.rpartition(':')[0]}:{place}: {detail}",
        body=body,
        observed_at=page.observed_at,
    )
