"""What can go wrong at a simulated platform, as data: which place, from which request on, how often, what.

A fault counts the requests to its place from the moment it is planted; `first=3, times=1` spoils the third one only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

KINDS = {
    "rate_limited": "429; `reset`: epoch, iso, seconds, date, doubled, missing, past, absurd; `wait`: seconds",
    "status": "`status` in the platform's own words, e.g. 500, 401, 402, 403; `code`: e.g. usage-capped (X, with 429)",
    "hang": "the request is accepted and never answered",
    "drip": "one byte of the answer each second",
    "drop": "the connection is closed without an answer",
    "html": "a web page with status 200",
    "truncated": "half of the answer, without Content-Length",
    "body": "status 200 with the bytes of `body`: empty, null, {}",
    "same_page": "the first page spoiled so is given for ever, and always promises a next one",
    "bad_record": "one more record in the page, or one changed; `how`: missing_id, wrong_type, null, deep, surrogate",
    "redirect": "302 to another host",
    "bent": "what the function `by` makes of (place, asked, now): an answer; not over the control endpoint",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    at: str
    """A place, or the start of its name: `x`, `mastodon`, `mastodon/north.example`, `` for all."""
    kind: str
    first: int = 1
    times: int | None = None
    """None: for ever."""
    options: Mapping[str, Any] = field(default_factory=dict)
    asked: int = 0
    hit: int = 0
    kept: dict[Any, Any] = field(default_factory=dict)
    """What a fault has to remember between requests (`same_page`)."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault '{self.kind}'. There are: {', '.join(KINDS)}.")

    def concerns(self, place: str) -> bool:
        return place == self.at or place.startswith(self.at + "/") or not self.at

    def due(self) -> bool:
        """Count one request; whether it is one to spoil."""
        self.asked += 1
        spoil = self.asked >= self.first and (self.times is None or self.hit < self.times)
        self.hit += spoil
        return spoil


@dataclass(slots=True)
class Faults:
    planted: list[Fault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def plant(self, at: str, kind: str, *, first: int = 1, times: int | None = None, **options: Any) -> Fault:
        fault = Fault(at=at, kind=kind, first=first, times=times, options=options)
        with self._lock:
            self.planted.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.planted.clear()

    def next(self, place: str) -> Fault | None:
        """The fault that spoils this request, if any. Every fault of the place counts the request."""
        with self._lock:
            due = [fault for fault in self.planted if fault.concerns(place) and fault.due()]
        return due[0] if due else None
