"""How long a server asks us to wait, read from its headers.

The forms seen: epoch seconds (X), ISO-8601 (Mastodon), `Retry-After` as seconds or as an HTTP date (RFC 9110 §10.2.3),
`ratelimit-reset` (Bluesky: epoch; IETF draft: seconds from now), and any of them twice, joined by ", ".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HEADERS = ("retry-after", "x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
ABSURD = 48 * 3600.0
"""No platform's window is longer than a day; a wait beyond this many seconds is taken for nonsense."""
ROUNDING = 2.0
"""A reset up to this many seconds in the past means "now": headers carry whole seconds."""
SMALLEST_EPOCH = 1e9


def wait_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """The longest wait that the headers ask for, from `now` on; None where nothing usable is asked."""
    asked = {name.lower(): value for name, value in headers.items()}
    waits = (_wait(asked[name], now) for name in HEADERS if name in asked)
    return max((wait for wait in waits if wait is not None), default=None)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """When the server says that it answered."""
    return next((_date(value) for name, value in headers.items() if name.lower() == "date"), None)


def _wait(value: str, now: datetime) -> float | None:
    for written in (value, *value.split(",")):
        seconds = _seconds(written.strip(), now)
        if seconds is not None and -ROUNDING <= seconds <= ABSURD:
            return max(seconds, 0.0)
    return None


def _seconds(written: str, now: datetime) -> float | None:
    try:
        number = float(written)
    except ValueError:
        moment = _iso(written) or _date(written)
        return None if moment is None else (moment - now).total_seconds()
    if not math.isfinite(number) or number < 0:
        return None
    return number - now.timestamp() if number >= SMALLEST_EPOCH else number


def _iso(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return _aware(moment)


def _date(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):  # what the standard library raises on odd dates
        return None
    return _aware(moment)


def _aware(moment: datetime) -> datetime:
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
