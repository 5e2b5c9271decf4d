"""`rollcall connect`: try a credential with one cheap request, and keep it if the platform takes it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from connectors.credentials import CREDENTIALS, Credential
from connectors.errors import AccessDenied, ConnectorError, QuotaSpent
from connectors.purse import Purse
from connectors.records import Access, Query
from connectors.registry import CONNECTORS, connector
from connectors.transport import Patience, Transport
from flows import credential_store
from flows.campaign_file import SERVERS
from flows.errors import ConfigurationError
from flows.logs import hide
from flows.settings import Settings
from flows.steps.collection import budget_of, user_agent
from flows.steps.collection import credentials as meant_for
from flows.steps.warehouse import now, open_warehouse
from warehouse.campaign import Campaign

LOOKING_FOR = ("rollcall",)
"""The tag that is asked for where there is no campaign yet: only the answer's kind matters."""
Outcome = Literal["accepted", "refused", "unreachable", "untried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    outcome: Outcome
    sentence: str
    as_whom: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    platform: str
    kept: bool
    tried: Tried
    where: str | None = None
    """A sentence: where it is kept."""
    look: str | None = None
    """A sentence: what stands in the way of its being used."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def needed(platform: str) -> tuple[Credential, ...]:
    """What the platform wants to see. ConfigurationError for a platform that we do not know."""
    if platform not in CREDENTIALS:
        close = difflib.get_close_matches(platform, CREDENTIALS, n=1)
        meant = f" Is {close[0]} meant?" if close else ""
        there_are = ", ".join(CREDENTIALS)
        raise ConfigurationError(f"There is no platform {platform} to connect.{meant} There are {there_are}.")
    return CREDENTIALS[platform]


def connect(
    settings: Settings,
    campaign: Campaign | None,
    platform: str,
    given: Mapping[str, str],
    *,
    keep_anyway: bool = False,
    clock: Callable[[], datetime] = now,
) -> Connected:
    """Try what was given, and keep it if it works, or whatever comes of it with `keep_anyway`."""
    given = {one.name: _clean(one, given.get(one.name, "")) for one in needed(platform)}
    hide(given.values())
    tried = _try(replace(settings, credentials={platform: given}), campaign, platform, clock)
    if tried.outcome in ("refused", "unreachable") and not keep_anyway:
        return Connected(platform=platform, kept=False, tried=tried)
    _, where = credential_store.keep(settings.home, platform, given, tried.expires_at)
    return Connected(platform=platform, kept=True, tried=tried, where=where, look=overruled(settings, platform))


def forget(settings: Settings, platform: str) -> tuple[bool, str | None]:
    """Take away what was kept; whether there was anything, and what is still in force in spite of it."""
    needed(platform)
    try:
        return credential_store.forget(settings.home, platform), overruled(settings, platform)
    except credential_store.KeyringTrouble as trouble:
        raise ConfigurationError(
            f"The credential for {platform} could not be taken away: {trouble}. Unlock the keyring, then try again."
        ) from trouble


def expiring(settings: Settings, at: datetime, platforms: Iterable[str] = CREDENTIALS) -> list[str]:
    """A sentence for each credential that expires within a week or has expired, by what we know. Asks nobody."""
    known = ((platform, credential_store.expiry(settings.home, platform)) for platform in platforms)
    found = (credential_store.announcement(platform, expires_at, at) for platform, expires_at in known)
    return [sentence for sentence in found if sentence]


def overruled(settings: Settings, platform: str) -> str | None:
    """What the environment says goes before what is kept."""
    named = [one.setting for one in needed(platform) if settings.environment.get(one.setting)]
    if not named:
        return None
    return f"{' and '.join(named)} in the environment is used before what is kept here; take it out there if it is old."


def _clean(one: Credential, text: str) -> str:
    text = text.strip()
    if not text:
        raise ConfigurationError(f"Nothing was given. What is needed: {one.what}. {one.where}")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ConfigurationError(
            f"That is not {one.what}: it holds a blank or a letter that none has. Copy it again, whole and alone."
        )
    return text


def _try(settings: Settings, campaign: Campaign | None, platform: str, clock: Callable[[], datetime]) -> Tried:
    query = _first_query(settings, campaign, platform)
    if query is None:
        sentence = (
            "It was not tried: no campaign says where to read, or several do. Name one with --campaign NAME, or try it "
            "later with: rollcall doctor"
        )
        return Tried(outcome="untried", sentence=sentence)
    given = settings.credentials[platform]
    try:
        with _purse(settings, campaign, platform, clock) as purse:
            found = probe(settings, campaign, query, given, clock, purse)
    except QuotaSpent as spent:
        return Tried(outcome="accepted", sentence=f"It is accepted, but: {spent}")
    except AccessDenied as denied:
        return Tried(outcome="refused", sentence=credential_store.WHAT_TO_RENEW.sub("", str(denied)))
    except ConnectorError as trouble:
        reason = str(trouble).replace("; the next run tries again.", ".")
        return Tried(outcome="unreachable", sentence=f"It could not be tried: {reason}")
    return Tried(outcome="accepted", sentence=found.works, as_whom=found.as_whom, expires_at=found.expires_at)


def probe(
    settings: Settings,
    campaign: Campaign | None,
    query: Query,
    given: Mapping[str, str],
    clock: Callable[[], datetime] = now,
    purse: Purse | None = None,
) -> Access:
    """One bounded request. Raises ConnectorError."""
    transport = Transport(
        user_agent=user_agent(campaign) if campaign else "rollcall/0.1",
        patience=impatient(settings.patience),
        clock=clock,
        purse=purse,
    )
    return connector(query.platform).probe(query, transport, given)


@contextmanager
def _purse(
    settings: Settings, campaign: Campaign | None, platform: str, clock: Callable[[], datetime]
) -> Iterator[Purse | None]:
    """The campaign's budget there, for which the warehouse is opened; None without one."""
    if campaign is None or not campaign.platforms.get(platform, {}).get("budget"):
        yield None
        return
    engine = open_warehouse(settings)
    try:
        yield budget_of(engine, campaign, platform, clock)
    finally:
        engine.dispose()


def impatient(patience: Patience) -> Patience:
    """For somebody who waits at the screen: one try, and no more than some seconds for it."""
    return replace(
        patience,
        connect_timeout=min(patience.connect_timeout, 5),
        read_timeout=min(patience.read_timeout, 10),
        request_deadline=min(patience.request_deadline, 15),
        tries=1,
        longest_wait=min(patience.longest_wait, 1),
        total_wait=min(patience.total_wait, 1),
    )


def _first_query(settings: Settings, campaign: Campaign | None, platform: str) -> Query | None:
    """The campaign's first read there, for which the credential is meant; None if nothing says where to read."""
    if platform not in CONNECTORS:
        return None
    if campaign and platform in campaign.platforms:
        queries = connector(platform).queries(campaign.hashtags, campaign.platforms[platform])
        return next((query for query in queries if meant_for(settings, campaign, query)), None)
    urls, key = settings.base_urls.get(platform, ()), SERVERS.get(platform)
    options: dict[str, Any] = {key: list(urls)} if key else {"base_url": urls[0]} if urls else {}
    try:
        return next(iter(connector(platform).queries(LOOKING_FOR, options)), None)
    except ConfigurationError:
        return None
