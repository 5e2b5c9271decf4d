"""Which posts of the reference world are the same, by the rules of `metrics.md` b.6, written down once more: every pair
of one person's within a week is looked at."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import combinations

import pytest

from sandbox.truth.fates import DUPLICATES
from sandbox.world import Planned, World

NEAR, WEEK = timedelta(hours=72), timedelta(days=7)
HIDDEN = re.compile(r"https?://\S+|[#@]\w+|[\ufe0e\ufe0f]")
WORDS = re.compile(r"[^\W_]+")


@cache
def plain(text: str) -> list[str]:
    return WORDS.findall(unicodedata.normalize("NFKC", HIDDEN.sub(" ", text)).lower())


def text(post: Planned) -> str:
    return f"{post.title} {post.versions[-1].text}"


def conflicting(one: Planned, other: Planned) -> bool:
    """They name days, and none in common."""
    return bool(one.says_days and other.says_days and not set(one.says_days) & set(other.says_days))


def is_cut(short: Planned, whole: Planned) -> bool:
    head = plain(short.versions[-1].text)
    return short.versions[-1].text.endswith("…") and plain(whole.versions[-1].text)[: len(head)] == head


def how_alike(one: Planned, other: Planned) -> str:
    """`same`, `doubtful` or `apart`."""
    if conflicting(one, other):
        return "apart"
    ours, theirs = plain(text(one)), plain(text(other))
    jaccard = len({*ours} & {*theirs}) / len({*ours} | {*theirs})
    is_bridge = "brid" in f"{one.author}{other.author}" and other.plan_id in (one.copy_of, f"{one.plan_id}-d")
    linked = any("http" in post.versions[-1].text for post in (one, other)) and one.plan_id[:5] == other.plan_id[:5]
    pictures = {post.image.partition("~")[0] if post.image else post.plan_id for post in (one, other)}
    certain = (
        *(linked, is_bridge, len(pictures) == 1, is_cut(one, other), is_cut(other, one)),
        *(ours == theirs and len({*ours}) >= 4, jaccard >= 0.8 and min(len({*ours}), len({*theirs})) >= 6),
    )
    if abs(one.published_at - other.published_at) <= NEAR:
        if any(certain):
            return "same"
        return "doubtful" if jaccard >= 0.5 or ours == theirs else "apart"
    return "doubtful" if any(certain) or ours == theirs else "apart"


@pytest.fixture(scope="module")
def countable(campaign: World) -> dict[str, list[Planned]]:
    """The items that nothing but being a copy keeps from counting, by person."""
    by_person = defaultdict(list)
    for post in campaign.posts.values():
        if post.counts in ("yes", *DUPLICATES):
            by_person[campaign.credited(post)].append(post)
    return by_person


def pairs(posts: list[Planned]) -> Iterator[tuple[Planned, Planned]]:
    for one, other in combinations(posts, 2):
        if abs(one.published_at - other.published_at) <= WEEK:
            yield one, other


@pytest.fixture(scope="module")
def found(countable: dict[str, list[Planned]]) -> dict[str, set[frozenset[str]]]:
    by_verdict: dict[str, set[frozenset[str]]] = defaultdict(set)
    for posts in countable.values():
        for one, other in pairs(posts):
            by_verdict[how_alike(one, other)].add(frozenset({one.plan_id, other.plan_id}))
    return by_verdict


def test_copies_are_the_same_as_what_they_copy_and_nothing_else_is(
    campaign: World, found: dict[str, set[frozenset[str]]]
) -> None:
    leader: dict[str, str] = {}

    def lead(plan_id: str) -> str:
        while plan_id in leader:
            plan_id = leader[plan_id]
        return plan_id

    for pair in found["same"]:
        one, other = sorted(map(lead, pair))
        if one != other:
            leader[other] = one
    clusters = defaultdict(set)
    planned = defaultdict(set)
    for post in campaign.posts.values():
        if post.counts in ("yes", *DUPLICATES):
            clusters[lead(post.plan_id)].add(post.plan_id)
            planned[post.plan_id if post.waits == "duplicate" else post.copy_of or post.plan_id].add(post.plan_id)
    assert set(map(frozenset, clusters.values())) == set(map(frozenset, planned.values()))


def test_fourteen_pairs_are_doubtful_and_five_of_them_are_two_posts(
    campaign: World, found: dict[str, set[frozenset[str]]]
) -> None:
    posts = campaign.posts.values()
    true = {frozenset({post.plan_id, post.copy_of or ""}) for post in posts if post.waits == "duplicate"}
    false = {frozenset({post.plan_id, post.looks_like}) for post in posts if post.looks_like}
    assert (len(true), len(false)) == (9, 5)
    assert found["doubtful"] == true | false


def test_eleven_greetings_would_merge_if_days_were_ignored(countable: dict[str, list[Planned]]) -> None:
    greetings = 0
    for posts in countable.values():
        for one, other in pairs([post for post in posts if post.counts == "yes"]):
            jaccard = len({*plain(text(one))} & {*plain(text(other))}) / len(
                {*plain(text(one))} | {*plain(text(other))}
            )
            if conflicting(one, other) and jaccard >= 0.8:
                greetings += 1
                assert abs(one.published_at - other.published_at) <= NEAR
            assert not (jaccard >= 0.5 and abs(one.published_at - other.published_at) > NEAR)
    assert greetings == 11


def test_four_texts_are_used_by_two_members(campaign: World) -> None:
    said = Counter(" ".join(plain(text(post))) for post in campaign.posts.values() if post.counts == "yes")
    equal = [words for words, times in said.items() if times > 1]
    assert len(equal) == 4
    for words in equal:
        one, other = (
            post for post in campaign.posts.values() if post.counts == "yes" and " ".join(plain(text(post))) == words
        )
        assert campaign.credited(one) != campaign.credited(other)
        assert one.says_days == other.says_days
        assert abs(one.published_at - other.published_at) <= NEAR
