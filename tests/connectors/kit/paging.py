"""Walking through pages: nothing is lost, nothing is read for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from connectors.errors import ConnectorError
from connectors.records import Page
from sandbox.exchange import Answer, Asked, Place
from tests.connectors.kit.bench import CLONES, NOW, Bench, clone_of, published_at
from tests.connectors.kit.wire import Exchange, SameToken, changed_at, changed_everywhere, tokens, walk, with_records

BOUND = 120
"""Requests after which a reading that gets nowhere must have given up."""


def check_pages_are_read_to_the_end(bench: Bench) -> None:
    """Every post that the platform shows comes."""
    found = {clone_of(post) for post in bench.posts(bench.clean_pages)} - {None}
    assert len(found) == CLONES, f"{CLONES - len(found)} of {CLONES} posts that the platform shows were not read"
    for reading in bench.clean:
        if len(reading.pages) > 2 and len(_clones(bench, reading.pages)) > CLONES / 2:
            assert len(_clones(bench, reading.pages)) == CLONES, f"{reading.query.name} misses posts"


def check_an_empty_page_is_not_the_end(bench: Bench) -> None:
    """A page without posts that says how to go on is followed by the next one."""
    way = walk(bench, bench.longest)
    if not way[1].promises_more:
        return
    assert_middle_may_be_empty(bench, way)


def assert_middle_may_be_empty(bench: Bench, way: list[Exchange]) -> None:
    clean = _clones(bench, bench.longest.pages)
    bench.bend(changed_at(way[1], lambda records: []))
    reading = bench.read(bench.longest.query)
    lost = clean - _clones(bench, reading.pages)
    most = len(way[1].records)
    assert reading.error is None, f"an empty page in the middle is taken for an error: {reading.error}"
    assert len(lost) <= most, f"after an empty page of {most} posts, {len(lost)} posts are missing"


def check_a_token_that_repeats_itself_is_followed(bench: Bench) -> None:
    """The way to the next page may bear the same name on every page; what is on the pages tells whether it gets on."""
    way = walk(bench, bench.longest)
    if not tokens(way[0].document):
        return
    clean = _clones(bench, bench.longest.pages)
    bench.reset()
    bench.bend(SameToken())
    reading = bench.read(bench.longest.query)
    lost = clean - _clones(bench, reading.pages)
    assert reading.error is None, f"a token that repeats itself is taken for an error: {reading.error}"
    assert not lost, f"{len(lost)} posts are missing where the token to the next page repeats itself"


def check_the_same_page_for_ever_ends(bench: Bench) -> None:
    """A platform that always promises a next page and always gives the same one is left, with an error."""
    query = bench.longest.query
    bench.reset()
    bench.sandbox.faults.plant("", "same_page")
    reading = bench.read(query)
    assert reading.transport.requests <= BOUND, f"{reading.transport.requests} requests for one page"
    assert isinstance(reading.error, ConnectorError), "the same page for ever is taken for a good end"
    assert reading.pages, "what came before is not handed over"


def check_empty_pages_for_ever_end(bench: Bench) -> None:
    """So is one that promises a next page and gives empty ones."""
    way = walk(bench, bench.longest)
    first = way[0]
    if not first.promises_more:
        return
    bench.reset()

    def bend(place: Place, asked: Asked, now: datetime) -> Answer:
        answer = place.answer(asked, now)
        if asked.path != first.asked.path or answer.status != 200:
            return answer
        return with_records(first.answer, lambda records: [])

    bench.bend(bend)
    reading = bench.read(bench.longest.query)
    assert reading.transport.requests <= BOUND * 3, f"{reading.transport.requests} requests for empty pages"


def check_a_post_on_two_pages_is_one(bench: Bench) -> None:
    """Lists shift while they are read: the same post comes twice under the same key, and nothing else is lost."""
    way = walk(bench, bench.longest)
    first = way[0].records[0]
    clean = bench.keys(bench.longest.pages)
    bench.reset()
    bench.bend(changed_at(way[1], lambda records: [first, *records]))
    reading = bench.read(bench.longest.query)
    found = bench.keys(reading.pages)
    assert reading.error is None, f"a post that comes twice is taken for an error: {reading.error}"
    assert found == clean, f"keys that differ by page: {len(found - clean)} new ones, {len(clean - found)} lost"


def check_posts_come_in_any_order(bench: Bench) -> None:
    """Within a page the order tells nothing: nothing is lost where it is turned round."""
    way = walk(bench, bench.longest)
    clean = bench.keys(bench.longest.pages)
    bench.reset()
    bench.bend(changed_everywhere(way, lambda records: records[::-1]))
    reading = bench.read(bench.longest.query)
    lost = clean - bench.keys(reading.pages)
    assert reading.error is None, f"another order is taken for an error: {reading.error}"
    assert not lost, f"{len(lost)} posts are lost where a page is in another order"


def check_an_old_post_among_new_ones_ends_nothing(bench: Bench) -> None:
    """A late post stands among newer ones: reading goes on to the window's beginning."""
    way = walk(bench, bench.longest)
    since = NOW - timedelta(hours=15)
    old = way[-1].records[-1]
    bench.reset()
    expected = {
        post.post_id
        for post in bench.posts(bench.read(bench.longest.query, since=since).pages)
        if post.created_at and post.created_at >= since and clone_of(post) is not None
    }
    assert len(expected) > 100
    bench.reset()

    def bend(place: Place, asked: Asked, now: datetime) -> Answer:
        answer = place.answer(asked, now)
        return with_records(answer, lambda records: [*records, old]) if asked.path == way[0].asked.path else answer

    bench.bend(bend, times=2)
    reading = bench.read(bench.longest.query, since=since)
    lost = expected - bench.keys(reading.pages)
    assert not lost, f"{len(lost)} posts of the window are lost after one that is older than it"


def check_the_window_is_read_whole(bench: Bench) -> None:
    """From the moment asked for, itself included, up to now."""
    for since in (NOW - timedelta(hours=10), NOW - timedelta(minutes=40)):
        for reading in bench.clean:
            if len(_clones(bench, reading.pages)) < CLONES / 2:
                continue
            expected = {clone for clone in range(CLONES) if published_at(clone) >= since}
            bench.reset()
            found = _clones(bench, bench.read(reading.query, since=since).pages)
            lost = len(expected - found)
            assert not lost, f"{reading.query.name}: {lost} posts of the window [{since:%H:%M}, now) were not read"


def check_a_killed_reading_is_made_good(bench: Bench) -> None:
    """Wherever a reading is cut off, the next one over the same window brings the rest."""
    query, clean = bench.longest.query, bench.keys(bench.longest.pages)
    for page in range(1, min(4, len(bench.longest.pages)) + 1):
        bench.reset()
        transport = bench.transport()
        going = bench.connector.fetch(bench.search(query), transport, bench.credentials(query))
        kept = {key for _ in range(page) for key in bench.keys([next(iter(going))])}
        getattr(going, "close", lambda: None)()
        found = kept | bench.keys(bench.read(query).pages)
        assert found == clean, f"cut off after page {page}: {len(clean - found)} posts lost, {len(found - clean)} new"


def check_two_readings_are_one(bench: Bench) -> None:
    """Reading again gives the same posts, word for word."""
    for reading in bench.clean:
        bench.reset()
        again = bench.read(reading.query)
        first = {item.key: item for item in bench.items(reading.pages)}
        second = {item.key: item for item in bench.items(again.pages)}
        assert first.keys() == second.keys(), f"{reading.query.name}: another reading gives other posts"
        for key, item in first.items():
            assert bench.connector.parse(item) == bench.connector.parse(second[key]), "a post is read in two ways"


def check_what_came_before_an_error_is_kept(bench: Bench) -> None:
    """A page is handed over before the next is asked for."""
    way = walk(bench, bench.longest)
    bench.reset()
    reached: list[bool] = []

    def bend(place: Place, asked: Asked, now: datetime) -> Answer:
        if reached or way[2].is_(asked):
            reached.append(True)
            return place.refusal(500)
        return place.answer(asked, now)

    bench.bend(bend)
    reading = bench.read(bench.longest.query)
    assert isinstance(reading.error, ConnectorError), "a list that breaks off is taken for a good end"
    assert bench.keys(reading.pages), "the pages before an error are lost"


def check_requests_are_bounded(bench: Bench) -> None:
    """A reading of a few pages takes a few requests."""
    for reading in bench.clean:
        assert reading.transport.requests < BOUND


def _clones(bench: Bench, pages: Iterable[Page]) -> set[int | None]:
    return {clone_of(post) for post in bench.posts(pages)} - {None}
