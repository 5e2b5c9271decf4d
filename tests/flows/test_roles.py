"""Each role at its own work, under a login of its own; and what `rollcall db url --role` says."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from flows.cli import run
from flows.settings import Settings
from flows.steps import report, review
from flows.steps.build import build
from flows.steps.collect import collect
from flows.steps.freeze import freeze
from flows.steps.imports import import_files
from flows.steps.warehouse import open_warehouse
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from tests.warehouse.roles.conftest import Somebody, logged_in
from warehouse import embedded
from warehouse.campaign import Campaign
from warehouse.engine import connect, create_database, drop_database

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]


@pytest.fixture
def logins(engine: Engine, database_url: str, settings: Settings) -> Iterator[dict[str, Somebody]]:
    """Role -> somebody who has it, after the owner has opened the warehouse once."""
    open_warehouse(settings).dispose()
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(logged_in(engine, database_url, role))
            for role in ("loader", "reviewer", "publisher", "analyst")
        }


def as_(somebody: Somebody, settings: Settings) -> Settings:
    return replace(settings, database_url=somebody.url)


@pytest.mark.usefixtures("with_roster")
def test_a_loader_collects_and_imports(
    settings: Settings,
    campaign: Campaign,
    in_midweek: Sandbox,
    logins: dict[str, Somebody],
    engine: Engine,
    tmp_path: Path,
) -> None:
    """Posts, acts, what is asked for again, and the clerks' sheet come in under the loader's login."""
    mine, clock = as_(logins["loader"], settings), in_midweek.clock
    for stream in ("posts", "interactions", "refresh"):
        result = collect(mine, campaign, stream=stream, clock=clock.now, sleep=clock.advance)  # type: ignore[arg-type]
        assert result.state == "completed", (stream, result)
    sheet = tmp_path / "seen.csv"
    sheet.write_text(hand_csv(in_midweek.world, clock.now()), "utf-8")
    assert import_files(mine, campaign, [sheet], clock=clock.now).state == "partial"  # two bad lines
    with engine.connect() as connection:
        came = connection.execute(
            text("select (select count(*) from core.item), (select count(*) from core.interaction)")
        ).one()
        runs = connection.execute(text("select verb, state from core.run order by started_at")).all()
    assert min(came) > 0
    streams = [(verb, "completed") for verb in ("collect", "interactions", "refresh")]
    assert [tuple(row) for row in runs] == [*streams, ("import", "partial")]


SEEN = """\
platform,post_url,author_key,posted_at,text
facebook,https://www.facebook.com/groups/1/posts/11,aroha.tipene,2026-02-03T08:00+00:00,the lamp maker #Lanterns7
instagram,https://www.instagram.com/p/AAAAAAAAAA1/,F02,2026-02-03T08:05+00:00,the lamp maker #Lanterns7
facebook,https://www.facebook.com/groups/1/posts/12,Nobody Anyone Knows,2026-02-04T08:00+00:00,my lamp #Lanterns7
"""


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_a_reviewer_decides_and_a_publisher_writes_the_report(
    settings: Settings, campaign: Campaign, servers: Sandbox, logins: dict[str, Somebody], tmp_path: Path
) -> None:
    """The owner builds; the questions, the answers, the page and its tables need no more than these two roles have."""
    sheet = tmp_path / "seen.csv"
    sheet.write_text(SEEN, "utf-8")
    import_files(settings, campaign, [sheet], clock=servers.clock.now)
    before = build(settings, campaign, clock=servers.clock.now).headline

    reviewer = as_(logins["reviewer"], settings)
    assert {one.queue for one in review.status(reviewer, campaign)} >= {"duplicate_doubtful", "author_unresolved"}
    folder = tmp_path / "review"
    review.export(reviewer, campaign, folder)
    pairs = answered(folder / "duplicate_doubtful.csv", "merge")
    assert review.import_decisions(reviewer, campaign, [pairs], by="Mira", clock=servers.clock.now).new == 1

    publisher = as_(logins["publisher"], settings)
    page = report.report(publisher, campaign, tmp_path / "report")
    assert page.stat().st_size > 10_000
    assert report.tables(publisher, campaign, tmp_path / "report").exists()
    assert freeze(publisher, campaign, "final", provisional=True, clock=servers.clock.now).rows > 0
    assert before["open_reviews"] > 0

    analyst = logins["analyst"]
    assert analyst.rows("select unique_posts from metrics.metric_headline") == [(before["unique_posts"],)]
    assert len(analyst.rows("select person_key from analysis.fct_posts")) == before["unique_posts"]
    assert "permission denied" in str(analyst.refused("select * from marts.fct_posts"))


def answered(path: Path, decision: str) -> Path:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | {"decision": decision} for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_who_may_not_is_told_so_in_a_sentence(
    settings: Settings, campaign: Campaign, logins: dict[str, Somebody], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    """A command under the wrong login says what was refused and where it stands which login may."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    for role in ("analyst", "reviewer", "publisher"):
        monkeypatch.setenv("ROLLCALL_DATABASE_URL", logins[role].url)
        assert run(["collect", "--platform", "mastodon", "--campaign", campaign.name]) == 1
        told = " ".join(capsys.readouterr().err.split())
        assert "The login of the database's address may not do that (permission denied for" in told
        assert "docs/roles.md" in told


def test_the_address_of_a_role_on_a_server_of_one_s_own(
    settings: Settings, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Without a login the SQL for one; with one its address, without a password; nothing is made by the way."""
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", database_url)

    def logins_there() -> list[str]:
        with engine.connect() as connection:
            return list(connection.execute(text("select rolname from pg_roles where rolcanlogin order by 1")).scalars())

    before = logins_there()
    assert run(["db", "url", "--role", "publisher"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "create role NAME login password '...' in role rollcall_publisher;" in said
    assert logins_there() == before
    with logged_in(engine, database_url, "publisher") as somebody:
        assert run(["db", "url", "--role", "publisher"]) == 0
        told = make_url(capsys.readouterr().out.strip())
        assert (told.username, told.password) == (make_url(somebody.url).username, None)
        assert told.database == make_url(database_url).database
        with logged_in(engine, database_url, "publisher") as other:
            assert run(["db", "url", "--role", "publisher"]) == 1
            said = " ".join(capsys.readouterr().err.split())
            assert str(make_url(other.url).username) in said
        with engine.begin() as connection:
            connection.execute(text(f"grant rollcall_loader to {make_url(somebody.url).username}"))
        assert run(["db", "url", "--role", "publisher"]) == 1  # whoever may do more is no login of this role
    assert run(["db", "url", "--role", "boss"]) == 2
    assert "loader, reviewer, publisher, analyst" in " ".join(capsys.readouterr().err.split())


def test_on_the_embedded_server_each_role_can_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The address works as it is printed, analysts find views by their names alone, and `db shell` goes there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path))
    monkeypatch.delenv("ROLLCALL_DATABASE_URL", raising=False)
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\necho "$@"\n')
    psql.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    try:
        for role in ("loader", "reviewer", "publisher", "analyst"):
            assert run(["db", "url", "--role", role]) == 0
            address = capfd.readouterr().out.strip()
            there = connect(address)
            with there.connect() as connection:
                assert connection.execute(text("select current_user")).scalar() == f"rollcall_{role}"
                searched = connection.execute(text("show search_path")).scalar_one()
            there.dispose()
            assert run(["db", "shell", "--role", role]) == 0
            assert capfd.readouterr().out.strip() == address
        assert searched == "analysis, open_data, metrics"
    finally:
        embedded.stop(tmp_path)


def test_an_owner_who_may_not_create_roles_works_without(
    tmp_path: Path, settings: Settings, campaign: Campaign, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The warehouse is made, doctor says which SQL is missing, and once that was run the roles are in force."""
    server = embedded.start(tmp_path / "server", durable=False)
    try:
        admin = connect(server)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("create role plain login"))
            connection.execute(text("create database theirs owner plain"))
        url = make_url(server).set(username="plain", database="theirs").render_as_string(hide_password=False)
        monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
        monkeypatch.setenv("ROLLCALL_DATABASE_URL", url)
        assert run(["db", "migrate"]) == 0
        capsys.readouterr()
        run(["doctor"])
        said = " ".join(capsys.readouterr().out.split())
        sql = " ".join(f"create role rollcall_{role};" for role in ("loader", "reviewer", "publisher", "analyst"))
        assert "has no role rollcall_loader" in said
        assert sql in said
        assert run(["db", "url", "--role", "analyst"]) == 1
        assert sql in " ".join(capsys.readouterr().err.split())
        with admin.begin() as connection:
            connection.execute(text(sql + " create role ada login in role rollcall_analyst;"))
        assert run(["db", "migrate"]) == 0
        assert run(["db", "url", "--role", "analyst"]) == 0
        ada = connect(capsys.readouterr().out.strip().splitlines()[-1])
        with ada.connect() as connection:
            assert connection.execute(text("select count(*) from metrics.publication")).scalar() == 0
            allowed = text(
                "select has_schema_privilege('people', 'usage'), has_database_privilege(current_database(), 'temp')"
            )
            assert tuple(connection.execute(allowed).one()) == (False, False)
        ada.dispose()
        admin.dispose()
    finally:
        embedded.stop(tmp_path / "server")


def test_a_copy_of_the_database_is_closed_again_when_it_is_opened(
    settings: Settings, engine: Engine, database_url: str, server_url: str
) -> None:
    """PostgreSQL copies no rights on a database itself, and a restore brings none: the first command sets them."""
    engine.dispose()
    name = f"rollcall_copied_{uuid.uuid4().hex[:12]}"
    copy = create_database(server_url, name, template=make_url(database_url).database)
    try:
        opened = open_warehouse(replace(settings, database_url=copy))
        with opened.connect() as connection:
            public = text("select has_database_privilege('public', current_database(), :what)")
            assert not any(connection.execute(public, {"what": what}).scalar() for what in ("connect", "temporary"))
        opened.dispose()
    finally:
        drop_database(server_url, name)
