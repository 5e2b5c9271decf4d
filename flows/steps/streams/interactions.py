"""Who dealt with whom: replies, quotes, reposts, mentions and comments, as far as a platform shows who acted.

Also for a window before the campaign: then there are no posts of the campaign to look at, only the members' own.
"""

from __future__ import annotations

from functools import partial

from connectors.records import Query, RawItem, Search
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps.collection import Collection, window
from warehouse import interactions, ledger, sieve, windows


def queries(collection: Collection, module: Connector, platform: str) -> tuple[Query, ...]:
    """What shows acts; what the platform hides is recorded, so that nobody takes it for silence."""
    campaign = collection.campaign
    found = module.interaction_queries(campaign.hashtags, campaign.platforms[platform], collection.members(platform))
    with collection.engine.begin() as connection:
        windows.ask(connection, campaign, platform, found, acts=True)
        interactions.record_hidden(connection, campaign.name, platform, module.HIDDEN, collection.run.run_id)
    return found


def read(collection: Collection, module: Connector, query: Query, transport: Transport) -> None:
    """Read one query's window to its end. Raises ConnectorError and what the warehouse raises."""
    engine, campaign, run_id = collection.engine, collection.campaign, collection.run.run_id
    search = window(engine, campaign, module, query, collection.clock(), collection.since, collection.until)
    if search.until <= search.since:
        return
    with engine.begin() as connection:
        guard = sieve.load(connection, collection.settings.read_suppression_key())
    items = _items(collection, search)
    for page in module.fetch_interactions(search, items, transport, collection.credentials(query)):
        sifted = interactions.sift_interactions(page, module.split_interactions, guard, search.since, search.until)
        land = partial(
            interactions.land_interactions, run_id=collection.run.run_id, campaign_name=campaign.name, sifted=[sifted]
        )
        ledger.retrying(engine, land)
        collection.progress(query.platform, f"{query.name}: {sifted.fetched} acts")
    with engine.begin() as connection:
        windows.advance(connection, campaign, query, search.since, search.until, run_id, beyond=True)


def _items(collection: Collection, search: Search) -> list[RawItem]:
    """The campaign's posts seen at this place, if the window lies not wholly before the campaign."""
    if search.until <= collection.campaign.opens_at:
        return []
    return [item for items in collection.held(search.query) for item in items]
