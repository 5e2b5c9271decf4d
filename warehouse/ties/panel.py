"""The same people before, during and after the campaign: how much they dealt with each other, and across which groups.

A window is compared once it is over. Amounts are per 28 of the days on which its acts were made: of the campaign's, its
days of grace are some. Intervals come from drawing the group's members, each with all that they did in all windows,
with replacement: `change.resampled`. Whether a share changed at all is told by `change.change`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from warehouse.ties import change
from warehouse.ties.chance import SEED
from warehouse.ties.measures import FEWEST_TIES, TOO_FEW, Row
from warehouse.ties.mixing import Floats
from warehouse.ties.network import UNKNOWN, Numbers
from warehouse.ties.population import WINDOWS, Grouping, Population, Window

DAYS = 28
SHARE = "cross_share_"
FEWEST_PEOPLE = 5
TOO_FEW_PEOPLE = f"no interval from fewer than {FEWEST_PEOPLE} people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Of each person in one window; a share has a denominator, what is counted has days."""

    numerator: Numbers
    denominator: Numbers | None
    days: int

    def value(self, weights: Numbers) -> Floats:
        """For each row of how often each person is there. NaN where a share's denominator is 0."""
        amount = (weights @ self.numerator).astype(float)
        if self.denominator is None:
            return amount * DAYS / self.days
        ties = weights @ self.denominator
        share: Floats = np.divide(amount, ties, out=np.full(amount.shape, np.nan), where=ties > 0)
        return share


def compared(population: Population) -> Iterator[Row]:
    """A row per group and measure."""
    everybody = np.ones(population.people, dtype=bool)
    if not population.people:
        return
    for measure, amounts in _measures(population, population.groupings).items():
        attribute = measure.removeprefix(SHARE)
        tested = _tested(population, attribute) if attribute in population.groupings else {}
        row = {"group_type": "all", "group_label": "all", "measure": measure}
        yield {**row, **_compared(population, amounts, everybody), **tested}
    for attribute, grouping in population.groupings.items():
        measures = _measures(population, {attribute: grouping})
        for number, name in enumerate(grouping.groups):
            for measure, amounts in measures.items():
                row = {"group_type": attribute, "group_label": name, "measure": measure}
                yield {**row, **_compared(population, amounts, grouping.labels == number)}


def _measures(population: Population, groupings: Mapping[str, Grouping]) -> dict[str, dict[str, Amounts]]:
    """By measure and window; windows that cannot be compared are missing."""
    found: dict[str, dict[str, Amounts]] = {}
    for name, window in population.windows.items():
        if window.why_not_compared is None:
            for measure, amounts in _of_window(window, groupings):
                found.setdefault(measure, {})[name] = amounts
    return found


def _of_window(window: Window, groupings: Mapping[str, Grouping]) -> Iterator[tuple[str, Amounts]]:
    source, target, people = window.network.source, window.network.target, window.network.people
    ties = np.bincount(source, minlength=people)
    yield "acts", Amounts(numerator=_summed(window.acts, source, people), denominator=None, days=window.days)
    yield "dyads", Amounts(numerator=ties, denominator=None, days=window.days)
    for attribute, grouping in groupings.items():
        one, other = grouping.labels[source], grouping.labels[target]
        known = (one != UNKNOWN) & (other != UNKNOWN)
        yield (
            f"{SHARE}{attribute}",
            Amounts(
                numerator=np.bincount(source[known & (one != other)], minlength=people),
                denominator=np.bincount(source[known], minlength=people),
                days=window.days,
            ),
        )


def _compared(population: Population, amounts: Mapping[str, Amounts], group: Any) -> Row:
    """Values of all windows, and how those during and after the campaign differ from those before."""
    weights = change.resampled(int(group.sum()))
    resampled = np.zeros((len(weights), len(group)), dtype=np.int64)
    resampled[:, group] = weights
    values = {name: _value(one, group) for name, one in amounts.items()}
    row: Row = {"members": int(group.sum()), "seed": SEED, "resamples": change.RESAMPLES}
    for name in WINDOWS:
        row[name] = values.get(name)
        why = _why(population, name, values)
        if name == "before":
            continue
        prefix = "" if name == "during" else "after_"
        row[f"{prefix}reason"] = why
        if why:
            continue
        row[f"{prefix}difference"] = row[name] - row["before"]
        if group.sum() < FEWEST_PEOPLE:
            row[f"{prefix}reason"] = TOO_FEW_PEOPLE
            continue
        drawn = amounts[name].value(resampled) - amounts["before"].value(resampled)
        row[f"{prefix}ci_low"], row[f"{prefix}ci_high"] = change.interval(drawn)
    return row


def _value(amounts: Amounts, group: Any) -> float | None:
    if amounts.denominator is not None and amounts.denominator[group].sum() < FEWEST_TIES:
        return None
    return float(amounts.value(group[None, :].astype(np.int64))[0])


def _why(population: Population, name: str, values: Mapping[str, float | None]) -> str | None:
    """Why a window's value, or the difference from that before the campaign, is not known."""
    for window in ("before", name):
        if reason := population.windows[window].why_not_compared:
            return f"{window}: {reason}"
        if values.get(window) is None:
            return f"{window}: {TOO_FEW}"
    return None


def _tested(population: Population, attribute: str) -> Row:
    """Whether the share of ties between groups differs from that before the campaign."""
    row: Row = {}
    labels = population.groupings[attribute].labels
    for name, prefix in (("during", ""), ("after", "after_")):
        before, later = population.windows["before"], population.windows[name]
        if before.why_not_compared or later.why_not_compared:
            continue
        acts = _acts(before, later, labels)
        if min((acts.before > 0).sum(), (acts.after > 0).sum()) >= FEWEST_TIES:
            told = change.change(acts)
            row |= {
                f"{prefix}by_volume": told.by_chance,
                f"{prefix}p_rise": told.p_rise,
                f"{prefix}p_two_sided": told.p_two_sided,
                f"{prefix}shuffles": told.shuffles,
            }
    return row


def _acts(before: Window, after: Window, labels: Numbers) -> change.Acts:
    """The ties of either window between people whose group is known."""
    people = len(labels)
    pairs = [window.network.source * people + window.network.target for window in (before, after)]
    ties, places = np.unique(np.concatenate(pairs), return_inverse=True)
    source, target = ties // people, ties % people
    known = (labels[source] != UNKNOWN) & (labels[target] != UNKNOWN)
    earlier, later = places[: len(pairs[0])], places[len(pairs[0]) :]
    return change.Acts(
        source=source[known],
        cross=labels[source[known]] != labels[target[known]],
        before=_summed(before.acts, earlier, len(ties))[known],
        after=_summed(after.acts, later, len(ties))[known],
    )


def _summed(amounts: Numbers, places: Numbers, number: int) -> Numbers:
    """The sum of the amounts at each of so many places."""
    return np.bincount(places, weights=amounts, minlength=number).astype(np.int64)
