"""Rate limits in fixed windows of the simulated clock, as rack-attack and X count them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    name: str
    requests: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    limit: int
    remaining: int
    """Below zero: this request is one too many."""
    reset_at: datetime


@dataclass(slots=True)
class Windows:
    """What has been used at every place. One for the whole world, so that it can be forgotten at once."""

    _used: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def clear(self) -> None:
        with self._lock:
            self._used.clear()

    def take(self, place: str, limit: Limit, now: datetime) -> Standing:
        """Count one request against a limit and tell where it stands."""
        window = int(now.timestamp()) // limit.seconds
        key = (place, limit.name, window)
        with self._lock:
            used = self._used[key] = self._used.get(key, 0) + 1
        reset_at = datetime.fromtimestamp(window * limit.seconds, UTC) + timedelta(seconds=limit.seconds)
        return Standing(limit=limit.requests, remaining=limit.requests - used, reset_at=reset_at)
