"""What people type into a cell is read, or said to be unreadable; never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0", 0),
        ("1,234", 1234),
        ("1.234", 1234),
        ("1 234 567", 1234567),
        ("1\u202f234", 1234),
        ("1.2K", 1200),
        ("1,2k", 1200),
        ("3M", 3_000_000),
        ("12.0", 12),
        ("٣", 3),
        ("", None),
        ("-5", None),
        ("1.23457E+18", None),
        ("many", None),
        ("1,23", None),
        ("9999999999999999999", None),
    ],
)
def test_counts(cell: str, value: int | None) -> None:
    """Thousands may be parted or shortened; what is no count is unknown, not 0."""
    assert cells.count(cell) == value


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_count_survives_being_written_with_separators(number: int) -> None:
    """`1,234` is 1234 for every count that the warehouse can hold."""
    assert cells.count(str(number)) == number
    assert cells.count(f"{number:,}") == number


def test_a_time_without_an_offset_is_the_clocks_in_the_zone() -> None:
    """Two clerks in two zones write the same moment differently."""
    assert cells.moment("2026-02-03 18:30", "Asia/Kolkata")[0] == datetime(2026, 2, 3, 13, 0, tzinfo=UTC)
    assert cells.moment("2026-02-03T13:00", "Europe/London")[0] == datetime(2026, 2, 3, 13, 0, tzinfo=UTC)
    assert cells.moment("2026-02-03T18:30+05:30", "no zone")[0] == datetime(2026, 2, 3, 13, 0, tzinfo=UTC)


def test_a_date_alone_is_noon_and_says_so() -> None:
    """Noon stays on its day in almost every zone."""
    moment, flags = cells.moment("2026-02-03", "Europe/London")
    assert moment == datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
    assert flags == ("time_of_day_unknown",)


def test_the_hour_that_a_clock_shows_twice_is_flagged() -> None:
    """Africa/Juba went back an hour as #ITP28 began there."""
    assert cells.moment("2021-01-31T23:30", "Africa/Juba")[1] == ("clock_change",)
    assert cells.moment("2021-01-31T21:30", "Africa/Juba")[1] == ()


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "03/02/2026 10:00",
        "3 Feb",
        "2026-02-30",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "1770110000",
        "0001-01-01T00:00+14:00",
    ],
)
def test_other_times_are_refused(cell: str) -> None:
    """Day and month are never guessed, nor is an impossible year."""
    with pytest.raises(ValueError, match=r"ISO time|outside"):
        cells.moment(cell, "Europe/London")


@pytest.mark.parametrize("zone", ["", "GMT+25", "../etc/passwd", "/etc/passwd", "London", "Europe"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    """The sentence names the column that must be filled in."""
    with pytest.raises(ValueError, match="entered_tz"):
        cells.moment("2026-02-03T10:00", zone)


def test_ids_that_a_spreadsheet_rounded_are_seen() -> None:
    """Alone or in an address; an id that merely holds an `e` is not one."""
    assert cells.is_mangled("1.23457E+18")
    assert cells.is_mangled("1,23457E+18")
    assert cells.is_mangled("1e10")
    assert cells.is_mangled("https://x.com/ana/status/1.23457E+18")
    assert not cells.is_mangled("https://www.facebook.com/ana/posts/pfbid02e5abc")
    assert not cells.is_mangled("https://www.instagram.com/p/C4e12abc/")
