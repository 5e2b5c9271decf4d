"""Backup and restore as the team has them: on another computer, after an erasure, by the schedule, at the terminal."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.logging import disable_run_logger
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import Engine, text

from flows.cli import run
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import notify
from flows.steps.backup import back_up, backups, finding, told_of_failures
from flows.steps.collect import collect
from flows.steps.forget import forget
from flows.steps.imports import import_files
from flows.steps.restore import restore
from flows.steps.warehouse import open_warehouse, warehouse_url
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from tests.flows.order import built, differing, published
from tests.flows.receiver import receiving
from tests.warehouse.backup.portrait import differing as unlike
from tests.warehouse.backup.portrait import portrait
from warehouse import embedded, ledger
from warehouse.backup import erased, folder
from warehouse.campaign import Campaign
from warehouse.engine import connect
from warehouse.errors import BackupError, DatabaseUnavailable, SchemaMismatch

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that judge and build
]


def rows(engine: Engine, query: str, **given: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), given)]


@pytest.fixture
def another_computer(settings: Settings) -> Iterator[Settings]:
    """One with an embedded warehouse of its own, and a copy of the key."""
    settings.make_suppression_key()
    home = Path(tempfile.mkdtemp(prefix="rollcall-home-"))
    home.chmod(0o755)
    shutil.copy(settings.home / "suppression.key", home)
    yield replace(settings, home=home, database_url=None)
    embedded.stop(home)
    shutil.rmtree(home)


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_on_another_computer_all_is_as_it_was_and_goes_on(
    settings: Settings,
    campaign: Campaign,
    servers: Sandbox,
    engine: Engine,
    another_computer: Settings,
    tmp_path: Path,
) -> None:
    """Every table of every schema, row by row; then it reads the platforms, builds, and publishes the same numbers."""
    clock, sheet = servers.clock, tmp_path / "seen.csv"
    sheet.write_text(hand_csv(servers.world, clock.now()), "utf-8")
    import_files(settings, campaign, [sheet], form="hand", clock=clock.now)
    collect(settings, campaign, clock=clock.now, sleep=lambda _: None)
    before = built(settings, campaign, servers, engine)
    assert before["metrics.metric_headline"]
    made = back_up(settings, clock=clock.now).backup
    there = portrait(engine)
    done = restore(another_computer, made.folder, clock=clock.now)
    assert (done.restored.roles_missing, done.restored.strangers, done.not_built) == ([], [], {})
    restored = connect(warehouse_url(another_computer))
    with restored.begin() as connection:
        connection.execute(text("delete from core.run where verb = 'restore'"))
    differences = unlike(there, portrait(restored))
    assert differences == {}
    assert differing(before, published(restored)) == {}

    again = collect(another_computer, campaign, clock=clock.now, sleep=lambda _: None)
    assert {one.counts["new"] for one in again.platforms.values()} == {0}
    differences = differing(before, built(another_computer, campaign, servers, restored))
    assert set(differences) == {"metrics.metric_quality"}  # it counts runs, and there was one more
    restored.dispose()


@pytest.mark.usefixtures("with_roster")
def test_whoever_is_forgotten_after_the_backup_does_not_come_back(
    settings: Settings, engine: Engine, another_computer: Settings, tmp_path: Path
) -> None:
    """Into the same warehouse, which knows it; and on a new computer that has only the backups' folder and the key."""
    [(person,)] = rows(engine, "select min(person_id) from people.person")
    made = back_up(settings).backup
    receipt = forget(settings, person)
    assert receipt.backups == [made.folder]
    assert not [path for path in receipt.files if path.name in (erased.FILE, "warehouse.dump")]
    everybody = rows(engine, "select count(*) from people.person")

    here = restore(settings, made.folder, replace=True)
    assert here.restored.applied.people == 1
    assert "the present warehouse" in here.asked
    assert here.as_json()["all_erasures_are_known"]
    assert here.kept is not None
    assert folder.named(here.kept).manifest.taken_at > made.manifest.taken_at

    elsewhere = tmp_path / "stick"
    shutil.copytree(backups(settings), elsewhere)
    there = restore(another_computer, elsewhere / made.folder.name / "warehouse.dump")
    assert (there.restored.applied.people, there.asked) == (1, [str(elsewhere / erased.FILE)])
    assert not there.as_json()["all_erasures_are_known"]
    assert there.newest_erasure is not None
    new = connect(warehouse_url(another_computer))
    for one in (engine, new):
        assert rows(one, "select 1 from people.person where person_id = :person", person=person) == []
        assert rows(one, "select count(*) from people.person") == everybody
        assert rows(one, "select verb, state from core.run where verb = 'restore'") == [("restore", "completed")]
    new.dispose()


def test_an_erasure_that_cannot_be_noted_outside_does_not_happen(
    settings: Settings, engine: Engine, with_roster: None
) -> None:
    """Else a restore would not know of it."""
    [(person,)] = rows(engine, "select min(person_id) from people.person")
    settings.make_suppression_key()
    (settings.home / erased.FILE).write_text("not a list\n")
    with pytest.raises(BackupError, match="cannot be read"):
        forget(settings, person)
    assert rows(engine, "select 1 from people.person where person_id = :person", person=person) == [(1,)]
    assert rows(engine, "select count(*) from people.erasure") == [(0,)]


@pytest.mark.usefixtures("with_roster")
def test_without_the_key_nothing_is_restored(settings: Settings, another_computer: Settings) -> None:
    """None is made instead: the list of those who opted out could not be read with it."""
    made = back_up(settings).backup
    key = another_computer.home / "suppression.key"
    key.unlink()
    with pytest.raises(ConfigurationError, match="suppression key of this backup is not here"):
        restore(another_computer, made.folder)
    assert not key.exists()
    other = replace(another_computer, suppression_key="another key, which is as long as it has to be")
    with pytest.raises(ConfigurationError, match="suppression key"):
        restore(other, made.folder)


def test_the_key_goes_where_it_is_told_and_never_beside_a_backup(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, key_to=tmp_path / "safe").backup
    secret = settings.make_suppression_key()
    assert (tmp_path / "safe" / "suppression.key").read_bytes() == secret
    everything = [path.read_bytes() for path in backups(settings).rglob("*") if path.is_file()]
    assert not [content for content in everything if secret in content]
    for place in (backups(settings), made.folder):
        with pytest.raises(ConfigurationError, match="Name another folder"):
            back_up(settings, key_to=place)
    (tmp_path / "safe" / "suppression.key").write_text("of another warehouse")
    with pytest.raises(ConfigurationError, match="another key already"):
        back_up(settings, key_to=tmp_path / "safe")


def test_half_a_restored_warehouse_is_opened_by_no_command(settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table public.rollcall_restoring ()"))
    with pytest.raises(DatabaseUnavailable, match="db restore FILE"):
        open_warehouse(settings)


def test_the_doctor_says_how_old_the_newest_is(settings: Settings, campaign: Campaign) -> None:
    """While a campaign is on, two days are too many."""
    begins = campaign.opens_at

    def said(at: datetime) -> tuple[str, str]:
        found = finding(settings, campaign, lambda: at)
        return found.verdict, found.sentence

    assert said(begins - timedelta(days=1))[0] == "good"
    assert said(begins)[0] == "look"
    back_up(settings, clock=lambda: begins)
    verdict, sentence = said(begins + timedelta(hours=47))
    assert (verdict, "47 hours old" in sentence) == ("good", True)
    verdict, sentence = said(begins + timedelta(days=3))
    assert (verdict, "3 days old" in sentence, "rollcall db backup" in sentence) == ("look", True, True)


def test_the_team_is_told_that_there_is_none(settings: Settings) -> None:
    """In our own sentences; what goes on its way is the error itself."""
    with receiving("hush") as receiver:
        told = replace(settings, notify_urls=(receiver.url,))
        (settings.home / "backups").parent.mkdir(parents=True, exist_ok=True)
        (settings.home / "backups").write_text("a file where the folder should be")
        with pytest.raises(BackupError, match="No backup can be written") as raised, told_of_failures(told):
            back_up(told)
        notify.of_scheduled_run(told, "None", "backup", raised.value)  # as every flow does with what ends it
        assert len(receiver.messages) == 1
        assert "there is no new backup" in receiver.last()
        assert "rollcall db backup" in receiver.last()


def test_on_the_command_line(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON for scripts; a password among the words of a command is refused; a replacement is asked for."""
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    assert run(["db", "backup", "--json", "--keep", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "completed"
    assert told["tables"]["people.person"] == 0
    assert run(["db", "restore", told["backup"], "--into", "postgresql://me:hush@127.0.0.1/new"]) == 2
    said = capsys.readouterr().err
    assert "PGPASSWORD" in said
    assert "hush" not in said
    assert run(["db", "restore", told["backup"], "--replace", "--json"]) == 2
    capsys.readouterr()
    ledger.begin(engine, None, "collect", lambda: datetime.fromisoformat(told["taken_at"])).finish("completed")
    assert run(["db", "restore", told["backup"], "--replace", "--yes"]) == 0
    assert "Restored" in capsys.readouterr().out
    assert rows(engine, "select verb from core.run") == [("restore",)]


@pytest.mark.usefixtures("with_roster")
def test_a_list_that_may_be_too_old_is_said_to_be(
    settings: Settings,
    engine: Engine,
    another_computer: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a stick of Monday, and somebody was forgotten on Tuesday; also where a warehouse of its own was begun."""
    [(early,), (late,)] = rows(engine, "select person_id from people.person order by 1 limit 2")
    made = back_up(settings).backup
    forget(settings, early)
    stick = tmp_path / "stick"
    shutil.copytree(backups(settings), stick)
    forget(settings, late)
    open_warehouse(another_computer).dispose()
    monkeypatch.setenv("ROLLCALL_HOME", str(another_computer.home))
    monkeypatch.delenv("ROLLCALL_DATABASE_URL", raising=False)
    [(day,)] = rows(engine, "select min(erased_at) from people.erasure")
    assert run(["db", "restore", str(stick / made.folder.name)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"go up to {day:%Y-%m-%d %H:%M} UTC: whoever was erased later" in said
    assert "rollcall forget PERSON_ID" in said
    new = connect(warehouse_url(another_computer))
    back = rows(new, "select person_id from people.person where person_id in (:a, :b)", a=early, b=late)
    new.dispose()
    assert back == [(late,)]


@pytest.mark.usefixtures("with_roster")
def test_the_way_back_from_a_newer_rollcall(settings: Settings, engine: Engine) -> None:
    """Its warehouse is kept in its form, and asked who was erased, before the older one takes its place."""
    made = back_up(settings).backup
    [(person,)] = rows(engine, "select min(person_id) from people.person")
    forget(settings, person)
    for place in (settings.home, backups(settings)):
        (place / erased.FILE).unlink()
    with engine.begin() as connection:
        connection.execute(text("update public.rollcall_schema_version set version_num = '9999'"))
    with pytest.raises(SchemaMismatch):
        back_up(settings)
    done = restore(settings, made.folder, replace=True)
    assert done.kept is not None
    assert folder.named(done.kept).manifest.revision == "9999"
    assert (done.asked_itself, done.restored.applied.people) == (True, 1)
    open_warehouse(settings).dispose()


def test_what_cannot_be_kept_is_not_replaced_without_a_word(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor left out of a backup."""
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setattr("warehouse.backup.tables.left_out", lambda _: ["ada.own"])
    with engine.begin() as connection:
        connection.execute(text("create schema ada"))
        connection.execute(text("create table ada.own as select 1 as n"))
    assert run(["db", "backup"]) == 0
    assert "may not read it or what it is made of: ada.own." in " ".join(capsys.readouterr().out.split())
    made = back_up(settings).backup
    with pytest.raises(BackupError, match="--replace"):
        restore(settings, made.folder)
    with pytest.raises(BackupError, match=r"without ada\.own, .* Nothing was replaced"):
        restore(settings, made.folder, replace=True)
    assert rows(engine, "select n from ada.own") == [(1,)]
    restore(settings, made.folder, replace=True, keep_present=False)
    assert rows(engine, "select to_regclass('ada.own')") == [(None,)]


@pytest.mark.full
def test_the_scheduled_backup_shows_what_it_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A table of counts, and a message; a failure is a red state with one sentence."""
    from flows.backup import backup

    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    caplog.set_level(logging.ERROR)
    with prefect_test_harness(server_startup_timeout=120), disable_run_logger():
        good = backup(return_state=True)
        with get_client(sync_client=True) as client:
            named = ArtifactFilter(key=ArtifactFilterKey(any_=["backup"]))
            [artifact] = client.read_artifacts(artifact_filter=named)
        bad = backup(keep=0, return_state=True)
    assert good.is_completed()
    assert "read again and whole" in str(good.message)
    assert "people.person" in str(artifact.data)
    assert bad.is_failed()
    assert "--keep must be 1 or more" in str(bad.message)
