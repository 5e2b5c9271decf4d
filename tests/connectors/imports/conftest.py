"""Reading a file as `rollcall import` does, without a warehouse: every item is a post or a `Rejected`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import imports
from connectors.records import Page, Post, RawItem, Rejected

IMPORTED = datetime(2026, 3, 1, tzinfo=UTC)
Item = tuple[RawItem, Post]
Read = Callable[[Path], tuple[list[Item], list[Rejected]]]


@pytest.fixture
def read() -> Read:
    """Everything in a file, by the form that it is found to have."""

    def read(path: Path) -> tuple[list[Item], list[Rejected]]:
        name = imports.form_of(path)
        assert name is not None
        items: list[Item] = []
        rejected: list[Rejected] = []
        for page in imports.form(name).pages(path, IMPORTED):
            if isinstance(page, Rejected):
                rejected.append(page)
                continue
            for piece in imports.reader(page.platform, page.source).split(page):
                _keep(piece, items, rejected)
        return items, rejected

    return read


def _keep(piece: RawItem | Rejected, items: list[Item], rejected: list[Rejected]) -> None:
    if isinstance(piece, Rejected):
        rejected.append(piece)
        return
    post = imports.reader(piece.platform, piece.source).parse(piece)
    if isinstance(post, Rejected):
        rejected.append(post)
    else:
        assert post.post_id == piece.key
        items.append((piece, post))


@pytest.fixture
def pages() -> Callable[[Path], list[Page]]:
    """The pages of a file, by the form that it is found to have."""

    def pages(path: Path) -> list[Page]:
        name = imports.form_of(path)
        assert name is not None
        return [page for page in imports.form(name).pages(path, IMPORTED) if isinstance(page, Page)]

    return pages
