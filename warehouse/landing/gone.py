"""Posts that are there no more, or not for everybody: their content leaves, their row stays and says why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text

from connectors.records import Gone
from warehouse import locks
from warehouse.landing.binary import copy

LOST = text((Path(__file__).parent / "lost.sql").read_text(encoding="utf-8"))
EMPTY = text(
    "create temp table if not exists staged_gone"
    " (platform text, post_id text, loss text, observed_at timestamptz) on commit delete rows; delete from staged_gone"
)
MARKED = text("select count(*) from staged_gone")
COLUMNS = (("platform", "text"), ("post_id", "text"), ("loss", "text"), ("observed_at", "timestamptz"))


def mark_gone(connection: Connection, campaign_name: str, platform: str, gone: Sequence[Gone], run_id: UUID) -> int:
    """Enter losses and remove the content of these posts; returns how many of them were held and are gone from now on.

    A post that was seen after its loss is not gone. One that is gone already stays as it is.
    """
    if not gone:
        return 0
    locks.wait_for_rest_to_end(connection)
    connection.execute(EMPTY)
    latest = {lost.key: lost for lost in sorted(gone, key=lambda lost: (lost.observed_at, lost.loss))}
    rows = [(platform, lost.key, lost.loss, lost.observed_at) for lost in latest.values()]
    copy(connection, "staged_gone", COLUMNS, rows)
    connection.execute(LOST, {"campaign": campaign_name, "run_id": run_id})
    return int(connection.execute(MARKED).scalar_one())
