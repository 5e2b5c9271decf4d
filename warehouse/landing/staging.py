"""What a batch brings, in temporary tables: one COPY each, and the statements beside this file do the rest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from connectors.records import Author, Page, Post, Rejected
from warehouse.landing.binary import copy
from warehouse.sieve import Sifted
from warehouse.storable import text as storable_text

Columns = tuple[tuple[str, str], ...]

PAGE: Columns = (
    ("page_no", "int"),
    ("platform", "text"),
    ("query", "text"),
    ("url", "text"),
    ("status", "int"),
    ("observed_at", "timestamptz"),
    ("sha256", "bytea"),
    ("items", "int"),
)

ITEM: Columns = (
    ("seq", "int"),
    ("page_no", "int"),
    ("key", "text"),
    ("item_hash", "bytea"),
    ("sha256", "bytea"),
    ("body", "bytea"),
    ("observed_at", "timestamptz"),
    ("tagged", "boolean"),
    ("content_hash", "bytea"),
    ("version_at", "timestamptz"),
    ("platform", "text"),
    ("post_id", "text"),
    ("source", "text"),
    ("source_rank", "int"),
    ("kind", "text"),
    ("url", "text"),
    ("title", "text"),
    ("text", "text"),
    ("language", "text"),
    ("created_at", "timestamptz"),
    ("edited_at", "timestamptz"),
    ("version_id", "text"),
    ("hashtags", "text[]"),
    ("mentions", "text[]"),
    ("links", "text[]"),
    ("media_types", "text[]"),
    ("media_hashes", "text[]"),
    ("reply_to_id", "text"),
    ("reply_to_account", "text"),
    ("quote_of_id", "text"),
    ("repost_of_id", "text"),
    ("conversation_id", "text"),
    ("audience", "text"),
    ("on_behalf_of", "text"),
    ("evidence", "text"),
    ("collected_by", "text"),
    ("deleted_at", "timestamptz"),
    ("flags", "text[]"),
    ("account_id", "text"),
    ("handle", "text"),
    ("display_name", "text"),
    ("account_url", "text"),
    ("is_bot", "boolean"),
    ("account_links", "text[]"),
    ("moved_to", "text"),
    ("counts", "bigint[]"),
    ("shown", "int"),
    ("earlier_ids", "text[]"),
    ("media_urls", "text[]"),
)

REJECTED: Columns = (
    ("page_no", "int"),
    ("platform", "text"),
    ("source", "text"),
    ("query", "text"),
    ("reason", "text"),
    ("detail", "text"),
    ("sha256", "bytea"),
    ("body", "bytea"),
    ("observed_at", "timestamptz"),
)

SIEVED: Columns = (
    ("platform", "text"),
    ("key", "text"),
    ("item_hash", "bytea"),
    ("reason", "text"),
    ("observed_at", "timestamptz"),
)

TABLES = {"staged_page": PAGE, "staged_item": ITEM, "staged_rejected": REJECTED, "staged_sieved": SIEVED}

CONTENT = tuple(name for name, _ in ITEM[14:38])
"""The fields of a post that are its content: all that it says of itself, but not where, when and how often seen."""

BY_NAME = "hand:"
"""How the ids of accounts begin of which only the name is known: a copy that tells the permanent id is richer."""

LONGEST_NAME = 250
"""What a broken item says of its source may be anything; an index takes no key of several kilobytes."""

_POST = tuple(name for name, _ in ITEM[10:38])
_AUTHOR = ("account_id", "handle", "display_name", "url", "is_bot", "links", "moved_to")
_NOBODY = (None,) * len(_AUTHOR)


def ddl(table: str, columns: Columns) -> str:
    """An empty temporary table, made if need be."""
    names = ", ".join(f"{name} {kind}" for name, kind in columns)
    return f"create temp table if not exists {table} ({names}) on commit delete rows; delete from {table};"


EMPTY = text(
    "set local random_page_cost = 1.1;"  # look up each post by its key instead of reading the whole campaign
    + "\n".join(ddl(table, columns) for table, columns in TABLES.items())
    + "create temp table if not exists staged_winner"
    " (seq int, first_seen_at timestamptz, tagged boolean, is_several boolean) on commit delete rows;"
    "delete from staged_winner;"
    "create temp table if not exists staged_mixed"
    " (platform text, post_id text, is_new boolean, page_no int) on commit delete rows; delete from staged_mixed;"
)


COUNT = text("analyze staged_item (seq, page_no, platform, post_id, key, source)")
"""Without statistics PostgreSQL takes joins for small that are not, and their cost grows with the square of a batch."""


def stage(connection: Connection, batch: Sequence[Sifted]) -> None:
    """Put a batch into the temporary tables of this connection."""
    connection.execute(EMPTY)
    for table, rows in (
        ("staged_page", page_rows([(part.page, part.fetched) for part in batch])),
        ("staged_item", _items(batch)),
        ("staged_rejected", _rejected(batch)),
        ("staged_sieved", _sieved(batch)),
    ):
        copy(connection, table, TABLES[table], rows)
    connection.execute(COUNT)


def content_hash(post: Post) -> bytes:
    """SHA-256 over a JSON array of the post's content: the fields of `CONTENT` and the author's account id.

    Equal content has an equal hash, whichever copy it was read from. Counts, handles, and where and when it was seen
    are no content. A change of this rule makes every item look changed once.
    """
    values = [_json(getattr(post, name)) for name in CONTENT]
    values.append(post.author.account_id if post.author else None)
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def shown(post: Post) -> int:
    """Which attributes this sight of a post shows, as bits: sights of one source that differ in it are copies apart."""
    return (
        (post.author is not None)
        + 2 * (post.created_at is not None)
        + 4 * bool(post.title or post.text)
        + 8 * bool(post.hashtags)
        + 16 * (post.url is not None)
        + 32 * bool(post.media_types)
        + 64 * bool(post.media_hashes)
        + 128 * bool(post.on_behalf_of)
        + 256 * bool(post.evidence)
        + 512 * (post.author is not None and not post.author.account_id.startswith(BY_NAME))
    )


def _json(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def page_rows(pages: Sequence[tuple[Page, int]]) -> Iterator[tuple[Any, ...]]:
    """The envelopes of pages, each with how many items it brought."""
    for page_no, (page, items) in enumerate(pages):
        yield (
            page_no,
            page.platform,
            storable_text(page.query),
            storable_text(page.url),
            page.status,
            page.observed_at,
            hashlib.sha256(page.body).digest(),
            items,
        )


def _items(batch: Sequence[Sifted]) -> Iterator[tuple[Any, ...]]:
    seq = 0
    for page_no, sifted in enumerate(batch):
        for (item, post, tagged), item_hash in zip(sifted.landed, sifted.hashes, strict=True):
            seq += 1
            counts = post.counts
            yield (
                seq,
                page_no,
                storable_text(item.key),
                item_hash,
                hashlib.sha256(item.body).digest(),
                item.body,
                item.observed_at,
                tagged,
                content_hash(post),
                post.edited_at or post.created_at or item.observed_at,
                *[getattr(post, name) for name in _POST],
                *_author(post.author),
                (counts.likes, counts.reposts, counts.replies, counts.quotes, counts.views, counts.bookmarks),
                shown(post),
                post.earlier_ids,
                post.media_urls,
            )


def _author(author: Author | None) -> tuple[Any, ...]:
    return tuple(getattr(author, name) for name in _AUTHOR) if author else _NOBODY


def _rejected(batch: Sequence[Sifted]) -> Iterator[tuple[Any, ...]]:
    for page_no, sifted in enumerate(batch):
        for rejected in sifted.rejected:
            yield rejected_row(page_no, rejected, sifted.page.query)


def rejected_row(page_no: int, rejected: Rejected, query: str, *, keep_body: bool = True) -> tuple[Any, ...]:
    """What could not be read, with its bytes or with only their hash."""
    return (
        page_no,
        rejected.platform,
        storable_text(rejected.source)[:LONGEST_NAME],
        storable_text(query),
        rejected.reason,
        storable_text(rejected.detail),
        hashlib.sha256(rejected.body).digest(),
        rejected.body if keep_body else b"",
        rejected.observed_at,
    )


def _sieved(batch: Sequence[Sifted]) -> Iterator[tuple[Any, ...]]:
    for sifted in batch:
        for kept_out in sifted.sieved:
            key = None if kept_out.key is None else storable_text(kept_out.key)
            yield (kept_out.platform, key, kept_out.item_hash, kept_out.reason, kept_out.observed_at)
