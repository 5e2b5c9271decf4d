"""The programme's own blog: every post, by whom and when. Never what it says: no text of it reaches the warehouse.

`sift_blog` is pure, like `sieve.sift`; `land_blog` loads a batch inside the caller's transaction and adds it to the
run's tally. A blog is read whole each time, so nothing of it has to be kept in order to be read again; what cannot be
read is entered into the quarantine without its bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from connectors.records import BlogPost, Page, Rejected
from warehouse import landing, locks
from warehouse.landing import staging
from warehouse.landing.binary import copy
from warehouse.people import suppression
from warehouse.people.handles import plain_name
from warehouse.people.suppression import PERSON
from warehouse.sieve import Learnt, Reason, Sieve, cut
from warehouse.storable import LONGEST_KEY
from warehouse.storable import text as storable_text

HERE = Path(__file__).parent / "landing_blog"
POSTS, REFUSED_POSTS, NO_LONGER = (
    (HERE / f"{name}.sql").read_text(encoding="utf-8") for name in ("posts", "refused", "no_longer")
)

POST: staging.Columns = (
    ("seq", "int"),
    ("site", "text"),
    ("post_id", "text"),
    ("url", "text"),
    ("published_at", "timestamptz"),
    ("modified_at", "timestamptz"),
    ("account_id", "text"),
    ("is_tagged", "boolean"),
    ("bylines", "text[]"),
    ("observed_at", "timestamptz"),
)
ACCOUNT: staging.Columns = (
    ("platform", "text"),
    ("account_id", "text"),
    ("handle", "text"),
    ("display_name", "text"),
    ("account_url", "text"),
    ("account_links", "text[]"),
    ("observed_at", "timestamptz"),
)
REFUSED: staging.Columns = (("platform", "text"), ("site", "text"), ("post_id", "text"), ("account_id", "text"))
"""A post, or an account, of somebody who opted out."""

HELD = text("""
select post_id from core.blog_post where campaign = :campaign and site = :site and deleted_at is null order by post_id
""")
GONE = text("""
update core.blog_post set deleted_at = :at, url = null
where campaign = :campaign and site = :site and post_id = any(:posts) and deleted_at is null
""")
UNSIGNED = text("delete from core.blog_byline where campaign = :campaign and site = :site and post_id = any(:posts)")
OTHERS_HELD = text("""
select exists (select from core.blog where campaign = :campaign and site <> all(:sites))
  or exists (select from core.blog_post where campaign = :campaign and site <> all(:sites))
""")
READ = text("""
insert into core.blog (campaign, site, read_from, read_until, run_id)
values (:campaign, :site, :read_from, :read_until, :run_id)
on conflict (campaign, site) do update
set read_from = excluded.read_from, read_until = excluded.read_until, run_id = excluded.run_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiftedBlog:
    """A page of a blog as it may land. Each of the `fetched` is in exactly one of the other fields."""

    page: Page
    fetched: int
    posts: tuple[tuple[BlogPost, bool], ...] = ()
    """The post, and whether it bears the campaign's tag."""
    refused: tuple[tuple[BlogPost, Reason], ...] = ()
    """What must not be kept, for the moment only: it may be held from before."""
    rejected: tuple[Rejected, ...] = ()
    kept_out: tuple[Reason, ...] = ()
    """Of what could not be read, what must not even be counted as such."""
    accounts_out: tuple[tuple[str, str], ...] = ()
    """Platform and id of the accounts of people who opted out."""
    duplicate: int = 0
    learnt: tuple[Learnt, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The posts that the page shows."""
        return frozenset(post.post_id for post, _ in (*self.posts, *self.refused))


def sift_blog(
    page: Page, split: Callable[[Page], Iterator[BlogPost | Rejected]], guard: Sieve, tags: frozenset[str]
) -> SiftedBlog:
    """Cut a page of a blog and keep out what must not land.

    A post is whose its byline says. So without a byline it is the account's and stays out with it; of several authors
    those who opted out are left out, and the account is where it is somebody's who did.
    """
    pieces = cut(page, split)
    if isinstance(pieces, Rejected):
        return SiftedBlog(page=page, fetched=1, rejected=(pieces,))
    posts: dict[str, tuple[BlogPost, bool]] = {}
    refused: list[tuple[BlogPost, Reason]] = []
    rejected: list[Rejected] = []
    kept_out: list[Reason] = []
    accounts_out: set[tuple[str, str]] = set()
    learnt: list[Learnt] = []
    for piece in pieces:
        if isinstance(piece, Rejected) or _is_too_long(piece):
            if reason := guard.refuses(piece.platform, piece.accounts, piece.public):
                kept_out.append(reason)
            else:
                rejected.append(piece if isinstance(piece, Rejected) else _unreadable(piece))
            continue
        learnt += guard.learn(piece.platform, piece.accounts)
        if piece.author and guard.refuses(piece.platform, piece.accounts, True):
            accounts_out.add((piece.platform, piece.author.account_id))
        if reason := _refusal(piece, guard):
            refused.append((piece, reason))
        else:
            posts[piece.post_id] = _as_it_may_land(piece, guard), not tags.isdisjoint(piece.hashtags)
    return SiftedBlog(
        page=page,
        fetched=len(pieces),
        posts=tuple(posts.values()),
        refused=tuple(refused),
        rejected=tuple(rejected),
        kept_out=tuple(kept_out),
        accounts_out=tuple(sorted(accounts_out)),
        duplicate=len(pieces) - len(posts) - len(refused) - len(rejected) - len(kept_out),
        learnt=tuple(dict.fromkeys(learnt)),
    )


def _refusal(post: BlogPost, guard: Sieve) -> Reason | None:
    names = _names(post, guard)
    if post.bylines and not names:
        return "opted_out"
    return guard.refuses(post.platform, () if names else post.accounts, post.public)


def _names(post: BlogPost, guard: Sieve) -> tuple[str, ...]:
    """The bylines of those who have not opted out."""
    return tuple(
        name for name in post.bylines if not guard.refuses(post.platform, [f"{PERSON}{plain_name(name)}"], True)
    )


def _as_it_may_land(post: BlogPost, guard: Sieve) -> BlogPost:
    author = None if guard.refuses(post.platform, post.accounts, True) else post.author
    return replace(post, bylines=_names(post, guard), author=author)


def land_blog(
    connection: Connection, run_id: UUID, campaign_name: str, platform: str, sifted: Sequence[SiftedBlog]
) -> landing.Tally:
    """Load a batch of one blog and add it to the run's tally; returns the batch's own. Raises TallyMismatch."""
    locks.wait_for_rest_to_end(connection)
    values = {"campaign": campaign_name, "run_id": run_id}
    _stage(connection, sifted)
    for statement in (landing.PAGES, landing.QUARANTINE, landing.ACCOUNTS, landing.HANDLES):
        connection.execute(statement, values)
    for part in sifted:
        suppression.learn(connection, part.learnt)
    for refusal in REFUSED_POSTS.split(";\n"):
        connection.execute(text(refusal), values)
    hidden = [post for part in sifted for post, reason in part.refused if reason == "not_public"]
    for post in hidden:
        mark_gone(connection, campaign_name, post.source, [post.post_id], post.observed_at)
    *changes, changed = POSTS.split(";\n")
    for change in changes:
        connection.execute(text(change), values)
    new, updated = connection.execute(text(changed)).one()
    tally = _tally(sifted, new, updated)
    landing.enter(connection, run_id, platform, tally)
    return tally


def held(connection: Connection, campaign_name: str, site: str) -> list[str]:
    """The numbers of the posts that we take for being on the site."""
    return list(connection.execute(HELD, {"campaign": campaign_name, "site": site}).scalars())


def mark_gone(connection: Connection, campaign_name: str, site: str, posts: Sequence[str], at: datetime) -> int:
    """Enter that these are not shown any more; returns of how many that is new. Their link and bylines leave."""
    locks.wait_for_rest_to_end(connection)
    gone = {"campaign": campaign_name, "site": site, "posts": list(posts)}
    connection.execute(UNSIGNED, gone)
    return connection.execute(GONE, {**gone, "at": at}).rowcount


def ask(connection: Connection, campaign_name: str, sites: Sequence[str]) -> None:
    """These are the programme's blogs now: of others nothing is kept, neither posts nor who wrote them.

    What a build does at rest itself; whoever else calls it waits for the rest's end before.
    """
    if not connection.execute(OTHERS_HELD, given := {"campaign": campaign_name, "sites": list(sites)}).scalar():
        return
    for statement in NO_LONGER.split(";\n"):
        connection.execute(text(statement), given)


def record_read(
    connection: Connection, campaign_name: str, site: str, since: datetime, until: datetime, run_id: UUID
) -> None:
    """Enter that all posts published in [since, until) are in."""
    span = {"campaign": campaign_name, "site": site, "read_from": since, "read_until": until, "run_id": run_id}
    connection.execute(READ, span)


def _is_too_long(post: BlogPost) -> bool:
    names = (post.post_id, post.source, *post.accounts, *post.bylines)
    return any(len(name.encode(errors="replace")) > LONGEST_KEY for name in names)


def _unreadable(post: BlogPost) -> Rejected:
    return Rejected(
        platform=post.platform,
        source=post.source,
        reason="id_too_long",
        detail="An id is longer than any real one.",
        body=post.post_id.encode(errors="replace"),
        observed_at=post.observed_at,
    )


def _tally(sifted: Sequence[SiftedBlog], new: int, updated: int) -> landing.Tally:
    reasons = Counter(reason for part in sifted for _, reason in part.refused)
    reasons.update(reason for part in sifted for reason in part.kept_out)
    return landing.Tally(
        fetched=sum(part.fetched for part in sifted),
        new=new,
        updated=updated,
        unchanged=sum(len(part.posts) for part in sifted) - new - updated,
        duplicate=sum(part.duplicate for part in sifted),
        suppressed=reasons["opted_out"],
        not_public=reasons["not_public"],
        quarantined=sum(len(part.rejected) for part in sifted),
    )


def _stage(connection: Connection, batch: Sequence[SiftedBlog]) -> None:
    tables: dict[str, tuple[staging.Columns, staging.Columns, Iterator[tuple[Any, ...]]]] = {
        "staged_page": (staging.PAGE, staging.PAGE, staging.page_rows([(part.page, part.fetched) for part in batch])),
        "staged_rejected": (staging.REJECTED, staging.REJECTED, _rejected(batch)),
        "staged_item": (staging.ITEM, ACCOUNT, _accounts(batch)),
        "staged_blog_post": (POST, POST, _posts(batch)),
        "staged_blog_refused": (REFUSED, REFUSED, _refused(batch)),
    }
    for table, (columns, told, rows) in tables.items():
        connection.execute(text(staging.ddl(table, columns)))
        copy(connection, table, told, rows)


def _posts(batch: Sequence[SiftedBlog]) -> Iterator[tuple[Any, ...]]:
    for seq, (post, is_tagged) in enumerate(pair for part in batch for pair in part.posts):
        yield (
            seq,
            *map(storable_text, (post.source, post.post_id)),
            post.url and storable_text(post.url),
            post.published_at,
            post.modified_at,
            post.author and storable_text(post.author.account_id),
            is_tagged,
            tuple(map(storable_text, post.bylines)),
            post.observed_at,
        )


def _accounts(batch: Sequence[SiftedBlog]) -> Iterator[tuple[Any, ...]]:
    for post in (post for part in batch for post, _ in part.posts):
        if author := post.author:
            told = (author.account_id, author.handle, author.display_name, author.url)
            links = tuple(map(storable_text, author.links))
            yield post.platform, *(one and storable_text(one) for one in told), links, post.observed_at


def _refused(batch: Sequence[SiftedBlog]) -> Iterator[tuple[Any, ...]]:
    for part in batch:
        for post, reason in part.refused:
            if reason == "opted_out":
                yield (*map(storable_text, (post.platform, post.source, post.post_id)), None)
        for platform, account_id in part.accounts_out:
            yield platform, None, None, storable_text(account_id)


def _rejected(batch: Sequence[SiftedBlog]) -> Iterator[tuple[Any, ...]]:
    for page_no, part in enumerate(batch):
        for rejected in part.rejected:
            yield staging.rejected_row(page_no, rejected, part.page.query, keep_body=False)
