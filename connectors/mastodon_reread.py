"""Asking a Mastodon server again for posts that we hold: https://docs.joinmastodon.org/methods/statuses/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors import verbatim
from connectors.fields import Fields
from connectors.mastodon_items import split
from connectors.mastodon_server import NOT_THERE, Server, part
from connectors.records import Again, Gone, Loss, Page, RawItem

BATCH = 20
"""A server takes twenty ids by default and tells nobody that it left out the others."""
NO_SUCH_CALL = frozenset({404, 405, 410})


def reread(server: Server, items: Sequence[RawItem]) -> Iterator[Again]:
    """Twenty to a request where the server can (Mastodon 4.3 and newer), and each missing one alone."""
    known = [(local_id, item) for item in items if (local_id := local_id_of(item))]
    look = _Look(server)
    for start in range(0, len(known), BATCH):
        missing = dict(known[start : start + BATCH])
        if look.takes_lists and len(missing) > 1:
            yield from look.at_many(missing)
        for local_id, item in missing.items():
            yield look.at_one(local_id, item)


def local_id_of(item: RawItem) -> str | None:
    """The post's id on the server where it was seen; None for what came from elsewhere, such as a file."""
    return Fields(verbatim.decode_or_none(item.body)).identity("id")


class _Look:
    """What one server answered so far."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.takes_lists = True
        self._is_mastodon = False
        """Shown by any post, or by what the server says of itself: before that, a 404 tells nothing of a post."""

    def at_many(self, missing: dict[str, RawItem]) -> Iterator[Again]:
        """Those that are there; what is left in `missing` was not in the answer."""
        answer = self._server.get("/api/v1/statuses", {"id[]": list(missing)}, {200, *NO_SUCH_CALL})
        if answer.status_code != 200:
            self.takes_lists = False
            return
        page = self._server.page(answer)
        found = _found(page)
        asked = [missing.pop(local_id) for local_id in list(missing) if local_id in found]
        self._is_mastodon |= bool(asked)
        if asked:
            yield Again(page=page, gone=_hidden(asked, page), asked=len(asked))

    def at_one(self, local_id: str, item: RawItem) -> Again:
        answer = self._server.get(f"/api/v1/statuses/{part(local_id)}", None, {200, *NOT_THERE})
        if answer.status_code == 200:
            self._is_mastodon = True
            page = self._server.page(answer)
            return Again(page=page, gone=_hidden([item], page), asked=1)
        if not self._is_mastodon:
            self._server.expect_mastodon()
            self._is_mastodon = True
        return Again(gone=(self._gone(item, "deleted"),), asked=1)

    def _gone(self, item: RawItem, loss: Loss) -> Gone:
        return Gone(key=item.key, loss=loss, observed_at=self._server.transport.clock())


def _found(page: Page) -> set[str]:
    """The local ids on the page."""
    ids = (local_id_of(item) for item in split(page) if isinstance(item, RawItem))
    return {local_id for local_id in ids if local_id}


def _hidden(asked: Sequence[RawItem], page: Page) -> tuple[Gone, ...]:
    """Those that the server still has, and shows us for another reason than that they are public."""
    hidden = {item.key for item in split(page) if isinstance(item, RawItem) and not item.public}
    return tuple(
        Gone(key=item.key, loss="not_public", observed_at=page.observed_at) for item in asked if item.key in hidden
    )
