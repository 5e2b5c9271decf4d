"""A backup is whole or not there: while the warehouse is in use, when pg_dump is killed, when the disk is full."""

from __future__ import annotations

import json
import resource
import shutil
import stat
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine

from tests.warehouse.backup.conftest import run_sql, taken
from tests.warehouse.forgetting.planting import ID, NOW, OTHERS, WORDS
from warehouse.backup import folder, manifest, programs
from warehouse.embedded import binaries
from warehouse.engine import connect, parse
from warehouse.errors import AlreadyRunning, BackupError

PASSWORD = "over-the-shoulder"


def test_it_says_what_it_is_and_names_nobody(planted: Engine, tmp_path: Path) -> None:
    """Times, counts and checksums; for its owner only; nothing of people, passwords and keys beside the dump."""
    made = taken(planted, tmp_path / "backups").backup
    assert made.folder.name == "rollcall-2026-03-20T000000Z"
    assert sorted(path.name for path in made.folder.iterdir()) == ["SHA256SUMS", "manifest.json", "warehouse.dump"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (made.folder, made.folder.parent)} == {0o700}
    told = json.loads((made.folder / "manifest.json").read_text())
    assert (told["application"], told["taken_at"]) == ("1.0", NOW.isoformat())
    assert told["tables"]["core.item"] == 4
    assert told["tables"]["people.person"] == 2
    assert not [table for table in told["tables"] if table.startswith("build.")]
    beside = "".join((made.folder / name).read_text() for name in ("manifest.json", "SHA256SUMS"))
    assert not [word for word in ("amina", "Amina", ID, "F1", WORDS, "a key for tests") if word in beside]
    manifest.check(made.folder, manifest.read(made.folder))


def mid_way(into: Path, act: Any) -> threading.Thread:
    """Does something to pg_dump as soon as it has written a part of its file."""

    def watch() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if any(path.stat().st_size > 50_000 for path in into.glob(".draft-*/*.dump")):
                act(next(one for one in psutil.Process().children(recursive=True) if one.name() == "pg_dump"))
                return
            time.sleep(0.002)

    watching = threading.Thread(target=watch)
    watching.start()
    return watching


def test_a_dump_that_is_killed_leaves_no_backup(planted: Engine, tmp_path: Path) -> None:
    """Not even a name, and the older one stays. No password stands among the words of a command."""
    into, seen = tmp_path / "backups", []
    older = taken(planted, into).backup
    run_sql(planted, "create table core.many as select md5(n::text) as word from generate_series(1, 400000) as n")
    address = parse(planted.url.render_as_string(hide_password=False)).set(password=PASSWORD)
    engine = connect(address.render_as_string(hide_password=False))

    def act(process: psutil.Process) -> None:
        seen.append((" ".join(process.cmdline()), process.environ()))
        process.kill()

    watching = mid_way(into, act)
    with pytest.raises(BackupError, match=r"ended from outside \(signal 9\)"):
        taken(engine, into, now=NOW + timedelta(days=1), number=1)
    watching.join()
    engine.dispose()
    [(words, environment)] = seen
    assert PASSWORD not in words
    assert environment["PGPASSWORD"] == PASSWORD
    assert sorted(path.name for path in into.iterdir()) == [".lock", older.folder.name]
    assert folder.found(into) == [older]


def test_a_full_disk_is_a_sentence_and_leaves_nothing(planted: Engine, tmp_path: Path) -> None:
    """Whether pg_dump finds out or we do; and before it begins, where it can be told."""
    into = tmp_path / "backups"
    run_sql(planted, "create table core.many as select md5(n::text) as word from generate_series(1, 20000) as n")
    for most in (100_000, 3_000):  # of one file: in the middle of the dump; as it begins
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            with pytest.raises(BackupError, match="disk is full"):
                taken(planted, into)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [path.name for path in into.iterdir()] == [".lock"]


def test_what_will_not_fit_is_not_begun(planted: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the size of the last one, or of the tables."""
    into = tmp_path / "backups"
    little = shutil.disk_usage(tmp_path)._replace(free=1000)
    for expected in (0, 1):
        with monkeypatch.context() as patch:
            patch.setattr("warehouse.backup.shutil.disk_usage", lambda _: little)
            with pytest.raises(BackupError, match=r"may need .* has 1 kB left"):
                taken(planted, into)
        assert len(folder.found(into)) == expected
        taken(planted, into)


def test_where_there_is_no_room_beside_the_old_ones_they_go_first(
    planted: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those only that go anyway, never the newest, and none if that would not be enough."""
    into = tmp_path / "backups"
    newest = taken(planted, into).backup
    for day in (1, 2):
        shutil.copytree(newest.folder, into / f"rollcall-2026-01-0{day}T000000Z")
    size = newest.manifest.dump_bytes

    def usage(folder: Path) -> Any:
        used = sum(path.stat().st_size for path in folder.rglob("*.dump"))
        return shutil._ntuple_diskusage(disk, used, disk - used)  # type: ignore[attr-defined]

    monkeypatch.setattr("warehouse.backup.shutil.disk_usage", usage)
    for room, number in ((3.5, None), (3.5, 4), (2, 2)):
        disk = int(room * size)
        with pytest.raises(BackupError, match=r"keep fewer with --keep, or delete the oldest folders"):
            taken(planted, into, number=number)
        assert len(folder.found(into)) == 3
    disk = int(3.5 * size)
    made = taken(planted, into, now=NOW + timedelta(days=1), number=2)
    assert [path.name[:19] for path in made.removed] == ["rollcall-2026-01-01", "rollcall-2026-01-02"]
    assert [one.folder for one in folder.found(into)] == [newest.folder, made.backup.folder]
    disk = int(2.2 * size)  # even one would not fit beside the newest
    with pytest.raises(BackupError, match="may need"):
        taken(planted, into, number=1)
    assert [one.folder for one in folder.found(into)] == [newest.folder, made.backup.folder]


def test_what_comes_in_meanwhile_is_not_half_in_it(
    planted: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump is of the moment in which the rows were counted."""
    real = programs.run

    def late(*given: Any) -> None:
        run_sql(planted, "delete from core.interaction", f"delete from core.item where post_id = '{OTHERS}'")
        real(*given)

    monkeypatch.setattr(programs, "run", late)
    made = taken(planted, tmp_path / "backups").backup
    assert made.manifest.tables["core.item"] == 4
    script = programs.offline([programs.find("pg_restore", 15), "--data-only", "--file=-", made.dump], {}, "read")
    [its] = [part for part in script.split("COPY ") if part.startswith("core.item (")]
    assert its.partition("\\.\n")[0].count("\n") == 5


def test_old_ones_go_when_the_new_one_is_whole(planted: Engine, tmp_path: Path) -> None:
    """The newest stay, and so do another warehouse's and whatever else lies there; what was half done goes."""
    into = tmp_path / "backups"
    first, second = (taken(planted, into, now=NOW + timedelta(days=day)).backup for day in (0, 1))
    (into / "holiday.jpg").write_text("mine")
    (into / f"{folder.DRAFT}old").mkdir()
    run_sql(planted, "update people.analyst_key set key = sha256('another')")
    other = taken(planted, into, now=NOW + timedelta(days=2), number=1).backup
    assert [one.folder for one in folder.found(into)] == [first.folder, second.folder, other.folder]
    again = taken(planted, into, now=NOW + timedelta(days=1), number=1)  # the clock went back: still the newest
    assert again.removed == [other.folder]
    assert [one.folder for one in folder.found(into)] == [first.folder, second.folder, again.backup.folder]
    assert (into / "holiday.jpg").exists()
    assert not list(into.glob(".d*"))
    with pytest.raises(BackupError, match="--keep must be 1 or more"):
        taken(planted, into, number=0)


def test_two_at_a_time_do_not_sweep_each_other(planted: Engine, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    with folder.draft(into) as draft:
        with pytest.raises(AlreadyRunning, match="Another backup"):
            taken(planted, into)
        assert draft.is_dir()


def test_a_server_newer_than_pg_dump_is_a_sentence(
    planted: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.2 (Debian 14.2-1)'\n")
    program.chmod(0o700)
    monkeypatch.setattr(binaries, "_folders", lambda: iter([program.parent]))
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(BackupError, match=r"server is version \d+, .* only version 14\. Install"):
        taken(planted, tmp_path / "backups")
