"""The kit is worth something: each seeded defect is noticed by the check that is named for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.connectors.kit.bench import Bench, bench_of
from tests.connectors.kit.broken import Defect, defects
from tests.connectors.test_conformance import CHECKS

CAUGHT: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module")
def benches() -> Iterator[Callable[[str], Bench]]:
    with ExitStack() as stack:
        open_ones: dict[str, Bench] = {}

        def of(platform: str) -> Bench:
            if platform not in open_ones:
                open_ones[platform] = stack.enter_context(bench_of(platform))
            return open_ones[platform]

        yield of


@pytest.fixture(scope="module", autouse=True)
def table(pytestconfig: pytest.Config) -> Iterator[None]:
    """Which defect is noticed by which check, for the reader of the tests' output (`pytest -s`)."""
    yield
    for name, platform, check in CAUGHT:
        sys.stdout.write(f"\n{name:34} {platform:10} {check}")


def each() -> Iterator[Any]:
    """One of each platform every day, all of them in the long run."""
    met = set[str]()
    for defect in defects():
        marks = (pytest.mark.full,) if defect.platform in met else ()
        met.add(defect.platform)
        yield pytest.param(defect, id=f"{defect.platform}: {defect.name}", marks=marks)


@pytest.mark.parametrize("defect", list(each()))
def test_the_defect_is_noticed(benches: Callable[[str], Bench], defect: Defect) -> None:
    """The check fails on the broken copy; that it passes on the real connector is `test_conformance`."""
    bench = benches(defect.platform)
    bench.reset()
    with pytest.raises(AssertionError):
        CHECKS[defect.check](bench.with_connector(defect.copy(bench.connector)))
    CAUGHT.append((defect.name, defect.platform, defect.check))


def test_the_defects_are_many_and_spread() -> None:
    """At least 24 kinds, over at least five platforms."""
    assert len({defect.name for defect in defects()}) >= 24
    assert len({defect.platform for defect in defects()}) >= 5
