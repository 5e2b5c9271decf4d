"""Answers of Facebook, and how the tests of it ask."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import facebook
from connectors.records import Page, Post, Query, RawItem, Search
from connectors.transport import Transport
from sandbox import server as small_world

Server = Any
TOKEN = {"token": "isles-facebook-token"}
NOW = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
TAGS = ("isles7", "isle7")
ABOUT = "100000000000001/Tide.House"
POST = {
    "id": "100000000000001_222222222222222",
    "message": "Day 3: nets, with Amina. #Isles7",
    "created_time": "2026-03-04T10:11:12+0000",
    "updated_time": "2026-03-09T10:11:12+0000",
    "permalink_url": "https://www.facebook.com/100000000000001/posts/222222222222222",
    "from": {"id": "100000000000001", "name": "Tide House"},
    "message_tags": [{"id": "333", "name": "Amina", "type": "page", "offset": 18, "length": 5}],
    "privacy": {"value": "EVERYONE"},
    "is_published": True,
    "shares": {"count": 3},
    "attachments": {"data": [{"media_type": "photo", "url": "https://www.facebook.com/photo.php?fbid=9"}]},
    "reactions": {"data": [], "summary": {"total_count": 5}},
    "comments": {"data": [], "summary": {"total_count": 2}},
    "a_field_of_tomorrow": {"x": 1},
}


def options_of(isles: small_world.Sandbox) -> dict[str, Any]:
    return {"base_url": isles.urls["facebook"], "version": "v26.0"}


def transport_to(isles: small_world.Sandbox) -> Transport:
    return Transport("rollcall-test", clock=isles.clock, sleep=isles.clock.advance)


def a_query(isles: small_world.Sandbox, edge: str) -> Query:
    return next(query for query in facebook.queries(TAGS, options_of(isles)) if query.name.endswith(edge))


def search_for(query: Query, days: float = 7) -> Search:
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW)


def read_one(isles: small_world.Sandbox, edge: str, days: float = 7) -> list[Page]:
    return list(facebook.fetch(search_for(a_query(isles, edge), days), transport_to(isles), TOKEN))


def items_in(pages: list[Page]) -> list[RawItem]:
    return [item for page in pages for item in facebook.split(page) if isinstance(item, RawItem)]


def posts_in(pages: list[Page]) -> list[Post]:
    return [post for item in items_in(pages) if isinstance(post := facebook.parse(item), Post)]


def texts_in(pages: list[Page]) -> set[str | None]:
    return {post.text for post in posts_in(pages)}


def a_page(body: object, about: str = ABOUT) -> Page:
    coded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Page(
        platform="facebook",
        query="q",
        source="facebook.com",
        url="u",
        status=200,
        observed_at=datetime(2026, 3, 6, tzinfo=UTC),
        body=coded,
        about=about,
    )


def the_post(post: dict[str, Any], about: str = ABOUT) -> Post:
    [read] = posts_in([a_page({"data": [post]}, about)])
    return read
