"""The archipelago's Mastodon servers, read by our connector at every collection: met, asked again, and acted upon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors import mastodon
from connectors.records import Interaction, Member, Post, Query, RawItem, Search
from connectors.transport import Transport
from sandbox import mastodon as simulated
from sandbox import server as sandbox_server
from sandbox.server import Sandbox
from sandbox.world import World, load, moment

WORLDS = Path(sandbox_server.__file__).parent / "worlds"
TAGS = ("isles7", "isle7")
BEGINS = moment("2026-02-20T00:00:00Z")


@pytest.fixture(scope="module")
def isles_world() -> World:
    return load(WORLDS / "archipelago")


@pytest.fixture
def isles(isles_world: World) -> Iterator[Sandbox]:
    with sandbox_server.serve(isles_world) as sandbox:
        yield sandbox


def members_of(world: World) -> tuple[Member, ...]:
    people = [p for p in world.people.values() if p.on_roster and not p.refuses and "mastodon" in p.handles]
    return tuple(Member(handle=person.handles["mastodon"]) for person in people)


def options(sandbox: Sandbox) -> dict[str, object]:
    return simulated.options(sandbox.world, sandbox.base_urls["mastodon"])


def queries(sandbox: Sandbox) -> tuple[Query, ...]:
    return mastodon.queries(TAGS, options(sandbox), members_of(sandbox.world))


def transport(sandbox: Sandbox) -> Transport:
    return Transport(clock=sandbox.clock.now, sleep=lambda seconds: sandbox.clock.advance(seconds))


def read(sandbox: Sandbox, asked: Iterable[Query], until: datetime) -> list[RawItem]:
    """Every copy that the queries show."""
    found = []
    for query in asked:
        for page in mastodon.fetch(Search(query=query, since=BEGINS, until=until), transport(sandbox), {}):
            for item in mastodon.split(page):
                assert isinstance(item, RawItem)
                found.append(item)
    return found


def test_what_is_met_is_what_the_world_says(isles: Sandbox) -> None:
    """At each collection the connector is shown exactly the posts that the simulated servers say they show."""
    asked, planned = queries(isles), list(isles.world.on("mastodon"))
    met = set()
    for now in isles.world.collections()[::4]:
        isles.clock.set(now)
        shown = {simulated.uri(isles.world, post) for post in planned if simulated.meets(isles.world, post, now)}
        assert {item.key for item in read(isles, asked, now)} == shown
        met |= shown
    assert len(met) == 15


def test_members_lists_hold_what_tag_timelines_do_not(isles_world: World) -> None:
    """An unlisted post stands on its author's own list only; one for followers stands nowhere."""
    quiet = replace(isles_world.posts["M05"], plan_id="M90", visibility="unlisted")
    closed = replace(isles_world.posts["M05"], plan_id="M91", visibility="private")
    world = replace(isles_world, posts={**isles_world.posts, "M90": quiet, "M91": closed})
    now = world.collections()[-1]
    assert [simulated.meets(world, post, now) for post in (quiet, closed)] == [True, False]
    with sandbox_server.serve(world) as sandbox:
        sandbox.clock.set(now)
        asked = queries(sandbox)
        by_tag = {item.key for item in read(sandbox, asked[:2], now)}
        by_member = {item.key for item in read(sandbox, asked[2:], now)}
    assert simulated.uri(world, quiet) in by_member - by_tag
    assert simulated.uri(world, closed) not in by_member | by_tag


def test_deletions_and_edits_are_found_by_asking_again(isles: Sandbox) -> None:
    """One that vanished on each server it was known to; an edited text and new counts; nothing else is lost."""
    held: dict[str, list[RawItem]] = {}
    for now in isles.world.collections()[::2]:
        isles.clock.set(now)
        for query in queries(isles)[:2]:
            for item in read(isles, [query], now):
                held.setdefault(item.source, []).append(item)
    gone, texts, asked = set(), {}, 0
    for query in queries(isles)[:2]:
        items = list({item.key: item for item in held[query.source]}.values())
        for again in mastodon.reread(items, query, transport(isles), {}):
            gone |= {(one.key, one.loss) for one in again.gone}
            texts |= {post.post_id: post.text for post in posts_on(again.page)}
            asked += again.asked
        assert asked >= len(items)
        asked = 0
    world = isles.world
    assert gone == {(simulated.uri(world, world.posts["M08"]), "deleted")}
    assert "a lamp on the reef" in (texts[simulated.uri(world, world.posts["M07"])] or "")


def posts_on(page: object) -> Sequence[Post]:
    items = mastodon.split(page) if page else ()  # type: ignore[arg-type]
    return [post for item in items if isinstance(item, RawItem) and isinstance(post := mastodon.parse(item), Post)]


def acts(sandbox: Sandbox, since: datetime, until: datetime, items: Sequence[RawItem]) -> list[Interaction]:
    found = []
    for query in mastodon.interaction_queries(TAGS, options(sandbox), members_of(sandbox.world)):
        own = [item for item in items if item.source == query.source]
        search = Search(query=query, since=since, until=until)
        for page in mastodon.fetch_interactions(search, own, transport(sandbox), {}):
            for act in mastodon.split_interactions(page):
                assert isinstance(act, Interaction)
                found.append(act)
    return found


def test_who_dealt_with_whom_is_what_was_planned(isles: Sandbox) -> None:
    """Every reply, quote and boost of or to members, once, whichever server and list shows it; also strangers' ones."""
    now, world = isles.world.collections()[-1], isles.world
    isles.clock.set(now)
    found = acts(isles, BEGINS, now, read(isles, queries(isles), now))
    kinds = {"reply", "quote", "repost"}
    planned = {
        (post.kind, world.handle(post), simulated.uri(world, world.posts[post.of or ""]))
        for post in world.on("mastodon")
        if post.kind in kinds and post.published_at > BEGINS and world.posts[post.of or ""].author != post.author
    }
    told = {(act.act, act.actor.handle, act.target_post) for act in found if act.act in kinds and act.target_post}
    assert told == planned
    in_time = [act for act in found if act.acted_at is None or act.acted_at >= BEGINS]
    assert len({act.interaction_id for act in in_time if act.act in kinds}) == len(planned) == 10
    assert all(act.target_account or act.target_handle for act in in_time)
    mentioned = {(act.actor.handle, act.target_handle) for act in found if act.act == "mention"}
    assert ("mariam@south.isles.example", "kwabena@far.example") in mentioned
    assert not any("isles7" in str(act) or "newspaper" in str(act) for act in found if act.act == "mention")


def test_the_month_before_shows_the_members_own_acts(isles: Sandbox) -> None:
    """Without a single post of the campaign: an answer of February, and whom it was meant for."""
    isles.clock.set(moment("2026-03-01T00:00:00Z"))
    [reply] = [
        act
        for act in acts(isles, moment("2026-02-01T00:00:00Z"), moment("2026-03-01T00:00:00Z"), [])
        if act.act == "reply"
    ]
    assert reply.actor.handle == "kwabena@far.example"
    assert reply.target_handle == "mariam@south.isles.example"
    assert reply.acted_at == moment("2026-02-10T10:00:00Z")


def test_a_forecast_is_enough(isles: Sandbox) -> None:
    """What reading takes is never more than was told beforehand."""
    now = isles.world.collections()[-1]
    isles.clock.set(now)
    for query in queries(isles):
        search, used = Search(query=query, since=BEGINS, until=now), transport(isles)
        posts = sum(len(list(mastodon.split(page))) for page in mastodon.fetch(search, used, {}))
        assert used.requests <= mastodon.forecast(search, posts).requests <= used.requests + 3 * len(query.members) + 3


def test_probe_tells_version_and_what_is_left(isles: Sandbox) -> None:
    """Plain sentences, with the server's version and the nearest limit."""
    isles.clock.set(isles.world.collections()[0] + timedelta(minutes=1))
    access = mastodon.probe(queries(isles)[0], transport(isles), {})
    assert "south.isles.example (version 4.5.2)" in access.works
    assert access.left == "298 of 300 requests until 2026-03-02T06:05 UTC"
