"""The schema of the warehouse: made once, whole or not at all."""

from __future__ import annotations

from sqlalchemy import Engine, text


def test_times_are_told_in_utc(engine: Engine) -> None:
    """Every session is in UTC, whatever the server's zone."""
    with engine.connect() as connection:
        assert connection.scalar(text("show timezone")) == "UTC"
