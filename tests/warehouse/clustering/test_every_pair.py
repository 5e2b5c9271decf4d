"""The clusters against those of somebody who holds each item against each, by metrics.md b.6 alone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.warehouse.clustering.conftest import make
from warehouse.clustering.items import Decision, Item
from warehouse.clustering.people import Joined, unique_posts

BASES = (
    "my favourite room of the old museum by the river",
    "my favourite room of the new museum by the river",
    "good morning from rio everyone",
    "good morning all",
    "light light light",
    "",
)
EXTRA = ("today", "here", "look", "again")
PICTURES = ("sha256:aa", "phash:00ff00ff00ff00ff", "phash:00ff00ff00ff00f0", "phash:00ff00ff00ff3c3c", "by hand")
DAYS = (None, {1}, {2}, {1, 2})


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, bool]:
    """Comparable words, and whether they are only the beginning."""
    words = " ".join([draw(st.sampled_from(BASES)), *draw(st.lists(st.sampled_from(EXTRA), max_size=3))]).strip()
    if is_cut := draw(st.booleans()):
        words = words[: draw(st.integers(0, len(words)))].strip()
    return words, is_cut


@st.composite
def items(draw: st.DrawFn, days: Iterable[set[int] | None] = DAYS) -> list[Item]:
    """One person's items, of few texts, pictures and hours, so that many are alike."""
    pool = draw(st.lists(texts(), min_size=1, max_size=3))
    pictures = draw(st.lists(st.sampled_from(PICTURES), max_size=3))
    found = []
    for place in range(1, draw(st.integers(2, 9)) + 1):
        words, is_truncated = draw(st.sampled_from(pool))
        linked = draw(st.lists(st.integers(1, 9), max_size=1)) if draw(st.integers(0, 3)) == 0 else []
        found.append(make(
            place, draw(st.integers(0, 12)) * 20, words, is_truncated=is_truncated,
            days=draw(st.sampled_from(list(days))),
            media_hashes=draw(st.lists(st.sampled_from(pictures), max_size=1)) if pictures else [],
            links=[f"http://twitter.com/fellow/status/{place}?s=20" for place in linked],
            is_bridge=draw(st.integers(0, 5)) == 0,
        ))  # fmt: skip
    return found


@st.composite
def decisions(draw: st.DrawFn) -> list[Decision]:
    pairs = st.tuples(st.integers(1, 2), st.integers(3, 4), st.booleans())
    return [Decision(*pair) for pair in draw(st.lists(pairs, max_size=2, unique_by=lambda pair: pair[:2]))]


# ---------------------------------------------------------------- somebody who holds each against each


def jaccard(one: Item, other: Item) -> float:
    """The share of tokens in common; 0 where either has fewer than six."""
    first, second = one.words.split(), other.words.split()
    if min(len(first), len(second)) < 6:
        return 0.0
    return len(set(first) & set(second)) / len(set(first) | set(second))


def bits(one: Item, other: Item) -> int:
    """The bits in which their pictures differ at least; 0 for the same picture."""
    distances = [64]
    for first, second in product(one.media_hashes, other.media_hashes):
        if first == second:
            distances.append(0)
        elif first.startswith("phash:") and second.startswith("phash:"):
            distances.append((int(first[6:], 16) ^ int(second[6:], 16)).bit_count())
    return min(distances)


def is_cut(one: Item, other: Item) -> bool:
    """Whether the one is the other's beginning, with four whole words."""
    if not one.is_truncated or one.words == other.words or not other.words.startswith(one.words):
        return False
    theirs = other.words.split()
    return sum(word == theirs[at] for at, word in enumerate(one.words.split())) >= 4


def links(one: Item, other: Item) -> bool:
    return any(address.endswith(f"/status/{other.place}?s=20") for address in one.links)


def is_sure(one: Item, other: Item) -> bool:
    return (
        links(one, other) or links(other, one) or bits(one, other) <= 4
        or (one.words == other.words and len(one.words.split()) >= 4) or jaccard(one, other) >= 0.8
        or is_cut(one, other) or is_cut(other, one)
    )  # fmt: skip


def bridged(given: list[Item]) -> set[frozenset[int]]:
    """For each copy that a bridge made the nearest of the items that read most like it, if nothing surer tells it."""
    found = set()
    for copy in given:
        candidates = []
        for other in given:
            score = 1.0 if copy.words == other.words else jaccard(copy, other)
            far = abs(copy.at - other.at) > 72 * 3600
            telling = len(copy.words.split()) >= 4 if copy.words == other.words else score >= 0.8
            if copy is other or not copy.words or score < 0.5 or telling or far or not agree(copy, other):
                continue
            is_after = (other.at, other.place) > (copy.at, copy.place)
            candidates.append((-score, abs(copy.at - other.at), is_after, other.place if is_after else -other.place))
        if copy.is_bridge and candidates:
            found.add(frozenset([copy.place, abs(min(candidates)[-1])]))
    return found


def is_doubtful(one: Item, other: Item) -> bool:
    """Alike, but not surely, or too far apart in time."""
    hours = abs(one.at - other.at) / 3600
    same_words = one.words == other.words and bool(one.words)
    alike = same_words or jaccard(one, other) >= 0.5 or bits(one, other) <= 10
    return hours <= 168 if is_sure(one, other) else alike and hours <= 72


def agree(one: Item, other: Item) -> bool:
    return one.days is None or other.days is None or one.days <= other.days or one.days >= other.days


def merges(one: Item, other: Item) -> bool:
    return is_sure(one, other) and abs(one.at - other.at) <= 72 * 3600 and agree(one, other)


def components(places: Iterable[int], pairs: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    group = {place: {place} for place in places}
    for one, other in pairs:
        joined = group[one] | group[other]
        for place in joined:
            group[place] = joined
    return {frozenset(members) for members in group.values()}


def clusters(given: list[Item], joined: Joined) -> set[frozenset[int]]:
    return components((item.place for item in given), joined.copies)


# ---------------------------------------------------------------- properties


@given(items(days=[None, {1}]))
@example([make(place, words="good morning", is_bridge=place != 3) for place in range(1, 5)])
@settings(max_examples=400, deadline=None)
def test_the_same_clusters_as_by_all_pairs(given: list[Item]) -> None:
    """Where no day keeps items apart: what is alike, however it was found, and what is in doubt."""
    found = unique_posts(given)
    of_bridges = bridged(given)
    pairs = [(a.place, b.place) for a, b in combinations(given, 2) if merges(a, b) or {a.place, b.place} in of_bridges]
    places = [item.place for item in given]
    assert clusters(given, found) == components(places, pairs)
    doubts = [(a.place, b.place) for a, b in combinations(given, 2) if is_doubtful(a, b) and agree(a, b)]
    told = [(pair.first, pair.second) for pair in (*found.merged, *found.doubtful)]
    assert components(places, told) == components(places, [*pairs, *doubts])


@given(items(), decisions())
@settings(max_examples=400, deadline=None)
def test_what_must_stay_apart_stays_apart_and_the_rest_is_joined(given: list[Item], decided: list[Decision]) -> None:
    """No cluster has different days or what was separated; no two clusters are left that could be joined."""
    by_place = {item.place: item for item in given}
    decided = [decision for decision in decided if {decision.first, decision.second} <= by_place.keys()]
    found = unique_posts(given, decided)
    same = {pair[:2] for pair in decided if pair.is_same}
    separate = {frozenset(pair[:2]) for pair in decided if not pair.is_same}
    for pair in found.merged:
        one, other = by_place[pair.first], by_place[pair.second]
        assert (
            merges(one, other)
            or pair.rule == "bridge"
            or (pair.rule == "reviewer" and (pair.first, pair.second) in same)
        )
    groups = clusters(given, found)
    for group in groups:
        members = [by_place[place] for place in group]
        for one, other in combinations(members, 2):
            assert {one.place, other.place} not in separate
            assert agree(one, other) or same
    for one_group, other_group in combinations(groups, 2):
        both = [(by_place[a], by_place[b]) for a, b in product(one_group, other_group)]
        kept_apart = any({a.place, b.place} in separate for a, b in both) or not all(agree(a, b) for a, b in both)
        assert kept_apart or not any(merges(a, b) for a, b in both)


@given(items(), decisions(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_rows_does_not_matter(given: list[Item], decided: list[Decision], dice: Random) -> None:
    """Shuffled rows give the same clusters, the same pairs and the same doubts."""
    places = {item.place for item in given}
    decided = [decision for decision in decided if {decision.first, decision.second} <= places]
    shuffled = given.copy()
    dice.shuffle(shuffled)
    assert unique_posts(shuffled, decided[::-1]) == unique_posts(given, decided)


@given(items(), decisions())
@settings(max_examples=200, deadline=None)
def test_every_merge_is_explained_once_and_no_doubt_is_idle(given: list[Item], decided: list[Decision]) -> None:
    """n items are joined by n - 1 pairs; a doubtful pair is of two clusters, and no two of the same two."""
    places = {item.place for item in given}
    found = unique_posts(given, [pair for pair in decided if {pair.first, pair.second} <= places])
    groups = clusters(given, found)
    assert components(places, [(pair.first, pair.second) for pair in found.merged]) == groups
    assert len(found.merged) == len(places) - len(groups)
    of = {place: group for group in groups for place in group}
    between = [frozenset([of[pair.first], of[pair.second]]) for pair in found.doubtful]
    assert len(set(between)) == len(between)
    assert all(len(pair) == 2 for pair in between)
    stands_for = dict(found.copies)
    assert all(stands_for[place] == min(of[place]) for place in stands_for)
