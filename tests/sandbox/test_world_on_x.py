"""The archipelago on X, collected by the connector: what `meets` says is shown, and what the meter says it cost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors import x
from connectors.errors import ConnectorError, QuotaSpent
from connectors.records import Interaction, Member, Page, Post, Query, RawItem, Search
from connectors.transport import Patience, Transport
from sandbox import server
from sandbox import x as simulated
from sandbox.server import Sandbox, serve
from sandbox.world import World, load, moment
from sandbox.x_shown import Everything

ARCHIPELAGO = Path(server.__file__).parent / "worlds" / "archipelago"
TOKEN = {"bearer_token": "isles-x-bearer"}
END = moment("2026-03-08T06:00:00Z")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The archipelago as far as it is on X."""
    home = tmp_path_factory.mktemp("isles")
    for name in ("world.toml", "people.csv", "posts-x.csv"):
        shutil.copy(ARCHIPELAGO / name, home)
    world = load(home)
    others = {"mastodon", "wordpress", "bluesky", "instagram", "facebook", "threads", "youtube"}
    return replace(world, settings={name: value for name, value in world.settings.items() if name not in others})


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with serve(world) as sandbox:
        sandbox.clock.set(END)
        yield sandbox


def transport_of(sandbox: Sandbox) -> Transport:
    patience = Patience(connect_timeout=2, read_timeout=2, total_wait=4000)
    return Transport(patience=patience, clock=sandbox.clock.now, sleep=lambda _: None)


def members(world: World) -> tuple[Member, ...]:
    here = (person for person in world.people.values() if person.on_roster and not person.refuses)
    return tuple(Member(handle=person.handles["x"]) for person in here if "x" in person.handles)


def reads(sandbox: Sandbox) -> tuple[tuple[Query, ...], tuple[Query, ...]]:
    options = simulated.options(sandbox.world, (sandbox.urls["x"],))
    tags, roster = ("isles7", "isle7"), members(sandbox.world)
    return x.queries(tags, options, roster), x.interaction_queries(tags, options, roster)


def items_of(pages: Iterator[Page]) -> Iterator[RawItem]:
    yield from (item for page in pages for item in x.split(page) if isinstance(item, RawItem))


def collected(sandbox: Sandbox, transport: Transport) -> list[RawItem]:
    now = sandbox.clock.now()
    found: dict[str, RawItem] = {}
    for query in reads(sandbox)[0]:
        search = Search(query=query, since=now - timedelta(days=30), until=now)
        found |= {item.key: item for item in items_of(x.fetch(search, transport, TOKEN))}
    return list(found.values())


def test_what_is_met_is_what_is_shown(sandbox: Sandbox) -> None:
    """At each collection the connector finds just the posts that `meets` tells, with their present words."""
    world, everything, seen = sandbox.world, Everything(sandbox.world, sandbox.world.places("x")[0]), 0
    for now in world.collections():
        sandbox.clock.set(now)
        sandbox.windows.clear()
        transport = transport_of(sandbox)
        posts = [x.parse(item) for item in collected(sandbox, transport)]
        found = {(post.post_id, post.text) for post in posts if isinstance(post, Post)}
        planned = [post for post in everything.posts if simulated.meets(world, post, now)]
        told = {(everything.first_id(post), version.text) for post in planned if (version := post.at(now))}
        assert found == told
        assert not [warning for warning in transport.warnings if "missing" in warning]
        seen = max(seen, len(told))
    assert seen > 20


def test_interactions_are_those_of_the_plan(sandbox: Sandbox) -> None:
    """Replies, quotes and reposts of campaign posts, and mentions by members: by whom, towards which post."""
    world, transport = sandbox.world, transport_of(sandbox)
    everything = Everything(world, world.places("x")[0])
    items, ((query,), now) = collected(sandbox, transport), (reads(sandbox)[1], sandbox.clock.now())
    search = Search(query=query, since=now - timedelta(days=7), until=now)
    acts = [act for page in x.fetch_interactions(search, items, transport, TOKEN) for act in x.split_interactions(page)]
    assert all(isinstance(act, Interaction) for act in acts)
    found = {(act.act, act.actor.account_id, act.target_post) for act in acts if isinstance(act, Interaction)}
    visible = {shown.post.plan_id for shown in everything.public(now)}
    planned = {
        (post.kind, everything.user_ids[post.author], everything.first_id(world.posts[post.of]))
        for post in everything.posts
        if post.of and post.plan_id in visible
    }
    assert {act for act in found if act[0] != "mention"} == planned
    assert len(planned) == 7
    told = [act for act in acts if isinstance(act, Interaction) and act.act == "mention"]
    mentions = {(act.actor.handle, act.target_handle, act.target_account) for act in told}
    pairs = [("I02", "I04"), ("I02", "I05"), ("I05", "I03"), ("I08", "I02")]
    handles = {person_id: world.people[person_id].handles["x"] for pair in pairs for person_id in pair}
    assert mentions >= {(handles[who], handles[whom], everything.user_ids[whom]) for who, whom in pairs}


def test_an_act_has_one_name_on_every_route(sandbox: Sandbox) -> None:
    """The repost of a member is met in the member's timeline with its time, and in the post's list without."""
    transport, now = transport_of(sandbox), sandbox.clock.now()
    search = Search(query=reads(sandbox)[1][0], since=now - timedelta(days=7), until=now)
    items = collected(sandbox, transport)
    acts = [act for page in x.fetch_interactions(search, items, transport, TOKEN) for act in x.split_interactions(page)]
    reposts = [act for act in acts if isinstance(act, Interaction) and act.act == "repost"]
    mariams = [act for act in reposts if act.actor.handle == "mariam_h"]
    assert len({act.interaction_id for act in mariams}) == 1
    assert [act.acted_at for act in mariams] == [moment("2026-03-03T16:00:00Z"), None]


def test_before_the_campaign_there_are_timelines_only(sandbox: Sandbox) -> None:
    """A window without campaign posts asks for nobody's quotes or reposts."""
    transport, now = transport_of(sandbox), sandbox.clock.now()
    search = Search(query=reads(sandbox)[1][0], since=now - timedelta(days=7), until=now)
    assert list(x.fetch_interactions(search, [], transport, TOKEN))
    paths = {request.path.rsplit("/", 1)[-1] for request in sandbox.requests}
    assert paths == {"by", "tweets"}


def test_no_run_costs_more_than_it_says(sandbox: Sandbox) -> None:
    """Over random losses and refusals, several times a day: X's meter never has more than the sum of our bills."""
    chance, billed = random.Random(7), Decimal(0)
    for _ in range(25):
        sandbox.faults.clear()
        sandbox.windows.clear()
        for kind in ("truncated", "drop", "status", "rate_limited"):
            if chance.random() < 0.5:
                sandbox.faults.plant("x", kind, first=chance.randint(1, 9), times=chance.randint(1, 3), status=503)
        transport = transport_of(sandbox)
        try:
            items = collected(sandbox, transport)
            list(x.reread(items, reads(sandbox)[0][0], transport, TOKEN))
        except ConnectorError:
            pass  # a run that gave up has spent all the same
        billed += transport.cost
        assert sandbox.meters["x"].spent() <= billed
        sandbox.clock.advance(chance.randint(0, 20_000))
    assert sandbox.meters["x"].spent() > 0


def test_a_quiet_search_costs_what_it_says(sandbox: Sandbox) -> None:
    """Without losses the bill of one read is X's own, to the tenth of a cent."""
    transport, now = transport_of(sandbox), sandbox.clock.now()
    search = Search(query=reads(sandbox)[0][0], since=now - timedelta(days=6), until=now)
    assert list(x.fetch(search, transport, TOKEN))
    assert transport.cost == sandbox.meters["x"].spent() > 0


def test_no_credit_stops_at_once(sandbox: Sandbox) -> None:
    """With the credit used up nothing is asked twice, on any route."""
    sandbox.meters["x"].credit = Decimal(0)
    searches, (interactions,) = reads(sandbox)
    now = sandbox.clock.now()
    for query in (*searches, interactions):
        transport = transport_of(sandbox)
        search = Search(query=query, since=now - timedelta(days=1), until=now)
        with pytest.raises(QuotaSpent):
            list(
                x.fetch_interactions(search, [], transport, TOKEN)
                if query is interactions
                else x.fetch(search, transport, TOKEN)
            )
        assert transport.requests == 1
    assert sandbox.meters["x"].spent() == 0
