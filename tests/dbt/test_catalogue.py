"""The counts of the catalogue (metrics.md b.8) on the small world, and the identities between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.dbt.conftest import Built

pytestmark = pytest.mark.timeout(300)


def test_roles_are_those_of_the_whole_roster(world: Built) -> None:
    """One row per role; the roles sum to the headline, and partners, of whom there are none, have no row."""
    found = world.rows("select role, members, eligible, posts from build.metric_posts_by_role order by role")
    ((posts, members),) = world.rows("select unique_posts, members from build.metric_headline")
    assert [role for role, *_ in found] == ["fellow", "staff", "supporter"]
    assert [(row[1], row[2]) for row in found[:2]] == [(3, 6), (1, 2)]
    assert (sum(row[3] for row in found), sum(row[1] for row in found)) == (posts, members)


def test_the_funnel_ends_at_who_posted_on_every_day(world: Built) -> None:
    """Nobody here gave a handle, and those who posted are counted all the same, but not as having come all the way."""
    found = world.rows("select step, persons, persons_so_far from build.metric_funnel order by step_order")
    ((roster,),) = world.rows("select count(*) from build.dim_member")
    ((members,),) = world.rows("select members from build.metric_headline")
    assert found == [
        ("roster", roster, roster), ("reachable", 0, 0), ("consent", 0, 0), ("posted", members, 0),
        ("prompt_days_7", 0, 0), ("prompt_days_14", 0, 0), ("all_prompt_days", 0, 0),
    ]  # fmt: skip


def test_a_streak_goes_on_up_to_the_last_day_that_is_over(world: Built) -> None:
    """Worked example 2: six prompts in a row, two local days in a row; both ended long before the campaign did."""
    found = world.rows("""
        select longest_prompt_streak, longest_posting_streak, current_prompt_streak, current_posting_streak
        from build.metric_streaks where person_id = 'IND-1'
    """)
    assert found == [(6, 2, 0, 0)]
    last_day = world.rows("""
        select person_id from build.metric_streaks where current_posting_streak > 0 order by person_id
    """)
    assert last_day == [("TZ-easter",), ("TZ-tehran",), ("TZ-yangon",)]


def test_retention_follows_who_posted_when(world: Built) -> None:
    """Worked out from the posts, person by person."""
    days = defaultdict(set)
    for person, day in world.rows("""
        select person_id, local_date - date '2026-02-01' + 1 from build.fct_posts where local_date <= '2026-02-28'
    """):
        days[person].add(day)
    found = world.rows("""
        select day, members, active, still_posting, started_by from build.metric_retention
        where group_by = 'all' order by day
    """)
    assert found == [
        (
            day,
            len(days),
            sum(day in own for own in days.values()),
            sum(max(own) >= day for own in days.values()),
            sum(min(own) <= day for own in days.values()),
        )
        for day in range(1, 29)
    ]
    staff = world.rows("select distinct members from build.metric_retention where group_name = 'staff'")
    assert staff == [(1,)]


def test_a_lorenz_curve_and_its_gini_agree(world: Built) -> None:
    """One minus twice the area under the curve is the Gini coefficient, for who posted and for everybody."""
    ginis = dict(world.rows("select population, gini from build.metric_concentration where group_by = 'all'"))
    assert set(ginis) == {"participants", "roster"}
    for population, gini in ginis.items():
        points = world.rows(
            "select people_share, posts_share from build.metric_lorenz where population = :population order by point",
            population=population,
        )
        assert points[0] == (0, 0)
        assert points[-1] == (1, 1)
        under = sum(
            (right - left) * (below + above)
            for (left, below), (right, above) in pairwise(points)
        )  # fmt: skip
        assert abs(1 - under - gini) < Decimal("0.00001")
    assert ginis["roster"] > ginis["participants"]


def test_concentration_counts_the_silent_in_the_roster_only(world: Built) -> None:
    """Three of six fellows posted: the median of the roster is less than theirs."""
    found = world.rows("""
        select population, people, posts, single_post_members from build.metric_concentration
        where group_name = 'fellow' order by population
    """)
    assert [(row[0], row[1]) for row in found] == [("participants", 3), ("roster", 6)]
    assert found[0][2:] == found[1][2:]


def test_lags_are_those_of_the_posts(world: Built) -> None:
    """Each group's shares are of its own posts."""
    posts = Counter(lag for (lag,) in world.rows("select lag_days from build.fct_posts"))
    found = world.rows("select lag_days, posts, timeliness from build.metric_timeliness where group_by = 'all'")
    assert {lag: count for lag, count, _ in found} == posts
    assert {timeliness for lag, _, timeliness in found if lag == 0} == {"on time"}
    shares = world.rows(
        "select distinct round(sum(share), 4) from build.metric_timeliness group by group_by, group_name"
    )
    assert shares == [(1,)]


def test_hours_are_the_author_s(world: Built) -> None:
    """As zoneinfo has them; every weekday and hour has a row."""
    expected = Counter()
    for created_at, zone in world.rows("""
        select posts.created_at, items.author_tz from build.fct_posts as posts
        inner join build.fct_items as items on posts.platform = items.platform and posts.post_id = items.post_id
            and items.exclusion_reason is null
    """):
        local = created_at.astimezone(ZoneInfo(zone))
        expected[local.isoweekday(), local.hour] += 1
    found = world.rows("select weekday, hour, posts from build.metric_hour_weekday")
    assert len(found) == 7 * 24
    assert {(weekday, hour): posts for weekday, hour, posts in found if posts} == expected


def test_content_names_no_rare_hashtag(world: Built) -> None:
    """Every post has one language or Unknown; what nobody shares is not named."""
    ((posts,),) = world.rows("select unique_posts from build.metric_headline")
    assert world.rows("select value, posts from build.metric_content where kind = 'language'") == [("Unknown", posts)]
    found = dict(world.rows("select value, posts from build.metric_content where kind = 'media_type'"))
    assert found == {"image": 2, "none": posts - 2}


def test_crossposts_are_copies_on_another_platform(world: Built) -> None:
    """One post is on Facebook and X; the other copies are on one platform."""
    found = world.rows("select platform_a, platform_b, clusters, mean_items, members from build.metric_crosspost")
    assert sorted(found) == [("all", "all", 1, 4, 1), ("facebook", "x", 1, 4, 1)]
