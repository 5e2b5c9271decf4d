"""One person's unique posts: the rules one by one, the traps of metrics.md g.2, and what people decided."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from warehouse.clustering import addresses, evidence, texts
from warehouse.clustering.items import Decision, Item
from warehouse.clustering.people import unique_posts

Make = Callable[..., Item]
WORDS = "my favourite room of the old museum by the river"


def merged(*items: Item, decisions: tuple[Decision, ...] = ()) -> list[tuple[int, int, str]]:
    return [pair[:3] for pair in unique_posts(items, decisions).merged]


def doubtful(*items: Item, decisions: tuple[Decision, ...] = ()) -> list[tuple[int, int, str]]:
    return [pair[:3] for pair in unique_posts(items, decisions).doubtful]


def test_greetings_on_different_days_stay_apart(item: Make) -> None:
    """Equal words that name different days are never one post, and nobody is asked."""
    greetings = [item(day, 24 * day, "good morning from rio everyone", days={day}) for day in range(1, 12)]
    assert (merged(*greetings), doubtful(*greetings)) == ([], [])


def test_a_copy_of_a_greeting_goes_to_its_day(item: Make) -> None:
    """Though another day's greeting lies in between."""
    words = "good morning from rio everyone"
    posts = [item(1, 0, words, days={14}), item(2, 24, words, days={15}), item(3, 25, words, days={14})]
    assert merged(*posts) == [(1, 3, "text")]


def test_a_greeting_without_a_day_does_not_join_two_days(item: Make) -> None:
    """It goes with the nearest; the pair that would then join two days is left to a person."""
    words = "good morning from rio everyone"
    posts = [item(1, 0, words, days={14}), item(2, 10, words), item(3, 24, words, days={15})]
    assert merged(*posts) == [(1, 2, "text")]
    assert doubtful(*posts) == [(2, 3, "text")]


def test_kept_apart_neighbours_do_not_hide_whom_they_stand_between(item: Make) -> None:
    """Copies of two days in turn are joined with their own day's, however the days are told."""
    words = "good morning from rio everyone"
    posts = [
        item(1, 0, words, days={1}, media_hashes=["a"]),
        item(2, 1, words, days={2}, media_hashes=["b"]),
        item(3, 60, "another text of it", media_hashes=["a"]),
        item(4, 61, "and one more of these", media_hashes=["b"]),
        item(5, 100, words, media_hashes=["c"]),
        item(6, 120, "what is this again", days={1}, media_hashes=["a", "c"]),
    ]
    found = unique_posts(posts)
    assert found.copies == [(1, 1), (2, 2), (3, 1), (4, 2), (5, 1), (6, 1)]


def test_a_chain_may_be_longer_than_its_links(item: Make) -> None:
    """Each within 72 hours of the next is one post; a gap longer than that is a doubt, than a week none."""
    chain = [item(1, 0, WORDS), item(2, 72, WORDS), item(3, 144, WORDS)]
    assert merged(*chain) == [(1, 2, "text"), (2, 3, "text")]
    assert doubtful(*chain, item(4, 217, WORDS)) == [(3, 4, "text")]
    assert doubtful(*chain, item(4, 313, WORDS)) == []


def test_a_bridge_s_copy_is_of_one_post(item: Make) -> None:
    """Of several that read like it, the nearest; the original stands for both though it came later."""
    posts = [item(1, 0, "good morning"), item(2, 20, "good morning"), item(9, 21, "good morning", is_bridge=True)]
    assert merged(*posts) == [(2, 9, "bridge")]
    assert doubtful(*posts) == [(1, 2, "text")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("my favourite room of the o", [(1, 2, "truncated")]),
        ("my favourite room of", [(1, 2, "truncated")]),
        ("my favourite room o", []),
        ("your favourite room of the old", []),
    ],
)
def test_a_text_that_was_cut(item: Make, words: str, told: list[tuple[int, int, str]]) -> None:
    """The beginning of the other with four whole words, and an ellipsis."""
    assert merged(item(1, 0, WORDS), item(2, 1, words, is_truncated=True)) == told
    assert merged(item(1, 0, WORDS), item(2, 1, words)) == []


@pytest.mark.parametrize(
    ("words", "tokens"),
    [
        ("هذا هو المتحف القديم عندنا", 5),
        ("大家早上好", 2),
        ("在博物馆看到的青铜鼎非常漂亮", 7),
        ("museum 博物馆", 2),
    ],
)
def test_tokens_in_every_script(words: str, tokens: int) -> None:
    """Scripts without spaces have a token for two signs."""
    assert texts.read(words)[0] == tokens


def test_a_flat_picture_tells_nothing(item: Make) -> None:
    """All pictures of one colour have the same hash."""
    flat = ["phash:8000000000000000"]
    posts = [item(1, 0, media_hashes=flat), item(2, 1, media_hashes=flat)]
    assert (merged(*posts), doubtful(*posts)) == ([], [])


def test_the_address_of_a_page_is_no_post_s(item: Make) -> None:
    """Where clerks give a group's address for all its posts, a link to it leads to none of them."""
    group = {"url": "https://facebook.com/groups/1", "platform": "facebook"}
    posts = [item(1, 0, **group), item(2, 1, **group), item(3, 2, links=["https://www.facebook.com/groups/1/"])]
    assert merged(*posts) == []
    assert merged(posts[0], posts[2]) == [(1, 3, "link")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.com/a/status/12", "http://mobile.twitter.com/i/web/status/12?s=20"),
        ("at://did:plc:abc/app.bsky.feed.post/3kx", "https://bsky.app/profile/amal.test/post/3kx"),
        ("https://www.instagram.com/p/Cx_1-a/", "https://instagram.com/amal/reel/Cx_1-a/?igsh=z"),
        ("https://social.example/@amal/77", "https://social.example/users/amal/statuses/77"),
        ("https://youtu.be/Ab-9", "https://www.youtube.com/watch?t=3&v=Ab-9"),
        ("https://blog.example/?p=5", "http://www.blog.example?p=5&utm_source=x#top"),
    ],
)
def test_addresses_of_the_same_post(one: str, other: str) -> None:
    """However they are written."""
    assert addresses.key(one) == addresses.key(other)


def test_addresses_of_different_posts() -> None:
    """What tells them apart stays."""
    given = ("https://blog.example/?p=5", "https://blog.example/?p=6", "https://x.com/a/status/1", "https://[broken")
    assert len({addresses.key(address) for address in given}) == len(given)


def test_what_people_decided(item: Make) -> None:
    """Merged though nothing is alike, whatever the days; separated though everything is, and for all their copies."""
    posts = [item(1, 0, WORDS, days={1}), item(2, 200, "other words", days={2})]
    assert merged(*posts, decisions=(Decision(1, 2, is_same=True),)) == [(1, 2, "reviewer")]
    copies = [item(1, 0, WORDS), item(2, 1, WORDS), item(3, 2, WORDS)]
    apart = Decision(1, 3, is_same=False)
    assert merged(*copies, decisions=(apart,)) == [(1, 2, "text")]
    assert doubtful(*copies, decisions=(apart,)) == []


def test_a_hundred_thousand_would_do(item: Make) -> None:
    """One person's very many equal and nearly equal texts take about as much each as few do."""
    near = [item(n, n / 100, f"good morning everyone from the museum in rio number {n}") for n in range(3000)]
    assert len({cluster for _, cluster in unique_posts(near).copies}) == 1
    equal = [item(n, n / 100, WORDS) for n in range(3000)]
    assert len(unique_posts(equal).merged) == 2999


def test_one_text_under_many_sets_of_days_costs_no_more_per_post(item: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever somebody posts, an item is held against a bounded number of those before it."""
    held = 0

    def agree(*_: object) -> bool:
        nonlocal held
        held += 1
        return False

    monkeypatch.setattr("warehouse.clustering.evidence.agree", agree)
    days = list(combinations(range(1, 29), 3))[:1500]
    unique_posts([item(at, at / 100, "good morning everyone from rio", days=three) for at, three in enumerate(days)])
    assert 0 < held <= len(days) * evidence.SETS_OF_DAYS
