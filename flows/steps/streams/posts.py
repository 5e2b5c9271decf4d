"""The posts of a campaign: each query's window, read page by page; its watermark moves when it was read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from connectors.records import Query, Search
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps import spans
from flows.steps.collection import HOUR, Collection, queries_of, window
from flows.steps.streams.batches import batches
from warehouse import landing, ledger, sieve, windows
from warehouse.campaign import Campaign


def queries(collection: Collection, module: Connector, platform: str) -> tuple[Query, ...]:
    """What is asked of the platform, also entered as asked. Raises ConfigurationError if that is nothing."""
    campaign = collection.campaign
    found = queries_of(campaign, platform, collection.members(platform))
    with collection.engine.begin() as connection:
        windows.ask(connection, campaign, platform, found)
    return found


def read(collection: Collection, module: Connector, query: Query, transport: Transport) -> None:
    """Read one query's window to its end. Raises ConnectorError and what the warehouse raises."""
    now = collection.clock()
    search = window(collection.engine, collection.campaign, module, query, now, collection.since, collection.until)
    visible_since = module.visible_since(search, now)
    _tell_what_is_not_read(collection.campaign, search, visible_since, transport)
    if visible_since < search.until:
        _land_pages(collection, module, replace(search, since=max(search.since, visible_since)), transport)
    _close_window(collection, search, min(visible_since, search.until))


def _tell_what_is_not_read(campaign: Campaign, search: Search, visible_since: datetime, transport: Transport) -> None:
    if search.until <= search.since:
        transport.warn(f"There is nothing to read yet, nothing was asked; the campaign begins on {campaign.starts_on}.")
    elif visible_since > search.since:
        end = min(visible_since, search.until)
        transport.warn(
            f"{spans.days(campaign, search.since, end)} ({(end - search.since) // HOUR} hours) lie further back than "
            f"{search.query.platform} shows: a gap, which only files can fill."
        )


def _land_pages(collection: Collection, module: Connector, search: Search, transport: Transport) -> None:
    """Each batch of pages in a transaction of its own."""
    run_id, campaign = collection.run.run_id, collection.campaign
    for batch in batches(_sifted(collection, module, search, transport)):
        land = partial(landing.land, run_id=run_id, campaign_name=campaign.name, sifted=batch)
        ledger.retrying(collection.engine, land)


def _sifted(collection: Collection, module: Connector, search: Search, transport: Transport) -> Iterator[sieve.Sifted]:
    """The query's pages, as they come, without what must not land."""
    query, tags = search.query, frozenset(collection.campaign.hashtags)
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.secret)
    for page in module.fetch(search, transport, collection.credentials(query)):
        sifted = sieve.sift(page, module.split, module.parse, guard, tags)
        collection.progress(query.platform, f"{query.name}: {sifted.fetched} items")
        yield sifted


def _close_window(collection: Collection, search: Search, visible_since: datetime) -> None:
    """The window was read to its end: its hours are complete, and what the platform no longer shows is a gap."""
    run_id, campaign, query = collection.run.run_id, collection.campaign, search.query
    with collection.engine.begin() as connection:
        if visible_since > search.since:
            windows.declare_gap(connection, campaign, query, search.since, visible_since, run_id)
        windows.advance(connection, campaign, query, max(search.since, visible_since), search.until, run_id)
