"""Which Prefect server is meant, and what a file of plans that is broken says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL
from prefect.states import Crashed
from sqlalchemy import Engine

from flows import deploy, orphans
from flows.cli import app
from flows.errors import CampaignError, ConfigurationError
from flows.plans import Plans
from flows.settings import Settings
from tests.flows.serving import SPRING


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an API that answers with these words, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(request.param)

        def log_message(self, format: str, *values: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("answering", [b"true"], indirect=True)
def test_the_server_of_this_computer_is_meant_if_none_is_named(
    answering: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `rollcall serve` has it; another one that the environment names goes before."""
    monkeypatch.setattr(deploy, "HERE", answering)
    with deploy.connected(Settings(home=tmp_path)) as client:
        assert str(client.api_url).rstrip("/") == answering
    named = Settings(home=tmp_path, environment={"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    with deploy.connected(named) as client:
        assert str(client.api_url).rstrip("/") == "http://127.0.0.1:9/api"


@pytest.mark.parametrize("answering", [b"<html>another program</html>"], indirect=True)
def test_another_program_at_its_address_is_no_server(
    answering: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is nobody at all; the sentence says what to do."""
    for address in (answering, "http://127.0.0.1:9/api"):
        monkeypatch.setattr(deploy, "HERE", address)
        with pytest.raises(ConfigurationError, match="Which Prefect server"), deploy.connected(Settings(home=tmp_path)):
            pass


@pytest.mark.parametrize("text", ["deployments: [", "", "12", "pull: []", "deployments: [{name: daily}]"])
def test_a_file_of_plans_that_cannot_be_read_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence, so that a serve that looks at it goes on."""
    monkeypatch.setattr(deploy, "FILE", tmp_path / "prefect.yaml")
    deploy.FILE.write_text(text)
    with pytest.raises(ConfigurationError, match=r"prefect\.yaml cannot be read"):
        deploy.deploy(Settings(home=tmp_path), "http://127.0.0.1:9/api")


@pytest.fixture
def team(settings: Settings) -> Settings:
    """The settings of a team with two campaigns that are on today."""
    today, folder = datetime.now(UTC).date(), settings.campaign_folders[0]
    for path in folder.glob("*.toml"):
        path.unlink()
    for name in ("spring", "autumn"):
        text = SPRING.format(start=today, end=today).replace('name = "spring"', f'name = "{name}"')
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return settings


def switched_on(prefect: SyncPrefectClient) -> set[str]:
    """The campaigns whose daily run is on schedule."""
    names = {one.name: [plan.active for plan in one.schedules] for one in prefect.read_deployments()}
    return {name.removeprefix("daily-") for name, on in names.items() if name.startswith("daily-") and all(on)}


@pytest.mark.full
def test_only_a_campaign_that_is_gone_loses_its_schedules(
    team: Settings, prefect: SyncPrefectClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one whose file moved, and none at all because somebody stands in another folder."""
    api_url, said = str(PREFECT_API_URL.value()), list[str]()
    (tmp_path / "other").mkdir()
    folders = (*team.campaign_folders, tmp_path / "other")
    plans = Plans(replace(team, campaign_folders=folders), api_url, said.append)
    plans.make()
    assert switched_on(prefect) == {"spring", "autumn"}
    nowhere = replace(team, campaign_folders=(tmp_path / "nowhere",))
    assert deploy.deploy(nowhere, api_url) == []
    monkeypatch.setattr(Settings, "from_environment", lambda: nowhere)
    with pytest.raises(CampaignError, match="There is no campaign file in"):
        app.deploy(api_url)
    assert switched_on(prefect) == {"spring", "autumn"}
    autumn = folders[0] / "autumn.toml"
    autumn = autumn.rename(folders[1] / "autumn.toml")
    plans.follow()
    assert switched_on(prefect) == {"spring", "autumn"}
    assert not any("switched off" in line for line in said)
    autumn.unlink()
    plans.follow()
    assert switched_on(prefect) == {"spring"}
    assert said[-1] == "There is no file of the campaign autumn here: its schedules are switched off."


@pytest.mark.full
def test_a_crashed_run_whose_plan_was_deleted_stops_no_other(
    team: Settings, prefect: SyncPrefectClient, engine: Engine
) -> None:
    """There is nothing to run it again with; the next one is run again all the same."""
    deploy.deploy(team, str(PREFECT_API_URL.value()))
    plans = {one.name: one.id for one in prefect.read_deployments()}
    for name in ("daily-autumn", "daily-spring"):
        run = prefect.create_flow_run_from_deployment(plans[name], name=name)
        prefect.set_flow_run_state(run.id, Crashed(), force=True)
    prefect.delete_deployment(plans["daily-autumn"])
    said = orphans.sweep(prefect, engine, wait=lambda seconds: None)
    assert said == ["daily-spring crashed and is run again."]
