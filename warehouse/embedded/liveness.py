"""Is the embedded server alive? A process id in a file proves nothing: dead, a zombie, somebody else's by now."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from warehouse.errors import DatabaseUnavailable

PATIENCE = 120.0
GRACE = 10.0
"""Seconds for those who are connected to a server that was told to stop, before somebody who wants it anew cuts in."""
NOBODY = 2**31 - 1  # no system gives out a process id as high as this


def postmaster(data: Path) -> psutil.Process | None:
    """The server's main process, if it lives."""
    try:
        process = psutil.Process(int(_pid_file(data)[0]))
    except (ValueError, IndexError, psutil.NoSuchProcess):
        return None
    return process if _serves(process, data, if_hidden=True) else None


def while_alive(data: Path) -> Iterator[psutil.Process]:
    """Yields the server's process every now and then until it is gone or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while (process := postmaster(data)) is not None and time.monotonic() < deadline:
        yield process
        time.sleep(0.05)


def hasten(data: Path, process: psutil.Process) -> None:
    """A server that was told to stop takes nobody in, but waits for all who are in: perhaps for ever, if they want to
    come in once more. After a while their open transactions are rolled back, and it stops."""
    pid_file = data / "postmaster.pid"
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        if "stopping" in pid_file.read_text().split() and time.time() - pid_file.stat().st_mtime > GRACE:
            process.send_signal(signal.SIGINT)


def bury(data: Path, socket_lock: Path) -> None:
    """Clears away what a server that was killed left behind, once nothing of it lives any more.

    The pid file is not removed but made to name nobody: PostgreSQL still finds its shared memory there, and refuses
    to start beside a survivor that we could not see.
    """
    lines = _pid_file(data)
    if not lines:
        (data / "postmaster.pid").unlink(missing_ok=True)
    else:
        _wait_for_survivors(data)
        (data / "postmaster.pid").write_text("\n".join([str(NOBODY), *lines[1:]]) + "\n")
    socket_lock.unlink(missing_ok=True)


def end(data: Path) -> None:
    """Asks the server to stop at once (open transactions are rolled back) and waits until it is gone."""
    for attempt, process in enumerate(while_alive(data)):
        if attempt == 0:
            process.send_signal(signal.SIGINT)
    if (left := postmaster(data)) is not None:
        raise DatabaseUnavailable(f"The embedded PostgreSQL (process {left.pid}) does not stop: end that process.")


def _wait_for_survivors(data: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while left := [process.pid for process in psutil.process_iter() if _serves(process, data, if_hidden=False)]:
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"Parts of an embedded PostgreSQL that was killed still run (processes {', '.join(map(str, left))}): "
                "end them and try again; nothing committed is lost."
            )
        time.sleep(0.05)


def _serves(process: psutil.Process, data: Path, *, if_hidden: bool) -> bool:
    """Whether it is a living PostgreSQL on this data; `if_hidden` answers where its folder may not be seen."""
    try:
        if process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.uids().real != data.stat().st_uid:
            return False
        return Path(process.cwd()) == data
    except psutil.AccessDenied:
        return if_hidden
    except psutil.NoSuchProcess:
        return False


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
