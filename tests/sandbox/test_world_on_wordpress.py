"""The archipelago's blog, read by our connector at every collection: met, asked again, commented upon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from connectors import wordpress
from connectors.records import Interaction, Page, Post, RawItem, Search
from connectors.transport import Transport
from sandbox import server as sandbox_server
from sandbox import wordpress as simulated
from sandbox.server import Sandbox
from sandbox.world import load, moment

WORLD = load(Path(sandbox_server.__file__).parent / "worlds" / "archipelago")
PLACE = "wordpress/log.isles.example"
TAGS = ("isles7", "isle7")
BEGINS = moment("2026-02-20T00:00:00Z")
NUMBERS = simulated.Site(WORLD, WORLD.places("wordpress")[0]).numbers


@pytest.fixture
def blog() -> Iterator[Sandbox]:
    with sandbox_server.serve(WORLD) as sandbox:
        yield sandbox


def items_on(page: Page) -> list[RawItem]:
    return [item for item in wordpress.split(page) if isinstance(item, RawItem)]


def read(blog: Sandbox, now: datetime) -> dict[int, RawItem]:
    """By the blog's number of the post."""
    blog.clock.set(now)
    found = {}
    for query in wordpress.queries(TAGS, {"sites": [blog.urls[PLACE]]}):
        search = Search(query=query, since=BEGINS, until=now)
        for page in wordpress.fetch(search, Transport(clock=blog.clock.now), {}):
            found |= {int(item.key.rpartition("/")[2]): item for item in items_on(page)}
    return found


def test_what_is_met_is_what_the_world_says(blog: Sandbox) -> None:
    """At each collection exactly the posts that the simulated blog says it shows, look-alikes among them."""
    met = set()
    for now in WORLD.collections()[::3]:
        shown = {NUMBERS[post.plan_id] for post in WORLD.on("wordpress") if simulated.meets(WORLD, post, now)}
        assert read(blog, now).keys() == shown
        met |= shown
    assert len(met) == 10


def test_a_search_finds_nothing_behind_a_password() -> None:
    """A protected post is met by the site's tag, or not at all."""
    post = WORLD.posts["W07"]
    untagged = replace(post, versions=tuple(replace(version, tags=()) for version in post.versions))
    assert [simulated.meets(WORLD, one, WORLD.collections()[-1]) for one in (post, untagged)] == [True, False]


def test_deletions_and_edits_are_found_by_asking_again(blog: Sandbox) -> None:
    """Of all that was ever met: one deleted, one behind a password, one with another text."""
    held: dict[int, RawItem] = {}
    for now in WORLD.collections()[::2]:
        held = read(blog, now) | held
    [query, _] = wordpress.queries(TAGS, {"sites": [blog.urls[PLACE]]})
    answers = list(wordpress.reread(list(held.values()), query, Transport(clock=blog.clock.now), {}))
    gone = {(int(one.key.rpartition("/")[2]), one.loss) for again in answers for one in again.gone}
    assert gone == {(NUMBERS["W08"], "deleted"), (NUMBERS["W07"], "not_public")}
    posts = [wordpress.parse(item) for again in answers if again.page for item in items_on(again.page)]
    texts = {post.post_id: post.text or "" for post in posts if isinstance(post, Post)}
    assert any("fifty boats" in text for text in texts.values())
    assert sum(again.asked for again in answers) == len(held)


def test_a_draft_is_not_public(blog: Sandbox) -> None:
    """A post that was taken back into the drafts answers 401 of its own, not 404."""
    blog.clock.set(WORLD.collections()[-1])
    item = next(iter(read(blog, WORLD.collections()[-1]).values()))
    draft = RawItem(
        platform="wordpress",
        source=item.source,
        key="draft",
        body=b'{"id": %d}' % NUMBERS["W12"],
        observed_at=item.observed_at,
    )
    [query, _] = wordpress.queries(TAGS, {"sites": [blog.urls[PLACE]]})
    [again] = wordpress.reread([draft], query, Transport(clock=blog.clock.now), {})
    assert [one.loss for one in again.gone] == ["not_public"]


def acts(blog: Sandbox, since: str, until: str) -> set[tuple[str | None, str | None]]:
    """Who commented towards whom, by the blog's numbers of its users."""
    blog.clock.set(moment(until))
    [query] = wordpress.interaction_queries(TAGS, {"sites": [blog.urls[PLACE]]})
    search = Search(query=query, since=moment(since), until=moment(until))
    found = set()
    for page in wordpress.fetch_interactions(search, [], Transport(clock=blog.clock.now), {}):
        for act in wordpress.split_interactions(page):
            assert isinstance(act, Interaction)
            found.add((act.actor.account_id.rpartition("/")[2], (act.target_account or "").rpartition("/")[2]))
    return found


def test_comments_tell_who_dealt_with_whom(blog: Sandbox) -> None:
    """By the writer's account, towards a post's or another comment's writer; without an account it is nobody's."""
    ids = {
        person: str(number) for person, number in simulated.Site(WORLD, WORLD.places("wordpress")[0]).author_ids.items()
    }
    planned = {("S02", "I01"), ("I03", "I01"), ("I01", "I03"), ("I08", "I03")}
    assert acts(blog, "2026-03-01T00:00:00Z", "2026-03-12T06:00:00Z") == {(ids[a], ids[b]) for a, b in planned}
    assert acts(blog, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z") == {(ids["I05"], ids["I03"])}


def test_a_commenter_who_published_nothing_has_no_handle(blog: Sandbox) -> None:
    """WordPress shows strangers only users with posts: the account's number is all that is known."""
    blog.clock.set(moment("2026-03-12T06:00:00Z"))
    [query] = wordpress.interaction_queries(TAGS, {"sites": [blog.urls[PLACE]]})
    search = Search(query=query, since=BEGINS, until=blog.clock.now())
    pages = list(wordpress.fetch_interactions(search, [], Transport(clock=blog.clock.now), {}))
    handles = [act.actor.handle for page in pages for act in wordpress.split_interactions(page)]  # type: ignore[union-attr]
    assert sorted(map(str, handles)) == [
        "None", "eleni@log.isles.example", "mariam@log.isles.example", "sefina@log.isles.example",
    ]  # fmt: skip


def test_a_forecast_is_enough(blog: Sandbox) -> None:
    """What reading takes is never more than was told beforehand."""
    now = WORLD.collections()[-1]
    blog.clock.set(now)
    asked = [*wordpress.queries(TAGS, {"sites": [blog.urls[PLACE]]})]
    for query in asked:
        search, used = Search(query=query, since=BEGINS, until=now), Transport(clock=blog.clock.now)
        posts = sum(len(items_on(page)) for page in wordpress.fetch(search, used, {}))
        assert used.requests <= wordpress.forecast(search, posts).requests <= used.requests + 3
