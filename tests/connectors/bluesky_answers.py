"""What the tests of Bluesky have in common: posts as its API shows them, and a network that answers by a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from connectors import bluesky
from connectors.records import Member, Page, Post, RawItem, Search
from connectors.transport import Transport

Server = Any
Answers = Callable[[Any], Any]
PAGES = Path(__file__).parent / "pages"
SEARCH, FEED = (json.loads((PAGES / f"bluesky_{name}.json").read_bytes()) for name in ("search", "feed"))
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
CREDENTIALS = {"handle": "team.museum.example", "app_password": "planted-secret"}
AMINA, BAO, ZOE = (f"did:plc:{letter * 24}" for letter in "abz")
SESSION = {"did": AMINA, "handle": "team.museum.example", "accessJwt": "access-1", "refreshJwt": "refresh-1"}


def answering(server: Server, **methods: Answers | object) -> None:
    """A server that answers each method by a function, or always with the same; (status, body) is an error."""
    told: dict[str, Any] = {"createSession": SESSION, **methods}

    def answer(asked: Any) -> Any:
        said = told[asked.path.rpartition(".")[2]]
        said = said(asked) if callable(said) else said
        status, body = said if isinstance(said, tuple) else (200, said)
        coded = body if isinstance(body, bytes) else json.dumps(body).encode()
        return SimpleNamespace(body=coded, status=status, headers={}, raw=None)

    server.answer = answer


def asked_of(server: Server, method: str) -> list[Any]:
    return [one for one in server.asked if one.path.endswith(method)]


def refusing(error: str, message: str = "", status: int = 400) -> tuple[int, dict[str, str]]:
    return status, {"error": error, "message": message}


def view_of(number: int, created_at: datetime = NOW, did: str = AMINA, **more: Any) -> dict[str, Any]:
    record = {"text": f"Day {number} #ITP28", "createdAt": created_at.isoformat(), **more.pop("record", {})}
    author = {"did": did, "handle": "amina.museum.example"}
    uri = f"at://{did}/app.bsky.feed.post/3k{number}"
    return {"uri": uri, "cid": "c", "author": author, "record": record, "indexedAt": created_at.isoformat(), **more}


def listing_of(views: list[dict[str, Any]], size: int = 100) -> Answers:
    """A search that pages by position and knows `since`, `until` and, as facets go, `tag`."""

    def answer(asked: Any) -> Any:
        until = datetime.fromisoformat(asked.query["until"])
        since = datetime.fromisoformat(asked.query.get("since", "0001-01-01T00:00:00Z"))
        found = [view for view in views if since <= datetime.fromisoformat(view["indexedAt"]) < until]
        found = [view for view in found if "tag" not in asked.query or "tags" in view["record"]]
        start, many = int(asked.query.get("cursor", 0)), min(size, int(asked.query["limit"]))
        more = {"cursor": str(start + many)} if start + many < len(found) else {}
        return {"posts": found[start : start + many], **more}

    return answer


def search_for(server: Server, days: int = 3, members: tuple[Member, ...] = (), which: int = 0) -> Search:
    query = bluesky.queries(("itp28",), {"base_url": f"{server.url}/"}, members)[which]
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW + timedelta(minutes=1))


def feeds_of(server: Server, *handles: str) -> Search:
    return search_for(server, members=tuple(Member(handle=handle) for handle in handles), which=1)


def fetched_by(search: Search, transport: Transport) -> list[list[Any]]:
    pages = [json.loads(page.body) for page in bluesky.fetch(search, transport, CREDENTIALS)]
    return [page.get("posts", page.get("feed")) for page in pages]


def page_of(document: object, about: str = "") -> Page:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page(
        platform="bluesky", query="q", source="bsky.app", url="u", status=200, observed_at=NOW, body=body, about=about
    )


def posts_in(*views: dict[str, Any]) -> list[Post]:
    items = [item for item in bluesky.split(page_of({"posts": list(views)})) if isinstance(item, RawItem)]
    return [post for item in items if isinstance(post := bluesky.parse(item), Post)]


def items_in(*views: dict[str, Any]) -> list[RawItem]:
    return [item for item in bluesky.split(page_of({"posts": list(views)})) if isinstance(item, RawItem)]
