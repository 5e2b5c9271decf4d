"""What a person's browser showed them, kept by Zeeschuimer 1.14: one post per line, in an envelope.

https://github.com/digitalmethodsinitiative/zeeschuimer; the same posts as 4CAT gives them back are `fourcat`'s.
The item is the envelope without what it tells of the person who browsed, and with the posts of others cut down to
references. It was seen when the browser saw it. What a page showed in part only (`_zs_partial`, or without a time) is
flagged `partial` and ranks below every whole copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from connectors import documents, verbatim
from connectors.fields import Fields
from connectors.imports import instagram, rows, threads, tiktok, x_web
from connectors.records import Page, Post, RawItem, Rejected

FORM = "zeeschuimer"
UNKNOWN = "unknown"
KEPT = ("item_id", "source_platform")
"""Of the envelope; the rest tells of the person who browsed. When it was seen the item itself tells."""

_HOST = re.compile(rb'"source_platform"\s*:\s*"([A-Za-z.]+)"')
_NAMES = re.compile(rb'"(?:username|screen_name|uniqueId|pk|id_str|user_id_str|rest_id)"\s*:\s*"?([\w.]{1,100})')
_PRIVATE = re.compile(rb'"(?:is_private|protected|privateAccount|privateItem)"\s*:\s*true')


class Site(Protocol):
    """What a module knows of the objects that one platform's web site loads. All of it pure."""

    PLATFORM: str

    def key_of(self, data: Fields) -> str | None: ...

    def accounts(self, data: Fields) -> tuple[str, ...]: ...

    def is_public(self, data: Fields) -> bool: ...

    def is_ad(self, data: Fields) -> bool: ...

    def is_partial(self, data: Fields) -> bool: ...

    def of_one_person(self, data: dict[str, Any]) -> dict[str, Any]: ...

    def post(self, data: Fields, item: RawItem) -> Post | Rejected: ...


SITES = {
    "instagram.com": instagram,
    "threads.com": threads,
    "threads.net": threads,
    "tiktok.com": tiktok,
    "twitter.com": x_web,
    "x.com": x_web,
}


def site(host: str | None) -> Site | None:
    return cast("Site | None", SITES.get((host or "").lower().removeprefix("www.")))


def looks_like(path: Path) -> bool:
    return any(_is_envelope(one) for one in documents.sample(path))


def _is_envelope(value: object) -> bool:
    return isinstance(value, dict) and "source_platform" in value and isinstance(value.get("data"), dict)


def pages(path: Path, imported_at: datetime) -> Iterator[Page | Rejected]:
    """The file's posts in its order, streamed where it is NDJSON. `imported_at` serves where a line has no time."""
    return rows.pages(_rows(path, imported_at), path.name, imported_at)


def _rows(path: Path, imported_at: datetime) -> Iterator[rows.Row | Rejected]:
    for place, piece in documents.items(path):
        if isinstance(piece, str):
            yield unread(b"", UNKNOWN, path, place, imported_at, "truncated_file", piece)
            return
        yield row(verbatim.decode_or_none(piece), piece, path, place, imported_at)


def row(envelope: object, piece: bytes, path: Path, place: str, imported_at: datetime) -> rows.Row | Rejected:
    """An envelope as a row of its platform's page; also a broken one, whose platform can still be told."""
    written = Fields(envelope).text("source_platform") if _is_envelope(envelope) else _host(piece)
    host = (written or "").lower()
    of_site = site(host)
    if of_site is None:
        sites = f"is from a site that we do not read; we read {', '.join(SITES)}"
        reason, detail = ("unknown_platform", sites) if host else _why_broken(envelope)
        return unread(piece, UNKNOWN, path, place, imported_at, reason, detail)
    data = Fields(envelope).part("data") if _is_envelope(envelope) else Fields(None)
    body = rows.AD if of_site.is_ad(data) else piece
    return rows.Row(of_site.PLATFORM, f"{FORM}:{host}", place, body, _is_partial(data, of_site))


def _is_partial(data: Fields, of_site: Site) -> bool:
    return data.truth("_zs_partial") is True or of_site.is_partial(data)


def _host(piece: bytes) -> str | None:
    found = _HOST.search(piece)
    return None if found is None else found[1].decode()


def _why_broken(envelope: object) -> tuple[str, str]:
    if envelope is None:
        return "not_json", "cannot be read as JSON"
    return "wrong_type", "is no item of Zeeschuimer"


def unread(body: bytes, platform: str, path: Path, place: str, at: datetime, reason: str, detail: str) -> Rejected:
    """A line that is no item of the form."""
    return Rejected(
        platform=platform,
        source=FORM,
        reason=reason,
        detail=f"{path.name}:{place}: the line {detail}" if body else f"{path.name}:{place}: {detail}",
        body=body,
        observed_at=at,
    )


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """One item per line of the page, under the key that the platform's own API would give it."""
    of_site = site(page.source.partition(":")[2])
    assert of_site is not None, "`pages` makes pages of known sites only"
    for place, piece in rows.of(page):
        envelope = verbatim.decode_or_none(piece)
        is_whole = _is_envelope(envelope)
        yield _item(envelope, of_site, page, place) if is_whole else _broken(envelope, piece, page, place)


def _broken(envelope: object, piece: bytes, page: Page, place: str) -> Rejected:
    """With everybody who is named in it, and not public if it says so of anybody: it cannot be told whose it is."""
    reason, detail = _why_broken(envelope)
    names = (name.decode("utf-8", "replace").lower() for name in _NAMES.findall(piece))
    return replace(
        rows.rejected(page, piece, place, reason, f"the line {detail}"),
        accounts=tuple(dict.fromkeys(names)),
        public=_PRIVATE.search(piece) is None,
    )


def _item(envelope: dict[str, Any], of_site: Site, page: Page, place: str) -> RawItem | Rejected:
    data = Fields(envelope["data"])
    kept = {name: envelope[name] for name in KEPT if name in envelope}
    body = verbatim.encode(kept | {"data": of_site.of_one_person(envelope["data"])})
    key, accounts, public = of_site.key_of(data), of_site.accounts(data), of_site.is_public(data)
    observed_at = Fields(envelope).moment("timestamp_collected") or page.observed_at
    if key is None:
        detail = "the post has no id of its own"
        broken = rows.rejected(page, body, place, "no_id", detail)
        return replace(broken, accounts=accounts, public=public, observed_at=observed_at)
    return RawItem(
        platform=of_site.PLATFORM,
        source=page.source,
        key=key,
        body=body,
        observed_at=observed_at,
        accounts=accounts,
        public=public,
    )


def parse(item: RawItem) -> Post | Rejected:
    """The post as its platform's site wrote it."""
    data = Fields(verbatim.decode_or_none(item.body)).part("data")
    of_site = site(item.source.partition(":")[2])
    if not data or of_site is None:
        return item.unreadable("wrong_type", "the item holds no object of a site that we read")
    post = of_site.post(data, item)
    if isinstance(post, Rejected) or not _is_partial(data, of_site):
        return post
    return replace(post, source_rank=0, flags=(*post.flags, "partial"))
