"""What a connector promises besides posts: secrets kept, losses told, acts without words, honest forecasts."""

from __future__ import annotations

import importlib
import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, get_args

from connectors.errors import ConnectorError
from connectors.records import Act, Again, Interaction, RawItem
from connectors.registry import CONNECTORS
from sandbox.exchange import Answer, Asked, Place
from tests.connectors.kit.bench import DELETED_LATER, LATER, NOW, SINCE, Bench, clone_of
from tests.connectors.kit.wire import exchanges, with_records

ASKED_AGAIN = 45
"""How many clones are asked for again, the deleted ones among them."""


def check_behaviour_is_told(bench: Bench) -> None:
    """What it costs, cannot see and what surprises stands in the module; what is hidden has a sentence for each act."""
    told = importlib.import_module(CONNECTORS[bench.platform]).__doc__ or ""
    assert "BEHAVIOUR" in told, "the module's docstring has no section BEHAVIOUR"
    for act, reason in bench.connector.HIDDEN.items():
        assert act in get_args(Act), f"HIDDEN tells of the act {act}, which there is not"
        assert reason.strip().endswith("."), f"HIDDEN gives no sentence for {act}"
    shown = {act.act for act in _acts(bench)} & bench.connector.HIDDEN.keys()
    assert not shown, f"{', '.join(shown)} are hidden, it says, and it tells of them"


def check_query_names_are_stable_and_tell_nobody(bench: Bench) -> None:
    """The same question has the same name; a new member changes it where members are asked; no handle stands in it."""
    for ask in (bench.queries, bench.interaction_queries):
        first, again = ask(), ask()
        assert [query.name for query in first] == [query.name for query in again], "names change by themselves"
        assert len({query.name for query in first}) == len(first), "two queries have one name"
    for query in (*bench.queries(), *bench.interaction_queries()):
        assert not any(member.handle and member.handle in query.name for member in bench.members), "a name tells whom"
    for query in bench.interaction_queries():
        assert query.name.startswith("interactions/"), f"{query.name} does not begin with interactions/"
    fewer = {query.name for query in bench.queries(bench.members[1:])}
    for query in bench.queries():
        if query.members and query.members[0] == bench.members[0]:
            assert query.name not in fewer, "a changed roster does not change the name: new members are never caught up"


def check_no_secret_gets_out(bench: Bench) -> None:
    """Not into an address that is kept, a warning, an error, a log line at any level, or a query's name."""
    exchanges(bench, bench.longest)
    with bench.overheard() as lines:
        for page in _all_that_can_be_asked(bench):
            lines.append(f"Page.url {page.url} {page.about} {page.query}")
        for kind, options in _TROUBLES:
            for first in (1, 2):
                bench.reset()
                bench.sandbox.faults.plant("", kind, first=first, **options)
                for query in (bench.longest.query, *bench.queries()[:1]):
                    reading = bench.read(query)
                    lines += reading.transport.warnings
                    lines += [page.url for page in reading.pages]
                    lines += traceback.format_exception(reading.error) if reading.error else []
                    lines.append(_probed(bench, query))
    for line in lines:
        for secret in bench.secrets:
            assert secret not in line, f"a secret gets out: {line.replace(secret, '…')[:200]}"


_TROUBLES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status", {"status": 401}),
    ("status", {"status": 400}),
    ("status", {"status": 500}),
    ("rate_limited", {"reset": "absurd"}),
    ("drop", {}),
    ("html", {}),
    ("redirect", {}),
)


def _all_that_can_be_asked(bench: Bench) -> Iterator[Any]:
    yield from bench.clean_pages
    bench.reset()
    for query in (*bench.queries(), *bench.interaction_queries()):
        assert not any(secret in repr(query) for secret in bench.secrets), "a query holds a secret"
    for reading in bench.clean_acts:
        yield from reading.pages
    bench.reset()
    again: list[Again] = bench.again(_some_items(bench)[:10])
    yield from (one.page for one in again if one.page)


def _probed(bench: Bench, query: Any) -> str:
    try:
        return repr(bench.connector.probe(query, bench.transport(), bench.credentials(query)))
    except ConnectorError as error:
        return "".join(traceback.format_exception(error))


def check_probing_is_cheap(bench: Bench) -> None:
    """A few requests tell whether we are let in, and who we are."""
    bench.reset()
    query, transport = bench.queries()[0], bench.transport()
    access = bench.connector.probe(query, transport, bench.credentials(query))
    assert access.works.endswith("."), "no sentence says that it works"
    assert transport.requests <= 6, f"{transport.requests} requests to find out whether we are let in"


def check_only_what_is_gone_is_gone(bench: Bench) -> None:
    """Of posts that are asked for again, those that their authors took back are reported, and no other."""
    items, deleted = _asked_again(bench)
    bench.reset()
    bench.sandbox.clock.set(LATER)
    gone = {one.key for again in bench.again(items) for one in again.gone}
    assert gone <= deleted, f"{len(gone - deleted)} posts that are there are reported as gone"
    assert deleted <= gone, f"{len(deleted - gone)} of {len(deleted)} deleted posts are not reported"


def check_an_empty_answer_is_no_evidence(bench: Bench) -> None:
    """A server that answers with nothing once, or not at all, has not deleted anything."""
    items, _ = _asked_again(bench)
    emptied: list[str] = []

    def bend(place: Place, asked: Asked, now: datetime) -> Answer:
        answer = place.answer(asked, now)
        shorter = with_records(answer, lambda records: [])
        if emptied or shorter is answer or b"Isletcopy" not in answer.body:
            return answer
        emptied.append(asked.path)
        return shorter

    bench.reset()
    bench.bend(bend)
    gone = [one for again in bench.again(items) for one in again.gone]
    assert not gone, f"{len(gone)} posts are reported as gone after an answer without any"
    for trouble in ({"status": 500}, {"status": 401}, {"status": 403}):
        bench.reset()
        bench.sandbox.faults.plant("", "status", **trouble)
        with _expected_trouble():
            gone = [one for again in bench.again(items) for one in again.gone]
            assert not gone, f"{len(gone)} posts are reported as gone by an answer {trouble['status']}"


def check_asking_again_brings_what_changed(bench: Bench) -> None:
    """What is there comes with the page and reads as before."""
    items, deleted = _asked_again(bench)
    bench.reset()
    bench.sandbox.clock.set(LATER)
    pages = [again.page for again in bench.again(items) if again.page]
    there = {item.key for item in items} - deleted
    missing = there - bench.keys(pages)
    assert not missing, f"{len(missing)} of {len(there)} posts that are there do not come again"


@contextmanager
def _expected_trouble() -> Iterator[None]:
    try:
        yield
    except ConnectorError:
        return


def _asked_again(bench: Bench) -> tuple[list[RawItem], set[str]]:
    """Some of the clones as we hold them, and the keys of those that are gone LATER."""
    held: dict[int, RawItem] = {}
    for item in bench.items(bench.longest.pages):
        post = bench.connector.parse(item)
        clone = clone_of(post) if hasattr(post, "text") else None
        if clone is not None:
            held.setdefault(clone, item)
    chosen = sorted({*DELETED_LATER, *range(0, 200, 200 // (ASKED_AGAIN - len(DELETED_LATER)))})
    return [held[one] for one in chosen], {held[one].key for one in DELETED_LATER}


def _some_items(bench: Bench) -> list[RawItem]:
    return _asked_again(bench)[0]


def _acts(bench: Bench) -> list[Interaction]:
    found = []
    for reading in bench.clean_acts:
        assert reading.error is None, f"{reading.query.name}: {reading.error}"
        found += [act for act in bench.acts(reading.pages) if isinstance(act, Interaction)]
    return found


def check_acts_have_no_words(bench: Bench) -> None:
    """Who, whom, how, when; never what was said. Times are in UTC, and nothing lies in the future."""
    acts = _acts(bench)
    assert acts or len(bench.connector.HIDDEN) == len(get_args(Act)), "no act is shown"
    words = [version.text for post in bench.sandbox.world.on(bench.platform) for version in post.versions]
    for act in acts:
        assert not any(text[:25] in repr(act) for text in words if len(text) > 25), "an act holds what was said"
        assert act.acted_at is None or act.acted_at.utcoffset() == timedelta(0), "the time of an act is not in UTC"
        assert act.acted_at is None or act.acted_at <= NOW + timedelta(days=1), "an act of the future"
        assert act.act not in bench.connector.HIDDEN


def check_acts_have_one_name(bench: Bench) -> None:
    """An act met on two routes is one; read again, the names are the same."""
    names = {act.interaction_id for act in _acts(bench)}
    bench.reset()
    items = list({item.key: item for item in bench.items(bench.clean_pages)}.values())
    asked = [item for item in items if b"Isletcopy" not in item.body]
    again = [act for query in bench.interaction_queries() for act in bench.acts(bench.read_acts(query, asked).pages)]
    assert {act.interaction_id for act in again if isinstance(act, Interaction)} == names, "names of acts change"
    told = {(act.act, act.actor.account_id, act.target_post, act.target_handle, act.acted_at) for act in _acts(bench)}
    assert len(told) >= len(names) * 0.9, "one act has several names"


def check_acts_of_others_are_about_our_posts(bench: Bench) -> None:
    """Acts before the window of the campaign come from members alone; a window without anything shows nothing."""
    for query in bench.interaction_queries():
        bench.reset()
        transport = bench.transport()
        search = bench.search(query, since=SINCE - timedelta(days=300))
        early = type(search)(query=query, since=SINCE - timedelta(days=300), until=SINCE - timedelta(days=290))
        pages = list(bench.connector.fetch_interactions(early, [], transport, bench.credentials(query)))
        inside = [
            act
            for act in bench.acts(pages)
            if isinstance(act, Interaction) and act.acted_at and early.since <= act.acted_at < early.until
        ]
        assert not inside, "there are acts at a time when nothing happened"


def check_the_forecast_is_an_upper_bound(bench: Bench) -> None:
    """What a reading took is at most what was foretold for so many posts."""
    for reading in bench.clean:
        posts = len(bench.keys(reading.pages))
        told = bench.connector.forecast(bench.search(reading.query), posts)
        taken = reading.transport
        assert told.requests >= taken.requests, f"{reading.query.name}: {told.requests} foretold, {taken.requests} sent"
        assert told.cost >= taken.cost, f"{reading.query.name}: ${told.cost} foretold, ${taken.cost} spent"


def check_pages_are_recognised(bench: Bench) -> None:
    """A saved page of posts is known to be this platform's, and nothing else is."""
    page = max(bench.longest.pages, key=lambda page: len(page.body))
    assert bench.connector.recognises(json.loads(page.body)), "its own page is not recognised"
    for other in ({}, [], None, 7, "text", {"posts": []}, {"data": []}):
        assert not bench.connector.recognises(other), f"{other!r} is taken for a page of posts"
