"""The posts that we hold, asked for again: edits and new counts come in, what was taken back is marked as gone.

A post is asked for where it was seen. What came in by files alone, or is shown nowhere by its id, cannot be asked for.
"""

from __future__ import annotations

from functools import partial

from connectors.records import Again, Query
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps.collection import Collection, queries_of
from warehouse import landing, ledger, sieve
from warehouse.landing.gone import mark_gone


def queries(collection: Collection, module: Connector, platform: str) -> tuple[Query, ...]:
    """One query for each place where posts were seen."""
    found = queries_of(collection.campaign, platform, collection.members(platform))
    return tuple({query.source: query for query in reversed(found)}.values())


def read(collection: Collection, module: Connector, query: Query, transport: Transport) -> None:
    """Ask for all that was seen at this place. Raises ConnectorError and what the warehouse raises."""
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.settings.read_suppression_key())
    lost = told = 0
    for items in collection.held(query):
        for again in module.reread(items, query, transport, collection.credentials(query)):
            told += again.asked
            lost += _land(collection, module, guard, query, again)
            collection.progress(query.platform, f"{query.source}: {told} posts asked for again")
    if lost:
        transport.warn(f"{lost} posts are no longer shown at {query.source}; what they said was removed.")


def _land(collection: Collection, module: Connector, guard: sieve.Sieve, query: Query, again: Again) -> int:
    """What came lands like any page; returns how many posts are gone."""
    name, run_id = collection.campaign.name, collection.run.run_id
    if again.page is not None:
        sifted = sieve.sift(again.page, module.split, module.parse, guard, frozenset(collection.campaign.hashtags))
        ledger.retrying(collection.engine, partial(landing.land, run_id=run_id, campaign_name=name, sifted=[sifted]))
    if not again.gone:
        return 0
    mark = partial(mark_gone, campaign_name=name, platform=query.platform, gone=again.gone, run_id=run_id)
    return ledger.retrying(collection.engine, mark)
