"""The series of metrics.md g.3, as the knowledge page gives them, from the published tables."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

BY_PROMPT = (
    "27 22 30 29 23 21 22 26 25 25 19 26 22 18 24 23 21 19 18 21 17 21 24 18 25 18 17 29"
)  # fmt: skip
BY_DATE = "23 21 32 26 24 21 23 25 21 28 19 19 27 17 27 25 22 18 18 21 20 19 21 20 22 16 14 20 12 6 3"
MEMBERS_BY_PLATFORM = {"facebook": 30, "instagram": 28, "x": 14, "mastodon": 10, "bluesky": 6, "wordpress": 4}
POSTS_BY_PLATFORM = {"facebook": 252, "instagram": 164, "x": 108, "bluesky": 46, "mastodon": 38, "wordpress": 22}
BY_REGION = {
    "Western Asia": (158, 10), "Sub-Saharan Africa": (101, 9), "Southern Asia": (67, 8), "Eastern Asia": (60, 4),
    "Northern Africa": (57, 10), "Latin America and the Caribbean": (41, 4), "South-eastern Asia": (32, 3),
    "Australia and New Zealand": (23, 1), "Central Asia": (2, 1),
}  # fmt: skip
LEAST, PROMPT_DAYS_AT_LEAST = (1, 2, 3, 5, 7, 10, 14, 20, 25, 28), "59 45 40 34 28 23 17 13 8 8"
BY_COHORT = "28 3 9 30 55 36 17 60 37 23 60 51 29 103"


def test_by_prompt_day(published: Warehouse) -> None:
    rows = published.rows(
        "select posts, coverage_rows, on_time, late, early from metrics.metric_posts_by_prompt order by prompt_day"
    )
    assert [posts for posts, *_ in rows] == numbers(BY_PROMPT)
    assert [sum(column) for column in zip(*rows, strict=True)] == [630, 636, 543, 79, 8]


def test_by_local_date(published: Warehouse) -> None:
    rows = published.rows(
        "select local_date, sum(posts) from metrics.metric_posts_daily where posts > 0 group by 1 order by 1"
    )
    first = date(2026, 2, 1)
    assert rows == [(first + timedelta(days=n), posts) for n, posts in enumerate(numbers(BY_DATE))]


def test_by_platform(published: Warehouse) -> None:
    rows = published.rows("select platform, posts, members from metrics.metric_posts_by_platform")
    assert {platform: posts for platform, posts, _ in rows} == POSTS_BY_PLATFORM
    assert {platform: members for platform, _, members in rows} == MEMBERS_BY_PLATFORM


def test_by_region(published: Warehouse) -> None:
    rows = published.rows("select region, posts, members from metrics.metric_posts_by_region where posts > 0")
    assert {region: (posts, members) for region, posts, members in rows} == BY_REGION


def test_by_cohort(published: Warehouse) -> None:
    rows = published.rows(
        "select posts, eligible from metrics.metric_posts_by_cohort where cohort_year is not null order by cohort_year"
    )
    assert [posts for posts, _ in rows] == numbers(BY_COHORT)
    assert sum(eligible for _, eligible in rows) == 299


def test_countries_and_members(published: Warehouse) -> None:
    rows = published.rows("select countries_all_members, countries_by_residence, cohorts from metrics.metric_headline")
    assert rows == [(26, 26, 14)]


def test_how_days_were_read(published: Warehouse) -> None:
    """Nine conflicts were decided by a person; five posts name several days."""
    methods = Counter(method for (method,) in published.rows("select day_method from marts.fct_posts"))
    assert methods == {"explicit": 482, "manual": 9, "theme": 92, "date": 47}
    assert published.rows("select count(*) from marts.fct_post_days") == [(636,)]


def test_streaks_and_prompt_days(published: Warehouse) -> None:
    """Eight members covered all 28 prompts, one of them on 28 local days."""
    activity = published.rows("""
        select prompt_days, posting_days, longest_prompt_streak, longest_posting_streak
        from metrics.metric_member_activity
    """)
    prompts, dates, prompt_streaks, posting_streaks = zip(*activity, strict=True)
    assert [sum(days >= least for days in prompts) for least in LEAST] == numbers(PROMPT_DAYS_AT_LEAST)
    assert (sum(days == 28 for days in prompts), sum(days == 28 for days in dates)) == (8, 1)
    assert round(sum(prompt_streaks) / 59, 3) == 6.339
    assert round(sum(posting_streaks) / 59, 3) == 4.051


def numbers(written: str) -> list[int]:
    return [int(number) for number in written.split()]
