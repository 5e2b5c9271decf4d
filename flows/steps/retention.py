"""Removing what is over its time, and telling what went: counts by rule and platform, never what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from flows.errors import sentence
from flows.settings import Settings
from flows.steps import notify, spans
from flows.steps.warehouse import now, open_warehouse, turn_to_build
from warehouse import campaigns, ledger, locks, retention
from warehouse.campaign import Campaign
from warehouse.forget import refuse_while_others_run
from warehouse.retention import Removed

WHAT = {
    "bytes": "posts as their platforms sent them",
    "words": "titles and texts",
    "posts": "rows of posts, of who made them, and of published tables about them",
    "terms": "bytes, counts and names that the platform wants refreshed within 30 days, and nobody refreshed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionResult:
    removed: Sequence[Removed]
    coming: dict[str, datetime]
    """Rule -> when its time comes, of those that is still to come."""
    sentences: Sequence[str]
    dry_run: bool

    def as_json(self) -> dict[str, Any]:
        return {"dry_run": self.dry_run, "removed": [asdict(one) for one in self.removed], "coming": self.coming}


def retain(
    settings: Settings, campaign: Campaign, *, dry_run: bool = False, clock: Callable[[], datetime] = now
) -> RetentionResult:
    """Remove what is over its time, all of it or nothing; `dry_run` only tells. Raises WarehouseError."""
    engine, at = open_warehouse(settings), clock()
    try:
        with engine.begin() as connection:
            campaigns.sync(connection, campaign)
        removed = _looked(engine, settings, campaign, at) if dry_run else _removed(engine, settings, campaign, clock)
        with engine.connect() as connection:
            coming = {rule: due for rule, due in retention.due_at(connection, campaign).items() if due > at}
        if removed and not dry_run:
            _vacuum(engine)
    finally:
        engine.dispose()
    result = RetentionResult(
        removed=removed, coming=coming, sentences=_sentences(campaign, removed, coming, dry_run), dry_run=dry_run
    )
    if removed and not dry_run:
        notify.send(settings, f"{campaign.title}: removed what is over its time", "\n".join(result.sentences))
    return result


def _looked(engine: Engine, settings: Settings, campaign: Campaign, at: datetime) -> Sequence[Removed]:
    """The same work, undone at once: so the counts are those that it would tell. Not while somebody builds."""
    with turn_to_build(settings, engine), engine.connect() as connection, connection.begin() as transaction:
        found = retention.remove(connection, campaign, uuid4(), at)
        transaction.rollback()
    return found


def _removed(
    engine: Engine, settings: Settings, campaign: Campaign, clock: Callable[[], datetime]
) -> Sequence[Removed]:
    ledger.sweep(engine)
    with (
        _run(engine, settings, campaign, clock) as run_id,
        turn_to_build(settings, engine),
        locks.at_rest(engine),
        engine.begin() as connection,
    ):
        refuse_while_others_run(connection, str(run_id), campaign.name)
        return retention.remove(connection, campaign, run_id, clock())


@contextmanager
def _run(engine: Engine, settings: Settings, campaign: Campaign, clock: Callable[[], datetime]) -> Iterator[UUID]:
    run = ledger.begin(engine, campaign.name, "retention", clock, flow_run_id=settings.flow_run_id)
    try:
        yield run.run_id
    except BaseException as error:
        run.finish("failed", sentence(error) or type(error).__name__)
        raise
    run.finish("completed")


def _vacuum(engine: Engine) -> None:
    """What was deleted leaves PostgreSQL's files, and its statistics, which hold frequent values."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))


def _sentences(
    campaign: Campaign, removed: Sequence[Removed], coming: dict[str, datetime], dry_run: bool
) -> Sequence[str]:
    """What went, rule by rule, and what goes next."""
    said = []
    for rule, what in WHAT.items():
        rows = {one.platform: one.rows for one in removed if one.rule == rule}
        if rows:
            verb = "would be removed" if dry_run else "were removed"
            by_platform = ", ".join(f"{platform} {number}" for platform, number in rows.items())
            said.append(f"{sum(rows.values())} rows {verb} ({by_platform}): {what}.")
    if not removed:
        said.append("Nothing is over its time.")
    if any(one.rule == "words" for one in removed):
        said.append(
            "What is published stays as it is; a new build would count otherwise, as copies are told by their words."
        )
    if coming:
        rule, due = min(coming.items(), key=lambda one: one[1])
        said.append(f"Next, on {spans.day(due.astimezone(campaign.zone).date())}: {WHAT[rule]}.")
    return said
