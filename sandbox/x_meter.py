"""What X charges, counted by X itself: what a collector thinks it has spent is judged by this.

Truth: docs.x.com (getting-started/pricing, 2026-04-16). A post or user costs once in a UTC day, however often it is
asked for; a count costs each time; an answer that never arrived was given all the same and costs the same; a refused
request costs nothing. Credit is prepaid: the answer that uses it up is still given, and then everything is 402.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, Literal

Resource = Literal["post", "user"]
PRICES: dict[Resource, Decimal] = {"post": Decimal("0.005"), "user": Decimal("0.010")}
COUNTS = {"recent": Decimal("0.005"), "all": Decimal("0.010")}
"""A request."""


@dataclass(slots=True)
class Meter:
    """US dollars. One for each place that charges."""

    credit: Decimal | None = None
    """What was prepaid; None: as much as anybody wants."""
    _charged: set[tuple[date, Resource, str]] = field(default_factory=set)
    _spent: dict[date, Decimal] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def charge(self, now: datetime, kind: Resource, ids: Iterable[str]) -> None:
        """Posts or users that an answer holds."""
        day = now.astimezone(UTC).date()
        with self._lock:
            new = {(day, kind, one) for one in ids} - self._charged
            self._charged |= new
            self._add(day, PRICES[kind] * len(new))

    def charge_request(self, now: datetime, price: Decimal) -> None:
        with self._lock:
            self._add(now.astimezone(UTC).date(), price)

    def spent(self, day: date | None = None) -> Decimal:
        """In a UTC day; without one, ever."""
        with self._lock:
            return sum(self._spent.values(), Decimal(0)) if day is None else self._spent.get(day, Decimal(0))

    def posts(self) -> int:
        """Post reads so far, as the usage endpoint tells them."""
        with self._lock:
            return sum(kind == "post" for _, kind, _ in self._charged)

    @property
    def is_used_up(self) -> bool:
        return self.credit is not None and self.spent() >= self.credit

    def clear(self) -> None:
        """As if nobody had asked anything. The credit stays as it was set."""
        with self._lock:
            self._charged.clear()
            self._spent.clear()

    def told(self) -> dict[str, Any]:
        """For the control endpoint; dollars as strings, because they are exact."""
        with self._lock:
            days = {day.isoformat(): str(spent) for day, spent in sorted(self._spent.items())}
        return {
            "credit": None if self.credit is None else str(self.credit),
            "spent": str(self.spent()),
            "days": days,
            "posts": self.posts(),
        }

    def _add(self, day: date, price: Decimal) -> None:
        self._spent[day] = self._spent.get(day, Decimal(0)) + price
