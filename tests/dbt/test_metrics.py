"""The metric tables of the small world, by hand, and the identities between them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from tests.dbt.conftest import Built
from tests.dbt.world import COPIES, LOCAL_DAYS, NAME, REASONS, STREAK
from warehouse.publish import PUBLISHED

pytestmark = pytest.mark.timeout(300)

WITHOUT_ROWS = {
    "metric_survey",
    "metric_blog",
    "metric_compare",
    "metric_top_posts",
    "metric_acts_hidden",
    "open_countries",
}
"""What the small world has nothing of."""

COUNTED = (
    sum(reason is None for reason, _ in REASONS.values())
    + sum(original is None and "deleted_at" not in more for original, more in COPIES.values())
    + sum(day is not None for _, _, _, day in LOCAL_DAYS.values())
    + len(STREAK)
    + len(["edited", "multi", "conflict", "theme"])
)


def test_the_waterfall_ends_at_the_counted_posts(world: Built) -> None:
    """From everything that was seen, each step takes its items, and what remains is the headline."""
    found = world.rows("select step, items, remaining from build.metric_waterfall order by step_order")
    reasons = Counter(reason for reason, _ in REASONS.values() if reason)
    taken = {
        "opted_out": 2,
        **reasons,
        "not_public": 1 + 1 + 2,  # kept out by the sieve, one of the reasons, both ids of an edited post
        "deleted": 2 + 2 + 1,  # two of the reasons, both ids of an edited post, the first of a post made twice
        "superseded_edit": 3,
        "repost": reasons["repost"] + 2,
        "reply_or_comment": reasons["reply_or_comment"] + 2,
        "out_of_window": 2 + sum(day is None for _, _, _, day in LOCAL_DAYS.values()),
        "duplicate_same_platform": 2 + 1,
        "duplicate_crosspost": 1,
    }
    assert found[0] == ("quarantined", 1, None)
    assert {step: items for step, items, _ in found[2:-1] if items} == taken
    seen = sum(taken.values()) + COUNTED
    assert found[1] == ("seen", seen, seen)
    assert found[-1] == ("counted", COUNTED, COUNTED)
    assert world.rows("select unique_posts from build.metric_headline") == [(COUNTED,)]


def test_every_identity_between_the_tables_holds(world: Built) -> None:
    """dbt's tests all pass on the small world; each of them is one check."""
    assert [check.sentence for check in world.checks if not check.passed] == []
    assert {"waterfall_sums_up", "parts_sum_to_unique_posts", "one_cluster_per_counted_item", "one_reason_per_item",
            "fct_items key", "fct_posts person_id relationships"} <= {check.rule for check in world.checks}  # fmt: skip


def test_a_country_has_no_other_name_than_its_people(world: Built) -> None:
    """What a fellow's row says stands in the row of the country too."""
    names = dict(world.rows("select country_iso3, country_label from build.metric_posts_by_country"))
    people = world.rows("select country_iso3, country_label from build.dim_member where role = 'fellow'")
    told = {(iso3, label) for iso3, label in people if iso3}
    assert {label for _, label in told} == {"L BRA", "L EGY", "Upper Egypt", "L IND"}
    assert all(label in names[iso3].split(" / ") for iso3, label in told)


def test_the_headline_counts_people_by_their_role(world: Built) -> None:
    """A fellow who is also staff is a fellow, a senior fellow is one; countries are those of participating fellows.

    Who does not say where they live lives in the country of the programme.
    """
    found = world.rows("""
        select members, fellows, countries, countries_all_members, countries_by_residence, cohorts,
            open_reviews, provisional, posts_per_day
        from build.metric_headline
    """)
    reviews = sum(reason == "author_unresolved" for reason, _ in REASONS.values())
    reviews += len(["conflict"]) + len(["short + short-again", "d + e"])  # a day to confirm, and doubtful copies
    places = {post.partition("-")[0] for post, (_, _, _, day) in LOCAL_DAYS.items() if day}
    per_day = round(Decimal(COUNTED) / 28, 6)
    assert found == [(4 + len(places), 3, 3, 4, 3, 3, reviews, True, per_day)]


def test_groups_keep_who_did_not_post(world: Built) -> None:
    """Every country of fellows on the roster has a row; unknown is a group, and a ratio without a whole is unknown."""
    found = world.rows("""
        select country_iso3, country_label, region, members, eligible, participation, posts_per_member
        from build.metric_posts_by_country order by country_iso3
    """)
    half = Decimal("0.500000")
    assert [row[:6] for row in found] == [
        ("BRA", "L BRA", "Latin America and the Caribbean", 1, 1, 1),
        ("EGY", "L EGY / Upper Egypt", "Northern Africa", 1, 2, half),
        ("IND", "L IND", "Southern Asia", 1, 1, 1),
        ("Unknown", "Unknown", None, 0, 2, 0),
    ]
    assert found[-1][-1] is None


@pytest.mark.parametrize("group", ["cohort", "country", "region"])
def test_whoever_is_silent_is_eligible_in_every_rate(world: Built, group: str) -> None:
    """All fellows of the roster: also those who post nothing, have no account or refuse to be collected."""
    fellows = world.rows("""
        select distinct person_id from people.person_role
        where role in ('fellow', 'senior_fellow') and valid_from <= '2026-03-07' and valid_to > '2026-02-01'
    """)
    assert {("REFUSES",), ("TWIN-1",), ("TWIN-2",)} <= set(fellows)
    found = world.rows(f"select members, eligible, participation, share_eligible from build.metric_posts_by_{group}")
    assert sum(eligible for _, eligible, *_ in found) == len(fellows) == 6
    for members, eligible, participation, share in found:
        assert participation == round(Decimal(members) / eligible, 6)
        assert share == round(Decimal(eligible) / len(fellows), 6)


def test_the_interval_is_wilson_s(world: Built) -> None:
    """1 of 2: from 0.0945 to 0.9055; 0 of 2: from 0 to 0.6576 (Wilson's 95 % interval)."""
    found = world.rows("""
        select ci_low, ci_high from build.metric_posts_by_country
        where country_iso3 in ('EGY', 'Unknown') order by country_iso3
    """)
    assert [tuple(round(bound, 4) for bound in row) for row in found] == [
        (Decimal("0.0945"), Decimal("0.9055")),
        (Decimal("0.0000"), Decimal("0.6576")),
    ]


def test_a_cohort_is_the_year_of_first_participation(world: Built) -> None:
    """One row per cohort year of the roster's fellows, whether they posted or not."""
    found = world.rows("select cohort_year, members, eligible from build.metric_posts_by_cohort order by cohort_year")
    assert found == [(2010, 0, 2), (2011, 1, 2), (2012, 1, 1), (2015, 1, 1)]


def test_every_prompt_day_has_a_row(world: Built) -> None:
    """28 rows, with the label where the campaign file has one; a day without posts has 0, which is known."""
    found = world.rows("select prompt_day, label, posts, coverage_rows from build.metric_posts_by_prompt order by 1")
    assert [day for day, *_ in found] == list(range(1, 29))
    assert [label for _, label, *_ in found if label] == ["ITP memory"]
    assert sum(covered - posts for _, _, posts, covered in found) == 2
    assert (found[26][2], found[4][2]) == (0, 3)


def test_platforms_count_items_and_unique_posts(world: Built) -> None:
    """A platform's items include the copies; a unique post belongs to the platform of its earliest copy."""
    found = world.rows(
        "select platform, posts, items, members from build.metric_posts_by_platform where platform = 'facebook'"
    )
    assert found == [("facebook", 1, 2, 1)]


def test_every_date_has_a_row_for_each_platform(world: Built) -> None:
    """From the first day to the end of grace; sums, running totals and the mean over the days that there are."""
    found = world.rows("select * from build.metric_posts_daily where platform = 'mastodon' order by local_date")
    series = {row[4]: row[6:10] for row in found}
    assert (min(series), max(series), len(series)) == (date(2026, 2, 1), date(2026, 3, 7), 35)
    assert series[date(2026, 2, 1)] == (3, 3, 3, Decimal("3.000000"))
    assert series[date(2026, 2, 2)] == (0, 0, 3, Decimal("1.500000"))
    assert series[date(2026, 2, 15)] == (2, 1, 5, Decimal("0.285714"))
    assert series[date(2026, 3, 7)] == (0, 0, 8, Decimal("0.000000"))


def test_regions_are_those_of_the_programme_countries(world: Built) -> None:
    """Several countries of one sub-region are one group; fellows without a country are the group Unknown."""
    found = world.rows("select region, members, eligible from build.metric_posts_by_region order by region")
    assert found == [
        ("Latin America and the Caribbean", 1, 1),
        ("Northern Africa", 1, 2),
        ("Southern Asia", 1, 1),
        ("Unknown", 0, 2),
    ]


def test_unread_hours_are_told_from_gaps(world: Built) -> None:
    """Coverage by day has every hour of the campaign up to its end or now, for each query that is asked for posts.

    A query that is asked no more is shown as far as it was read; those for interactions are no coverage of posts.
    """
    found = world.rows("select * from build.metric_coverage where day = '2026-02-02' order by platform, query")
    assert [(row[5], *row[-4:]) for row in found] == [
        ("refused", 0, 0, 0, 24),
        ("asked-no-more", 1, 0, 0, 0),
        ("q", 1, 1, 1, 21),
    ]
    ((first, last, days),) = world.rows(
        "select min(day), max(day), count(*) from build.metric_coverage where query = 'q'"
    )
    assert (first, last, days) == (date(2026, 1, 31), date(2026, 3, 8), 37)


def test_every_row_says_where_it_comes_from(world: Built) -> None:
    """Campaign, as-of time, run and definition stand on each row of each table."""
    tables = [
        name
        for (name,) in world.rows(
            "select tablename from pg_tables where schemaname = 'build' and tablename ~ '^(dim|fct|metric|open)_'"
        )
    ]
    assert len(tables) == len(PUBLISHED)
    found = {
        table: world.rows(f"select distinct campaign, run_id, definition_version from build.{table}")
        for table in tables
    }
    assert {table for table, stamps in found.items() if not stamps} <= WITHOUT_ROWS
    assert {stamp for stamps in found.values() for stamp in stamps} == {(NAME, world.run_id, "1")}


def test_each_matched_post_carries_country_and_cohort(world: Built) -> None:
    """As the person has them; a post without a person has neither."""
    fellows = world.rows(
        "select post.cohort_year, post.country_iso3, member.cohort_year, member.country_iso3"
        " from build.fct_posts post join build.dim_member member using (person_id) where post.role = 'fellow'"
    )
    assert fellows
    assert all(row[:2] == row[2:] and None not in row for row in fellows)
    strangers = world.rows("select role, cohort_year, country_iso3 from build.fct_items where person_id is null")
    assert set(strangers) == {(None, None, None)}
