"""A platform that is ill, or does not want us: the right error, in bounded time."""

from __future__ import annotations

import re
import time
from typing import Any

from connectors.errors import AccessDenied, BadAnswer, ConnectorError, QuotaSpent, RateLimited, Unavailable
from connectors.records import Member
from tests.connectors.kit.bench import IMPATIENT, QUICK, Bench, Reading
from tests.connectors.kit.wire import exchanges

LONGEST = 10.0
"""Seconds in which a reading must have ended, whatever the platform does."""
TRIES = 20
"""Requests after which one that is refused must not be sent again."""
RESETS = ("epoch", "iso", "seconds", "date", "doubled", "missing", "past", "absurd")


def check_a_refusal_of_access_ends_at_once(bench: Bench) -> None:
    """401 and 403 are for a person to settle."""
    for status in (401, 403):
        for first in (1, 2):
            reading = _with_fault(bench, "status", status=status, first=first)
            name = type(reading.error).__name__
            assert isinstance(reading.error, AccessDenied), f"{status} from request {first} on: {name}, {reading.error}"
            assert reading.transport.requests <= TRIES, f"{status} is asked again {reading.transport.requests} times"


def check_a_spent_quota_ends_at_once(bench: Bench) -> None:
    """402 is no limit that goes away by waiting."""
    reading = _with_fault(bench, "status", status=402, first=2)
    assert isinstance(reading.error, QuotaSpent), f"402: {type(reading.error).__name__}"
    assert not isinstance(reading.error, RateLimited)
    assert reading.transport.requests <= TRIES, "402 is asked again and again"


def check_a_limit_is_waited_for(bench: Bench) -> None:
    """Whatever form the reset has: one limit costs nothing, or stops with a sentence where it is absurd or untold."""
    clean = bench.keys(bench.longest.pages)
    for reset in RESETS:
        reading = _with_fault(bench, "rate_limited", times=1, first=2, reset=reset)
        if reading.error is not None:
            assert isinstance(reading.error, Unavailable | QuotaSpent), f"429, reset {reset}: {reading.error}"
        else:
            found = bench.keys(reading.pages)
            assert found == clean, f"429 once, reset {reset}: {len(clean - found)} posts lost"


def check_a_limit_for_ever_ends(bench: Bench) -> None:
    """It is told as a limit, after a few tries."""
    for reset in ("epoch", "missing", "past", "absurd"):
        reading = _with_fault(bench, "rate_limited", first=2, reset=reset)
        assert isinstance(reading.error, RateLimited | QuotaSpent), f"429 for ever: {type(reading.error).__name__}"
        assert reading.transport.requests <= TRIES, "a limit is asked again and again"


def check_trouble_once_costs_nothing(bench: Bench) -> None:
    """A server error, a web page, half an answer, a lost connection: asked again, all is there."""
    clean = bench.keys(bench.longest.pages)
    for kind, options in _ONCE:
        reading = _with_fault(bench, kind, times=1, first=2, **options)
        assert reading.error is None, f"{kind} once: {reading.error}"
        found = bench.keys(reading.pages)
        assert found == clean, f"{kind} once: {len(clean - found)} posts lost"


def check_trouble_for_ever_ends(bench: Bench) -> None:
    """It is told as trouble of theirs, soon."""
    for kind, options in _ONCE:
        reading = _with_fault(bench, kind, first=2, **options)
        assert isinstance(reading.error, Unavailable | BadAnswer), f"{kind} for ever: {type(reading.error).__name__}"
        assert reading.transport.requests <= TRIES, f"{kind} for ever: {reading.transport.requests} requests"


def check_nonsense_is_no_empty_answer(bench: Bench) -> None:
    """`{}`, `null` and an empty body are no page without posts."""
    for body in ("", "null", "{}", '"text"'):
        reading = _with_fault(bench, "body", first=2, body=body)
        assert isinstance(reading.error, ConnectorError), f"the answer {body!r} is taken for the end"


def check_a_hang_ends(bench: Bench) -> None:
    """A server that never answers is left in good time."""
    query = bench.longest.query
    bench.reset()
    bench.sandbox.faults.plant("", "hang", first=2)
    began = time.monotonic()
    reading = bench.read(query, patience=IMPATIENT)
    took = time.monotonic() - began
    assert isinstance(reading.error, Unavailable), f"a hang: {type(reading.error).__name__}"
    assert took < LONGEST, f"a hang takes {took:.0f} s"


def check_one_member_costs_that_member(bench: Bench) -> None:
    """Somebody on the roster who is not there any more costs nobody else's posts, and is told of without a name."""
    if not any(query.members for query in bench.queries()):
        return
    stranger = Member(handle=_unheard_of(bench))
    expected, queries = bench.queries(), bench.queries((*bench.members, stranger))
    for before, query in zip(expected, queries, strict=True):
        if not query.members:
            continue
        clean = next(reading for reading in bench.clean if reading.query == before)
        bench.reset()
        reading = bench.read(query)
        assert reading.error is None, f"one member who is not there: {reading.error}"
        lost = bench.keys(clean.pages) - bench.keys(reading.pages)
        assert not lost, f"one member who is not there costs {len(lost)} posts of others"
        said = " ".join(reading.transport.warnings)
        assert stranger.handle is not None
        assert stranger.handle not in said, "a warning names a member"
        if stranger in query.members and _is_asked_for(bench, reading, stranger):
            assert said, "a member who cannot be read is passed over in silence"


def _unheard_of(bench: Bench) -> str:
    """A handle of the form that this platform's have."""
    model = next(member.handle for member in bench.members if member.handle)
    return model.replace(re.split("[.@]", model)[0], "nobodyatall", 1)


def _is_asked_for(bench: Bench, reading: Reading, member: Member) -> bool:
    name = (member.handle or "").partition("@")[0]
    asked = [one.asked for one in exchanges(bench, reading)]
    return any(name in one.path or name in str(one.query) for one in asked)


def _with_fault(bench: Bench, kind: str, **options: Any) -> Reading:
    query = bench.longest.query
    bench.reset()
    bench.sandbox.faults.plant("", kind, **options)
    return bench.read(query, patience=QUICK)


_ONCE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status", {"status": 500}),
    ("status", {"status": 503}),
    ("html", {}),
    ("truncated", {}),
    ("drop", {}),
)
