from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.warehouse.people.accounts import World


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> Iterator[World]:
    with engine.connect() as connection:
        yield World(connection, engine, tmp_path)
