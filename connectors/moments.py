"""Times as platforms write them, turned into aware UTC datetimes.

Seen: ISO-8601 with `Z`, `+00:00` or `+0000`, with and without fractions; without offset; X's v1.1 form
(`Tue Feb 03 10:00:00 +0000 2026`); epoch seconds and milliseconds; and nonsense (year 0000, 0001, 9999).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Nobody posted on these platforms outside this span; a time beyond it is a defect of the sender."""

_V11 = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MILLISECONDS = 10**11


def moment(value: object, *, naive_is_utc: bool = True) -> datetime | None:
    """The time, or None where it cannot be read or cannot be true.

    Without offset it is UTC where whoever wrote it defines it so, and else unknown.
    """
    try:
        read = _read(value)
        if read is None or not (read.tzinfo or naive_is_utc):
            return None
        utc = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return utc if EARLIEST <= utc < LATEST else None


def _read(value: object) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float) or (isinstance(value, str) and value.isascii() and value.isdigit()):
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS else number, UTC)
    if not isinstance(value, str):
        return None
    v11 = _V11.fullmatch(value)
    return _v11(v11) if v11 else datetime.fromisoformat(value)


def _v11(match: re.Match[str]) -> datetime:
    month, day, hour, minute, second, sign, zone_hours, zone_minutes, year = match.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    zone = timezone(-offset if sign == "-" else offset)
    numbers = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
    return datetime(*numbers, tzinfo=zone)
