"""Whether ties mix groups as chance would: the network stays, the labels go round (metrics.md b.10).

p = (b + 1) / (m + 1) with b of m relabelings at least as extreme: "Permutation p-values should never be zero",
Statistical Applications in Genetics and Molecular Biology 9 (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.ties.network import Network, Numbers

PERMUTATIONS = 4_999
SEED = 28
EXACT = 1e-12
"""What two ways to the same assortativity may differ by."""
BLOCK, TIES_AT_ONCE = 128, 16_384
"""Relabelings and ties that are compared at once: 2 MB, which stay in a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    p_lower: float
    """Of an E-I as low, or lower: as few ties between groups as there are, or fewer."""
    p_upper: float
    """Of an E-I as high, or higher."""
    p_two_sided: float
    """Twice the lower tail, or the upper one, whichever is less; ties broken by assortativity; at most 1."""
    p_r: float
    """Of an assortativity as high, or higher: that people keep to their own group as much, for how active it is."""


def by_chance(network: Network, labels: Numbers, permutations: int = PERMUTATIONS, seed: int = SEED) -> Chance:
    """How E-I and assortativity lie among those of random relabelings. Needs ties, and two groups.

    E-I takes few values, so that p_lower <= 0.05 is true of 2 to 5 % of networks that chance made. Among relabelings of
    one E-I the assortativity tells more from less: with it as a tie-breaker, and by itself, a test keeps its level.
    """
    (internal,), (r,) = _measured(network, labels[:, None])
    drawn = [_measured(network, block) for block in relabelings(labels, permutations, seed)]
    internals, rs = (np.concatenate(part) for part in zip(*drawn, strict=True))
    alike = internals == internal
    tails = (internals > internal) | alike & (rs >= r - EXACT), (internals < internal) | alike & (rs <= r + EXACT)
    return Chance(
        p_lower=_p(internals >= internal),
        p_upper=_p(internals <= internal),
        p_two_sided=min(1.0, 2 * min(_p(tail) for tail in tails)),
        p_r=_p(rs >= r - EXACT),
    )


def relabelings(labels: Numbers, permutations: int, seed: int) -> Iterator[Numbers]:
    """Blocks of random orders of the labels: a row per person, a column per relabeling."""
    random = np.random.default_rng(seed)
    small = labels.astype(np.min_scalar_type(int(labels.max(initial=0))))
    for begin in range(0, permutations, BLOCK):
        repeated = np.tile(small, (min(BLOCK, permutations - begin), 1))
        yield np.ascontiguousarray(random.permuted(repeated, axis=1).T)


def internal_ties(network: Network, labels: Numbers) -> Numbers:
    """Ties within groups under each column of labels."""
    found = np.zeros(labels.shape[1], dtype=np.int64)
    for begin in range(0, network.ties, TIES_AT_ONCE):
        some = slice(begin, begin + TIES_AT_ONCE)
        same = labels[network.source[some]] == labels[network.target[some]]
        found += np.add.reduce(same, axis=0, dtype=np.uint16)
    return found


def _measured(network: Network, labels: Numbers) -> tuple[Numbers, NDArray[np.float64]]:
    """Internal ties and assortativity (`mixing.assortativity`) under each column of labels."""
    internal = internal_ties(network, labels)
    groups, columns = int(labels.max()) + 1, labels.shape[1]
    cells = (labels.astype(np.int64) + groups * np.arange(columns)).ravel()

    def by_group(end: Numbers) -> NDArray[Any]:
        weights = np.repeat(np.bincount(end, minlength=network.people), columns)
        return np.bincount(cells, weights=weights, minlength=groups * columns).reshape(columns, groups)

    expected = (by_group(network.source) * by_group(network.target)).sum(axis=1) / network.ties**2
    r = np.divide(internal / network.ties - expected, 1 - expected, out=np.zeros(columns), where=expected < 1)
    return internal, r


def _p(as_extreme: NDArray[np.bool_]) -> float:
    return float((as_extreme.sum() + 1) / (len(as_extreme) + 1))
