"""Whoever works for a server's runs must have its warehouse: in another one the locks of the living are free."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL
from prefect.states import Running
from sqlalchemy import Engine

from flows import serve
from flows.alive import lock_of
from flows.deploy import deploy
from flows.errors import ConfigurationError
from flows.one_warehouse import VARIABLE, note, refuse_another
from flows.settings import Settings
from flows.steps.warehouse import suppression_key
from warehouse import locks
from warehouse.engine import connect, create_database, drop_database


@pytest.fixture
def elsewhere(server_url: str, template: str) -> Iterator[str]:
    """Another warehouse, as it is after its migrations."""
    name = f"rollcall_test_{uuid4().hex[:12]}"
    url = create_database(server_url, name, template=template)
    engine = connect(url)
    with engine.begin() as connection:  # copies of the tests' template are one warehouse
        connection.exec_driver_sql("update people.analyst_key set key = sha256('another warehouse')")
    engine.dispose()
    yield url
    drop_database(server_url, name)


def test_to_join_a_computer_must_know_the_teams_warehouse(tmp_path: Path) -> None:
    """An embedded one of its own would be empty: it is not even made."""
    with pytest.raises(ConfigurationError, match="ROLLCALL_DATABASE_URL"):
        serve.join(Settings(home=tmp_path / "home"), "http://127.0.0.1:9")
    assert not (tmp_path / "home").exists()


def test_to_join_a_computer_must_have_the_key(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """It would let people in again who opted out; better now than at the first run."""
    suppression_key(settings, engine)
    with pytest.raises(ConfigurationError, match="suppression key of this warehouse"):
        serve.join(replace(settings, home=tmp_path / "elsewhere"), "http://127.0.0.1:9")


@pytest.mark.full
def test_nobody_in_another_warehouse_judges_a_living_run(
    settings: Settings, engine: Engine, elsewhere: str, prefect: SyncPrefectClient, tmp_path: Path
) -> None:
    """Its run goes on; the other computer is told at its start, and at each look. A new warehouse locks nobody out."""
    api_url = str(PREFECT_API_URL.value())
    stranger = replace(settings, home=tmp_path / "elsewhere", database_url=elsewhere)
    deploy(settings, api_url)
    note(prefect, engine)
    run = _running(prefect, settings)
    holder = locks.take(engine, lock_of(run))
    assert holder is not None
    never = threading.Event()
    never.wait = lambda timeout=None: False  # type: ignore[method-assign]
    with pytest.raises(ConfigurationError, match="another warehouse"):
        serve._sweep(stranger, api_url, print, never, patience=timedelta(0))
    with pytest.raises(ConfigurationError, match="another warehouse"):
        serve.join(stranger, api_url)
    assert prefect.read_flow_run(run).state_name == "Running"
    serve._sweep(settings, api_url, print, never, patience=timedelta(0))
    assert prefect.read_flow_run(run).state_name == "Running"
    holder.close()
    serve._sweep(settings, api_url, print, never, patience=timedelta(0))
    assert prefect.read_flow_run(run).state_name == "Crashed"
    theirs = connect(elsewhere)
    note(prefect, theirs)
    refuse_another(prefect, theirs)
    with pytest.raises(ConfigurationError, match="another warehouse"):
        refuse_another(prefect, engine)
    prefect.delete_variable_by_name(VARIABLE)
    refuse_another(prefect, engine)
    with pytest.raises(ConfigurationError, match="another warehouse"):
        refuse_another(prefect, theirs)
    theirs.dispose()


def _running(prefect: SyncPrefectClient, settings: Settings) -> UUID:
    [campaign] = settings.campaign_folders[0].glob("*.toml")
    daily = prefect.read_deployment_by_name(f"daily/daily-{campaign.stem}")
    run = prefect.create_flow_run_from_deployment(daily.id)
    prefect.set_flow_run_state(run.id, Running(), force=True)
    return run.id
