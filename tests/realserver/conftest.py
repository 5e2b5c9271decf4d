"""Servers of our own on loopback, for as long as the tests last.

WordPress, made of Debian's packages `wordpress mariadb-server php-cli php-mysql …`; its clock zone is not UTC, as real
sites' are not. Bluesky, made of the npm packages `@atproto/dev-env` and `node`, which are installed on first use (about
500 MB below BLUESKY_CODE), and of Debian's `postgresql redis-server npm`.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CODE = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb", "mariadb-install-db")
POSTS = 200
PATIENCE = 60

BLUESKY_CODE = Path.home() / ".cache" / "rollcall-tests" / "bluesky"
BLUESKY_PROGRAMS = ("npm", "redis-server", "setpriv")
NODE, DEV_ENV = "22", "0.6.7"
POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class WordPress:
    url: str
    root: Path
    true_ids: frozenset[int]
    """The posts of #ITP28, as the seed tells."""

    def run(self, php: str) -> str:
        """Run PHP inside this WordPress, as a plugin could."""
        start = (
            "$_SERVER['HTTP_HOST']='127.0.0.1'; $_SERVER['REQUEST_URI']='/'; $_SERVER['SERVER_PROTOCOL']='HTTP/1.1';"
        )
        return _output("php", "-d", "display_errors=0", "-r", f"{start} require '{self.root}/wp-load.php'; {php}")


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    missing = [program for program in PROGRAMS if _program(program) is None] + ([] if CODE.is_dir() else [str(CODE)])
    if missing or os.geteuid() != 0:
        pytest.skip(f"a real WordPress needs root and Debian's packages (`make test-real`); missing: {missing}")
    folder = Path(f"/var/tmp/rollcall-wordpress-{secrets.token_hex(4)}")
    with ExitStack() as stack:
        folder.mkdir(mode=0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database_port, port = _free_port(), _free_port()
        _start_database(folder, database_port, stack)
        root = _document_root(folder, port, database_port)
        _output("php", "-d", "sendmail_path=/bin/true", str(HERE / "wordpress_install.php"), str(root))
        true_ids = json.loads(_output("php", str(HERE / "wordpress_seed.php"), str(root), str(POSTS)))
        _start_web(folder, root, port, stack)
        yield WordPress(url=f"http://127.0.0.1:{port}", root=root, true_ids=frozenset(true_ids))


@dataclass(frozen=True)
class Bluesky:
    url: str
    """Of the accounts' own server."""
    control: str
    accounts: tuple[dict[str, Any], ...]
    posts: tuple[dict[str, Any], ...]
    """As the seed tells."""
    password: str

    def call(self, method: str, account: dict[str, Any], body: dict[str, Any]) -> None:
        """Something that an account does, and then wait until the whole network has seen it."""
        headers = {"Authorization": f"Bearer {account['accessJwt']}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/xrpc/{method}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE):
            self.settle()

    def settle(self) -> None:
        with urllib.request.urlopen(f"{self.control}/settled", timeout=PATIENCE) as answer:
            assert answer.status == 200


@pytest.fixture(scope="session")
def bluesky() -> Iterator[Bluesky]:
    missing = [name for name in BLUESKY_PROGRAMS if _program(name) is None] + ([] if _postgres() else ["postgresql"])
    if missing or os.geteuid() != 0:
        pytest.skip(f"a real Bluesky needs root and Debian's packages (`make test-real`); missing: {missing}")
    _install_bluesky()
    folder = Path(f"/var/tmp/rollcall-bluesky-{secrets.token_hex(4)}")
    with ExitStack() as stack:
        folder.mkdir(mode=0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database_url, redis_port = _start_postgres(folder, stack), _free_port()
        alone = ["--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        _start([_program("redis-server") or "", "--port", str(redis_port), *alone], folder / "redis.log", stack)
        ports = [_free_port() for _ in range(5)]
        environment = {
            **os.environ,
            "DB_POSTGRES_URL": database_url,
            "REDIS_HOST": f"127.0.0.1:{redis_port}",
            "PORTS": ",".join(map(str, ports)),
            "TMPDIR": str(folder),
            "LOG_ENABLED": "false",
        }
        shutil.copy(HERE / "bluesky_network.mjs", BLUESKY_CODE)
        log = folder / "network.log"
        _start([str(_node()), str(BLUESKY_CODE / "bluesky_network.mjs")], log, stack, environment)
        _until(lambda: '"ready"' in log.read_text(), "the network did not start")
        url = f"http://localhost:{ports[1]}"
        seeded = json.loads(_output(sys.executable, str(HERE / "bluesky_seed.py"), url, str(POSTS)))
        network = Bluesky(
            url=url,
            control=f"http://127.0.0.1:{ports[4]}",
            accounts=tuple(seeded["accounts"]),
            posts=tuple(seeded["posts"]),
            password=seeded["password"],
        )
        network.settle()
        yield network


def _node() -> Path:
    return BLUESKY_CODE / "node" / "node_modules" / "node" / "bin" / "node"


def _install_bluesky() -> None:
    """Its one compiled part is made for the Node that it will run with: that Node's headers come with its package."""
    if (BLUESKY_CODE / "node_modules" / "@atproto" / "dev-env").is_dir() and _node().exists():
        return
    try:
        _install(BLUESKY_CODE / "node", f"node@{NODE}")
        [headers] = (BLUESKY_CODE / "node" / "node_modules" / "node" / "node_modules").glob("node-linux-*")
        path = f"{_node().parent}:{os.environ.get('PATH', '')}"
        _install(BLUESKY_CODE, f"@atproto/dev-env@{DEV_ENV}", PATH=path, npm_config_nodedir=str(headers))
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, ValueError) as failed:
        pytest.skip(f"the network's npm packages cannot be installed here: {failed}")


def _install(folder: Path, package: str, **environment: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    command = [_program("npm") or "", "install", "--silent", package]
    subprocess.run(command, check=True, cwd=folder, timeout=900, env={**os.environ, **environment}, capture_output=True)


def _postgres() -> Path | None:
    return next(iter(sorted(POSTGRES.glob("*/bin"), reverse=True)), None) if POSTGRES.is_dir() else None


def _start_postgres(folder: Path, stack: ExitStack) -> str:
    data, programs, port = folder / "postgres", _postgres(), _free_port()
    assert programs is not None
    user = pwd.getpwnam("postgres")
    data.mkdir()
    os.chown(data, user.pw_uid, user.pw_gid)
    as_postgres = [_program("setpriv") or "", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    _output(*as_postgres, str(programs / "initdb"), "-D", str(data), "-U", "pg", "-A", "trust", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c max_connections=300"
    command = [*as_postgres, str(programs / "postgres"), "-D", str(data), *options.split(), "-c", "fsync=off"]
    _start(command, folder / "postgres.log", stack)
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    _until(lambda: subprocess.run(ready, check=False).returncode == 0, "the network's database did not start")
    return f"postgres://pg@127.0.0.1:{port}/postgres"


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")


def _output(*command: str) -> str:
    done = subprocess.run(
        [_program(command[0]) or command[0], *command[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command[:3]}: {done.stdout[-500:]} {done.stderr[-500:]}"
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(command: list[str], log: Path, stack: ExitStack, environment: dict[str, str] | None = None) -> None:
    """A server in a process group of its own, so that its workers end with it."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, start_new_session=True)

    def end() -> None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)

    stack.callback(end)


def _start_database(folder: Path, port: int, stack: ExitStack) -> None:
    data, run = folder / "db", folder / "run"
    user = pwd.getpwnam("mysql")
    for path in (data, run):
        path.mkdir()
        os.chown(path, user.pw_uid, user.pw_gid)
    options = ["--no-defaults", "--user=mysql", f"--datadir={data}"]
    _output("mariadb-install-db", *options, "--auth-root-authentication-method=normal", "--skip-test-db")
    server = [_program("mariadbd") or "", *options, f"--socket={run}/s", f"--pid-file={run}/pid", f"--port={port}"]
    fast = ["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]
    _start([*server, *fast], folder / "db.log", stack)
    _until(lambda: (run / "s").exists(), "the database did not start")
    grant = (
        "CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER 'wp'@'127.0.0.1' IDENTIFIED BY 'wp';"
        " GRANT ALL ON wp.* TO 'wp'@'127.0.0.1';"
    )
    _output("mariadb", "--no-defaults", "-S", f"{run}/s", "-uroot", "-e", grant)


def _document_root(folder: Path, port: int, database_port: int) -> Path:
    """Links to Debian's files, and the few that must lie beside our own configuration as real copies."""
    root = folder / "root"
    root.mkdir()
    for path in CODE.iterdir():
        if path.name in ("wp-load.php", "index.php", "wp-blog-header.php"):
            shutil.copy(path, root / path.name)
        elif path.name != "wp-config.php":
            (root / path.name).symlink_to(path)
    content = folder / "wp-content"
    (content / "plugins").mkdir(parents=True)
    (content / "themes").symlink_to(CODE / "wp-content" / "themes")
    names = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT")
    constants: dict[str, str | bool] = {
        "DB_NAME": "wp",
        "DB_USER": "wp",
        "DB_PASSWORD": "wp",
        "DB_HOST": f"127.0.0.1:{database_port}",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
        "WP_HOME": f"http://127.0.0.1:{port}",
        "WP_SITEURL": f"http://127.0.0.1:{port}",
        "WP_CONTENT_DIR": str(content),
        "WP_HTTP_BLOCK_EXTERNAL": True,
        "DISABLE_WP_CRON": True,
        "AUTOMATIC_UPDATER_DISABLED": True,
        **{name: secrets.token_hex(16) for name in (*names, "LOGGED_IN_SALT", "NONCE_SALT")},
    }
    lines = [f"define('{name}', {json.dumps(value)});" for name, value in constants.items()]
    lines += ["$table_prefix = 'wp_';", f"defined('ABSPATH') || define('ABSPATH', '{CODE}/');"]
    (root / "wp-config.php").write_text("\n".join(["<?php", *lines, "require_once ABSPATH . 'wp-settings.php';"]))
    return root


def _start_web(folder: Path, root: Path, port: int, stack: ExitStack) -> None:
    command = [_program("php") or "", "-d", "sendmail_path=/bin/true", "-d", "display_errors=0"]
    router = str(HERE / "wordpress_router.php")
    environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "2"}
    _start([*command, "-S", f"127.0.0.1:{port}", "-t", str(root), router], folder / "web.log", stack, environment)
    _until(lambda: _answers(f"http://127.0.0.1:{port}/wp-json/"), "the web server did not start")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _until(is_true: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if is_true():
            return
        time.sleep(0.1)
    raise TimeoutError(otherwise)
