"""Networks made by chance at the size of the reference campaign: its people, its cohorts, its unequal activity."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warehouse.ties.change import Acts
from warehouse.ties.mixing import Floats
from warehouse.ties.network import Network, Numbers
from warehouse.ties.population import Grouping, grouping

WORLD = Path(__file__).parents[3] / "sandbox" / "worlds" / "itp28"
PEOPLE = 50
TIES, TIES_ELSEWHERE = 240, 46
"""Of the reference campaign, and those of them on other platforms than Facebook and Instagram."""
ACTS_BEFORE, ACTS_DURING = 60, 369
"""How often its fellows dealt with each other."""
CHANCE = 0.9306
"""Share of ties between cohorts that is to be expected of them."""


def _rows(name: str) -> list[dict[str, str]]:
    with (WORLD / name).open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def fellows() -> list[dict[str, str]]:
    return sorted((row for row in _rows("members.csv") if row["role"] == "fellow"), key=lambda row: row["member_id"])


def groups(attribute: str) -> Grouping:
    return grouping([row[attribute] for row in fellows()])


def network(window: str) -> Network:
    place = {row["member_id"]: number for number, row in enumerate(fellows())}
    ties = [(place[row["source"]], place[row["target"]]) for row in _rows("edges.csv") if row["window"] == window]
    source, target = np.array(ties).T
    return Network(people=PEOPLE, source=source, target=target)


def activity(random: np.random.Generator, runs: int) -> Floats:
    """How likely each ordered pair of people is in each run: the reference's activity, dealt out anew."""
    reference = network("campaign")
    gives, takes = (np.bincount(end, minlength=PEOPLE) + 0.5 for end in (reference.source, reference.target))
    order = random.permuted(np.tile(np.arange(PEOPLE), (runs, 1)), axis=1)
    likely: Floats = (gives[order][:, :, None] * takes[order][:, None, :]).reshape(runs, -1)
    likely[:, :: PEOPLE + 1] = 0  # nobody with themselves
    return likely


def crossing(labels: Numbers) -> NDArray[np.bool_]:
    """Which ordered pairs of people are of two groups."""
    return (labels[:, None] != labels[None, :]).ravel()


def networks(
    random: np.random.Generator, runs: int, ties: int, share: float | None = None, labels: Numbers | None = None
) -> Iterator[Network]:
    """Networks that know nothing of groups; or in which each tie is between groups with probability `share`."""
    likely = activity(random, runs)
    with np.errstate(divide="ignore"):
        scores = np.log(likely) + random.gumbel(size=likely.shape)
    order = np.argsort(-scores, axis=1)
    kept = np.arange(likely.shape[1])[None, :] < ties
    if share is not None and labels is not None:
        cross = random.binomial(ties, share, size=(runs, 1))
        is_cross = crossing(labels)[order]
        kept = np.where(is_cross, np.cumsum(is_cross, axis=1) <= cross, np.cumsum(~is_cross, axis=1) <= ties - cross)
    for pairs, chosen in zip(order, np.broadcast_to(kept, order.shape), strict=True):
        yield Network(people=PEOPLE, source=pairs[chosen] // PEOPLE, target=pairs[chosen] % PEOPLE)


def windows(
    random: np.random.Generator,
    runs: int,
    labels: Numbers,
    before: tuple[int, float],
    after: tuple[int, float],
    bursts: bool = False,
) -> Iterator[Acts]:
    """Two windows of the same people, as numbers of acts and share of them between groups.

    With bursts each act is followed by some 0.6 more between the same two.
    """
    likely, cross = activity(random, runs), crossing(labels)
    drawn = []
    for acts, share in (before, after):
        chances = np.zeros_like(likely)
        for kind, part in ((cross, share), (~cross, 1 - share)):
            chances[:, kind] = part * likely[:, kind] / likely[:, kind].sum(axis=1, keepdims=True)
        found = random.multinomial(acts, chances)
        drawn.append(found + random.poisson(0.6 * found) if bursts else found)
    for one, other in zip(*drawn, strict=True):
        ties = np.flatnonzero(one + other)
        yield Acts(source=ties // PEOPLE, cross=cross[ties], before=one[ties], after=other[ties])
