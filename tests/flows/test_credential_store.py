"""Where credentials are kept: the system's keyring, else a file of the owner's; never in a way that stops a run."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from flows import credential_store, logs
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.connect import expiring, forget

TOKEN = "planted-X-bearer-0815"
NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
SOON = NOW + timedelta(days=3)


class Working(KeyringBackend):
    """Keeps what it is given, as long as the test runs."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Working):
    """Nobody is there to unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("planted: the collection is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("planted: the collection is locked")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked("planted: the collection is locked")


class Waiting(Working):
    """Shows a window that nobody sees, and waits for it."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait(60)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        threading.Event().wait(60)


class Forgetful(Working):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Weak(Working):
    """One that its own makers do not recommend, such as a plain text file."""

    priority = 0.5  # type: ignore[assignment]


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
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def again(settings: Settings) -> Settings:
    """The settings of the next command, with nothing in the environment but the home."""
    return Settings.from_environment({"ROLLCALL_HOME": str(settings.home)})


def test_a_working_keyring_is_used_and_the_file_holds_no_secret(settings: Settings) -> None:
    """The file only says where it lies; another home is another entry."""
    keyring.set_keyring(ring := Working())
    assert credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})[0] == "keyring"
    assert TOKEN in "".join(ring.kept.values())
    assert TOKEN not in (settings.home / "credentials" / "x.json").read_text()
    assert again(settings).credentials["x"] == {"bearer_token": TOKEN}
    other = replace(settings, home=settings.home / "other")
    assert again(other).credentials["x"] == {}
    credential_store.keep(other.home, "x", {"bearer_token": "another"})
    assert again(settings).credentials["x"] == {"bearer_token": TOKEN}
    assert forget(other, "x") == (True, None)
    assert forget(settings, "x") == (True, None)
    assert ring.kept == {}
    assert again(settings).credentials["x"] == {}


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        (Locked(), r"keyring refused \(KeyringLocked\)"),
        (Waiting(), "did not answer within"),
        (Forgetful(), "did not keep it"),
        (Weak(), "has no keyring"),
        (null.Keyring(), "has no keyring"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, KeyringBackend) else "",
)
def test_a_keyring_that_does_not_work_is_told_and_the_file_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ring: KeyringBackend, said: str
) -> None:
    """It neither hangs nor prompts nor fails."""
    monkeypatch.setattr(credential_store, "KEYRING_SECONDS", 0.2)
    keyring.set_keyring(ring)
    place, where = credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})
    assert place == "file"
    assert TOKEN not in where
    assert re.search(said, where)
    assert again(settings).credentials["x"] == {"bearer_token": TOKEN}


def test_a_keyring_that_locks_later_costs_a_sentence_not_the_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings can be read within seconds; the platform counts as not connected, and doctor says why."""
    monkeypatch.setattr(credential_store, "KEYRING_SECONDS", 0.2)
    keyring.set_keyring(Working())
    credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})
    for broken in (Locked(), Waiting(), Working()):
        keyring.set_keyring(broken)
        begin = time.monotonic()
        found = again(settings)
        assert time.monotonic() - begin < 5
        assert found.credentials["x"] == {}
        assert "cannot be had from this computer's keyring" in found.credential_troubles["x"]
        assert "rollcall connect x" in found.credential_troubles["x"]
    keyring.set_keyring(Locked())
    with pytest.raises(ConfigurationError, match="could not be taken away"):
        forget(settings, "x")
    assert (settings.home / "credentials" / "x.json").exists()


def test_what_is_not_in_the_keyring_any_more_can_be_forgotten(settings: Settings) -> None:
    """Somebody took it out in the keyring's own program; of a credential in the environment nothing was kept."""
    keyring.set_keyring(ring := Working())
    credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})
    ring.kept.clear()
    assert forget(settings, "x") == (True, None)
    credential_store.note_expiry(settings.home, "x", SOON)
    assert forget(settings, "x") == (False, None)
    assert credential_store.expiry(settings.home, "x") is None


def test_kept_secrets_are_hidden_from_logs_and_representations(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """As those of the environment are."""
    credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})
    found = again(settings)
    assert TOKEN in found.secrets
    assert TOKEN not in repr(found) + repr(credential_store.read(settings.home, "x"))
    logs.hide(found.secrets)
    logging.getLogger("somebody").warning("sent %s", TOKEN)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"kept_in": "file", "credentials": 7}', '{"expires_at": null}', "\udcff"]
)
def test_a_broken_file_is_told_and_stops_nothing(settings: Settings, content: str) -> None:
    """Cut short by a full disk, or edited by hand: the other platforms go on."""
    path = settings.home / "credentials" / "x.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    found = again(settings)
    assert found.credentials["x"] == {}
    assert str(path) in found.credential_troubles["x"]
    assert expiring(settings, NOW) == []


def test_a_file_that_others_can_read_is_told(settings: Settings) -> None:
    """With the command that mends it; it is used all the same."""
    credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})
    path = settings.home / "credentials" / "x.json"
    path.chmod(0o644)
    assert f"chmod 600 {path}" in again(settings).credential_troubles["x"]
    assert again(settings).credentials["x"] == {"bearer_token": TOKEN}


def test_it_is_written_whole_or_not_at_all(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full in the middle leaves the old one, and no draft."""
    credential_store.keep(settings.home, "x", {"bearer_token": TOKEN})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        credential_store.keep(settings.home, "x", {"bearer_token": "another"})
    assert again(settings).credentials["x"] == {"bearer_token": TOKEN}
    assert len(list((settings.home / "credentials").iterdir())) == 1


@pytest.mark.parametrize(
    ("days", "said"),
    [(8, None), (7, "in 7 days, on 2026-02-10"), (1, "tomorrow"), (0.2, "today"), (-1, "expired on 2026-02-02")],
)
def test_an_expiry_is_announced_a_week_ahead_without_asking(settings: Settings, days: float, said: str | None) -> None:
    """From what was noted when it was tried last."""
    credential_store.keep(settings.home, "instagram", {"token": TOKEN}, NOW + timedelta(days=days))
    found = expiring(settings, NOW)
    assert found == [] if said is None else said in found[0]
    assert said is None or "rollcall connect instagram" in found[0]


def test_an_expiry_is_noted_for_a_credential_of_the_environment_too(settings: Settings) -> None:
    """Its file holds the day only; forgetting it is possible, and a renewed one takes the note's place."""
    credential_store.note_expiry(settings.home, "threads", SOON)
    kept = credential_store.read(settings.home, "threads")
    assert kept is not None
    assert (kept.place, kept.credentials, kept.expires_at) == ("environment", {}, SOON)
    assert len(expiring(settings, NOW)) == 1
    assert expiring(settings, NOW, ["x"]) == []
    credential_store.note_expiry(settings.home, "threads", None)
    assert expiring(settings, NOW) == []
    assert again(settings).credentials["threads"] == {}
    credential_store.note_expiry(settings.home, "youtube", None)
    assert not (settings.home / "credentials" / "youtube.json").exists()


def test_noting_an_expiry_leaves_the_credential_as_it_is(settings: Settings) -> None:
    """Doctor writes into the same file."""
    credential_store.keep(settings.home, "threads", {"token": TOKEN})
    credential_store.note_expiry(settings.home, "threads", SOON)
    assert again(settings).credentials["threads"] == {"token": TOKEN}
    assert credential_store.expiry(settings.home, "threads") == SOON
