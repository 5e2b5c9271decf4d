"""The five files of such a world, read and checked: `sandbox/README.md` documents them."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PLATFORMS = ("facebook", "instagram", "x", "bluesky", "mastodon", "wordpress")
CALLED = {"blog": "wordpress"}
ROLES = ("fellow", "partner", "staff", "supporter")
FORMS = ("original", "reply_with_media", "quote_with_media", "on_behalf")
METHODS = ("explicit", "explicit_conflict", "theme", "date")
MATCHES = ("matched", "ig_authorless", "unknown_handle")
TAG_FORMS = ("exact", "case_variant", "misspelt")
WINDOWS = ("baseline", "campaign")


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
        """Of a kind: how many by whom (`[shares.KIND]`)."""
        share: Mapping[str, int] = self.settings.get("shares", {}).get(kind, {})
        return share

    def ties_in(self, window: str) -> tuple[tuple[str, str], ...]:
        return tuple((tie.source, tie.target) for tie in self.ties if tie.window == window)


def read(home: Path) -> Files:
    """Raises BadWorld with file and line."""
    raise NotImplementedError
