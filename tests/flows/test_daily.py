"""The day's run says the same of itself in Prefect and on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from prefect.states import Completed, Failed

from flows.daily import red
from flows.runs import collected
from flows.steps.build import BuildResult
from flows.steps.daily import DailyResult
from flows.steps.results import RunResult, State

NAMES = {"partial": "Partial", "failed": None}
BUILT = cast(BuildResult, None)


def ended(state: State) -> RunResult:
    return RunResult(run_id=uuid4(), state=state, platforms={})


@pytest.mark.parametrize(
    ("reading", "again", "day"),
    [
        ("completed", "failed", "partial"),
        ("failed", "completed", "partial"),
        ("partial", "completed", "partial"),
        ("failed", "failed", "failed"),
        ("failed", None, "failed"),
        ("partial", None, "partial"),
    ],
)
def test_a_day_is_called_by_how_all_reading_went(reading: State, again: State | None, day: State) -> None:
    """A day on which something came in is partial, whichever of its two readings failed."""
    runs = ended(reading), ended(again) if again else None
    result = DailyResult(collected=runs[0], refreshed=runs[1], built=BUILT, report=Path())
    assert result.state == day
    assert red(Completed(), collected(runs[0]), collected(runs[1]) if runs[1] else None) == NAMES[day]


def test_a_red_gate_is_told_before_all_else() -> None:
    assert red(Failed(name="Gate red"), collected(ended("partial")), None) == "Gate red"
