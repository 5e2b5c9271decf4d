"""PostgreSQL's own programs for backups: which fit a server, and how they run without showing a secret.

A program may be newer than the server, never older. What it says of a table's rows is never passed on: it may hold
what people wrote. https://www.postgresql.org/docs/current/app-pgdump.html
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from warehouse.embedded import binaries
from warehouse.engine import without_password
from warehouse.errors import BackupError

OURS_ONLY = 0o077
FULL = ("No space left on device", "File too large", "Disk quota exceeded", "disk full")
KILLED_BY_ITS_LIMIT = -25
"""SIGXFSZ: the file would have become larger than this account may write."""
TABLE = re.compile(r'(?:TABLE(?: DATA)? \w+|for table) "?(\w+)"?')


def find(program: str, server_major: int) -> Path:
    """A `pg_dump` or `pg_restore` that understands this server. Raises BackupError if there is only an older one."""
    seen = []
    for path in candidates(program):
        told = version(path)
        if told is not None and told >= server_major:
            return path
        seen.append(str(told or "one that does not run"))
    have = f"only version {', '.join(dict.fromkeys(seen))}" if seen else "none"
    raise BackupError(
        f"The PostgreSQL server is version {server_major}, and {program} has to be as new: on this computer there is "
        f"{have}. Install the client programs of PostgreSQL {server_major}, so that {program} is found on the PATH."
    )


def version(path: Path) -> int | None:
    """The program's major version; None if it does not run."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"(\d+)(?:\.\d+|devel|beta|rc)", told)
    return int(match[1]) if match else None


def candidates(program: str) -> Iterator[Path]:
    """Where it lies on this computer: with what came with rollcall, with the system's PostgreSQL, on the PATH."""
    for folder in binaries.folders():
        if (folder / program).exists():
            yield folder / program
    if on_path := shutil.which(program):
        yield Path(on_path)


def run(command: Sequence[str | Path], url: str, environment: Mapping[str, str], doing: str) -> None:
    """Run the program on the database of `url`, to its end. Raises BackupError with what stopped it.

    The password goes by the program's environment: everybody on a computer can read the words of a command.
    """
    address, password = without_password(url)
    settings = {name: value for name, value in environment.items() if not name.startswith("ROLLCALL_")}
    settings |= {"LC_ALL": "C", "PGTZ": "UTC", "PGAPPNAME": "rollcall backup"}
    settings |= {"PGPASSWORD": password} if password else {}
    offline([*command, "--no-password", f"--dbname={address}"], settings, doing)


def offline(command: Sequence[str | Path], environment: Mapping[str, str], doing: str) -> str:
    """Run the program to its end and return what it printed. Its files are for their owner only."""
    ended = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={"PATH": "/usr/bin:/bin", **environment},
        umask=OURS_ONLY,
    )
    if ended.returncode != 0:
        raise BackupError(f"{doing}: {_reason(Path(command[0]).name, ended.returncode, ended.stderr)}")
    return ended.stdout


def _reason(program: str, code: int, told: str) -> str:
    if code == KILLED_BY_ITS_LIMIT or any(word in told for word in FULL):
        return "the disk is full, or this account may write no more there. Make room and start again."
    if code < 0:
        return f"{program} was ended from outside (signal {-code}). Start again."
    if "connection to server" in told:
        return "the server does not let us in, or broke off. Try `rollcall doctor`, then start again."
    if "lock timeout" in told:
        return "another session keeps a table locked. End it, or try again later."
    if denied := re.search(r"permission denied for (?:table|schema|sequence|view|function) \w+", told):
        return f"{denied[0]}: the warehouse's owner has to do this."
    if "unsupported version" in told:
        return f"this {program} is older than the one that wrote the file: install a newer PostgreSQL."
    if absent := re.search(r'(?:role|extension|collation|language|type) "[^"\n]*" does not exist', told):
        return f"{absent[0]} on this server: an administrator has to make it first."
    where = f" at table {table[1]}" if (table := TABLE.search(told)) else ""
    return f"{program} stopped{where} (exit code {code})."
