"""`rollcall serve` for real: its server, its worker, its schedules, and runs that its API starts."""

import os
import re
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import requests
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Cancelled, Pending, Running, Scheduled

from flows.cli import app
from flows.deploy import connected, deploy, next_run
from flows.errors import ConfigurationError
from flows.plans import Plans
from flows.serve import serve
from flows.settings import Settings
from flows.waiting import say_what_for
from sandbox import server
from sandbox.world import load
from tests.flows.serving import (
    PLANTED,
    WORLD,
    Team,
    artifacts,
    deployment,
    eventually,
    load_what_people_keep,
    on_a_terminal,
    rows,
    run,
    scheduled,
    write_campaign_files,
)
from warehouse.engine import create_database, drop_database

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def team(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    names = [f"rollcall_test_{uuid4().hex[:12]}" for _ in range(2)]
    world = load(WORLD)
    world.settings["mastodon"][0]["token"] = PLANTED["ROLLCALL_MASTODON_TOKEN"]  # the one that its first server accepts
    with server.serve(world) as servers, socket.socket() as probe:
        servers.clock.set(world.collections()[-1])
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        write_campaign_files(folder / "campaigns", servers)
        url = create_database(server_url, names[0], template=template)
        environment = {**os.environ, **PLANTED, "ROLLCALL_HOME": str(folder / "home"), "ROLLCALL_DATABASE_URL": url}
        load_what_people_keep(folder, servers, Settings.from_environment(environment))
        other = create_database(server_url, names[1], template=names[0])
        yield Team(
            servers=servers,
            folder=folder,
            environment=environment,
            database_url=url,
            other_database_url=other,
            port=port,
        )
    for name in names:
        drop_database(server_url, name)


@pytest.fixture(scope="module")
def said(team: Team) -> Iterator[str]:
    """What a running serve said. In the end Ctrl-C must stop it, and all it started."""
    process, said = team.serve()
    yield said
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=90)
    assert process.returncode == 0, rest
    assert "Stopped." in rest


@pytest.fixture(scope="module")
def prefect(team: Team, said: str) -> Iterator[SyncPrefectClient]:
    """A client of the server that serve started; the world's campaign is deployed too, as on its first day."""
    deploy(team.settings, team.api_url, now=team.servers.world.collections()[0])
    with connected(team.settings, team.api_url) as client:
        yield client


@pytest.fixture(scope="module")
def day(prefect: SyncPrefectClient) -> FlowRun:
    """One day's `daily`, started as the page's button does; what it published is there for the tests that ask."""
    return run(prefect, "daily-lanterns")


def test_serve_tells_people_where_the_page_is_and_what_runs_next(team: Team, said: str) -> None:
    """Its words: every campaign's deployments, the next run in the active one's zone, the page's address."""
    [deployed] = re.findall(r"^Deployed: (.*)\.$", said, re.MULTILINE)
    plans = ("daily", "collect", "refresh", "build", "backfill", "rebuild", "publish_report", "retention")
    wanted = {f"{plan}-{campaign}" for plan in plans for campaign in ("lanterns", "spring")}
    assert set(deployed.split(", ")) == {*wanted, "backup"}
    assert re.search(r"Next on schedule: [a-z_-]+, \w+ \d\d \w+, \d\d:\d\d \([\w/]+\)\.", said)
    assert f"The page is at http://127.0.0.1:{team.port}." in said


def test_future_runs_really_exist(prefect: SyncPrefectClient) -> None:
    """The scheduler has planned the next three days, at 06:15 where the campaign is."""
    coming = eventually(lambda: found if len(found := scheduled(prefect, "daily-spring")) >= 3 else None)
    local = [moment.astimezone(ZoneInfo("America/St_Johns")) for moment in coming]
    assert {moment.strftime("%H:%M") for moment in local} == {"06:15"}
    assert {b.toordinal() - a.toordinal() for a, b in pairwise(local)} == {1}
    assert local[0] > datetime.now(UTC)


def test_a_run_whose_hour_has_come_is_not_what_comes_next(prefect: SyncPrefectClient) -> None:
    """Such as one that crashed before `serve` was started, and is run again: what comes next is planned."""
    due = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=1))
    late = prefect.create_flow_run_from_deployment(deployment(prefect, "rebuild-spring").id, state=due)
    assert str(next_run(prefect)).startswith(("daily-", "collect-", "refresh-", "publish_", "retention-", "backup"))
    prefect.delete_flow_run(late.id)


def test_deploying_again_changes_nothing(team: Team, prefect: SyncPrefectClient) -> None:
    """The same deployments under the same ids, one schedule each, the same coming runs; a paused one stays paused."""
    before = eventually(lambda: found if len(found := scheduled(prefect, "daily-spring")) == 3 else None)
    first = deployment(prefect, "daily-spring")
    prefect.pause_deployment(deployment(prefect, "build-spring").id)
    deploy(team.settings, team.api_url)
    again = deployment(prefect, "daily-spring")
    assert (again.id, again.parameters, again.paused) == (first.id, first.parameters, False)
    assert [plan.schedule for plan in again.schedules] == [plan.schedule for plan in first.schedules]
    assert deployment(prefect, "build-spring").paused
    assert eventually(lambda: found if len(found := scheduled(prefect, "daily-spring")) == 3 else None) == before


def test_a_campaign_that_is_over_keeps_its_buttons_but_not_its_schedule(team: Team, prefect: SyncPrefectClient) -> None:
    """Deployed in its time the schedule is on; deployed today, long after, it is off and nothing is planned."""
    deploy(team.settings, team.api_url, now=team.servers.world.collections()[0])
    assert [plan.active for plan in deployment(prefect, "daily-lanterns").schedules] == [True]
    deploy(team.settings, team.api_url)
    assert [plan.active for plan in deployment(prefect, "daily-lanterns").schedules] == [False]
    assert [plan.active for plan in deployment(prefect, "daily-spring").schedules] == [True]
    eventually(lambda: not scheduled(prefect, "daily-lanterns"), 150)  # the scheduler may just be at it: once a minute


def test_plans_follow_the_campaign_files(
    team: Team, prefect: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What appears, changes or goes while serve runs; a broken file costs only its own campaign, and is said once."""
    folder, said = team.folder / "campaigns", list[str]()
    settings = team.settings
    plans = Plans(settings, team.api_url, said.append)
    spring = (folder / "spring.toml").read_text()
    (folder / "broken.toml").write_text('name = "broken"')
    assert {"daily-lanterns", "daily-spring", "backup"} <= set(plans.make())
    (told,) = said
    assert "broken.toml" in told
    assert told.endswith("Until it is mended, its plans stay as they were; the others go on.")
    monkeypatch.setattr(Settings, "from_environment", lambda: settings)
    with pytest.raises(ConfigurationError, match=r"broken\.toml"):
        app.deploy(team.api_url)

    prefect.update_deployment_schedule(*schedule(prefect, "daily-spring"), active=False)
    for text, hour in ((spring, "America/St_Johns"), (spring.replace("America/St_Johns", "Asia/Baku"), "Asia/Baku")):
        said.clear()
        (folder / "autumn.toml").write_text(text.replace('"spring"\ntitle', '"autumn"\ntitle'))
        plans.follow()
        assert [plan.schedule.timezone for plan in deployment(prefect, "daily-autumn").schedules] == [hour]
        assert re.fullmatch(r"autumn.toml appeared or changed. Deployed: daily-autumn, .*-autumn\.", said[0])
        plans.follow()
        assert len(said) == 1
    (folder / "autumn.toml").unlink()
    (folder / "broken.toml").unlink()
    plans.follow()
    assert [plan.active for plan in deployment(prefect, "daily-autumn").schedules] == [False]
    assert said[-1] == "There is no file of the campaign autumn here: its schedules are switched off."
    assert [plan.active for plan in deployment(prefect, "daily-spring").schedules] == [False]  # nobody touched its file


def schedule(prefect: SyncPrefectClient, name: str) -> tuple[UUID, UUID]:
    """The only one of a deployment."""
    found = deployment(prefect, name)
    return found.id, found.schedules[0].id


def test_runs_of_a_campaign_wait_for_each_other(prefect: SyncPrefectClient) -> None:
    """Whichever of its plans they are of; those of another campaign do not wait, and what ends makes room."""
    later = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(days=1))

    def begin(name: str) -> tuple[UUID, str]:
        """As a worker does, before it starts a process."""
        planned = prefect.create_flow_run_from_deployment(deployment(prefect, name).id, state=later)
        begun = prefect.set_flow_run_state(planned.id, Pending()).state
        assert begun
        return planned.id, str(begun.name)

    begun = [begin(name) for name in ("daily-spring", "retention-spring", "daily-spring", "daily-lanterns")]
    waits = "AwaitingConcurrencySlot"
    assert [state for _, state in begun] == ["Pending", waits, waits, "Pending"]
    at_work, *waiting = (run_id for run_id, _ in begun[:3])
    prefect.set_flow_run_state(at_work, Running(), force=True)
    told_them = say_what_for(prefect, say_what_for(prefect, {}))
    why = f"Another run is at work: {prefect.read_flow_run(at_work).name}. This run waits for it and begins by itself."
    assert told_them == dict.fromkeys(waiting, why)
    told = prefect.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id for run_id, _ in begun])))
    assert Counter((line.flow_run_id, line.message) for line in told) == {(run_id, why): 1 for run_id in waiting}
    prefect.set_flow_run_state(at_work, Cancelled(), force=True)
    assert begin("build-spring")[1] == "Pending"
    ours = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING])))
    pending = [one.id for one in prefect.read_flow_runs(flow_run_filter=ours)]
    for one in [*pending, *(run_id for run_id, _ in begun)]:
        prefect.set_flow_run_state(one, Cancelled(), force=True)


def test_deployments_say_which_version_they_are_of(prefect: SyncPrefectClient) -> None:
    """The application's own."""
    assert deployment(prefect, "refresh-spring").version == version("rollcall-campaigns")


def test_a_run_from_the_page_does_what_the_command_line_does(
    team: Team, prefect: SyncPrefectClient, day: FlowRun
) -> None:
    """`daily`, started through the API, ends Completed and leaves the rows that `rollcall daily` leaves elsewhere."""
    assert day.state
    assert (day.state.type, day.state.name) == (StateType.COMPLETED, "Completed"), day.state.message
    assert re.fullmatch(r"daily · lanterns · \d{4}-\d\d-\d\d", day.name)

    other = team.rollcall("daily", "--campaign", "lanterns", ROLLCALL_DATABASE_URL=team.other_database_url)
    assert other.returncode == 0, other.stderr
    mine, theirs = rows(team.database_url), rows(team.other_database_url)
    assert mine.keys() == theirs.keys()
    assert [table for table in mine if mine[table] != theirs[table]] == []
    assert all(mine[table] for table in ("core.item", "raw.item", "marts.fct_posts", "metrics.metric_headline"))

    seen = artifacts(prefect)
    shown = ("tally", "coverage", "headline", "checks", "digest")
    assert {f"lanterns-{what}" for what in shown} <= seen.keys()
    assert str(team.folder / "home" / "reports" / "lanterns") in seen["lanterns-digest"]


@pytest.mark.full
@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("plan", "parameters", "message"),
    [
        ("refresh", {"platforms": ["mastodon"]}, "new items."),
        ("backfill", {"platforms": ["mastodon"], "until": "2026-02-03"}, "new items."),
        ("publish_report", {"tables": False}, "The report lies on the computer that ran this"),
        ("retention", {"dry_run": True}, "would be removed"),
    ],
)
def test_each_plan_can_be_run_from_the_page(
    prefect: SyncPrefectClient, plan: str, parameters: dict[str, Any], message: str
) -> None:
    """After `daily`, so that there is something to look at."""
    ended = run(prefect, f"{plan}-lanterns", **parameters)
    assert ended.state
    assert (ended.state.name, message in str(ended.state.message)) == ("Completed", True), ended.state.message
    assert ended.name.startswith(f"{plan} · lanterns · ")


def test_a_failing_platform_makes_the_run_partial(team: Team, prefect: SyncPrefectClient) -> None:
    """State Failed, named Partial, naming the platform; the others are in."""
    team.servers.faults.plant("wordpress", "status", status=401)
    ended = run(prefect, "collect-lanterns", platforms=["mastodon", "wordpress"])
    team.servers.faults.clear()
    assert ended.state
    assert (ended.state.type, ended.state.name) == (StateType.FAILED, "Partial")
    assert ended.state.message
    assert ended.state.message.startswith("wordpress: ")
    tally = artifacts(prefect)["lanterns-tally"]
    assert re.search(r'"platform": "mastodon", "state": "completed"', tally)
    assert re.search(r'"platform": "wordpress", "state": "failed"', tally)


def test_a_wrong_parameter_is_refused_at_once(prefect: SyncPrefectClient) -> None:
    """Another campaign, or a platform that the campaign does not have, never becomes a run."""
    for parameters in ({"campaign": "lanterns"}, {"platforms": ["x"]}):
        with pytest.raises(PrefectHTTPStatusError, match="409"):
            prefect.create_flow_run_from_deployment(deployment(prefect, "collect-spring").id, parameters=parameters)


def test_the_door_is_shut(team: Team, said: str) -> None:
    """With a password set nobody reads without it, and another site's page may not ask at all."""
    assert requests.get(f"{team.api_url}/admin/settings", timeout=10).status_code == 401
    login = ("rollcall", PLANTED["ROLLCALL_PREFECT_PASSWORD"])
    elsewhere = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    preflight = requests.options(f"{team.api_url}/flow_runs/filter", headers=elsewhere, timeout=10)
    assert "elsewhere.example" not in preflight.headers.get("Access-Control-Allow-Origin", "")
    assert preflight.headers.get("Access-Control-Allow-Origin") != "*"
    forged = requests.post(f"{team.api_url}/flow_runs/", json={}, auth=login, timeout=10)
    assert forged.status_code == 403  # no CSRF token


@pytest.mark.usefixtures("day")
def test_no_secret_and_no_person_is_in_prefects_keeping(team: Team, prefect: SyncPrefectClient) -> None:
    """Its database, its logs and all it wrote hold no planted secret, and no name or handle of the world's people."""
    home = team.folder / "home" / "prefect"

    def keeping() -> dict[Path, bytes] | None:
        """All files, unless the database moved its rows from one to another while they were read."""
        files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        told = any(path.name.startswith("prefect.db") and b"lanterns-tally" in data for path, data in files.items())
        return files if told else None

    kept: dict[Path, bytes] = eventually(keeping)
    people = team.servers.world.people.values()
    words = {*PLANTED.values(), *(person.name for person in people)}
    words |= {handle for person in people for handle in person.handles.values() if len(handle) > 5}
    found = [(path.name, word) for path, data in kept.items() for word in words if word.encode() in data]
    assert found == []


def test_a_second_serve_on_the_same_data_is_refused(team: Team, said: str) -> None:
    """It says so in a sentence, with exit code 2, and disturbs nothing."""
    second = team.rollcall("serve", "--port", str(team.port + 1))
    assert second.returncode == 2
    assert "already running" in " ".join(second.stderr.split())


def test_serving_beyond_this_computer_needs_a_password(tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises(ConfigurationError, match="ROLLCALL_PREFECT_PASSWORD"):
        serve(Settings(home=tmp_path), host="0.0.0.0")


@pytest.mark.full
def test_after_downtime_only_the_newest_of_the_late_runs_works(team: Team, prefect: SyncPrefectClient) -> None:
    """Three days were missed: two runs are Skipped, in whatever order they come, and the newest does the work."""
    deploy(team.settings, team.api_url, now=team.servers.world.collections()[0])
    late = deployment(prefect, "daily-lanterns").id
    now = datetime.now(UTC)
    window = {"start_time": (now - timedelta(days=3)).isoformat(), "end_time": now.isoformat(), "max_runs": 3}
    prefect.request("POST", "/deployments/{id}/schedule", path_params={"id": late}, json=window)
    runs = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[late]))

    def all_ended() -> list[FlowRun] | None:
        due = [r for r in prefect.read_flow_runs(flow_run_filter=runs) if r.auto_scheduled]
        due = [r for r in due if r.expected_start_time and r.expected_start_time <= now]
        return due if len(due) == 3 and all(r.state and r.state.is_final() for r in due) else None

    ended = sorted(eventually(all_ended, 240), key=lambda r: str(r.expected_start_time))
    assert [r.state.name for r in ended if r.state] == ["Skipped", "Skipped", "Completed"]
    assert [plan.active for plan in deployment(prefect, "daily-lanterns").schedules] == [False]


@pytest.mark.full
def test_serve_begins_anew_after_a_hard_kill(server_url: str, template: str, team: Team, tmp_path: Path) -> None:
    """What a killed serve left running is stopped by the next one, which works until its terminal is closed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    other = replace(team, environment={**team.environment, "ROLLCALL_HOME": str(tmp_path)}, port=port)
    killed, _ = other.serve()
    killed.kill()
    killed.communicate()  # and close its pipe
    assert requests.get(f"{other.api_url}/health", timeout=5).ok  # its server lives on
    with on_a_terminal(other) as again:
        pass
    again.wait(60)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{other.api_url}/health", timeout=5)
