"""The records that connectors hand over. The producer owns the contract; the warehouse only reads it.

All times are aware and in UTC. `None` means that the platform did not tell; it never means zero or empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Kind = Literal["original", "reply", "quote", "repost"]
Audience = Literal["public", "closed"]
Act = Literal["reply", "quote", "repost", "mention", "comment"]
Loss = Literal["deleted", "not_public"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account of somebody on the roster who gave it to us: what a platform needs to read their posts."""

    account_id: str | None = None
    handle: str | None = None
    """Lower case, without `@`; Mastodon: `name@host`. At least one of the two is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One independent read of a platform, with a watermark and a coverage of its own."""

    platform: str
    name: str
    """Stable and readable, e.g. `social.example/tags/itp28`; a change of what is asked changes the name."""
    source: str
    """Where copies are seen: the host of an instance or a site."""
    base_url: str
    route: str = ""
    """Which of a platform's routes, where it has several (WordPress: `tag`, `search`)."""
    tags: tuple[str, ...] = ()
    """The campaign's hashtags without `#`, normalised (`connectors.hashtags.normalise`)."""
    members: tuple[Member, ...] = field(default=(), repr=False)
    """Whose own posts are read, on routes that go by account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to read: a query in the half-open window [since, until). Never how far the last run got."""

    query: Query
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of an API, or one piece of an imported file, as it came."""

    platform: str
    query: str
    source: str
    url: str
    """The request without secrets; for an import, the file's name and line."""
    status: int
    observed_at: datetime
    body: bytes
    about: str = ""
    """The key of the post that was asked about, or the account, where the answer itself does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawItem:
    """One item of a page that stands alone: all that `parse` needs, and of one person only.

    Posts of other people that came nested in it (quoted, reposted) are reduced to references before this point.
    """

    platform: str
    source: str
    key: str
    """The platform's permanent name of the post (`metrics.md` b.2); the same on every route."""
    body: bytes
    observed_at: datetime
    accounts: tuple[str, ...] = ()
    """Stable ids and handles of the author, as the sieve looks them up."""
    public: bool = True

    def unreadable(self, reason: str, detail: str) -> Rejected:
        """This item as one that could not be read."""
        return Rejected(
            platform=self.platform,
            source=self.source,
            reason=reason,
            detail=detail,
            body=self.body,
            observed_at=self.observed_at,
            accounts=self.accounts,
            public=self.public,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    account_id: str
    """The platform's permanent id; the handle is only an attribute."""
    handle: str | None = None
    """Lower case, without `@`; Mastodon: `name@host`."""
    display_name: str | None = None
    url: str | None = None
    is_bot: bool | None = None
    links: tuple[str, ...] = ()
    """Addresses on the profile that the platform has verified, or that its owner gave as the account's own site."""
    moved_to: str | None = None
    """The permanent id of the account to which this one says that it has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Public counts as seen at one time. `None` is unknown, which is not 0."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None
    bookmarks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    platform: str
    post_id: str
    source: str
    source_rank: int = 1
    """2: the author's home copy; 1: another server's copy; 0: seen by hand. The better copy of a version wins."""
    author: Author | None
    kind: Kind = "original"
    url: str | None = None
    title: str | None = None
    text: str | None = None
    language: str | None = None
    created_at: datetime | None
    """Creation of the first version; None where the platform's time cannot be read (the item keeps a flag)."""
    edited_at: datetime | None = None
    version_id: str | None = None
    earlier_ids: tuple[str, ...] = ()
    """The ids that this post had before, where an edit makes a new one (X)."""
    hashtags: tuple[str, ...] = ()
    """Normalised, without `#`, in the order given, as the platform itself marks them."""
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    media_hashes: tuple[str, ...] = ()
    """What tells equal pictures: `sha256:` and 64 hex digits, `phash:` and 16 (64 bits), or what a clerk wrote."""
    media_urls: tuple[str, ...] = ()
    """Where the post's pictures can be read, on the platform's own media hosts."""
    reply_to_id: str | None = None
    reply_to_account: str | None = None
    quote_of_id: str | None = None
    repost_of_id: str | None = None
    conversation_id: str | None = None
    audience: Audience = "public"
    on_behalf_of: str | None = None
    evidence: str | None = None
    collected_by: str | None = None
    deleted_at: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    flags: tuple[str, ...] = ()
    """What was odd and how it was read, e.g. `created_at_unreadable`, `nul_replaced`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An item that could not be read: kept whole in quarantine, never dropped, never stops its page."""

    platform: str
    source: str
    reason: str
    """A short code: `not_json`, `no_id`, `missing_field`, `wrong_type`, `bad_time`, `repeated_header` …"""
    detail: str
    """What and where, for a person; names fields, never their values."""
    body: bytes
    observed_at: datetime
    accounts: tuple[str, ...] = ()
    """As far as they could be read, so that the sieve can still refuse a suppressed person's broken item."""
    public: bool = True
    """False where the item says that it is not public, even if the rest of it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """Somebody's act towards somebody else: who, whom, how, when. Never what was said."""

    platform: str
    source: str
    interaction_id: str
    """The same on every route (`connectors.interactions`)."""
    act: Act
    actor: Author
    target_account: str | None = None
    """The permanent id of whom it was meant for."""
    target_handle: str | None = None
    target_post: str | None = None
    """The key of the post that it answers, quotes or passes on."""
    acted_at: datetime | None = None
    """None where the platform does not tell (a list of people who passed a post on)."""
    observed_at: datetime
    public: bool = True
    people: tuple[str, ...] = ()
    """Who is meant as a person, not by an account: `person:` and the roster's id, name or alias."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """Everybody in it, as the sieve looks them up."""
        names = (self.actor.account_id, self.actor.handle, self.target_account, self.target_handle, *self.people)
        return tuple(name for name in names if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogPost:
    """A post of the programme's own blog, whether it is the campaign's or not: who wrote it and when, not what."""

    platform: str
    source: str
    post_id: str
    """Its number on the site."""
    url: str | None = None
    published_at: datetime
    modified_at: datetime | None = None
    author: Author | None = None
    """Whose account published it."""
    bylines: tuple[str, ...] = ()
    """Whom the post itself names as its authors."""
    hashtags: tuple[str, ...] = ()
    observed_at: datetime
    accounts: tuple[str, ...] = ()
    """Ids and handles of the account, as the sieve looks them up."""
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A post that we hold and that its platform says is there no more, or not for everybody."""

    key: str
    loss: Loss
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """An answer to asking again for posts that we hold: those that are there are on the page, the others are gone."""

    page: Page | None = None
    gone: tuple[Gone, ...] = ()
    asked: int = 0
    """How many posts this answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one cheap request told about our way in. Plain sentences without a secret."""

    works: str
    as_whom: str | None = None
    sees: str | None = None
    cannot_see: str | None = None
    left: str | None = None
    """Of the platform's limits."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a read will take, at most, as far as it can be told beforehand."""

    requests: int
    cost: Decimal = Decimal(0)
    """US dollars."""
