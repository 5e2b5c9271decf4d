from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.limits import ABSURD, HEADERS, server_time, wait_seconds

NOW = datetime(2026, 2, 3, 10, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
LATER = format_datetime(NOW + timedelta(seconds=90), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-rate-limit-reset": str(EPOCH + 90)}, 90),
        ({"X-RateLimit-Reset": "2026-02-03T10:01:30.000000Z"}, 90),
        ({"X-RateLimit-Reset": "2026-02-03T11:01:30+01:00"}, 90),
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": LATER}, 90),
        ({"ratelimit-reset": str(EPOCH + 90)}, 90),
        ({"ratelimit-reset": "90"}, 90),
        ({"retry-after": "90, 90"}, 90),
        ({"retry-after": f"{LATER}, {LATER}"}, 90),
        ({"x-rate-limit-reset": f"{EPOCH + 90}, {EPOCH + 90}"}, 90),
        ({"retry-after": "5", "x-rate-limit-reset": str(EPOCH + 90)}, 90),
        ({"x-rate-limit-reset": str(EPOCH - 1)}, 0),
        ({"x-rate-limit-reset": str(EPOCH - 3600)}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"x-rate-limit-reset": "99999999999999999999"}, None),
        ({"x-rate-limit-reset": "2999-01-01T00:00:00Z"}, None),
        ({"date": LATER}, None),
        ({}, None),
    ],
)
def test_every_form_of_a_reset_is_read(headers: dict[str, str], expected: float | None) -> None:
    """All forms that platforms send mean the same wait; nonsense means no answer rather than a wrong one."""
    assert wait_seconds(headers, NOW) == expected


@given(st.dictionaries(st.sampled_from(HEADERS), st.text() | st.floats().map(str) | st.integers().map(str)))
def test_whatever_a_server_writes_the_wait_is_none_or_within_bounds(headers: dict[str, str]) -> None:
    """No header can crash us, make us spin or make us wait for days."""
    wait = wait_seconds(headers, NOW)
    assert wait is None or 0 <= wait <= ABSURD


@given(st.integers(0, int(ABSURD)))
def test_all_forms_agree(seconds: int) -> None:
    """Epoch, ISO, seconds and date lead to the same wait."""
    then = NOW + timedelta(seconds=seconds)
    forms = (str(int(then.timestamp())), then.isoformat(), str(seconds), format_datetime(then, usegmt=True))
    assert {wait_seconds({"retry-after": form}, NOW) for form in forms} == {float(seconds)}


def test_the_servers_own_clock_is_read() -> None:
    """A reset is relative to the server's clock, which its Date header tells."""
    assert server_time({"Date": LATER}) == NOW + timedelta(seconds=90)
    assert server_time({"Date": "yesterday"}) is None
    assert server_time({}) is None
