"""The campaign as the warehouse knows it; `flows.campaign_file` reads it from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

WESTMOST, EASTMOST = timedelta(hours=-12), timedelta(hours=14)


def over_everywhere(day: date) -> datetime:
    """The moment (UTC) from which the day is over everywhere on earth, as `int_days` has it."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - WESTMOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    day: int
    label: str | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spam:
    """What marks posts by strangers that are not the campaign's: advertising, or another thing with the same name."""

    domains: tuple[str, ...] = ()
    """Hosts of links, lower case; their subdomains too."""
    phrases: tuple[str, ...] = ()
    """Words of advertising."""
    homonyms: tuple[str, ...] = ()
    """Words of the other thing that bears the same tag."""
    burst: int = 5
    """So many equal texts within an hour are a signal; 0 is never."""
    signals: int = 2
    """So many signals are needed; with fewer a person decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """The programme's own blog, of which all posts are read, the campaign's and others."""

    sites: tuple[str | Mapping[str, str], ...]
    """Addresses, as in the table of the platform."""
    since: date
    """Posts published before that day, in the campaign's zone, are not read."""
    byline_phrases: tuple[str, ...] = ()
    """What a line begins with that names a post's authors; without any, those of `connectors.bylines`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days after the campaign's grace, or after its last freeze, something is kept (`metrics.md` f.7)."""

    raw_days: int = 180
    """Posts as the platforms sent them."""
    text_days: int = 365
    """Titles and texts."""
    post_days: int = 730
    """Rows of posts and of who made them. Totals, and the list of those who must not land, stay for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    name: str
    title: str
    hashtags: tuple[str, ...]
    """Normalised, without `#`; the first is the campaign's own, the others are accepted variants."""
    starts_on: date
    ends_on: date
    zone: ZoneInfo
    grace_days: int = 7
    daily_at: time = time(6, 15)
    """When the schedule starts the day's run, in the campaign's zone."""
    prompts: tuple[Prompt, ...] = ()
    organisers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Platform -> the organiser's handles, lower case without `@`."""
    spam: Spam = field(default_factory=Spam)
    on_behalf_phrases: tuple[str, ...] = ()
    """Words before a member's name by which the organiser's account says for whom it posts."""
    programme_years: tuple[int, ...] = ()
    """Years in which the programme ran, where the file lists them; a roster's cohort must be one of them."""
    platforms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Platform -> its table in the campaign file (instances, sites, ...)."""
    small_group: int = 5
    """So many people must be in a group before anything of it is shown to everybody."""
    blog: Blog | None = None
    digest_audience: Literal["internal", "partner", "public"] = "partner"
    """Who reads the digest of each day: what it may say of people."""
    retention: Retention = field(default_factory=Retention)
    contact: str | None = None
    """Goes into the User-Agent, so that a small server's owner can ask us to stop."""

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    @property
    def opens_at(self) -> datetime:
        """The first moment at which it is the first day anywhere on earth (UTC)."""
        return datetime.combine(self.starts_on, time(), UTC) - EASTMOST

    @property
    def closes_at(self) -> datetime:
        """The moment at which the grace period is over everywhere on earth (UTC)."""
        return over_everywhere(self.ends_on + timedelta(days=self.grace_days))
