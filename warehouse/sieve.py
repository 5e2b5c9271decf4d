"""What stands before the archive: who opted out and what is not public goes no further than a counter.

`sift` is pure: it cuts a page, keeps out what must not land, and reads what may. What it keeps out it remembers as a
keyed hash of the post's key only, so that each item is counted once however often it is met.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy import Connection, text

from connectors.errors import BadAnswer
from connectors.records import Page, Post, RawItem, Rejected
from warehouse import locks
from warehouse.people.suppression import hash_key, listed
from warehouse.storable import storable, too_long

Reason = Literal["opted_out", "not_public"]
Split = Callable[[Page], Iterator[RawItem | Rejected]]
Parse = Callable[[RawItem], Post | Rejected]
Piece = TypeVar("Piece")


Learnt = tuple[str, bytes, bytes]
"""Platform, the hash to suppress from now on, and the suppressed one beside which it was met."""
NO_ACCOUNT = ("hand:", "person:")


@dataclass(frozen=True, slots=True)
class Sieve:
    secret: bytes
    """The key of all hashes; it lives outside the database."""
    suppressed: frozenset[tuple[str, bytes]]
    """Platform and keyed hash of every id and handle that must never land."""

    def refuses(self, platform: str, accounts: Iterable[str], public: bool) -> Reason | None:
        """Why this must not land, if it must not."""
        if self.suppressed and any(listed(self.secret, platform, account) in self.suppressed for account in accounts):
            return "opted_out"
        return None if public else "not_public"

    def learn(self, platform: str, names: Iterable[str | None]) -> tuple[Learnt, ...]:
        """The other names of an account that is suppressed by one of them, so that it is known by each alone.

        Only for names of one account. A person's names, and what clerks write, may be somebody else's too.
        """
        given = [name for name in names if name]
        if any(name.startswith(NO_ACCOUNT) for name in given):
            return ()
        hashes = [listed(self.secret, platform, name) for name in given]
        known = next((one for one in hashes if one in self.suppressed), None)
        if known is None:
            return ()
        return tuple((platform, one[1], known[1]) for one in dict.fromkeys(hashes) if one not in self.suppressed)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut:
    """An item that did not pass. The key is for the moment only and is never stored."""

    platform: str
    key: str | None
    item_hash: bytes
    reason: Reason
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """A page as it may land. Every one of the `fetched` items is in exactly one of the other fields."""

    page: Page
    fetched: int
    landed: tuple[tuple[RawItem, Post, bool], ...] = ()
    """The item, what it says, and whether it carries one of the campaign's hashtags."""
    hashes: tuple[bytes, ...] = ()
    """The keyed hash of each landed item: it may have been kept out before."""
    rejected: tuple[Rejected, ...] = ()
    sieved: tuple[KeptOut, ...] = ()
    out_of_scope: int = 0
    """What was kept out and is not the campaign's either. Of what landed, `landing` tells what is out of scope."""
    duplicate: int = 0
    learnt: tuple[Learnt, ...] = ()


def load(connection: Connection, secret: bytes) -> Sieve:
    """The sieve as the warehouse knows it now; while somebody is being erased it waits."""
    locks.wait_for_rest_to_end(connection)
    rows = connection.execute(text("select platform, key_hash from people.suppression"))
    return Sieve(secret, frozenset((platform, bytes(key_hash)) for platform, key_hash in rows))


def sift(page: Page, split: Split, parse: Parse, sieve: Sieve, tags: frozenset[str] | None) -> Sifted:
    """Cut a page, keep out what must not land, read the rest. `tags` None: all of it belongs to the campaign."""
    pieces = cut(page, split)
    if isinstance(pieces, Rejected):
        return Sifted(page=page, fetched=1, rejected=(pieces,))
    landed: list[tuple[RawItem, Post, bool]] = []
    hashes: list[bytes] = []
    rejected: list[Rejected] = []
    sieved: list[KeptOut] = []
    out_of_scope = 0
    learnt: list[Learnt] = []
    items = _copies(piece for piece in pieces if isinstance(piece, RawItem))
    unreadable = [piece for piece in pieces if isinstance(piece, Rejected)]
    for copies in items:
        item = copies[-1]
        item_hash = hash_key(sieve.secret, item.platform, item.key)
        accounts = {account for copy in copies for account in copy.accounts}
        if reason := sieve.refuses(item.platform, accounts, item.public):
            learnt += sieve.learn(item.platform, accounts)
            if _is_out_of_scope(item, parse, tags):
                out_of_scope += 1
            else:
                sieved.append(_kept_out(item, item.key, item_hash, reason))
            continue
        post = _read(item, parse)
        if isinstance(post, Rejected):
            unreadable.append(post)
            continue
        landed.append((item, post, tags is None or not tags.isdisjoint(post.hashtags)))
        hashes.append(item_hash)
    for piece in unreadable:
        if kept_out := _refused(piece, sieve):
            sieved.append(kept_out)
        else:
            rejected.append(piece)
    return Sifted(
        page=page,
        fetched=len(pieces),
        landed=tuple(landed),
        hashes=tuple(hashes),
        rejected=tuple(rejected),
        sieved=tuple(sieved),
        out_of_scope=out_of_scope,
        duplicate=sum(len(copies) - 1 for copies in items),
        learnt=tuple(dict.fromkeys(learnt)),
    )


def cut(page: Page, split: Callable[[Page], Iterator[Piece]]) -> list[Piece] | Rejected:
    """The pieces of a page, or the page as one that cannot be cut."""
    try:
        return list(split(page))
    except BadAnswer as error:
        return Rejected(
            platform=page.platform,
            source=page.source,
            reason="not_a_page",
            detail=str(error),
            body=page.body,
            observed_at=page.observed_at,
        )


def refused(rejected: Rejected, file: str, sieve: Sieve) -> Sifted:
    """A piece of a file that is not even a page: kept aside, unless it shows that it must not be kept."""
    page = Page(
        platform=rejected.platform,
        query="import",
        source=rejected.source,
        url=file,
        status=0,
        observed_at=rejected.observed_at,
        body=rejected.body,
    )
    if kept_out := _refused(rejected, sieve):
        return Sifted(page=page, fetched=1, sieved=(kept_out,))
    return Sifted(page=page, fetched=1, rejected=(rejected,))


def _refused(piece: Rejected, sieve: Sieve) -> KeptOut | None:
    """What could not be read has no key to be counted by: its bytes stand for it."""
    reason = sieve.refuses(piece.platform, piece.accounts, piece.public)
    if reason is None:
        return None
    body_hash = hmac.digest(sieve.secret, piece.platform.encode() + b"\n" + piece.body, hashlib.sha256)
    return _kept_out(piece, None, body_hash, reason)


def _copies(items: Iterable[RawItem]) -> list[list[RawItem]]:
    """The items of a page by post, each post's newest observation last; of equal times the later in the page."""
    posts: dict[tuple[str, str], list[RawItem]] = {}
    for item in items:
        posts.setdefault((item.platform, item.key), []).append(item)
    return [sorted(copies, key=lambda item: item.observed_at) for copies in posts.values()]


def _is_out_of_scope(item: RawItem, parse: Parse, tags: frozenset[str] | None) -> bool:
    """Whether what is kept out would be no item of the campaign anyway; it is read for this question and forgotten."""
    if tags is None:
        return False
    post = _read(item, parse)
    return isinstance(post, Post) and tags.isdisjoint(post.hashtags)


def _read(item: RawItem, parse: Parse) -> Post | Rejected:
    post = parse(item)
    if isinstance(post, Rejected):
        return post
    if name := too_long(post):
        return item.unreadable("id_too_long", f"{name} is longer than any real one.")
    return storable(post)


def _kept_out(piece: RawItem | Rejected, key: str | None, item_hash: bytes, reason: Reason) -> KeptOut:
    return KeptOut(platform=piece.platform, key=key, item_hash=item_hash, reason=reason, observed_at=piece.observed_at)
