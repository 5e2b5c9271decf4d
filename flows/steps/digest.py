"""The digest of a daily run: put together from the warehouse, kept in counts for the next one, sent to the team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flows.settings import Settings
from flows.steps import notify
from flows.steps.results import State
from flows.steps.status import status
from reports import digest as words
from reports.digest import Digest, Part
from warehouse import digest as facts
from warehouse import ledger
from warehouse.campaign import Campaign
from warehouse.review.waiting import waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a daily run went."""

    due: date
    """The day for which it was due, in the campaign's zone; the digest is of the day before."""
    state: State
    parts: Sequence[Part]
    report: Path | None = None


def compose(
    settings: Settings, campaign: Campaign, run: ledger.Run, ending: Ending, clock: Callable[[], datetime]
) -> Digest:
    """Everything that the digest tells; its numbers are kept in the ledger."""
    stands, now = status(settings, campaign, clock=clock), clock()
    day = ending.due - timedelta(days=1)
    since, _ = facts.bounds(campaign, day)
    with run.engine.begin() as connection:
        queues = waiting(connection, campaign.name)
        made = Digest(
            campaign=campaign,
            now=now,
            audience=campaign.digest_audience,
            state=ending.state,
            parts=ending.parts,
            numbers=facts.day_in_numbers(connection, campaign, day, now),
            published=stands.published,
            before=facts.told_before(connection, campaign.name, run.run_id),
            questions=sum(queue.subjects for queue in queues),
            oldest=min((queue.oldest for queue in queues), default=None),
            gaps=stands.gaps,
            daily=stands.daily,
            died=facts.died_since(connection, campaign.name, since.astimezone(UTC)),
            expiring=stands.expiring,
            to_mend=stands.to_mend,
            budgets=stands.budgets,
            report=str(ending.report) if ending.report else None,
        )
        facts.keep_told(connection, run.run_id, words.told(made))
    return made


def send(settings: Settings, digest: Digest) -> int:
    """Send it to the team. How many addresses took it; never raises."""
    kinds: dict[str, notify.Kind] = {"completed": "info", "partial": "warning"}
    return notify.send(settings, words.subject(digest), words.as_text(digest), kinds.get(digest.state, "failure"))
