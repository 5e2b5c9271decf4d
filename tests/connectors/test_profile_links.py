"""What profiles say of other places: verified links, a site of one's own, an account to which somebody has moved."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import mastodon, wordpress, x
from connectors.records import Author, Page, Post

PAGES = Path(__file__).parent / "pages"


def author(connector: Any, platform: str, source: str, body: object) -> Author:
    """The author of a page's first post."""
    page = Page(
        platform=platform, query="q", source=source, url=f"https://{source}/", status=200,
        observed_at=datetime(2026, 2, 5, tzinfo=UTC), body=json.dumps(body).encode(),
    )  # fmt: skip
    post = connector.parse(next(connector.split(page)))
    assert isinstance(post, Post)
    assert post.author is not None
    return post.author


def on_mastodon(**account: object) -> Author:
    status = json.loads((PAGES / "mastodon_tag.json").read_bytes())[0]
    status["account"] |= account
    return author(mastodon, "mastodon", "social.example", [status])


def on_x(**user: object) -> Author:
    tweet = {"id": "5", "author_id": "7", "text": "#ITP28"}
    users = [{"id": "7", "username": "hana", "name": "Hana", **user}]
    return author(x, "x", "api.x.com", {"data": [tweet], "includes": {"users": users}})


def on_wordpress(**user: object) -> Author:
    post = json.loads((PAGES / "wordpress_posts.json").read_bytes())[0]
    post["_embedded"]["author"][0] |= user
    return author(wordpress, "wordpress", "blog.example", [post])


def test_mastodon_only_what_the_server_has_verified() -> None:
    """A link that nobody checked says nothing; what is no address is none."""
    fields = [
        {"name": "Site", "value": '<a href="https://amina.example/">amina.example</a>', "verified_at": "2025-01-01"},
        {"name": "Other", "value": '<a href="https://unchecked.example/">x</a>', "verified_at": None},
        {"name": "Words", "value": "no link at all", "verified_at": "2025-01-01"},
    ]
    assert on_mastodon(fields=fields).links == ("https://amina.example/",)
    assert on_mastodon(fields=None).links == on_mastodon(fields=[]).links == on_mastodon(fields=["?"]).links == ()


def test_mastodon_an_account_that_has_moved() -> None:
    """By the other account's permanent name, also where an older server tells only its page."""
    assert on_mastodon(moved={"uri": "https://new.example/users/amina"}).moved_to == "https://new.example/users/amina"
    assert on_mastodon(moved={"url": "https://new.example/@amina"}).moved_to == "https://new.example/users/amina"
    assert on_mastodon(moved=None).moved_to is on_mastodon(moved={}).moved_to is on_mastodon(moved="?").moved_to is None


def test_x_the_site_of_the_profile() -> None:
    """The address behind X's short one; addresses in the description are not the account's own."""
    entities = {
        "url": {"urls": [{"url": "https://t.co/x", "expanded_url": "https://hana.example"}]},
        "description": {"urls": [{"url": "https://t.co/y", "expanded_url": "https://somebody-else.example"}]},
    }
    assert on_x(entities=entities).links == ("https://hana.example",)
    assert on_x(entities={"url": {"urls": [{"expanded_url": "javascript:alert(1)"}]}}).links == on_x().links == ()


def test_wordpress_the_users_site() -> None:
    """Where there is one."""
    assert on_wordpress(url="https://farida.example").links == ("https://farida.example",)
    assert on_wordpress(url="").links == on_wordpress(url=None).links == on_wordpress(url="farida").links == ()


@pytest.mark.parametrize("read", [on_mastodon, on_x, on_wordpress])
def test_an_account_says_nothing_unless_told(read: Callable[[], Author]) -> None:
    """Nobody has moved by default."""
    assert read().moved_to is None
