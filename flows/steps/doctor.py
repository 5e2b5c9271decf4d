"""Is everything in order? The warehouse, the disk, the clock, and each platform the campaign reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import text

from connectors.errors import ConnectorError
from connectors.registry import CONNECTORS, connector
from connectors.transport import Transport
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.collect import credentials, queries_of, user_agent
from flows.steps.warehouse import now, open_warehouse
from warehouse.campaign import Campaign
from warehouse.errors import WarehouseError

ENOUGH_DISK_GB = 2
Verdict = Literal["good", "look", "bad"]
BY_HAND = (
    "has no connector here: its posts come in by hand. Keep a CSV (rollcall init writes a template) and load it with: "
    "rollcall import FILE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    what: str
    verdict: Verdict
    sentence: str


def examine(settings: Settings, campaign: Campaign | None) -> Iterator[Finding]:
    """Yield one finding after the other, so that a slow platform does not hide the rest."""
    yield from _warehouse(settings)
    yield _disk(settings)
    if campaign is None:
        yield Finding(
            what="campaign", verdict="look", sentence="There is no campaign yet. Make one: rollcall init NAME"
        )
        return
    yield _campaign(campaign)
    for platform in campaign.platforms:
        yield from _platform(settings, campaign, platform)


def _warehouse(settings: Settings) -> Iterator[Finding]:
    where = "the server of ROLLCALL_DATABASE_URL" if settings.database_url else f"embedded, in {settings.home}"
    try:
        engine = open_warehouse(settings)
    except WarehouseError as error:
        yield Finding(what="warehouse", verdict="bad", sentence=str(error))
        return
    with engine.connect() as connection:
        version = connection.execute(text("show server_version")).scalar_one()
        size = connection.execute(text("select pg_size_pretty(pg_database_size(current_database()))")).scalar_one()
        people = connection.execute(text("select count(*) from people.person")).scalar_one()
        server_time = connection.execute(text("select clock_timestamp()")).scalar_one()
    engine.dispose()
    yield Finding(what="warehouse", verdict="good", sentence=f"PostgreSQL {version}, {where}; holds {size}.")
    off = abs((now() - server_time).total_seconds())
    if off > 60:
        sentence = f"This computer's clock and the database's differ by {off:.0f} seconds. Set them by a time server."
        yield Finding(what="clock", verdict="look", sentence=sentence)
    if people:
        yield Finding(what="roster", verdict="good", sentence=f"{people} people are on the roster.")
    else:
        sentence = "The roster is empty, so nobody can be recognised. Load it: rollcall roster load FILE"
        yield Finding(what="roster", verdict="look", sentence=sentence)


def _disk(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(settings.home).free / 1e9
    verdict: Verdict = "good" if free >= ENOUGH_DISK_GB else "bad"
    advice = "" if verdict == "good" else f" Free at least {ENOUGH_DISK_GB} GB before the next run."
    return Finding(what="disk", verdict=verdict, sentence=f"{free:.0f} GB are free where {settings.home} lies.{advice}")


def _campaign(campaign: Campaign) -> Finding:
    tags = ", ".join(f"#{tag}" for tag in campaign.hashtags)
    when = f"{campaign.starts_on} to {campaign.ends_on} ({campaign.days} days, {campaign.zone.key})"
    if now() > campaign.closes_at:
        return Finding(
            what="campaign", verdict="look", sentence=f"{tags}, {when}: it is over. Platforms may hide old posts."
        )
    return Finding(what="campaign", verdict="good", sentence=f"{tags}, {when}.")


def _platform(settings: Settings, campaign: Campaign, platform: str) -> Iterator[Finding]:
    if platform not in CONNECTORS:
        yield Finding(what=platform, verdict="look", sentence=f"{platform} {BY_HAND}")
        return
    patience = replace(settings.patience, tries=1, longest_wait=1, total_wait=1)
    module = connector(platform)
    transport = Transport(user_agent=user_agent(campaign), patience=patience, clock=now)
    try:
        queries = queries_of(campaign, platform)
    except ConfigurationError as error:
        yield Finding(what=platform, verdict="bad", sentence=str(error))
        return
    for query in queries:
        try:
            sentence = module.probe(query, transport, credentials(settings, campaign, query)).works
            yield Finding(what=f"{platform}: {query.name}", verdict="good", sentence=sentence)
        except ConnectorError as error:
            yield Finding(what=f"{platform}: {query.name}", verdict="bad", sentence=str(error))
