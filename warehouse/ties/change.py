"""Whether the share of ties between groups changed from one window to another, with the same people in both.

The windows of the ties are shuffled, all else stays. What is compared is the difference of the shares over its standard
error clustered by who acted, so that a few busy people do not pass for many ("Robust permutation tests for correlation
and regression coefficients", Journal of the American Statistical Association 112 (2017), has why that is needed).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from warehouse.ties.chance import SEED
from warehouse.ties.mixing import Floats
from warehouse.ties.network import Numbers

SHUFFLES = 1_999
RESAMPLES = 1_999
CERTAINTY = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """A window's ties, counted by who acted; an entry per person, the same people in every window."""

    ties: Numbers
    cross: Numbers
    """Those of them that lead to another group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    difference: float
    """Share of ties between groups afterwards, less that before."""
    p_rise: float
    p_two_sided: float


def change(before: Window, after: Window, shuffles: int = SHUFFLES, seed: int = SEED) -> Change:
    """How the difference of the shares lies among those of shuffled windows. Needs ties in both.

    A shuffle draws as many of all ties for the window after as it has; how many of them are whose, and lead where, is
    multivariate hypergeometric, so that its cost does not grow with the ties.
    """
    people = len(before.ties)
    here = np.concatenate([after.cross, after.ties - after.cross])
    cells = here + np.concatenate([before.cross, before.ties - before.cross])
    filled = cells > 0
    drawn = np.zeros((shuffles + 1, 2 * people), dtype=np.int64)
    drawn[0] = here
    drawn[1:, filled] = np.random.default_rng(seed).multivariate_hypergeometric(
        cells[filled], int(after.ties.sum()), size=shuffles, method="marginals"
    )
    scores = _scores(drawn, cells)
    slack = 1e-9 * np.abs(scores).max()
    rise, fall = ((scores[1:] * sign >= scores[0] * sign - slack).sum() + 1 for sign in (1, -1))
    return Change(
        difference=float(after.cross.sum() / after.ties.sum() - before.cross.sum() / before.ties.sum()),
        p_rise=float(rise / (shuffles + 1)),
        p_two_sided=min(1.0, float(2 * min(rise, fall) / (shuffles + 1))),
    )


def _scores(drawn: Numbers, cells: Numbers) -> Floats:
    """For each row of ties drawn for afterwards: difference of the shares over its standard error under no change."""
    people = len(cells) // 2
    cross, ties = drawn[:, :people], drawn[:, :people] + drawn[:, people:]
    all_cross, all_ties = cells[:people], cells[:people] + cells[people:]
    share, later = all_cross.sum() / all_ties.sum(), int(ties[0].sum())
    earlier = int(all_ties.sum()) - later
    excess = cross - ties * share
    parts = excess / later - (all_cross - all_ties * share - excess) / earlier
    error = np.sqrt((parts**2).sum(axis=1))
    scores: Floats = np.divide(parts.sum(axis=1), error, out=np.zeros(len(drawn)), where=error > 0)
    return scores


@lru_cache(maxsize=8)
def resampled(people: int, resamples: int = RESAMPLES, seed: int = SEED) -> Numbers:
    """How often each person is in each of the samples that are drawn, with replacement, of all of them."""
    return np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), size=resamples)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The percentiles between which 95 % of a statistic's resampled values lie, undefined ones left out."""
    low, high = np.nanquantile(values, [(1 - CERTAINTY) / 2, (1 + CERTAINTY) / 2])
    return float(low), float(high)
