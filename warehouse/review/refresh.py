"""After a build: what waits for a person, what is decided, and what waits no more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

REFRESH = text(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def refresh(connection: Connection, campaign_name: str, as_of: datetime) -> None:
    """Fills `people.review_item` from the tables that were just built for the campaign, in the caller's transaction.

    The same tables again change no row.
    """
    connection.execute(REFRESH, {"campaign": campaign_name, "as_of": as_of})
