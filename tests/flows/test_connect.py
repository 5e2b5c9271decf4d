"""`rollcall connect`: a credential is tried, kept where only its owner can read it, and never shown."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from flows import credential_store
from flows.cli import access, run
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.connect import connect, needed
from sandbox.server import Sandbox
from warehouse.campaign import Campaign

TOKEN = "planted-X-bearer-0815"
NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
SOON = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def ring() -> Iterator[None]:
    """No test may touch the keyring of the person who runs it."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture
def token(servers: Sandbox) -> str:
    """The one that the simulated X takes."""
    return str(servers.world.credentials()["ROLLCALL_X_BEARER_TOKEN"])


def again(settings: Settings) -> Settings:
    """The settings of the next command, with nothing in the environment but the home."""
    return Settings.from_environment({"ROLLCALL_HOME": str(settings.home)})


def test_what_a_platform_wants_is_said_and_where_to_get_it() -> None:
    """Each that needs something says what and where; WordPress needs nothing; a slip of the pen is told."""
    assert all(one.what and one.where for platform in ("x", "bluesky", "youtube") for one in needed(platform))
    assert needed("wordpress") == ()
    with pytest.raises(ConfigurationError, match=r"instagramm to connect\. Is instagram meant"):
        needed("instagramm")


def test_a_good_one_is_kept_in_a_file_of_the_owner_alone(settings: Settings, campaign: Campaign, token: str) -> None:
    """Without a keyring: a file 0600 in a folder 0700, and the next command finds it."""
    done = connect(settings, campaign, "x", {"bearer_token": f" {token}\n"})
    assert (done.kept, done.tried.outcome) == (True, "accepted")
    assert "this computer has no keyring" in str(done.where)
    path = settings.home / "credentials" / "x.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert again(settings).credentials["x"] == {"bearer_token": token}
    assert list(path.parent.iterdir()) == [path]


def test_a_wrong_one_is_told_and_not_kept(settings: Settings, campaign: Campaign) -> None:
    """Unless somebody says so; and the sentence does not repeat it."""
    done = connect(settings, campaign, "x", {"bearer_token": TOKEN})
    assert (done.kept, done.tried.outcome) == (False, "refused")
    assert TOKEN not in str(done)
    assert done.tried.sentence.endswith("refuses access (401).")
    assert not (settings.home / "credentials").exists()
    assert connect(settings, campaign, "x", {"bearer_token": TOKEN}, keep_anyway=True).kept
    assert again(settings).credentials["x"] == {"bearer_token": TOKEN}


def test_a_wrong_one_does_not_take_the_place_of_a_good_one(settings: Settings, campaign: Campaign, token: str) -> None:
    """What was kept before stays."""
    connect(settings, campaign, "x", {"bearer_token": token})
    connect(settings, campaign, "x", {"bearer_token": TOKEN})
    assert again(settings).credentials["x"] == {"bearer_token": token}


def test_a_platform_that_cannot_be_reached_leaves_it_untried_and_not_kept(
    settings: Settings, campaign: Campaign, servers: Sandbox, token: str
) -> None:
    """One bounded request, and a sentence that does not blame the credential."""
    servers.faults.plant("x", "hang")
    begin = time.monotonic()
    done = connect(settings, campaign, "x", {"bearer_token": token})
    assert time.monotonic() - begin < 10
    assert not done.kept
    assert done.tried.outcome == "unreachable"
    assert "could not be tried" in done.tried.sentence
    assert "next run" not in done.tried.sentence
    assert len(servers.asked("x")) == 1


def test_used_up_credit_is_no_reason_to_refuse_it(
    settings: Settings, campaign: Campaign, servers: Sandbox, token: str
) -> None:
    """402 says that the token is known."""
    servers.faults.plant("x", "status", status=402)
    done = connect(settings, campaign, "x", {"bearer_token": token})
    assert (done.kept, done.tried.outcome) == (True, "accepted")
    assert "credits" in done.tried.sentence


def test_trying_it_is_paid_from_the_budget(
    settings: Settings, campaign: Campaign, servers: Sandbox, token: str
) -> None:
    """A budget of nothing sends no request, and the credential can still be kept."""
    options = {**campaign.platforms["x"], "budget": {"usd": 0, "calls": 0}}
    done = connect(settings, replace(campaign, platforms={"x": options}), "x", {"bearer_token": token})
    assert "budget for x is used up" in done.tried.sentence
    assert servers.asked("x") == []


def test_without_a_campaign_it_is_tried_where_the_platform_has_one_place(
    settings: Settings, servers: Sandbox, token: str
) -> None:
    """X is one place; a Mastodon token is for one instance of many, so it is kept untried and that is said."""
    there = replace(settings, base_urls={"x": (servers.base_urls["x"][0],)})
    assert connect(there, None, "x", {"bearer_token": token}).tried.outcome == "accepted"
    assert not connect(there, None, "x", {"bearer_token": TOKEN}).kept
    done = connect(settings, None, "mastodon", {"token": TOKEN})
    assert (done.kept, done.tried.outcome) == (True, "untried")
    assert "rollcall doctor" in done.tried.sentence


def test_a_mastodon_token_is_tried_at_its_own_instance(
    settings: Settings, campaign: Campaign, servers: Sandbox
) -> None:
    """The first instance says that it is wrong; no other one sees it."""
    done = connect(settings, campaign, "mastodon", {"token": TOKEN})
    assert (done.kept, done.tried.outcome) == (False, "refused")
    assert len({request.place for request in servers.asked("mastodon") if request.credential}) == 1


@pytest.mark.parametrize("given", ["", "   ", "two words", "tokén", "tok\x1b[2Jen"])
def test_what_no_credential_looks_like_is_not_sent(settings: Settings, servers: Sandbox, given: str) -> None:
    """An empty line, a sentence, a letter of another alphabet, a control character."""
    with pytest.raises(ConfigurationError) as refusal:
        connect(settings, None, "x", {"bearer_token": given})
    assert "bearer token" in str(refusal.value)
    assert given.strip() not in str(refusal.value) or not given.strip()
    assert servers.asked("x") == []


def test_the_environment_goes_first_and_that_is_said(settings: Settings, campaign: Campaign, token: str) -> None:
    """What is kept is used only where the environment says nothing of the platform; the two are never mixed."""
    env = {"ROLLCALL_HOME": str(settings.home), "ROLLCALL_X_BEARER_TOKEN": "from-the-environment"}
    done = connect(replace(settings, environment=env), campaign, "x", {"bearer_token": token})
    assert "ROLLCALL_X_BEARER_TOKEN in the environment is used before" in str(done.look)
    assert Settings.from_environment(env).credentials["x"] == {"bearer_token": "from-the-environment"}
    credential_store.keep(settings.home, "bluesky", {"handle": "kept.example", "app_password": "kept"})
    env = {"ROLLCALL_HOME": str(settings.home), "ROLLCALL_BLUESKY_HANDLE": "other.example"}
    assert Settings.from_environment(env).credentials["bluesky"] == {"handle": "other.example"}


def test_what_is_typed_is_hidden_from_logs_while_it_is_tried(
    settings: Settings, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    """At debug level, by whatever library."""
    caplog.set_level(logging.DEBUG)
    connect(settings, campaign, "x", {"bearer_token": TOKEN})
    logging.getLogger("somebody").warning("sent %s", TOKEN)
    assert caplog.records
    assert TOKEN not in caplog.text


@pytest.fixture
def at_work(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command line of somebody who has nothing in the environment but the home and the database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))


@pytest.mark.usefixtures("at_work")
def test_a_script_gives_it_on_standard_input(
    settings: Settings, token: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 if it is kept, 1 if it was not taken, 2 for nothing at all; it is never printed."""
    for given, words, code in (
        (token, ("connect", "x"), 0),
        (token, ("connect", "x", "--json"), 0),
        (TOKEN, ("connect", "x"), 1),
        (TOKEN, ("connect", "x", "--keep-anyway"), 0),
        ("", ("connect", "x"), 2),
        ("", ("connect", "wordpress"), 0),
        ("", ("connect", "orkut"), 2),
        ("", ("connect", "x", "--forget"), 0),
    ):
        monkeypatch.setattr(sys, "stdin", StringIO(given + "\n"))
        assert run(list(words)) == code, words
        out, err = capfd.readouterr()
        assert token not in out + err
        assert TOKEN not in out + err
        if "--json" in words:
            assert json.loads(out)["kept"] is True
    assert again(settings).credentials["x"] == {}


@pytest.mark.usefixtures("at_work")
def test_a_person_types_it_without_echo(settings: Settings, token: str, tmp_path: Path) -> None:
    """On a real terminal: what is needed and where to get it is said, and what is typed does not appear."""
    on_a_terminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    command = [sys.executable, "-c", "from flows.cli import main; main()", "connect", "x"]
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-c", on_a_terminal, *command],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown = b""
        while b"bearer token (not shown while you type): " not in shown:
            piece = os.read(process.stdout.fileno(), 4096)
            assert piece, shown
            shown += piece
        process.stdin.write(token.encode() + b"\n")
        process.stdin.flush()
        rest = process.stdout.read()
        assert process.wait(timeout=30) == 0, shown + rest
    assert b"developer.x.com" in shown
    assert b"Works:" in rest
    assert token.encode() not in shown + rest
    assert again(settings).credentials["x"] == {"bearer_token": token}


@pytest.mark.usefixtures("at_work")
def test_a_kept_credential_is_never_printed(settings: Settings, token: str, tmp_path: Path) -> None:
    """Doctor asks with it, and at debug level nothing of it is shown."""
    credential_store.keep(settings.home, "x", {"bearer_token": token})
    command = [sys.executable, "-c", "from flows.cli import main; main()", "doctor", "--debug"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert "DEBUG" in done.stderr
    assert "accepts our token" in " ".join(done.stdout.split())
    assert token not in done.stdout + done.stderr


def test_of_several_campaigns_the_one_that_is_going_on_says_where(settings: Settings) -> None:
    """Those that are over do not count; with two that go on, nobody is asked on a guess."""
    folder = settings.campaign_folders[0]
    folder.mkdir(parents=True, exist_ok=True)
    for name, year in (("past", 2021), ("coming", 2996)):
        (folder / f"{name}.toml").write_text(
            f'name = "{name}"\ntitle = "#T"\nhashtags = ["T"]\nstarts_on = {year}-02-01\nends_on = {year}-02-28\n'
            'zone = "Europe/London"\n[platforms.mastodon]\ninstances = ["https://social.example"]\n'
        )
    chosen = access._campaign(settings, None, "mastodon")
    assert chosen is not None
    assert chosen.name == "coming"
    (folder / "also.toml").write_text((folder / "coming.toml").read_text().replace('"coming"', '"also"'))
    assert access._campaign(settings, None, "mastodon") is None
