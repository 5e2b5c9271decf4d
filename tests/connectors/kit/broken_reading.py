"""How a connector may read pages, or name posts, wrongly.

Each defect takes the real module and gives what it does instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.errors import ConnectorError
from connectors.records import Post, RawItem
from tests.connectors.kit.broken_items import changed_items
from tests.connectors.kit.wire import places


def window_begins_late(real: Any) -> dict[str, Any]:
    """The window's first hour is taken for read."""

    def fetch(search: Any, *more: Any) -> Iterator[Any]:
        return real.fetch(replace(search, since=search.since + timedelta(hours=1)), *more)

    return {"fetch": fetch}


def window_ends_early(real: Any) -> dict[str, Any]:
    def fetch(search: Any, *more: Any) -> Iterator[Any]:
        return real.fetch(replace(search, until=search.until - timedelta(hours=4)), *more)

    return {"fetch": fetch}


def a_page_is_dropped(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        for number, page in enumerate(real.fetch(*given)):
            if number != 1:
                yield page

    return {"fetch": fetch}


def stops_at_an_empty_page(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        for page in real.fetch(*given):
            yield page
            if not list(real.split(page)):
                return

    return {"fetch": fetch}


def stops_at_a_repeated_token(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        known: list[str] = []
        for page in real.fetch(*given):
            yield page
            told = [value for path, value in places(json.loads(page.body)) if path and path[-1] in _TOKENS]
            if told and told == known:
                return
            known = told

    return {"fetch": fetch}


_TOKENS = ("cursor", "after", "next_token", "nextPageToken")


def never_stops(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        while True:
            try:
                yield from real.fetch(*given)
            except ConnectorError:
                continue

    return {"fetch": fetch}


def swallows_the_end(real: Any) -> dict[str, Any]:
    """An error is taken for the end of the list."""

    def fetch(*given: Any) -> Iterator[Any]:
        try:
            yield from real.fetch(*given)
        except ConnectorError:
            return

    return {"fetch": fetch}


def stops_at_an_old_post(real: Any) -> dict[str, Any]:
    def fetch(search: Any, *more: Any) -> Iterator[Any]:
        for page in real.fetch(search, *more):
            yield page
            posts = [real.parse(item) for item in real.split(page)]
            times = [post.created_at for post in posts if isinstance(post, Post) and post.created_at]
            if times and min(times) < search.since:
                return

    return {"fetch": fetch}


def hands_over_at_the_end(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        yield from list(real.fetch(*given))

    return {"fetch": fetch}


def key_by_page(real: Any) -> dict[str, Any]:
    """A post that comes on two pages is two."""
    return {
        "split": changed_items(real, lambda item, page: replace(item, key=f"{item.key}/{abs(hash(page.body)) % 97}"))
    }


def key_by_route(real: Any) -> dict[str, Any]:
    def parse(item: RawItem) -> Any:
        post = real.parse(item)
        return replace(post, post_id=item.key) if isinstance(post, Post) else post

    change = lambda item, page: replace(item, key=f"{page.query.partition('/')[0]}:{item.key}")  # noqa: E731
    return {"split": changed_items(real, change), "parse": parse}


def one_key_for_two(real: Any) -> dict[str, Any]:
    """The primary key is cut short, so that posts share it."""
    return {"split": changed_items(real, lambda item, page: replace(item, key=item.key[:-1]))}
