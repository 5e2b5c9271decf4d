"""Figures of the whole network, against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.ties import simulated
from warehouse.ties.network import Network, among, figures


@given(st.integers(1, 15), st.sets(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40))
def test_figures_are_those_of_networkx(people: int, drawn: set[tuple[int, int]]) -> None:
    """Isolates, reciprocity, density, weak components and the largest of them, also without any tie."""
    ties = [(one, other) for one, other in drawn if one != other and max(one, other) < people]
    source, target = np.array(ties, dtype=np.int64).reshape(-1, 2).T
    found = figures(Network(people=people, source=source, target=target))
    graph = nx.DiGraph(ties)
    graph.add_nodes_from(range(people))
    parts = list(nx.weakly_connected_components(graph))
    assert (found.nodes, found.dyads, found.components) == (people, len(ties), len(parts))
    assert found.isolates == nx.number_of_isolates(graph)
    assert found.largest_share == pytest.approx(max(map(len, parts)) / people)
    assert found.reciprocity == (pytest.approx(nx.overall_reciprocity(graph)) if ties else None)
    assert found.density == (pytest.approx(nx.density(graph)) if people > 1 else None)


def test_a_long_chain_is_one_component() -> None:
    """However its ties are ordered."""
    ends = np.random.default_rng(1).permutation(2_000)
    found = figures(Network(people=2_000, source=ends[:-1], target=ends[1:]))
    assert (found.components, found.isolates) == (1, 0)


def test_the_reference_campaign() -> None:
    """metrics.md g.3: reciprocity is the share of ties that are returned."""
    before, during = (figures(simulated.network(window)) for window in ("baseline", "campaign"))
    assert (before.dyads, before.isolates, during.dyads, during.isolates) == (60, 7, 240, 0)
    assert before.reciprocity == pytest.approx(0.0667, abs=5e-5)
    assert during.reciprocity == pytest.approx(0.1083, abs=5e-5)


def test_the_network_of_some_keeps_their_ties_only() -> None:
    """People are numbered anew in their order."""
    network = Network(people=4, source=np.array([0, 1, 3, 3]), target=np.array([1, 3, 1, 2]))
    part = among(network, np.array([False, True, True, True]))
    assert part.people == 3
    assert list(zip(part.source.tolist(), part.target.tolist(), strict=True)) == [(0, 2), (2, 0), (2, 1)]
