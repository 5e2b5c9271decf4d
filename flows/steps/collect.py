"""Collecting: read each platform's window page by page, land it, and move the watermark when the window is read.

A page's items, their rows and the tally are one transaction. A platform's failure leaves the others whole, and what a
failed platform had brought stays; its watermark does not move, so the next run reads the window again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from connectors.errors import ConnectorError
from connectors.records import Query, Search
from connectors.registry import CONNECTORS, Connector, connector
from connectors.transport import Transport
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.results import PlatformResult, RunResult, platform_state, read_platform, run_state
from flows.steps.warehouse import now, open_warehouse
from warehouse import campaigns, landing, ledger, locks, sieve, windows
from warehouse.campaign import Campaign
from warehouse.errors import WarehouseError

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One run of `collect`: what every platform of it shares."""

    engine: Engine
    settings: Settings
    campaign: Campaign
    run: ledger.Run
    since: datetime | None = None
    until: datetime | None = None
    clock: Clock = now
    sleep: Callable[[float], None] = time.sleep
    progress: Callable[[str, str], None] = field(default=lambda platform, what: None)


def collect(
    settings: Settings,
    campaign: Campaign,
    platforms: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[str, str], None] = lambda platform, what: None,
) -> RunResult:
    """Run one collection of the campaign and return its tally. Raises ConfigurationError and WarehouseError."""
    wanted = chosen_platforms(campaign, platforms)
    collection = begin(settings, campaign, since, until, clock=clock, sleep=sleep, progress=progress)
    results: dict[str, PlatformResult] = {}
    try:
        with _threads(len(wanted)) as pool:
            for result in pool.map(lambda platform: collect_platform(collection, platform), wanted):
                results[result.platform] = result
    finally:
        outcome = finish(collection, results)
    return outcome


@contextmanager
def _threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that are all waited for, unless somebody presses Ctrl-C: a platform may let us wait for half an hour."""
    pool = ThreadPoolExecutor(max_workers=number)
    waits = True
    try:
        yield pool
    except KeyboardInterrupt:
        waits = False
        raise
    finally:
        pool.shutdown(wait=waits, cancel_futures=not waits)


def chosen_platforms(campaign: Campaign, platforms: Sequence[str] | None) -> list[str]:
    """The platforms to read: those asked for, else all that the campaign names and we have a connector for."""
    ready = [platform for platform in campaign.platforms if platform in CONNECTORS]
    for platform in platforms or ():
        if platform not in ready:
            raise ConfigurationError(
                f"The campaign {campaign.name} has no platform {platform} that can be collected; it has "
                f"{', '.join(ready) or 'none'}. "
                + (
                    f"Add a table [platforms.{platform}] to its file."
                    if platform in CONNECTORS
                    else "Posts of other platforms come in by hand: rollcall import FILE"
                )
            )
    chosen = list(dict.fromkeys(platforms or ready))
    if not chosen:
        raise ConfigurationError(f"The campaign file of {campaign.name} names no platform that can be collected.")
    return chosen


def begin(
    settings: Settings,
    campaign: Campaign,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[str, str], None] = lambda platform, what: None,
) -> Collection:
    """Open the warehouse, enter the run in the ledger, and give what the platforms need."""
    if since and until and since >= until:
        raise ConfigurationError(f"--since ({since}) must be before --until ({until}).")
    engine = open_warehouse(settings)
    ledger.sweep(engine)
    with engine.begin() as connection:
        campaigns.sync(connection, campaign)
    run = ledger.begin(engine, campaign.name, "collect", clock)
    return Collection(
        engine=engine,
        settings=settings,
        campaign=campaign,
        run=run,
        since=since,
        until=until,
        clock=clock,
        sleep=sleep,
        progress=progress,
    )


def finish(collection: Collection, results: Mapping[str, PlatformResult]) -> RunResult:
    """Close the run in the ledger with the state that its platforms add up to."""
    state = run_state([result.state for result in results.values()])
    collection.run.finish(state)
    collection.engine.dispose()
    return RunResult(run_id=collection.run.run_id, state=state, platforms=dict(results))


def collect_platform(collection: Collection, platform: str) -> PlatformResult:
    """Read all queries of one platform; never raises for what the platform or its data does."""
    transport = Transport(
        user_agent=user_agent(collection.campaign),
        patience=collection.settings.patience,
        clock=collection.clock,
        sleep=collection.sleep,
    )
    run_id, engine = collection.run.run_id, collection.engine
    module = connector(platform)
    queries: tuple[Query, ...] = ()
    errors: list[str] = []
    with engine.begin() as connection:
        ledger.set_platform(connection, run_id, platform, "running")
    try:
        with locks.collecting(engine, collection.campaign.name, platform):
            queries = queries_of(collection.campaign, platform)
            with engine.begin() as connection:
                windows.ask(connection, collection.campaign, platform, queries)
            for query in queries:
                error = _collect_query(collection, module, query, transport)
                if error:
                    errors.append(error)
    except (ConfigurationError, WarehouseError, DBAPIError) as trouble:
        errors = [*errors, _plain(trouble)] + [""] * len(queries)
    state = platform_state(len(queries), len(errors))
    with engine.begin() as connection:
        ledger.set_platform(
            connection,
            run_id,
            platform,
            state,
            requests=transport.requests,
            cost=transport.cost,
            error=" ".join(filter(None, errors)) or None,
        )
        return replace(read_platform(connection, run_id, platform), warnings=tuple(transport.warnings))


def queries_of(campaign: Campaign, platform: str) -> tuple[Query, ...]:
    """What is asked of the platform. Raises ConfigurationError if that is nothing: silence would look like no posts."""
    queries = connector(platform).queries(campaign.hashtags, campaign.platforms[platform])
    if not queries:
        raise ConfigurationError(
            f"The table [platforms.{platform}] of the campaign {campaign.name} does not say where to read: name its "
            "servers there (docs/settings.md), or take the table out."
        )
    return queries


def _collect_query(collection: Collection, module: Connector, query: Query, transport: Transport) -> str | None:
    """Read one query's window to its end; the sentence of what stopped it, or None."""
    try:
        search = _window(collection, module, query)
        visible_since = module.visible_since(search, collection.clock())
        _tell_what_is_not_read(collection.campaign, search, visible_since, transport)
        if visible_since < search.until:
            _read(collection, module, replace(search, since=max(search.since, visible_since)), transport)
        _close_window(collection, search, min(visible_since, search.until))
    except ConnectorError as error:
        logger.info("%s: %s", query.name, error)
        return str(error)
    except (WarehouseError, DBAPIError):
        raise
    except Exception as error:
        logger.exception("an error of ours while reading %s", query.name)
        return f"Reading {query.name} stopped on an error of ours ({type(error).__name__}); the log has the details."
    return None


def _tell_what_is_not_read(campaign: Campaign, search: Search, visible_since: datetime, transport: Transport) -> None:
    if search.until <= search.since:
        transport.warn(f"There is nothing to read yet, nothing was asked; the campaign begins on {campaign.starts_on}.")
    elif visible_since > search.since:
        hours = (min(visible_since, search.until) - search.since) // HOUR
        transport.warn(f"{hours} hours lie further back than {search.query.platform} shows; they are marked as a gap.")


def _window(collection: Collection, module: Connector, query: Query) -> Search:
    """From what was asked for, else from a lookback before the watermark; up to what was asked for, at most to now."""
    campaign, now_ = collection.campaign, collection.clock()
    since = collection.since
    if since is None:
        with collection.engine.begin() as connection:
            since = windows.next_since(connection, campaign, query, module.LOOKBACK, now_)
    until = min(collection.until or campaign.closes_at, now_)
    return Search(query=query, since=since, until=max(since, until))


def _read(collection: Collection, module: Connector, search: Search, transport: Transport) -> None:
    """Land a window page by page, each in a transaction of its own."""
    query, run_id, campaign = search.query, collection.run.run_id, collection.campaign
    with collection.engine.begin() as connection:
        guard = sieve.load(connection, collection.settings.read_suppression_key())
    for page in module.fetch(search, transport, credentials(collection.settings, campaign, query)):
        sifted = sieve.sift(page, module.split, module.parse, guard, frozenset(campaign.hashtags))
        ledger.retrying(collection.engine, partial(_land, run_id=run_id, campaign=campaign.name, sifted=sifted))
        collection.progress(query.platform, f"{query.name}: {sifted.fetched} items")


def _land(connection: Connection, run_id: UUID, campaign: str, sifted: sieve.Sifted) -> landing.Tally:
    return landing.land(connection, run_id, campaign, [sifted])


def _close_window(collection: Collection, search: Search, visible_since: datetime) -> None:
    """The window was read to its end: its hours are complete, and what the platform no longer shows is a gap."""
    run_id, campaign, query = collection.run.run_id, collection.campaign, search.query
    with collection.engine.begin() as connection:
        if visible_since > search.since:
            windows.declare_gap(connection, campaign, query, search.since, visible_since, run_id)
        windows.advance(connection, campaign, query, max(search.since, visible_since), search.until, run_id)


def credentials(settings: Settings, campaign: Campaign, query: Query) -> Mapping[str, str]:
    """The platform's secrets, if they are meant for this query's server.

    A Mastodon token belongs to one instance: `token_instance` in the campaign file, else the first one listed.
    """
    given = settings.credentials.get(query.platform, {})
    options: Mapping[str, Any] = campaign.platforms[query.platform]
    if query.platform == "mastodon" and given:
        first = next(iter(options.get("instances", ())), "")
        home = options.get("token_instance") or (first["url"] if isinstance(first, Mapping) else first)
        return given if str(home).rstrip("/") == query.base_url.rstrip("/") else {}
    return given


def user_agent(campaign: Campaign) -> str:
    """Who asks, and how to reach them."""
    return f"rollcall/0.1 ({campaign.contact or 'no contact given'})"


def _plain(trouble: ConfigurationError | WarehouseError | DBAPIError) -> str:
    if not isinstance(trouble, DBAPIError):
        return str(trouble)
    return (
        f"The warehouse did not do what it was asked ({type(trouble.orig).__name__}); the next run goes on from here."
    )
