"""Who dealt with whom is kept, never what was said: also where an answer, a comment or a quote cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.records import Page, Rejected
from connectors.registry import CONNECTORS, connector

WORDS = "planted words"
POST = {"uri": "at://did:plc:a/app.bsky.feed.post/1", "author": {"did": "did:plc:a"}}
WITHOUT_NAME = {"uri": "no name", "author": {"did": "did:plc:b"}, "record": {"text": WORDS}}
PASSED_ON = {**POST, "record": {"text": WORDS}}
THREADED = {"snippet": {"topLevelComment": {"snippet": {"textDisplay": WORDS}}}}
UNREADABLE: dict[str, list[Any]] = {
    "bluesky": [
        {"thread": {"post": WITHOUT_NAME, "replies": [{"post": {**POST, "text": WORDS}}]}},
        {"feed": [{"post": post, "reason": {"by": {"handle": "bao"}}} for post in (WITHOUT_NAME, PASSED_ON)]},
    ],
    "facebook": [{"data": [{"message": WORDS, "from": {"id": "1"}}]}],
    "instagram": [{"data": [{"text": WORDS, "username": "bao"}]}],
    "mastodon": [{"ancestors": [], "descendants": [{"id": "1", "content": WORDS, "account": {"acct": "bao"}}]}],
    "threads": [{"data": [{"id": "1", "text": WORDS, "username": "bao"}]}],
    "wordpress": [[{"post": 1, "author": 2, "content": {"rendered": WORDS}}]],
    "x": [{"data": [{"text": WORDS, "author_id": "5"}]}],
    "youtube": [{"kind": "youtube#commentThreadListResponse", "items": [THREADED]}],
}


@pytest.mark.parametrize("platform", CONNECTORS)
def test_what_cannot_be_read_is_kept_without_its_words(platform: str) -> None:
    """By every platform of the registry."""
    for document in UNREADABLE[platform]:
        page = Page(
            platform=platform,
            query="q",
            source=platform,
            url="https://h.example/api/v1/statuses/5/context",
            status=200,
            observed_at=datetime(2026, 2, 3, 12, 0, tzinfo=UTC),
            body=json.dumps(document).encode(),
            about="k",
        )
        broken = [act for act in connector(platform).split_interactions(page) if isinstance(act, Rejected)]
        assert broken
        assert not [act for act in broken if WORDS.encode() in act.body]
