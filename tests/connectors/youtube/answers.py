"""Answers of YouTube, and how the tests of it ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from connectors import youtube
from connectors.records import Member, Page, Post, RawItem, Search

Server = Any
NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
KEY = {"api_key": "planted-secret"}
OWNER = "UC" + "o" * 22
NOBODY = {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}
"""How YouTube answers for a channel that it does not know: without `items`."""
ANN, BEN = Member(handle="ann"), Member(account_id="UC" + "b" * 22)


def a_video(key: str = "v" * 11, **snippet: Any) -> dict[str, Any]:
    known = {"publishedAt": "2026-03-05T08:00:00Z", "channelId": OWNER, "title": "Low water", "channelTitle": "Ann"}
    return {
        "kind": "youtube#video",
        "id": key,
        "snippet": known | {"description": "Back again. #Isles7"} | snippet,
        "status": {"privacyStatus": "public"},
        "statistics": {"viewCount": "811", "likeCount": "30", "commentCount": "0"},
    }


def a_channel(key: str = OWNER, handle: str = "@Ann") -> dict[str, Any]:
    uploads = {"relatedPlaylists": {"uploads": "UU" + key[2:]}}
    return {"id": key, "snippet": {"title": "Ann", "customUrl": handle, "country": "WS"}, "contentDetails": uploads}


def a_list(kind: str, items: list[Any], token: str | None = None) -> dict[str, Any]:
    more = {"nextPageToken": token} if token else {}
    return {"kind": f"youtube#{kind}ListResponse", "pageInfo": {"totalResults": 10**6}, "items": items, **more}


def a_result(key: str) -> dict[str, Any]:
    return {"id": {"kind": "youtube#video", "videoId": key}, "snippet": {"title": "Don&#39;t"}}


def an_error(status: int, reason: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": status, "message": "planted-secret", "errors": [{"reason": reason}], **more}}


def an_api(**answers: Any) -> Callable[[Any], Any]:
    """YouTube with fixed answers by resource; a function answers by what was asked, a pair has a status."""

    def answer(asked: Any) -> Any:
        resource = asked.path.removeprefix("/youtube/v3/")
        found = answers.get(resource, a_list("channel", []))
        found = found(asked.query) if callable(found) else found
        status, body = found if isinstance(found, tuple) else (200, found)
        return SimpleNamespace(body=json.dumps(body).encode(), status=status, headers={}, raw=None)

    return answer


def a_page(document: Any, about: str = "") -> Page:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page(
        platform="youtube",
        query="q",
        source="youtube.com",
        url="u",
        status=200,
        observed_at=NOW,
        body=body,
        about=about,
    )


def read_one(document: Any) -> Post:
    item = next(youtube.split(a_page(document)))
    assert isinstance(item, RawItem)
    post = youtube.parse(item)
    assert isinstance(post, Post)
    return post


def search_for(server: Server, members: tuple[Member, ...] = (), days: float = 1) -> Search:
    query = youtube.queries(("isles7", "isle7"), {"base_url": server.url, "search": not members}, members)[0]
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW)


def keys_in(pages: Any) -> list[str]:
    return [item.key for page in pages for item in youtube.split(page) if isinstance(item, RawItem)]
