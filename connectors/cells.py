"""What people type into a cell: a time, a count, a list of words, a name."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LARGEST_COUNT = 2**63 - 1
MANGLED = r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+"


def moment(cell: str, zone: str) -> tuple[datetime, tuple[str, ...]]:
    """An ISO time in UTC and what was odd about it; a time without an offset is the clock's in `zone`.

    Raises ValueError with a sentence that does not repeat the cell.
    """
    try:
        read = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError("is not an ISO time such as 2026-02-03T18:30 or 2026-02-03T18:30+05:30") from None
    flags: tuple[str, ...] = ()
    if regex.fullmatch(r"\d{4}-?\d{2}-?\d{2}", cell):
        read, flags = datetime.combine(read.date(), time(12)), ("time_of_day_unknown",)
    if read.tzinfo is None:
        read = read.replace(tzinfo=_zone(zone))
        if read.utcoffset() != read.replace(fold=1).utcoffset():
            flags += ("clock_change",)
    try:
        in_utc = read.astimezone(UTC)
    except OverflowError:
        in_utc = LAST
    if not FIRST <= in_utc < LAST:
        raise ValueError("is outside of the years 2000 to 2099")
    return in_utc, flags


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("has no offset, and entered_tz is no zone of the tz database such as Europe/London") from None


def count(cell: str) -> int | None:
    """`1234`, `1,234`, `1 234` and `1.2K`; None where the cell is anything else."""
    text = regex.sub(r"[\s']", "", unicodedata.normalize("NFKC", cell)).lower()
    if regex.fullmatch(r"\d{1,3}(?:[.,]\d{3})+|\d{1,19}", text):
        read = int(regex.sub(r"[.,]", "", text))
    elif found := regex.fullmatch(r"(\d{1,6})(?:[.,](\d{1,3}))?([km])", text):
        thousandths = int(found[1]) * 1000 + int((found[2] or "0").ljust(3, "0"))
        read = thousandths * (1000 if found[3] == "m" else 1)
    elif regex.fullmatch(r"\d{1,15}[.,]0", text):
        read = int(text[:-2])
    else:
        return None
    return read if read <= LARGEST_COUNT else None


def words(cell: str) -> list[str]:
    """The words of a cell that holds several, whichever sign parts them."""
    return [word for word in regex.split(r"[\s,;|]+", cell) if word]


def plain(cell: str) -> str:
    """A name or text in the form in which two are compared: NFKC, case-folded, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", cell).casefold().split())


def is_mangled(cell: str) -> bool:
    """Whether a spreadsheet program has made a rounded number of an id (`1.23457E+18`), alone or in an address."""
    return bool(regex.fullmatch(MANGLED, cell) or regex.search(r"[/=]\d[.,]\d+[eE]\+?\d+(?:$|[/?&#])", cell))
