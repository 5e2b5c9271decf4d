"""The embedded PostgreSQL: started on demand, private, and alive again whatever happened to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest

from warehouse import embedded
from warehouse.embedded import account, binaries, liveness
from warehouse.embedded.cluster import LONGEST_FOLDER, Cluster
from warehouse.errors import DatabaseUnavailable

ROOT = Path(__file__).parents[2]
START = "import sys; from pathlib import Path; from warehouse import embedded; print(embedded.start(Path(sys.argv[1])))"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start the server as somebody else")


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path, as a real home is; other accounts may walk through it."""
    folder = Path(tempfile.mkdtemp(prefix="rollcall-home-"))
    folder.chmod(0o755)
    yield folder
    with suppress(FileNotFoundError):
        embedded.stop(folder)
    shutil.rmtree(folder)


def ask(url: str, statement: str) -> object:
    with closing(psycopg2.connect(url)) as session, session, session.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def pid(home: Path) -> int:
    process = liveness.postmaster(Cluster.of(home).data)
    assert process is not None
    return process.pid


def _is_main(process: psutil.Process, home: Path) -> bool:
    """Whether it is a main process on that data: its command line still names the program and its arguments."""
    try:
        return process.cmdline()[1:2] == ["-D"] and Path(process.cwd()) == Cluster.of(home).data
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def test_the_server_is_private(home: Path) -> None:
    """It listens on no network, and its socket lies in a folder that only its owner may enter."""
    url = embedded.start(home)
    assert ask(url, "show listen_addresses") == ""
    assert ask(url, "show fsync") == "on"
    assert stat.S_IMODE(Cluster.of(home).sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(Cluster.of(home).data.stat().st_mode) == 0o700


def test_a_second_start_finds_the_running_server(home: Path) -> None:
    """Starting what runs changes nothing; stopping twice is as good as once; what was written is still there."""
    url = embedded.start(home)
    ask(url, "create table kept as select 7 as number")
    first = pid(home)
    assert embedded.start(home) == url
    assert pid(home) == first
    embedded.stop(home)
    embedded.stop(home)
    assert ask(embedded.start(home), "select number from kept") == 7


def test_two_commands_that_start_at_once_share_one_server(home: Path) -> None:
    """Of several processes that start on an empty home, each gets the same answering server."""
    command = [sys.executable, "-c", START, str(home)]
    starting = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    urls = {process.communicate()[0].strip() for process in starting}
    assert [process.returncode for process in starting] == [0, 0, 0]
    assert urls == {Cluster.of(home).url("rollcall")}
    assert [process.pid for process in psutil.process_iter() if _is_main(process, home)] == [pid(home)]


def test_committed_rows_survive_a_server_killed_hard(home: Path) -> None:
    """After kill -9, three times, the next start finds every committed row and no other."""
    url = embedded.start(home)
    ask(url, "create table kept (number int)")
    for number in range(3):
        ask(url, f"insert into kept values ({number})")
        with closing(psycopg2.connect(url)) as session, session.cursor() as cursor:
            cursor.execute("insert into kept values (99)")
            os.kill(pid(home), signal.SIGKILL)
            assert embedded.start(home) == url
    assert ask(url, "select array_agg(number order by number) from kept") == [0, 1, 2]


def test_a_server_that_waits_for_those_who_are_in_is_not_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to stop it waits for every session, also for one whose owner wants to come in again: that one is cut off."""
    monkeypatch.setattr(liveness, "GRACE", 0.5)
    url = embedded.start(home)
    with closing(psycopg2.connect(url)) as session, session.cursor() as cursor:
        cursor.execute("create table lost (number int)")
        first = pid(home)
        os.kill(first, signal.SIGTERM)
        assert embedded.start(home) == url
        assert pid(home) != first
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("select 1")
    assert ask(url, "select to_regclass('lost')") is None


def test_a_backend_that_outlives_its_killed_server_is_waited_for(home: Path) -> None:
    """No second server starts on the data while a busy part of the killed one still works on it."""
    url = embedded.start(home)

    def busy() -> None:
        with suppress(psycopg2.Error):
            ask(
                url,
                "do $$ declare t timestamptz := clock_timestamp() + '3s'; "
                "begin while clock_timestamp() < t loop end loop; end $$",
            )

    thread = threading.Thread(target=busy)
    thread.start()
    while not ask(url, "select count(*) from pg_stat_activity where query like 'do %' and state = 'active'"):
        pass
    os.kill(pid(home), signal.SIGKILL)
    assert ask(embedded.start(home), "select 1") == 1
    thread.join()


def test_a_process_id_that_is_somebody_elses_by_now_does_not_deceive(home: Path) -> None:
    """After a crash the number in postmaster.pid, and in the socket's lock, may name any other living process."""
    embedded.start(home)
    os.kill(pid(home), signal.SIGKILL)
    cluster = Cluster.of(home)
    for lock in (cluster.data / "postmaster.pid", cluster.socket_lock):
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert ask(embedded.start(home), "select 1") == 1


def test_an_empty_pid_file_is_no_obstacle(home: Path) -> None:
    """A power cut can leave postmaster.pid empty."""
    embedded.start(home)
    os.kill(pid(home), signal.SIGKILL)
    (Cluster.of(home).data / "postmaster.pid").write_text("")
    assert ask(embedded.start(home), "select 1") == 1


def test_making_the_database_can_be_interrupted(home: Path) -> None:
    """What a killed first start left behind is thrown away, and the database is made whole."""
    unfinished = home / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert ask(embedded.start(home), "select 1") == 1
    assert not unfinished.exists()


@pytest.mark.parametrize("name", ['Application Support, it\'s 100% "mine" & café', "deep/" * 40])
def test_any_path_will_do(home: Path, name: str) -> None:
    """Spaces, quotes and commas are fine; a path too long for a socket gets a short private folder."""
    folder = home / name
    url = embedded.start(folder)
    sockets = Cluster.of(folder).sockets
    assert ask(url, "select 1") == 1
    assert len(os.fsencode(sockets)) <= LONGEST_FOLDER
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    embedded.stop(folder)
    assert not list(sockets.glob(".s.*"))


def test_a_prepared_socket_folder_of_somebody_else_is_refused(home: Path) -> None:
    """In the temporary folder anybody could have been there before us: a symbolic link is not followed."""
    folder = home / ("deep/" * 40)
    sockets = Cluster.of(folder).sockets
    sockets.symlink_to(home)
    try:
        with pytest.raises(DatabaseUnavailable, match="belongs to somebody else"):
            embedded.start(folder)
    finally:
        sockets.unlink()


def test_a_server_of_somebody_else_in_our_place_is_not_believed(home: Path) -> None:
    """The name in the temporary folder is no secret: while ours does not run, somebody could answer in its place."""
    folder = home / ("deep/" * 40)
    embedded.start(folder)
    embedded.stop(folder)
    embedded.start(home)
    sockets = Cluster.of(folder).sockets
    sockets.symlink_to(Cluster.of(home).sockets)
    try:
        with pytest.raises(DatabaseUnavailable, match="belongs to somebody else"):
            embedded.start(folder)
        embedded.stop(folder)
        assert ask(embedded.start(home), "select 1") == 1
    finally:
        sockets.unlink()


def test_the_server_does_not_inherit_our_secrets(home: Path) -> None:
    """The environment of the command that happens to start the server does not live on in it."""
    environment = {**os.environ, "ROLLCALL_X_BEARER_TOKEN": "planted"}
    subprocess.run([sys.executable, "-c", START, str(home)], cwd=ROOT, env=environment, check=True, capture_output=True)
    assert "ROLLCALL_X_BEARER_TOKEN" not in psutil.Process(pid(home)).environ()


def test_failed_statements_leave_no_text_in_the_log(home: Path) -> None:
    """What people wrote can be part of a statement: the server's log holds neither statements nor values."""
    url = embedded.start(home)
    with pytest.raises(psycopg2.Error):
        ask(url, "select cast('a private sentence' as int)")
    assert "private" not in Cluster.of(home).log.read_text()


@needs_root
def test_root_without_namespaces_lends_the_files_to_an_unprivileged_account(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where user namespaces are forbidden, as in most containers, the server runs as `postgres` or `nobody`."""
    monkeypatch.setattr(account, "NAMESPACE", ("false",))
    try:
        url = embedded.start(home)
    except DatabaseUnavailable as error:
        pytest.skip(f"this computer's PostgreSQL programs lie where no other account may read them: {error}")
    assert ask(url, "select 1") == 1
    assert psutil.Process(pid(home)).uids().real != 0
    os.kill(pid(home), signal.SIGKILL)
    monkeypatch.undo()
    assert ask(embedded.start(home), "select 1") == 1


@needs_root
def test_an_ordinary_user_starts_its_own(home: Path) -> None:
    """Without any privilege the server runs as the user."""
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", sys.executable, "-c"]
    tried = subprocess.run([*as_nobody, "import psycopg2, warehouse"], cwd=ROOT, capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip("this Python lies where the user nobody may not read it")
    shutil.chown(home, "nobody")
    ended = subprocess.run([*as_nobody, START, str(home)], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert psutil.Process(pid(home)).username() == "nobody"
    assert ask(ended.stdout.strip(), "select 1") == 1


def test_other_programs_serve_where_the_package_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package's programs the system's are taken, from version 15 on."""
    monkeypatch.setattr(binaries, "find_spec", lambda name: None)
    try:
        found = binaries.find()
    except DatabaseUnavailable:
        pytest.skip("this computer has no PostgreSQL of its own")
    url = embedded.start(home)
    version = ask(url, "select current_setting('server_version_num')::int / 10000")
    assert version == found.major
    monkeypatch.undo()
    embedded.stop(home)
    assert ask(embedded.start(home), "select current_setting('server_version_num')::int / 10000") == version


def test_no_programs_at_all_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what was looked for, and what to do."""
    monkeypatch.setattr(binaries, "_folders", lambda: iter([Path("/nonexistent")]))
    with pytest.raises(DatabaseUnavailable, match=r"version 15 or newer.*/nonexistent.*ROLLCALL_DATABASE_URL"):
        binaries.find()


def test_an_unusable_folder_is_said_plainly(home: Path) -> None:
    """A home that is a file, or on a read-only disk, gives one sentence and no traceback of ours."""
    (home / "postgres").write_text("a file")
    with pytest.raises(DatabaseUnavailable, match="Set ROLLCALL_HOME"):
        embedded.start(home)


def test_nothing_listens_on_the_network(home: Path) -> None:
    """Not even on the loopback."""
    embedded.start(home)
    kinds = {connection.family for connection in psutil.Process(pid(home)).net_connections(kind="inet")}
    assert kinds.isdisjoint({socket.AF_INET, socket.AF_INET6})
