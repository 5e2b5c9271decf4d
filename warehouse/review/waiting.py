"""How much waits for a person, per queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from warehouse.review.queues import QUEUES


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    queue: str
    subjects: int
    records: int
    """How many posts they are about."""
    moving: int
    """How many of these records move or confirm what counts."""
    stale: int
    """Subjects that were decided, but what the decision rested on has changed."""
    oldest: datetime
    """Since when the first of them waits."""


def waiting(connection: Connection, campaign_name: str) -> Sequence[Waiting]:
    """The queues with something in them, as the last build left them."""
    found = connection.execute(
        text("""
            select queue, count(*) as subjects, sum(records) as records,
                   coalesce(sum(records) filter (where moves_counts), 0) as moving,
                   count(*) filter (where state = 'stale') as stale, min(first_seen_at) as oldest
            from people.review_item
            where campaign = :campaign and state in ('open', 'stale')
            group by queue
        """),
        {"campaign": campaign_name},
    )
    return sorted((Waiting(**row._mapping) for row in found), key=lambda one: list(QUEUES).index(one.queue))
