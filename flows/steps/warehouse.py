"""Opening the warehouse: the server of ROLLCALL_DATABASE_URL, else the embedded PostgreSQL; migrated and ready."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from flows.errors import ConfigurationError
from flows.settings import Settings
from warehouse import embedded, roles
from warehouse.backup import restoring
from warehouse.engine import connect
from warehouse.migrate import migrate
from warehouse.people import countries
from warehouse.roles import logins


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
