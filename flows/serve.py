"""`rollcall serve`: Prefect's server with its page, a worker, and the deployments, as one thing on this computer; and
`rollcall serve --join URL`: only a worker, for the server of another computer.

Prefect keeps its own data in ROLLCALL_HOME/prefect or in the PostgreSQL of ROLLCALL_PREFECT_DATABASE_URL; nothing of it
leaves the house. The server listens on loopback, beyond it only with a password. What ends by itself is started again;
a run that died is run again. If this process is killed hard, the next one stops what it left behind and begins anew.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from flows.alone import alone
from flows.errors import ConfigurationError, sentence
from flows.household import Child, Household
from flows.page import quiet
from flows.settings import Settings, silence_telemetry
from flows.steps.warehouse import open_warehouse, suppression_key, warehouse_url
from flows.stop import Stop, on_a_signal
from warehouse import ledger
from warehouse.engine import connect
from warehouse.errors import WarehouseError

WORKER = ("worker", "start", "--pool", "rollcall", "--type", "process", "--name")
SECONDS_TO_START = 300.0
SECONDS_TO_PLAN = 30.0
"""So long we wait for a scheduler that is at work already; meanwhile nothing else is looked after."""
CHORES_EVERY = 60.0
SWEEP = "look for runs that died"
LEASES = "prefect.server.concurrency.lease_storage.filesystem"
"""Which run holds a campaign's place outlives the server; else Prefect would cancel living runs after a restart."""

Say = Callable[[str], object]
Chores = Mapping[str, Callable[[], object]]
"""What is done each minute, by what it is called where it fails."""


def serve(
    settings: Settings,
    port: int = 4200,
    *,
    host: str = "127.0.0.1",
    open_browser: bool = False,
    runs_at_once: int = 1,
    tell: Say | None = None,
) -> None:
    """Run until SIGINT, SIGTERM, or the terminal is closed.

    Raises ConfigurationError if it cannot begin, or if a part ends again and again.

    `runs_at_once`: how many runs this computer works at; 0 leaves them all to computers that join.
    """
    say = _while_heard(tell or _print)
    _refuse_open_door(settings, host)
    silence_telemetry()
    engine = _ready_to_work(settings) if runs_at_once else open_warehouse(settings)
    ledger.sweep(engine)
    with _at_home(settings) as (stopped, household):
        _refuse_taken_port(host, port)
        say("Starting Prefect, this takes up to a minute …")
        url = _reached_at(host, port)
        environment = environment_of_children(settings, host, port)
        Path(environment["PREFECT_SERVER_UI_STATIC_DIRECTORY"]).mkdir(exist_ok=True)
        household.start("server", ("server", "start", "--host", host, "--port", str(port)), environment)
        if not _comes_up(url, household.children[0], stopped):
            raise ConfigurationError(
                "Prefect's server did not start. What it said is in server.log in ROLLCALL_HOME/prefect."
            )
        if not stopped.is_set():
            _agree_on_warehouse(settings, f"{url}/api", engine, serves=True)
            chores = _deploy(settings, f"{url}/api", say, stopped)
            if runs_at_once:
                household.start("worker", (*WORKER, socket.gethostname(), "--limit", str(runs_at_once)), environment)
            say(f"Ready. The page is at {url}. Stop with Ctrl-C.")
            if open_browser:
                webbrowser.open(url)
            _watch(settings, url, household, stopped, say, chores)
        say("Stopping …")
    say("Stopped. Nothing runs on schedule until rollcall serve runs again.")


def join(settings: Settings, api_url: str, *, runs_at_once: int = 1, tell: Say | None = None) -> None:
    """Work for the server of another computer until a signal as for `serve`; its deployments are not touched."""
    say = _while_heard(tell or _print)
    silence_telemetry()
    url = api_url.rstrip("/").removesuffix("/api")
    if not settings.database_url:
        raise ConfigurationError(
            "A computer that joins works in the team's warehouse, and nothing says here where that is: set "
            "ROLLCALL_DATABASE_URL as on the server's computer."
        )
    engine = _ready_to_work(settings)
    ledger.sweep(engine)
    with _at_home(settings) as (stopped, household):
        say(f"Waiting for the server at {url} …")
        while not _is_healthy(url) and not stopped.wait(2):
            pass
        if not stopped.is_set():
            _agree_on_warehouse(settings, f"{url}/api", engine, serves=False)
            worker = (*WORKER, socket.gethostname(), "--limit", str(runs_at_once))
            household.start("worker", worker, _of_worker(settings, url))
            say(f"Ready. This computer works for {url}. Stop with Ctrl-C.")
            _watch(settings, url, household, stopped, say, {})
        say("Stopping …")
    say("Stopped. This computer takes no runs until it joins again.")


def environment_of_children(settings: Settings, host: str, port: int) -> dict[str, str]:
    """What server and worker run with: data in our folder, no telemetry, no outside requests from the page, and a door
    that only this page and our own clients pass."""
    url = _reached_at(host, port)
    database = settings.prefect_database_url
    more = {"PREFECT_SERVER_API_AUTH_STRING": _login(settings)} if settings.prefect_password else {}
    more |= {"PREFECT_SERVER_DATABASE_CONNECTION_URL": database} if database else {}
    return _of_worker(
        settings,
        url,
        PREFECT_SERVER_UI_API_URL="/api",  # at whatever address people reach the page: a tunnel's, a proxy's
        PREFECT_SERVER_UI_STATIC_DIRECTORY=str(quiet(settings.home / "prefect-page")),
        PREFECT_SERVER_UI_V2_ENABLED="false",
        PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT="false",
        PREFECT_SERVER_CORS_ALLOWED_ORIGINS=url,
        PREFECT_SERVER_CSRF_PROTECTION_ENABLED="true",
        PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=LEASES,
        PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED="events,flow_runs",
        **more,
    )


def _of_worker(settings: Settings, url: str, **more: str) -> dict[str, str]:
    login = {"PREFECT_API_AUTH_STRING": _login(settings)} if settings.prefect_password else {}
    return settings.child_environment(
        PREFECT_HOME=str(settings.home / "prefect"),
        PREFECT_API_URL=f"{url}/api",
        PREFECT_WORKER_QUERY_SECONDS="2",
        ROLLCALL_WORK_DIR=str(Path.cwd()),
        **login,
        **more,
    )


def _login(settings: Settings) -> str:
    return f"rollcall:{settings.prefect_password}"


@contextmanager
def _at_home(settings: Settings) -> Iterator[tuple[Stop, Household]]:
    """The one process of ours that keeps Prefect's data in this home, and the signal to stop."""
    folder = settings.home / "prefect"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    busy = f"rollcall serve is already running with the data in {folder}."
    with alone(folder / "serve.lock", busy), on_a_signal() as stopped, Household(folder) as household:
        yield stopped, household


def _is_everywhere(host: str) -> bool:
    """Whether it means every address of this computer, such as 0.0.0.0."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _reached_at(host: str, port: int) -> str:
    """The server's address, from this computer."""
    name = "127.0.0.1" if _is_everywhere(host) else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _refuse_open_door(settings: Settings, host: str) -> None:
    """Whoever reaches Prefect can run programs here, so beyond this computer there must be a password."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not settings.prefect_password:
        raise ConfigurationError(
            f"Serving on {host} lets other computers in, and whoever gets in can run programs here. "
            "Set ROLLCALL_PREFECT_PASSWORD first, or leave --host out."
        )


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} on {host} is taken by another program. Choose another: rollcall serve --port {port + 1}"
            ) from error


def _comes_up(url: str, server: Child, stopped: Stop) -> bool:
    """Wait until the server answers, or we are to stop. False if it ends meanwhile, or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while not _is_healthy(url) and not stopped.wait(0.5):
        if server.has_ended or time.monotonic() > deadline:
            return False
    return True


def _is_healthy(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/api/health", timeout=5).ok
    return False


def _deploy(settings: Settings, api_url: str, say: Say, stopped: Stop) -> Chores:
    """Make the deployments, clear what a killed worker left, say what runs next. Returns what serve does besides."""
    from flows.deploy import connected
    from flows.orphans import others_at_work
    from flows.plans import Plans
    from flows.waiting import say_what_for

    plans = Plans(settings, api_url, say)
    if made := plans.make():
        say(f"Deployed: {', '.join(made)}.")
        with connected(settings, api_url) as client:
            alone = not others_at_work(client, socket.gethostname())
        given = {"patience": timedelta(0)} if alone else {}
        _tried(SWEEP, lambda: _sweep(settings, api_url, say, stopped, **given), "", say)
        _say_what_is_next(settings, api_url, say, stopped)
    else:
        where = " or ".join(map(str, settings.campaign_folders))
        say(f"There is no campaign file in {where}. If there is a campaign already, start serve in its folder.")
        say("Else begin one here with: rollcall init NAME. Its plans are made within a minute.")
    told: dict[UUID, str] = {}

    def follow() -> None:
        if plans.follow():
            _say_what_is_next(settings, api_url, say, stopped, SECONDS_TO_PLAN)

    def tell() -> None:
        nonlocal told
        with connected(settings, api_url) as client:
            told = say_what_for(client, told)

    return {"bring the plans up to date": follow, "tell runs that wait what for": tell}


def _say_what_is_next(
    settings: Settings, api_url: str, say: Say, stopped: Stop, patience: float = SECONDS_TO_START
) -> None:
    """Once the scheduler has planned it, within so many seconds."""
    from flows.deploy import connected, next_run

    with connected(settings, api_url) as client:
        deadline = time.monotonic() + patience
        while not (coming := next_run(client)) and time.monotonic() < deadline and not stopped.wait(1):
            pass
    say(f"Next on schedule: {coming or 'nothing yet, although a schedule is on; look at server.log'}.")


def _watch(settings: Settings, url: str, household: Household, stopped: Stop, say: Say, chores: Chores) -> None:
    """Until the signal: start again what ended by itself; each minute have what died run again, and do `chores`."""
    all_chores = {SWEEP: lambda: _sweep(settings, f"{url}/api", say, stopped), **chores}
    troubles = dict.fromkeys(all_chores, "")
    next_round = time.monotonic() + CHORES_EVERY
    while not stopped.wait(1):
        for child in household.children:
            if child.has_ended and (child.name == "server" or _is_healthy(url)):
                _revive(url, household, child, stopped, say)
        if time.monotonic() > next_round:
            for what, chore in all_chores.items():
                troubles[what] = _tried(what, chore, troubles[what], say)
            next_round = time.monotonic() + CHORES_EVERY


def _revive(url: str, household: Household, child: Child, stopped: Stop, say: Say) -> None:
    """Start again what ended by itself. A server that does not come up ends, so that the next look starts it again."""
    if said := household.start_again(child, stopped.wait):
        say(said)
    if child.name == "server" and not _comes_up(url, child, stopped) and not child.has_ended:
        child.process.kill()


def _tried(what: str, work: Callable[[], object], known: str, say: Say) -> str:
    """Do what the server or the database may refuse while it is away; said once, and the sentence is returned."""
    try:
        work()
    except (ConfigurationError, WarehouseError, DBAPIError) as error:
        said = sentence(error) or type(error).__name__
        if said != known:
            say(f"Could not {what}: {said}")
        return said
    return ""


def _ready_to_work(settings: Settings) -> Engine:
    """The warehouse, for a computer that takes runs: it must have the warehouse's suppression key."""
    engine = open_warehouse(settings)
    suppression_key(settings, engine)
    return engine


def _agree_on_warehouse(settings: Settings, api_url: str, engine: Engine, *, serves: bool) -> None:
    """Whoever serves says which warehouse it is; whoever joins must have the same."""
    from flows.deploy import connected
    from flows.one_warehouse import note, refuse_another

    with connected(settings, api_url) as client:
        (note if serves else refuse_another)(client, engine)


def _sweep(settings: Settings, api_url: str, say: Say, stopped: Stop, **given: Any) -> None:
    from flows.deploy import connected
    from flows.one_warehouse import refuse_another
    from flows.orphans import sweep

    engine = connect(warehouse_url(settings))
    try:
        ledger.sweep(engine)
        with connected(settings, api_url) as client:
            refuse_another(client, engine)
            for line in sweep(client, engine, wait=stopped.wait, **given):
                say(line)
    finally:
        engine.dispose()


def _while_heard(tell: Say) -> Say:
    """Say a line as long as somebody can hear it: on a terminal that was closed nothing can be written any more."""

    def say(line: str) -> None:
        with suppress(OSError):
            tell(line)

    return say


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
