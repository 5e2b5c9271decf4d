"""The posts that we hold, asked for again: edits and new counts come in, what was taken back is marked as gone.

A post is asked for where it was seen. What came in by files alone, or is shown nowhere by its id, cannot be asked for.

How often depends on its age and on the price; those first that were not asked for longest:

age of the post      where it costs nothing     where it costs money
just found           at once                    at once (X charges for a post once a day)
up to 3 days         at each run                once a day
up to 14 days        at each run                every third day
up to 35 days        at each run                once a week
older                once a week                not
after the grace      once                       once

A run with `--since` asks for all posts that were made from then on, whatever was asked before. Where it costs money,
only as many are asked for as leave enough of the budget for the posts that are still to come.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from connectors.records import Forecast, Gone, Query, RawItem, Search
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps.collection import HOUR, PRICED, Collection, limits, queries_of
from flows.steps.streams.batches import batches
from warehouse import held, landing, ledger, sieve
from warehouse.budget import standing
from warehouse.held import Pace
from warehouse.landing.gone import mark_gone

DAY = timedelta(days=1)
SLACK = timedelta(hours=4)
"""A run that begins a little earlier than the last one finds the same posts due."""
EVER = timedelta(days=36_500)
FREE = (Pace(age=35 * DAY, every=timedelta(0)), Pace(age=EVER, every=7 * DAY - SLACK))
PAID = (
    Pace(age=3 * DAY, every=DAY - SLACK),
    Pace(age=14 * DAY, every=3 * DAY - SLACK),
    Pace(age=35 * DAY, every=7 * DAY - SLACK),
)
ALL = (Pace(age=EVER, every=timedelta(0)),)
MANY = 1_000


class Forecasting(Protocol):
    """What a connector can foretell."""

    def forecast(self, search: Search, posts: int) -> Forecast: ...


def queries(collection: Collection, module: Connector, platform: str) -> tuple[Query, ...]:
    """One query for each place where posts were seen."""
    found = queries_of(collection.campaign, platform, collection.members(platform))
    return tuple({query.source: query for query in reversed(found)}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer to asking again, as it may land."""

    sifted: sieve.Sifted | None
    gone: tuple[Gone, ...]
    fetched: int
    """How many posts it answers for."""


def read(collection: Collection, module: Connector, query: Query, transport: Transport) -> None:
    """Ask for what was seen at this place and is due. Raises ConnectorError and what the warehouse raises."""
    lost = 0
    for ids, items in _wanted(collection, module, query, transport):
        asked_at = collection.clock()
        answers = batches(_asked(collection, module, query, items, transport))
        lost += sum(_land(collection, query, batch) for batch in answers)
        ledger.retrying(collection.engine, partial(held.mark_asked, ids=ids, at=asked_at))
    if lost:
        transport.warn(f"{lost} posts are no longer shown at {query.source}; what they said was removed.")


def affordable(module: Forecasting, query: Query, at: datetime, left: Decimal, coming: int) -> int | None:
    """How many posts can be asked for again with so many dollars if so many new ones are still to be paid for."""
    search = Search(query=query, since=at, until=at)
    price = (module.forecast(search, MANY).cost - module.forecast(search, 0).cost) / MANY
    return max(math.floor(left / price) - coming, 0) if price else None


def _wanted(
    collection: Collection, module: Connector, query: Query, transport: Transport
) -> Iterator[tuple[Sequence[int], list[RawItem]]]:
    """The posts to ask for, in batches, with their raw items' ids. No transaction stays open."""
    campaign, platform, now = collection.campaign, query.platform, collection.clock()
    paces = ALL if collection.since else PAID if platform in PRICED else FREE
    due = partial(held.due, paces=paces, now=now, final=campaign.closes_at, since=collection.since)
    with collection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ids = due(connection, campaign.name, platform, query.source)
        most = _affordable(collection, connection, module, query, now)
        if most is not None and most < len(ids):
            transport.warn(
                f"{len(ids) - most} of {len(ids)} posts were not asked for again, so that the budget lasts for the "
                "new posts up to the end of the campaign. They come first the next time."
            )
            ids = ids[:most]
        yield from held.items(connection, platform, ids)


def _affordable(
    collection: Collection, connection: Connection, module: Connector, query: Query, now: datetime
) -> int | None:
    """How many posts may be asked for; None: all. What the posts still to come will cost is left alone."""
    campaign, platform = collection.campaign, query.platform
    left = standing(connection, campaign.name, platform, now, limits(campaign, platform)).left
    if platform not in PRICED or left is None:
        return None
    an_hour = held.posts_an_hour(connection, campaign.name, platform) or 0.0
    coming = math.ceil(an_hour * max((campaign.closes_at - now) / HOUR, 0))
    return affordable(module, query, now, left, coming)


def _asked(
    collection: Collection, module: Connector, query: Query, items: list[RawItem], transport: Transport
) -> Iterator[Asked]:
    """The answers, as they come, without what must not land."""
    told, tags = 0, frozenset(collection.campaign.hashtags)
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.secret)
    for again in module.reread(items, query, transport, collection.credentials(query)):
        told += again.asked
        collection.progress(query.platform, f"{query.source}: {told} posts asked for again")
        page = again.page
        yield Asked(
            sifted=None if page is None else sieve.sift(page, module.split, module.parse, guard, tags),
            gone=again.gone,
            fetched=again.asked,
        )


def _land(collection: Collection, query: Query, batch: Sequence[Asked]) -> int:
    """What came lands like any page; returns how many posts are gone."""
    name, run_id = collection.campaign.name, collection.run.run_id
    if came := [asked.sifted for asked in batch if asked.sifted is not None]:
        ledger.retrying(collection.engine, partial(landing.land, run_id=run_id, campaign_name=name, sifted=came))
    gone = [lost for asked in batch for lost in asked.gone]
    if not gone:
        return 0
    mark = partial(mark_gone, campaign_name=name, platform=query.platform, gone=gone, run_id=run_id)
    return ledger.retrying(collection.engine, mark)
