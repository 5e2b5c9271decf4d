"""Moments of planned posts, by the seed: on a local day of their author's, or some time after another post."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.campaign.cast import Cast
from sandbox.ids import number

MORNING, EVENING = 9, 20
SOON, LATER = timedelta(minutes=10), timedelta(hours=30)


def zone(cast: Cast, person_id: str) -> ZoneInfo:
    """A stranger's is the campaign's."""
    return ZoneInfo(cast.people[person_id].timezone or cast.files.settings["zone"])


def local_date(cast: Cast, person_id: str, at: datetime) -> date:
    return at.astimezone(zone(cast, person_id)).date()


def on_day(cast: Cast, person_id: str, day: int, key: str) -> datetime:
    """By day, in the author's zone, on a day of the campaign (1 is the first). UTC."""
    seconds = number(cast.files.seed, key, "when", below=(EVENING - MORNING) * 3600)
    on: date = cast.files.settings["starts_on"] + timedelta(days=day - 1)
    local = datetime.combine(on, time(MORNING), zone(cast, person_id)) + timedelta(seconds=seconds)
    return local.astimezone(UTC)


def some_day(cast: Cast, key: str) -> int:
    """A day of the campaign, not the last two, so that what follows upon it is in the campaign too."""
    return 1 + number(cast.files.seed, key, "day", below=max(1, cast.files.days - 2))


def after(cast: Cast, at: datetime, key: str) -> datetime:
    """Minutes or hours later."""
    seconds = number(cast.files.seed, key, "after", below=int((LATER - SOON).total_seconds()))
    return at + SOON + timedelta(seconds=seconds)
