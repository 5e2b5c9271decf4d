"""What a quality rule found, in counts only. dbt's tests and the gate's expectations both speak this language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text

from warehouse.failing import Failing


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    suite: str
    rule: str
    passed: bool
    severity: Literal["critical", "warning"]
    """A critical rule that does not pass stops the publication; a warning is published with a note."""
    failed: int | None
    examined: int | None
    sentence: str
    """What holds where the rule passes, for a person."""
    failing: Failing | None = None
    """The rows that break it: for the terminal, never kept."""


def is_red(checks: Sequence[Check]) -> bool:
    """Whether something critical failed, so that nothing may be published."""
    return any(check.severity == "critical" and not check.passed for check in checks)


def record(connection: Connection, campaign_name: str, run_id: UUID, checks: Sequence[Check]) -> None:
    """Keeps the run's checks in core.quality_result; the same rule of the same run again replaces its result."""
    connection.execute(
        text("""
            insert into core.quality_result (run_id, campaign, suite, rule, severity, passed, failed, examined)
            select :run_id, :campaign, found.*
            from unnest(
                cast(:suite as text[]), cast(:rule as text[]), cast(:severity as text[]),
                cast(:passed as boolean[]), cast(:failed as bigint[]), cast(:examined as bigint[])
            ) as found (suite, rule, severity, passed, failed, examined)
            on conflict (run_id, suite, rule) do update
            set severity = excluded.severity, passed = excluded.passed,
                failed = excluded.failed, examined = excluded.examined
        """),
        {
            "run_id": str(run_id),
            "campaign": campaign_name,
            **{
                column: [getattr(check, column) for check in checks]
                for column in ("suite", "rule", "severity", "passed", "failed", "examined")
            },
        },
    )
