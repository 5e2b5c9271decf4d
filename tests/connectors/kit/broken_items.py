"""How a connector may misread one item, or lose its neighbours.

Each defect takes the real module and gives what it does instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.records import Post, RawItem, Rejected
from tests.connectors.kit.wire import places


def changed_items(real: Any, change: Callable[[RawItem, Any], Any]) -> Callable[[Any], Iterator[Any]]:
    def split(page: Any) -> Iterator[Any]:
        for piece in real.split(page):
            yield change(piece, page) if isinstance(piece, RawItem) else piece

    return split


def _posts(real: Any, change: Callable[[Post, RawItem], Any]) -> dict[str, Any]:
    def parse(item: RawItem) -> Any:
        post = real.parse(item)
        return change(post, item) if isinstance(post, Post) else post

    return {"parse": parse}


def unknown_is_zero(real: Any) -> dict[str, Any]:
    def change(post: Post, item: RawItem) -> Post:
        counts = post.counts
        return replace(post, counts=replace(counts, likes=counts.likes or 0, replies=counts.replies or 0))

    return _posts(real, change)


def naive_is_utc(real: Any) -> dict[str, Any]:
    """A time without a zone is believed."""

    def change(post: Post, item: RawItem) -> Post:
        if post.created_at:
            return post
        for value in _times(item):
            return replace(post, created_at=value.replace(tzinfo=value.tzinfo or UTC))
        return post

    return _posts(real, change)


def _times(item: RawItem) -> Iterator[datetime]:
    for path, value in places(json.loads(item.body)):
        if path and "at" in str(path[-1]).lower() + "timestamp" and isinstance(value, str):
            try:
                yield datetime.fromisoformat(value)
            except ValueError:
                continue


def handle_is_the_account(real: Any) -> dict[str, Any]:
    def change(post: Post, item: RawItem) -> Post:
        author = post.author
        return replace(post, author=replace(author, account_id=author.handle or "")) if author else post

    return _posts(real, change)


def accounts_are_left_out(real: Any) -> dict[str, Any]:
    return {"split": changed_items(real, lambda item, page: replace(item, accounts=item.accounts[:1]))}


def everything_is_public(real: Any) -> dict[str, Any]:
    return {"split": changed_items(real, lambda item, page: replace(item, public=True))}


def others_words_are_kept(real: Any) -> dict[str, Any]:
    """The whole page goes along with each item."""

    def change(item: RawItem, page: Any) -> RawItem:
        return replace(item, body=json.dumps({**json.loads(item.body), "beside": json.loads(page.body)}).encode())

    return {"split": changed_items(real, change), "parse": lambda item: real.parse(_without(item))}


def _without(item: RawItem) -> RawItem:
    body = json.loads(item.body)
    body.pop("beside", None)
    return replace(item, body=json.dumps(body).encode())


def an_unknown_part_is_fatal(real: Any) -> dict[str, Any]:
    def parse(item: RawItem) -> Any:
        result = real.parse(item)
        if isinstance(result, Rejected) or result.flags:
            raise KeyError("embed")
        return result

    return {"parse": parse}


def a_bad_neighbour_costs_the_page(real: Any) -> dict[str, Any]:
    def split(page: Any) -> Iterator[Any]:
        pieces = list(real.split(page))
        return iter([piece for piece in pieces if isinstance(piece, Rejected)] or pieces)

    return {"split": split}


def a_bad_item_vanishes(real: Any) -> dict[str, Any]:
    return {"split": lambda page: (piece for piece in real.split(page) if isinstance(piece, RawItem))}
