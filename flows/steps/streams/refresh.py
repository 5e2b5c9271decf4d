"""The posts that we hold, asked for again: edits and new counts come in, what was taken back is marked as gone.

A post is asked for where it was seen. What came in by files alone, or is shown nowhere by its id, cannot be asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from connectors.records import Gone, Query
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps.collection import Collection, queries_of
from flows.steps.streams.batches import batches
from warehouse import landing, ledger, sieve
from warehouse.landing.gone import mark_gone


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
    """Ask for all that was seen at this place. Raises ConnectorError and what the warehouse raises."""
    lost = sum(_land(collection, query, batch) for batch in batches(_asked(collection, module, query, transport)))
    if lost:
        transport.warn(f"{lost} posts are no longer shown at {query.source}; what they said was removed.")


def _asked(collection: Collection, module: Connector, query: Query, transport: Transport) -> Iterator[Asked]:
    """The answers, as they come, without what must not land."""
    told, tags = 0, frozenset(collection.campaign.hashtags)
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.settings.read_suppression_key())
    for items in collection.held(query):
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
