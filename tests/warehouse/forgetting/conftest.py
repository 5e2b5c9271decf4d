"""A warehouse to erase somebody from."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.warehouse.forgetting.planting import plant


@pytest.fixture
def planted(engine: Engine) -> Engine:
    """A warehouse in which Amina Sample (F1) is everywhere, and Ben Other (F2) beside her."""
    with engine.begin() as connection:
        plant(connection)
    return engine
