"""The day's work: collect what is new, ask again for what we hold, read the blog, build, write the team's report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from flows.steps.build import BuildResult, build
from flows.steps.collect import collect, refreshed_daily
from flows.steps.report import report
from flows.steps.results import RunResult, State, run_state
from flows.steps.warehouse import now
from warehouse.campaign import Campaign


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


def daily(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    tell: Callable[[RunResult], object] = lambda collected: None,
) -> DailyResult:
    """Collect, `tell`, ask again, read the blog, build, report.

    A platform that failed does not stop the build: what came in is in.
    """
    collected = collect(settings, campaign, clock=clock)
    tell(collected)
    refreshed = refresh(settings, campaign, clock=clock)
    blog = read_blog(settings, campaign, clock=clock)
    built = build(settings, campaign, clock=clock)
    path = report(settings, campaign)
    return DailyResult(collected=collected, refreshed=refreshed, blog=blog, built=built, report=path)


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
