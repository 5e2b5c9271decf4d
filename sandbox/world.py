"""A world is data: who lives in it, what each will post, when it can be seen, and whether it counts.

`sandbox/README.md` documents the files. All that the simulated platforms show follows from
these records and the clock.
"""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.blog import BlogPlan

HASHTAG = re.compile(r"(?<![\w&/])[#\uff03](?P<tag>[^\W_]\w*)")
ARRIVAL = re.compile(r"(?P<domain>[^\s+~]+)(?P<way>[+~])(?P<amount>\d+)(?P<unit>[mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def tags_in(text: str) -> tuple[str, ...]:
    """The hashtags that a platform would mark in a text, as written, without `#`."""
    return tuple(HASHTAG.findall(text))


@lru_cache(maxsize=4096)
def folded(tag: str) -> str:
    return unicodedata.normalize("NFKC", tag).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    person_id: str
    name: str
    role: str
    cohort_year: int | None
    iso3: str | None
    timezone: str | None
    on_roster: bool
    refuses: bool
    handles: Mapping[str, str]
    """Platform -> handle as the platform knows it: lower case, without `@`."""
    row: Mapping[str, str]
    """The line of people.csv as written."""
    same_as: str | None = None
    """Whose further account this is: a second one on a platform, one that was moved to, a bridge's."""
    renames: Mapping[str, tuple[Rename, ...]] = field(default_factory=dict)
    """Platform -> what the account was called later, in order of time. The account stays the same."""
    moved_to: Mapping[str, str] = field(default_factory=dict)
    """Mastodon -> the person_id of the account to which this one says that it has moved."""
    links: tuple[str, ...] = ()
    """Addresses on the profile that the platform has verified."""
    also_on_roster: tuple[Mapping[str, str], ...] = ()
    """Further lines of the roster for this person: what changed, from when."""

    def handle_at(self, platform: str, now: datetime) -> str:
        """What the platform calls the account at this moment."""
        named = [rename.handle for rename in self.renames.get(platform, ()) if rename.at <= now]
        return named[-1] if named else self.handles[platform]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    handle: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    text: str
    tags: tuple[str, ...]
    """Set beside the text, as a blog's taxonomy is."""
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a Mastodon post comes to another instance."""

    domain: str
    at: datetime
    backfilled: bool
    """Fetched later: its local id is made from `created_at` and lies behind everybody's cursor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One planned post. What it says about days and whether it counts is stated here, by whoever planned it."""

    plan_id: str
    platform: str
    place: str
    author: str
    kind: str
    of: str | None
    published_at: datetime
    visible_from: datetime
    deleted_at: datetime | None
    title: str
    versions: tuple[Version, ...]
    media: tuple[str, ...]
    image: str | None
    visibility: str
    arrivals: tuple[Arrival, ...]
    on_behalf_of: str | None
    clerk: str | None
    author_hidden: bool
    says_days: tuple[int, ...]
    says_theme: int | None
    counts: str
    copy_of: str | None
    waits: str = ""
    """What a person has to decide before this counts as `counts` says: `author` (nobody knows whose it is), `duplicate`
    (whether it is a copy of `copy_of`), or nothing."""
    looks_like: str | None = None
    """Another post of the same person that a person will be asked about, and that is not the same."""
    route: str = ""
    """How it comes to the team: by the platform's API, or `zeeschuimer`, `sheet` (clerks' posts), `acts` (too)."""

    def at(self, now: datetime) -> Version | None:
        """The version that the platform shows at this moment, None before it is seen and after it is deleted."""
        if now < self.visible_from or (self.deleted_at and self.deleted_at <= now):
            return None
        return [version for version in self.versions if version.since <= now or version is self.versions[0]][-1]

    def tags_at(self, now: datetime) -> frozenset[str]:
        version = self.at(now)
        return _tags(f"{self.title} {version.text}", version.tags) if version else frozenset()


@lru_cache(maxsize=16_384)
def _tags(text: str, beside: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, (*tags_in(text), *beside)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    home: Path
    settings: Mapping[str, Any]
    people: Mapping[str, Person]
    posts: Mapping[str, Planned]
    blog: tuple[BlogPlan, ...] = ()
    """What stands on the programme's own blog beside the campaign's posts."""

    @property
    def name(self) -> str:
        return str(self.settings["name"])

    @property
    def seed(self) -> int:
        return int(self.settings["seed"])

    @property
    def starts_on(self) -> date:
        starts_on: date = self.settings["starts_on"]
        return starts_on

    @property
    def ends_on(self) -> date:
        ends_on: date = self.settings["ends_on"]
        return ends_on

    @property
    def hashtags(self) -> frozenset[str]:
        return frozenset(map(folded, self.settings["hashtags"]))

    def places(self, platform: str) -> tuple[Mapping[str, Any], ...]:
        """The servers of a platform, as the settings describe them."""
        return tuple(self.settings.get(platform, ()))

    def on(self, platform: str) -> Iterator[Planned]:
        return iter(_by_platform(self).get(platform, ()))

    def about(self, plan_id: str) -> tuple[Planned, ...]:
        """The planned posts that answer this one, quote it or pass it on."""
        return _by_target(self).get(plan_id, ())

    def handle(self, post: Planned) -> str:
        return self.people[post.author].handles[post.platform]

    def credited(self, post: Planned) -> str:
        """Whose contribution it is."""
        return post.on_behalf_of or self.people[post.author].same_as or post.author

    def collections(self) -> tuple[datetime, ...]:
        """The moments at which a collection looks at this world: once a day, or more often."""
        plan = self.settings["collection"]
        first, last = (datetime.combine(plan[name], plan["at"], UTC) for name in ("first", "last"))
        pause = timedelta(hours=plan.get("every_hours", 24))
        return tuple(first + n * pause for n in range((last - first) // pause + 1))

    def publications(self) -> tuple[datetime, ...]:
        """Those of the collections after which the team asks again, also for who dealt with whom, and publishes."""
        moments = self.collections()
        return tuple(one for number, one in enumerate(moments, start=1) if number % 7 == 0 or number == len(moments))

    def baseline(self) -> tuple[datetime, datetime] | None:
        """The window before the campaign in which the team asks who dealt with whom, [since, until), in UTC."""
        plan = self.settings.get("baseline")
        if plan is None:
            return None
        since, until = (datetime.combine(plan[name], time(), UTC) for name in ("first", "last"))
        return since, until + timedelta(days=1)

    def credentials(self) -> dict[str, str]:
        """What to put into the environment to be let in everywhere."""
        return dict(self.settings.get("credentials", {}))


@lru_cache(maxsize=8)
def _by_platform(world: World) -> Mapping[str, tuple[Planned, ...]]:
    return _grouped(world, lambda post: post.platform)


@lru_cache(maxsize=8)
def _by_target(world: World) -> Mapping[str, tuple[Planned, ...]]:
    return _grouped(world, lambda post: post.of or "")


def _grouped(world: World, key: Callable[[Planned], str]) -> Mapping[str, tuple[Planned, ...]]:
    groups: dict[str, list[Planned]] = {}
    for post in world.posts.values():
        groups.setdefault(key(post), []).append(post)
    return {name: tuple(posts) for name, posts in groups.items()}


def load(home: Path) -> World:
    """The world of a folder: planned post by post, or a campaign's counted posts and quotas (`sandbox.campaign`)."""
    if (home / "canonical_posts.csv").exists():
        expanded: World = import_module("sandbox.campaign.expand").expanded(home)
        return expanded
    settings = tomllib.loads((home / "world.toml").read_text("utf-8"))
    people = {row["person_id"]: _person(row) for row in _rows(home / "people.csv")}
    plans = [row for path in sorted(home.glob("posts*.csv")) for row in _rows(path)]
    posts = {row["plan_id"]: _planned(row, people) for row in plans}
    return World(home=home, settings=settings, people=people, posts=posts, blog=own_blog(home, settings, people))


def own_blog(home: Path, settings: Mapping[str, Any], people: Mapping[str, Person]) -> tuple[BlogPlan, ...]:
    """What `blog.csv` plans on the world's first blog; nothing without the file."""
    if "blog" not in settings:
        return ()
    plans: tuple[BlogPlan, ...] = import_module("sandbox.blog").read(
        home / "blog.csv", settings["wordpress"][0]["domain"], people
    )
    return plans


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _person(row: Mapping[str, str]) -> Person:
    handles = {
        name.removeprefix("handle_"): cell.strip().lstrip("@").lower()
        for name, cell in row.items()
        if name.startswith("handle_") and cell
    }
    return Person(
        person_id=row["person_id"],
        name=row["name"],
        role=row["role"],
        cohort_year=int(row["cohort_year"]) if row["cohort_year"] else None,
        iso3=row["iso3"] or None,
        timezone=row["timezone"] or None,
        on_roster=row["on_roster"] == "yes",
        refuses=row["consent_collect"] in {"refused", "withdrawn"},
        handles=handles,
        row=row,
    )


def _planned(row: Mapping[str, str], people: Mapping[str, Person]) -> Planned:
    published_at = moment(row["published_at"])
    home = row["place"] or (
        people[row["author"]].handles["mastodon"].partition("@")[2] if row["platform"] == "mastodon" else ""
    )
    return Planned(
        plan_id=row["plan_id"],
        platform=row["platform"],
        place=home,
        author=row["author"],
        kind=row["kind"] or "original",
        of=row["of"] or None,
        published_at=published_at,
        visible_from=moment(row["visible_from"]) if row["visible_from"] else published_at,
        deleted_at=moment(row["deleted_at"]) if row["deleted_at"] else None,
        title=row["title"],
        versions=tuple(_versions(row, published_at)),
        media=tuple(row["media"].split()),
        image=row["image"] or None,
        visibility=row["visibility"] or "public",
        arrivals=tuple(_arrivals(row["copies"], published_at)),
        on_behalf_of=row["on_behalf_of"] or None,
        clerk=row["clerk"] or None,
        author_hidden=row["author_hidden"] == "yes",
        says_days=tuple(int(day) for day in row["says_days"].split()),
        says_theme=int(row["says_theme"]) if row["says_theme"] else None,
        counts=row["counts"],
        copy_of=row["copy_of"] or None,
    )


def _versions(row: Mapping[str, str], published_at: datetime) -> Iterator[Version]:
    tags = tuple(row["tags"].split())
    yield Version(text=row["text"].replace("\\n", "\n"), tags=tags, since=published_at)
    if row["edited_at"]:
        edited = tuple(row["edited_tags"].replace("-", "").split()) if row["edited_tags"] else tags
        yield Version(text=row["edited_text"].replace("\\n", "\n"), tags=edited, since=moment(row["edited_at"]))


def _arrivals(cell: str, published_at: datetime) -> Iterator[Arrival]:
    for match in ARRIVAL.finditer(cell):
        after = timedelta(**{UNITS[match["unit"]]: int(match["amount"])})
        yield Arrival(domain=match["domain"], at=published_at + after, backfilled=match["way"] == "~")
