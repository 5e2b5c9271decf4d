"""What a scheduled run tells when it ends badly: nobody sits at it, so also what somebody at a terminal would see."""

import time
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import typer
import yaml
from prefect import State
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.context import FlowRunContext
from prefect.flow_engine import FlowRunTimeoutError
from prefect.states import Completed
from prefect.utilities.timeout import timeout

from flows import collect, daily, runs
from flows.cli.app import app
from flows.deploy import FILE
from flows.errors import CampaignError
from flows.steps.collection import Stream
from reports.errors import CannotWrite
from tests.flows.receiver import Receiver, receiving
from warehouse.campaign import Campaign
from warehouse.errors import AlreadyRunning

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the plug-ins that apprise imports


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch):
    with receiving("planted-Secret-4711") as receiver:
        monkeypatch.setenv("ROLLCALL_NOTIFY_URLS", receiver.url)
        yield receiver


def ended(
    error: Exception, monkeypatch: pytest.MonkeyPatch, *, scheduled: bool = True, flow: str = "daily", **given: Any
) -> State:
    """The state of a run that the error ends."""

    def work() -> NoReturn:
        raise error

    told = SimpleNamespace(parameters={"campaign": "isles", **given}, flow_name=flow)
    monkeypatch.setattr(runs, "flow_run", told)
    with FlowRunContext.model_construct(flow_run=FlowRun(flow_id=uuid4(), auto_scheduled=scheduled)):
        return runs.plainly(work)


def test_a_scheduled_run_tells_what_is_wrong_with_a_file_or_a_folder(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that repeats it, whichever stream it read."""
    ended(CampaignError("isles.toml: hashtags must list at least one hashtag."), monkeypatch)
    assert receiver.last() == (
        "isles: daily failed\nisles.toml: hashtags must list at least one hashtag.\n"
        "The last good tables stay as they are.\nWhen it is mended: rollcall daily --campaign isles"
    )
    ended(CannotWrite("Cannot use the folder."), monkeypatch, flow="collect", stream="refresh")
    assert receiver.last().endswith("rollcall collect --stream refresh --campaign isles")
    ended(CannotWrite("Cannot use the folder."), monkeypatch, flow="publish_report")
    assert receiver.last().endswith("rollcall report --tables --campaign isles")


def test_every_plan_is_repeated_by_a_verb_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the team is told to type is a command of `rollcall`."""
    group = typer.main.get_command(app)
    for plan in yaml.safe_load(FILE.read_text("utf-8"))["deployments"]:
        flow = plan["entrypoint"].rpartition(".")[2]
        found: Any = group
        for word in runs.ON_THE_COMMAND_LINE.get(flow, flow).split(" --")[0].split():
            assert word in found.commands, flow
            found = found.commands[word]


def test_a_run_shows_that_it_lives_before_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the sweep of runs whose process is gone takes a living one for dead."""
    order: list[str] = []
    monkeypatch.setattr(runs, "show_life", lambda: order.append("lives"))
    runs.plainly(lambda: order.append("works") or Completed())
    assert order == ["lives", "works"]


def test_nobody_is_told_twice_nor_what_they_see(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pressed the button sees it; what was told is not told again; another run at work is mostly no trouble."""
    error = CampaignError("It is broken.")
    assert ended(error, monkeypatch, scheduled=False).message == "It is broken."
    assert receiver.messages == []
    ended(AlreadyRunning("Somebody else is at it."), monkeypatch)
    assert receiver.messages == []
    ended(error, monkeypatch)
    ended(error, monkeypatch)
    assert len(receiver.messages) == 1


def test_that_what_comes_seldom_was_not_done_is_told(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week without retention, a night without a backup: somebody starts it by hand."""
    for flow, verb in (("retention", "retention"), ("backup", "db backup")):
        ended(AlreadyRunning("Somebody else is at it."), monkeypatch, flow=flow, scheduled=False)
        ended(AlreadyRunning("Somebody else is at it."), monkeypatch, flow=flow)
        assert f": {verb} was not done\nSomebody else is at it.\nNothing was changed." in receiver.last()
        assert f"To do it now: rollcall {verb}" in receiver.last()
    assert len(receiver.messages) == 2


def test_settings_that_cannot_be_read_leave_the_run_its_own_end(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Then nobody knows whom to tell; the log says so."""
    monkeypatch.setenv("ROLLCALL_READ_TIMEOUT", "soon")
    assert ended(CampaignError("It is broken."), monkeypatch).message == "It is broken."
    assert receiver.messages == []
    assert "Nobody can be told" in caplog.text


def test_a_run_is_for_the_day_on_which_it_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the campaign's zone, as long as it begins within a day; its name says the same."""
    due = datetime.now(UTC) - timedelta(hours=23)
    monkeypatch.setattr(runs, "flow_run", SimpleNamespace(scheduled_start_time=due, parameters={}, flow_name="backup"))
    campaign: Any = SimpleNamespace(zone=ZoneInfo("Asia/Kolkata"))
    assert runs.day_due(campaign) == due.astimezone(ZoneInfo("Asia/Kolkata")).date()
    assert runs.run_name() == f"backup · {due.date()}"


@pytest.mark.parametrize(
    ("scheduled", "begins", "day"),
    [
        ("2026-03-05 00:45", "2026-03-05 00:46", "2026-03-05"),
        ("2026-03-05 00:45", "2026-03-06 00:45", "2026-03-05"),
        ("2026-03-05 00:45", "2026-03-10 09:00", "2026-03-10"),
        ("2026-03-05 00:45", "2026-03-10 00:30", "2026-03-09"),
        ("2026-03-05 00:45", "2026-03-09 19:00", "2026-03-09"),
        ("2026-03-05 00:45", "2026-03-09 18:29", "2026-03-09"),
    ],
)
def test_after_days_off_a_run_is_for_the_newest_day_whose_hour_has_come(scheduled: str, begins: str, day: str) -> None:
    """06:15 in Kolkata is 00:45 UTC: after five days off the catch-up is of the day on which it works."""
    moments = (datetime.fromisoformat(f"{one}+00:00") for one in (scheduled, begins))
    assert runs.day_of(*moments, ZoneInfo("Asia/Kolkata")).isoformat() == day


@pytest.mark.parametrize(
    ("zone", "scheduled", "flow", "early"),
    [
        ("America/New_York", "2026-03-01 06:15", "daily", True),
        ("America/New_York", "2026-03-01 06:15", "collect", False),
        ("America/New_York", "2026-03-02 06:15", "daily", False),
        ("Europe/London", "2026-03-01 18:00", "daily", True),
        ("Pacific/Kiritimati", "2026-03-02 06:15", "daily", False),
        ("Pacific/Kiritimati", "2026-03-01 23:45", "collect", True),
    ],
)
def test_the_first_daily_run_is_that_of_the_first_day(zone: str, scheduled: str, flow: str, early: bool) -> None:
    """Also where that day begins elsewhere long before: posts from there are read with it, or by the other plans."""
    first = date(2026, 3, 2)
    campaign = Campaign(
        name="isles", title="Isles", hashtags=("isles",), starts_on=first, ends_on=first, zone=ZoneInfo(zone)
    )
    now = datetime.fromisoformat(scheduled).replace(tzinfo=campaign.zone)
    assert runs.too_early(campaign, flow, now.date(), now) == early


@pytest.mark.parametrize("flow", ["daily", "backup", "retention", "publish_report"])
def test_a_run_that_reaches_its_time_limit_is_told_in_a_sentence(
    flow: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Prefect ends it: the state has its name, and the team is told, whichever plan it is of."""
    given = {"campaign": "isles"} if flow != "backup" else {}
    monkeypatch.setattr(runs, "flow_run", SimpleNamespace(parameters=given, flow_name=flow))

    with FlowRunContext.model_construct(flow_run=FlowRun(flow_id=uuid4(), auto_scheduled=False)):
        assert limited().name == "TimedOut"
    assert receiver.messages == []
    with FlowRunContext.model_construct(flow_run=FlowRun(flow_id=uuid4(), auto_scheduled=True)):
        state = limited()
    assert (state.type, state.name) == (StateType.FAILED, "TimedOut")
    assert str(state.message).startswith("It was stopped: it took longer than it may")
    assert str(state.message) in receiver.last()


@pytest.mark.usefixtures("of_a_worker")
def test_a_limit_is_a_limit_although_prefects_clock_is_ahead(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts before ours; a run whose time is over must not be taken for one that was lost, and run again."""
    monkeypatch.setattr(runs, "flow_run", SimpleNamespace(parameters={"campaign": "isles"}, flow_name="backup"))
    run = FlowRun(flow_id=uuid4(), deployment_id=uuid4(), auto_scheduled=True)
    flow: Any = SimpleNamespace(timeout_seconds=30.0)

    with FlowRunContext.model_construct(flow_run=run, flow=flow):
        assert limited().name == "TimedOut"
    assert len(receiver.messages) == 1


@pytest.mark.usefixtures("of_a_worker")
@pytest.mark.parametrize(("tags", "ending"), [([], "Crashed"), (["again"], "Failed")])
def test_a_run_that_its_server_lost_sight_of_is_run_again_once(
    tags: list[str], ending: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop that slept, a server that was away: Prefect stops the run as if its time were over, which it is not."""
    monkeypatch.setattr(runs, "flow_run", SimpleNamespace(parameters={"campaign": "isles"}, flow_name="daily"))
    run = FlowRun(flow_id=uuid4(), deployment_id=uuid4(), auto_scheduled=not tags, tags=tags)
    flow: Any = SimpleNamespace(timeout_seconds=3600.0)

    with FlowRunContext.model_construct(flow_run=run, flow=flow):
        state = limited()
    assert state.name == ending
    assert str(state.message).startswith("Prefect's server did not hear of this run for minutes")
    assert ("It is run again by itself." in str(state.message)) == (ending == "Crashed")
    assert len(receiver.messages) == (ending == "Failed")


def test_a_part_lets_the_whole_run_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the day would go on without a limit after it was reached in one of its parts."""
    part = FlowRun(flow_id=uuid4(), parent_task_run_id=uuid4(), auto_scheduled=False)
    monkeypatch.setattr(runs, "flow_run", SimpleNamespace(parameters={}, flow_name="collect"))

    with FlowRunContext.model_construct(flow_run=part), pytest.raises(FlowRunTimeoutError):
        limited()


def test_the_parts_of_a_day_have_no_limit_of_their_own() -> None:
    """It cannot break off waiting, and what it would end is not built that day."""
    parts = (daily.collect_part, daily.build_part)
    assert [part.timeout_seconds for part in parts] == [None, None]
    assert daily.daily.timeout_seconds


def test_the_parts_of_a_day_leave_time_for_its_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long each of them reads; a collection of its own has more time for the same."""
    given: dict[str, timedelta] = {}
    opened = (None, SimpleNamespace(zone=UTC))
    monkeypatch.setattr(collect, "opening", lambda name: opened)
    monkeypatch.setattr(
        collect, "collecting", lambda *arguments, stream, longest: given.update({stream: longest}) or Completed()
    )
    streams: tuple[Stream, ...] = ("posts", "refresh", "blog")
    part = FlowRun(flow_id=uuid4(), parent_task_run_id=uuid4())
    with FlowRunContext.model_construct(flow_run=part):
        for stream in streams:
            collect._collect("isles", (), None, None, stream)
    assert sum(given.values(), timedelta(hours=1)) <= timedelta(seconds=daily.daily.timeout_seconds or 0)
    with FlowRunContext.model_construct(flow_run=FlowRun(flow_id=uuid4())):
        collect._collect("isles", (), None, None, "refresh")
    assert given["refresh"] == collect.LONGEST < timedelta(seconds=collect.collect.timeout_seconds or 0)


@pytest.fixture
def of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run that a worker started does first is left out: there is no server here to ask."""
    monkeypatch.setattr(runs, "show_life", lambda: None)
    monkeypatch.setattr(runs, "needless", lambda: None)


def limited() -> State:
    """How work that never ends is ended, within a limit as Prefect sets it around a flow."""

    def work() -> NoReturn:
        while True:
            time.sleep(0.01)

    with timeout(0.2, FlowRunTimeoutError):
        return runs.plainly(work)
    raise AssertionError("the limit was not reached")


def test_a_platform_that_is_slow_is_no_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has one name for both."""
    assert ended(TimeoutError("read"), monkeypatch, scheduled=False).name == "Failed"
