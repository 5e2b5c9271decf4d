"""The Prefect flow `collect`: one task per platform. The work is `flows.steps.collect`, as on the command line."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Semaphore
from typing import Annotated

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from pydantic import Field

from connectors.registry import CONNECTORS
from flows import artifacts
from flows.alive import is_part, this_run
from flows.progress import Bar
from flows.runs import collected, failure, failure_name, opening, plainly, run_name, switch_off_when_over
from flows.settings import Settings
from flows.steps import collect as steps
from flows.steps.collection import Stream
from flows.steps.results import COUNTED, PlatformResult
from flows.steps.status import status
from warehouse.campaign import Campaign

logger = logging.getLogger(__name__)

LONGEST = timedelta(hours=3, minutes=30)
"""So long a run may read: then each platform ends as it stands, and what came in has its tally. Sooner than the limit
of Prefect, which loses it."""
OF_A_DAY: dict[Stream, timedelta] = {"posts": LONGEST, "refresh": timedelta(hours=1), "blog": timedelta(minutes=30)}
"""So long each part of a `daily` may read, so that an hour of its limit is left for the build and the report."""
LOOKS_EVERY = 5.0
"""Seconds between two moments at which a run that waits for its platforms can be stopped."""
Platform = Annotated[str, Field(json_schema_extra={"enum": sorted(CONNECTORS)})]
Day = date | None


@flow(name="collect", flow_run_name=run_name, timeout_seconds=4 * 3600, persist_result=False)
def collect(
    campaign: str,
    platforms: tuple[Platform, ...] = (),
    since: Day = None,
    until: Day = None,
    stream: Stream = "posts",
) -> State:
    """Read what is new on every platform of the campaign.

    Args:
        campaign: The name of the campaign file, without `.toml`.
        platforms: Only these platforms. Choose none to read all platforms of the campaign.
        since: Read again from this day on (in the campaign's time zone). None: from where the last run ended.
        until: Read up to the end of this day. None: up to now.
        stream: posts; interactions (who dealt with whom); refresh (ask again for the posts that we hold); or
            blog (all posts of the programme's own blog).
    """
    return plainly(_collect, campaign, platforms, since, until, stream)


def _collect(campaign_name: str, platforms: Sequence[str], since: Day, until: Day, stream: Stream) -> State:
    settings, campaign = opening(campaign_name)
    longest = OF_A_DAY[stream] if is_part(this_run()) else LONGEST
    return collecting(settings, campaign, platforms, *window_of(campaign, since, until), stream=stream, longest=longest)


def window_of(campaign: Campaign, since: Day, until: Day) -> tuple[datetime | None, datetime | None]:
    """From the beginning of one day to the end of another, in the campaign's zone."""
    start = datetime.combine(since, time(), campaign.zone).astimezone(UTC) if since else None
    end = datetime.combine(until + timedelta(days=1), time(), campaign.zone).astimezone(UTC) if until else None
    return start, end


def collecting(
    settings: Settings,
    campaign: Campaign,
    platforms: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    *,
    stream: Stream = "posts",
    longest: timedelta = LONGEST,
) -> State:
    """One collection within a run of Prefect: a task for each platform, and what people see of it.

    Whatever stops it, it is closed after its platforms, each of which ends before its next request.
    """
    wanted = steps.chosen_platforms(campaign, platforms, stream)
    collection = steps.begin(settings, campaign, since, until, stream=stream, longest=longest)
    results: dict[str, PlatformResult] = {}
    futures: dict[str, PrefectFuture[State]] = {}

    def read(platform: str) -> State:
        """Read one platform and keep its result; the state is what the graph shows."""
        results[platform] = result = steps.collect_platform(collection, platform)
        bar.ended(platform)
        return platform_ending(result)

    try:
        bar = Bar(campaign, "collect" if stream == "posts" else stream, len(wanted))
        for platform in wanted:
            futures[platform] = read_platform.submit(platform, read)
        _wait(futures)
    except BaseException:
        collection.stopped.set()
        raise
    finally:
        for future in futures.values():
            future.wait()
        for platform in wanted:
            results.setdefault(platform, _without_tally(platform, futures.get(platform)))
        outcome = steps.finish(collection, results)
    artifacts.tally(campaign, outcome, stream)
    artifacts.coverage(campaign, status(settings, campaign).reads)
    switch_off_when_over(campaign)
    return collected(outcome)


def _wait(futures: Mapping[str, PrefectFuture[State]]) -> None:
    """Until each platform has ended, in such a way that it can be stopped."""
    ended = Semaphore(0)
    for future in futures.values():
        future.add_done_callback(lambda future: ended.release())
    for _ in futures:
        while not ended.acquire(timeout=LOOKS_EVERY):
            pass


@task(name="platform", task_run_name="{platform}", cache_policy=NO_CACHE, persist_result=False)
def read_platform(platform: str, read: Callable[[str], State]) -> State:
    """Read one platform. A failed one is red in the graph; its neighbours go on."""
    try:
        return read(platform)
    except Exception as error:
        logger.debug("%s ended in an error", platform, exc_info=True)
        return failure(error)


def platform_ending(result: PlatformResult) -> State:
    if result.state == "completed":
        return Completed(message=f"{result.counts['new']} new items.")
    return Failed(name=failure_name(result.state), message=result.error)


def _without_tally(platform: str, future: PrefectFuture[State] | None) -> PlatformResult:
    """A platform that ended before its tally could be read, or never began."""
    said = future.state.message if future else "It was not begun."
    return PlatformResult(
        platform=platform, state="failed", counts=dict.fromkeys(COUNTED, 0), cost=Decimal(0), error=said
    )
