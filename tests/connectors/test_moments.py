from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.moments import moment

THEN = datetime(2026, 2, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-03T10:00:00.000Z",
        "2026-02-03T10:00:00+0000",
        "2026-02-03T11:00:00+01:00",
        "2026-02-03T10:00:00",
        "Tue Feb 03 10:00:00 +0000 2026",
        "Tue Feb 03 05:00:00 -0500 2026",
        1770112800,
        1770112800000,
        "1770112800",
    ],
)
def test_all_spellings_are_one_moment(written: object) -> None:
    """Whatever a platform writes, it is the same aware time in UTC."""
    assert moment(written) == THEN


@pytest.mark.parametrize(
    "written",
    ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "", "soon", None, True, [], 1e300],
)
def test_what_cannot_be_true_is_unknown(written: object) -> None:
    """Impossible times are None, not a crash and not a date in a chart."""
    assert moment(written) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes().map(str)))
def test_any_value_is_a_moment_or_none(written: Any) -> None:
    """No value crashes us; what comes out is aware."""
    read = moment(written)
    assert read is None or read.tzinfo is UTC
