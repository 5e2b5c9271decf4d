"""What every platform of one run of `collect` shares, and how it asks."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Engine

from connectors.errors import RunStopped
from connectors.records import Member, Query, RawItem, Search
from connectors.registry import CONNECTORS, Connector, connector
from connectors.transport import Transport
from flows import credential_store
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.warehouse import now
from warehouse import ledger, windows
from warehouse.budget import Budget, Limits, limits_of
from warehouse.campaign import Campaign
from warehouse.held import held
from warehouse.people.members import members

Clock = Callable[[], datetime]
Stream = Literal["posts", "interactions", "refresh", "blog"]
HOUR = timedelta(hours=1)
LONGEST_SLEEP = 5.0
"""Seconds between two looks, while a platform lets us wait, whether the run was stopped."""
PRICED = frozenset({"x"})
"""Platforms that charge for every post they show."""
DAY_ZONES = {"youtube": "America/Los_Angeles"}
"""Where a platform's day of limits begins at its own midnight; everywhere else UTC's is taken."""


@dataclass(frozen=True, kw_only=True)
class Collection:
    engine: Engine
    settings: Settings
    secret: bytes = field(repr=False)
    """The key of the hashes of those who must not land: the warehouse's own."""
    campaign: Campaign
    run: ledger.Run
    stream: Stream = "posts"
    since: datetime | None = None
    until: datetime | None = None
    clock: Clock = now
    sleep: Callable[[float], None] = time.sleep
    progress: Callable[[str, str], None] = field(default=lambda platform, what: None)
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set by whoever does not wait any more: each platform ends before its next request."""
    ends_at: float = math.inf
    """On the monotonic clock, in seconds; then each platform ends in the same way."""

    @property
    def is_over(self) -> bool:
        return self.stopped.is_set() or time.monotonic() > self.ends_at

    def go_on(self) -> None:
        """Raises RunStopped if nothing more may be asked."""
        if self.is_over:
            why = "was stopped" if self.stopped.is_set() else "took longer than it may"
            raise RunStopped(f"This run {why}, so reading ended early; the next run reads this again.")

    def rest(self, seconds: float) -> None:
        """Sleep. Raises RunStopped within seconds of the run's end."""
        while seconds > 0:
            self.go_on()
            self.sleep(min(seconds, LONGEST_SLEEP))
            seconds -= LONGEST_SLEEP

    def transport(self, platform: str) -> Transport:
        """The way out for one platform, within its budget."""
        return Transport(
            user_agent=user_agent(self.campaign),
            patience=self.settings.patience,
            clock=self.clock,
            sleep=self.rest,
            purse=self.purse(platform),
            go_on=self.go_on,
        )

    def purse(self, platform: str) -> Budget:
        """What may still be spent there. Without a limit it only keeps the books of what costs money."""
        return budget_of(self.engine, self.campaign, platform, self.clock, self.run.run_id)

    def credentials(self, query: Query) -> Mapping[str, str]:
        return credentials(self.settings, self.campaign, query)

    def held(self, query: Query) -> Iterator[list[RawItem]]:
        """The campaign's posts that were seen where the query reads, in batches; no transaction stays open."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield from held(connection, self.campaign.name, query.platform, [query.source])

    def members(self, platform: str) -> tuple[Member, ...]:
        """Whose own posts may be read there."""
        with self.engine.begin() as connection:
            return members(connection, platform, self.secret, self.clock())


def window(
    engine: Engine,
    campaign: Campaign,
    module: Connector,
    query: Query,
    now_: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Search:
    """From what was asked for, else from a lookback before the watermark; up to what was asked for, at most to now."""
    if since is None:
        with engine.begin() as connection:
            since = windows.next_since(connection, campaign, query, module.LOOKBACK, now_)
    end = min(until or campaign.closes_at, now_)
    return Search(query=query, since=since, until=max(since, end))


def is_read(campaign: Campaign, platform: str) -> bool:
    """Whether a program reads it. `by_hand = true` in its table: it is a closed group there, and clerks read it."""
    return platform in CONNECTORS and not campaign.platforms[platform].get("by_hand", False)


def limits(campaign: Campaign, platform: str) -> Limits:
    """The budget in the campaign file."""
    return limits_of(campaign.platforms[platform].get("budget", {}), DAY_ZONES.get(platform, "UTC"))


def budget_of(engine: Engine, campaign: Campaign, platform: str, clock: Clock, run_id: UUID | None = None) -> Budget:
    """The campaign's purse for a platform; without a run for what `doctor` and `connect` ask."""
    return Budget(
        engine=engine,
        campaign_name=campaign.name,
        platform=platform,
        limits=limits(campaign, platform),
        run_id=run_id,
        clock=clock,
    )


def queries_of(campaign: Campaign, platform: str, accounts: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    """What is asked of the platform. Raises ConfigurationError if that is nothing: silence would look like no posts."""
    found = connector(platform).queries(campaign.hashtags, campaign.platforms[platform], accounts)
    if not found:
        raise ConfigurationError(
            f"The table [platforms.{platform}] of the campaign {campaign.name} does not say where to read: name its "
            "servers there (docs/settings.md), or take the table out."
        )
    return found


def credentials(settings: Settings, campaign: Campaign, query: Query) -> Mapping[str, str]:
    """The platform's secrets, if they are meant for this query's server.

    A Mastodon token belongs to one instance: `token_instance` in the campaign file, else the first one listed.
    """
    given = settings.credentials.get(query.platform, {})
    options: Mapping[str, Any] = campaign.platforms[query.platform]
    if query.platform == "mastodon" and given:
        first = next(iter(options.get("instances", ())), "")
        home = options.get("token_instance") or (first["url"] if isinstance(first, Mapping) else first)
        return given if str(home).rstrip("/") == query.base_url.rstrip("/") else {}
    return given


def in_words(settings: Settings, platform: str, said: str) -> str:
    """What a connector says, where it concerns the credential with what to do about one that is kept here."""
    return credential_store.as_kept(platform, said) if platform in settings.kept else said


def user_agent(campaign: Campaign) -> str:
    """Who asks, and how to reach them."""
    return f"rollcall/0.1 ({campaign.contact or 'no contact given'})"
