"""What the tables of the ties hold, a dictionary per row, of one population. Unknown is None."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from warehouse.ties import mixing
from warehouse.ties.chance import PERMUTATIONS, SEED, by_chance
from warehouse.ties.network import UNKNOWN, among, figures
from warehouse.ties.population import Grouping, Population, Window

Row = dict[str, Any]

FEWEST_TIES = 20
"""With fewer, an index says more about single people than about groups (metrics.md b.8)."""
TOO_FEW = f"fewer than {FEWEST_TIES} ties between people whose group is known"
ONE_GROUP = "no two groups to tell apart"


def networks(population: Population) -> Iterator[Row]:
    for name, window in population.windows.items():
        row = asdict(figures(window.network))
        if window.reason:
            row = {column: row[column] if column == "nodes" else None for column in row}
        yield {"window_name": name, **row, "reason": window.reason}


def mixings(population: Population) -> Iterator[Row]:
    """The mixing matrices of measured windows. Ties of people without a known group are shown, without expectation."""
    for attribute, grouping in population.groupings.items():
        names = [*grouping.groups, "Unknown"][: len(grouping.groups) + bool(np.any(grouping.labels == UNKNOWN))]
        labels = np.where(grouping.labels == UNKNOWN, len(grouping.groups), grouping.labels)
        known = len(grouping.groups)
        for window_name, window in _measured(population):
            found = mixing.observed(window.network, labels, len(names))
            ties = int(found[:known, :known].sum())
            chance = np.full(found.shape, np.nan)
            chance[:known, :known] = mixing.expected(ties, mixing.sizes(labels, len(names))[:known])
            for (one, other), observed in np.ndenumerate(found):
                expected = chance[one, other]
                yield {
                    "attribute": attribute,
                    "window_name": window_name,
                    "from_group": names[one],
                    "to_group": names[other],
                    "observed": int(observed),
                    "expected": expected,
                    "ratio": observed / expected if expected > 0 and ties >= FEWEST_TIES else None,
                }


def homophily(population: Population) -> Iterator[Row]:
    for attribute, grouping in population.groupings.items():
        for window_name, window in population.windows.items():
            where = {"attribute": attribute, "window_name": window_name, "permutations": PERMUTATIONS, "seed": SEED}
            yield {**where, **_homophily(grouping, window)}


def _homophily(grouping: Grouping, window: Window) -> Row:
    known = grouping.labels != UNKNOWN
    labels = grouping.labels[known]
    size = mixing.sizes(labels, len(grouping.groups))
    row: Row = {"members": len(labels), "groups": len(size)}
    if window.reason:
        return {**row, "reason": window.reason}
    network = among(window.network, known)
    found = mixing.observed(network, labels, len(size))
    internal, expected_share = int(np.trace(found)), mixing.configuration_internal(found)
    row |= {"dyads": network.ties, "external": network.ties - internal, "internal": internal}
    if network.ties < FEWEST_TIES:
        return {**row, "reason": TOO_FEW}
    if len(size) < 2:
        return {**row, "reason": ONE_GROUP}
    index, by_labels = mixing.ei(found), mixing.expected_ei(size)
    chance, sd = by_chance(network, labels), mixing.sd_ei(network, size)
    return {
        **row,
        "ei": index,
        "expected_ei": by_labels,
        "permutation_sd": sd,
        "z": (index - by_labels) / sd if sd > 0 else None,
        "p_lower": chance.p_lower,
        "p_upper": chance.p_upper,
        "p_two_sided": chance.p_two_sided,
        "configuration_internal": expected_share,
        "configuration_ei": 1 - 2 * expected_share,
        "r": mixing.assortativity(found),
        "p_r": chance.p_r,
    }


def colemans(population: Population) -> Iterator[Row]:
    """Coleman's index of each group in each measured window, None with fewer than 20 ties in all."""
    for attribute, grouping in population.groupings.items():
        known = grouping.labels != UNKNOWN
        size = mixing.sizes(grouping.labels[known], len(grouping.groups))
        for window_name, window in _measured(population):
            network = among(window.network, known)
            found = mixing.observed(network, grouping.labels[known], len(size))
            index = mixing.coleman(found, size)
            for group, name in enumerate(grouping.groups):
                yield {
                    "attribute": attribute,
                    "window_name": window_name,
                    "group_label": name,
                    "members": int(size[group]),
                    "out_ties": int(found[group].sum()),
                    "in_ties": int(found[:, group].sum()),
                    "internal": int(found[group, group]),
                    "coleman": index[group] if network.ties >= FEWEST_TIES else None,
                }


def _measured(population: Population) -> Iterator[tuple[str, Window]]:
    return ((name, window) for name, window in population.windows.items() if window.reason is None)
