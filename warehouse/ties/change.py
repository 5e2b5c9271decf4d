"""Whether the share of ties between groups changed from one window to another, with the same people in both.

What happened in one window could as well have happened in the other: the windows of single acts are shuffled, and ties
are made of them anew. That is exact if people act one by one, and a window only makes all of it more or less: however
unequal people are in activity and company. It also allows for what more acts alone do to shares of ties: who has met
everybody of the own group can only meet others.

What is compared is the difference of the shares over its standard error clustered by who acted, so that a few people
who all changed alike do not pass for many: "Robust permutation tests for correlation and regression coefficients",
Journal of the American Statistical Association 112 (2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from warehouse.ties.chance import SEED
from warehouse.ties.mixing import Floats
from warehouse.ties.network import Numbers

SHUFFLES, FEWEST_SHUFFLES = 999, 199
SHUFFLED_ACTS, AT_ONCE = 60_000_000, 10_000_000
"""How many in all, which take a few seconds, and at a time, which take some 100 MB."""
RESAMPLES = 1_999
CERTAINTY = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Acts:
    """Ties of either of two windows, an entry each."""

    source: Numbers
    """Who acted."""
    cross: NDArray[np.bool_]
    """Whether towards another group."""
    before: Numbers
    """How often in the one window."""
    after: Numbers
    """And in the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    difference: float
    """Share of ties between groups afterwards, less that before."""
    by_chance: float
    """The mean difference of shuffled windows: what more or fewer acts do to it."""
    p_rise: float
    p_two_sided: float
    shuffles: int


def change(acts: Acts, shuffles: int = SHUFFLES, seed: int = SEED) -> Change:
    """How the difference of the shares lies among those of shuffled windows. Needs ties in both.

    Of very many acts there are fewer shuffles: at least 199.
    """
    total = int((acts.before + acts.after).sum())
    shuffles = min(shuffles, max(FEWEST_SHUFFLES, SHUFFLED_ACTS // total))
    order = np.argsort(acts.source, kind="stable")
    of_window = [_parts(later, acts, order) for later in _shuffled(acts, order, shuffles, seed)]
    difference, score = (np.concatenate(one) for one in zip(*of_window, strict=True))
    slack = 1e-9 * np.abs(score).max()
    rise, fall = (((score[1:] * sign >= score[0] * sign - slack).sum() + 1) / (shuffles + 1) for sign in (1, -1))
    return Change(
        difference=float(difference[0]),
        by_chance=float(difference[1:].mean()),
        p_rise=float(rise),
        p_two_sided=float(min(1, 2 * min(rise, fall))),
        shuffles=shuffles,
    )


def _shuffled(acts: Acts, order: Numbers, shuffles: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Blocks of columns that tell of each act, tie by tie, whether it is of the later window; first as it is."""
    counts = np.stack([acts.before[order], acts.after[order]], axis=1).ravel()
    given = np.repeat(np.tile([False, True], len(order)), counts)
    yield given[:, None]
    random, columns = np.random.default_rng(seed), max(1, AT_ONCE // len(given))
    for begin in range(0, shuffles, columns):
        rows = np.tile(given, (min(columns, shuffles - begin), 1))
        yield np.ascontiguousarray(random.permuted(rows, axis=1).T)


def _parts(is_later: NDArray[np.bool_], acts: Acts, order: Numbers) -> tuple[Floats, Floats]:
    """For each column the difference of the shares, and that over its standard error under no change."""
    of_tie, cross, source = (acts.before + acts.after)[order, None], acts.cross[order, None], acts.source[order]
    later = np.add.reduceat(is_later, np.cumsum(of_tie) - of_tie[:, 0], axis=0, dtype=np.int32)
    people = np.flatnonzero(np.diff(source, prepend=-1))

    def by_person(ties: NDArray[np.bool_]) -> NDArray[np.int32]:
        return np.add.reduceat(ties, people, axis=0, dtype=np.int32)

    windows = [(by_person(there & cross), by_person(there)) for there in (later < of_tie, later > 0)]
    share = sum(crossing.sum(axis=0) for crossing, _ in windows) / sum(ties.sum(axis=0) for _, ties in windows)
    before, after = ((crossing - share * ties) / ties.sum(axis=0) for crossing, ties in windows)
    difference, error = (after - before).sum(axis=0), np.sqrt(((after - before) ** 2).sum(axis=0))
    return difference, np.divide(difference, error, out=np.zeros(len(error)), where=error > 0)


@lru_cache(maxsize=8)
def resampled(people: int, resamples: int = RESAMPLES, seed: int = SEED) -> Numbers:
    """How often each person is in each of the samples that are drawn, with replacement, of all of them."""
    return np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), size=resamples)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The percentiles between which 95 % of a statistic's resampled values lie, undefined ones left out."""
    low, high = np.nanquantile(values, [(1 - CERTAINTY) / 2, (1 + CERTAINTY) / 2])
    return float(low), float(high)
