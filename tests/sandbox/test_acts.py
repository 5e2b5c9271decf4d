"""What of the people's dealings a perfect collector is shown: figures counted by hand from the plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import server
from sandbox.acts import HIDDEN, Act, people_by_account, seen
from sandbox.world import World, load

WORLD = load(Path(server.__file__).parent / "worlds" / "archipelago")
DAYS = WORLD.collections()[::2]
OPENS, ENDS = datetime(2026, 3, 1, 10, tzinfo=UTC), DAYS[-1]
BEFORE = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def week(world: World = WORLD) -> tuple[Act, ...]:
    return seen(world, DAYS, OPENS, ENDS)


def by(acts: tuple[Act, ...], plan_id: str) -> list[tuple[str, str, str]]:
    return [(act.act, act.actor, act.target) for act in acts if act.by == plan_id]


def test_so_many_acts_on_each_platform() -> None:
    """Counted by hand in the world's files."""
    assert Counter(act.platform for act in week()) == {
        "bluesky": 7, "facebook": 3, "instagram": 6, "mastodon": 15, "threads": 5, "wordpress": 4, "x": 11,
        "youtube": 10,
    }  # fmt: skip
    assert Counter(act.act for act in week()) == {
        "reply": 21, "mention": 15, "comment": 12, "repost": 7, "quote": 6,
    }  # fmt: skip


def test_nothing_that_a_platform_hides_is_seen() -> None:
    assert not [act for act in week() if act.act in HIDDEN[act.platform]]


def test_what_is_said_in_a_thread_is_towards_whoever_is_answered() -> None:
    """YouTube's threads have one floor; elsewhere an answer to an answer is towards the one who gave that."""
    acts = week()
    assert by(acts, "Y38") == [("reply", "I10", "I02")]
    assert by(acts, "W23") == [("comment", "I01", "I03")]
    assert by(acts, "M15") == [("mention", "I05", "S02"), ("reply", "I05", "S02")]
    assert by(acts, "G20") == [("reply", "ORG", "I02")]


def test_lists_of_people_tell_no_time() -> None:
    """Who passed a post on: members' own timelines say when, a stranger's are not read."""
    times = {act.by: act.at for act in week() if act.act == "repost"}
    assert {plan_id for plan_id, at in times.items() if at is None} == {"M19", "B16", "X16"}
    assert times["X17"] == datetime(2026, 3, 3, 16, tzinfo=UTC)


def test_who_refuses_is_in_none() -> None:
    """Neither as actor nor as target; the plan has both, and without the refusal they would be seen."""
    assert not {"I09"} & {name for act in week() for name in (act.actor, act.target)}
    willing = replace(WORLD, people={**WORLD.people, "I09": replace(WORLD.people["I09"], refuses=False)})
    of_theirs = {act.by for act in week(willing) if "I09" in (act.actor, act.target)}
    assert of_theirs >= {"A20", "A21", "A22", "A23", "A24", "A25", "Y39"}


def test_strangers_are_seen_below_our_posts_only() -> None:
    """An untagged answer to a campaign post is, one to any other post is not."""
    strangers = {act.by for act in seen(WORLD, DAYS[-1:], *BEFORE) if act.actor == "S02"}
    assert strangers == set()
    assert by(week(), "B14") == [("reply", "S02", "I01")]


def test_what_is_deleted_is_seen_by_whoever_came_before() -> None:
    """A comment that stood for two days, and one look after it was taken back."""
    assert by(week(), "Y41") == [("comment", "S02", "I02")]
    assert by(seen(WORLD, DAYS[-1:], OPENS, ENDS), "Y41") == []


@pytest.mark.parametrize(("since", "until"), [(OPENS, ENDS), BEFORE])
def test_a_window_holds_what_lies_in_it(since: datetime, until: datetime) -> None:
    assert all(act.at is None or since <= act.at < until for act in seen(WORLD, DAYS, since, until))


def test_the_weeks_before_are_the_members_own() -> None:
    """No posts of the campaign yet, so nothing without a time, and on six platforms."""
    acts = seen(WORLD, DAYS[-1:], *BEFORE)
    assert Counter(act.platform for act in acts) == {
        "bluesky": 3, "instagram": 1, "mastodon": 2, "wordpress": 1, "x": 3, "youtube": 2,
    }  # fmt: skip
    assert all(WORLD.people[act.actor].on_roster and act.at for act in acts)


def test_every_account_means_one_person() -> None:
    """Each platform's accounts, by id and by handle."""
    known = people_by_account(WORLD)
    for person_id, person in WORLD.people.items():
        for platform, handle in person.handles.items():
            assert known[platform, handle] == person_id
    assert set(known.values()) == set(WORLD.people)
