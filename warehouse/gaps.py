"""The spans that cannot be had: hours that a platform showed once and that nobody read (`gap`), and hours that it shows
to nobody by design (`not_visible`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

SPANS = text("""
with hours as (
    select platform, query, state, hour,
           hour - interval '1 hour' * row_number() over (partition by platform, query, state order by hour) as span
    from core.coverage
    where campaign = :campaign and state <> 'complete' and hour < :now
)
select platform, query, state, min(hour) as since, max(hour) + interval '1 hour' as until, count(*)::integer as hours
from hours
group by platform, query, state, span
order by platform, query, since
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    platform: str
    query: str
    state: Literal["gap", "not_visible"]
    since: datetime
    until: datetime
    """The end of its last hour; both are full hours, UTC."""
    hours: int


def gaps(connection: Connection, campaign_name: str, now: datetime) -> Sequence[Gap]:
    """Every span without an hour between that was read, by platform, query and time."""
    found = connection.execute(SPANS, {"campaign": campaign_name, "now": now})
    return [Gap(**row._mapping) for row in found]
