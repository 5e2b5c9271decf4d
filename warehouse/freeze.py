"""Frozen publications: the rows of one publication, kept under a label as they were, such as those of the final report.

Kept is what says nothing of single people or posts: the published tables in which every column is marked `show` for
analysts. They are aggregates, so an erasure leaves them alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from warehouse.errors import CannotFreeze
from warehouse.publish import PUBLISHED
from warehouse.roles.analysts import Column, is_restricted, marks

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")

NEWEST = """
select publication_id, run_id, as_of, definition_version
from metrics.publication where campaign = :campaign order by publication_id desc limit 1
"""

TAKEN = """
select publication_id, label from metrics.frozen_publication
where campaign = :campaign and label = :label or publication_id = :publication_id
"""

COLUMNS = """
select attname as name, format_type(atttypid, atttypmod) as kind from pg_attribute
where attrelid = to_regclass(:table) and attnum > 0 and not attisdropped
"""

LISTED = """
select label, publication_id, as_of, frozen_at, count(frozen_row.row_no) as rows
from metrics.frozen_publication left join metrics.frozen_row using (publication_id)
where campaign = :campaign
group by label, publication_id, as_of, frozen_at
order by frozen_at, label
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    label: str
    publication_id: int
    as_of: datetime
    frozen_at: datetime
    rows: int


def freeze(engine: Engine, campaign: str, label: str, at: datetime, *, provisional: bool = False) -> Frozen:
    """Keeps the campaign's current publication. Raises CannotFreeze: label not free, nothing published, provisional."""
    if not LABEL.fullmatch(label):
        raise CannotFreeze(
            f"The label {label!r} cannot be used: it is 1 to 60 letters of A to Z, digits, blanks, dots, hyphens or "
            "underscores, and begins with a letter or digit."
        )
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('rollcall publish'))"))
        publication = connection.execute(text(NEWEST), {"campaign": campaign}).mappings().one_or_none()
        if publication is None:
            raise CannotFreeze(f"Nothing of the campaign {campaign!r} is published: run `rollcall build` first.")
        _refuse_taken(connection, campaign, label, publication["publication_id"])
        if not provisional:
            _refuse_provisional(connection, campaign)
        rows = _keep(connection, {**publication, "campaign": campaign, "label": label, "frozen_at": at})
    return Frozen(
        label=label, publication_id=publication["publication_id"], as_of=publication["as_of"], frozen_at=at, rows=rows
    )


def frozen(engine: Engine, campaign: str) -> list[Frozen]:
    """The campaign's frozen publications, the oldest first."""
    with engine.connect() as connection:
        return [Frozen(**row) for row in connection.execute(text(LISTED), {"campaign": campaign}).mappings()]


def unrestricted(connection: Connection) -> list[tuple[str, str]]:
    """Schema and name of the published tables in which nothing is hidden from analysts or shown to them as a key."""
    tables = []
    for schema, table in PUBLISHED:
        found = connection.execute(text(COLUMNS), {"table": f"{schema}.{table}"})
        columns = [Column(name=row.name, kind=row.kind, comment=None) for row in found]
        if columns and not is_restricted(columns, marks(schema, table)):
            tables.append((schema, table))
    return tables


def _refuse_taken(connection: Connection, campaign: str, label: str, publication_id: int) -> None:
    given = {"campaign": campaign, "label": label, "publication_id": publication_id}
    for row in connection.execute(text(TAKEN), given):
        if row.label == label:
            raise CannotFreeze(
                f"The label {label!r} is taken: publication {row.publication_id} is kept under it, and stays as it is. "
                "Choose another."
            )
        raise CannotFreeze(
            f"Publication {publication_id} is kept already, as {row.label!r}: build again before another is frozen."
        )


def _refuse_provisional(connection: Connection, campaign: str) -> None:
    waiting = connection.execute(
        text("select open_reviews from metrics.metric_headline where campaign = :campaign and provisional"),
        {"campaign": campaign},
    ).scalar_one_or_none()
    if waiting:
        raise CannotFreeze(
            f"The numbers are provisional: {waiting} records wait for a person to decide (rollcall review export), and "
            "what is frozen never changes. Decide and build first, or say --provisional."
        )


def _keep(connection: Connection, publication: dict[str, Any]) -> int:
    connection.execute(
        text("""
            insert into metrics.frozen_publication
              (publication_id, campaign, label, as_of, run_id, definition_version, frozen_at)
            values (:publication_id, :campaign, :label, :as_of, :run_id, :definition_version, :frozen_at)
        """),
        publication,
    )
    kept = 0
    for schema, table in unrestricted(connection):
        kept += connection.execute(
            text(f"""
                insert into metrics.frozen_row (publication_id, table_name, row_no, row)
                select :publication_id, :table, row_number() over (order by to_jsonb(kept)::text), to_jsonb(kept)
                from {schema}.{table} as kept
                where campaign = :campaign and publication_id = :publication_id
            """),
            {**publication, "table": table},
        ).rowcount
    return kept
