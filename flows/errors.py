"""What a person must put right before a run can start.

ConfigurationError
├── SettingsError       the environment (`ROLLCALL_*`)
└── CampaignError       the campaign file: missing, unreadable, or with a value that cannot be meant
"""

from __future__ import annotations

from connectors.errors import ConnectorError
from reports.errors import ReportError
from warehouse.errors import WarehouseError


class ConfigurationError(Exception):
    """One plain sentence: what is wrong, where, and what to do. Exit code 2."""


class SettingsError(ConfigurationError):
    """The environment is wrong."""


class CampaignError(ConfigurationError):
    """The campaign file is missing, unreadable, or holds a value that cannot be meant."""


def sentence(error: BaseException) -> str | None:
    """What an error says to people; None if it is none that we foresaw."""
    from asyncio import CancelledError

    import psycopg2
    from psycopg2.errors import DiskFull, InsufficientPrivilege
    from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

    if isinstance(error, ConfigurationError | WarehouseError | ConnectorError | ReportError):
        return str(error)
    if isinstance(getattr(error, "orig", error), DiskFull):
        return "The disk of the database is full. What it has is kept: make room, then start the same again."
    if isinstance(error, OperationalError | InterfaceError | psycopg2.OperationalError | psycopg2.InterfaceError):
        what = type(error).__name__
        return f"The database broke off ({what}). What it has is kept; the next run of the same goes on from there."
    if isinstance(error, ProgrammingError) and isinstance(error.orig, InsufficientPrivilege):
        what = str(error.orig).partition("\n")[0]
        return f"The login of the database's address may not do that ({what}); docs/roles.md says which login may."
    if isinstance(error, CancelledError):
        return (
            "It was stopped: it took longer than it may, or Prefect's server lost sight of it. What it has is kept; "
            "the next one goes on from there."
        )
    return "Somebody stopped it." if isinstance(error, KeyboardInterrupt) else None
