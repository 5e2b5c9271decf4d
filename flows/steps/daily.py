"""The day's work: collect, build, and write the team's report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.settings import Settings
from flows.steps.build import BuildResult, build
from flows.steps.collect import collect
from flows.steps.report import report
from flows.steps.results import RunResult
from flows.steps.warehouse import now
from warehouse.campaign import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyResult:
    collected: RunResult
    built: BuildResult
    report: Path


def daily(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    tell: Callable[[RunResult], object] = lambda collected: None,
) -> DailyResult:
    """Collect, `tell`, build and report. A platform that failed does not stop the build: what came in is in."""
    collected = collect(settings, campaign, clock=clock)
    tell(collected)
    built = build(settings, campaign, clock=clock)
    return DailyResult(collected=collected, built=built, report=report(settings, campaign))
