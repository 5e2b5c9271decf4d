"""Where `rollcall connect` keeps what lets us in: the system's keyring, else a file that only its owner can read.

`ROLLCALL_HOME/credentials/PLATFORM.json` says where a platform's credential lies and when it expires; it holds the
credential itself only where the computer has no working keyring. A keyring is asked only for what the file says it
holds, within a few seconds: one that waits for somebody to unlock it does not hold up a run at night.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import regex

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)

KEYRING_SECONDS = 5.0
ANNOUNCED = timedelta(days=7)
"""How long before its end a credential's expiry is announced."""
SERVICE = "rollcall"
WHAT_TO_RENEW = regex.compile(r"; (?:check or renew|check|renew) ROLLCALL_\w+(?: and ROLLCALL_\w+)*(?=\.$)")
"""The end of a connector's sentence: connectors do not know where a credential comes from, and name the settings."""
_NAMED = regex.compile(r"(?<!or set )ROLLCALL_\w+(?: and ROLLCALL_\w+)*")

Place = Literal["keyring", "file", "environment"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One platform's credential as it is kept. `environment`: only its expiry is noted, it stands elsewhere."""

    place: Place
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name -> value, as `connectors.credentials` names them; empty where it cannot be had."""
    expires_at: datetime | None = None
    trouble: str | None = None
    """A sentence for people: why it cannot be had, or why it is not safe where it lies."""


class KeyringTrouble(Exception):
    """The system's keyring does not do what it is asked; the reason, as the end of a sentence."""


def read(home: Path, platform: str) -> Kept | None:
    """What is kept for the platform; None if there is nothing. Never raises for what is broken: it is said."""
    path = _path(home, platform)
    try:
        note = json.loads(path.read_bytes())
        place: Place = note["kept_in"]
        expires_at = datetime.fromisoformat(note["expires_at"]) if note.get("expires_at") else None
        given = {str(name): str(value) for name, value in note.get("credentials", {}).items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Kept(place="file", trouble=f"The file {path} cannot be read. Run again: rollcall connect {platform}")
    if place == "keyring":
        return _from_keyring(home, platform, expires_at)
    open_to_others = place == "file" and path.stat().st_mode & 0o077
    trouble = f"The file {path} can be read by others on this computer. Run: chmod 600 {path}"
    return Kept(place=place, credentials=given, expires_at=expires_at, trouble=trouble if open_to_others else None)


def keep(home: Path, platform: str, given: Mapping[str, str], expires_at: datetime | None = None) -> tuple[Place, str]:
    """Keep a platform's credential, in the place of what was kept before. Gives where, and a sentence about it."""
    path, why = _path(home, platform), ""
    try:
        _within_seconds(lambda: _into_keyring(home, platform, given))
    except KeyringTrouble as trouble:
        why = f" ({trouble})"
    else:
        _write(path, {"kept_in": "keyring", "expires_at": _text(expires_at)})
        return "keyring", "Kept in this computer's keyring."
    _write(path, {"kept_in": "file", "expires_at": _text(expires_at), "credentials": dict(given)})
    return "file", f"Kept in {path}, which only you can read{why}."


def forget(home: Path, platform: str) -> bool:
    """Take a platform's credential away. Gives whether there was one. Raises KeyringTrouble if it has to stay."""
    path, kept = _path(home, platform), read(home, platform)
    if kept is None:
        return False
    if kept.place == "keyring":
        _within_seconds(lambda: _out_of_keyring(home, platform))
    path.unlink()
    return kept.place != "environment"


def note_expiry(home: Path, platform: str, expires_at: datetime | None) -> None:
    """Remember when the credential in use expires, so that it can be announced without asking the platform."""
    kept = _note(_path(home, platform))
    if kept is None and expires_at is None:
        return
    _write(_path(home, platform), {**(kept or {"kept_in": "environment"}), "expires_at": _text(expires_at)})


def expiry(home: Path, platform: str) -> datetime | None:
    """When the platform's credential expires, as far as we were told. Asks nobody."""
    with suppress(ValueError):
        return datetime.fromisoformat(str((_note(_path(home, platform)) or {}).get("expires_at")))
    return None


def announcement(platform: str, expires_at: datetime | None, now: datetime) -> str | None:
    """A warning from a week ahead on; None while there is time."""
    if expires_at is None or expires_at - now > ANNOUNCED:
        return None
    day = f"{expires_at.astimezone(UTC):%Y-%m-%d}"
    renew = f"Get a new one, then run: rollcall connect {platform}"
    if expires_at <= now:
        return f"The credential for {platform} expired on {day}. {renew}"
    days = (expires_at.astimezone(UTC).date() - now.astimezone(UTC).date()).days
    left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days, on {day}")
    return f"The credential for {platform} expires {left}. {renew}"


def as_kept(platform: str, sentence: str) -> str:
    """A connector's sentence about a credential that is kept here: whom a command let in, no setting helps."""
    command = f"rollcall connect {platform}"
    return _NAMED.sub(f"the kept credential ({command})", WHAT_TO_RENEW.sub(f"; run: {command}", sentence))


def _path(home: Path, platform: str) -> Path:
    return home / "credentials" / f"{platform}.json"


def _entry(home: Path, platform: str) -> str:
    """Each ROLLCALL_HOME has credentials of its own."""
    return f"{platform} ({home})"


def _note(path: Path) -> dict[str, object] | None:
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _write(path: Path, note: Mapping[str, object]) -> None:
    """The file appears whole or not at all, readable by its owner only from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(note, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _from_keyring(home: Path, platform: str, expires_at: datetime | None) -> Kept:
    try:
        found = json.loads(_within_seconds(lambda: _keyring().get_password(SERVICE, _entry(home, platform))) or "{}")
        why = None if found else "it is not there any more"
    except (KeyringTrouble, ValueError) as trouble:
        found, why = {}, str(trouble)
    again = f"Unlock it, or run again: rollcall connect {platform}"
    said = f"The credential for {platform} cannot be had from this computer's keyring: {why}. {again}" if why else None
    return Kept(place="keyring", credentials=found, expires_at=expires_at, trouble=said)


def _into_keyring(home: Path, platform: str, given: Mapping[str, str]) -> None:
    backend, text = _keyring(), json.dumps(dict(given))
    backend.set_password(SERVICE, _entry(home, platform), text)
    if backend.get_password(SERVICE, _entry(home, platform)) != text:
        raise KeyringTrouble("this computer's keyring did not keep it")


def _out_of_keyring(home: Path, platform: str) -> None:
    """Somebody may have taken it out before, in the keyring's own program."""
    backend = _keyring()
    if backend.get_password(SERVICE, _entry(home, platform)) is not None:
        backend.delete_password(SERVICE, _entry(home, platform))


def _keyring() -> KeyringBackend:
    """Imported on first use, which takes a while. Raises KeyringTrouble where there is none worth the name."""
    import keyring
    from keyring.backends import fail, null
    from keyring.core import recommended

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring) or not recommended(backend):
        raise KeyringTrouble("this computer has no keyring")
    return backend


def _within_seconds(work: Callable[[], Result]) -> Result:
    """The result, in a thread that is left behind if it never comes. Raises KeyringTrouble."""
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:
            log.debug("the keyring failed", exc_info=True)
            done.set_exception(error)

    threading.Thread(target=run, daemon=True, name="keyring").start()
    try:
        failure = done.exception(timeout=KEYRING_SECONDS)
    except TimeoutError:
        raise KeyringTrouble(f"this computer's keyring did not answer within {KEYRING_SECONDS:.0f} seconds") from None
    if isinstance(failure, KeyringTrouble):
        raise failure
    if failure is not None:
        raise KeyringTrouble(f"this computer's keyring refused ({type(failure).__name__})")
    return done.result()
