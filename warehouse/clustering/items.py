"""What the clustering knows of an item, a pair of items, and a decision on a pair."""

from __future__ import annotations

from typing import NamedTuple

HOUR = 3600.0
SAME_POST_WITHIN = 72 * HOUR
DOUBTFUL_WITHIN = 7 * 24 * HOUR

RULES = ("reviewer", "link", "bridge", "media", "text", "truncated", "near_text")
"""How two items are found to be one contribution, the surest first."""


class Item(NamedTuple):
    """A row of int_items__countable. Of several copies the one with the smallest place stands for the post."""

    place: int
    at: float
    """Seconds since 1970."""
    days: frozenset[int] | None
    """The prompt days that its text names; None where none."""
    words: str
    """Its comparable words, with one space in between."""
    is_truncated: bool
    platform: str
    post_id: str
    url: str | None
    links: list[str]
    media_hashes: list[str]
    is_bridge: bool


class Likeness(NamedTuple):
    """Two items of one person, by their indexes in the order of time, and what makes them alike.

    Sorts by strength: the surest rule first, then the most alike, then the nearest in time, then the earliest.
    """

    rule: int
    unlike: float
    """1 - score."""
    apart: float
    """Seconds."""
    first: int
    second: int
    is_sure: bool
    """Alike enough to be merged without a person, if they are near enough in time."""

    @property
    def merges(self) -> bool:
        return self.is_sure and self.apart <= SAME_POST_WITHIN


class Pair(NamedTuple):
    """Two items by their places, the smaller first."""

    first: int
    second: int
    rule: str
    score: str


class Decision(NamedTuple):
    """A reviewer's word on two items, by their places: one contribution, or two."""

    first: int
    second: int
    is_same: bool


Named = frozenset[frozenset[int]]
"""The different sets of prompt days that the texts of an item, or of a cluster's items, name."""


def agree(one: Named, other: Named) -> bool:
    """Whether no two texts name different days; a text may name more days than its copy."""
    return not one or not other or one == other or all(a <= b or b <= a for a in one for b in other)
