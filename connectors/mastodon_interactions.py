"""Who answered, quoted, boosted or mentioned whom, as a Mastodon server shows it.

Three kinds of answers are read: an account's own list, a post's thread (`/context`), and the accounts that boosted a
post (`/reblogged_by`). A server names the post answered by an id of its own; what that means is looked up among the
posts of the same answer. A post answers one post, so an answer is named by the post that it is. Of what cannot be read
no words are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from connectors import interactions, mastodon_status, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.mastodon_items import item, parse
from connectors.mastodon_members import timelines
from connectors.mastodon_reread import local_id_of
from connectors.mastodon_server import NOT_THERE, Server, next_max_id, part, posts_of
from connectors.mastodon_status import PLATFORM, account_id_of
from connectors.paging import Progress
from connectors.records import Author, Interaction, Page, Post, RawItem, Rejected, Search

ACCOUNTS = 80
"""The most that a server lists at once."""


def fetch(server: Server, search: Search, items: Sequence[RawItem]) -> Iterator[Page]:
    """Members' own lists in the window, then the thread and the boosters of each item."""
    yield from timelines(server, search)
    vanished = 0
    for one in items:
        if local_id := local_id_of(one):
            path = f"/api/v1/statuses/{part(local_id)}"
            thread = server.get(f"{path}/context", None, {200, *NOT_THERE})
            if thread.status_code != 200:
                vanished += 1
                continue
            yield server.page(thread, one.key)
            yield from _boosters(server, path, one.key)
    if vanished:
        server.transport.warn(
            f"{server.query.source}: of posts that are there no more nobody can tell who answered: {vanished}."
        )


def _boosters(server: Server, path: str, key: str) -> Iterator[Page]:
    asked: dict[str, object] = {"limit": ACCOUNTS}
    progress = Progress(server.query.source)
    while True:
        answer = server.get(f"{path}/reblogged_by", asked, {200, *NOT_THERE})
        if answer.status_code != 200:
            return
        accounts = posts_of(answer.content, server.query.source)
        if accounts:
            progress.saw(f"{_account_name(account)}" for account in accounts)
            yield server.page(answer, key)
        link = answer.links.get("next", {}).get("url")
        if not link or not accounts:
            return
        asked["max_id"] = next_max_id(link, server.query)


def _account_name(account: bytes) -> str | None:
    fields = Fields(verbatim.readable_members(account, ("uri", "url", "id")))
    return fields.text("uri") or fields.text("url") or fields.identity("id")


def split(page: Page) -> Iterator[Interaction | Rejected]:
    body = verbatim.document(page.body) or b""
    try:
        thread = verbatim.members(body) if body.startswith(b"{") else {}
        pieces = verbatim.elements(thread["descendants"] if thread else body)
        before = verbatim.elements(thread.get("ancestors", b"[]"))
    except (KeyError, ValueError) as wrong:
        raise BadAnswer(f"A page of {page.source} is neither a thread nor a list of posts or accounts.") from wrong
    known = _Known.of([*before, *pieces], page)
    for piece in pieces:
        fields = Fields(verbatim.decode_or_none(piece))
        if fields.has("acct") and not fields.has("account"):
            yield from _boost(piece, fields, page)
        else:
            yield from _acts(piece, page, known)


def _boost(piece: bytes, account: Fields, page: Page) -> Iterator[Interaction | Rejected]:
    """Somebody on the list of those who boosted the post that was asked about. When is not told."""
    account_id = account_id_of(account)
    seen = RawItem(platform=PLATFORM, source=page.source, key=page.about, body=b"", observed_at=page.observed_at)
    if account_id is None or not page.about:
        yield replace(seen, body=piece).unreadable("no_id", "an account on a list of boosts has no name")
        return
    actor = Author(
        account_id=account_id,
        handle=mastodon_status.handle_of(account, page.source),
        display_name=account.text("display_name") or None,
        url=account.text("url"),
        is_bot=account.truth("bot"),
    )
    author = _actor_in(page.about)
    if actor.account_id != author:
        yield interactions.repost(actor, page.about, seen, target_account=author)


def _acts(piece: bytes, page: Page, known: _Known) -> Iterator[Interaction | Rejected]:
    status = item(piece, page)
    post = parse(status) if isinstance(status, RawItem) else status
    if isinstance(post, Rejected):
        yield replace(post, body=b"")
    elif isinstance(status, RawItem):
        fields = Fields(verbatim.decode_or_none(status.body))
        for act in _acts_of(post, fields, status, known):
            if not _is_towards_oneself(act):
                yield act


def _acts_of(post: Post, fields: Fields, status: RawItem, known: _Known) -> Iterator[Interaction]:
    if post.author is None:
        return
    if post.repost_of_id:
        boosted = account_id_of(fields.part("reblog").part("account")) or _actor_in(post.repost_of_id)
        yield interactions.repost(
            post.author, post.repost_of_id, status, acted_at=post.created_at, target_account=boosted
        )
        return
    if fields.has("in_reply_to_id"):
        yield _reply(post, post.author, fields, status, known)
    for act in interactions.of_post(replace(post, reply_to_id=None, reply_to_account=None), status):
        quotes = act.act == "quote"
        yield replace(act, target_account=_quoted_account(fields, act.target_post)) if quotes else act


def _reply(post: Post, author: Author, fields: Fields, status: RawItem, known: _Known) -> Interaction:
    target = known.posts.get(fields.identity("in_reply_to_id") or "")
    account_id = known.accounts.get(fields.identity("in_reply_to_account_id") or "")
    told = post.reply_to_account or ""
    is_handle = "@" in told and "/" not in told
    return Interaction(
        platform=PLATFORM,
        source=status.source,
        interaction_id=f"reply:{post.post_id}",
        act="reply",
        actor=author,
        target_account=account_id or (_actor_in(target) if target else None) or (told if "://" in told else None),
        target_handle=told if is_handle else None,
        target_post=target,
        acted_at=post.created_at,
        observed_at=status.observed_at,
        public=status.public,
    )


def _quoted_account(fields: Fields, target: str | None) -> str | None:
    quote, elsewhere = fields.part("quote"), fields.part("pleroma").part("quote")
    parts = (quote.part("quoted_status"), quote, elsewhere)
    found = (account_id_of(part.part("account")) for part in parts)
    return next((account_id for account_id in found if account_id), None) or _actor_in(target or "")


def _is_towards_oneself(act: Interaction) -> bool:
    return act.actor.account_id == act.target_account or (
        act.target_handle is not None and act.target_handle == act.actor.handle
    )


def _actor_in(uri: str) -> str | None:
    """Whose a post is, where its name says so."""
    actor, found, _ = uri.partition("/statuses/")
    return actor if found else None


@dataclass(frozen=True, slots=True)
class _Known:
    """What a server's own ids mean, as far as one answer tells."""

    posts: Mapping[str, str]
    accounts: Mapping[str, str]

    @classmethod
    def of(cls, pieces: Sequence[bytes], page: Page) -> _Known:
        statuses = [Fields(verbatim.decode_or_none(piece)) for piece in pieces]
        posts = {one.identity("id"): one.identity("uri") for one in statuses}
        posts[_asked_for(page)] = page.about
        accounts = {one.part("account").identity("id"): mastodon_status.author_id(one) for one in statuses}
        return cls(
            {local_id: uri for local_id, uri in posts.items() if local_id and uri},
            {local_id: name for local_id, name in accounts.items() if local_id and name},
        )


def _asked_for(page: Page) -> str | None:
    """The server's id of the post whose thread this is."""
    path = urlsplit(page.url).path.split("/")
    return unquote(path[-2]) if path[-1] == "context" and len(path) > 1 else None
