"""Is everything in order? The warehouse, the disk, the clock, and each platform the campaign reads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps import backup, doctor_platform
from flows.steps.findings import Finding, Verdict
from flows.steps.warehouse import now, open_warehouse
from warehouse import roles
from warehouse.campaign import Campaign
from warehouse.errors import WarehouseError

ENOUGH_DISK_GB = 2


def examine(settings: Settings, campaign: Campaign | None, *, clock: Callable[[], datetime] = now) -> Iterator[Finding]:
    """Yield one finding after the other; the platforms are looked at together, each with one bounded request."""
    try:
        engine: Engine | None = open_warehouse(settings)
    except WarehouseError as error:
        engine = None
        yield Finding(what="warehouse", verdict="bad", sentence=str(error))
    try:
        yield from _examine(settings, campaign, engine, clock)
    finally:
        if engine:
            engine.dispose()


def _examine(
    settings: Settings, campaign: Campaign | None, engine: Engine | None, clock: Callable[[], datetime]
) -> Iterator[Finding]:
    if engine:
        yield from _warehouse(settings, engine)
    yield _disk(settings)
    yield backup.finding(settings, campaign, clock)
    if campaign is None:
        yield Finding(
            what="campaign", verdict="look", sentence="There is no campaign yet. Make one: rollcall init NAME"
        )
        return
    yield _campaign(campaign)
    look = partial(doctor_platform.look, settings, campaign, engine, clock=clock)
    with ThreadPoolExecutor(max_workers=max(1, len(campaign.platforms))) as pool:
        yield from pool.map(look, campaign.platforms)


def _warehouse(settings: Settings, engine: Engine) -> Iterator[Finding]:
    where = "the server of ROLLCALL_DATABASE_URL" if settings.database_url else f"embedded, in {settings.home}"
    with engine.connect() as connection:
        version = connection.execute(text("show server_version")).scalar_one()
        size = connection.execute(text("select pg_size_pretty(pg_database_size(current_database()))")).scalar_one()
        people = connection.execute(text("select count(*) from people.person")).scalar_one()
        absent = roles.missing(connection)
        server_time = connection.execute(text("select clock_timestamp()")).scalar_one()
    yield Finding(what="warehouse", verdict="good", sentence=f"PostgreSQL {version}, {where}; holds {size}.")
    if absent:
        sentence = (
            f"The server has no role {', '.join(absent)}, so nobody but the warehouse's owner can log in. "
            f"An administrator runs: {roles.how_to_create(absent)} Then run `rollcall db migrate`."
        )
        yield Finding(what="roles", verdict="look", sentence=sentence)
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
