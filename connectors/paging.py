"""Walking through pages without walking for ever.

Tokens prove nothing: one platform repeats the same one and still advances, another advances and repeats the page. So
progress is judged by ids (`faults.md` 28, 29).
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.errors import BadAnswer

PAGES_WITHOUT_NEWS = 3
EMPTY_PAGES = 20


class Progress:
    """Sees the ids of each page of one walk. Raises `BadAnswer` where the walk does not get on."""

    def __init__(self, place: str) -> None:
        self._place, self._known = place, set[str]()
        self._stale = self._empty = 0

    def saw(self, ids: Iterable[str]) -> None:
        page = set(ids)
        if not page:
            self._empty += 1
        else:
            self._empty = 0
            self._stale = self._stale + 1 if page <= self._known else 0
            self._known |= page
        if self._stale >= PAGES_WITHOUT_NEWS:
            raise BadAnswer(f"{self._place} sends the same posts again and again; what came before is kept.")
        if self._empty >= EMPTY_PAGES:
            raise BadAnswer(f"{self._place} sends one empty page after another; what came before is kept.")
