"""The figures of a report: every number it shows, by an id from which it can be found and computed again.

A figure is one cell of a published table: `select <column> from <table> where <where>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine

from reports.catalogue import METRICS
from reports.errors import TablesIncomplete
from reports.published import Published, Row, read
from reports.tables import COVERAGE, COVERAGE_TOTALS, Form, Measure, Table

Value = int | bool | Decimal | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    id: str
    value: Value
    """None is unknown, which is not 0."""
    form: Form
    definition: str
    table: str
    column: str
    where: str
    as_of: datetime


def figures(engine: Engine, campaign: str) -> list[Figure]:
    """All figures of the campaign's newest publication."""
    return figures_of(read(engine, campaign))


def figures_of(published: Published) -> list[Figure]:
    found = [figure for table in METRICS for figure in _of_table(published, table)]
    return [*found, *_coverage_totals(published)]


def figure_id(table: Table, row: Row, column: str) -> str:
    parts = [table.prefix, *(str(row[key]) for key in table.keys)]
    return ".".join(parts if column == table.plain else [*parts, column])


def _of_table(published: Published, table: Table) -> Iterator[Figure]:
    rows = published.rows(table)
    if len({tuple(row[key] for key in table.keys) for row in rows}) != len(rows):
        raise TablesIncomplete(
            f"{table.name} holds two rows with the same {' and '.join(table.keys)}. "
            "Run `rollcall build` and look at its checks."
        )
    for row in rows:
        where = _where(published.campaign, {key: row[key] for key in table.keys})
        for column, measure in table.measures.items():
            yield _figure(figure_id(table, row, column), row[column], measure, table.name, column, where, row["as_of"])


def _coverage_totals(published: Published) -> Iterator[Figure]:
    """Hours by state, for the campaign and for each query."""
    rows = published.rows(COVERAGE)
    queries = sorted({(row["platform"], row["query"]) for row in rows})
    groups: list[tuple[dict[str, object], str]] = [({}, "coverage_total")] if rows else []
    groups += [({"platform": p, "query": q}, f"coverage_total.{p}.{q}") for p, q in queries]
    for keys, prefix in groups:
        where = _where(published.campaign, keys)
        matching = [row for row in rows if all(row[key] == value for key, value in keys.items())]
        for column, measure in COVERAGE_TOTALS.items():
            total = sum(row[column] for row in matching)
            as_of = matching[0]["as_of"]
            yield _figure(f"{prefix}.{column}", total, measure, COVERAGE.name, f"sum({column})", where, as_of)


def _figure(id: str, value: Value, measure: Measure, table: str, column: str, where: str, as_of: datetime) -> Figure:
    return Figure(
        id=id,
        value=value,
        form=measure.form,
        definition=measure.definition,
        table=table,
        column=column,
        where=where,
        as_of=as_of,
    )


def _where(campaign: str, keys: dict[str, object]) -> str:
    conditions = {"campaign": campaign, **keys}
    return " and ".join(
        f"{column} is null" if value is None else f"{column} = {_literal(value)}"
        for column, value in conditions.items()
    )


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
