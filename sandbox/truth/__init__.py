"""The true results of a world, from its plan alone: no rule of the product is imported here.

The plan says of each post whether and why it counts. The rules that a plan can be held against (`metrics.md` b.4-b.6)
are written down here a second time; where plan and rule disagree, the world contradicts itself and nothing is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from functools import lru_cache
from typing import Any

from sandbox import acts
from sandbox.papers import hand_slips
from sandbox.truth import tables
from sandbox.truth.blog import blog
from sandbox.truth.days import day
from sandbox.truth.fates import DUPLICATES, SIEVED, Contradiction, fates_of, is_act
from sandbox.truth.seen import met_at
from sandbox.world import Planned, World

__all__ = ["DECISIONS", "SIEVED", "Contradiction", "truth"]

REASONS = (
    *("deleted", "superseded_edit", "spam_or_collision", "excluded_by_review"),
    *("repost", "reply_or_comment", "thread_continuation", "quote_commentary", "organiser_account"),
    *("hashtag_missing_or_removed", "author_not_member", "author_unresolved", "out_of_window"),
    *DUPLICATES,
)
DECISIONS = frozenset({"author", "duplicate", "day"})
"""What people are asked: whose a post is, whether two are one, and which day a post is for."""


def truth(world: World, decided: Set[str] = DECISIONS) -> dict[str, Any]:
    """Headline, waterfall and breakdowns that a perfect collector of this world publishes.

    `decided`: which questions people have answered. Without an answer an author is unresolved, and a pair is two posts.
    """
    seen, known = _found(world)
    fates = fates_of(world, seen, known, decided)
    counted = [world.posts[plan_id] for plan_id, fate in fates.items() if fate == "counted"]
    copies = [world.posts[plan_id] for plan_id, fate in fates.items() if fate in DUPLICATES]
    told: dict[str, Any] = {
        "headline": _headline(world, counted),
        "waterfall": _waterfall(world, fates, seen),
        "quarantined": len(hand_slips(world)),
        "out_of_scope": sorted(plan_id for plan_id, fate in fates.items() if fate == "out_of_scope"),
        "posts_by_prompt": tables.by_prompt(world, counted),
        "posts_daily": tables.daily(world, counted),
        "posts_by_platform": tables.by_platform(world, counted, copies),
        "posts_by_country": tables.by_group(world, counted, "iso3"),
        "posts_by_cohort": tables.by_group(world, counted, "cohort_year"),
        "fates": fates,
    }
    if asks_people(world):
        told["headline"]["open_reviews"] = sum(open_records(world, decided).values())
    if world.blog:
        told["blog"] = blog(world)
    if any("region" in person.row for person in world.people.values()):
        told["posts_by_region"] = tables.by_group(world, counted, "region")
    return told


@lru_cache(maxsize=4)
def _found(world: World) -> tuple[Mapping[str, tuple[datetime, ...]], frozenset[str]]:
    """When each post is met, and the reposts and comments that are known in the end; the same whatever is decided."""
    seen = {
        post.plan_id: moments
        for post in world.posts.values()
        if not is_act(world, post) and (moments := met_at(world, post))
    }
    return seen, acts.items(world)


def asks_people(world: World) -> bool:
    """Whether the plan says what people will be asked; of other worlds only what counts is planned."""
    return any(post.waits or post.looks_like for post in world.posts.values())


def open_records(world: World, decided: Set[str] = DECISIONS) -> dict[str, int]:
    """How many records wait for a person, by what is asked: whose a post is, whether two are one, which day it is."""
    posts = world.posts.values()
    counted = [post for post in posts if post.counts == "yes"]
    waiting = {
        "author": sum(post.waits == "author" for post in posts),
        "duplicate": sum(post.waits == "duplicate" for post in posts) + sum(bool(post.looks_like) for post in posts),
        "day": sum(day(world, post).method == "explicit_conflict" for post in counted),
    }
    return {question: 0 if question in decided else records for question, records in waiting.items()}


def _headline(world: World, counted: Iterable[Planned]) -> dict[str, int]:
    posts = list(counted)
    members = {world.credited(post) for post in posts}
    fellows = {person_id for person_id in members if world.people[person_id].role in tables.FELLOWS}
    return {
        "unique_posts": len(posts),
        "members": len(members),
        "fellows": len(fellows),
        "countries": len({world.people[person_id].iso3 for person_id in fellows}),
    }


def _waterfall(world: World, fates: Mapping[str, str], seen: Mapping[str, tuple[datetime, ...]]) -> dict[str, int]:
    found = Counter(fate for fate in fates.values() if fate not in {"unseen", "out_of_scope"})
    landed = [
        world.posts[plan_id] for plan_id, fate in fates.items() if fate not in {"unseen", "out_of_scope", *SIEVED}
    ]
    found["superseded_edit"] = sum(_older_ids(post, seen) for post in landed if post.platform == "x")
    steps = {reason: found[reason] for reason in (*SIEVED, *REASONS)}
    return {"seen": found.total(), **steps, "counted": found["counted"]}


def _older_ids(post: Planned, seen: Mapping[str, tuple[datetime, ...]]) -> int:
    """Ids of earlier versions: each edit on X makes a new one, and the newest tells the ids before it."""
    last = seen.get(post.plan_id, (None,))[-1]
    return sum(version.since <= last for version in post.versions[1:]) if last else 0
