"""The five files of such a world, read and checked: `sandbox/README.md` documents them."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CALLED = {"blog": "wordpress"}
"""What the files call a platform -> what we call it."""
ROLES = {"fellow": "fellow", "partner": "uk_partner", "staff": "bm_staff", "supporter": "supporter"}
"""What the files call a role -> what a roster does."""
FORMS = ("original", "reply_with_media", "quote_with_media", "on_behalf")
METHODS = ("explicit", "explicit_conflict", "theme", "date")
MATCHES = ("matched", "ig_authorless", "unknown_handle")
TAG_FORMS = ("exact", "case", "misspelt")
WINDOWS = ("baseline", "campaign")
PLATFORMS = ("facebook", "instagram", "x", "bluesky", "mastodon", "wordpress")
"""Those whose accounts and posts are invented here."""
SERVED = ("instagram", "x", "bluesky", "mastodon", "wordpress")
"""Those that need a table of their server; a closed group on Facebook needs clerks."""
QUOTAS = (
    *("duplicate_submits", "reposted_anew", "bridge_copies", "second_copies", "reposts", "quotes", "comments"),
    *("threads", "organiser", "out_of_window", "tag_removed", "spam", "public", "opted_out", "deleted", "edits"),
    "followers_only",
)
ONLY_ON = {
    "bridge_copies": ("bluesky", "mastodon"),
    "edits": ("x",),
    "followers_only": ("mastodon",),
    "reposts": ("x", "bluesky", "mastodon"),
    "second_copies": ("x",),
    "threads": ("x", "bluesky", "mastodon"),
}
"""Kinds that there are on some platforms only."""
SHARES = {
    "reposts": ("members", "outsiders", "organiser"),
    "quotes": ("members", "others"),
    "comments": ("members", "organiser", "outsiders"),
    "out_of_window": ("before", "grace_without_day", "after"),
    "spam": ("advertising", "homonyms"),
}
"""The parts of a kind, which sum to its quota."""
OF_PARTS = {"out_of_window": ("before_here", "grace_there"), "spam": ("recycled",)}
"""Parts of parts."""
NEEDED = (
    *("name", "title", "hashtags", "starts_on", "ends_on", "zone", "grace_days", "contact", "programme_years"),
    *(
        "organisers",
        "seed",
        "platforms",
        "roster",
        "strangers",
        "accounts",
        "collection",
        "clerks",
        "prompts",
        "quotas",
    ),
)


T = TypeVar("T")


class BadWorld(ValueError):
    """What is wrong in which file and line, and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    member_id: str
    role: str
    cohort: int | None
    iso3: str
    region: str
    timezone: str
    residence: str
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A line of canonical_posts.csv: one unique post."""

    post_id: str
    member_id: str
    platform: str
    prompt_day: int
    lag_days: int
    local_date: date
    published_at: datetime
    form: str
    day_method: str
    extra_days: tuple[int, ...]
    auto_match: str
    after_rename: bool
    tag_form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A line of crosspost_copies.csv."""

    of: str
    platform: str
    after: timedelta
    doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Who dealt with whom at least once in a window (`baseline`, `campaign`)."""

    window: str
    source: str
    target: str


@dataclass(frozen=True)
class Files:
    home: Path
    settings: Mapping[str, Any]
    members: Mapping[str, Member]
    posts: Mapping[str, Counted]
    copies: tuple[Copy, ...]
    ties: tuple[Tie, ...]

    @property
    def seed(self) -> int:
        return int(self.settings["seed"])

    @property
    def days(self) -> int:
        """The number of the last day."""
        return int((self.settings["ends_on"] - self.settings["starts_on"]).days) + 1

    @property
    def platforms(self) -> tuple[str, ...]:
        """In the order of world.toml."""
        return tuple(self.settings["platforms"])

    def quota(self, kind: str, platform: str | None = None) -> int:
        """How many items of a kind the world has on a platform, or in all."""
        cells = self.settings["quotas"].get(kind, {})
        return int(cells.get(platform, 0) if platform else sum(cells.values()))

    def share(self, kind: str) -> Mapping[str, int]:
        """Of a kind: how many by whom (`[shares.KIND]`); what is not told is 0."""
        return Counter(self.settings.get("shares", {}).get(kind, {}))

    def ties_in(self, window: str) -> tuple[tuple[str, str], ...]:
        return tuple((tie.source, tie.target) for tie in self.ties if tie.window == window)


def read(home: Path) -> Files:
    """Raises BadWorld with file and line."""
    settings = _settings(home / "world.toml")
    platforms, days = tuple(settings["platforms"]), (settings["ends_on"] - settings["starts_on"]).days + 1
    members = {one.member_id: one for one in _lines(home / "members.csv", _member)}
    known = _Known(members, {}, platforms, days)
    posts = {one.post_id: one for one in _lines(home / "canonical_posts.csv", known.post)}
    known = _Known(members, posts, platforms, days)
    copies = tuple(_lines(home / "crosspost_copies.csv", known.copy))
    ties = tuple(_lines(home / "edges.csv", known.tie))
    if "baseline" not in settings and any(tie.window == "baseline" for tie in ties):
        raise BadWorld("world.toml has no [baseline], of which edges.csv tells who dealt with whom.")
    _check_counts(members, posts)
    _check_days(members, posts, settings["starts_on"])
    return Files(home, settings, members, posts, copies, ties)


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadWorld(f"{path.name} is not readable: {error}.") from None
    if missing := [key for key in NEEDED if key not in settings]:
        raise BadWorld(f"{path.name} lacks {', '.join(missing)}.")
    if settings["ends_on"] < settings["starts_on"]:
        raise BadWorld(f"{path.name}: ends_on lies before starts_on.")
    if "facebook" in settings["platforms"] and not settings["clerks"]:
        raise BadWorld(f"{path.name}: a closed group on Facebook needs [[clerks]].")
    _check_platforms(settings, path.name)
    _check_quotas(settings, path.name)
    return settings


def _check_platforms(settings: Mapping[str, Any], name: str) -> None:
    for platform in settings["platforms"]:
        if platform not in PLATFORMS:
            raise BadWorld(f"{name}: platforms names '{platform}'; there are {', '.join(PLATFORMS)}.")
        if platform in SERVED and not settings.get(platform):
            raise BadWorld(f"{name} has no [[{platform}]], which `platforms` names.")


def _check_quotas(settings: Mapping[str, Any], name: str) -> None:
    """Names that nobody reads would be numbers that nobody keeps."""
    quotas, shares = settings["quotas"], settings.get("shares", {})
    for kind, cells in quotas.items():
        if kind not in QUOTAS:
            raise BadWorld(f"{name}: there is no kind '{kind}' of quotas; there are {', '.join(QUOTAS)}.")
        if unknown := set(cells) - set(settings["platforms"]):
            raise BadWorld(f"{name}: [quotas.{kind}] names {', '.join(unknown)}, which `platforms` does not.")
        if unknown := {platform for platform, items in cells.items() if items} - set(ONLY_ON.get(kind, PLATFORMS)):
            there = ", ".join(ONLY_ON[kind])
            raise BadWorld(f"{name}: [quotas.{kind}] names {', '.join(unknown)}; there are such only on {there}.")
    for kind, cells in shares.items():
        allowed = (*SHARES.get(kind, ()), *OF_PARTS.get(kind, ()))
        if unknown := set(cells) - set(allowed):
            there = ", ".join(allowed) or "none"
            raise BadWorld(f"{name}: [shares.{kind}] names {', '.join(unknown)}; there are: {there}.")
    for kind, parts in SHARES.items():
        shared, asked = sum(shares.get(kind, {}).get(part, 0) for part in parts), sum(quotas.get(kind, {}).values())
        if shared != asked:
            raise BadWorld(f"{name}: [shares.{kind}] sums to {shared}, [quotas.{kind}] to {asked}.")


def _lines(path: Path, read_one: Callable[[Mapping[str, str]], T]) -> list[T]:
    found = []
    if not path.exists():
        raise BadWorld(f"A world of counted posts has a file {path.name}.")
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                found.append(read_one(row))
            except KeyError as error:
                raise BadWorld(f"{path.name} has no column {error}.") from None
            except ValueError as error:
                raise BadWorld(f"{path.name}, line {number}: {error}.") from None
    return found


def _member(row: Mapping[str, str]) -> Member:
    try:
        ZoneInfo(row["tz"])
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"the time zone database has no '{row['tz']}'") from None
    role = _one_of("role", row["role"], tuple(ROLES))
    if role == "fellow" and not row["cohort"]:
        raise ValueError("a fellow needs a cohort")
    return Member(
        member_id=row["member_id"],
        role=role,
        cohort=int(row["cohort"]) if row["cohort"] else None,
        iso3=row["country"],
        region=row["region"],
        timezone=row["tz"],
        residence=row["residence"],
        posts=int(row["posts"]),
    )


@dataclass(frozen=True)
class _Known:
    """What lines may refer to."""

    members: Mapping[str, Member]
    posts: Mapping[str, Counted]
    platforms: Sequence[str]
    days: int

    def post(self, row: Mapping[str, str]) -> Counted:
        return Counted(
            post_id=row["post_id"],
            member_id=self._member(row["member_id"]),
            platform=self._platform(row["platform"]),
            prompt_day=self._day(row["prompt_day"]),
            lag_days=int(row["lag_days"]),
            local_date=date.fromisoformat(row["local_date"]),
            published_at=datetime.fromisoformat(row["posted_at_utc"]).astimezone(UTC),
            form=_one_of("form", row["form"], FORMS),
            day_method=_one_of("day_method", row["day_method"], METHODS),
            extra_days=tuple(map(self._day, row["extra_days"].split())),
            auto_match=_one_of("auto_match", row["auto_match"], MATCHES),
            after_rename=_one_of("after_rename", row["after_rename"], ("0", "1")) == "1",
            tag_form=_one_of("tag_form", row["tag_form"], TAG_FORMS),
        )

    def copy(self, row: Mapping[str, str]) -> Copy:
        platform = self._platform(row["platform"])
        if row["of_post_id"] not in self.posts:
            raise ValueError(f"canonical_posts.csv has no post '{row['of_post_id']}'")
        if self.posts[row["of_post_id"]].platform == platform:
            raise ValueError("a cross-post copy is on another platform than its post")
        doubtful = _one_of("doubtful", row["doubtful"], ("0", "1")) == "1"
        after = timedelta(minutes=int(row["minutes_after"]))
        return Copy(of=row["of_post_id"], platform=platform, after=after, doubtful=doubtful)

    def tie(self, row: Mapping[str, str]) -> Tie:
        source, target = self._member(row["source"]), self._member(row["target"])
        if source == target:
            raise ValueError("a tie leads to another member")
        return Tie(window=_one_of("window", row["window"], WINDOWS), source=source, target=target)

    def _member(self, member_id: str) -> str:
        if member_id not in self.members:
            raise ValueError(f"members.csv has no member '{member_id}'")
        return member_id

    def _platform(self, cell: str) -> str:
        return _one_of("platform", CALLED.get(cell, cell), tuple(self.platforms))

    def _day(self, cell: str) -> int:
        if not 1 <= int(cell) <= self.days:
            raise ValueError(f"day {cell} is not one of 1 to {self.days}")
        return int(cell)


def _one_of(column: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{column} '{value}' is not one of {', '.join(allowed)}")
    return value


def _check_counts(members: Mapping[str, Member], posts: Mapping[str, Counted]) -> None:
    found = Counter(post.member_id for post in posts.values())
    for member in members.values():
        if found[member.member_id] != member.posts:
            raise BadWorld(
                f"members.csv says that {member.member_id} has {member.posts} posts,"
                f" canonical_posts.csv has {found[member.member_id]}."
            )


def _check_days(members: Mapping[str, Member], posts: Mapping[str, Counted], starts_on: date) -> None:
    """What a line says twice, it says alike: the moment and the author's date, the date and the prompt's day."""
    for post in posts.values():
        zone = members[post.member_id].timezone
        local = post.published_at.astimezone(ZoneInfo(zone)).date()
        if local != post.local_date:
            told = f"canonical_posts.csv: {post.post_id} was posted on {local} in {zone}"
            raise BadWorld(f"{told}, not {post.local_date}.")
        day = (local - starts_on).days + 1
        if day - post.prompt_day != post.lag_days:
            raise BadWorld(
                f"canonical_posts.csv: {post.post_id} is of day {day} and for day {post.prompt_day};"
                f" that is a lag of {day - post.prompt_day}, not {post.lag_days}."
            )
