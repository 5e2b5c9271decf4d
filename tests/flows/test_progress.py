"""The bar beside a long run: told seldom, at the end always, and no reason to stop."""

import inspect
from datetime import date
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from flows import progress
from flows.progress import BUILDING, EVERY, Bar
from flows.steps import build
from warehouse.campaign import Campaign

CAMPAIGN = Campaign(
    name="Spring_27",
    title="Spring",
    hashtags=("spring",),
    starts_on=date(2027, 3, 1),
    ends_on=date(2027, 3, 7),
    zone=ZoneInfo("Europe/London"),
)


class Told:
    """What the server was told, and the hands of the clock."""

    def __init__(self) -> None:
        self.now, self.keys, self.shares, self.words = 1000.0, [], [], []  # type: ignore[var-annotated]

    def made(self, share: float, key: str, description: str) -> UUID:
        self.keys.append(key)
        return uuid4()

    def updated(self, bar: UUID, share: float, description: str) -> None:
        self.shares.append(share)
        self.words.append(description)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    monkeypatch.setattr(progress, "create_progress_artifact", told.made)
    monkeypatch.setattr(progress, "update_progress_artifact", told.updated)
    monkeypatch.setattr(progress.time, "monotonic", lambda: told.now)
    return told


def test_platforms_that_end_at_once_are_told_once(told: Told) -> None:
    """Eight within a second are one request to the server, and it says that all have ended."""
    bar = Bar(CAMPAIGN, "collect", 8)
    for number in range(8):
        told.now += 0.1
        bar.ended(f"platform {number}")
    assert told.keys == ["spring-27-collect-progress"]
    assert (told.shares, told.words) == ([100.0], ["collect of Spring: 8 of 8 ended, last platform 7"])


def test_slow_stages_are_each_told_as_they_begin(told: Told) -> None:
    """A stage under way counts as nothing yet; when the work is done, the bar is full."""
    bar = Bar(CAMPAIGN, "build", BUILDING)
    for stage in ("matching", "judging", "building", "publishing"):
        told.now += EVERY
        bar.entered(stage)
    bar.full()
    assert told.shares == [0.0, 25.0, 50.0, 75.0, 100.0]
    assert told.words[2] == "build of Spring: building"


def test_a_build_names_as_many_stages_as_its_bar_has() -> None:
    """Else the bar would be full too early, or never."""
    assert inspect.getsource(build).count("    progress(") == BUILDING


@pytest.mark.parametrize("what", ["create_progress_artifact", "update_progress_artifact"])
def test_a_server_that_is_away_stops_no_run(
    told: Told, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """How far the run has come is not worth its end; the log says that it could not be shown."""

    def away(*given: object, **named: object) -> None:
        raise httpx.ConnectError("nobody there")

    monkeypatch.setattr(progress, what, away)
    with caplog.at_level("INFO"):
        Bar(CAMPAIGN, "collect", 1).ended("mastodon")
    assert "could not be shown (ConnectError)" in caplog.text
    assert told.shares == []
