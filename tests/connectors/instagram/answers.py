"""Answers of Instagram, and how the tests of it ask."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import instagram
from connectors.records import Member, Page, Post, Query, RawItem, Search
from connectors.transport import Transport
from sandbox import server as small_world
from sandbox.world import World

Server = Any
TOKEN = {"token": "isles-instagram-token"}
NOW = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)
TAGS = ("isles7", "isle7")
MEDIA = {
    "id": "17900000000000001",
    "caption": "Day 3: nets, with @Amina.B and @ben. #Isles7 #ÎLES7",
    "media_type": "IMAGE",
    "permalink": "https://www.instagram.com/p/DAbc-_12345/",
    "timestamp": "2026-03-04T10:11:12+0000",
    "comments_count": 2,
    "like_count": 5,
    "a_field_of_tomorrow": {"x": 1},
}
OWNER = {"id": "17841000000000001", "username": "Sefina.Leota", "name": "Sefina Leota"}


def members_of(world: World) -> tuple[Member, ...]:
    return tuple(
        Member(handle=person.handles["instagram"])
        for person in world.people.values()
        if person.on_roster and not person.refuses
    )


def options_of(isles: small_world.Sandbox) -> dict[str, Any]:
    return {"base_url": isles.urls["instagram"], "version": "v26.0"}


def transport_to(isles: small_world.Sandbox) -> Transport:
    return Transport("rollcall-test", clock=isles.clock, sleep=isles.clock.advance)


def a_query(isles: small_world.Sandbox, world: World, route: str) -> Query:
    queries = instagram.queries(TAGS, options_of(isles), members_of(world))
    return next(query for query in queries if query.name.startswith(route))


def read_one(isles: small_world.Sandbox, query: Query, days: float = 7) -> list[Page]:
    search = Search(query=query, since=isles.clock.now() - timedelta(days=days), until=isles.clock.now())
    return list(instagram.fetch(search, transport_to(isles), TOKEN))


def items_in(pages: list[Page]) -> list[RawItem]:
    return [item for page in pages for item in instagram.split(page) if isinstance(item, RawItem)]


def posts_in(pages: list[Page]) -> list[Post]:
    return [post for item in items_in(pages) if isinstance(post := instagram.parse(item), Post)]


def a_page(body: object, about: str = "") -> Page:
    coded = body if isinstance(body, bytes) else json.dumps(body).encode()
    page = Page(
        platform="instagram", query="q", source="instagram.com", url="u", status=200, observed_at=NOW, body=coded
    )
    return page if not about else Page(**{name: getattr(page, name) for name in page.__slots__} | {"about": about})


def the_post(media: dict[str, Any], owner: dict[str, Any] | None = None) -> Post:
    listing = {"data": [media]}
    body = {"business_discovery": owner | {"media": listing}} if owner else listing
    [post] = posts_in([a_page(body)])
    return post


def scripted(server: Server, members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    return instagram.queries(("isles7",), {"base_url": server.url, "user_id": "178"}, members)


def search_for(query: Query) -> Search:
    return Search(query=query, since=NOW - timedelta(days=7), until=NOW)
