"""The queues: what each asks, and which answers it takes. First those whose answers move or confirm what counts."""

from __future__ import annotations

from collections.abc import Mapping

OF_AUTHORS = ("person", "not_member")
OF_POSTS = ("spam", "exclude")
ALWAYS = ("defer", "undo")

QUEUES: Mapping[str, tuple[str, ...]] = {
    "ig_authorless": (*OF_AUTHORS, *OF_POSTS),
    "author_candidate": (*OF_AUTHORS, *OF_POSTS),
    "author_unresolved": (*OF_AUTHORS, *OF_POSTS),
    "duplicate_doubtful": ("merge", "separate"),
    "day_conflict": ("day", "seen", "exclude"),
    "recycled_handle": (*OF_AUTHORS, *OF_POSTS, "seen"),
    "on_behalf_untagged": (*OF_AUTHORS, "seen"),
    "spam_suspect": ("spam", "seen"),
    "timestamp_suspect": ("day", "exclude", "seen"),
    "tz_ambiguous": ("seen",),
    "consent_missing_for_named_use": ("seen",),
}
"""Queue -> the verdicts that it takes, besides `later` and `undo`."""

SPELT = {
    "person": "person ID",
    "not_member": "not a member",
    "spam": "spam",
    "exclude": "exclude",
    "merge": "merge",
    "separate": "separate",
    "day": "day N",
    "seen": "seen",
    "defer": "later",
    "undo": "undo",
}
"""A verdict as people write it."""


def allowed(queue: str) -> tuple[str, ...]:
    """The verdicts that a queue takes."""
    return (*QUEUES[queue], *ALWAYS)


def spelt(queue: str) -> str:
    """The same for people."""
    return " | ".join(SPELT[verdict] for verdict in allowed(queue))
