"""Answers of Threads, and how the tests of it ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from connectors import threads
from connectors.records import Page, Post, Query, RawItem, Search

Server = Any
NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
TOKEN = {"token": "planted-secret"}
OURS = "tidehouse"
NO_OBJECT = {"error": {"message": "planted-secret", "code": 100, "error_subcode": 33}}


def a_post(number: int = 1, username: str | None = "Sefina.Leota", **more: Any) -> dict[str, Any]:
    code = f"D{number:010}"
    known = {
        "id": str(18 * 10**15 + number),
        "shortcode": code,
        "permalink": f"https://www.threads.net/@{username}/post/{code}",
        "username": username,
        "text": "My mother kept it in a blue tin. #Isle7",
        "timestamp": "2026-03-04T07:00:00+0000",
        "media_type": "TEXT_POST",
        "is_quote_post": False,
        "is_reply": False,
    }
    return {name: value for name, value in (known | more).items() if value is not None}


def a_page(document: Any, about: str = "") -> Page:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page(
        platform="threads",
        query="q",
        source="threads.net",
        url="u",
        status=200,
        observed_at=NOW,
        body=body,
        about=about,
    )


def an_item(post: dict[str, Any]) -> RawItem:
    item = next(threads.split(a_page({"data": [post]})))
    assert isinstance(item, RawItem)
    return item


def read_one(post: dict[str, Any]) -> Post:
    read = threads.parse(an_item(post))
    assert isinstance(read, Post)
    return read


def a_query(server: Server, **options: Any) -> Query:
    return threads.queries(("isles7",), {"base_url": server.url, **options})[0]


def search_for(query: Query) -> Search:
    return Search(query=query, since=NOW - timedelta(days=3), until=NOW)


def an_api(found: list[Any], common: list[Any] = [], size: int = 2, **by_path: Any) -> Callable[[Any], Any]:  # noqa: B006
    """Threads that finds these posts for the tag and those for a common word; other paths as given, by their end."""

    def answer(asked: Any) -> Any:
        end = asked.path.rsplit("/", 1)[-1]
        if end == "keyword_search":
            listed = common if asked.query["q"] == "today" else found
            start = int(asked.query.get("after", "0"))
            more = start + size < len(listed)
            link = f"https://elsewhere.example{asked.path}?access_token=planted-secret&after={start + size}"
            paging = {"cursors": {"after": str(start + size)}} | ({"next": link} if more else {})
            body: Any = {"data": listed[start : start + size], "paging": paging}
        elif end == "me":
            body = {"id": "25", "username": OURS}
        else:
            body = by_path.get(end, by_path.get("any", NO_OBJECT))
            body = body(asked) if callable(body) else body
        status = 400 if "error" in body else 200
        return SimpleNamespace(body=json.dumps(body).encode(), status=status, headers={}, raw=None)

    return answer


def keys_in(pages: Any) -> list[str]:
    return [item.key for page in pages for item in threads.split(page) if isinstance(item, RawItem)]
