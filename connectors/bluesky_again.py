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
LOSSES: Mapping[str, Loss] = {
    "RecordNotFound": "deleted",
    "RepoNotFound": "deleted",
    "RepoDeactivated": "not_public",
    "RepoTakendown": "not_public",
    "RepoSuspended": "not_public",
    "AccountDeactivated": "not_public",
    "AccountTakedown": "not_public",
}


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    """What is there now, and what is gone. A post whose key has a handle for a DID cannot be asked for."""
    session = Session(query, transport, credentials)
    keys = list(dict.fromkeys(item.key for item in items if account_of(item.key)))
    for start in range(0, len(keys), AT_ONCE):
        batch = keys[start : start + AT_ONCE]
        answer = looked_up(batch, session)
        there = {entry.key for entry in entries(answer, session)}
        kept = page(answer, session, transport) if there else None
        losses = ((key, _loss(key, session)) for key in batch if key not in there)
        gone = tuple(Gone(key=key, loss=loss, observed_at=transport.clock()) for key, loss in losses if loss)
        yield Again(page=kept, gone=gone, asked=len(batch))


def looked_up(keys: Sequence[str], session: Session) -> requests.Response:
    """Those of up to 25 posts that the network shows to us."""
    return session.ask("app.bsky.feed.getPosts", {"uris": list(keys)})


def _loss(key: str, session: Session) -> Loss | None:
    """None where the record is there, and only hidden from us, or where the platform does not tell."""
    asked = {"repo": account_of(key), "collection": POSTS, "rkey": key.rpartition("/")[2]}
    try:
        session.ask("com.atproto.repo.getRecord", asked)
    except Refused as refused:
        return LOSSES.get(refused.error)
    return None
