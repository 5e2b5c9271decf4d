"""The published tables beside what a simulator planted, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

BREAKDOWNS = {
    "posts_by_prompt": ("prompt_day", ("posts", "coverage_rows", "members", "on_time", "late", "early")),
    "posts_daily": ("cell", ("posts",)),
    "posts_by_region": ("region", ("posts", "members", "eligible")),
    "posts_by_platform": ("platform", ("posts", "items", "members")),
    "posts_by_country": ("country_iso3", ("posts", "members", "eligible")),
    "posts_by_cohort": ("cohort_year", ("posts", "members", "eligible")),
    "blog": ("cell", ("posts", "posts_inside", "posts_outside", "authors")),
}

COLUMNS = {
    "posts_daily": "local_date || ' ' || platform as cell, posts",
    "blog": "year || ' ' || author_class as cell, posts, posts_inside, posts_outside, coalesce(authors, 0) as authors",
}
"""What is read of a table where its rows are not named by one column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One number, as published and as planted."""

    where: tuple[Any, ...]
    """Table, group and measure."""
    published: int
    planted: int

    def __str__(self) -> str:
        return f"{' · '.join(map(str, self.where))}: published {self.published}, planted {self.planted}"


def beside(engine: Engine, campaign_name: str, truth: Mapping[str, Any]) -> list[Beside]:
    """Headline, waterfall, quarantine and the breakdowns that the truth tells; what one side lacks is 0 there."""
    with engine.connect() as connection:
        found = _published(connection, campaign_name, truth)
    planted: dict[tuple[Any, ...], int] = {
        **{("headline", name): value for name, value in truth["headline"].items()},
        **{("waterfall", step): items for step, items in truth["waterfall"].items()},
        ("waterfall", "quarantined"): truth["quarantined"],
        **{
            (table, group, measure): value
            for table in BREAKDOWNS
            for group, measures in truth.get(table, {}).items()
            for measure, value in measures.items()
        },
    }
    return [
        Beside(where=where, published=found.get(where, 0), planted=planted.get(where, 0))
        for where in dict.fromkeys((*planted, *sorted(found, key=str)))
    ]


def differences(engine: Engine, campaign_name: str, truth: Mapping[str, Any]) -> list[str]:
    """The numbers that are not the same, as sentences; none if all agree."""
    return [str(one) for one in beside(engine, campaign_name, truth) if one.published != one.planted]


def _published(connection: Connection, campaign_name: str, truth: Mapping[str, Any]) -> dict[tuple[Any, ...], int]:
    values: dict[tuple[Any, ...], int] = {}
    headline = _rows(connection, "select * from metrics.metric_headline", campaign_name)[0]
    for name in truth["headline"]:
        values["headline", name] = headline[name]
    for row in _rows(connection, "select * from metrics.metric_waterfall", campaign_name):
        values["waterfall", row["step"]] = row["items"]
    for table in filter(truth.__contains__, BREAKDOWNS):
        group, measures = BREAKDOWNS[table]
        for row in _rows(connection, f"select {COLUMNS.get(table, '*')} from metrics.metric_{table}", campaign_name):
            for measure in measures:
                if row[measure] is not None:  # unknown: a platform that was never read has nothing to compare
                    values[table, row[group], measure] = row[measure]
    return values


def _rows(connection: Connection, query: str, campaign_name: str) -> list[dict[str, Any]]:
    rows = connection.execute(text(f"{query} where campaign = :campaign"), {"campaign": campaign_name})
    return [dict(row._mapping) for row in rows]
