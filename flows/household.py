"""The processes that `rollcall serve` started: remembered, started again, stopped at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from flows.errors import ConfigurationError

SECONDS_TO_STOP = 15.0
PAUSES, WITHIN = (0.0, 15.0, 60.0), 600.0
"""A process that ended by itself is started again so often within so many seconds, each time after such a pause: the
database that it needs may just be starting."""


@dataclass(slots=True)
class Child:
    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    process: psutil.Popen
    started_again: list[float] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None


class Household:
    """The processes that were started, remembered in a file, so that what a hard kill leaves can be stopped later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = folder / "processes.json"
        self.children: list[Child] = []

    def __enter__(self) -> Household:
        stop_all(self._left_behind())
        return self

    def __exit__(self, *exc: object) -> None:
        stop_all(child.process for child in reversed(self.children))
        self.record.unlink(missing_ok=True)

    def start(self, name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> Child:
        """Start `prefect …`. Its output goes to NAME.log."""
        child = Child(name, arguments, environment, self._launch(name, arguments, environment))
        self.children.append(child)
        self._remember()
        return child

    def start_again(self, child: Child, wait: Callable[[float], bool]) -> str | None:
        """Start one that ended by itself again, and say so. Raises ConfigurationError if it did so again and again.

        What it had started ends with it: nothing of it may hold a port, or work unseen. `wait` answers true to break
        off.
        """
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        log = self.folder / f"{child.name}.log"
        child.started_again = [moment for moment in child.started_again if moment > time.monotonic() - WITHIN]
        times = len(child.started_again)
        if times == len(PAUSES):
            raise ConfigurationError(
                f"Prefect's {child.name} ended by itself again and again. What it said is in {log}. "
                "Mend what it names and start serve again."
            )
        if wait(PAUSES[times]):
            return None
        child.started_again.append(time.monotonic())
        child.process = self._launch(child.name, child.arguments, child.environment)
        self._remember()
        return f"Prefect's {child.name} ended by itself and was started again. What it said is in {log}.old."

    def _launch(self, name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> psutil.Popen:
        """In a session of its own, so that Ctrl-C reaches us only."""
        log = self.folder / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.old"))
        with log.open("wb") as output:
            return psutil.Popen(
                [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _remember(self) -> None:
        alive = [child.process for child in self.children if child.process.is_running()]
        self.record.write_text(json.dumps([[process.pid, process.create_time()] for process in alive]))

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
