"""Whose each item is, on which day, and why it does not count."""

from __future__ import annotations

from datetime import date

import pytest

from tests.dbt.conftest import Built
from tests.dbt.world import COPIES, LOCAL_DAYS, REASONS, STREAK

pytestmark = pytest.mark.timeout(300)  # the first test waits for dbt's import and the first build


def test_every_item_has_the_first_reason_that_fits(world: Built) -> None:
    """Each reason of the inclusion order works, and its exceptions count."""
    found = dict(world.rows("select post_id, exclusion_reason from build.fct_items where version_id is null"))
    assert {post: found[post] for post in REASONS} == {post: reason for post, (reason, _) in REASONS.items()}


def test_replaced_edits_are_items_of_their_own(world: Built) -> None:
    """Each older id of an edited X post is one item; the ids of a deleted post are deleted, as the order has it."""
    found = world.rows("""
        select post_id, version_id, exclusion_reason from build.fct_items
        where post_id like 'edited%' order by post_id, version_id
    """)
    assert found == [
        ("edited", "v0", "superseded_edit"),
        ("edited", "v1", "superseded_edit"),
        ("edited", "v2", "superseded_edit"),
        ("edited", "v3", None),
        ("edited-and-deleted", "w1", "deleted"),
        ("edited-and-deleted", "w2", "deleted"),
        ("edited-and-private", "z1", "not_public"),
        ("edited-and-private", "z2", "not_public"),
    ]


def test_what_was_posted_for_somebody_is_theirs(world: Built) -> None:
    """on_behalf_of comes before the account's owner, by id or by a name that only one person has."""
    found = world.rows("""
        select post_id, person_id, match_rule from build.fct_items
        where post_id in ('plain', 'for-amal', 'for-alias', 'for-one-of-two', 'shared', 'stranger') order by post_id
    """)
    assert found == [
        ("for-alias", "EGY-1", "on_behalf_of"),
        ("for-amal", "EGY-1", "on_behalf_of"),
        ("for-one-of-two", None, None),
        ("plain", "EGY-1", "handle"),
        ("shared", None, None),
        ("stranger", None, None),
    ]


def test_the_local_day_follows_the_author_s_zone(world: Built) -> None:
    """Worked example 4 of metrics.md b.11: the date where the author lives decides, to the minute."""
    found = {
        post: (zone, local_date, prompt_day)
        for post, zone, local_date, prompt_day in world.rows(
            "select post_id, author_tz, local_date, prompt_day from build.fct_items where platform = 'mastodon'"
        )
    }
    assert found == {
        post: (zone, date.fromisoformat(day), number) for post, (zone, _, day, number) in LOCAL_DAYS.items()
    }


def test_catching_up_names_its_day(world: Built) -> None:
    """Worked example 2 of metrics.md b.11: prompt days 1 to 6 with lags 0, 1, 0, 0, 1, 1; five local posting days."""
    found = world.rows(
        "select prompt_day, lag_days from build.fct_items where post_id = any(:posts) order by created_at",
        posts=list(STREAK),
    )
    assert found == [(1, 0), (2, 1), (3, 0), (4, 0), (5, 1), (6, 1)]
    activity = world.rows(
        "select prompt_days, posting_days from build.metric_member_activity where person_id = 'IND-1'",
    )
    assert activity == [(6, 5)]


def test_the_zone_comes_from_the_best_source(world: Built) -> None:
    """A person's own zone, then the only zone of the residence, then of the programme country, then the campaign's."""
    found = world.rows("""
        select distinct person_id, author_tz, tz_source from build.fct_items
        where person_id in ('NZL-1', 'EGY-1', 'IND-1', 'BRA-1') and created_at is not null order by person_id
    """)
    assert found == [
        ("BRA-1", "Europe/London", "campaign"),
        ("EGY-1", "Asia/Qatar", "residence"),
        ("IND-1", "Asia/Kolkata", "programme"),
        ("NZL-1", "Pacific/Auckland", "person"),
    ]


def test_days_are_found_by_their_rules(world: Built) -> None:
    """Several named days, a contradiction that theme and date settle, and a theme on another day."""
    found = world.rows("""
        select post_id, day_method, prompt_day, lag_days from build.fct_items
        where post_id in ('multi', 'conflict', 'theme', 'plain') order by post_id
    """)
    assert found == [
        ("conflict", "explicit_conflict", 12, 0),
        ("multi", "explicit", 5, 1),
        ("plain", "date", 2, 0),
        ("theme", "theme", 16, 1),
    ]
    days = world.rows("""
        select prompt_day, is_primary from build.fct_post_days where cluster_id = 'x:multi' order by prompt_day
    """)
    assert days == [(3, False), (5, True), (7, False)]


def test_copies_are_one_unique_post(world: Built) -> None:
    """Equal words or a shared picture within 72 hours make copies, also through a third one; never across people,
    short texts, different named days, or deleted posts."""
    clusters = dict(world.rows("select post_id, cluster_id from build.fct_items where cluster_id is not null"))
    expected = {
        post: f"{'facebook' if original == 'a' or post == 'a' else 'x'}:{original or post}"
        for post, (original, more) in COPIES.items()
        if "deleted_at" not in more
    }
    assert {post: clusters.get(post) for post in expected} == expected


def test_a_copy_says_where_it_repeats(world: Built) -> None:
    """A later copy on a platform that has one already is a double, the others are cross-posts; the earliest counts."""
    found = world.rows("""
        select post_id, exclusion_reason from build.fct_items where cluster_id = 'facebook:a' order by post_id
    """)
    assert found == [
        ("a", None),
        ("b", "duplicate_crosspost"),
        ("c", "duplicate_same_platform"),
        ("d", "duplicate_same_platform"),
    ]
