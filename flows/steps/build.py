"""Building: match and day, the gate on what entered, dbt, the gate on what it made, and publishing in one step.

Red means that nothing new is published: the last good tables stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from flows.errors import sentence
from flows.settings import Settings, silence_telemetry
from flows.steps import notify
from flows.steps.report import note_checks
from flows.steps.streams import blog
from flows.steps.warehouse import now, open_warehouse, turn_to_build, warehouse_url
from warehouse import campaigns, days, gate, ledger, locks, publish, retention, transform
from warehouse.campaign import Campaign
from warehouse.checks import Check
from warehouse.errors import GateRed
from warehouse.people import matching
from warehouse.review.refresh import refresh

logger = logging.getLogger(__name__)

HEADLINE = ("unique_posts", "members", "fellows", "countries", "provisional", "open_reviews")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    run_id: UUID
    state: str
    published: int
    """The publication's id."""
    as_of: datetime
    headline: dict[str, Any]
    checks: Sequence[Check]

    def as_json(self) -> dict[str, Any]:
        return {
            "run_id": str(self.run_id),
            "state": self.state,
            "published": True,
            "publication_id": self.published,
            "as_of": self.as_of.isoformat(),
            "headline": self.headline,
            "checks": summary(self.checks),
        }


def build(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    progress: Callable[[str], None] = lambda stage: None,
    anyway: bool = False,
    waits: bool = False,
) -> BuildResult:
    """Build and publish the campaign's tables as of now. Raises GateRed (nothing published) and WarehouseError.

    The team is told of both at once. `anyway`: also where words that builds count by are gone (`warehouse.retention`).
    `waits`: for its turn while somebody else builds, as runs of Prefect do.
    """
    silence_telemetry()
    with notify.of_failures(settings, campaign, "build"):
        return _run(settings, campaign, clock, progress, anyway=anyway, waits=waits)


def _run(
    settings: Settings,
    campaign: Campaign,
    clock: Callable[[], datetime],
    progress: Callable[[str], None],
    *,
    anyway: bool,
    waits: bool,
) -> BuildResult:
    engine = open_warehouse(settings)
    ledger.sweep(engine)
    run = ledger.begin(engine, campaign.name, "build", clock, flow_run_id=settings.flow_run_id)
    try:
        with turn_to_build(settings, engine, waits=waits), locks.at_rest(engine):
            _look_for_words(engine, campaign, clock(), anyway=anyway)
            result = _build(settings, engine, campaign, run.run_id, clock(), progress)
    except BaseException as error:
        try:
            run.finish("failed", sentence(error) or type(error).__name__)
        finally:
            note_checks(settings, campaign, engine, after=error)
        raise
    else:
        run.finish("completed")
        note_checks(settings, campaign, engine)
        return result
    finally:
        engine.dispose()


def _look_for_words(engine: Engine, campaign: Campaign, at: datetime, *, anyway: bool) -> None:
    """Raises WordsRemoved where the rules of retention took what the last build counted by."""
    with engine.connect() as connection:
        if gone := retention.refuse_build(connection, campaign, at, anyway=anyway):
            logger.warning("%s", gone)


def _build(
    settings: Settings,
    engine: Engine,
    campaign: Campaign,
    run_id: UUID,
    as_of: datetime,
    progress: Callable[[str], None],
) -> BuildResult:
    progress("matching people, reading days")
    with engine.begin() as connection:
        campaigns.sync(connection, campaign)
        blog.ask(connection, campaign)
        matching.learn_owners(connection, campaign.name, as_of)
        days.refresh(connection, campaign)
    progress("judging what came in")
    checks = list(gate.judge(engine, campaign.name, run_id))
    stop_if_red(checks, last_published(engine, campaign.name))
    progress("building the tables")
    checks += transform.transform(warehouse_url(settings), campaign.name, run_id, as_of, settings.home / "dbt")
    stop_if_red(checks, last_published(engine, campaign.name))
    with engine.begin() as connection:
        refresh(connection, campaign.name, as_of)
    progress("publishing")
    published = publish.publish(engine, campaign.name, run_id, as_of)
    return BuildResult(
        run_id=run_id,
        state="completed",
        published=published,
        as_of=as_of,
        headline=headline(engine, campaign.name),
        checks=checks,
    )


def stop_if_red(checks: Sequence[Check], published_at: datetime | None) -> None:
    """Raise GateRed, naming the rules and since when the tables stay, if a critical check failed."""
    red = [check for check in checks if check.severity == "critical" and not check.passed]
    if red:
        rules = " ".join(broken(check) for check in red[:5])
        more = f" And {len(red) - 5} more." if len(red) > 5 else ""
        since = f", published {published_at:%Y-%m-%d %H:%M} UTC" if published_at else ""
        stays = f"The quality gate is red, nothing new was published, the last good tables stay{since}."
        raise GateRed(f"{stays} {rules}{more}", summary(checks), checks)


def broken(check: Check) -> str:
    """A failed check as a sentence: what should hold, and how often it does not."""
    often = f" ({check.failed} of {check.examined} do not)" if check.failed and check.examined else ""
    return f"This should hold: {check.sentence.rstrip('.')}{often}."


def failing(checks: Sequence[Check]) -> list[str]:
    """For each failed check that knows its rows: the first of them by their keys, and how to see all. Not for logs."""
    return [
        f"{check.suite}/{check.rule}: {'; '.join(check.failing.named)}. All: {check.failing.sql}"
        for check in sorted(checks, key=lambda check: check.severity)
        if check.failing and not check.passed
    ]


def headline(engine: Engine, campaign_name: str) -> dict[str, Any]:
    """The published headline, as plain values; empty if nothing was published yet."""
    with engine.connect() as connection:
        row = connection.execute(
            text(f"select {', '.join(HEADLINE)} from metrics.metric_headline where campaign = :campaign"),
            {"campaign": campaign_name},
        ).one_or_none()
    return {name: _plain(value) for name, value in row._mapping.items()} if row else {}


def last_published(engine: Engine, campaign_name: str) -> datetime | None:
    """When the tables that everybody reads were published; None if never."""
    newest = text("select max(published_at) from metrics.publication where campaign = :campaign")
    with engine.connect() as connection:
        found: datetime | None = connection.execute(newest, {"campaign": campaign_name}).scalar_one()
    return found


def summary(checks: Sequence[Check]) -> dict[str, int]:
    failed = [check for check in checks if not check.passed]
    return {
        "passed": len(checks) - len(failed),
        "failed": sum(check.severity == "critical" for check in failed),
        "warned": sum(check.severity != "critical" for check in failed),
    }


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
