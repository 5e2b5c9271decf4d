"""Asking a WordPress site again for posts that we hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from connectors import verbatim
from connectors.errors import AccessDenied, RequestRefused
from connectors.fields import Fields
from connectors.records import Again, Gone, Loss, Page, Query, RawItem
from connectors.transport import Transport
from connectors.wordpress_post import WANTED, split
from connectors.wordpress_walk import PAGE_SIZE, code_of, page_of

NO_SUCH_POST = "rest_post_invalid_id"
NOT_FOR_US = frozenset({"rest_forbidden", "rest_cannot_read", "rest_forbidden_context"})
"""Of a draft, a private post or one in the bin, as opposed to a site that is closed as a whole."""


def reread(items: Sequence[RawItem], query: Query, transport: Transport) -> Iterator[Again]:
    """A hundred to a request, and each one that is not in the answer alone."""
    known = [(post_id, item) for item in items if (post_id := _id_of(item))]
    for start in range(0, len(known), PAGE_SIZE):
        missing = dict(known[start : start + PAGE_SIZE])
        yield from _at_many(missing, query, transport)
        for post_id, item in missing.items():
            yield _at_one(post_id, item, query, transport)


def _id_of(item: RawItem) -> str | None:
    return Fields(verbatim.decode_or_none(item.body)).identity("id")


def _at_many(missing: dict[str, RawItem], query: Query, transport: Transport) -> Iterator[Again]:
    """Those that are there; what is left in `missing` was not in the answer."""
    asked = {"include": ",".join(missing), "per_page": PAGE_SIZE, **WANTED}
    page = page_of(transport.get(f"{query.base_url}/wp/v2/posts", asked), query, transport)
    there = {_id_of(item) for item in split(page) if isinstance(item, RawItem)}
    found = [missing.pop(post_id) for post_id in list(missing) if post_id in there]
    if found:
        yield Again(page=page, gone=_hidden(found, page), asked=len(found))


def _at_one(post_id: str, item: RawItem, query: Query, transport: Transport) -> Again:
    """Raises the error of a site that says something of itself and not of this post."""
    address = f"{query.base_url}/wp/v2/posts/{quote(post_id, safe='')}"
    answer = transport.get(address, WANTED, allow={200, 401, 403, 404, 410})
    if answer.status_code == 200:
        page = page_of(answer, query, transport)
        return Again(page=page, gone=_hidden([item], page), asked=1)
    code = code_of(answer)
    loss: Loss
    if code == NO_SUCH_POST:
        loss = "deleted"
    elif code in NOT_FOR_US:
        loss = "not_public"
    elif answer.status_code in (401, 403):
        raise AccessDenied(f"{query.source} refuses access ({answer.status_code}); its REST interface is restricted.")
    else:
        raise RequestRefused(f"{query.source} has no REST interface for its posts any more ({answer.status_code}).")
    return Again(gone=(Gone(key=item.key, loss=loss, observed_at=transport.clock()),), asked=1)


def _hidden(asked: Sequence[RawItem], page: Page) -> tuple[Gone, ...]:
    """Those that have a password now."""
    hidden = {_id_of(item) for item in split(page) if isinstance(item, RawItem) and not item.public}
    return tuple(
        Gone(key=item.key, loss="not_public", observed_at=page.observed_at) for item in asked if _id_of(item) in hidden
    )
