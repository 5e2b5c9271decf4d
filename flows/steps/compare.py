"""The published tables beside what a simulator planted: every number that differs, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, text

BREAKDOWNS = {
    "posts_by_prompt": ("prompt_day", ("posts", "coverage_rows", "members", "on_time", "late", "early")),
    "posts_by_platform": ("platform", ("posts", "items", "members")),
    "posts_by_country": ("country_iso3", ("posts", "members", "eligible")),
    "posts_by_cohort": ("cohort_year", ("posts", "members", "eligible")),
}


def differences(engine: Engine, campaign_name: str, truth: Mapping[str, Any]) -> list[str]:
    """Compare headline, waterfall, quarantine and breakdowns; an empty list means that all agree."""
    with engine.connect() as connection:
        found = _published(connection, campaign_name)
    planted: dict[tuple[Any, ...], int] = {
        **{("headline", name): value for name, value in truth["headline"].items()},
        **{("waterfall", step): items for step, items in truth["waterfall"].items()},
        ("waterfall", "quarantined"): truth["quarantined"],
        **{
            (table, group, measure): value
            for table in BREAKDOWNS
            for group, measures in truth[table].items()
            for measure, value in measures.items()
        },
    }
    return [
        f"{' · '.join(map(str, where))}: published {found.get(where, 0)}, planted {planted.get(where, 0)}"
        for where in sorted(planted.keys() | found.keys(), key=str)
        if found.get(where, 0) != planted.get(where, 0)
    ]


def _published(connection: Connection, campaign_name: str) -> dict[tuple[Any, ...], int]:
    values: dict[tuple[Any, ...], int] = {}
    headline = _rows(connection, "select * from metrics.metric_headline", campaign_name)[0]
    for name in ("unique_posts", "members", "fellows", "countries"):
        values["headline", name] = headline[name]
    for row in _rows(connection, "select * from metrics.metric_waterfall", campaign_name):
        values["waterfall", row["step"]] = row["items"]
    for table, (group, measures) in BREAKDOWNS.items():
        for row in _rows(connection, f"select * from metrics.metric_{table}", campaign_name):
            for measure in measures:
                values[table, row[group], measure] = row[measure]
    return values


def _rows(connection: Connection, query: str, campaign_name: str) -> list[dict[str, Any]]:
    rows = connection.execute(text(f"{query} where campaign = :campaign"), {"campaign": campaign_name})
    return [dict(row._mapping) for row in rows]
