"""Who wrote what on the programme's own blog, the campaign's posts and all others, as shown at the last publication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.world import Planned, World

CLASSES = ("fellow", "partner", "staff", "other", "unknown")
CLASS_OF = {
    "fellow": "fellow",
    "senior_fellow": "fellow",
    "uk_partner": "partner",
    "programme_partner": "partner",
    "bm_staff": "staff",
    "itp_team": "staff",
}
Table = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    post: Planned
    year: int
    is_inside: bool
    authors: tuple[str, ...]


def blog(world: World) -> Table:
    """By year and class of author, as `2026 fellow`; `total` counts each post once."""
    posts = list(_posts(world))
    years = range(min(post.year for post in posts), max(post.year for post in posts) + 1)
    return {
        f"{year} {author_class}": _counted(world, [post for post in posts if post.year == year], author_class)
        for year in years
        for author_class in (*CLASSES, "total")
    }


def _counted(world: World, posts: list[_Written], author_class: str) -> dict[str, int]:
    def is_of(author: str) -> bool:
        return author_class in ("total", _class(world, author))

    of_class = [post for post in posts if any(map(is_of, post.authors))]
    people = {author for post in of_class for author in post.authors if author in world.people and is_of(author)}
    return {
        "posts": len(of_class),
        "posts_inside": sum(post.is_inside for post in of_class),
        "posts_outside": sum(not post.is_inside for post in of_class),
        "authors": len(people),
    }


def _posts(world: World) -> Iterator[_Written]:
    since = datetime.combine(world.settings["blog"]["since"], time(), _zone(world))
    at = world.publications()[-1]
    own = [(plan.post, plan.authors) for plan in world.blog]
    campaign = [(post, _authors(world, post)) for post in world.on("wordpress") if post.kind != "reply"]
    for post, authors in (*own, *campaign):
        if post.at(at) and post.visibility == "public" and authors and post.published_at >= since:
            year = post.published_at.astimezone(_zone(world)).year
            yield _Written(post=post, year=year, is_inside=_is_inside(world, post, at), authors=authors)


def _authors(world: World, post: Planned) -> tuple[str, ...]:
    return ("staff",) if post.author in world.settings["organisers"] else (world.credited(post),)


def _class(world: World, author: str) -> str:
    if author in world.people:
        return CLASS_OF.get(world.people[author].role, "other")
    return author


def _is_inside(world: World, post: Planned, at: datetime) -> bool:
    """With the campaign's tag, from its first moment anywhere on earth to the last one of its grace period."""
    opens = datetime.combine(world.starts_on, time(), UTC) - timedelta(hours=14)
    last = world.ends_on + timedelta(days=world.settings["grace_days"] + 1)
    closes = datetime.combine(last, time(), UTC) + timedelta(hours=12)
    return bool(post.tags_at(at) & world.hashtags) and opens <= post.published_at < closes


def _zone(world: World) -> ZoneInfo:
    return ZoneInfo(world.settings["zone"])
