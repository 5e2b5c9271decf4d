"""What a campaign may spend on a platform, in dollars and in calls: set aside before a request, settled after it.

Every request under a budget has a row of `core.spending`, written before it is sent. What is set aside counts as spent
until its answer has told what it cost, so a crash, a killed worker or an answer that is lost after it was billed can
only make us stop too early. Whoever sets something aside locks the row of campaign × platform, so several workers
share one budget.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Engine, Row, text

from connectors.errors import QuotaSpent
from warehouse import ledger

LONGEST_EXCHANGE = timedelta(hours=1)
"""A request that was set aside so shortly before midnight may be billed to the next day: it counts on both."""
MONEY, CALLS, ZONE = ("usd", "usd_a_day"), ("calls", "calls_a_day"), "day_zone"

OPEN = """
insert into core.budget (campaign, platform, usd, usd_a_day, calls, calls_a_day, day_zone)
values (:campaign, :platform, :usd, :usd_a_day, :calls, :calls_a_day, :day_zone)
on conflict (campaign, platform) do update set usd = excluded.usd, usd_a_day = excluded.usd_a_day,
    calls = excluded.calls, calls_a_day = excluded.calls_a_day, day_zone = excluded.day_zone
returning committed, requested
"""
TODAY = """
select coalesce(sum(coalesce(cost, most)), 0) as committed, count(*) as requested
from core.spending
where campaign = :campaign and platform = :platform and reserved_at >= :midnight - :longest
  and (reserved_at >= :midnight or settled_at is null or settled_at >= :midnight)
"""
RESERVE = """
with taken as (
    update core.budget set committed = committed + :most, requested = requested + 1
    where campaign = :campaign and platform = :platform
)
insert into core.spending (campaign, platform, run_id, reserved_at, most)
values (:campaign, :platform, :run_id, :now, :most) returning ticket
"""
LOCK = "select from core.budget where campaign = :campaign and platform = :platform for update"
SETTLE = """
with settled as (
    update core.spending set state = 'settled', cost = :cost, settled_at = :now
    where ticket = :ticket and state = 'reserved' returning most
)
update core.budget set committed = committed - settled.most + :cost
from settled where campaign = :campaign and platform = :platform
"""
STANDING = """
select usd, usd_a_day, calls, calls_a_day, day_zone, committed, requested,
       (select coalesce(sum(most), 0) from core.spending s
        where s.campaign = b.campaign and s.platform = b.platform and state = 'reserved') as reserved
from core.budget b where campaign = :campaign and platform = :platform
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None: no limit. A day is the platform's own, in `day_zone`."""

    usd: Decimal | None = None
    usd_a_day: Decimal | None = None
    calls: int | None = None
    calls_a_day: int | None = None
    day_zone: str = "UTC"

    @property
    def any(self) -> bool:
        return any(limit is not None for limit in (self.usd, self.usd_a_day, self.calls, self.calls_a_day))

    @property
    def any_a_day(self) -> bool:
        return self.usd_a_day is not None or self.calls_a_day is not None

    def midnight(self, now: datetime) -> datetime:
        """When the platform's present day began."""
        zone = ZoneInfo(self.day_zone)
        return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is taken of a budget so far, in dollars: `spent` is known, `reserved` was set aside and never answered."""

    limits: Limits
    spent: Decimal
    reserved: Decimal
    calls: int
    today: Decimal
    """Spent and set aside in the platform's present day."""
    calls_today: int

    @property
    def left(self) -> Decimal | None:
        """Dollars that may still be spent today; None: no limit in dollars."""
        rests = [
            limit - taken
            for limit, taken in (
                (self.limits.usd, self.spent + self.reserved),
                (self.limits.usd_a_day, self.today),
            )
            if limit is not None
        ]
        return max(min(rests), Decimal(0)) if rests else None

    @property
    def calls_left(self) -> int | None:
        """Requests that may still be sent today; None: no limit."""
        rests = [
            limit - taken
            for limit, taken in ((self.limits.calls, self.calls), (self.limits.calls_a_day, self.calls_today))
            if limit is not None
        ]
        return max(min(rests), 0) if rests else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The purse (`connectors.purse`) of one campaign and platform in one run; threads may share it."""

    engine: Engine
    campaign_name: str
    platform: str
    limits: Limits
    run_id: UUID | None
    clock: Callable[[], datetime]

    def reserve(self, most: Decimal) -> int | None:
        """Set aside one request and at most so many dollars, in a transaction of its own. Raises `QuotaSpent`.

        None: without a limit, what costs nothing needs no ticket.
        """
        if not self.limits.any and not most:
            return None
        return ledger.retrying(self.engine, lambda connection: self._reserve(connection, most))

    def settle(self, ticket: object, cost: Decimal) -> None:
        """What the request cost in truth. A second time changes nothing."""
        if ticket is not None:
            ledger.retrying(self.engine, lambda connection: self._settle(connection, ticket, cost))

    def _reserve(self, connection: Connection, most: Decimal) -> int:
        now = self.clock()
        limits = {name: getattr(self.limits, name) for name in (*MONEY, *CALLS, ZONE)}
        so_far = connection.execute(text(OPEN), {**self._whose, **limits}).one()
        today = _today(connection, self._whose, self.limits, now) if self.limits.any_a_day else so_far
        if refusal := self._refusal(so_far, today, most):
            raise QuotaSpent(refusal)
        values = {**self._whose, "run_id": self.run_id, "now": now, "most": most}
        return int(connection.execute(text(RESERVE), values).scalar_one())

    def _settle(self, connection: Connection, ticket: object, cost: Decimal) -> None:
        connection.execute(text(LOCK), self._whose)  # the same order of locks as in `_reserve`
        connection.execute(text(SETTLE), {**self._whose, "ticket": ticket, "cost": cost, "now": self.clock()})

    @property
    def _whose(self) -> dict[str, str]:
        return {"campaign": self.campaign_name, "platform": self.platform}

    def _refusal(self, ever: Row[Any], today: Row[Any], most: Decimal) -> str | None:
        """Which limit the next request would break, as a sentence; None if there is enough left."""
        for name, taken, more in (
            ("usd", ever.committed, most),
            ("usd_a_day", today.committed, most),
            ("calls", ever.requested, 1),
            ("calls_a_day", today.requested, 1),
        ):
            limit = getattr(self.limits, name)
            if limit is not None and more and taken + more > limit:
                return self._sentence(name, taken, limit, more)
        return None

    def _sentence(self, name: str, taken: Decimal | int, limit: Decimal | int, more: Decimal | int) -> str:
        today = " of today" if name.endswith("_a_day") else ""
        wait = f", or wait for the next day ({self.limits.day_zone})" if today else ""
        what = f"{taken} of {limit} calls{today} are made."
        if not isinstance(limit, int):
            spent = f"Up to {dollars(taken)} of {dollars(limit)}{today} is spent"
            what = f"{spent}, the next request may cost {dollars(more)}."
        raise_it = f"Raise {name} in [platforms.{self.platform}.budget] of its file{wait}."
        return f"The campaign's budget for {self.platform} is used up: {what} {raise_it}"


def limits_of(table: Mapping[str, Any], day_zone: str = "UTC") -> Limits:
    """The limits of a `[platforms.NAME.budget]` without a `problem`; `day_zone` where it names none."""
    money = {name: Decimal(str(table[name])) for name in MONEY if name in table}
    return Limits(
        usd=money.get("usd"),
        usd_a_day=money.get("usd_a_day"),
        calls=table.get("calls"),
        calls_a_day=table.get("calls_a_day"),
        day_zone=table.get(ZONE, day_zone),
    )


def problem(table: object) -> str | None:
    """What cannot be meant in a `[platforms.NAME.budget]`, as the end of a sentence that names the place."""
    names = (*MONEY, *CALLS, ZONE)
    if not isinstance(table, Mapping):
        return "budget must be a table of its own, such as { usd = 20.00, usd_a_day = 2.00 }."
    for name, value in table.items():
        if name not in names:
            close = difflib.get_close_matches(str(name), names, n=1)
            meant = f"is {close[0]} meant?" if close else f"there are {', '.join(names)}."
            return f"{name} is no limit that a budget can have: {meant}"
        if name in MONEY and not _is_amount(value):
            return f"{name} must be an amount of US dollars, 0 or more, such as 20.00."
        if name in CALLS and not (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
            return f"{name} must be a whole number of requests, 0 or more."
        if name == ZONE and not _is_zone(value):
            return f'{name} must be a name of the time zone database, such as "America/Los_Angeles".'
    return None


def standing(
    connection: Connection, campaign_name: str, platform: str, now: datetime, limits: Limits | None = None
) -> Standing:
    """What is taken of the budget; `limits` as the campaign file gives them, else as the last run knew them."""
    whose = {"campaign": campaign_name, "platform": platform}
    row = connection.execute(text(STANDING), whose).one_or_none()
    if limits is None:
        limits = Limits() if row is None else Limits(**{name: row._mapping[name] for name in (*MONEY, *CALLS, ZONE)})
    today = _today(connection, whose, limits, now)
    reserved = row.reserved if row else Decimal(0)
    return Standing(
        limits=limits,
        spent=row.committed - reserved if row else Decimal(0),
        reserved=reserved,
        calls=row.requested if row else 0,
        today=today.committed,
        calls_today=today.requested,
    )


def dollars(amount: Decimal | int) -> str:
    """For people: cents, or what is smaller if there is anything smaller."""
    exact = Decimal(amount)
    short = exact.quantize(Decimal("0.01"))
    return f"${short if short == exact else exact.normalize():f}"


def _today(connection: Connection, whose: Mapping[str, str], limits: Limits, now: datetime) -> Row[Any]:
    values = {**whose, "midnight": limits.midnight(now), "longest": LONGEST_EXCHANGE}
    return connection.execute(text(TODAY), values).one()


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12


def _is_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
