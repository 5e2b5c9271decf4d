"""What the rules found in the last build, from core.quality_result and with each rule's sentence. In counts only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from warehouse import gate, model_checks
from warehouse.checks import Check

NEWEST = """
    select judged.run_id, judged.at, published.published_at, published.run_id is not distinct from judged.run_id
        and published.run_id is not null as is_published
    from (
        select runs.run_id, coalesce(runs.ended_at, runs.started_at) as at
        from core.run as runs
        where runs.campaign = :campaign and exists (select from core.quality_result as q where q.run_id = runs.run_id)
        order by
            runs.started_at desc, exists (select from metrics.publication as p where p.run_id = runs.run_id) desc
        limit 1
    ) as judged
    left join lateral (
        select run_id, published_at from metrics.publication
        where campaign = :campaign order by publication_id desc limit 1
    ) as published on true
"""
FOUND = """
    select suite, rule, passed, severity, failed, examined from core.quality_result
    where campaign = :campaign and run_id = :run_id
    order by passed, severity, suite, rule
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The last build that was judged, as far as it came."""

    run_id: UUID
    at: datetime
    checks: Sequence[Check]
    published_at: datetime | None
    """When the tables that everybody reads were published: by this run, or by an earlier one; None if never."""
    is_published: bool
    """Whether it was this run that published them."""


def last_judged(connection: Connection, campaign_name: str) -> Judged | None:
    """What the rules found in the campaign's newest build; None before the first one."""
    given = {"campaign": campaign_name}
    run = connection.execute(text(NEWEST), given).mappings().one_or_none()
    if run is None:
        return None
    found = connection.execute(text(FOUND), {**given, "run_id": str(run["run_id"])}).mappings()
    return Judged(checks=[Check(**row, sentence=sentence(row["suite"], row["rule"])) for row in found], **run)


def sentence(suite: str, rule: str) -> str:
    """What holds where the rule passes; of a rule that there is no more, its name."""
    entered = {(judging.name, one.name): one.sentence for judging in gate.SUITES for one in judging.rules}
    return entered.get((suite, rule)) or model_checks.sentence(rule)
