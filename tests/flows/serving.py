"""A team that serves: its folder, its two equal warehouses, and how one looks at what its Prefect server keeps."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from sqlalchemy import text

from flows import campaign_file
from flows.settings import Settings
from flows.steps import imports, roster
from sandbox import server
from sandbox.papers import hand_csv, roster_csv
from warehouse.engine import connect

ROLLCALL = (sys.executable, "-c", "from flows.cli import main; main()")
ON_ITS_OWN_TERMINAL = """
import fcntl, signal, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may have been started with nohup
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from flows.cli import main
main()
"""
WORLD = Path(server.__file__).parent / "worlds" / "lanterns"
PLANTED = {
    "ROLLCALL_X_BEARER_TOKEN": "planted-x-bearer-5d1f",
    "ROLLCALL_MASTODON_TOKEN": "planted-mastodon-token-91c2",
    "ROLLCALL_SUPPRESSION_KEY": "planted-suppression-key-0123456789abcdef",
    "ROLLCALL_PREFECT_PASSWORD": "planted-prefect-password-77",
}
SPRING = """
name = "spring"
title = "Spring"
hashtags = ["spring"]
starts_on = {start}
ends_on = {end}
zone = "America/St_Johns"
[platforms.mastodon]
instances = ["http://127.0.0.1:9"]
"""
OF_THE_RUN = {
    "run_id", "page_id", "raw_item_id", "quarantine_id", "publication_id",
    "as_of", "observed_at", "first_seen_at", "seen_from", "known_from", "complete_until",
    "tried_at", "changed_at",
    "asked_at",
}  # fmt: skip
COMPARED = """
select format('%I.%I', table_schema, table_name)
from information_schema.tables
where table_schema in ('raw', 'core', 'people', 'marts', 'metrics') and table_type = 'BASE TABLE'
  and table_name not in ('run', 'run_platform', 'import_file', 'publication', 'quality_result', 'metric_quality')
order by 1
"""


@dataclass(frozen=True, kw_only=True)
class Team:
    """Two equal warehouses with the roster and the clerks' posts in; serve works on the first."""

    servers: server.Sandbox
    folder: Path
    environment: dict[str, str]
    database_url: str
    other_database_url: str
    port: int

    @property
    def settings(self) -> Settings:
        return replace(Settings.from_environment(self.environment), campaign_folders=(self.folder / "campaigns",))

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def rollcall(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command run to its end, as in the team's folder."""
        return subprocess.run(
            [*ROLLCALL, *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )

    def serve(self) -> tuple[subprocess.Popen[str], str]:
        """`rollcall serve`, and what it said until it was ready."""
        process = subprocess.Popen(
            [*ROLLCALL, "serve", "--port", str(self.port)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        for line in process.stdout or ():
            said += line
            if line.startswith("Ready."):
                return process, said
        raise AssertionError(said)


@contextmanager
def on_a_terminal(team: Team) -> Iterator[subprocess.Popen[bytes]]:
    """`rollcall serve`, ready, on a terminal that is closed in the end."""
    ours, its = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ON_ITS_OWN_TERMINAL, "serve", "--port", str(team.port)],
        cwd=team.folder,
        env=team.environment,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    said = b""
    while b"Ready." not in said:
        said += os.read(ours, 4096)
    yield process
    os.close(ours)


def write_campaign_files(folder: Path, servers: server.Sandbox) -> None:
    """The world's campaign, long over and read without X (which forgets after a week), and one that is on today."""
    folder.mkdir()
    lanterns = re.sub(r"\[platforms\.x\]\n(?:[^\[\n].*\n)*", "", servers.campaign_toml())
    (folder / "lanterns.toml").write_text(lanterns, "utf-8")
    today = datetime.now(UTC).date()
    spring = SPRING.format(start=today - timedelta(days=3), end=today + timedelta(days=30))
    (folder / "spring.toml").write_text(spring, "utf-8")


def load_what_people_keep(folder: Path, servers: server.Sandbox, settings: Settings) -> None:
    campaign = campaign_file.read(folder / "campaigns" / "lanterns.toml")
    (folder / "roster.csv").write_text(roster_csv(servers.world), "utf-8")
    (folder / "hand.csv").write_text(hand_csv(servers.world, servers.clock.now()), "utf-8")
    roster.load(settings, folder / "roster.csv", campaign)
    imports.import_files(settings, campaign, [folder / "hand.csv"], form="hand")


def eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.5)
    raise AssertionError("It did not happen in time.")


def deployment(prefect: SyncPrefectClient, name: str) -> DeploymentResponse:
    return prefect.read_deployment_by_name(f"{name.partition('-')[0]}/{name}")


def scheduled(prefect: SyncPrefectClient, name: str) -> list[datetime]:
    """When the coming runs of a deployment begin."""
    runs = prefect.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment(prefect, name).id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )
    return [run.expected_start_time for run in runs if run.expected_start_time]


def run(prefect: SyncPrefectClient, name: str, **parameters: Any) -> FlowRun:
    """Start a run as the page's button does, and wait for its end."""
    started = prefect.create_flow_run_from_deployment(deployment(prefect, name).id, parameters=parameters)

    def ended() -> FlowRun | None:
        now = prefect.read_flow_run(started.id)
        return now if now.state and now.state.is_final() else None

    return eventually(ended, 400)


def artifacts(prefect: SyncPrefectClient) -> dict[str, str]:
    """Key -> data of the newest artifact of each key."""
    found = prefect.request("POST", "/artifacts/latest/filter", json={"limit": 100}).json()
    return {artifact["key"]: str(artifact["data"]) for artifact in found}


def rows(url: str) -> dict[str, list[str]]:
    """All rows of the warehouse, without what depends on the run that brought them."""
    engine = connect(url)
    with engine.connect() as connection:
        tables = connection.execute(text(COMPARED)).scalars().all()
        dump = {
            table: sorted(
                repr({name: _plain(value) for name, value in row._mapping.items() if name not in OF_THE_RUN})
                for row in connection.execute(text(f"select * from {table}"))
            )
            for table in tables
        }
    engine.dispose()
    return dump


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, memoryview) else value
