"""Who dealt with whom: replies, quotes, reposts, mentions and comments, as far as a platform shows who acted.

Also for a window before the campaign: then there are no posts of the campaign to look at, only the members' own.

Asking around each post of the campaign, on every run, for who answered, quoted and passed it on takes requests and, on
X, money. So a run asks around the posts of its window and of the week before it: that is when nearly all answers come.
What members do later is on their own timelines. A run with `--since` asks around all of them; one at the end of a
campaign brings in strangers' late answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from connectors.records import Post, Query, RawItem, Search
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps.collection import Collection, window
from flows.steps.streams.batches import batches
from warehouse import interactions, ledger, sieve, windows

ANSWERED_FOR = timedelta(days=7)
"""How long before the window a post may have been made that is still asked about."""


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
    items = _items(collection, module, search)
    for batch in batches(_sifted(collection, module, search, items, transport)):
        land = partial(interactions.land_interactions, run_id=run_id, campaign_name=campaign.name, sifted=batch)
        ledger.retrying(engine, land)
    shown_since = min(module.visible_since(search, collection.clock()), search.until) if items else search.since
    with engine.begin() as connection:
        if shown_since > search.since:
            windows.declare_gap(connection, campaign, query, search.since, shown_since, run_id)
        windows.advance(connection, campaign, query, shown_since, search.until, run_id, beyond=True)


def _sifted(
    collection: Collection, module: Connector, search: Search, items: list[RawItem], transport: Transport
) -> Iterator[interactions.SiftedActs]:
    """The query's pages, as they come, without what must not land."""
    query = search.query
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.secret)
    for page in module.fetch_interactions(search, items, transport, collection.credentials(query)):
        sifted = interactions.sift_interactions(page, module.split_interactions, guard, search.since, search.until)
        collection.progress(query.platform, f"{query.name}: {sifted.fetched} acts")
        yield sifted


def _items(collection: Collection, module: Connector, search: Search) -> list[RawItem]:
    """The campaign's posts seen at this place that are asked about; none where the window lies before the campaign."""
    if search.until <= collection.campaign.opens_at:
        return []
    held = (item for items in collection.held(search.query) for item in items)
    return list(held) if collection.since else [item for item in held if _is_young(item, module, search)]


def _is_young(item: RawItem, module: Connector, search: Search) -> bool:
    """Posts of which nobody knows how old they are count as young."""
    post = module.parse(item)
    made_at = post.created_at if isinstance(post, Post) else None
    return made_at is None or made_at >= search.since - ANSWERED_FOR
