"""The world's clock: it stands still until somebody sets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock


@dataclass(slots=True)
class Clock:
    _now: datetime
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> datetime:
        return self._now

    __call__ = now

    def set(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("The sandbox's clock needs a time with a zone.")
        with self._lock:
            self._now = moment

    def advance(self, seconds: float) -> None:
        """Also usable as a `sleep` that takes no time."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
