"""The programme's own blog, all of it: every post since a date, with the campaign's tag or without, and who wrote it.

It is read whole each time, so edits come in by themselves. What is missing in the list is asked for alone before it is
taken for gone: a list that shifts while it is read may leave out a post.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from functools import partial

from sqlalchemy import Connection

from connectors import wordpress, wordpress_blog
from connectors.bylines import PHRASES
from connectors.records import Page, Query, Search
from connectors.registry import Connector
from connectors.transport import Transport
from flows.steps.collection import Collection
from flows.steps.streams.batches import batches
from warehouse import blog, ledger, locks, sieve
from warehouse.campaign import Blog, Campaign


def queries(collection: Collection, module: Connector, platform: str) -> tuple[Query, ...]:
    """One for each blog; of what is no blog of the programme any more nothing is kept."""
    with collection.engine.begin() as connection:
        locks.wait_for_rest_to_end(connection)
        ask(connection, collection.campaign)
    return wordpress.blog_queries(collection.campaign.hashtags, _blog(collection).sites)


def ask(connection: Connection, campaign: Campaign) -> None:
    """Keep nothing but of the blogs that the campaign file names; it may name none."""
    sites = campaign.blog.sites if campaign.blog else ()
    blog.ask(connection, campaign.name, [query.source for query in wordpress.blog_queries(campaign.hashtags, sites)])


def read(collection: Collection, module: Connector, query: Query, transport: Transport) -> None:
    """Read a whole blog. Raises ConnectorError and what the warehouse raises."""
    began, campaign = collection.clock(), collection.campaign
    since = datetime.combine(_blog(collection).since, time(), campaign.zone).astimezone(UTC)
    search = Search(query=query, since=since, until=began)
    shown: set[str] = set()
    _land(collection, query, wordpress_blog.fetch(search, transport), shown)
    with collection.engine.begin() as connection:
        missing = [post_id for post_id in blog.held(connection, campaign.name, query.source) if post_id not in shown]
    lost = _ask_again(collection, query, missing, transport)
    if lost:
        transport.warn(f"{lost} posts are no longer shown at {query.source}; they count no more.")
    with collection.engine.begin() as connection:
        blog.record_read(connection, campaign.name, query.source, since, began, collection.run.run_id)


def _blog(collection: Collection) -> Blog:
    assert collection.campaign.blog is not None, "chosen_platforms refuses a campaign without a blog"
    return collection.campaign.blog


def _land(collection: Collection, query: Query, pages: Iterator[Page], shown: set[str]) -> None:
    """Each batch of pages in a transaction of its own; which posts they show is added to `shown`."""
    name, run_id = collection.campaign.name, collection.run.run_id
    for batch in batches(_sifted(collection, query, pages)):
        shown.update(*(part.ids for part in batch))
        land = partial(blog.land_blog, run_id=run_id, campaign_name=name, platform=query.platform, sifted=batch)
        ledger.retrying(collection.engine, land)


def _sifted(collection: Collection, query: Query, pages: Iterator[Page]) -> Iterator[blog.SiftedBlog]:
    """The pages, as they come, without what must not land."""
    tags, split = frozenset(collection.campaign.hashtags), partial(wordpress_blog.split, phrases=_phrases(collection))
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.secret)
    for page in pages:
        sifted = blog.sift_blog(page, split, guard, tags)
        collection.progress(query.platform, f"{query.name}: {sifted.fetched} posts")
        yield sifted


def _phrases(collection: Collection) -> tuple[str, ...]:
    return _blog(collection).byline_phrases or PHRASES


def _ask_again(collection: Collection, query: Query, missing: list[str], transport: Transport) -> int:
    """Ask for these one by one; returns how many are gone."""
    lost = 0
    for again in wordpress_blog.ask_again(missing, query, transport):
        if again.page is not None:
            _land(collection, query, iter([again.page]), set())
        for gone in again.gone:
            mark = partial(
                blog.mark_gone,
                campaign_name=collection.campaign.name,
                site=query.source,
                posts=[gone.key],
                at=gone.observed_at,
            )
            lost += ledger.retrying(collection.engine, mark)
    return lost
