"""Clusters that grow pair by pair (union-find) and refuse what must not come together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from warehouse.clustering.items import Item, Named, agree


class Clusters:
    def __init__(self, items: Sequence[Item], separate: Iterable[tuple[int, int]] = ()) -> None:
        """Each item alone; the pairs of `separate` never come together."""
        self._above = list(range(len(items)))
        self._days: list[Named] = [frozenset() if item.days is None else frozenset([item.days]) for item in items]
        self._apart: dict[int, set[int]] = defaultdict(set)
        for a, b in separate:
            self._apart[a].add(b)
            self._apart[b].add(a)
        self.refused = 0
        """How many pairs were kept apart by their days or a decision."""

    def find(self, index: int) -> int:
        """The item that the cluster is known by here; another one after it has grown."""
        above = self._above
        while above[index] != index:
            above[index] = index = above[above[index]]
        return index

    def days(self, index: int) -> Named:
        return self._days[self.find(index)]

    def are_joined(self, one: int, other: int) -> bool:
        return self.find(one) == self.find(other)

    def are_separated(self, one: int, other: int) -> bool:
        """Whether a reviewer has separated any item of the one's cluster from any of the other's."""
        return self.find(other) in self._apart.get(self.find(one), ())

    def join(self, one: int, other: int, *, whatever_days: bool = False) -> bool:
        """Makes one cluster of two; False if it is one already or must not be."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return False
        if not (whatever_days or agree(self._days[one], self._days[other])) or self.are_separated(one, other):
            self.refused += 1
            return False
        one, other = min(one, other), max(one, other)
        self._above[other] = one
        self._days[one] |= self._days[other]
        for index in self._apart.pop(other, ()):
            self._apart[index].remove(other)
            self._apart[index].add(one)
            self._apart[one].add(index)
        return True

    def members(self) -> list[list[int]]:
        groups: dict[int, list[int]] = defaultdict(list)
        for index in range(len(self._above)):
            groups[self.find(index)].append(index)
        return list(groups.values())
