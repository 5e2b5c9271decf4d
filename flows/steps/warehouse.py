"""Opening the warehouse: the server of ROLLCALL_DATABASE_URL, else the embedded PostgreSQL; migrated and ready."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from sqlalchemy import Engine

from flows.errors import ConfigurationError
from flows.settings import Settings
from warehouse import embedded, locks, roles
from warehouse.backup import restoring
from warehouse.engine import connect
from warehouse.migrate import migrate
from warehouse.people import countries, which_key
from warehouse.roles import logins

logger = logging.getLogger(__name__)


def warehouse_url(settings: Settings) -> str:
    """The URL of the warehouse. Starts the embedded server if that is what is used."""
    return settings.database_url or embedded.start(settings.home)


def open_warehouse(settings: Settings) -> Engine:
    """An engine on a warehouse that is up, migrated and holds the country reference. Raises WarehouseError."""
    engine = connect(warehouse_url(settings))
    restoring.refuse_half(engine)
    migrate(engine)
    with engine.begin() as connection:
        if roles.owns_warehouse(connection):
            countries.load(connection)
    return engine


def suppression_key(settings: Settings, engine: Engine) -> bytes:
    """The key of the hashes of those who must not land: the one with which the warehouse's hashes were made.

    A warehouse that knows none yet takes the first it is used with; only where nobody is listed yet one is made.
    Raises ConfigurationError.
    """
    with engine.begin() as connection:
        check = which_key.known(connection)
        is_first = check is None and not which_key.has_hashes(connection)
        secret = settings.make_suppression_key() if is_first else settings.kept_suppression_key()
        if secret is not None:
            check = check or which_key.enter(connection, which_key.key_check(secret))
            if check == which_key.key_check(secret):
                return secret
    raise ConfigurationError(
        f"{_which_key(settings, secret)}: without the right one, people who opted out or were erased would land again, "
        f"so nothing was done. Put a copy of the right one into {settings.home / 'suppression.key'}, from the computer "
        "that has it or from your safe, or set ROLLCALL_SUPPRESSION_KEY. If it is lost for good: docs/operations.md, "
        "Backups, says what then."
    )


def _which_key(settings: Settings, found: bytes | None) -> str:
    if found is None:
        return "The suppression key of this warehouse is not on this computer"
    what = "ROLLCALL_SUPPRESSION_KEY" if settings.suppression_key else f"The file {settings.home / 'suppression.key'}"
    return f"{what} is not the suppression key of this warehouse"


def turn_to_build(settings: Settings, engine: Engine, *, waits: bool = False) -> AbstractContextManager[None]:
    """Be the only one who builds, or takes away what builds read. Raises AlreadyRunning.

    A run of Prefect waits for its turn, as nobody sits at it; a command says at once who is at it, unless it `waits`.
    """
    if waits or settings.flow_run_id:
        return locks.building(engine, patience=locks.LONGEST_TURN, tell=logger.warning)
    return locks.building(engine)


def role_url(settings: Settings, role: str) -> str:
    """The warehouse's address for a login that may do only what the role may. Raises NotPermitted without one."""
    if role not in roles.ROLES:
        raise ConfigurationError(f"--role {role} is unknown; it is one of {', '.join(roles.ROLES)}.")
    engine = open_warehouse(settings)
    try:
        with engine.begin() as connection:
            if not settings.database_url:
                logins.let_in(connection, role)
            return logins.address(connection, warehouse_url(settings), role)
    finally:
        engine.dispose()


def now() -> datetime:
    """The time, aware and in UTC; the clock of every run that is not simulated."""
    return datetime.now(UTC)
