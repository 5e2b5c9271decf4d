"""Who dealt with whom, as arrays: people are numbered from 0, a tie is an ordered pair of them, each pair once.

Figures of the whole network are defined as NetworkX has them, and are tested against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
UNKNOWN = -1
"""The label of whoever's group is not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    people: int
    source: Numbers
    """Who acted, one entry per tie."""
    target: Numbers
    """Towards whom."""

    @property
    def ties(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    nodes: int
    dyads: int
    isolates: int
    """People without any tie."""
    reciprocity: float | None
    """Share of ties that are returned: networkx.overall_reciprocity. None without ties."""
    density: float | None
    """Ties / ordered pairs of people. None with fewer than two people."""
    components: int
    """Weakly connected; an isolate is one of its own."""
    largest_share: float | None
    """People in the largest component / people. None without people."""


def among(network: Network, members: NDArray[np.bool_]) -> Network:
    """The network of these people only, numbered anew in their order."""
    inside = members[network.source] & members[network.target]
    place = np.cumsum(members) - 1
    return Network(
        people=int(members.sum()), source=place[network.source[inside]], target=place[network.target[inside]]
    )


def figures(network: Network) -> Figures:
    n, ties = network.people, network.ties
    touched = np.zeros(n, dtype=bool)
    touched[network.source] = touched[network.target] = True
    component_sizes = np.bincount(components(network), minlength=1)
    return Figures(
        nodes=n,
        dyads=ties,
        isolates=int(n - touched.sum()),
        reciprocity=returned(network) / ties if ties else None,
        density=ties / (n * (n - 1)) if n > 1 else None,
        components=int((component_sizes > 0).sum()),
        largest_share=float(component_sizes.max() / n) if n else None,
    )


def returned(network: Network) -> int:
    """Ties from one to another where there is also one back."""
    there = network.source * network.people + network.target
    back = network.target * network.people + network.source
    return int(np.isin(there, back).sum())


def components(network: Network) -> Numbers:
    """For each person the lowest number in their weakly connected component."""
    lowest = np.arange(network.people)
    while True:
        before = lowest.copy()
        shared = np.minimum(lowest[network.source], lowest[network.target])
        for end in (network.source, network.target):
            np.minimum.at(lowest, before[end], shared)
            np.minimum.at(lowest, end, shared)
        lowest = lowest[lowest]
        if np.array_equal(lowest, before):
            return lowest
