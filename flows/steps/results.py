"""What a run comes to: the shapes behind `--json` and behind what people see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

State = Literal["completed", "partial", "failed"]
COUNTED = (
    "requests",
    "fetched",
    "new",
    "updated",
    "unchanged",
    "duplicate",
    "out_of_scope",
    "suppressed",
    "not_public",
    "quarantined",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformResult:
    platform: str
    state: State
    counts: dict[str, int]
    """By the names in COUNTED."""
    cost: Decimal
    """US dollars."""
    error: str | None = None
    warnings: tuple[str, ...] = ()
    """What was odd and was read all the same."""
    refused: bool = False
    """It was not begun, because another run reads the platform."""

    def as_json(self) -> dict[str, Any]:
        said = {"error": self.error, "warnings": list(self.warnings)}
        return {"state": self.state, **self.counts, **said, "cost": float(self.cost)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    run_id: UUID
    state: State
    platforms: dict[str, PlatformResult]

    def as_json(self) -> dict[str, Any]:
        platforms = {name: result.as_json() for name, result in self.platforms.items()}
        return {"run_id": str(self.run_id), "state": self.state, "platforms": platforms}


def platform_state(queries: int, failures: int) -> State:
    """A platform is as good as its queries: all read, some, or none."""
    if failures == 0:
        return "completed"
    return "partial" if failures < queries else "failed"


def run_state(states: Sequence[str]) -> State:
    """A run is as good as its platforms; one without any has failed."""
    if states and all(state == "completed" for state in states):
        return "completed"
    return "partial" if any(state != "failed" for state in states) else "failed"


def read_platform(connection: Connection, run_id: UUID, platform: str) -> PlatformResult:
    """The tally of one platform as the warehouse holds it."""
    row = connection.execute(
        text("select * from core.run_platform where run_id = :run and platform = :platform"),
        {"run": run_id, "platform": platform},
    ).one()
    return PlatformResult(
        platform=platform,
        state=row.state,
        counts={name: getattr(row, name) for name in COUNTED},
        cost=row.cost,
        error=row.error,
    )
