"""`rollcall watch`: silent when the day's run happened; else it says so plainly, also that the database is off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from flows import campaign_file, cli
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.watch import watch
from tests.flows.receiver import Receiver, receiving
from warehouse import ledger
from warehouse.campaign import Campaign

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the plug-ins that apprise imports
FILE = """
name = "isles"
title = "#Isles7"
hashtags = ["isles7"]
starts_on = 2026-03-02
ends_on = 2026-03-08
zone = "UTC"
grace_days = 2
"""
MORNING = datetime(2026, 3, 4, 6, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving("planted-Secret-4711") as receiver:
        yield receiver


@pytest.fixture
def settings(database_url: str, tmp_path: Path, receiver: Receiver) -> Settings:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "isles.toml").write_text(FILE, "utf-8")
    folders = (tmp_path / "campaigns",)
    return Settings(
        home=tmp_path / "home", database_url=database_url, campaign_folders=folders, notify_urls=(receiver.url,)
    )


@pytest.fixture
def campaign(settings: Settings) -> Campaign:
    return campaign_file.find(settings)


def ran(engine: Engine, began: datetime, state: str, error: str | None = None) -> ledger.Run:
    run = ledger.begin(engine, "isles", "daily", lambda: began, day=began.date())
    if state != "running":
        run.finish(state, error)
    return run


def publish(engine: Engine, at: datetime) -> None:
    """A publication and a headline of that time, as far as is looked at."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table if not exists metrics.metric_headline (campaign text, publication_id bigint,"
                " unique_posts int, members int, fellows int, countries int, provisional boolean, open_reviews int)"
            )
        )
        connection.execute(
            text(
                "with published as (insert into metrics.publication (campaign, run_id, as_of, published_at,"
                " definition_version) values ('isles', :run, :at, :at, '1') returning publication_id)"
                " insert into metrics.metric_headline"
                " select 'isles', publication_id, 1, 1, 1, 1, false, 0 from published"
            ),
            {"run": uuid4(), "at": at},
        )


def troubles(settings: Settings, now: datetime, *, tell: bool = False) -> list[str]:
    return [trouble for one in watch(settings, tell=tell, clock=lambda: now) for trouble in one.troubles]


def test_nothing_is_said_while_the_run_and_the_tables_are_young(
    settings: Settings, engine: Engine, receiver: Receiver
) -> None:
    """A day and two hours long; then both are told, with what to do, here and to the team."""
    ran(engine, MORNING, "partial")
    publish(engine, MORNING)
    assert troubles(settings, MORNING + 26 * HOUR, tell=True) == []
    assert receiver.messages == []
    late = troubles(settings, MORNING + 27 * HOUR, tell=True)
    assert late == [
        "#Isles7: no daily run has ended well since that of 2026-03-04 06:15 UTC, 27 hours ago.",
        "Is rollcall serve running? To do the day's work now: rollcall daily --campaign isles",
        "#Isles7: the published tables are 27 hours old (2026-03-04 06:15 UTC).",
    ]
    assert receiver.last() == "\n".join(["rollcall watch: the day's run did not happen", *late])


def test_the_same_is_told_once_a_day(settings: Settings, engine: Engine, receiver: Receiver) -> None:
    """Cron may ask each hour. What was not delivered is sent again, and so is what comes again after it was well."""
    receiver.status[0] = 500
    first = MORNING + 27 * HOUR
    troubles(settings, first, tell=True)
    receiver.status[0] = 200
    for hours in (1, 2, 24, 25, 26):
        troubles(settings, first + hours * HOUR, tell=True)
    assert len(receiver.messages) == 1 + 2
    ran(engine, first + 25 * HOUR, "completed")
    publish(engine, first + 25 * HOUR)
    assert troubles(settings, first + 26 * HOUR, tell=True) == []
    troubles(settings, first + 26 * HOUR + 26 * HOUR, tell=True)
    assert len(receiver.messages) == 1 + 2 + 1
    (settings.home / "watch.json").write_text("{}", "utf-8")
    troubles(settings, first + 53 * HOUR, tell=True)
    assert len(receiver.messages) == 1 + 2 + 2


def test_one_that_was_well_in_between_is_told_again(settings: Settings, engine: Engine, receiver: Receiver) -> None:
    """Although another one is bad all the time, of which nobody hears twice."""
    other = settings.campaign_folders[0] / "shores.toml"
    other.write_text(FILE.replace("isles", "shores").replace("Isles", "Shores"), "utf-8")
    first = MORNING + 27 * HOUR
    troubles(settings, first, tell=True)
    ran(engine, first, "completed")
    publish(engine, first)
    assert {trouble.partition(":")[0] for trouble in troubles(settings, first + HOUR, tell=True)} >= {"#Shores7"}
    assert len(receiver.messages) == 1
    with engine.begin() as connection:
        connection.execute(text("delete from core.run"))
    troubles(settings, first + 5 * HOUR, tell=True)
    assert len(receiver.messages) == 2


def test_one_address_that_takes_it_is_enough(settings: Settings, receiver: Receiver) -> None:
    """Another that never answers makes nobody hear the same each hour."""
    gone = "json://team:planted-Secret-4711@127.0.0.1:9/hook"
    for hour in range(3):
        troubles(replace(settings, notify_urls=(gone, receiver.url)), MORNING + (27 + hour) * HOUR, tell=True)
    assert len(receiver.messages) == 1


def test_a_file_that_cannot_be_read_is_told_once_a_day(settings: Settings, receiver: Receiver) -> None:
    """And what is wrong with the campaign itself after that, at once."""
    (path,) = settings.campaign_folders[0].glob("*.toml")
    path.write_text(FILE.replace("UTC", "Isle"), "utf-8")
    for hour in (0, 1, 23, 24):
        (said,) = troubles(settings, MORNING + (27 + hour) * HOUR, tell=True)
        assert "time zone" in said
    assert len(receiver.messages) == 2
    assert receiver.last() == f"rollcall watch could not look\n{said}"
    with pytest.raises(ConfigurationError, match="time zone"):
        watch(settings, "isles", clock=lambda: MORNING)
    path.write_text(FILE, "utf-8")
    troubles(settings, MORNING + 52 * HOUR, tell=True)
    assert len(receiver.messages) == 3


def test_one_broken_file_hides_no_other_campaign(settings: Settings, receiver: Receiver) -> None:
    """The day of the others is looked at, and both are told in one message."""
    other = settings.campaign_folders[0] / "shores.toml"
    other.write_text(FILE.replace("isles", "shores").replace("Isles", "Shores").replace("UTC", "Isle"), "utf-8")
    said = troubles(settings, MORNING + 27 * HOUR, tell=True)
    assert said[0] == "#Isles7: no daily run has ended well so far."
    assert "shores.toml" in said[-1]
    assert receiver.last() == "\n".join(["rollcall watch: the day's run did not happen", *said])


def test_whom_nobody_told_is_told_once_there_is_an_address(settings: Settings, receiver: Receiver) -> None:
    """Without one nobody heard of it, so it is not noted as told."""
    troubles(replace(settings, notify_urls=()), MORNING + 27 * HOUR, tell=True)
    assert not (settings.home / "watch.json").exists()
    troubles(settings, MORNING + 28 * HOUR, tell=True)
    assert len(receiver.messages) == 1


def test_how_the_last_run_ended_is_told(settings: Settings, engine: Engine) -> None:
    """One that failed, one that was killed, one that hangs; but one that is under way is waited for."""
    now = MORNING + 25 * HOUR
    assert troubles(settings, now)[0] == "#Isles7: no daily run has ended well so far."
    ran(engine, MORNING, "failed", "The disk is full: make room.")
    assert "#Isles7: The run that began 2026-03-04 06:15 UTC failed. The disk is full: make room." in troubles(
        settings, now
    )
    running = ran(engine, MORNING + 24 * HOUR, "running")
    assert [trouble for trouble in troubles(settings, now) if "daily" in trouble] == []
    assert any("still under way" in trouble for trouble in troubles(settings, now + 6 * HOUR))
    running.life.close()
    assert any("06:15 UTC died" in trouble for trouble in troubles(settings, now))


def test_a_run_under_way_has_time_to_publish(settings: Settings, engine: Engine) -> None:
    """Yesterday's tables are a day and two hours old before it ends; they are told once it may not go on any longer."""
    ran(engine, MORNING, "completed")
    publish(engine, MORNING + HOUR / 2)
    late = MORNING + 27 * HOUR
    tables = "#Isles7: the published tables are 26 hours old (2026-03-04 06:45 UTC)."
    assert tables in troubles(settings, late)
    running = ran(engine, MORNING + 24 * HOUR, "running")
    assert troubles(settings, late) == []
    assert any("the published tables are 30 hours old" in trouble for trouble in troubles(settings, late + 4 * HOUR))
    running.finish("failed", "The checks stopped it.")
    assert troubles(settings, late)[-1] == tables


def test_before_and_after_a_campaign_no_run_is_missed(settings: Settings) -> None:
    """From a day after it begins until a day after its days of grace, in its zone."""
    begins, ends = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
    assert troubles(settings, begins + 25 * HOUR) == []
    assert troubles(settings, begins + 26 * HOUR) != []
    assert troubles(settings, ends + 25 * HOUR) != []
    assert troubles(settings, ends + 26 * HOUR) == []


def test_it_is_said_when_the_database_is_off(settings: Settings, campaign: Campaign, tmp_path: Path) -> None:
    """One that does not answer, and an embedded one, which is not started by being looked at."""
    password = "planted-Secret-4712"
    gone = replace(settings, database_url=f"postgresql://me:{password}@127.0.0.1:9/rollcall")
    (said,) = troubles(gone, MORNING)
    assert said.startswith("#Isles7: the database is off. The database of ROLLCALL_DATABASE_URL does not answer, so")
    assert said.endswith("Ask whoever runs that server to start it.")
    assert password not in said
    assert troubles(gone, MORNING - 90 * 24 * HOUR) == []  # nothing is due yet
    (said,) = troubles(replace(settings, database_url=None), MORNING)
    assert f"There is no embedded PostgreSQL at work in {tmp_path / 'home'}" in said
    assert said.endswith("Start it with: rollcall serve")
    assert not (tmp_path / "home").exists()


def test_a_folder_without_campaigns_is_not_well(settings: Settings, tmp_path: Path) -> None:
    """Cron may look in the wrong place."""
    with pytest.raises(ConfigurationError, match="no campaign file"):
        watch(replace(settings, campaign_folders=(tmp_path / "empty",)))


def test_the_command_prints_for_cron_and_for_scripts(
    settings: Settings,
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing and 0 if all is well; else a sentence a line, and 1."""
    now = datetime.now(UTC)
    (path,) = settings.campaign_folders[0].glob("*.toml")
    path.write_text(FILE.replace("2026-03-02", f"{now - 50 * HOUR:%Y-%m-%d}").replace("2026-03-08", "2099-01-01"))
    monkeypatch.chdir(path.parent.parent)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    assert cli.run(["watch"]) == 1
    assert "no daily run has ended well so far." in capsys.readouterr().out
    ran(engine, now - HOUR, "completed")
    publish(engine, now)
    assert cli.run(["watch"]) == 0
    assert capsys.readouterr().out == ""
    assert cli.run(["watch", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is True
    assert told["campaigns"][0]["missed"][-1] == str((now - 24 * HOUR).date())
    assert cli.run(["watch", "--hours", "0.5"]) == 1
    assert capsys.readouterr().err == ""
    assert cli.run(["watch", "--hours", "0.5", "--tell"]) == 2
    said = capsys.readouterr()
    assert "no daily run has ended well" in said.out
    assert "--tell has nobody to tell: ROLLCALL_NOTIFY_URLS names no address" in said.err
