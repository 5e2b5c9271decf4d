"""Up to when each query has been read, and hour by hour what was complete, what is a gap and what cannot be seen.

A watermark says: everything that the query shows before this time has been read. So it never goes backwards, and it
moves only over a window that begins where the last one ended, or before. Each run reads a lookback before it again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text

from connectors.records import Query
from warehouse.campaign import Campaign

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)

COMPLETE = text("""
insert into core.coverage as known (campaign, platform, query, hour, state, run_id)
select :campaign, :platform, :query, hour, 'complete', :run_id
from generate_series(:first, :last, interval '1 hour') as hour
on conflict (campaign, platform, query, hour) do update set state = 'complete', run_id = excluded.run_id
where known.state <> 'complete'
""")

UNREADABLE = text("""
insert into core.coverage as known (campaign, platform, query, hour, state, run_id)
select :campaign, :platform, :query, hour, :state, :run_id
from generate_series(:first, :last, interval '1 hour') as hour
on conflict (campaign, platform, query, hour) do nothing
""")

INTERACTIONS = "interactions/"
"""What the names of queries begin with that read who dealt with whom."""

NO_LONGER_ASKED = text("""
delete from core.query where campaign = :campaign and platform = :platform and query <> all(cast(:queries as text[]))
  and starts_with(query, :prefix) = :acts
""")

ASKED = text("""
insert into core.query (campaign, platform, query)
select :campaign, :platform, query from unnest(cast(:queries as text[])) as query on conflict do nothing
""")

WATERMARK = text("""
insert into core.watermark as known (campaign, platform, query, complete_until, run_id)
values (:campaign, :platform, :query, :until, :run_id)
on conflict (campaign, platform, query) do update set complete_until = excluded.complete_until, run_id = excluded.run_id
where known.complete_until < excluded.complete_until
""")


def ask(
    connection: Connection, campaign: Campaign, platform: str, queries: Sequence[Query], *, acts: bool = False
) -> None:
    """Enter what is going to be asked of the platform: a query without a watermark is one that never got through.

    `acts`: these are all its queries for interactions; else all those for posts.
    """
    asked = {"campaign": campaign.name, "platform": platform, "queries": [query.name for query in queries]}
    connection.execute(NO_LONGER_ASKED, {**asked, "prefix": INTERACTIONS, "acts": acts})
    connection.execute(ASKED, asked)


def next_since(
    connection: Connection,
    campaign: Campaign,
    query: Query,
    lookback: timedelta,
    now: datetime | None = None,
) -> datetime:
    """Where the next window begins: a lookback before the watermark, never before the campaign opens.

    A watermark that lies after the campaign's end, or after `now`, is not believed: reading goes on a lookback before
    that time, and a warning says so.
    """
    watermark = _watermark(connection, campaign, query)
    if watermark is None:
        return campaign.opens_at
    latest = min(campaign.closes_at, now) if now else campaign.closes_at
    if watermark > latest:
        logger.warning(
            "The watermark of %s (%s) lies in the future, so its window begins a lookback before %s instead. "
            "If the computer's clock was wrong, read the campaign again with --since.",
            query.name,
            query.platform,
            latest.isoformat(),
        )
        watermark = latest
    return max(campaign.opens_at, watermark - lookback)


def advance(
    connection: Connection,
    campaign: Campaign,
    query: Query,
    since: datetime,
    until: datetime,
    run_id: UUID,
    *,
    move_watermark: bool = True,
    beyond: bool = False,
) -> None:
    """Enter that [since, until) was read to its end: hours wholly inside are complete, and the watermark moves.

    It stays where it is if the window leaves out something between the watermark and `since`. Hours outside the
    campaign are entered only with `beyond`: interactions are read before it too, as a baseline.
    """
    of = _of(campaign, query, run_id)
    first = _next_full_hour(since if beyond else max(since, campaign.opens_at))
    last = _full_hour(until if beyond else min(until, campaign.closes_at)) - HOUR
    connection.execute(COMPLETE, {**of, "first": first, "last": last})
    if move_watermark:
        _move_watermark(connection, campaign, query, since, until, of)


def declare_gap(
    connection: Connection,
    campaign: Campaign,
    query: Query,
    since: datetime,
    until: datetime,
    run_id: UUID,
    state: Literal["gap", "not_visible"] = "gap",
) -> None:
    """Enter that the query no longer shows, or never showed, [since, until): hours touched by it that were not read.

    The watermark moves over it: nothing is left there to read. An hour that is read later becomes complete.
    """
    of = _of(campaign, query, run_id)
    first = _full_hour(max(since, campaign.opens_at))
    last = _next_full_hour(min(until, campaign.closes_at)) - HOUR
    connection.execute(UNREADABLE, {**of, "first": first, "last": last, "state": state})
    _move_watermark(connection, campaign, query, since, until, of)


def _of(campaign: Campaign, query: Query, run_id: UUID) -> dict[str, object]:
    return {"campaign": campaign.name, "platform": query.platform, "query": query.name, "run_id": run_id}


def _watermark(connection: Connection, campaign: Campaign, query: Query) -> datetime | None:
    found: datetime | None = connection.execute(
        text(
            "select complete_until from core.watermark"
            " where campaign = :campaign and platform = :platform and query = :query"
        ),
        {"campaign": campaign.name, "platform": query.platform, "query": query.name},
    ).scalar()
    return found


def _move_watermark(
    connection: Connection,
    campaign: Campaign,
    query: Query,
    since: datetime,
    until: datetime,
    of: dict[str, object],
) -> None:
    watermark = _watermark(connection, campaign, query)
    read_until = max(watermark, campaign.opens_at) if watermark else campaign.opens_at
    if since <= read_until and until > since:
        connection.execute(WATERMARK, {**of, "until": min(until, campaign.closes_at)})


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _next_full_hour(moment: datetime) -> datetime:
    return -(-(moment - _full_hour(moment)) // HOUR) * HOUR + _full_hour(moment)
