"""Ties within and between groups, beside what to expect (metrics.md b.10).

- E-I index: "Informal networks and organizational crises: an experimental simulation", Social Psychology Quarterly 51
  (1988). It ignores how often two people dealt with each other, as UCINET's does.
- Assortativity r: "Mixing patterns in networks", Physical Review E 67 (2003), arXiv cond-mat/0209450, for directed
  ties, as networkx.attribute_assortativity_coefficient. The R package netseg makes ties undirected first.
- Coleman's index: "Relational analysis" (1958), as netseg's coleman.R has it, with the sizes of all eligible people.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.ties.network import Network, Numbers, returned

Floats = NDArray[np.float64]


def sizes(labels: Numbers, groups: int) -> Numbers:
    """How many people each group has."""
    return np.bincount(labels, minlength=groups)


def observed(network: Network, labels: Numbers, groups: int) -> Numbers:
    """Ties from each group (row) to each group (column)."""
    cells = labels[network.source] * groups + labels[network.target]
    return np.bincount(cells, minlength=groups * groups).reshape(groups, groups)


def expected(ties: int, size: Numbers) -> Floats:
    """The mixing matrix if ties were drawn among all ordered pairs of people: D n_g (n_h - [g = h]) / (N (N - 1))."""
    people = int(size.sum())
    pairs = np.outer(size, size) - np.diag(size)
    return ties * pairs / (people * (people - 1)) if people > 1 else np.full(pairs.shape, np.nan)


def ei(mixing: NDArray[Any]) -> float:
    """(External - internal) / all ties: -1 if all are within groups, 1 if all are between. NaN without ties."""
    ties = mixing.sum()
    return float(1 - 2 * np.trace(mixing) / ties) if ties else np.nan


def expected_ei(size: Numbers) -> float:
    """The mean of E-I over all ways to give the people these labels: 1 - 2 Σ n_g (n_g - 1) / (N (N - 1))."""
    people = int(size.sum())
    return float(1 - 2 * (size * (size - 1)).sum() / (people * (people - 1))) if people > 1 else np.nan


def sd_ei(network: Network, size: Numbers) -> float:
    """The standard deviation of E-I over the same relabelings, exactly. NaN without ties, or with fewer than 4 people.

    Moments of "The detection of disease clustering and a generalized regression approach", Cancer Research 27 (1967).
    """
    n, ties = network.people, network.ties
    if n < 4 or not ties:
        return np.nan
    degrees = np.bincount(np.concatenate([network.source, network.target]), minlength=n)
    alike = size * (size - 1)
    by_ties = _pairs(2 * ties + 2 * returned(network), int((degrees**2).sum()), 4 * ties**2)
    by_groups = _pairs(int(alike.sum()), int((alike * (size - 1)).sum()), int(alike.sum()) ** 2)
    pairs = n * (n - 1)
    ways = 2 / pairs, 4 / (pairs * (n - 2)), 1 / (pairs * (n - 2) * (n - 3))
    square = sum(way * tied * same for way, tied, same in zip(ways, by_ties, by_groups, strict=True))
    mean = ties * (1 - expected_ei(size)) / 2
    return float(2 * np.sqrt(max(square / 4 - mean**2, 0)) / ties)


def _pairs(squares: int, by_person: int, square: int) -> tuple[int, int, int]:
    """Of a symmetric matrix: products of entries of the same two people, of pairs that share one, of pairs apart."""
    return squares, by_person - squares, square - 4 * by_person + 2 * squares


def configuration_internal(mixing: Numbers) -> float:
    """The internal share if each group kept its ties out and in: Σ k_out,g k_in,g / D². NaN without ties."""
    ties = int(mixing.sum())
    return float((mixing.sum(axis=1) * mixing.sum(axis=0)).sum() / ties**2) if ties else np.nan


def assortativity(mixing: Numbers) -> float:
    """Newman's r = (tr e - Σ a_g b_g) / (1 - Σ a_g b_g). NaN where all ties begin and end in one group."""
    by_chance = configuration_internal(mixing)
    return float((np.trace(mixing) / mixing.sum() - by_chance) / (1 - by_chance)) if by_chance < 1 else np.nan


def coleman(mixing: Numbers, size: Numbers) -> Floats:
    """Per group from -1 (no tie within) to 1 (all within), 0 by chance. NaN without ties out, or for one alone."""
    internal, out = np.diag(mixing).astype(float), mixing.sum(axis=1).astype(float)
    by_chance = out * (size - 1) / max(int(size.sum()) - 1, 1)
    room = np.where(internal > by_chance, out - by_chance, by_chance)
    index: Floats = np.divide(internal - by_chance, room, out=np.full(len(size), np.nan), where=room > 0)
    return index
