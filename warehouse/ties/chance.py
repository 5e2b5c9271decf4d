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
BLOCK, TIES_AT_ONCE = 128, 16_384
"""Relabelings and ties that are compared at once: 2 MB, which stay in a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    p_lower: float
    """Of as few ties between groups as there are, or fewer."""
    p_upper: float
    """Of as many ties between groups, or more."""
    p_lower_fine: float
    """As p_lower, but a relabeling with as many ties between groups counts only if its assortativity is as high."""
    p_two_sided: float
    """Twice the lower tail, or the upper one, whichever is less; ties broken by assortativity; at most 1."""


def by_chance(network: Network, labels: Numbers, permutations: int = PERMUTATIONS, seed: int = SEED) -> Chance:
    """How E-I lies among those of random relabelings. Needs at least one tie.

    E-I takes few values, so that p_lower <= 0.05 is true of 2 to 5 % of networks that chance made. Among relabelings of
    one E-I the assortativity tells more from less, and with it as a tie-breaker the test keeps its level.
    """
    (internal,), (rank,) = _ranked(network, labels[:, None])
    drawn = [_ranked(network, block) for block in relabelings(labels, permutations, seed)]
    internals, ranks = (np.concatenate(part) for part in zip(*drawn, strict=True))
    lower_fine, upper_fine = _p(ranks >= rank), _p(ranks <= rank)
    return Chance(
        p_lower=_p(internals >= internal),
        p_upper=_p(internals <= internal),
        p_lower_fine=lower_fine,
        p_two_sided=min(1.0, 2 * min(lower_fine, upper_fine)),
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


def _ranked(network: Network, labels: Numbers) -> tuple[Numbers, Numbers]:
    """Internal ties under each column of labels, and whole numbers in the order of internal ties, then of r.

    With the same internal ties r is the higher, the fewer of them the groups' activity lets expect.
    """
    internal = internal_ties(network, labels)
    given, received = (np.bincount(end, minlength=network.people) for end in (network.source, network.target))
    groups, columns = int(labels.max()) + 1, labels.shape[1]
    cells = (labels.astype(np.int64) + groups * np.arange(columns)).ravel()

    def by_group(amount: Numbers) -> NDArray[Any]:
        weights = np.repeat(amount, columns)
        return np.bincount(cells, weights=weights, minlength=groups * columns).reshape(columns, groups)

    by_activity = (by_group(given) * by_group(received)).sum(axis=1).astype(np.int64)
    return internal, internal * (network.ties**2 + 1) - by_activity


def _p(as_extreme: NDArray[np.bool_]) -> float:
    return float((as_extreme.sum() + 1) / (len(as_extreme) + 1))
