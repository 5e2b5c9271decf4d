"""A warehouse to back up, and an empty database to restore into."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine, text

from tests.warehouse.forgetting.planting import NOW, SECRET, plant
from warehouse import backup, roles
from warehouse.backup import restoring
from warehouse.engine import create_database, drop_database
from warehouse.people import which_key
from warehouse.people.which_key import key_check

ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


@pytest.fixture
def reader(server_url: str) -> Iterator[str]:
    """A role that an administrator made."""
    name = f"reader_{uuid.uuid4().hex[:8]}"
    with closing(psycopg2.connect(server_url)) as session, session, session.cursor() as cursor:
        cursor.execute(f"create role {name}")
    yield name
    with closing(psycopg2.connect(server_url)) as session, session, session.cursor() as cursor:
        cursor.execute(f"drop role {name}")


@pytest.fixture
def blank_url(reader: str, server_url: str) -> Iterator[str]:
    """A database that holds nothing."""
    name = f"rollcall_test_{uuid.uuid4().hex[:12]}"
    yield create_database(server_url, name)
    drop_database(server_url, name)


@pytest.fixture
def planted(blank_url: str, engine: Engine) -> Engine:
    """A warehouse in which Amina Sample (F1) is everywhere, and Ben Other (F2) beside her."""
    with engine.begin() as connection:
        plant(connection)
        roles.provide(connection, anew=True)
        which_key.enter(connection, key_check(SECRET))
    return engine


def taken(engine: Engine, into: Path, **given: Any) -> backup.Made:
    how: dict[str, Any] = {
        "key_check": key_check(SECRET),
        "application": "1.0",
        "now": NOW,
        "environment": ENVIRONMENT,
        **given,
    }
    return backup.make(engine, into, **how)


def way(lines: frozenset[str] = frozenset()) -> restoring.Way:
    return restoring.Way(lines=lines, secret=SECRET, key_check=key_check(SECRET), now=NOW, environment=ENVIRONMENT)


def run_sql(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
