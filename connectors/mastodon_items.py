"""A page of a Mastodon server cut into items, and the items read. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import mastodon_status, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.mastodon_status import PLATFORM
from connectors.records import Page, Post, RawItem, Rejected


def recognises(document: object) -> bool:
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and {"uri", "account", "content", "visibility"} <= first.keys()


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """A list of posts, or the one post that a lookup gives."""
    for piece in _pieces(page):
        yield item(piece, page)


def _pieces(page: Page) -> list[bytes]:
    body = verbatim.document(page.body) or b""
    try:
        if body.startswith(b"{") and "uri" in verbatim.members(body):
            return [body]
        return verbatim.elements(body)
    except ValueError as wrong:
        raise BadAnswer(f"A page of {page.source} is not a list of posts.") from wrong


def item(piece: bytes, page: Page) -> RawItem | Rejected:
    """One status as an item that stands alone."""
    try:
        status = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, page, "not_json", f"a status cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(status, dict):
        return _rejected(piece, page, "wrong_type", "a status is not a JSON object")
    body = mastodon_status.of_one_person(status, piece)
    fields = Fields(status)
    key = fields.identity("uri")
    if key is None:
        return _rejected(body, page, "no_id", "a status has no uri")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=body,
        observed_at=page.observed_at,
        accounts=mastodon_status.accounts(fields, page.source),
        public=mastodon_status.is_public(fields),
    )


def _rejected(piece: bytes, page: Page, reason: str, detail: str) -> Rejected:
    fields = Fields(verbatim.readable_members(piece, ("uri", "account", "visibility")))
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=mastodon_status.accounts(fields, page.source),
        public=mastodon_status.is_public(fields),
    )


def parse(item: RawItem) -> Post | Rejected:
    status = Fields(verbatim.decode_or_none(item.body))
    if not status:
        return item.unreadable("not_json", "a status is not a JSON object")
    return mastodon_status.post(status, item)
