"""The true results of the small world add up, and a plan that contradicts the rules is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sandbox.papers import HAND_COLUMNS, hand_csv, roster_csv
from sandbox.truth import Contradiction, truth
from sandbox.world import World, moment

NAMED = re.compile(
    r"(?:\bday|\bdia|\bdía|\bjour|\btag)\s*(\d+)(?:\s*(?:&|and)\s*(?:day\s*)?(\d+))?|\b(\d)/7\b|اليوم (\d)", re.I
)


def test_the_waterfall_adds_up(world: World) -> None:
    """Seen = all exclusions + counted, and every breakdown sums to the headline."""
    true = truth(world)
    steps = {step: n for step, n in true["waterfall"].items() if step != "seen"}
    assert sum(steps.values()) == true["waterfall"]["seen"]
    unique = true["headline"]["unique_posts"]
    assert unique == steps["counted"]
    assert sum(row["posts"] for row in true["posts_by_prompt"].values()) == unique
    assert sum(row["posts"] for row in true["posts_by_platform"].values()) == unique
    assert all(row["on_time"] + row["late"] + row["early"] == row["posts"] for row in true["posts_by_prompt"].values())
    assert sum(row["members"] for row in true["posts_by_country"].values()) == true["headline"]["fellows"]
    assert sum(row["members"] for row in true["posts_by_cohort"].values()) == true["headline"]["fellows"]


def test_the_headline(world: World) -> None:
    """The numbers of the small world, written down."""
    assert truth(world)["headline"] == {"unique_posts": 68, "members": 18, "fellows": 15, "countries": 14}


def test_every_reason_that_can_be_decided_occurs(world: World) -> None:
    """Each exclusion that needs no person's decision has at least one item."""
    steps = truth(world)["waterfall"]
    assert {step for step, n in steps.items() if n == 0} == {
        "spam_or_collision", "excluded_by_review", "bridge_copy",
    }  # fmt: skip


def test_texts_name_the_days_that_the_plan_says(world: World) -> None:
    """What the plan says of a text's days and theme is what the text says."""
    keywords = {word: prompt["day"] for prompt in world.settings["prompts"] for word in prompt["keywords"]}
    for post in world.posts.values():
        text = re.sub(r"#\w+", "", f"{post.title} {post.versions[-1].text}")
        days = {int(day) for found in NAMED.findall(text) for day in found if day and int(day) <= 7}
        themes = {day for word, day in keywords.items() if re.search(rf"\b{word}\b", text, re.I)}
        assert (days, themes) == (set(post.says_days), {post.says_theme} - {None}), post.plan_id


def test_local_days_differ_from_utc_days(world: World) -> None:
    """The world holds counted posts whose local date is another than UTC's, on both sides."""
    counted = [world.posts[plan_id] for plan_id, fate in truth(world)["fates"].items() if fate == "counted"]
    zones = [(post, ZoneInfo(world.people[post.author].timezone or "Europe/London")) for post in counted]
    apart = {(p.published_at.astimezone(zone).date() - p.published_at.date()).days for p, zone in zones}
    assert apart == {-1, 0, 1}


@pytest.mark.parametrize(
    ("plan_id", "change"),
    [
        ("M09", {"counts": "yes"}),
        ("M01", {"counts": "out_of_window"}),
        ("X10", {"counts": "yes"}),
        ("M31", {"media": ()}),
        ("H09", {"on_behalf_of": None}),
        ("X05", {"copy_of": "M01"}),
        ("X05", {"copy_of": "X14"}),
        ("M20", {"counts": "yes"}),
        ("X36", {"counts": "author_not_member"}),
    ],
)
def test_a_contradiction_is_refused(world: World, plan_id: str, change: dict[str, object]) -> None:
    """A plan that the rules contradict raises, with the post's id."""
    changed = replace(world, posts={**world.posts, plan_id: replace(world.posts[plan_id], **change)})  # type: ignore[arg-type]
    with pytest.raises(Contradiction, match=plan_id):
        truth(changed)


def test_the_roster_holds_members_only(world: World) -> None:
    """Strangers and the organiser are not on it, and Namibia's code stands in it as it is."""
    lines = roster_csv(world).splitlines()
    assert len(lines) == 1 + sum(person.on_roster for person in world.people.values())
    assert not [line for line in lines if "Tag Tourist" in line or "Lantern House Museum" in line]
    assert [line for line in lines if ",NA,NAM," in line]


def test_the_clerks_file_grows(world: World) -> None:
    """Rows appear hours after their posts; edits and deletions are entered into them; wrong lines stay wrong."""
    start, end = datetime(2026, 2, 2, 6, tzinfo=UTC), moment("2026-02-12T06:00:00Z")
    first, last = (hand_csv(world, moment).splitlines() for moment in (start, end))
    assert first[0] == last[0] == ",".join(HAND_COLUMNS)
    assert len(first) < len(last)
    assert last.count(last[0]) == 2
    assert [line for line in last if "2026-02-31" in line]
    assert "canal lok" in hand_csv(world, moment("2026-02-04T06:00:00Z"))
    assert "canal lock" in hand_csv(world, end)
