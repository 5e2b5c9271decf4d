"""Answers of platforms that somebody saved: JSON or JSONL, also compressed, as pages like those that `fetch` yields.

A line, or the whole file, is one page, one recorded HTTP exchange ({url, status, headers, body}) or a list of either.
The platform is found by looking into the page, never by the file's name. A line that cannot be read is a `Rejected`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors import documents, limits, verbatim
from connectors.fields import Fields
from connectors.records import Page, Rejected
from connectors.registry import CONNECTORS, connector

log = logging.getLogger(__name__)

UNKNOWN = "unknown"
IMPORT = "import"
_DEEPEST, _TRIED = 3, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One document of a file, and what its recording tells about it."""

    place: str
    imported_at: datetime
    host: str | None = None
    observed_at: datetime | None = None


def looks_like_pages(path: Path) -> bool:
    """Whether the file begins as JSON does."""
    return documents.looks_like_json(path)


def pages(path: Path, *, imported_at: datetime) -> Iterator[Page | Rejected]:
    """The pages of a file in its order, one at a time. `imported_at` serves where a page does not tell its time."""
    platform = UNKNOWN
    for number, document in documents.documents(path):
        piece = _Piece(place=f"{path.name}:{number}", imported_at=imported_at)
        if isinstance(document, str):
            yield _rejected(b"", platform, piece, "truncated_file", document)
            return
        for page in _pages(document, platform, piece):
            platform = page.platform
            yield page


def _pages(document: bytes, platform: str, piece: _Piece) -> Iterator[Page | Rejected]:
    whole = verbatim.document(document)
    if whole is None:
        yield _rejected(document, platform, piece, "not_json", "a line is not a whole JSON document")
        return
    skeleton = _skeleton(whole)
    if isinstance(skeleton, dict) and {"url", "body"} <= skeleton.keys():
        yield from _exchange(Fields(skeleton), whole, platform, piece)
    elif found := _platform(skeleton):
        yield _page(found, whole, skeleton, piece)
    elif isinstance(skeleton, list) and skeleton and _is_list_of_pages(skeleton[0]):
        for element in verbatim.elements(whole):
            yield from _pages(element, platform, piece)
    elif skeleton not in ([], {}):
        yield _rejected(document, platform, piece, "unknown_format", "a line is no page of a platform that we know")


def _exchange(recorded: Fields, whole: bytes, platform: str, piece: _Piece) -> Iterator[Page | Rejected]:
    """The body of a recorded answer. Answers other than 200 hold no posts."""
    if recorded.count("status") not in (None, 200):
        log.info("%s: an answer with another status than 200 was skipped", piece.place)
        return
    headers = recorded.value("headers")
    said = {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    known = _Piece(
        place=piece.place,
        imported_at=piece.imported_at,
        host=_host(recorded.text("url")),
        observed_at=limits.server_time(said),
    )
    body = recorded.value("body")
    written = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else verbatim.members(whole)["body"]
    yield from _pages(written, platform, known)


def _skeleton(whole: bytes, depth: int = 0) -> Any:
    """Enough of a document to know it by: lists are cut after their first readable element."""
    if not whole.startswith(b"["):
        return verbatim.decode_or_none(whole) if depth else _parts(whole)
    if depth == _DEEPEST:
        return []
    values = (_skeleton(one, depth + 1) for one in verbatim.elements(whole)[:_TRIED])
    first = next((value for value in values if value is not None), None)
    return [] if first is None else [first]


def _parts(whole: bytes) -> dict[str, Any]:
    return {name: _skeleton(written, 1) for name, written in verbatim.members(whole).items()}


def _is_list_of_pages(first: object) -> bool:
    return isinstance(first, dict | list) and (_platform(first) is not None or "body" in first)


def _platform(document: object) -> str | None:
    return next((name for name in CONNECTORS if connector(name).recognises(document)), None)


def _page(platform: str, whole: bytes, skeleton: object, piece: _Piece) -> Page:
    retrieved_at = Fields(skeleton).part("__twarc").moment("retrieved_at", naive_is_utc=True)
    source = getattr(connector(platform), "SOURCE", None) or piece.host or IMPORT
    return Page(
        platform=platform,
        query=IMPORT,
        source=source,
        url=piece.place,
        status=200,
        observed_at=retrieved_at or piece.observed_at or piece.imported_at,
        body=whole,
    )


def _rejected(body: bytes, platform: str, piece: _Piece, reason: str, detail: str) -> Rejected:
    return Rejected(
        platform=platform,
        source=piece.host or IMPORT,
        reason=reason,
        detail=f"{piece.place}: {detail}",
        body=body,
        observed_at=piece.observed_at or piece.imported_at,
    )


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").netloc.rpartition("@")[2].lower() or None
    except ValueError:
        return None
