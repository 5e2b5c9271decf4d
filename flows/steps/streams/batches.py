"""Pages that are landed together: a page of one member's few posts costs a transaction as much as one of a hundred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from connectors.errors import ConnectorError

ITEMS, PAGES = 100, 50
"""A batch is full with so many items, or so many pages."""


class Cut(Protocol):
    """A page as it may land."""

    @property
    def fetched(self) -> int: ...


Part = TypeVar("Part", bound=Cut)


def batches(pages: Iterable[Part]) -> Iterator[list[Part]]:
    """The pages in their order, some together. What came before an error of the platform is handed over before it."""
    batch: list[Part] = []
    try:
        for page in pages:
            batch.append(page)
            if sum(part.fetched for part in batch) >= ITEMS or len(batch) >= PAGES:
                yield batch
                batch = []
    except ConnectorError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
