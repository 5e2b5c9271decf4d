"""What happened on one day of a campaign, in numbers; who posted for the first time; what the digest before told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from warehouse.campaign import Campaign

SEEN = text("""
select platform, count(*)::integer as posts
from core.item
where campaign = :campaign and tagged and created_at >= :since and created_at < :until
group by platform
order by posts desc, platform
""")

UNIQUE = text("""
select platform, count(*)::integer as posts
from marts.fct_posts
where campaign = :campaign and created_at >= :since and created_at < :until
group by platform
order by posts desc, platform
""")

POSTED = text("""
select posts.person_id, min(posts.created_at) >= :since as is_first
from marts.fct_posts as posts
where posts.campaign = :campaign and posts.created_at < :until and posts.person_id is not null
group by posts.person_id
having max(posts.created_at) >= :since
""")

NAMEABLE = text("""
select person.display_name
from people.person as person
cross join lateral (
    select consent.state
    from people.consent as consent
    where consent.person_id = person.person_id and consent.purpose = 'named_in_report' and consent.changed_at <= :now
    order by consent.changed_at desc
    limit 1
) as latest
where person.person_id = any(:people) and latest.state = 'granted'
order by coalesce(person.sort_name, person.display_name), person.person_id
""")

BEFORE = text("""
select told
from core.run
where campaign = :campaign and verb = 'daily' and told is not null and run_id <> :run_id
order by started_at desc
limit 1
""")

DIED = text("""
select verb, started_at from core.run
where campaign = :campaign and state = 'died' and verb <> 'daily' and started_at >= :since
order by started_at
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInNumbers:
    day: date
    """In the campaign's zone."""
    seen: Mapping[str, int]
    """Platform -> posts with the tag that were made on the day and are held, copies and everybody's."""
    unique: Mapping[str, int] | None
    """Platform -> unique posts made on the day; None if the published tables end before the day does."""
    people: int | None
    """Who made them; None as above."""
    first: int | None
    """How many of these had made none before; None as above."""
    nameable: Sequence[str]
    """The names of those of them who agreed to be named in reports."""


def bounds(campaign: Campaign, day: date) -> tuple[datetime, datetime]:
    """When the day begins and ends, in the campaign's zone."""
    return (
        datetime.combine(day, time(), campaign.zone),
        datetime.combine(day + timedelta(days=1), time(), campaign.zone),
    )


def day_in_numbers(connection: Connection, campaign: Campaign, day: date, now: datetime) -> DayInNumbers:
    """What is held and published of the day."""
    since, until = bounds(campaign, day)
    window = {"campaign": campaign.name, "since": since, "until": until}
    seen = {row.platform: row.posts for row in connection.execute(SEEN, window)}
    if not _covers(connection, campaign, until):
        return DayInNumbers(day=day, seen=seen, unique=None, people=None, first=None, nameable=())
    posted = connection.execute(POSTED, window).all()
    first = [row.person_id for row in posted if row.is_first]
    return DayInNumbers(
        day=day,
        seen=seen,
        unique={row.platform: row.posts for row in connection.execute(UNIQUE, window)},
        people=len(posted),
        first=len(first),
        nameable=connection.execute(NAMEABLE, {"people": first, "now": now}).scalars().all(),
    )


def told_before(connection: Connection, campaign_name: str, run_id: UUID) -> Mapping[str, Any]:
    """The numbers of the newest digest before this run's; empty if there was none."""
    found = connection.execute(BEFORE, {"campaign": campaign_name, "run_id": run_id}).scalar()
    return found or {}


def keep_told(connection: Connection, run_id: UUID, told: Mapping[str, Any]) -> None:
    """Keep the numbers that this run's digest tells. Counts only: no name of anybody."""
    connection.execute(
        text("update core.run set told = cast(:told as jsonb) where run_id = :run_id"),
        {"told": json.dumps(told), "run_id": run_id},
    )


def died_since(connection: Connection, campaign_name: str, since: datetime) -> Sequence[tuple[str, datetime]]:
    """Verb and beginning of the runs whose process was gone before they ended."""
    found = connection.execute(DIED, {"campaign": campaign_name, "since": since})
    return [(row.verb, row.started_at) for row in found]


def _covers(connection: Connection, campaign: Campaign, until: datetime) -> bool:
    """Whether the published tables are of a time at or after the end of the day."""
    if connection.execute(text("select to_regclass('marts.fct_posts')")).scalar() is None:
        return False
    newest = text("select max(as_of) from metrics.publication where campaign = :campaign")
    as_of: datetime | None = connection.execute(newest, {"campaign": campaign.name}).scalar()
    return as_of is not None and as_of >= until
