"""Which items of one person are alike (metrics.md b.6), without comparing each with each.

Items with the same words, picture or address are a group. In a group an item is held against the last one before it
only, of every set of days that it may share: the one before that is alike to that one. Groups that are nearly alike
are found by their rarest words and by their pictures' bits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from warehouse.clustering import addresses, pictures, texts
from warehouse.clustering.items import DOUBTFUL_WITHIN, RULES, SAME_POST_WITHIN, Item, Likeness, Named, agree
from warehouse.clustering.joining import Clusters

LINK, BRIDGE, MEDIA, TEXT, TRUNCATED, NEAR_TEXT = range(1, len(RULES))
SETS_OF_DAYS = 128
"""Different sets of days that an item of a group is held against, the latest; nobody means so many in a week."""


class Group(NamedTuple):
    """Items of which each is alike to each, or, with `others`, to each of these."""

    rule: int
    score: float
    is_sure: bool
    is_bridged: bool
    """Whether it is enough for a bridge's copy to know its post by."""
    members: Sequence[int]
    others: Sequence[int] | None = None


class Evidence:
    def __init__(self, items: Sequence[Item]) -> None:
        """`items` are one person's, in the order of time."""
        self.items = items
        self._groups = [*_by_words(items), *_by_pictures(items), *_by_address(items)]

    def likenesses(self, clusters: Clusters) -> Iterator[Likeness]:
        """The pairs of items alike that are not in one cluster and may come into one, as far as their days go."""
        for group in self._groups:
            for pair in self._pairs(group, clusters):
                if not clusters.are_joined(pair.first, pair.second):
                    yield pair

    def bridges(self, clusters: Clusters) -> list[Likeness]:
        """For each copy that a bridge made the post that it is most likely of, by words that would not tell others.

        It is a copy of one post only: with all that read like it, it would make one post of a week's greetings.
        """
        best: dict[int, Likeness] = {}
        for group in self._groups:
            if not group.is_bridged or group.is_sure or not any(self.items[one].is_bridge for one in _all(group)):
                continue
            for pair in self._pairs(group, clusters):
                for index in (pair.first, pair.second):
                    if self.items[index].is_bridge:
                        sure = pair._replace(rule=BRIDGE, is_sure=True)
                        best[index] = min(best.get(index, sure), sure, key=partial(_nearness, index))
        return list(best.values())

    def _pairs(self, group: Group, clusters: Clusters) -> Iterator[Likeness]:
        within = DOUBTFUL_WITHIN if group.is_sure else SAME_POST_WITHIN
        for first, second in self._neighbours(group, clusters):
            apart = self.items[second].at - self.items[first].at
            if apart <= within:
                by_bridge = group.is_bridged and (self.items[first].is_bridge or self.items[second].is_bridge)
                rule = BRIDGE if by_bridge and group.is_sure else group.rule
                yield Likeness(rule, 1 - group.score, apart, first, second, group.is_sure)

    def _neighbours(self, group: Group, clusters: Clusters) -> Iterator[tuple[int, int]]:
        """Pairs of the group, the earlier item first."""
        if group.others is None:
            sides: Iterable[tuple[int, int]] = ((index, 0) for index in group.members)
            facing = (0, 0)
        elif len(group.members) == len(group.others) == 1:
            first, second = sorted((group.members[0], group.others[0]))
            if agree(clusters.days(first), clusters.days(second)):
                yield first, second
            return
        else:
            sides = sorted([*((index, 0) for index in group.members), *((index, 1) for index in group.others)])
            facing = (1, 0)
        last: tuple[dict[tuple[Named, bool], int], ...] = ({}, {})
        for index, side in sides:
            days, oldest = clusters.days(index), self.items[index].at - DOUBTFUL_WITHIN
            for (named, _), before in last[facing[side]].items():
                if self.items[before].at >= oldest and before != index and agree(named, days):
                    yield before, index
            latest, key = last[side], (days, self.items[index].is_bridge)
            latest.pop(key, None)
            latest[key] = index
            if len(latest) > SETS_OF_DAYS:
                del latest[next(iter(latest))]


def _nearness(index: int, pair: Likeness) -> tuple[float, float, bool, int]:
    """How little a pair of the item is alike and how far apart it is; of equals the last before it is first."""
    other = pair.second if index == pair.first else pair.first
    return pair.unlike, pair.apart, other > index, abs(other - index)


def _all(group: Group) -> Iterable[int]:
    return (*group.members, *(group.others or ()))


def _by_words(items: Sequence[Item]) -> Iterator[Group]:
    """Equal texts, texts that share most of their words, and beginnings of a text that was cut."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        if item.words:
            found[item.words].append(index)
    known = [texts.read(words) for words in found]
    for (size, _), members in zip(known, found.values(), strict=True):
        if len(members) > 1:
            yield Group(TEXT, 1.0, size >= texts.TELLING, True, members)
    places = list(found.values())
    for one, other, score in texts.alike(known):
        yield Group(NEAR_TEXT, score, score >= texts.SAME, True, places[one], places[other])
    cut = {words for words, members in found.items() if any(items[index].is_truncated for index in members)}
    for beginning, whole, score in texts.cut_short(cut, found):
        members = [index for index in found[beginning] if items[index].is_truncated]
        yield Group(TRUNCATED, score, True, True, members, found[whole])


def _by_pictures(items: Sequence[Item]) -> Iterator[Group]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        for picture in set(item.media_hashes):
            if pictures.tells(picture):
                found[picture].append(index)
    for members in found.values():
        if len(members) > 1:
            yield Group(MEDIA, 1.0, True, False, members)
    for one, other, bits in pictures.alike(list(found)):
        yield Group(MEDIA, 1 - bits / pictures.BITS, bits <= pictures.SAME, False, found[one], found[other])


def _by_address(items: Sequence[Item]) -> Iterator[Group]:
    """Items that link to another one of the person."""
    if not any(item.links for item in items):
        return
    owners: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        for address in {addresses.key(given) for given in (item.url, item.post_id) if given}:
            owners[address].append(index)
    for index, item in enumerate(items):
        for address in {addresses.key(given) for given in item.links}:
            # an address that several items give as theirs is that of a page or group, not of a post
            if len(owner := owners.get(address, [])) == 1 and owner[0] != index:
                yield Group(LINK, 1.0, True, True, owner, [index])
