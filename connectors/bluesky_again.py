"""Asking again for posts that we hold: https://docs.bsky.app/docs/api/app-bsky-feed-get-posts, `platforms.md` §6.3.

A post that a lookup leaves out may be deleted, taken down, or only blocked for the account that asks. So each missing
one is asked for by name (`getRecord`), and is gone only where the answer says that it, or its author's account, is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import requests

from connectors.bluesky_listing import entries, page
from connectors.bluesky_post import POSTS, account_of
from connectors.bluesky_session import Refused, Session
from connectors.records import Again, Gone, Loss, Query, RawItem
from connectors.transport import Transport

AT_ONCE = 25
GONE = frozenset({"RecordNotFound", "RepoNotFound"})
ASLEEP = frozenset({"RepoDeactivated", "RepoTakendown", "RepoSuspended", "AccountDeactivated", "AccountTakedown"})
"""The account is switched off, by its owner or by others; what it wrote may come back."""


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    """What is there now, and what is gone. A post whose key has a handle for a DID cannot be asked for."""
    session, asleep = Session(query, transport, credentials), dict[str, bool]()
    keys = list(dict.fromkeys(item.key for item in items if account_of(item.key)))
    for start in range(0, len(keys), AT_ONCE):
        batch = keys[start : start + AT_ONCE]
        answer = looked_up(batch, session)
        there = {entry.key for entry in entries(answer, session)}
        kept = page(answer, session, transport) if there else None
        losses = ((key, _loss(key, session, asleep)) for key in batch if key not in there)
        gone = tuple(Gone(key=key, loss=loss, observed_at=transport.clock()) for key, loss in losses if loss)
        yield Again(page=kept, gone=gone, asked=len(batch))


def looked_up(keys: Sequence[str], session: Session) -> requests.Response:
    """Those of up to 25 posts that the network shows to us."""
    return session.ask("app.bsky.feed.getPosts", {"uris": list(keys)})


def _loss(key: str, session: Session, asleep: dict[str, bool]) -> Loss | None:
    """None where the record is there, and only hidden from us, or where the platform does not tell."""
    account = account_of(key) or ""
    error = _error(session, "com.atproto.repo.getRecord", repo=account, collection=POSTS, rkey=key.rpartition("/")[2])
    if error in ASLEEP:
        return "not_public"
    if error not in GONE:
        return None
    if account not in asleep:  # a server says of the posts of an account that is switched off that they are not there
        asleep[account] = _error(session, "app.bsky.actor.getProfile", actor=account) in ASLEEP
    return "not_public" if asleep[account] else "deleted"


def _error(session: Session, method: str, **asked: str) -> str | None:
    try:
        session.ask(method, asked)
    except Refused as refused:
        return refused.error
    return None
