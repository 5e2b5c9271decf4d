"""The breakdowns of what counts: by prompt day, local date, platform, and the fellows' attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sandbox.truth.days import day, length
from sandbox.world import Person, Planned, World

FELLOWS = ("fellow", "senior_fellow")
Table = dict[Any, dict[str, int]]


def by_prompt(world: World, counted: Sequence[Planned]) -> Table:
    days = {post.plan_id: day(world, post) for post in counted}
    table = {}
    for number in range(1, length(world) + 1):
        posts = [post for post in counted if days[post.plan_id].prompt == number]
        lags = [days[post.plan_id].local - number for post in posts]
        table[number] = {
            "posts": len(posts),
            "coverage_rows": sum(
                days[post.plan_id].prompt == number or (len(post.says_days) > 1 and number in post.says_days)
                for post in counted
            ),
            "members": len({world.credited(post) for post in posts}),
            "on_time": sum(lag == 0 for lag in lags),
            "late": sum(lag > 0 for lag in lags),
            "early": sum(lag < 0 for lag in lags),
        }
    return table


def daily(world: World, counted: Sequence[Planned]) -> Table:
    """By the author's local date and the platform, as `2026-02-03 facebook`."""
    cells = Counter((f"{day(world, post).date} {post.platform}") for post in counted)
    return {cell: {"posts": posts} for cell, posts in sorted(cells.items())}


def by_platform(world: World, counted: Sequence[Planned], copies: Sequence[Planned]) -> Table:
    return {
        platform: {
            "posts": sum(post.platform == platform for post in counted),
            "items": sum(post.platform == platform for post in (*counted, *copies)),
            "members": len({world.credited(post) for post in counted if post.platform == platform}),
        }
        for platform in sorted({post.platform for post in (*counted, *copies)})
    }


def by_group(world: World, counted: Sequence[Planned], attribute: str) -> Table:
    """Posts, members and eligible people of the fellows, by what `people.csv` says of them."""
    table: Table = {}
    fellows = [person for person in world.people.values() if person.role in FELLOWS and person.on_roster]
    for value in sorted({_told(person, attribute) for person in fellows}, key=str):
        of_group = {person.person_id for person in fellows if _told(person, attribute) == value}
        posts = [post for post in counted if world.credited(post) in of_group]
        table[value] = {
            "posts": len(posts),
            "members": len({world.credited(post) for post in posts}),
            "eligible": len(of_group),
        }
    return table


def _told(person: Person, attribute: str) -> Any:
    return getattr(person, attribute) if attribute != "region" else person.row.get("region")
