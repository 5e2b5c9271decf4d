"""Clusters that grow, and what must not come together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.clustering.conftest import make
from warehouse.clustering.joining import Clusters

SIZE = 8
PAIRS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda pair: pair[0] != pair[1]))


@given(separate=PAIRS, joins=PAIRS)
def test_separated_is_what_any_decision_says_of_any_two_items(
    separate: list[tuple[int, int]], joins: list[tuple[int, int]]
) -> None:
    """Also of clusters that have grown since; and no decision is joined over."""
    clusters = Clusters([make(n) for n in range(SIZE)], separate)
    for one, other in joins:
        clusters.join(one, other)
        groups = [set(group) for group in clusters.members()]
        for group in groups:
            for rest in groups:
                apart = any((a in group and b in rest) or (b in group and a in rest) for a, b in separate)
                assert clusters.are_separated(min(group), max(rest)) == (apart and group is not rest)


def test_asking_does_not_go_through_all_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two look-ups, however many pairs were separated."""
    clusters = Clusters([make(n) for n in range(500)], [(0, n) for n in range(1, 499)])
    asked, find = [], Clusters.find
    monkeypatch.setattr(Clusters, "find", lambda self, index: asked.append(index) or find(self, index))
    assert clusters.are_separated(498, 0)
    assert not clusters.are_separated(0, 499)
    assert len(asked) <= 4
