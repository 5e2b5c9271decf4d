"""Connections to the warehouse: PostgreSQL 15 or newer through psycopg2, every session in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import errors as postgres_says
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Session
from psycopg2.sql import SQL, Identifier
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from warehouse.errors import DatabaseUnavailable, NotPermitted

OLDEST = 150000
DRIVERS = {"postgres", "postgresql", "postgresql+psycopg2"}
MAINTENANCE = "postgres"
SESSIONS = 16
"""Kept open once they were needed: a run has a thread for each platform, which holds a lock beside its transaction."""
TRIES = 3
SERVER_NOTICES = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
"""Within a minute PostgreSQL lets go of a computer that is gone without a word, and of its locks; not in two hours."""
CLIENT_NOTICES = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""And we notice as soon that the server's computer is gone. On a socket of the same computer neither means anything."""
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = any(%s)"


def connect(url: str) -> Engine:
    """An engine whose database has answered once. It replaces connections that a crash has cut, and its errors
    do not repeat the values of a statement: they can be what people wrote.
    """
    address = parse(url)
    with _session(address) as session:
        _check(session, address)
    return create_engine(
        address,
        pool_size=SESSIONS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_session_settings(address),
    )


def parse(url: str) -> URL:
    """The URL in SQLAlchemy's form."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable(
            "The database's URL cannot be read: it should look like postgresql://user:password@server:5432/database."
        ) from None
    if address.drivername not in DRIVERS:
        raise DatabaseUnavailable(
            f"The database's URL begins with {address.drivername!r}: only PostgreSQL (postgresql://…) is supported."
        )
    return address.set(drivername="postgresql+psycopg2")


def password_apart(address: URL) -> tuple[URL, str | None]:
    """The address without its password, and that: it may stand before the host, or behind it as `?password=`."""
    behind = address.query.get("password")
    last = behind[-1] if isinstance(behind, tuple) else behind
    bare = address._replace(password=None).difference_update_query(["password"])
    return bare, last or (str(address.password) if address.password else None)


def without_password(url: str) -> tuple[str, str | None]:
    """The URL as PostgreSQL's programs take it, and its password: everybody on a computer can read their words."""
    bare, password = password_apart(parse(url).set(drivername="postgresql"))
    place, mark, query = bare.render_as_string(hide_password=False).partition("?")
    return place + mark + query.replace("+", "%20"), password  # PostgreSQL takes a plus for a plus


def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Creates a database on the server of `url`, empty or as a copy of `template`; returns the new one's URL."""
    statement = SQL("create database {}").format(Identifier(name))
    if template is not None:
        statement += SQL(" template {}").format(Identifier(template))
    else:
        statement += SQL(" template template0 encoding 'UTF8'")
    with _maintenance(url) as session, session.cursor() as cursor:
        try:
            cursor.execute(statement)
        except postgres_says.InsufficientPrivilege:
            raise NotPermitted(
                f"The account of the database's URL may not create the database {name!r}: "
                "its owner must grant CREATEDB, or create it."
            ) from None
    return parse(url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str, name: str) -> None:
    """Drops a database of the server of `url`, cutting its connections; one that is not there is fine."""
    with _maintenance(url) as session, session.cursor() as cursor:
        cursor.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))


def replace_database(url: str, name: str, fresh: str, aside: str) -> None:
    """The database `fresh` takes the name `name`, whose own becomes `aside`: both at once, or neither.

    Cuts the connections to both.
    """
    renames = [SQL("alter database {} rename to {}").format(Identifier(a), Identifier(b)) for a, b in
               ((name, aside), (fresh, name))]  # fmt: skip
    with _maintenance(url) as session, session.cursor() as cursor:
        for attempt in range(1, TRIES + 1):
            try:
                cursor.execute(CUT, ([name, fresh],))
                cursor.execute(SQL("begin; {}; {}; commit").format(*renames))
                return
            except (postgres_says.ObjectInUse, postgres_says.InsufficientPrivilege) as error:
                cursor.execute("rollback")
                if isinstance(error, postgres_says.InsufficientPrivilege) or attempt == TRIES:
                    raise NotPermitted(
                        f"The database {name!r} cannot be replaced while somebody else works in it, or by an account "
                        "that may not create databases: end those sessions, or use the server's owner."
                    ) from None


@contextmanager
def _maintenance(url: str) -> Iterator[Session]:
    with _session(parse(url).set(database=MAINTENANCE)) as session:
        session.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        yield session


@contextmanager
def _session(address: URL) -> Iterator[Session]:
    dsn = address.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        session = psycopg2.connect(dsn, **_session_settings(address))
    except psycopg2.OperationalError as error:
        shown = password_apart(address)[0].render_as_string()
        raise DatabaseUnavailable(f"No usable PostgreSQL at {shown}: {_first_line(error)}") from None
    try:
        yield session
    finally:
        session.close()


def _session_settings(address: URL) -> dict[str, Any]:
    given = address.query.get("options", "")
    settings = {
        "options": f"{given if isinstance(given, str) else ' '.join(given)} -c timezone=UTC {SERVER_NOTICES}".strip(),
        "application_name": "rollcall",
        "connect_timeout": "10",
        **CLIENT_NOTICES,
    }
    return {name: value for name, value in settings.items() if name == "options" or name not in address.query}


def _check(session: Session, address: URL) -> None:
    if session.server_version < OLDEST:
        raise DatabaseUnavailable(
            f"The PostgreSQL of database {address.database!r} is version {session.server_version // 10000}: "
            "15 or newer is needed."
        )
    if (encoding := session.get_parameter_status("server_encoding")) != "UTF8":
        raise DatabaseUnavailable(
            f"The database {address.database!r} keeps text as {encoding}: create one with ENCODING 'UTF8' instead."
        )


def _first_line(error: psycopg2.Error) -> str:
    return str(error).strip().partition("\n")[0]
