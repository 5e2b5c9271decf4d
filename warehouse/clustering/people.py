"""One person's unique posts, from the items of that person alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from warehouse.clustering.evidence import Evidence
from warehouse.clustering.items import RULES, Decision, Item, Likeness, Pair, agree
from warehouse.clustering.joining import Clusters

REVIEWER = RULES.index("reviewer")


class Joined(NamedTuple):
    copies: list[tuple[int, int]]
    """The place of each item that has copies or is one, and of the item that stands for them."""
    merged: list[Pair]
    doubtful: list[Pair]


def unique_posts(items: Sequence[Item], decisions: Iterable[Decision] = ()) -> Joined:
    """Joins the items, surest pairs first; the result does not depend on the order of the rows.

    A pair that would bring different named days together, or what a reviewer has separated, is not joined.
    """
    items = sorted(items, key=lambda item: (item.at, item.place))
    same, separate = _by_index(items, decisions)
    clusters = Clusters(items, separate)
    merged = [pair for pair in same if clusters.join(pair.first, pair.second, whatever_days=True)]
    doubtful: list[Likeness] = []
    evidence = Evidence(items)
    bridges = evidence.bridges(clusters)
    while True:
        found = sorted([*bridges, *evidence.likenesses(clusters)])
        joined = [pair for pair in found if pair.merges and clusters.join(pair.first, pair.second)]
        merged += joined
        doubtful += (pair for pair in found if not clusters.are_joined(pair.first, pair.second))
        # Only where a day or a decision kept items apart can items that were not next to each other still be joined.
        if not joined or not clusters.refused:
            break
    return Joined(_copies(items, clusters), _named(items, merged), _named(items, _open(doubtful, clusters)))


def _by_index(items: Sequence[Item], decisions: Iterable[Decision]) -> tuple[list[Likeness], list[tuple[int, int]]]:
    index = {item.place: number for number, item in enumerate(items)}
    same, separate = [], []
    for first, second, is_same in sorted(decisions):
        one, other = sorted((index[first], index[second]))
        if is_same:
            same.append(Likeness(REVIEWER, 0.0, 0.0, one, other, True))
        else:
            separate.append((one, other))
    return same, separate


def _copies(items: Sequence[Item], clusters: Clusters) -> list[tuple[int, int]]:
    groups = [group for group in clusters.members() if len(group) > 1]
    found = []
    for group in groups:
        stands_for = min(items[index].place for index in group)
        found += [(items[index].place, stands_for) for index in group]
    return sorted(found)


def _open(doubtful: Iterable[Likeness], clusters: Clusters) -> list[Likeness]:
    """The strongest pair of each two clusters that nobody has decided on.

    It is what a reviewer sees, so it must look alike. A decision on it holds between the clusters, whichever pair of
    theirs is the strongest later.
    """
    best: dict[tuple[int, int], Likeness] = {}
    for pair in sorted(doubtful):
        one, other = sorted((clusters.find(pair.first), clusters.find(pair.second)))
        if one == other or (one, other) in best or clusters.are_separated(one, other):
            continue
        if pair.merges or agree(clusters.days(one), clusters.days(other)):
            best[one, other] = pair
    return list(best.values())


def _named(items: Sequence[Item], pairs: Iterable[Likeness]) -> list[Pair]:
    named = []
    for pair in pairs:
        first, second = sorted((items[pair.first].place, items[pair.second].place))
        named.append(Pair(first, second, RULES[pair.rule], f"{1 - pair.unlike:.4f}"))
    return sorted(named)
