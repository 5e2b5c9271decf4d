"""Reading again what came: posts, versions, copies, accounts and counts anew from `raw.item`, by today's parsers.

Everything happens in the caller's transaction, in batches, so that memory does not grow. The posts of a campaign are
taken out and landed again, by the code that lands what is collected, in the order in which they were seen. What no
archive tells stays as it is: posts that are gone (their bytes went with them), acts, pictures that were looked at,
decisions, and that a file was declared to belong to the campaign whatever its posts' hashtags say.

A post of which any sight cannot be read any more stays as it was read before, and that sight goes into the quarantine:
half of what was seen of a post is no better than the whole as an earlier parser understood it. A post of somebody who
has opted out since it landed goes, as if it were met again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text

from connectors.records import Page, Post, RawItem, Rejected
from warehouse import landing
from warehouse.landing.binary import copy
from warehouse.people.handles import plain_name
from warehouse.people.suppression import PERSON, hash_key
from warehouse.sieve import KeptOut, Sieve, Sifted
from warehouse.storable import storable, too_long

HERE = Path(__file__).parent / "rebuilding"
TAKEN_OUT, PUT_BACK = ((HERE / f"{name}.sql").read_text(encoding="utf-8") for name in ("taken_out", "put_back"))
BATCH = 2_000
QUERY = "rebuild"
BY_NAME = "hand:"

SIGHTS = """
select r.platform, r.source, r.key, r.body, r.observed_at, old.is_declared
from raw.item r
join taken_out old on old.platform = r.platform and old.post_id = r.key
where r.campaign = :campaign
order by r.observed_at, r.raw_item_id
"""

Parse = Callable[[RawItem], Post | Rejected]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One raw item, and whether it came in a file that was declared to belong to the campaign."""

    item: RawItem
    is_declared: bool


Order = Callable[[Iterator[Sight]], Iterator[Sight]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    tally: landing.Tally
    kept: int
    """Posts that stay as they were because a sight of them cannot be read any more."""


def rebuild(
    connection: Connection,
    run_id: UUID,
    campaign_name: str,
    sieve: Sieve,
    parse: Parse,
    tags: frozenset[str],
    *,
    order: Order = iter,
) -> Rebuilt:
    """Land everything again that is held of a campaign; `tags` are its hashtags. Raises TallyMismatch.

    The caller sees to it that nothing else lands meanwhile. `order` is for tests: it may change the order.
    """
    named = {"campaign": campaign_name}
    for statement in TAKEN_OUT.split(";\n"):
        connection.execute(text(statement), named)
    reading = _Reading(sieve, parse, tags)
    tally = landing.Tally()
    for batch in _batches(order(_held(connection, campaign_name))):
        parts = [reading.of(list(its)) for _, its in groupby(sorted(batch, key=_platform), key=_platform)]
        tally += landing.land(connection, run_id, campaign_name, parts, again=True)
    leaving = {(one.platform, one.key or "") for one in reading.leaving}
    _put_back(connection, campaign_name, reading.unread | leaving)
    for platform, its in groupby(sorted(reading.leaving, key=_platform), key=_platform):
        sieved = tuple(its)
        gone = Sifted(page=_page(platform, sieved[0].observed_at), fetched=len(sieved), sieved=sieved)
        tally += landing.land(connection, run_id, campaign_name, [gone], again=True)
    return Rebuilt(tally=tally, kept=len(reading.unread))


class _Reading:
    """Reads sights and remembers what cannot be read any more, and whose authors have opted out."""

    def __init__(self, sieve: Sieve, parse: Parse, tags: frozenset[str]) -> None:
        self.sieve, self.parse, self.tags = sieve, parse, tags
        self.unread: set[tuple[str, str]] = set()
        self.leaving: list[KeptOut] = []

    def of(self, sights: Sequence[Sight]) -> Sifted:
        """What one platform's sights say, as a page of landing."""
        landed: list[tuple[RawItem, Post, bool]] = []
        hashes: list[bytes] = []
        rejected: list[Rejected] = []
        for sight in sights:
            item = sight.item
            post = _post(item, self.parse)
            item_hash = hash_key(self.sieve.secret, item.platform, item.key)
            if isinstance(post, Rejected):
                self.unread.add((item.platform, item.key))
                rejected.append(post)
            elif self.sieve.refuses(item.platform, _accounts(post), public=True):
                self.leaving.append(
                    KeptOut(
                        platform=item.platform,
                        key=item.key,
                        item_hash=item_hash,
                        reason="opted_out",
                        observed_at=item.observed_at,
                    )
                )
            else:
                landed.append((item, post, sight.is_declared or not self.tags.isdisjoint(post.hashtags)))
                hashes.append(item_hash)
        return Sifted(
            page=_page(sights[0].item.platform, sights[0].item.observed_at),
            fetched=len(landed) + len(rejected),
            landed=tuple(landed),
            hashes=tuple(hashes),
            rejected=tuple(rejected),
        )


def _held(connection: Connection, campaign_name: str) -> Iterator[Sight]:
    """What came, in the order in which it was seen, streamed."""
    rows = connection.execute(
        text(SIGHTS), {"campaign": campaign_name}, execution_options={"stream_results": True, "yield_per": 500}
    )
    for row in rows:
        item = RawItem(
            platform=row.platform, source=row.source, key=row.key, body=bytes(row.body), observed_at=row.observed_at
        )
        yield Sight(item=item, is_declared=row.is_declared)


def _batches(sights: Iterable[Sight]) -> Iterator[list[Sight]]:
    given = iter(sights)
    while batch := list(islice(given, BATCH)):
        yield batch


def _post(item: RawItem, parse: Parse) -> Post | Rejected:
    post = parse(item)
    if isinstance(post, Rejected):
        return post
    if post.post_id != item.key:
        return item.unreadable("other_id", "It reads as another post than it did before.")
    if name := too_long(post):
        return item.unreadable("id_too_long", f"{name} is longer than any real one.")
    return storable(post)


def _accounts(post: Post) -> Iterator[str]:
    """Whose it is, as the sieve looks them up; what clerks wrote may be a name."""
    if post.author:
        yield post.author.account_id
        if post.author.handle:
            yield post.author.handle
        if post.author.account_id.startswith(BY_NAME):
            yield PERSON + plain_name(post.author.account_id.removeprefix(BY_NAME))
            yield PERSON + plain_name(post.author.handle or "")
    if post.on_behalf_of:
        yield PERSON + plain_name(post.on_behalf_of)


def _page(platform: str, observed_at: datetime) -> Page:
    """What was read again came on no page; landing wants one."""
    return Page(platform=platform, query=QUERY, source=QUERY, url="", status=0, observed_at=observed_at, body=b"")


def _platform(sight: Sight | KeptOut) -> str:
    return sight.item.platform if isinstance(sight, Sight) else sight.platform


def _put_back(connection: Connection, campaign_name: str, posts: set[tuple[str, str]]) -> None:
    columns = (("platform", "text"), ("post_id", "text"))
    connection.execute(text("create temp table stays (platform text, post_id text) on commit drop"))
    copy(connection, "stays", columns, sorted(posts))
    for statement in PUT_BACK.split(";\n"):
        connection.execute(text(statement), {"campaign": campaign_name})
