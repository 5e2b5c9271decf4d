"""Collecting: one run over the platforms of a campaign, each read by itself.

A page's items, their rows and the tally are one transaction. A platform's failure leaves the others whole, and what a
failed platform had brought stays; its watermark does not move, so the next run reads the window again.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from psycopg2.errors import DiskFull
from sqlalchemy.exc import DBAPIError

from connectors.errors import ConnectorError
from connectors.records import Query
from connectors.registry import CONNECTORS, Connector, connector
from connectors.transport import Transport
from flows.errors import ConfigurationError, sentence
from flows.settings import Settings
from flows.steps import media, notify
from flows.steps.collection import PRICED, Clock, Collection, Stream, in_words, is_read
from flows.steps.results import PlatformResult, RunResult, platform_state, read_platform, run_state
from flows.steps.streams import blog, interactions, posts, refresh
from flows.steps.warehouse import now, open_warehouse, suppression_key
from warehouse import campaigns, ledger, locks
from warehouse.campaign import Campaign
from warehouse.errors import AlreadyRunning, WarehouseError

logger = logging.getLogger(__name__)

STREAMS = {"posts": posts, "interactions": interactions, "refresh": refresh, "blog": blog}
ONLY_ON: Mapping[str, str] = {"blog": "wordpress"}
"""Streams that there are on one platform only."""


def stream_of(name: str) -> Stream:
    """Raises ConfigurationError for a name that is no stream."""
    if name not in STREAMS:
        raise ConfigurationError(f"--stream {name} is unknown; it is one of {', '.join(STREAMS)}.")
    return cast(Stream, name)


def command(stream: Stream) -> str:
    """How a collection of this stream is repeated on the command line."""
    return "collect" if stream == "posts" else f"collect --stream {stream}"


def collect(
    settings: Settings,
    campaign: Campaign,
    platforms: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    stream: Stream = "posts",
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[str, str], None] = lambda platform, what: None,
) -> RunResult:
    """Run one collection of the campaign and return its tally. Raises ConfigurationError and WarehouseError."""
    wanted = chosen_platforms(campaign, platforms, stream)
    collection = begin(settings, campaign, since, until, stream=stream, clock=clock, sleep=sleep, progress=progress)
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


def chosen_platforms(campaign: Campaign, platforms: Sequence[str] | None, stream: Stream = "posts") -> list[str]:
    """The platforms to read: those asked for, else all that the campaign names and we have a connector for."""
    ready = [platform for platform in campaign.platforms if is_read(campaign, platform)]
    if stream in ONLY_ON:
        return _only_one(campaign, platforms, stream)
    for platform in platforms or ():
        if platform not in ready:
            raise ConfigurationError(
                f"The campaign {campaign.name} has no platform {platform} that can be collected; it has "
                f"{', '.join(ready) or 'none'}. "
                + (
                    f"Add a table [platforms.{platform}] to its file."
                    if platform in CONNECTORS and platform not in campaign.platforms
                    else "Its posts come in by hand: rollcall import FILE"
                )
            )
    chosen = list(dict.fromkeys(platforms or ready))
    if not chosen:
        raise ConfigurationError(f"The campaign file of {campaign.name} names no platform that can be collected.")
    return chosen


def _only_one(campaign: Campaign, platforms: Sequence[str] | None, stream: Stream) -> list[str]:
    platform = ONLY_ON[stream]
    if set(platforms or ()) - {platform}:
        raise ConfigurationError(f"--stream {stream} reads {platform} only: leave out --platform.")
    if campaign.blog is None:
        raise ConfigurationError(
            f"The campaign file of {campaign.name} names no blog of the programme: add a table [blog] to it "
            "(docs/settings.md)."
        )
    return [platform]


def refreshed_daily(campaign: Campaign) -> list[str]:
    """The platforms whose posts are asked for again each day: those where it is free, and those that the file names.

    Where a post costs money, `refresh = true` in the platform's table of the campaign file asks for it.
    """
    return [
        platform
        for platform in campaign.platforms
        if is_read(campaign, platform) and campaign.platforms[platform].get("refresh", platform not in PRICED)
    ]


def begin(
    settings: Settings,
    campaign: Campaign,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    stream: Stream = "posts",
    clock: Clock = now,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[str, str], None] = lambda platform, what: None,
    longest: timedelta | None = None,
) -> Collection:
    """Open the warehouse, enter the run in the ledger, and give what the platforms need. `longest`: it may read."""
    if since and until and since >= until:
        raise ConfigurationError(f"--since ({since}) must be before --until ({until}).")
    if stream == "blog" and (since or until):
        raise ConfigurationError("A blog is read whole, from the day in [blog] on: leave out --since and --until.")
    with notify.of_failures(settings, campaign, command(stream)):
        engine = open_warehouse(settings)
        ledger.sweep(engine)
        with engine.begin() as connection:
            campaigns.sync(connection, campaign)
        secret = suppression_key(settings, engine)
    verb = "collect" if stream == "posts" else stream
    run = ledger.begin(engine, campaign.name, verb, clock, flow_run_id=settings.flow_run_id)
    locks.only_while_held(engine, run.life)
    return Collection(
        engine=engine,
        settings=settings,
        secret=secret,
        campaign=campaign,
        run=run,
        stream=stream,
        since=since,
        until=until,
        clock=clock,
        sleep=sleep,
        progress=progress,
        ends_at=time.monotonic() + longest.total_seconds() if longest else math.inf,
    )


def finish(collection: Collection, results: Mapping[str, PlatformResult]) -> RunResult:
    """Close the run in the ledger with the state that its platforms add up to; the team is told of a bad one.

    Not of one that was stopped: whoever did that knows it, and if it was no person, the whole run is told of.
    """
    settings, campaign = collection.settings, collection.campaign
    state = run_state([result.state for result in results.values()])
    with notify.of_failures(settings, campaign, command(collection.stream)):
        collection.run.finish(state)
    collection.engine.dispose()
    outcome = RunResult(run_id=collection.run.run_id, state=state, platforms=dict(results))
    if not collection.stopped.is_set():
        notify.collection_ended(settings, campaign, outcome, command(collection.stream))
    return outcome


def collect_platform(collection: Collection, platform: str) -> PlatformResult:
    """Read all queries of one platform; never raises for what the platform or its data does."""
    transport = collection.transport(platform)
    run_id, engine, stream = collection.run.run_id, collection.engine, STREAMS[collection.stream]
    module = connector(platform)
    queries: tuple[Query, ...] = ()
    errors: list[str] = []
    refused = False
    with engine.begin() as connection:
        ledger.set_platform(connection, run_id, platform, "running")
    try:
        with locks.collecting(engine, collection.campaign.name, platform):
            queries = stream.queries(collection, module, platform)
            for query in queries:
                error = _read(collection, module, query, transport)
                if error:
                    errors.append(error)
            if media.is_wanted(collection, platform):
                media.read(collection, platform, queries, transport)
    except (ConfigurationError, WarehouseError, DBAPIError) as trouble:
        errors = [*errors, _plain(trouble)] + [""] * len(queries)
        refused = isinstance(trouble, AlreadyRunning)
    state = platform_state(len(queries), len(errors))
    warnings, to_mend = (
        tuple(in_words(collection.settings, platform, sentence) for sentence in sentences)
        for sentences in (transport.warnings, transport.to_mend)
    )
    with engine.begin() as connection:
        ledger.set_platform(
            connection,
            run_id,
            platform,
            state,
            requests=transport.requests,
            cost=transport.cost,
            error=" ".join(dict.fromkeys(filter(None, errors))) or None,
            to_mend=to_mend,
        )
        tally = read_platform(connection, run_id, platform)
    return replace(tally, warnings=warnings, refused=refused)


def _read(collection: Collection, module: Connector, query: Query, transport: Transport) -> str | None:
    """Read one query to its end; the sentence of what stopped it, or None."""
    try:
        STREAMS[collection.stream].read(collection, module, query, transport)
    except ConnectorError as error:
        told = in_words(collection.settings, query.platform, str(error))
        logger.info("%s: %s", query.name, told)
        return told
    except (ConfigurationError, WarehouseError, DBAPIError):
        raise
    except Exception as error:
        logger.exception("an error of ours while reading %s", query.name)
        return f"Reading {query.name} stopped on an error of ours ({type(error).__name__}); the log has the details."
    return None


def _plain(trouble: ConfigurationError | WarehouseError | DBAPIError) -> str:
    if not isinstance(trouble, DBAPIError):
        return str(trouble)
    if isinstance(trouble.orig, DiskFull) and (said := sentence(trouble)):
        return said
    return (
        f"The warehouse did not do what it was asked ({type(trouble.orig).__name__}); the next run goes on from here."
    )
