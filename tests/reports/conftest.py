"""A small publication with fictional people, written straight into published tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

Rows = Sequence[Mapping[str, Any]]
Publish = Callable[..., None]

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)
PUBLISHED_AT = datetime(2026, 3, 15, 12, 4, tzinfo=UTC)
RUN = uuid.UUID("5f0c6d1e-0000-4000-8000-000000000028")
TABLES = Path(__file__).with_name("published_tables.sql")


def group(posts: int, members: int, eligible: int, **key: Any) -> dict[str, Any]:
    measured = {
        "participation": Decimal(members) / eligible,
        "ci_low": Decimal("0.0945"),
        "ci_high": Decimal("0.9055"),
        "posts_per_member": Decimal(posts) / members if members else None,
        "share_posts": Decimal(posts) / 5,
        "share_eligible": Decimal(eligible) / 8,
        "representation_ratio": Decimal("1.5"),
    }
    return {**key, "posts": posts, "members": members, "eligible": eligible, **measured}


def small_campaign() -> dict[str, Rows]:
    """Seven posts of three members on three days, two of them fellows, with everything that a section must show."""
    activity = {"first_local_date": date(2026, 2, 1), "last_local_date": date(2026, 2, 4), "platforms": 1}
    return {
        "metrics.metric_headline": [
            {"unique_posts": 7, "members": 3, "fellows": 2, "countries": 2, "countries_all_members": 3}
            | {"countries_by_residence": 2, "cohorts": 1, "posts_per_member": Decimal("2.3333333333333333")}
            | {"posts_per_day": Decimal("2.3333333333333333"), "fill_rate": Decimal("0.55555555555555555556")}
            | {"open_reviews": 0, "provisional": False}
        ],
        "metrics.metric_waterfall": [
            {"step_order": 0, "step": "quarantined", "kind": "quarantine", "items": 2, "remaining": None},
            {"step_order": 1, "step": "seen", "kind": "start", "items": 1234, "remaining": 1234},
            {"step_order": 2, "step": "opted_out", "kind": "sieve", "items": 0, "remaining": 1234},
            {"step_order": 3, "step": "repost", "kind": "exclusion", "items": 1227, "remaining": 7},
            {"step_order": 4, "step": "counted", "kind": "end", "items": 7, "remaining": 7},
        ],
        "metrics.metric_posts_by_prompt": [
            {"prompt_day": n, "label": label, "posts": n + 1 - n // 3 * 2, "coverage_rows": n + 1, "members": 2}
            | {"on_time": n, "late": 1 - n // 3, "early": 0}
            for n, label in ((1, "My museum"), (2, None), (3, "ITP memory"))
        ],
        "metrics.metric_posts_by_platform": [
            {"platform": "mastodon", "posts": 5, "items": 6, "members": 2, "share": Decimal("0.71428571428571428571")},
            {"platform": "x", "posts": 2, "items": 2, "members": 1, "share": Decimal("0.28571428571428571429")},
        ],
        "metrics.metric_posts_by_country": [
            group(4, 1, 4, country_iso3="TUR", country_label="Turkey", region="Western Asia"),
            group(1, 1, 3, country_iso3="IRQ", country_label="Kurdistan", region="Western Asia"),
            group(0, 0, 1, country_iso3="NZL", country_label="New Zealand", region="Australia and New Zealand"),
        ],
        "metrics.metric_posts_by_cohort": [group(5, 2, 5, cohort_year=2019), group(0, 0, 3, cohort_year=2018)],
        "metrics.metric_member_activity": [
            {
                "person_id": "F01",
                "posts": 4,
                "prompt_days": 3,
                "posting_days": 3,
                "on_time_share": Decimal("0.75"),
                **activity,
            },
            {
                "person_id": "F02",
                "posts": 1,
                "prompt_days": 1,
                "posting_days": 1,
                "on_time_share": Decimal(1),
                **activity,
            },
            {"person_id": "P01", "posts": 2, "prompt_days": 0, "posting_days": 2, "on_time_share": None, **activity},
        ],
        "metrics.metric_coverage": [
            hours("mastodon", "social.example/tags/itp28", 1, complete=24),
            hours("mastodon", "social.example/tags/itp28", 2, complete=21, gap=3),
            hours("mastodon", "social.example/tags/itp28", 3, unread=24),
            hours("x", "search/recent", 1, not_visible=24),
            hours("x", "search/recent", 2, complete=20, not_visible=4),
            hours("x", "search/recent", 3, complete=12, unread=12),
        ],
        "marts.dim_member": [
            member("F01", "Aylin Örnek", "fellow", cohort_year=2019, country_iso3="TUR", country_label="Turkey"),
            member("F02", "Rêzan Mînak", "fellow", cohort_year=2019, country_iso3="IRQ", country_label="Kurdistan"),
            member("P01", "Pat Sample", "partner", cohort_year=None, country_iso3=None, country_label=None),
        ],
        "marts.dim_campaign": [
            {"campaign_title": "#ITP28", "hashtags": "itp28, ipt28", "zone": "Europe/London"}
            | {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 2, 3), "days": 3, "grace_days": 7}
        ],
    }


def hours(platform: str, query: str, day: int, **given: int) -> dict[str, Any]:
    states = {f"hours_{state}": given.get(state, 0) for state in ("complete", "gap", "not_visible", "unread")}
    return {"platform": platform, "query": query, "day": date(2026, 2, 1) + timedelta(days=day - 1), **states}


def member(person_id: str, name: str, role: str, **rest: Any) -> dict[str, Any]:
    return {"person_id": person_id, "display_name": name, "role": role, **rest}


@pytest.fixture
def campaign_rows() -> dict[str, Any]:
    return small_campaign()


@pytest.fixture
def publish(engine: Engine) -> Publish:
    """`publish(rows, campaign=…)`: a publication of these rows, as the warehouse would have made it."""
    with engine.begin() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql(TABLES.read_text())

    def publish(rows: Mapping[str, Rows], *, campaign: str = "itp28") -> None:
        keys = {"campaign": campaign, "run_id": RUN, "as_of": AS_OF, "definition_version": "1"}
        with engine.begin() as connection:
            publication = connection.execute(
                text(
                    "insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version) "
                    "values (:campaign, :run_id, :as_of, :published_at, :definition_version) returning publication_id"
                ),
                {**keys, "published_at": PUBLISHED_AT},
            ).scalar_one()
            for table, of_table in rows.items():
                connection.execute(text(f"delete from {table} where campaign = :campaign"), keys)
                for row in of_table:
                    full = {**row, **keys, "publication_id": publication}
                    columns = ", ".join(full)
                    values = ", ".join(f":{column}" for column in full)
                    connection.execute(text(f"insert into {table} ({columns}) values ({values})"), full)

    return publish
