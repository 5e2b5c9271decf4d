"""Erasing somebody, end to end: the numbers are right without them, and no file, read or rebuild brings them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows.cli import run
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import roster
from flows.steps.build import build
from flows.steps.collect import collect
from flows.steps.forget import forget
from flows.steps.imports import import_files
from flows.steps.rebuild import rebuild
from sandbox.papers import hand_csv, roster_csv
from sandbox.server import Sandbox
from warehouse import ledger
from warehouse.campaign import Campaign
from warehouse.errors import AlreadyRunning
from warehouse.roles.analysts import KEY

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that judge and build
]


def rows(engine: Engine, query: str, **given: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), given)]


def headline(engine: Engine) -> tuple[Any, ...]:
    [found] = rows(engine, "select unique_posts, members from metrics.metric_headline")
    return found


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_an_erased_person_is_gone_from_the_numbers_and_stays_gone(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, tmp_path: Path
) -> None:
    """The same sheet, the same roster, another collection and a rebuild: the numbers are those without the person."""
    clock, sheet = servers.clock, tmp_path / "seen.csv"
    sheet.write_text(hand_csv(servers.world, clock.now()), "utf-8")
    people = tmp_path / "roster.csv"
    people.write_text(roster_csv(servers.world), "utf-8")

    def collected() -> None:
        import_files(settings, campaign, [sheet], clock=clock.now)
        collect(settings, campaign, clock=clock.now, sleep=clock.advance)

    collected()
    build(settings, campaign, clock=clock.now)
    [(person, posts)] = rows(
        engine, "select person_id, posts from metrics.metric_member_activity order by posts desc, person_id limit 1"
    )
    unique_posts, members = headline(engine)
    [(eligible,)] = rows(engine, "select count(*) from marts.dim_member")
    report = settings.home / "reports" / "old.html"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("a report")

    done = forget(settings, person, clock=clock.now)
    assert (done.built, done.not_built) == ([campaign.name], {})
    assert report in done.files
    assert settings.home / "suppression.key" not in done.files
    without = (unique_posts - posts, members - 1)
    assert headline(engine) == without
    assert rows(engine, "select count(*) from marts.dim_member") == [(eligible - 1,)]
    assert done.receipt.posts >= posts

    loaded = roster.load(settings, people, campaign, clock=clock.now)
    assert any("somebody who was erased" in warning for warning in loaded.warnings)
    collected()
    rebuild(settings, campaign, clock=clock.now)
    assert headline(engine) == without
    for table in ("people.person", "people.account_owner", "people.person_handle", "marts.fct_items"):
        assert rows(engine, f"select 1 from {table} where person_id = :person", person=person) == []


@pytest.mark.usefixtures("with_roster")
def test_nobody_is_erased_beside_a_run_or_under_a_wrong_id(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine
) -> None:
    """A run that has begun holds the old list of those who must not land."""
    [(person,)] = rows(engine, "select min(person_id) from people.person")
    other = ledger.begin(engine, campaign.name, "collect", servers.clock.now)
    with pytest.raises(AlreadyRunning, match="rollcall collect"):
        forget(settings, person, clock=servers.clock.now)
    other.finish("completed")
    with pytest.raises(ConfigurationError, match="person_id"):
        forget(settings, "nobody", clock=servers.clock.now)
    assert forget(settings, person, clock=servers.clock.now).built == []
    assert rows(engine, "select 1 from people.person where person_id = :person", person=person) == []
    states = [("failed",), ("failed",), ("completed",)]
    assert rows(engine, "select state from core.run where verb = 'forget' order by started_at, ended_at") == states


@pytest.mark.usefixtures("with_roster")
def test_whatever_stops_a_campaign_the_receipt_is_there(
    settings: Settings, campaign: Campaign, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is erased by then: an error that nobody foresaw must not look as if nothing had happened."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Amina Sample")

    monkeypatch.setattr("flows.steps.forget.build", broken)
    [(person,)] = rows(engine, "select min(person_id) from people.person")
    with engine.begin() as connection:
        publication = text(
            "insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version)"
            " values (:campaign, gen_random_uuid(), now(), now(), '1')"
        )
        connection.execute(publication, {"campaign": campaign.name})
    done = forget(settings, person)
    assert done.receipt.rows["people.person"] == 1
    assert done.not_built == {campaign.name: "an error of ours (RuntimeError)"}


@pytest.mark.usefixtures("with_roster")
def test_the_receipt_says_what_people_have_to_look_through_themselves(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Analysts' tables with the person's key, and folders that no command knows of."""
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    [(person,)] = rows(engine, "select min(person_id) from people.person")
    with engine.begin() as connection:
        key = KEY.format("cast(:person as text)")
        connection.execute(text("create schema ada"))
        statement = f"create table ada.mine as select {key} as person_key from people.analyst_key as secret"
        connection.execute(text(statement), {"person": person})
    assert run(["forget", person, "--yes"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Look through them, with whoever made them: ada.mine.person_key" in said
    assert "the folders of `rollcall db export`" in said
    [(kept,)] = rows(engine, "select receipt from people.erasure")
    assert kept["in_tables_of_others"] == ["ada.mine.person_key"]
