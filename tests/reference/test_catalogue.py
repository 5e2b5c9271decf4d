"""The counts of metrics.md b.8 and g.3 for the reference campaign, from the published tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from flows.steps.demo_team import Team
from tests.reference.living import Warehouse, copied

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

LAST_POSTING_DAY_AT_LEAST = {1: 59, 5: 55, 10: 50, 15: 49, 20: 44, 25: 31, 28: 14}
STARTED_BY = {1: 22, 3: 36, 7: 44, 14: 51, 28: 59}
POSTS_BY_ROLE = {"fellow": (541, 50), "partner": (41, 4), "staff": (48, 5), "supporter": (0, 0)}
TIMELINESS = {
    "early": 8, "on time": 543, "1 day late": 49, "2-3 days late": 17, "4-7 days late": 8, "more than 7 days late": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def published(lived: tuple[Team, str], decided_name: str, server_url: str) -> Iterator[Warehouse]:
    """One copy of the decided warehouse for all: they only read it."""
    with copied(lived[0], decided_name, server_url) as warehouse:
        yield warehouse


def test_by_role(published: Warehouse) -> None:
    rows = published.rows("select role, posts, members, eligible from metrics.metric_posts_by_role")
    assert {role: (posts, members) for role, posts, members, _ in rows} == POSTS_BY_ROLE
    assert {role: eligible for role, _, _, eligible in rows} == {
        "fellow": 299, "partner": 12, "staff": 7, "supporter": 2
    }  # fmt: skip


def test_funnel(published: Warehouse) -> None:
    """Of 320 people 83 gave a handle and one refuses; 59 posted, 28 on a week's prompts, 17 on two, 8 on all."""
    rows = published.rows("select step, persons, persons_so_far from metrics.metric_funnel order by step_order")
    assert rows == [
        ("roster", 320, 320), ("reachable", 83, 83), ("consent", 319, 83), ("posted", 59, 59),
        ("prompt_days_7", 28, 28), ("prompt_days_14", 17, 17), ("all_prompt_days", 8, 8),
    ]  # fmt: skip


def test_streaks(published: Warehouse) -> None:
    """The eight finishers' prompt streaks are all 28 days; 14 members posted on the last day."""
    ((members, prompt, posting, whole, going_on),) = published.rows("""
        select count(*), round(avg(longest_prompt_streak), 3), round(avg(longest_posting_streak), 3),
            count(*) filter (where current_prompt_streak = 28), count(*) filter (where current_posting_streak > 0)
        from metrics.metric_streaks
    """)
    assert (members, prompt, posting) == (59, Decimal("6.339"), Decimal("4.051"))
    assert (whole, going_on) == (8, LAST_POSTING_DAY_AT_LEAST[28])


def test_retention(published: Warehouse) -> None:
    rows = published.rows("""
        select day, still_posting, started_by, survival, members
        from metrics.metric_retention where group_by = 'all' order by day
    """)
    assert [day for day, *_ in rows] == list(range(1, 29))
    assert {day: still for day, still, *_ in rows if day in LAST_POSTING_DAY_AT_LEAST} == LAST_POSTING_DAY_AT_LEAST
    assert {day: started for day, _, started, *_ in rows if day in STARTED_BY} == STARTED_BY
    assert all(survival == round(Decimal(still) / 59, 6) for _, still, _, survival, _ in rows)
    groups = published.rows("""
        select group_by, count(distinct group_name), sum(members) from metrics.metric_retention where day = 1
        group by group_by order by group_by
    """)
    assert groups == [("all", 1, 59), ("cohort", 14, 50), ("region", 9, 50), ("role", 3, 59)]


def test_concentration(published: Warehouse) -> None:
    (row,) = published.rows("""
        select people, posts, round(gini, 4), median_posts, top_tenth_people, top_tenth_share, round(top_six_share, 3),
            single_post_members
        from metrics.metric_concentration where population = 'participants' and group_by = 'all'
    """)
    assert row == (59, 630, Decimal("0.5213"), 6, 6, Decimal("0.292063"), Decimal("0.292"), 14)
    silent, last = published.rows("""
        select people, posts, people_share, posts_share from metrics.metric_lorenz
        where population = 'roster' and (posts_each = 0 or posts_share = 1) order by point
    """)
    assert silent == (261, 0, Decimal("0.815625"), 0)
    assert last == (320, 630, 1, 1)


def test_timeliness(published: Warehouse) -> None:
    rows = published.rows(
        "select timeliness, sum(posts) from metrics.metric_timeliness where group_by = 'all' group by timeliness"
    )
    assert dict(rows) == TIMELINESS
    ((whole, by_role),) = published.rows("""
        select sum(posts) filter (where group_by = 'all'), sum(posts) filter (where group_by = 'role')
        from metrics.metric_timeliness
    """)
    assert whole == by_role == 630
    assert published.rows("select sum(posts), count(*) from metrics.metric_hour_weekday") == [(630, 168)]


def test_content(published: Warehouse) -> None:
    """Every post has one language, and no hashtag of fewer than five members is named."""
    posts = published.rows("select sum(posts) from metrics.metric_content where kind = 'language'")
    assert posts == [(630,)]
    named = published.rows(
        "select min(members) from metrics.metric_content where kind = 'co_hashtag' and value <> '(rare)'"
    )
    assert named[0][0] >= 5


def test_crossposts(published: Warehouse) -> None:
    """The 87 clusters of table g.1 and the six posts that the team put on two platforms on behalf of somebody."""
    (row,) = published.rows("select clusters, members from metrics.metric_crosspost where platform_a = 'all'")
    assert row == (87 + 6, 38)
