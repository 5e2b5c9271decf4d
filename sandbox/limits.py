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
    _used: dict[tuple[str, int], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, limit: Limit, now: datetime) -> Standing:
        """Count one request against a limit and tell where it stands."""
        window = int(now.timestamp()) // limit.seconds
        with self._lock:
            used = self._used.get((limit.name, window), 0) + 1
            self._used = {key: count for key, count in self._used.items() if key[1] >= window or key[0] != limit.name}
            self._used[limit.name, window] = used
        reset_at = datetime.fromtimestamp(window * limit.seconds, UTC) + timedelta(seconds=limit.seconds)
        return Standing(limit=limit.requests, remaining=limit.requests - used, reset_at=reset_at)
