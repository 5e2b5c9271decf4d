"""How one platform stands: in or not, as whom, what is seen and what not, what is left of limits and money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from connectors.credentials import CREDENTIALS
from connectors.errors import ConnectorError
from connectors.records import Access, Query
from flows import credential_store
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.collection import budget_of, credentials, in_words, is_read, limits, queries_of
from flows.steps.connect import probe
from flows.steps.findings import Finding, Verdict
from flows.steps.forecast import outlook
from flows.steps.warehouse import now, suppression_key
from warehouse.budget import Standing, dollars, standing
from warehouse.campaign import Campaign
from warehouse.people.members import members

BY_HAND = (
    "is not collected: its posts come in by hand. Keep a CSV (rollcall init writes a template) and load it with: "
    "rollcall import FILE"
)
TOLD = {"as whom": "as_whom", "sees": "sees", "cannot see": "cannot_see", "left": "left"}


def look(
    settings: Settings,
    campaign: Campaign,
    engine: Engine | None,
    platform: str,
    *,
    clock: Callable[[], datetime] = now,
) -> Finding:
    """One request to each server that is read there; none without the credential that it wants."""
    if not is_read(campaign, platform):
        return Finding(what=platform, verdict="look", sentence=f"{platform} {BY_HAND}")
    try:
        servers = _servers(settings, campaign, engine, platform, clock())
    except ConfigurationError as error:
        return Finding(what=platform, verdict="bad", sentence=str(error))
    if missing := _missing(settings, platform):
        money = _money(settings, campaign, engine, platform, clock())
        return Finding(what=platform, verdict="bad", sentence=missing, details=money)
    purse = budget_of(engine, campaign, platform, clock) if engine else None
    found: dict[str, Access] = {}
    broken: list[str] = []
    for query in servers:
        try:
            given = credentials(settings, campaign, query)
            found[query.source] = probe(settings, campaign, query, given, clock, purse)
        except ConnectorError as error:
            broken.append(in_words(settings, platform, str(error)))
    money = _money(settings, campaign, engine, platform, clock())
    return _finding(settings, platform, found, broken, money, clock())


def _finding(
    settings: Settings,
    platform: str,
    found: Mapping[str, Access],
    broken: list[str],
    money: Mapping[str, str],
    at: datetime,
) -> Finding:
    expires_at = _expiry(settings, platform, found.values())
    soon = credential_store.announcement(platform, expires_at, at)
    looks = [sentence for sentence in (soon, settings.credential_troubles.get(platform)) if sentence]
    verdict: Verdict = "bad" if broken else "look" if looks else "good"
    sentences = [*broken, *looks, *(access.works for access in found.values())]
    told = {
        label: _merged({source: getattr(access, name) for source, access in found.items()})
        for label, name in TOLD.items()
    }
    details = {label: text for label, text in told.items() if text} | dict(money)
    if expires_at and not soon:
        details["expires"] = f"{expires_at.astimezone(UTC):%Y-%m-%d}, in {(expires_at - at).days} days"
    return Finding(what=platform, verdict=verdict, sentence="\n".join(dict.fromkeys(sentences)), details=details)


def _missing(settings: Settings, platform: str) -> str | None:
    """What a person has to do before the platform can be asked at all."""
    given = settings.credentials.get(platform, {})
    if all(one.name in given for one in CREDENTIALS[platform] if one.needed):
        return None
    return settings.credential_troubles.get(platform) or (
        f"There is no credential for {platform} yet, so nothing was asked. Run: rollcall connect {platform}"
    )


def _expiry(settings: Settings, platform: str, found: Iterable[Access]) -> datetime | None:
    """When the credential expires, as the platform says now, else as it said last."""
    answers = list(found)
    if not answers:
        return credential_store.expiry(settings.home, platform)
    expires_at = min((access.expires_at for access in answers if access.expires_at), default=None)
    credential_store.note_expiry(settings.home, platform, expires_at)
    return expires_at


def _money(
    settings: Settings, campaign: Campaign, engine: Engine | None, platform: str, at: datetime
) -> dict[str, str]:
    """What is left of the budget in the campaign file, and what the next run would take of it."""
    if engine is None:
        return {}
    bounds = limits(campaign, platform)
    with engine.connect() as connection:
        stands = standing(connection, campaign.name, platform, at, bounds)
    told = {"budget": budget} if (budget := _budget(stands)) else {}
    try:
        [next_run] = outlook(settings, campaign, [platform], clock=lambda: at)
    except (ConfigurationError, DBAPIError):
        return told
    if next_run.cost or bounds.any:
        price = f" and {dollars(next_run.cost)}" if next_run.cost else ""
        short = "" if next_run.fits else ": more than is left of the budget"
        told["next run"] = f"at most {next_run.requests} requests{price}{short}"
    return told


def _budget(stands: Standing) -> str | None:
    """In words; None where nothing is limited and nothing was spent."""
    bounds, taken = stands.limits, stands.spent + stands.reserved
    parts = [
        f"{dollars(spent)} of {dollars(limit)}{when} spent"
        for spent, limit, when in ((taken, bounds.usd, ""), (stands.today, bounds.usd_a_day, " of today"))
        if limit is not None
    ] + [
        f"{calls} of {limit} calls{when} made"
        for calls, limit, when in (
            (stands.calls, bounds.calls, ""),
            (stands.calls_today, bounds.calls_a_day, " of today"),
        )
        if limit is not None
    ]
    if not parts:
        return f"{dollars(taken)} spent; the campaign file sets no limit" if taken else None
    lost = f" ({dollars(stands.reserved)} of it for answers that were lost)" if stands.reserved else ""
    left = [dollars(stands.left)] if stands.left is not None else []
    left += [f"{stands.calls_left} calls"] if stands.calls_left is not None else []
    return f"{', '.join(parts)}{lost}; {' and '.join(left)} left"


def _merged(texts: Mapping[str, str | None]) -> str | None:
    """One text for all servers that say the same; else each text with the servers that say it."""
    by_text: dict[str, list[str]] = {}
    for source, text in texts.items():
        if text:
            by_text.setdefault(text, []).append(source)
    if len(by_text) == 1 and len(texts) == len(next(iter(by_text.values()))):
        return next(iter(by_text))
    return "\n".join(f"{', '.join(sources)}: {text}" for text, sources in by_text.items()) or None


def _servers(settings: Settings, campaign: Campaign, engine: Engine | None, platform: str, at: datetime) -> list[Query]:
    """The first read of each server that the campaign file names; where it names none, of those of the members."""
    try:
        queries = queries_of(campaign, platform)
    except ConfigurationError:
        if engine is None:
            raise
        secret = suppression_key(settings, engine)
        with engine.begin() as connection:
            accounts = members(connection, platform, secret, at)
        queries = queries_of(campaign, platform, accounts)
    first: dict[tuple[str, str], Query] = {}
    for query in queries:
        first.setdefault((query.base_url, query.source), query)
    return list(first.values())
