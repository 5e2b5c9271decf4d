"""Settings from the environment, read once at the edge and handed down as plain values.

Nothing else in the project reads the environment. Every name begins with `ROLLCALL_`; `docs/settings.md` lists them.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode
from uuid import UUID

import platformdirs

from connectors import credentials
from connectors.transport import Patience
from flows import credential_store
from flows.errors import SettingsError

CREDENTIALS = {
    platform: {one.name: one.setting for one in given} for platform, given in credentials.CREDENTIALS.items() if given
}
BASE_URLS = {platform: f"ROLLCALL_{platform.upper()}_BASE_URL" for platform in credentials.CREDENTIALS}

FOR_PREFECT = frozenset({"host", "passfile", "password", "port", "ssl", "sslmode", "target_session_attrs", "user"})
"""What may stand behind the question mark of the address of Prefect's own database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    home: Path
    """ROLLCALL_HOME: the embedded database, Prefect's files, reports; default: the platform's user data folder."""
    database_url: str | None = field(default=None, repr=False)
    """ROLLCALL_DATABASE_URL: the warehouse; None means the embedded PostgreSQL in `home`."""
    campaign_folders: tuple[Path, ...] = ()
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Platform -> name -> secret: what the environment says of a platform, else what `rollcall connect` kept."""
    kept: frozenset[str] = frozenset()
    """The platforms whose credential is one that `rollcall connect` kept."""
    credential_troubles: Mapping[str, str] = field(default_factory=dict)
    """Platform -> a sentence about its kept credential: it cannot be had, or it is not safe where it lies."""
    base_urls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Platform -> base URLs that replace the campaign file's."""
    patience: Patience = field(default_factory=Patience)
    suppression_key: str | None = field(default=None, repr=False)
    prefect_password: str | None = field(default=None, repr=False)
    prefect_database_url: str | None = field(default=None, repr=False)
    """ROLLCALL_PREFECT_DATABASE_URL: a PostgreSQL database for Prefect's own data; None means a file in `home`."""
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    """ROLLCALL_NOTIFY_URLS: where messages to the team go, as addresses of apprise; they hold passwords and keys."""
    heartbeat_url: str | None = field(default=None, repr=False)
    """ROLLCALL_HEARTBEAT_URL: a dead man's switch that is told of each daily run; `{campaign}` stands for its name."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The whole environment as it was given, for the processes that `rollcall serve` starts."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `ROLLCALL_*`. Raises SettingsError, naming the variable and never its value."""
        whole = dict(os.environ if environment is None else environment)
        env = _with_files(whole)
        home = Path(env.get("ROLLCALL_HOME") or platformdirs.user_data_dir("rollcall")).expanduser().absolute()
        given, kept, troubles = _credentials(env, home)
        return cls(
            home=home,
            database_url=env.get("ROLLCALL_DATABASE_URL") or None,
            campaign_folders=(Path.cwd() / "campaigns", home / "campaigns"),
            credentials=given,
            kept=kept,
            credential_troubles=troubles,
            base_urls={platform: _addresses(name, env[name]) for platform, name in BASE_URLS.items() if env.get(name)},
            patience=Patience(
                connect_timeout=_seconds(env, "ROLLCALL_CONNECT_TIMEOUT", Patience().connect_timeout),
                read_timeout=_seconds(env, "ROLLCALL_READ_TIMEOUT", Patience().read_timeout),
                request_deadline=_seconds(env, "ROLLCALL_REQUEST_DEADLINE", Patience().request_deadline),
                longest_wait=_seconds(env, "ROLLCALL_LONGEST_WAIT", Patience().longest_wait),
                total_wait=_seconds(env, "ROLLCALL_TOTAL_WAIT", Patience().total_wait),
            ),
            suppression_key=env.get("ROLLCALL_SUPPRESSION_KEY") or None,
            prefect_password=env.get("ROLLCALL_PREFECT_PASSWORD") or None,
            prefect_database_url=_for_prefect(env.get("ROLLCALL_PREFECT_DATABASE_URL")),
            notify_urls=notify_urls(env.get("ROLLCALL_NOTIFY_URLS") or ""),
            heartbeat_url=_heartbeat_url(env.get("ROLLCALL_HEARTBEAT_URL")),
            environment=whole,
        )

    @property
    def flow_run_id(self) -> UUID | None:
        """The run of Prefect in whose process this is; None on the command line."""
        given = self.environment.get("PREFECT__FLOW_RUN_ID")
        return UUID(given) if given else None

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret value in force, so that logs can be kept free of them."""
        given = {value for values in self.credentials.values() for value in values.values()}
        given |= {value for value in (self.suppression_key, self.prefect_password) if value}
        given |= {self.heartbeat_url, self.heartbeat_url.partition("{campaign}")[0]} if self.heartbeat_url else set()
        given |= {part for url in self.notify_urls for part in (url, url.partition("://")[2])}
        return frozenset(given | _url_passwords(self.database_url) | _url_passwords(self.prefect_database_url))

    def child_environment(self, **extra: str) -> dict[str, str]:
        """The environment for a process of ours, with telemetry off and what `extra` adds."""
        quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "GX_ANALYTICS_ENABLED": "false"}
        return {**self.environment, "ROLLCALL_HOME": str(self.home), **quiet, **extra}

    def kept_suppression_key(self) -> bytes | None:
        """The key of the suppression hashes: from the environment, else a file only its owner can read.

        None if there is neither. Whether it is the warehouse's key says `flows.steps.warehouse.suppression_key`.
        """
        if self.suppression_key:
            return self.suppression_key.encode()
        path = self.home / "suppression.key"
        return _stored_key(path) if path.exists() else None

    def make_suppression_key(self) -> bytes:
        """The key that is kept; for a warehouse whose first one it is, also a new one, in a file.

        Without it the hashes in the database cannot be looked up, so the file is made once and never replaced.
        """
        if kept := self.kept_suppression_key():
            return kept
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_key(self.home / "suppression.key")
        return _stored_key(self.home / "suppression.key")


def silence_telemetry() -> None:
    """Switch off what Great Expectations, dbt and Prefect would send home; they read it when they are imported."""
    os.environ.update(
        {"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    )


def notify_urls(text: str) -> tuple[str, ...]:
    """Addresses with commas or spaces between them; a comma within one belongs to it."""
    return tuple(url for url in re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", text.strip().strip(",")) if url)


def _with_files(env: Mapping[str, str]) -> dict[str, str]:
    """The environment, where `ROLLCALL_NAME_FILE` is the file that holds the value of `ROLLCALL_NAME`: how Docker,
    systemd and Kubernetes hand out secrets."""
    read = dict(env)
    for name, path in env.items():
        if not (name.startswith("ROLLCALL_") and name.endswith("_FILE") and path):
            continue
        value = name.removesuffix("_FILE")
        if env.get(value):
            raise SettingsError(f"{value} and {name} are both set. Remove one of them.")
        try:
            read[value] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The file that {name} names cannot be read ({type(error).__name__}).") from None
    return read


def _for_prefect(url: str | None) -> str | None:
    """Any way to write PostgreSQL's address, with the driver that Prefect uses, which takes `sslmode` as `ssl`.

    https://magicstack.github.io/asyncpg/current/api/index.html#connection
    """
    if not url:
        return None
    kind, _, rest = url.partition("://")
    place, mark, query = rest.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    if kind.partition("+")[0] not in ("postgres", "postgresql"):
        raise SettingsError(
            "ROLLCALL_PREFECT_DATABASE_URL should look like postgresql://user:password@host:5432/name; "
            "mend it, or remove it to keep Prefect's data in a file."
        )
    if unknown := sorted({name for name, _ in given} - FOR_PREFECT):
        are_names = all(name.isidentifier() for name in unknown)
        what = ", ".join(unknown) if are_names else "something that is no option (in a password ? is written %3F)"
        raise SettingsError(
            f"ROLLCALL_PREFECT_DATABASE_URL has behind its question mark {what}, which Prefect's driver does not know. "
            f"Take it out; there may stand: {', '.join(sorted(FOR_PREFECT))}."
        )
    told = urlencode([("ssl" if name == "sslmode" else name, value) for name, value in given], quote_via=quote)
    return f"postgresql+asyncpg://{place}{mark}{told}"


def _heartbeat_url(text: str | None) -> str | None:
    if text and not text.startswith(("https://", "http://")):
        raise SettingsError(
            "ROLLCALL_HEARTBEAT_URL must be an address that begins with https:// or http://. Mend it or remove it."
        )
    return text or None


def _credentials(
    env: Mapping[str, str], home: Path
) -> tuple[dict[str, dict[str, str]], frozenset[str], dict[str, str]]:
    """Each platform's credentials, whose are kept, and troubles. The sources are not mixed: they may be two logins."""
    given: dict[str, dict[str, str]] = {}
    kept_of: set[str] = set()
    troubles: dict[str, str] = {}
    for platform, names in CREDENTIALS.items():
        given[platform] = {key: env[name] for key, name in names.items() if env.get(name)}
        if not given[platform] and (kept := credential_store.read(home, platform)):
            given[platform] = {key: value for key, value in kept.credentials.items() if key in names}
            kept_of |= {platform} if given[platform] else set()
            troubles |= {platform: kept.trouble} if kept.trouble else {}
    return given, frozenset(kept_of), troubles


def _make_key(path: Path) -> None:
    """The file appears whole or not at all: platforms are read at the same time, and each may be the first to ask."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_hex(32).encode())
    with suppress(FileExistsError):  # another one was faster: its key is the key
        os.link(draft, path)
    draft.unlink()


def _stored_key(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < 32:
        raise SettingsError(
            f"The file {path} should hold the key of the suppression list but is empty or cut short. "
            "Restore it from a backup; without it, people who opted out could land again."
        )
    return key


def _addresses(name: str, text: str) -> tuple[str, ...]:
    if "@" in text:
        raise SettingsError(
            f"{name} holds an address with a login in it, which would be stored and shown. Take it out."
        )
    return tuple(url.strip().rstrip("/") for url in text.split(",") if url.strip())


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e6:
        raise SettingsError(f"{name} must be a number of seconds above 0. Mend it or remove it.")
    return seconds


def _url_passwords(url: str | None) -> set[str]:
    if not url:
        return set()
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from warehouse.engine import password_apart

    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "ROLLCALL_DATABASE_URL cannot be read. It should look like postgresql://user:password@host:5432/name."
        ) from None
    return {str(password) for password in (address.password, password_apart(address)[1]) if password}
