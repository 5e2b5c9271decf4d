"""The campaign file (TOML): what is public about a campaign. Secrets live in the environment."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import regex

from connectors.hashtags import normalise
from connectors.options import EVERYWHERE, ON_OR_OFF, OPTIONS
from connectors.registry import CONNECTORS
from flows.errors import CampaignError
from flows.settings import Settings
from warehouse import budget
from warehouse.campaign import Blog, Campaign, Prompt, Retention, Spam

SERVERS = {"mastodon": "instances", "wordpress": "sites"}
"""Platform -> the key of its table that lists where to read."""
LONGEST_KEPT = 3650


class _Prompt(msgspec.Struct, forbid_unknown_fields=True):
    day: int
    label: str | None = None
    keywords: tuple[str, ...] = ()


class _Spam(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    domains: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    homonyms: tuple[str, ...] = ()
    burst: int = 5
    signals: int = 2


class _Blog(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    since: date
    sites: list[str | dict[str, str]] = []
    bylines: tuple[str, ...] = ()


class _Digest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    audience: Literal["internal", "partner", "public"] = "partner"


class _Retention(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    raw_days: int = Retention().raw_days
    text_days: int = Retention().text_days
    post_days: int = Retention().post_days


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    title: str
    hashtags: tuple[str, ...]
    starts_on: date
    ends_on: date
    zone: str
    grace_days: int = 7
    daily_at: str = "06:15"
    contact: str | None = None
    programme_years: tuple[int, ...] = ()
    small_group: int = 5
    prompts: tuple[_Prompt, ...] = ()
    organisers: dict[str, tuple[str, ...]] = {}
    on_behalf_phrases: tuple[str, ...] = ("posted for", "posted on behalf of", "shared on behalf of")
    spam: _Spam = _Spam()
    blog: _Blog | None = None
    digest: _Digest = _Digest()
    retention: _Retention = _Retention()
    platforms: dict[str, dict[str, Any]] = {}


def paths(settings: Settings) -> dict[str, Path]:
    """Campaign name -> its file; the first folder that has a name wins."""
    found: dict[str, Path] = {}
    for folder in settings.campaign_folders:
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return found


def find(settings: Settings, name: str | None = None) -> Campaign:
    """The campaign of that name; without one the only one that there is, that is not over, or that is on.

    Raises CampaignError.
    """
    found = paths(settings)
    if name is None:
        return _only_one(settings, found)
    if name not in found:
        where = _folders(settings)
        raise CampaignError(
            f"There is no campaign file {name}.toml in {where}. Is this the folder in which the campaign was begun? "
            f"Go there; a new one begins with: rollcall init {name}"
        )
    return with_base_urls(read(found[name]), settings)


def none_here(settings: Settings) -> CampaignError:
    """What is wrong where there is no campaign file at all."""
    where = _folders(settings)
    return CampaignError(f"There is no campaign file in {where}. Start a campaign with: rollcall init NAME")


def _folders(settings: Settings) -> str:
    return " or ".join(str(folder) for folder in settings.campaign_folders)


def _only_one(settings: Settings, found: Mapping[str, Path]) -> Campaign:
    if not found:
        raise none_here(settings)
    campaigns = [with_base_urls(read(path), settings) for _, path in sorted(found.items())]
    now = datetime.now(UTC)
    not_over = [campaign for campaign in campaigns if now < campaign.closes_at]
    on = [campaign for campaign in not_over if campaign.opens_at <= now]
    for choice in (campaigns, not_over, on):
        if len(choice) == 1:
            return choice[0]
    names = ", ".join(campaign.name for campaign in on or not_over or campaigns)
    raise CampaignError(f"Which campaign? Say --campaign NAME; there are {names}.")


def readable(
    settings: Settings, tell: Callable[[CampaignError], object], only: Collection[str] | None = None
) -> list[Campaign]:
    """The campaigns whose files can be read, in order of name; `tell` hears what is wrong with each other one."""
    found: list[Campaign] = []
    for name, path in sorted(paths(settings).items()):
        if only is not None and name not in only:
            continue
        try:
            found.append(with_base_urls(read(path), settings))
        except CampaignError as error:
            tell(error)
    return found


def read(path: Path) -> Campaign:
    """Read one campaign file. Raises CampaignError with the file, the place and what to do."""
    try:
        raw = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise CampaignError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CampaignError(f"{path} is not a campaign file that I can read: {error}") from error
    if raw.name != path.stem:
        raise CampaignError(f'{path} says name = "{raw.name}"; it must be the file\'s own name, "{path.stem}".')
    problem = _problem(raw)
    if problem:
        raise CampaignError(f"{path}: {problem}")
    return _campaign(raw)


def with_base_urls(campaign: Campaign, settings: Settings) -> Campaign:
    """The campaign with the base URLs that the environment puts in the place of the file's."""
    platforms = {name: dict(options) for name, options in campaign.platforms.items()}
    for platform, urls in settings.base_urls.items():
        if platform in platforms and urls:
            key = SERVERS.get(platform)
            platforms[platform].update({key: list(urls)} if key else {"base_url": urls[0]})
    blog, blogs = campaign.blog, settings.base_urls.get("wordpress")
    if blog and blogs:
        blog = replace(blog, sites=tuple(blogs))
    return replace(campaign, platforms=platforms, blog=blog)


def _problem(raw: _File) -> str | None:
    """The first thing that cannot be meant, as a sentence."""
    days = (raw.ends_on - raw.starts_on).days + 1
    try:
        ZoneInfo(raw.zone)
    except (ZoneInfoNotFoundError, ValueError):
        return f'zone = "{raw.zone}" is not a name of the time zone database, such as "Europe/London".'
    if not raw.hashtags:
        return "hashtags must list at least one hashtag."
    for tag in raw.hashtags:
        if not regex.fullmatch(r"[\p{L}\p{M}\p{N}_·]+", normalise(tag)):
            return f'"{tag}" is no hashtag that a platform would mark: it ends at a blank, a hyphen or a dot.'
    if days < 1:
        return f"ends_on ({raw.ends_on}) is before starts_on ({raw.starts_on})."
    if not 0 <= raw.grace_days <= 60:
        return "grace_days must be between 0 and 60."
    if not regex.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", raw.daily_at, regex.ASCII):
        return f'daily_at = "{raw.daily_at}" is no time of day, such as "06:15" or "18:00".'
    if not 3 <= raw.small_group <= 100:
        return "small_group must be between 3 and 100: with two in a group, each knows the other's number."
    prompt_days = [prompt.day for prompt in raw.prompts]
    return (
        _spam_problem(raw.spam)
        or _platform_problem(raw.platforms)
        or _server_problem(raw.platforms)
        or _blog_problem(raw)
        or _budget_problem(raw.platforms)
        or _retention_problem(raw.retention)
        or _prompt_problem(prompt_days, days)
    )


def _platform_problem(platforms: Mapping[str, Mapping[str, Any]]) -> str | None:
    """A misspelt platform would be taken for one whose posts come in by hand, and a misspelt option for none."""
    for platform in platforms:
        close = difflib.get_close_matches(platform, CONNECTORS, n=1, cutoff=0.7)
        if platform not in CONNECTORS and close:
            return f"[platforms.{platform}] is no platform that can be collected: is {close[0]} meant?"
    return next(filter(None, (_option_problem(name, table) for name, table in platforms.items())), None)


def _option_problem(platform: str, table: Mapping[str, object]) -> str | None:
    known = OPTIONS.get(platform, frozenset()) | EVERYWHERE
    for option in table:
        if platform in OPTIONS and option not in known:
            close = difflib.get_close_matches(option, known, n=1)
            meant = f"is {close[0]} meant?" if close else f"there are {', '.join(sorted(known))}."
            return f"[platforms.{platform}] has no option {option}: {meant}"
        if option in ON_OR_OFF and not isinstance(table[option], bool):
            return f"[platforms.{platform}]: {option} must be true or false, without quotation marks."
    return None


def _server_problem(platforms: Mapping[str, Mapping[str, Any]]) -> str | None:
    """A single address in the place of a list would be read letter by letter, each as a server of its own."""
    for platform, key in SERVERS.items():
        servers = platforms.get(platform, {}).get(key, [])
        if not isinstance(servers, list) or not all(_is_server(server) for server in servers):
            return f'{key} in [platforms.{platform}] must be a list of addresses, such as ["https://example.org"].'
        if any("@" in str(server) for server in servers):
            return (
                f"{key} in [platforms.{platform}] holds an address with a login in it, which would be stored and shown."
            )
    return None


def _blog_problem(raw: _File) -> str | None:
    if raw.blog is None:
        return None
    sites = _blog_sites(raw.blog, raw.platforms)
    if "wordpress" not in raw.platforms:
        return "[blog] is read as WordPress shows it: add a table [platforms.wordpress], which may be empty."
    if not sites:
        return '[blog] does not say which blog: list it, such as sites = ["https://blog.example"].'
    if not all(_is_server(site) for site in sites):
        return 'sites in [blog] must be a list of addresses, such as ["https://blog.example"].'
    if any("@" in str(site) for site in sites):
        return "sites in [blog] holds an address with a login in it, which would be stored and shown."
    if any(not phrase.strip() for phrase in raw.blog.bylines):
        return "bylines in [blog] holds an empty entry, which every line would begin with."
    return None


def _blog_sites(blog: _Blog, platforms: Mapping[str, Mapping[str, Any]]) -> Sequence[Any]:
    """Those of the table, else all blogs on which the campaign is read."""
    return blog.sites or platforms.get("wordpress", {}).get("sites", [])


def _budget_problem(platforms: Mapping[str, Mapping[str, Any]]) -> str | None:
    """A limit that is misspelt would be none."""
    for platform, table in platforms.items():
        if "budget" in table and (problem := budget.problem(table["budget"])):
            return f"[platforms.{platform}.budget]: {problem}"
    return None


def _spam_problem(spam: _Spam) -> str | None:
    for name in ("domains", "phrases", "homonyms"):
        if any(not entry.strip() for entry in getattr(spam, name)):
            return f"{name} in [spam] holds an empty entry, which every post would match."
    if spam.signals < 1 or spam.burst < 0 or spam.burst == 1:
        return "in [spam], signals must be at least 1, and burst 0 (never) or at least 2."
    return None


def _retention_problem(kept: _Retention) -> str | None:
    """What rests on something else cannot be kept longer than that."""
    if not 0 <= kept.raw_days <= kept.text_days <= kept.post_days <= LONGEST_KEPT:
        return (
            "in [retention], raw_days, text_days and post_days are days after the campaign, each at least as many as "
            f"the one before, and at most {LONGEST_KEPT}."
        )
    return None


def _is_server(given: Any) -> bool:
    address = given.get("url") if isinstance(given, Mapping) else given
    return isinstance(address, str) and bool(address.strip())


def _prompt_problem(prompt_days: Sequence[int], days: int) -> str | None:
    outside = [day for day in prompt_days if not 1 <= day <= days]
    if outside:
        return f"prompt day {outside[0]} lies outside the campaign, which has {days} days."
    twice = {day for day in prompt_days if list(prompt_days).count(day) > 1}
    return f"prompt day {min(twice)} is given twice." if twice else None


def _campaign(raw: _File) -> Campaign:
    return Campaign(
        name=raw.name,
        title=raw.title,
        hashtags=tuple(dict.fromkeys(normalise(tag) for tag in raw.hashtags)),
        starts_on=raw.starts_on,
        ends_on=raw.ends_on,
        zone=ZoneInfo(raw.zone),
        grace_days=raw.grace_days,
        daily_at=time.fromisoformat(raw.daily_at),
        prompts=tuple(Prompt(day=p.day, label=p.label, keywords=p.keywords) for p in raw.prompts),
        organisers={
            platform: tuple(handle.strip().removeprefix("@").casefold() for handle in handles)
            for platform, handles in raw.organisers.items()
        },
        spam=_spam(raw.spam),
        on_behalf_phrases=tuple(phrase.strip().casefold() for phrase in raw.on_behalf_phrases if phrase.strip()),
        programme_years=raw.programme_years,
        small_group=raw.small_group,
        platforms=raw.platforms,
        blog=_blog(raw.blog, raw.platforms) if raw.blog else None,
        digest_audience=raw.digest.audience,
        retention=Retention(
            raw_days=raw.retention.raw_days, text_days=raw.retention.text_days, post_days=raw.retention.post_days
        ),
        contact=raw.contact,
    )


def _blog(raw: _Blog, platforms: Mapping[str, Mapping[str, Any]]) -> Blog:
    return Blog(sites=tuple(_blog_sites(raw, platforms)), since=raw.since, byline_phrases=raw.bylines)


def _spam(raw: _Spam) -> Spam:
    return Spam(
        domains=tuple(domain.strip().casefold().removeprefix("www.") for domain in raw.domains),
        phrases=tuple(phrase.strip().casefold() for phrase in raw.phrases),
        homonyms=tuple(phrase.strip().casefold() for phrase in raw.homonyms),
        burst=raw.burst,
        signals=raw.signals,
    )
