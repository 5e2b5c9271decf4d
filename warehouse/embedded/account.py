"""As whom PostgreSQL runs. It refuses to be root, so root gives it another face.

ordinary user           as that user
root                    in a user namespace: root outside (the files stay root's), an ordinary user inside
root without namespaces (most containers): as an account without privileges, to which the files are given
root, another's files   as their owner
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.embedded.binaries import Binaries
from warehouse.errors import DatabaseUnavailable

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
UNPRIVILEGED = ("postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}  # no secret of ours lives on in the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    folder: Path
    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: Path, binaries: Binaries) -> Account:
        """The account for the files under `folder`, able to reach them and the programs."""
        owner = folder.stat()
        if os.geteuid() != 0:
            if owner.st_uid != os.geteuid():
                raise DatabaseUnavailable(
                    f"The folder {folder} belongs to another account: run rollcall as that account, "
                    "or set ROLLCALL_HOME to a folder of your own."
                )
            return cls(folder=folder)
        if owner.st_uid != 0:
            return _reaching(cls(folder=folder, uid=owner.st_uid, gid=owner.st_gid), binaries)
        if _works(NAMESPACE):
            return cls(folder=folder, prefix=NAMESPACE)
        return _unprivileged(folder, binaries)

    def run(self, command: Sequence[str], *, log: Path, what: str) -> None:
        """Runs one of PostgreSQL's programs in the folder, to its end. No pipes: the server would hold them open."""
        with log.open("ab") as told:
            self.give(log)
            ended = subprocess.run(
                [*self.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                cwd=self.folder,
                env=ENVIRONMENT,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
        if ended.returncode != 0:
            raise DatabaseUnavailable(f"The embedded PostgreSQL {what}; the reason is at the end of {log}.")

    def give(self, path: Path) -> None:
        """Makes the account the owner of the path."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def give_all(self, folder: Path) -> None:
        for parent, _, names in os.walk(folder):
            for path in (Path(parent), *(Path(parent) / name for name in names)):
                if not path.is_symlink():
                    self.give(path)


def _unprivileged(folder: Path, binaries: Binaries) -> Account:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(folder=folder, uid=entry.pw_uid, gid=entry.pw_gid)
        account.give_all(folder)
        return _reaching(account, binaries)
    raise DatabaseUnavailable(
        "PostgreSQL refuses to run as root, and there is no account without privileges to run it as: "
        "run rollcall as an ordinary user, or set ROLLCALL_DATABASE_URL to a PostgreSQL server."
    )


def _reaching(account: Account, binaries: Binaries) -> Account:
    script = 'cd "$1" && "$2" --version'
    if not _works(["/bin/sh", "-c", script, "sh", str(account.folder), str(binaries.folder / "postgres")], account):
        raise DatabaseUnavailable(
            f"PostgreSQL refuses to run as root, and the account number {account.uid} cannot reach {account.folder} "
            f"or {binaries.folder}: run rollcall as an ordinary user, or keep both outside root's own folders."
        )
    return account


def _works(command: Sequence[str], account: Account | None = None) -> bool:
    if account is None:
        command = [*command, "true"]
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            env=ENVIRONMENT,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError:
        return False
    return ended.returncode == 0
