"""A team for tests that kill: the small world's campaign without X, what people keep of it, and its commands.

Sweeps come every few seconds instead of every minute; nothing else differs from `rollcall` on a terminal.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from psycopg2 import errors as postgres_says
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from flows import campaign_file
from flows.deploy import connected
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import imports, roster
from sandbox import server
from sandbox.papers import hand_csv, roster_csv
from tests.flows.serving import eventually, rows
from warehouse.engine import connect, create_database, drop_database

HASTY = (
    "import flows.deploy, flows.orphans, flows.serve; flows.serve.CHORES_EVERY = 4.0; flows.orphans.SECOND_LOOK = 7.0; "
    "from flows.cli import main; main()"
)
PATIENT = {"ROLLCALL_READ_TIMEOUT": "400", "ROLLCALL_REQUEST_DEADLINE": "400"}
"""So that a place that does not answer keeps its reader waiting until the test has seen what it wants."""
PASSWORD, KEY = "a password of the tests", "a suppression key of the tests, long enough"


@dataclass(kw_only=True)
class Crew:
    """One computer's `rollcall`."""

    folder: Path
    environment: dict[str, str]
    prefix: Sequence[str] = ()
    """What its commands run in: `ip netns exec …`."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, *arguments: str) -> list[str]:
        return [*self.prefix, sys.executable, "-c", HASTY, *arguments]

    def rollcall(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command, run to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    @contextmanager
    def meanwhile(self, *arguments: str, **environment: str) -> Iterator[None]:
        """A command that is at work while the block is, and has ended well when it ends."""
        with (self.folder / "meanwhile.txt").open("wb") as told:
            process = subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=self.environment | environment, stdout=told, stderr=told
            )
        yield
        assert process.wait(900) == 0, (self.folder / "meanwhile.txt").read_text()

    def serve(self, *arguments: str) -> subprocess.Popen[bytes]:
        """`rollcall serve`, ready; what it says goes to a file."""
        with self.said.open("ab") as told:
            process = subprocess.Popen(
                self.command("serve", *arguments), cwd=self.folder, env=self.environment, stdout=told, stderr=told
            )
        self.running.append(process)
        before = self.say().count("Ready.")

        def ready() -> bool:
            assert process.poll() is None, self.say()
            return self.say().count("Ready.") > before

        eventually(ready, 240)
        return process

    @property
    def said(self) -> Path:
        return self.folder / "said.txt"

    def say(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(90)


def crew(folder: Path, servers: server.Sandbox, address: str = "127.0.0.1", **environment: str) -> Crew:
    """A computer with the campaign's file and a home of its own."""
    (folder / "campaigns").mkdir(parents=True)
    lanterns = re.sub(r"\[platforms\.x\]\n(?:[^\[\n].*\n)*", "", servers.campaign_toml())
    (folder / "campaigns" / "lanterns.toml").write_text(lanterns.replace("127.0.0.1", address), "utf-8")
    token = servers.world.settings["mastodon"][0].get("token") or ""
    given = {
        "ROLLCALL_HOME": str(folder / "home"),
        "ROLLCALL_MASTODON_TOKEN": token,
        "ROLLCALL_SUPPRESSION_KEY": KEY,
        "ROLLCALL_PREFECT_PASSWORD": PASSWORD,
        **environment,
    }
    return Crew(folder=folder, environment={**os.environ, **given})


def load_what_people_keep(here: Crew, servers: server.Sandbox, database_url: str) -> None:
    """The roster and the clerks' sheet, into the warehouse there."""
    settings = Settings.from_environment(here.environment | {"ROLLCALL_DATABASE_URL": database_url})
    campaign = campaign_file.read(here.folder / "campaigns" / "lanterns.toml")
    (here.folder / "roster.csv").write_text(roster_csv(servers.world), "utf-8")
    (here.folder / "hand.csv").write_text(hand_csv(servers.world, servers.clock.now()), "utf-8")
    roster.load(settings, here.folder / "roster.csv", campaign)
    imports.import_files(settings, campaign, [here.folder / "hand.csv"], form="hand")


def begin_anew(url: str, name: str, template: str) -> None:
    """The database `name` becomes a copy of the template, in one moment: nobody finds it missing."""
    create_database(url, "fresh", template=template)
    swap = (
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname in ('fresh', '{name}');"
        f"begin; alter database {name} rename to aside; alter database fresh rename to {name}; commit"
    )
    engine = connect(make_url(url).set(database="postgres").render_as_string(hide_password=False))
    for _ in range(20):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            try:
                connection.exec_driver_sql(swap)
                break
            except OperationalError as error:
                if not isinstance(error.orig, postgres_says.ObjectInUse):
                    raise
                connection.exec_driver_sql("rollback")
    else:
        raise AssertionError("somebody is always in that database")
    engine.dispose()
    drop_database(url, "aside")


def under_way(prefect: SyncPrefectClient, servers: server.Sandbox, place: str = "mastodon") -> FlowRun:
    """A run of `daily`, started as the page's button does, in the middle of reading: its place does not answer."""
    hung = sum(request.fault == "hang" for request in servers.requests)
    servers.faults.plant(place, "hang", first=2, times=1)
    daily = prefect.read_deployment_by_name("daily/daily-lanterns")
    run = prefect.create_flow_run_from_deployment(daily.id)
    eventually(lambda: sum(request.fault == "hang" for request in servers.requests) > hung, 120)
    return run


def settled(settings: Settings, api_url: str) -> list[FlowRun]:
    """All runs of deployments, the newest last, once none is at work or due and each that crashed has its heir."""

    def look() -> list[FlowRun] | None:
        with suppress(httpx.HTTPError, ConfigurationError), connected(settings, api_url) as prefect:
            due = [run for run in prefect.read_flow_runs() if run.deployment_id and _is_due(run)]
            heirs = sum("again" in run.tags for run in due)
            crashed = sum(run.state_name == "Crashed" and "again" not in run.tags for run in due)
            if all(run.state and run.state.is_final() for run in due) and heirs >= crashed:
                return sorted(due, key=lambda run: str(run.created))
        return None

    return eventually(look, 400)


def _is_due(run: FlowRun) -> bool:
    return run.expected_start_time is None or run.expected_start_time <= datetime.now(UTC)


def same_rows(url: str, calm: dict[str, list[str]]) -> None:
    """Every row is as without the kill; a killed run may have left envelopes of answers, never fewer."""
    found = rows(url)
    assert found.keys() == calm.keys()
    assert set(calm["raw.page"]) <= set(found["raw.page"])
    assert [table for table in calm if table != "raw.page" and found[table] != calm[table]] == []
    assert all(found[table] for table in ("core.item", "raw.item", "marts.fct_posts", "metrics.metric_headline"))


def asked(url: str, question: str) -> list[Any]:
    """The rows that a question to the warehouse finds."""
    engine = connect(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(question))]
    engine.dispose()
    return found
