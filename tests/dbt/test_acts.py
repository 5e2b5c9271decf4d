"""Who dealt with whom in the small world, from its posts and its acts to the published tables."""

from __future__ import annotations

import pytest

from tests.dbt.conftest import Built

pytestmark = pytest.mark.timeout(300)


def test_acts_of_members_are_rows_also_where_nobody_knows_towards_whom(world: Built) -> None:
    """Threads of one's own are none; what is deleted is none; strangers' acts towards members are rows, too."""
    rows = world.rows("""
        select window_name, source_person, target_person, act, organiser_involved, acts from build.metric_interactions
    """)
    assert sorted(rows, key=str) == [
        ("during", "EGY-1", None, "quote", False, 2),
        ("during", "EGY-1", None, "reply", False, 2),
        ("during", "EGY-1", None, "repost", False, 1),
        ("during", None, "EGY-1", "comment", False, 1),
        ("during", None, "EGY-1", "repost", False, 1),
        ("during", None, "NZL-1", "repost", False, 1),
    ]


def test_a_window_of_which_nothing_was_collected_says_so(world: Built) -> None:
    windows = dict(world.rows("select window_name, reason from build.int_windows"))
    assert windows == {"before": "nothing was collected", "during": None, "after": "not over yet"}


def test_members_who_dealt_with_no_other_member_have_given_nothing(world: Built) -> None:
    """0 is known here: acts were collected, and none of them was towards another member."""
    assert world.rows("select distinct given, received from build.metric_member_activity") == [(0, 0)]
