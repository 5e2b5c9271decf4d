"""A run that is stopped, or whose time is over: its platforms end too, before it is closed, and say so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prefect import State, flow
from prefect.futures import PrefectFuture
from sqlalchemy import Engine, text

from connectors.errors import RunStopped
from flows.settings import Settings
from flows.steps import collect as steps
from flows.steps.collection import Collection
from sandbox.server import Sandbox
from tests.flows.receiver import receiving
from warehouse.campaign import Campaign


@pytest.fixture
def collection(settings: Settings, campaign: Campaign, in_midweek: Sandbox) -> Iterator[Collection]:
    """A run under way, whose sleeping moves the platforms' clock."""
    clock = in_midweek.clock
    begun = steps.begin(settings, campaign, clock=clock.now, sleep=clock.advance)
    yield begun
    steps.finish(begun, {})


def test_after_a_stop_nothing_more_is_asked(collection: Collection, in_midweek: Sandbox) -> None:
    """Each platform ends in a sentence, and without a request."""
    collection.stopped.set()
    ended = steps.collect_platform(collection, "mastodon")
    assert (ended.state, ended.counts["requests"]) == ("failed", 0)
    assert ended.error == "This run was stopped, so reading ended early; the next run reads this again."


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the plug-ins that apprise imports
@pytest.mark.parametrize("stopped", [True, False])
def test_of_a_stopped_run_no_platform_is_told(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, stopped: bool
) -> None:
    """Whoever stopped it knows; a platform that fails by itself is told."""
    in_midweek.faults.plant("mastodon", "status", status=403)
    with receiving("planted-Secret-4711") as receiver:
        begun = steps.begin(replace(settings, notify_urls=(receiver.url,)), campaign, clock=in_midweek.clock.now)
        if stopped:
            begun.stopped.set()
        steps.finish(begun, {"mastodon": steps.collect_platform(begun, "mastodon")})
        assert len(receiver.messages) == (not stopped)


def test_when_its_time_is_over_what_came_in_is_in(settings: Settings, campaign: Campaign, in_midweek: Sandbox) -> None:
    """The first server answers so late that the run's time ends; what it showed is in, the second is not asked."""
    in_midweek.faults.plant("mastodon", "rate_limited", first=2, times=1, reset="seconds", wait=1)
    begun = steps.begin(settings, campaign, clock=in_midweek.clock.now, longest=timedelta(seconds=1))
    ended = steps.collect_platform(begun, "mastodon")
    steps.finish(begun, {"mastodon": ended})
    assert ended.error == "This run took longer than it may, so reading ended early; the next run reads this again."
    assert ended.counts["requests"] > 0


def test_a_pause_ends_within_seconds_of_the_stop(collection: Collection) -> None:
    """However long a platform lets us wait."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            collection.stopped.set()

    resting = replace(collection, sleep=sleep)
    with pytest.raises(RunStopped):
        resting.rest(900)
    assert slept == [5.0, 5.0]


def test_a_whole_pause_is_as_long_as_it_was_asked_to_be(collection: Collection) -> None:
    """In slices."""
    slept: list[float] = []
    replace(collection, sleep=slept.append).rest(12.5)
    assert slept == [5.0, 5.0, 2.5]


@pytest.mark.full
@pytest.mark.usefixtures("prefect")
def test_a_stop_while_platforms_are_begun_stops_those_that_have_begun(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one reads already when the stop comes: its row is closed after it, too."""
    from flows import collect

    real = collect.read_platform

    class OnlyOnce:
        @staticmethod
        def submit(platform: str, read: Callable[[str], State]) -> PrefectFuture[State]:
            if platform == "wordpress":
                raise CancelledError
            return real.submit(platform, read)

    monkeypatch.setattr(collect, "read_platform", OnlyOnce)
    servers.faults.plant("mastodon", "rate_limited", reset="seconds", wait=90)

    @flow(persist_result=False)
    def collecting() -> State:
        return collect.collecting(settings, campaign, ("mastodon", "wordpress"), None, None)

    began = time.monotonic()
    with pytest.raises(CancelledError):
        collecting()
    assert time.monotonic() - began < 60
    with engine.begin() as connection:
        told = "select platform, error from core.run_platform order by 1"
        assert [tuple(one) for one in connection.execute(text(told))] == [
            ("mastodon", "This run was stopped, so reading ended early; the next run reads this again.")
        ]
        assert connection.execute(text("select state from core.run")).scalar_one() != "running"


@pytest.mark.full
@pytest.mark.usefixtures("prefect")
def test_a_flow_that_reaches_its_limit_ends_with_its_platforms(
    settings: Settings,
    servers: Sandbox,
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One platform is through, the other lets us wait: the run's row is closed once both have ended, as partial."""
    from flows.collect import collect

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    servers.faults.plant("mastodon", "rate_limited", reset="seconds", wait=90)
    began = time.monotonic()
    limited = collect.with_options(timeout_seconds=8)
    state = limited(servers.world.name, ("mastodon", "wordpress"), return_state=True)
    took = time.monotonic() - began
    assert (state.name, took < 60) == ("TimedOut", True)
    with engine.begin() as connection:
        (ended,) = connection.execute(text("select state from core.run where verb = 'collect'")).scalars()
        platforms = connection.execute(text("select platform, state, error from core.run_platform order by 1")).all()
    assert ended == "partial"
    assert [(one.platform, one.state) for one in platforms] == [("mastodon", "failed"), ("wordpress", "completed")]
    assert platforms[0].error == "This run was stopped, so reading ended early; the next run reads this again."
