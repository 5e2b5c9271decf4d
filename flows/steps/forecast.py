"""What a collection would take, before anything is asked: requests, dollars, and what is left of the budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from connectors.records import Search
from connectors.registry import Connector, connector
from flows.settings import Settings
from flows.steps.collect import chosen_platforms
from flows.steps.collection import HOUR, Clock, limits, queries_of, window
from flows.steps.warehouse import now, open_warehouse, suppression_key
from warehouse.budget import standing
from warehouse.campaign import Campaign
from warehouse.held import posts_an_hour
from warehouse.people.members import members

FIRST_GUESS = 1.0
"""Posts an hour on a platform of which we hold none yet: a lively campaign of fifty people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One platform's part of the run, at most."""

    platform: str
    queries: int
    since: datetime
    until: datetime
    posts: int
    """How many are expected, by the pace so far."""
    requests: int
    cost: Decimal
    left: Decimal | None
    """Dollars of the budget that may still be spent; None without one."""
    left_calls: int | None

    @property
    def fits(self) -> bool:
        return (self.left is None or self.cost <= self.left) and (
            self.left_calls is None or self.requests <= self.left_calls
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "queries": self.queries,
            "since": self.since,
            "until": self.until,
            "posts": self.posts,
            "requests": self.requests,
            "cost": float(self.cost),
            "left": None if self.left is None else float(self.left),
            "left_calls": self.left_calls,
            "fits": self.fits,
        }


def outlook(
    settings: Settings,
    campaign: Campaign,
    platforms: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    clock: Clock = now,
) -> list[Outlook]:
    """What a run of `collect` would take now, platform by platform. Asks no platform and changes nothing."""
    engine = open_warehouse(settings)
    try:
        wanted = chosen_platforms(campaign, platforms)
        return [_of_platform(engine, settings, campaign, platform, since, until, clock()) for platform in wanted]
    finally:
        engine.dispose()


def _of_platform(
    engine: Engine,
    settings: Settings,
    campaign: Campaign,
    platform: str,
    since: datetime | None,
    until: datetime | None,
    at: datetime,
) -> Outlook:
    module = connector(platform)
    secret = suppression_key(settings, engine)
    with engine.begin() as connection:
        accounts = members(connection, platform, secret, at)
        rate = posts_an_hour(connection, campaign.name, platform)
        purse = standing(connection, campaign.name, platform, at, limits(campaign, platform))
    asked = queries_of(campaign, platform, accounts)
    searches = [_visible(module, window(engine, campaign, module, query, at, since, until), at) for query in asked]
    pace = rate or FIRST_GUESS
    expected = [math.ceil(pace * ((search.until - search.since) / HOUR)) for search in searches]
    forecasts = [
        module.forecast(search, posts)
        for search, posts in zip(searches, expected, strict=True)
        if search.since < search.until
    ]
    return Outlook(
        platform=platform,
        queries=len(searches),
        since=min(search.since for search in searches),
        until=max(search.until for search in searches),
        posts=max(expected),
        requests=sum(forecast.requests for forecast in forecasts),
        cost=sum((forecast.cost for forecast in forecasts), Decimal(0)),
        left=purse.left,
        left_calls=purse.calls_left,
    )


def _visible(module: Connector, search: Search, at: datetime) -> Search:
    """The window as far as the platform still shows it; what it has forgotten is not asked for."""
    return replace(search, since=min(max(search.since, module.visible_since(search, at)), search.until))
