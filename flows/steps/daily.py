"""The day's work: collect what is new, ask again for what we hold, read the blog, build, write the team's report.

The ledger keeps it as a run of the verb `daily`, for the day on which it was due. However it ends, the team gets one
digest and the heartbeat is told.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from flows.errors import sentence
from flows.settings import Settings
from flows.steps import digest as digests
from flows.steps import heartbeat, notify
from flows.steps.build import BuildResult, build
from flows.steps.collect import collect, refreshed_daily
from flows.steps.digest import Ending
from flows.steps.report import report
from flows.steps.results import PlatformResult, RunResult, State, run_state
from flows.steps.warehouse import now, open_warehouse
from reports.digest import Digest, Part
from warehouse import campaigns, ledger
from warehouse.campaign import Campaign

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyResult:
    collected: RunResult
    refreshed: RunResult | None
    """The posts asked for again; None if no platform of the campaign is asked for them each day."""
    blog: RunResult | None = None
    """The programme's own blog; None if the campaign file names none."""
    built: BuildResult
    report: Path

    @property
    def state(self) -> State:
        """How reading went; a red gate is an error of its own."""
        return run_state([run.state for run in (self.collected, self.refreshed, self.blog) if run])


@dataclass(slots=True)
class Day:
    """A daily run under way: what it has done so far."""

    due: date
    """The day for which it is, in the campaign's zone."""
    show: Callable[[Digest], object] = lambda digest: None
    parts: list[Part] = field(default_factory=list)
    report: Path | None = None

    def did(self, name: str, state: str, said: str | None = None) -> None:
        self.parts.append(Part(name=name, state=state, said=said))

    @property
    def state(self) -> State:
        """Nothing is good that was not built; without all platforms it is a part."""
        if not self.parts or any(part.name == "build" and part.state != "completed" for part in self.parts):
            return "failed"
        return run_state([part.state for part in self.parts if part.name not in ("build", "report")])


@contextmanager
def day_under_way(
    settings: Settings,
    campaign: Campaign,
    *,
    due: date | None = None,
    clock: Callable[[], datetime] = now,
    show: Callable[[Digest], object] = lambda digest: None,
) -> Iterator[Day]:
    """Keep the day's run in the ledger; when it is over, well or not, tell the team and the heartbeat.

    `show`: what else is done with the digest. Whoever stops a run knows it, so nobody is told; if it was no person, the
    heartbeat stays out and its alarm goes off.
    """
    day, well = Day(due=due or clock().astimezone(campaign.zone).date(), show=show), False
    try:
        with _in_ledger(settings, campaign, day, clock) as run:
            try:
                yield day
            except Exception as error:
                _failed(settings, campaign, run, day, error, clock)
                raise
            else:
                run.finish(day.state, _said(day))
                _tell(settings, campaign, run, day, day.state, clock)
                well = day.state == "completed"
    except Exception:
        heartbeat.beat(settings, campaign, well=False)
        raise
    else:
        heartbeat.beat(settings, campaign, well=well)


@contextmanager
def _in_ledger(settings: Settings, campaign: Campaign, day: Day, clock: Callable[[], datetime]) -> Iterator[ledger.Run]:
    """The run's row, open; one that is stopped from outside is closed here."""
    with notify.of_failures(settings, campaign, "daily"):
        engine = open_warehouse(settings)
        ledger.sweep(engine)
        with engine.begin() as connection:
            campaigns.sync(connection, campaign)
    run = ledger.begin(engine, campaign.name, "daily", clock, day=day.due, flow_run_id=settings.flow_run_id)
    try:
        yield run
    except Exception:
        raise
    except BaseException as error:
        run.finish("failed", sentence(error) or type(error).__name__)
        raise
    finally:
        engine.dispose()


def daily(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
    tell: Callable[[RunResult], object] = lambda collected: None,
) -> DailyResult:
    """Collect, `tell`, ask again, read the blog, build, report, and send the digest.

    A platform that failed does not stop the build: what came in is in.
    """
    with day_under_way(settings, campaign, clock=clock) as day:
        collected = collect(settings, campaign, clock=clock, sleep=sleep)
        read("collect", collected, day)
        tell(collected)
        refreshed = refresh(settings, campaign, clock=clock, sleep=sleep)
        read("collect --stream refresh", refreshed, day)
        blog = read_blog(settings, campaign, clock=clock, sleep=sleep)
        read("collect --stream blog", blog, day)
        built = build(settings, campaign, clock=clock, waits=True)
        day.did("build", "completed")
        day.report = report(settings, campaign)
    return DailyResult(collected=collected, refreshed=refreshed, blog=blog, built=built, report=day.report)


def read(name: str, result: RunResult | None, day: Day) -> None:
    """Note how a collection of the day went."""
    if result:
        day.did(name, result.state, _troubles(result.platforms.values()))


def refresh(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
) -> RunResult | None:
    """Ask again for the posts that we hold, where that is done each day. Edits and deletions follow within a day."""
    platforms = refreshed_daily(campaign)
    return collect(settings, campaign, platforms, stream="refresh", clock=clock, sleep=sleep) if platforms else None


def read_blog(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
) -> RunResult | None:
    """Read the programme's own blog, if the campaign file names one. It costs a request for each hundred posts."""
    return collect(settings, campaign, stream="blog", clock=clock, sleep=sleep) if campaign.blog else None


def _failed(
    settings: Settings,
    campaign: Campaign,
    run: ledger.Run,
    day: Day,
    error: Exception,
    clock: Callable[[], datetime],
) -> None:
    """Close a run that an error ended; that the digest cannot be made then must not hide the error."""
    said = sentence(error) or f"It stopped on an error of ours ({type(error).__name__})."
    day.did("daily", "failed", said)
    try:
        run.finish("failed", said)
        _tell(settings, campaign, run, day, "failed", clock)
        error.add_note(notify.TOLD)
    except Exception:
        logger.warning("The day's digest could not be made.", exc_info=True)


def _tell(
    settings: Settings,
    campaign: Campaign,
    run: ledger.Run,
    day: Day,
    state: State,
    clock: Callable[[], datetime],
) -> None:
    ending = Ending(due=day.due, state=state, parts=day.parts, report=day.report)
    made = digests.compose(settings, campaign, run, ending, clock)
    digests.send(settings, made)
    day.show(made)


def _said(day: Day) -> str | None:
    """What stopped its parts; None if nothing did."""
    return " ".join(part.said for part in day.parts if part.said and part.state != "completed") or None


def _troubles(platforms: Iterable[PlatformResult]) -> str | None:
    """A sentence or more for each platform that did not get through."""
    stopped = [platform for platform in platforms if platform.state != "completed"]
    said = (f"{platform.platform}: {platform.error or 'did not get through.'}" for platform in stopped)
    return " ".join(said) or None
