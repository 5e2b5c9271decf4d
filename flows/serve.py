"""`rollcall serve`: Prefect's server with its page, one worker, and the deployments, as one thing on this computer.

Prefect keeps its own data in ROLLCALL_HOME/prefect; nothing of it leaves the computer. The server listens on loopback,
beyond it only with a password. If this process is killed hard, the next one stops what it left behind and begins anew.
"""

from __future__ import annotations

import ipaddress
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import psutil
import requests

from flows import campaign_file
from flows.alone import alone
from flows.errors import ConfigurationError
from flows.settings import Settings, silence_telemetry
from flows.steps.warehouse import open_warehouse
from warehouse import ledger

WORKER = ("worker", "start", "--pool", "rollcall", "--type", "process", "--name", "this-computer")
SECONDS_TO_START, SECONDS_TO_STOP = 120.0, 15.0


def serve(
    settings: Settings,
    port: int = 4200,
    *,
    host: str = "127.0.0.1",
    open_browser: bool = False,
    runs_at_once: int = 1,
    tell: Callable[[str], object] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM. Raises ConfigurationError if it cannot begin, or if the server ends by itself."""
    say = tell or (lambda line: sys.stdout.write(line + "\n") and sys.stdout.flush())
    _refuse_open_door(settings, host)
    silence_telemetry()
    ledger.sweep(open_warehouse(settings))
    folder = settings.home / "prefect"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    busy = f"rollcall serve is already running with the data in {folder}."
    with alone(folder / "serve.lock", busy), _stop_signal() as stopped, Household(folder) as household:
        _refuse_taken_port(host, port)
        say("Starting Prefect, this takes up to a minute …")
        url = f"http://{host}:{port}"
        environment = environment_of_children(settings, host, port)
        server = household.start("server", ("server", "start", "--host", host, "--port", str(port)), environment)
        _wait_until_healthy(url, server, stopped)
        if not stopped.is_set():
            _deploy(settings, f"{url}/api", say)
            worker = household.start("worker", (*WORKER, "--limit", str(runs_at_once)), environment)
            say(f"Ready. The page is at {url}. Stop with Ctrl-C.")
            if open_browser:
                webbrowser.open(url)
            _watch(server, worker, stopped, folder)
        say("Stopping …")
    say("Stopped. Nothing runs on schedule until rollcall serve runs again.")


def environment_of_children(settings: Settings, host: str, port: int) -> dict[str, str]:
    """What server and worker run with: data in our folder, no telemetry, no outside requests from the page, and a door
    that only this page and our own clients pass."""
    url = f"http://{host}:{port}"
    login = f"rollcall:{settings.prefect_password}" if settings.prefect_password else None
    return settings.child_environment(
        PREFECT_HOME=str(settings.home / "prefect"),
        PREFECT_API_URL=f"{url}/api",
        PREFECT_SERVER_UI_API_URL=f"{url}/api",
        PREFECT_SERVER_UI_V2_ENABLED="false",
        PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT="false",
        PREFECT_SERVER_CORS_ALLOWED_ORIGINS=url,
        PREFECT_SERVER_CSRF_PROTECTION_ENABLED="true",
        PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED="events,flow_runs",
        PREFECT_WORKER_QUERY_SECONDS="2",
        ROLLCALL_WORK_DIR=str(Path.cwd()),
        **({"PREFECT_SERVER_API_AUTH_STRING": login, "PREFECT_API_AUTH_STRING": login} if login else {}),
    )


class Household:
    """The processes that were started, remembered in a file, so that what a hard kill leaves can be stopped later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = folder / "processes.json"
        self.processes: list[psutil.Process] = []

    def __enter__(self) -> Household:
        stop_all(self._left_behind())
        return self

    def __exit__(self, *exc: object) -> None:
        stop_all(reversed(self.processes))
        self.record.unlink(missing_ok=True)

    def start(self, name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> psutil.Popen:
        """Start `prefect …` in a session of its own, so that Ctrl-C reaches us only. Its output goes to NAME.log."""
        log = self.folder / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.old"))
        with log.open("wb") as output:
            process = psutil.Popen(
                [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        self.record.write_text(json.dumps([[p.pid, p.create_time()] for p in self.processes if p.is_running()]))
        return process

    def _left_behind(self) -> Iterator[psutil.Process]:
        """Processes of a serve that was killed; the time of creation tells them from strangers with the same number."""
        try:
            record = json.loads(self.record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return
        for pid, created in reversed(record):
            if psutil.pid_exists(pid):
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 1:
                    yield process


def stop_all(processes: Iterable[psutil.Process]) -> None:
    """Ask each process to end, in this order, and end it and all it started if it does not."""
    for process in processes:
        try:
            family = [process, *process.children(recursive=True)]
            process.terminate()
        except psutil.NoSuchProcess:
            continue
        _, alive = psutil.wait_procs(family, timeout=SECONDS_TO_STOP)
        for survivor in alive:
            with suppress(psutil.NoSuchProcess):
                survivor.kill()
        psutil.wait_procs(alive, timeout=SECONDS_TO_STOP)


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
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} on {host} is taken by another program. Choose another: rollcall serve --port {port + 1}"
            ) from error


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set. Handlers of our own also undo a SIGINT that a shell made us ignore."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_until_healthy(url: str, server: psutil.Popen, stopped: threading.Event) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not stopped.wait(0.5):
        if server.poll() is not None or time.monotonic() > deadline:
            raise ConfigurationError(
                "Prefect's server did not start. What it said is in server.log in ROLLCALL_HOME/prefect."
            )
        with suppress(requests.RequestException):
            if requests.get(f"{url}/api/health", timeout=5).ok:
                return


def _deploy(settings: Settings, api_url: str, say: Callable[[str], object]) -> None:
    """Make the deployments, clear what a killed worker left, and say what runs next."""
    from flows.deploy import connected, crash_orphans, deploy, next_run

    deployments = deploy(settings, api_url)
    if not deployments:
        say("There is no campaign yet. Make one with: rollcall init NAME, then start serve again.")
        return
    say(f"Deployed: {', '.join(deployments)}.")
    with connected(settings, api_url) as client:
        crash_orphans(client)
        if not campaign_file.active(settings, datetime.now(UTC)):
            say("No campaign is on now, so nothing is on schedule. Runs can be started on the page.")
            return
        deadline = time.monotonic() + SECONDS_TO_START
        while not (coming := next_run(client)) and time.monotonic() < deadline:
            time.sleep(1)
    say(f"Next on schedule: {coming or 'nothing yet, although a schedule is on; look at server.log'}.")


def _watch(server: psutil.Popen, worker: psutil.Popen, stopped: threading.Event, folder: Path) -> None:
    """Wait for the signal. If one of the two ends by itself, so do we, and say so."""
    while not stopped.wait(1):
        for name, process in (("server", server), ("worker", worker)):
            if process.poll() is not None:
                raise ConfigurationError(
                    f"Prefect's {name} ended by itself. What it said is in {folder / f'{name}.log'}. Start serve again."
                )
