"""Items of one person, as the clustering reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from warehouse.clustering.items import Item

HOUR = 3600.0


@pytest.fixture
def item() -> Callable[..., Item]:
    return make


def make(place: int, hour: float = 0.0, words: str = "", **more: Any) -> Item:
    """An item at its hour; `days` are the prompt days that it names."""
    days = more.pop("days", None)
    given = {
        "place": place,
        "at": hour * HOUR,
        "days": frozenset(days) if days else None,
        "words": words,
        "is_truncated": False,
        "platform": "x",
        "post_id": str(place),
        "url": f"https://x.com/fellow/status/{place}",
        "links": [],
        "media_hashes": [],
        "is_bridge": False,
    }
    return Item(**given | more)
