"""The day's run says the same of itself in Prefect and on the command line, and tells people however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prefect.states import Completed, Failed
from sqlalchemy import Engine, text

from flows.daily import red
from flows.runs import collected
from flows.settings import Settings
from flows.steps import notify
from flows.steps.build import BuildResult
from flows.steps.daily import DailyResult, day_under_way
from flows.steps.results import RunResult, State
from reports.digest import Digest, as_text
from reports.errors import CannotWrite
from tests.flows.receiver import Receiver, receiving
from tests.flows.switch import switch
from warehouse.campaign import Campaign
from warehouse.errors import DatabaseUnavailable

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the plug-ins that apprise imports
ISLES = Campaign(
    name="isles",
    title="#Isles7",
    hashtags=("isles7",),
    starts_on=date(2026, 3, 2),
    ends_on=date(2026, 3, 8),
    zone=ZoneInfo("Europe/London"),
)
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


@dataclass(frozen=True, kw_only=True)
class Told:
    settings: Settings
    messages: Receiver
    beats: list[str]


@pytest.fixture
def told(database_url: str, tmp_path: Path) -> Iterator[Told]:
    """Settings by which people and a dead man's switch are told, and what they were."""
    with receiving("planted-Secret-4711") as receiver, switch("key") as (url, beats):
        settings = Settings(
            home=tmp_path / "home", database_url=database_url, notify_urls=(receiver.url,), heartbeat_url=url
        )
        yield Told(settings=settings, messages=receiver, beats=beats)


def noon() -> datetime:
    return datetime(2026, 3, 4, 12, tzinfo=UTC)


def ledger_of(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = connection.execute(
            text("select day, state, error from core.run where verb = 'daily' order by started_at")
        )
        return [tuple(row) for row in found]


def test_a_day_that_ended_well_is_in_the_ledger_the_digest_and_the_heartbeat(told: Told, engine: Engine) -> None:
    """As the day on which it was due; what is shown elsewhere is what was sent."""
    shown: list[Digest] = []
    with day_under_way(told.settings, ISLES, due=date(2026, 3, 3), clock=noon, show=shown.append) as day:
        day.did("collect", "completed", "12 new items.")
        day.did("build", "completed")
    assert ledger_of(engine) == [(date(2026, 3, 3), "completed", None)]
    assert told.beats == ["/key"]
    assert told.messages.last().startswith("#Isles7, Monday 2 March: the day\nMonday 2 March 2026 (Europe/London)\n")
    assert as_text(shown[0]) in told.messages.last()


@pytest.mark.parametrize(
    ("collected", "built", "state"),
    [("partial", "completed", "partial"), ("completed", "failed", "failed"), ("failed", None, "failed")],
)
def test_a_bad_day_fails_the_heartbeat_and_says_what_went_wrong(
    told: Told, engine: Engine, collected: str, built: str | None, state: str
) -> None:
    """Reading in part, a build that was stopped, or nothing to build."""
    with day_under_way(told.settings, ISLES, clock=noon) as day:
        day.did("collect", collected, "x: It refuses." if collected != "completed" else None)
        if built:
            day.did("build", built, "The gate is red." if built != "completed" else None)
    said = "The gate is red." if collected == "completed" else "x: It refuses."
    assert ledger_of(engine) == [(date(2026, 3, 4), state, said)]
    assert told.beats == ["/key/fail"]
    assert said in told.messages.last()


def test_an_error_is_told_once_and_goes_on_its_way(told: Told, engine: Engine) -> None:
    """In the digest; whoever catches it need not tell it again."""
    with pytest.raises(CannotWrite) as caught, day_under_way(told.settings, ISLES, clock=noon):
        raise CannotWrite("Cannot use the folder.")
    assert notify.is_told(caught.value)
    assert ledger_of(engine) == [(date(2026, 3, 4), "failed", "Cannot use the folder.")]
    assert told.beats == ["/key/fail"]
    (message,) = told.messages.messages
    assert message["title"] == "#Isles7, Tuesday 3 March: the day's run failed"
    assert "- daily failed. Cannot use the folder." in message["message"]


def test_whoever_stops_a_run_is_not_told_of_it(told: Told, engine: Engine) -> None:
    """But the ledger knows, and the day is one without a run that ended well."""
    with pytest.raises(KeyboardInterrupt), day_under_way(told.settings, ISLES, clock=noon):
        raise KeyboardInterrupt
    assert ledger_of(engine) == [(date(2026, 3, 4), "failed", "Somebody stopped it.")]
    assert (told.beats, told.messages.messages) == ([], [])


def test_a_database_that_is_off_is_told_at_once(told: Told) -> None:
    """No digest can be made of it."""
    off = replace(told.settings, database_url="postgresql://me@127.0.0.1:9/rollcall")
    with pytest.raises(DatabaseUnavailable), day_under_way(off, ISLES, clock=noon):
        raise AssertionError("Nothing is begun.")
    assert told.beats == ["/key/fail"]
    (message,) = told.messages.messages
    assert message["title"] == "#Isles7: daily failed"


def test_a_digest_that_nobody_takes_does_not_end_a_run(told: Told, engine: Engine) -> None:
    """Neither does a switch that is gone."""
    deaf = replace(told.settings, notify_urls=("json://127.0.0.1:9/hook",), heartbeat_url="http://127.0.0.1:9/key")
    with day_under_way(deaf, ISLES, clock=noon) as day:
        day.did("collect", "completed")
    assert ledger_of(engine) == [(date(2026, 3, 4), "completed", None)]
