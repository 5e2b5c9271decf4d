"""A connector on its bench: the real module over real HTTP against its simulated platform, with several pages of posts.

The world is the archipelago's, on one platform, with one of its posts cloned so often that every list has pages; each
clone says who it is in its text. A broken copy of a connector takes the real one's place with `with_connector`.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.credentials import CREDENTIALS
from connectors.errors import ConnectorError
from connectors.records import Again, Interaction, Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.registry import Connector, connector
from connectors.transport import Patience, Transport
from sandbox import server
from sandbox.world import Planned, Version, World, load, moment

WORLD = Path(server.__file__).parent / "worlds" / "archipelago"
NOW = moment("2026-03-05T06:00:00Z")
LATER = NOW + timedelta(hours=12)
SINCE = moment("2026-02-28T00:00:00Z")
CLONES = 230
APART = timedelta(minutes=5)
DELETED_LATER = frozenset({3, 40, 101, 160})
"""Clones that their author takes back between NOW and LATER."""
MOST_REQUESTS = 400
QUICK = Patience(connect_timeout=2, read_timeout=5, request_deadline=10, tries=3, longest_wait=120, total_wait=600)
IMPATIENT = replace(QUICK, read_timeout=0.4, request_deadline=0.8, tries=2)
HIDDEN = "Hiddenislet"
MARK = re.compile(r"Isletcopy(\d{3})x")


class Endless(AssertionError):
    """More requests than any honest reading takes."""


@dataclass
class Counter:
    """A purse that is open and not endless."""

    left: int = MOST_REQUESTS

    def reserve(self, most: Decimal) -> object:
        self.left -= 1
        if self.left < 0:
            raise Endless("it goes on asking: more requests than any honest reading takes")
        return None

    def settle(self, ticket: object, cost: Decimal) -> None:
        """Nothing is kept."""


@dataclass(kw_only=True)
class Reading:
    """What came of reading one query."""

    query: Query
    transport: Transport
    pages: list[Page] = field(default_factory=list)
    error: ConnectorError | None = None


@dataclass(kw_only=True)
class Bench:
    platform: str
    connector: Connector
    sandbox: server.Sandbox
    given: Mapping[str, str]
    """Credentials, by the names that `fetch` knows."""
    wire_secrets: set[str] = field(default_factory=set)
    """Tokens that went over the wire."""

    def with_connector(self, other: Any) -> Bench:
        return Bench(
            platform=self.platform,
            connector=other,
            sandbox=self.sandbox,
            given=self.given,
            wire_secrets=self.wire_secrets,
        )

    def reset(self) -> None:
        self.sandbox.forget()
        self.sandbox.clock.set(NOW)

    @property
    def secrets(self) -> set[str]:
        told = {one.name for one in CREDENTIALS[self.platform] if one.secret}
        return {value for name, value in self.given.items() if name in told} | self.wire_secrets

    @property
    def options(self) -> dict[str, Any]:
        module = importlib.import_module(f"sandbox.{self.platform}")
        options: dict[str, Any] = module.options(self.sandbox.world, self.sandbox.base_urls[self.platform])
        return options

    @property
    def members(self) -> tuple[Member, ...]:
        people = self.sandbox.world.people.values()
        return tuple(
            Member(handle=person.handles[self.platform])
            for person in people
            if person.on_roster and not person.refuses and self.platform in person.handles
        )

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(str(tag).lower() for tag in self.sandbox.world.settings["hashtags"])

    def queries(self, members: tuple[Member, ...] | None = None) -> tuple[Query, ...]:
        return self.connector.queries(self.tags, self.options, self.members if members is None else members)

    def interaction_queries(self) -> tuple[Query, ...]:
        return self.connector.interaction_queries(self.tags, self.options, self.members)

    def credentials(self, query: Query) -> Mapping[str, str]:
        """The secrets, for the first server only where there are several."""
        home = self.sandbox.base_urls[self.platform][0]
        return self.given if query.base_url.startswith(home) else {}

    def transport(self, patience: Patience = QUICK) -> Transport:
        return Transport(
            "rollcall-kit (contact: team@tide-house.example)",
            patience,
            clock=self.sandbox.clock.now,
            sleep=lambda seconds: None,
            purse=Counter(),
        )

    def search(self, query: Query, since: datetime = SINCE) -> Search:
        return Search(query=query, since=since, until=self.sandbox.clock.now())

    def read(self, query: Query, *, since: datetime = SINCE, patience: Patience = QUICK) -> Reading:
        """The query's pages, and the error that ended them, if any."""
        reading = Reading(query=query, transport=self.transport(patience))
        try:
            for page in self.connector.fetch(self.search(query, since), reading.transport, self.credentials(query)):
                reading.pages.append(page)
        except ConnectorError as error:
            reading.error = error
        return reading

    def read_acts(self, query: Query, items: Sequence[RawItem]) -> Reading:
        reading = Reading(query=query, transport=self.transport())
        search, mine = self.search(query), [item for item in items if item.source == query.source]
        try:
            for page in self.connector.fetch_interactions(search, mine, reading.transport, self.credentials(query)):
                reading.pages.append(page)
        except ConnectorError as error:
            reading.error = error
        return reading

    def again(self, items: Sequence[RawItem]) -> list[Again]:
        """What asking again says; every item at its own source."""
        found: list[Again] = []
        for query in {query.source: query for query in reversed(self.queries())}.values():
            mine = [item for item in items if item.source == query.source]
            if mine:
                found += self.connector.reread(mine, query, self.transport(), self.credentials(query))
        return found

    def pieces(self, pages: Iterable[Page]) -> list[RawItem | Rejected]:
        return [piece for page in pages for piece in self.connector.split(page)]

    def items(self, pages: Iterable[Page]) -> list[RawItem]:
        return [piece for piece in self.pieces(pages) if isinstance(piece, RawItem)]

    def posts(self, pages: Iterable[Page]) -> list[Post]:
        read = [self.connector.parse(item) for item in self.items(pages)]
        return [post for post in read if isinstance(post, Post)]

    def keys(self, pages: Iterable[Page]) -> set[str]:
        return {item.key for item in self.items(pages)}

    def acts(self, pages: Iterable[Page]) -> list[Interaction | Rejected]:
        return [act for page in pages for act in self.connector.split_interactions(page)]

    @cached_property
    def clean(self) -> list[Reading]:
        """Every query, read while nothing is wrong."""
        self.reset()
        readings = [self.read(query) for query in self.queries()]
        for reading in readings:
            assert reading.error is None, f"{reading.query.name} cannot be read: {reading.error}"
        return readings

    @cached_property
    def clean_acts(self) -> list[Reading]:
        """Every query for acts, about the planned posts and a few of the clones."""
        self.reset()
        items = list({item.key: item for item in self.items(self.clean_pages)}.values())
        asked = [item for item in items if not MARK.search(item.body.decode("utf-8", "replace"))]
        return [self.read_acts(query, asked) for query in self.interaction_queries()]

    @property
    def clean_pages(self) -> list[Page]:
        return [page for reading in self.clean for page in reading.pages]

    @property
    def longest(self) -> Reading:
        """The query with the most pages that hold posts."""
        return max(self.clean, key=lambda reading: sum(bool(self.keys([page])) for page in reading.pages))

    def bend(self, by: Any, **when: Any) -> None:
        """From now on the platform answers as `by(place, asked, now)` says."""
        self.sandbox.faults.plant("", "bent", by=by, **when)

    @contextmanager
    def overheard(self) -> Iterator[list[str]]:
        """Every line that anything logs, at any level, as a reader of the log would see it."""
        lines: list[str] = []

        class Ear(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(logging.Formatter("%(name)s %(message)s").format(record))

        root, ear = logging.getLogger(), Ear(logging.DEBUG)
        level = root.level
        root.addHandler(ear)
        root.setLevel(logging.DEBUG)
        try:
            yield lines
        finally:
            root.removeHandler(ear)
            root.setLevel(level)


@contextmanager
def bench_of(platform: str) -> Iterator[Bench]:
    """The platform's simulated servers, crowded, and its connector."""
    world = load(WORLD)
    assert world.places(platform), (
        f"The world 'archipelago' has no server of {platform}: add a table [[{platform}]] to its world.toml, a file "
        f"posts-{platform}.csv beside it, and the module sandbox/{platform}.py (see CONTRIBUTING.md)."
    )
    assert any(_is_model(post) for post in world.on(platform)), (
        f"The world 'archipelago' has no plain post on {platform} to make more of: add one to posts-{platform}.csv."
    )
    world, given = _let_in(_only(world, platform), platform)
    with server.serve(world) as sandbox:
        bench = Bench(platform=platform, connector=connector(platform), sandbox=sandbox, given=given)
        bench.reset()
        yield bench


def _only(world: World, platform: str) -> World:
    """The world with this platform alone, and many more posts there."""
    settings = {
        name: value for name, value in world.settings.items() if name not in server.PLATFORMS or name == platform
    }
    planned = {post.plan_id: post for post in world.on(platform)}
    clones = {post.plan_id: post for post in _clones(world, platform)}
    hidden = {post.plan_id: post for post in _hidden(world, platform)}
    return replace(world, settings=settings, posts={**planned, **clones, **hidden})


def _let_in(world: World, platform: str) -> tuple[World, Mapping[str, str]]:
    """The credentials; one that the world does not ask for is made up, so that there is always one to be lost."""
    known, given = world.credentials(), dict[str, str]()
    settings = dict(world.settings)
    for one in CREDENTIALS[platform]:
        given[one.name] = known.get(one.setting, f"made-up-{platform}-{one.name}")
        if one.setting not in known:
            first, *others = settings[platform]
            settings[platform] = [{**first, one.name: given[one.name]}, *others]
    return replace(world, settings=settings), given


def _is_model(post: Planned) -> bool:
    plain = post.kind == "original" and post.visibility == "public" and len(post.versions) == 1
    return plain and not post.deleted_at and post.counts in {"yes", "organiser_account"}


def published_at(clone: int) -> datetime:
    return NOW - timedelta(minutes=40) - clone * APART


def _clones(world: World, platform: str) -> Iterator[Planned]:
    model = next(post for post in world.on(platform) if _is_model(post))
    tag = world.settings["hashtags"][0]
    for n in range(CLONES):
        at = published_at(n)
        version = Version(text=f"Isletcopy{n:03d}x of a long shore. #{tag}", tags=model.versions[0].tags, since=at)
        yield replace(
            model,
            plan_id=f"{model.plan_id}/{n:03d}",
            title=f"Shore {n:03d}" if model.title else "",
            published_at=at,
            visible_from=at,
            versions=(version,),
            arrivals=(),
            image=None,
            deleted_at=NOW + timedelta(hours=6) if n in DELETED_LATER else None,
        )


def _hidden(world: World, platform: str) -> Iterator[Planned]:
    """Posts that are not for everybody, where the platform has such; few show them to us at all."""
    if not any(post.visibility == "private" for post in world.on(platform)):
        return
    for n, clone in zip(range(3), _clones(world, platform), strict=False):
        version = replace(clone.versions[0], text=f"{HIDDEN} {n} for few #{world.settings['hashtags'][0]}")
        yield replace(clone, plan_id=f"{clone.plan_id}/few", visibility="private", versions=(version,), deleted_at=None)


def clone_of(post: Post) -> int | None:
    """Which clone a post is, by its text."""
    found = MARK.search(post.text or "")
    return int(found[1]) if found else None
