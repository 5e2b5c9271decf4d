"""Ties within and between groups, by the worked example, against networkx, and by what must hold of any network."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.ties import mixing
from warehouse.ties.chance import by_chance, internal_ties, relabelings
from warehouse.ties.network import Network, Numbers

Example = tuple[Network, Numbers]


def matrix(network: Network, labels: Numbers) -> Numbers:
    return mixing.observed(network, labels, int(labels.max()) + 1)


def size(labels: Numbers) -> Numbers:
    return mixing.sizes(labels, int(labels.max()) + 1)


@st.composite
def labelled(draw: Any) -> Example:
    people = draw(st.integers(4, 12))
    pairs = [(one, other) for one in range(people) for other in range(people) if one != other]
    ties = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=30, unique=True))
    labels = draw(st.lists(st.integers(0, 3), min_size=people, max_size=people))
    source, target = np.array(ties).T
    return Network(people=people, source=source, target=target), np.unique(labels, return_inverse=True)[1]


def test_the_worked_example(example: Example) -> None:
    """Half of the links cross years, chance would have had three quarters of them do so."""
    network, labels = example
    found = matrix(network, labels)
    assert found.tolist() == [[3, 2, 1], [1, 2, 1], [1, 0, 1]]
    assert mixing.ei(found) == 0
    assert mixing.expected_ei(size(labels)) == 0.5
    assert mixing.assortativity(found) == pytest.approx(0.2174, abs=5e-5)
    assert mixing.configuration_internal(found) == pytest.approx(0.3611, abs=5e-5)
    assert 1 - 2 * mixing.configuration_internal(found) == pytest.approx(0.2778, abs=5e-5)
    assert mixing.coleman(found, size(labels)) == pytest.approx([0.3, 0.3, 0.4167], abs=5e-5)


def test_all_relabelings_of_the_worked_example(example: Example) -> None:
    """All 560 of them: E-I has mean 0.5 and the standard deviation of the closed form, and 34 are as low as it was."""
    network, labels = example
    ways = np.array(sorted(set(permutations(labels.tolist())))).T
    found = 1 - 2 * internal_ties(network, ways) / network.ties
    assert len(found) == 560
    assert found.mean() == pytest.approx(0.5)
    assert found.std() == pytest.approx(mixing.sd_ei(network, size(labels)))
    assert found.std() == pytest.approx(0.2635, abs=5e-5)
    assert (found.min(), found.max()) == (pytest.approx(-1 / 3), 1)
    assert (found <= 1e-9).sum() == 34


def test_chance_finds_the_exact_p_of_the_worked_example(example: Example) -> None:
    """4,999 random relabelings come within three standard errors of 34 / 560, the same ones each time."""
    chance = by_chance(*example)
    assert chance.p_lower == pytest.approx(34 / 560, abs=3 * 0.0034)
    assert chance.p_two_sided <= 2 * chance.p_lower
    assert chance == by_chance(*example) != by_chance(*example, seed=29)


def test_p_is_never_zero(example: Example) -> None:
    """With 9 relabelings, none of which is as extreme, p is 1 / 10."""
    labels = example[1]
    inside = [(one, other) for one in range(8) for other in range(8) if one != other and labels[one] == labels[other]]
    source, target = np.array(inside).T
    chance = by_chance(Network(people=8, source=source, target=target), labels, permutations=9)
    assert (chance.p_lower, chance.p_upper, chance.p_two_sided, chance.p_r) == (0.1, 1.0, 0.2, 0.1)


@given(labelled())
def test_assortativity_is_that_of_networkx(world: Example) -> None:
    """r is networkx's attribute_assortativity_coefficient of a directed graph."""
    network, labels = world
    graph = nx.DiGraph(zip(network.source.tolist(), network.target.tolist(), strict=True))
    nx.set_node_attributes(graph, {node: int(labels[node]) for node in graph}, "group")
    ours = mixing.assortativity(matrix(network, labels))
    if mixing.configuration_internal(matrix(network, labels)) < 1:
        assert ours == pytest.approx(nx.attribute_assortativity_coefficient(graph, "group"))
    else:
        assert np.isnan(ours)


@given(labelled(), st.randoms())
def test_neither_the_order_of_ties_nor_names_of_groups_matter(world: Example, random: Any) -> None:
    """E-I, what is expected of it, its deviation and r stay."""
    network, labels = world
    order = list(range(network.ties))
    random.shuffle(order)
    names = list(range(int(labels.max()) + 1))
    random.shuffle(names)
    other = Network(people=network.people, source=network.source[order], target=network.target[order])
    renamed = np.array(names)[labels]
    for one, two in (
        (mixing.ei(matrix(network, labels)), mixing.ei(matrix(other, renamed))),
        (mixing.expected_ei(size(labels)), mixing.expected_ei(size(renamed))),
        (mixing.sd_ei(network, size(labels)), mixing.sd_ei(other, size(renamed))),
        (mixing.assortativity(matrix(network, labels)), mixing.assortativity(matrix(other, renamed))),
    ):
        assert one == pytest.approx(two, nan_ok=True)


@given(labelled())
def test_the_matrices_sum_to_the_ties(world: Example) -> None:
    """Observed and expected, and the expected one has the E-I that relabeling expects."""
    network, labels = world
    expected = mixing.expected(network.ties, size(labels))
    assert matrix(network, labels).sum() == network.ties == pytest.approx(expected.sum())
    assert mixing.ei(expected) == pytest.approx(mixing.expected_ei(size(labels)))


@given(labelled())
def test_random_relabelings_have_the_mean_and_deviation_of_the_closed_forms(world: Example) -> None:
    """Within five standard errors of 2,000 relabelings."""
    network, labels = world
    drawn = np.concatenate([internal_ties(network, block) for block in relabelings(labels, 2_000, seed=1)])
    found, sd = 1 - 2 * drawn / network.ties, mixing.sd_ei(network, size(labels))
    assert found.mean() == pytest.approx(mixing.expected_ei(size(labels)), abs=5 * sd / 2_000**0.5 + 1e-9)
    assert found.std() == pytest.approx(sd, rel=0.25, abs=0.02)


def test_one_alone_has_no_coleman_index() -> None:
    """Nor has a group without ties out; a group all of whose ties stay within has 1, one that has none within -1."""
    labels = np.array([0, 0, 1, 1, 2, 3, 3])
    network = Network(people=7, source=np.array([0, 2, 4]), target=np.array([1, 0, 0]))
    index = mixing.coleman(matrix(network, labels), size(labels))
    assert index == pytest.approx([1, -1, np.nan, np.nan], nan_ok=True)


def test_many_ties_are_counted_in_parts() -> None:
    """Internal ties of more ties than are compared at once are those of the plain comparison."""
    random = np.random.default_rng(1)
    source, target = random.integers(0, 200, (2, 40_000))
    labels = random.integers(0, 5, 200)
    found = internal_ties(Network(people=200, source=source, target=target), labels[:, None])
    assert found.tolist() == [(labels[source] == labels[target]).sum()]
