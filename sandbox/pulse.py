"""How a post is received: counts that grow with its age and depend on nothing but the world's seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandbox.ids import number
from sandbox.world import Planned, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    likes: int
    reposts: int
    replies: int
    quotes: int
    views: int


def pulse(world: World, post: Planned, now: datetime, seen_at: str = "") -> Counts:
    """The counts after so many whole days; a copy on another Mastodon instance knows of fewer."""
    days = max(0, (now - post.published_at).days)
    share = 1 - 0.5 ** (days + 1)
    if seen_at and seen_at != post.place:
        share /= 4

    def grown(what: str, most: int) -> int:
        return int(number(world.seed, post.plan_id, what, below=most) * share)

    return Counts(
        likes=grown("likes", 40),
        reposts=grown("reposts", 8),
        replies=grown("replies", 6),
        quotes=grown("quotes", 3),
        views=grown("views", 900),
    )
