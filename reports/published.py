"""Reads the published tables of one campaign, all as of the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from reports.catalogue import METRICS
from reports.errors import NothingPublished, TablesIncomplete
from reports.tables import Table

Row = Mapping[str, Any]

PUBLICATION = """
select publication_id, run_id, as_of, published_at, definition_version
from metrics.publication where campaign = :campaign
order by publication_id desc limit 1
"""
PEOPLE = """
select person_id, display_name, role, cohort_year, country_iso3, country_label, region
from marts.dim_member where campaign = :campaign
"""
CAMPAIGN = """
select campaign_title as title, hashtags, starts_on, ends_on, days, grace_days, zone
from marts.dim_campaign where campaign = :campaign
"""
THERE = "select to_regclass(:table)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    publication_id: int
    run_id: UUID
    as_of: datetime
    published_at: datetime
    definition_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    campaign: str
    publication: Publication
    tables: Mapping[str, tuple[Row, ...]]
    """Prefix of the table -> its rows."""
    people: Mapping[str, Row]
    about: Row
    """The campaign's title, hashtags, first and last day, days, grace_days and zone."""

    @property
    def starts_on(self) -> date:
        day: date = self.about["starts_on"]
        return day

    def rows(self, table: Table) -> tuple[Row, ...]:
        return self.tables[table.prefix]


def read(engine: Engine, campaign: str) -> Published:
    """The campaign's newest publication. A publication that ends meanwhile is either seen whole or not at all."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        publication = connection.execute(text(PUBLICATION), {"campaign": campaign}).mappings().one_or_none()
        if publication is None:
            raise NothingPublished(campaign)
        try:
            published = _read(connection, campaign, Publication(**publication))
        except ProgrammingError as error:
            raise TablesIncomplete(
                f"The published tables are not complete ({_first_line(error)}). "
                f"Run `rollcall build --campaign {campaign}` with this version of rollcall."
            ) from error
    if len(published.tables["headline"]) != 1:
        raise NothingPublished(campaign)
    return published


def _read(connection: Connection, campaign: str, publication: Publication) -> Published:
    given = {"campaign": campaign}
    return Published(
        campaign=campaign,
        publication=publication,
        tables={table.prefix: _rows(connection, table, given) for table in METRICS},
        people={row["person_id"]: dict(row) for row in connection.execute(text(PEOPLE), given).mappings()},
        about=dict(connection.execute(text(CAMPAIGN), given).mappings().one()),
    )


def _rows(connection: Connection, table: Table, given: Mapping[str, str]) -> tuple[Row, ...]:
    if table.since_later and connection.execute(text(THERE), {"table": table.name}).scalar_one() is None:
        return ()
    columns = ", ".join(dict.fromkeys((*table.keys, *table.labels, *table.measures, "as_of")))
    chosen = f"campaign = :campaign and {table.only}"
    query = text(f"select {columns} from {table.name} where {chosen} order by {table.order}")
    return tuple(dict(row) for row in connection.execute(query, given).mappings())


def _first_line(error: ProgrammingError) -> str:
    return str(error.orig).splitlines()[0]
