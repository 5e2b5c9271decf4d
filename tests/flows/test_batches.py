"""Pages that land together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ConnectorError
from flows.steps.streams.batches import ITEMS, PAGES, batches


@dataclass(frozen=True)
class Page:
    fetched: int


@given(st.lists(st.integers(0, 120)))
def test_every_page_is_in_one_batch_in_order(sizes: list[int]) -> None:
    """No batch waits once it is full, and none is empty."""
    pages = [Page(size) for size in sizes]
    found = list(batches(pages))
    assert [page for batch in found for page in batch] == pages
    for batch in found:
        assert batch
        assert len(batch) <= PAGES
        assert sum(page.fetched for page in batch[:-1]) < ITEMS


def test_what_came_before_an_error_lands_before_it_is_told() -> None:
    def failing() -> Iterator[Page]:
        yield Page(1)
        raise ConnectorError("The platform is away.")

    coming = batches(failing())
    assert next(coming) == [Page(1)]
    with pytest.raises(ConnectorError):
        next(coming)
