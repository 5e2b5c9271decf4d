"""The embedded server's files: where they are, how they are made, how the server is launched on them."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from warehouse.embedded import binaries
from warehouse.embedded.account import Account
from warehouse.errors import DatabaseUnavailable

PORT = 5432  # only a part of the socket's name
LONGEST_FOLDER = 103 - len(f"/.s.PGSQL.{PORT}")  # macOS allows 103 bytes for a socket's path, Linux 107
SUPERUSER = "rollcall"

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",  # a statement that failed can hold what people wrote: it is the caller's to report
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    folder: Path
    sockets: Path

    @classmethod
    def of(cls, home: Path) -> Cluster:
        folder = home.expanduser().resolve() / "postgres"
        return cls(folder=folder, sockets=_sockets(folder))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def socket_lock(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}.lock"

    def exists(self) -> bool:
        return self.data.is_dir()

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.sockets), safe='/')}&port={PORT}"

    def create(self, *, durable: bool) -> None:
        """Makes the data folder, whole or not at all: `initdb` works beside it, and the result is renamed."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        found = binaries.find()
        account = Account.of(self.folder, found)
        # PostgreSQL's own locale (17 and newer) sorts alike on every computer; before it, the C library's has to do.
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if found.major >= 17
            else ["--locale=C.UTF-8"]
        )
        account.run(
            [str(found.folder / "initdb"), "--pgdata", unfinished.name, "--username", SUPERUSER, "--encoding=UTF8"]
            + ["--auth-local=trust", "--auth-host=reject", "--data-checksums", *locale]
            + ([] if durable else ["--no-sync"]),
            log=self.log,
            what="could not be made",
        )
        unfinished.rename(self.data)

    def launch(self, *, durable: bool) -> None:
        """Starts the server and waits until it takes connections."""
        found = binaries.find(int((self.data / "PG_VERSION").read_text()))
        account = Account.of(self.folder, found)
        self.make_sockets()
        account.give(self.sockets)
        sockets = str(self.sockets).replace('"', '""')
        settings = SETTINGS | {"unix_socket_directories": f'"{sockets}"'} | ({} if durable else NOT_DURABLE)
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        start = [str(found.folder / "pg_ctl"), "start", "--wait", "--timeout=120", "--silent"]
        account.run(
            [*start, "--pgdata", self.data.name, "--log", self.log.name, "--options", options],
            log=self.log,
            what="did not start",
        )

    def tidy(self) -> None:
        """Leaves nothing in the temporary folder."""
        if self.sockets.parent != self.folder and self.has_sockets():
            shutil.rmtree(self.sockets)

    def has_sockets(self) -> bool:
        """Whether the sockets' folder is there and ours: in the temporary folder anybody could have made one."""
        try:
            status = self.sockets.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(status.st_mode) and status.st_uid in {os.geteuid(), self.folder.stat().st_uid}

    def make_sockets(self) -> None:
        """Makes the sockets' folder, which only its owner may enter."""
        with suppress(FileExistsError):
            self.sockets.mkdir(mode=0o700)
        if not self.has_sockets():
            raise DatabaseUnavailable(f"The folder {self.sockets} belongs to somebody else: remove it and try again.")
        self.sockets.chmod(0o700)


def _sockets(folder: Path) -> Path:
    """Beside the data where the path will do for a socket (short, no comma), else in the temporary folder."""
    beside = folder / "socket"
    if len(os.fsencode(beside)) <= LONGEST_FOLDER and "," not in str(beside):
        return beside
    short = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()) / f"rollcall-{short}"
