"""The own feeds of a roster's members: https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed.

They show what search hides, and posts that bear the tag only beside their text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from connectors.bluesky_listing import page, walk
from connectors.bluesky_session import Refused, Session
from connectors.records import Page, Search
from connectors.transport import Transport

MARGIN = timedelta(days=1)
PAGES_PAST = 2
"""A feed is left after so many pages wholly older than the window by the margin: a pinned post stands out of order."""
NOT_READ = {
    "ProfileNotFound": "not found",
    "RepoNotFound": "not found",
    "AccountDeactivated": "deactivated by their owners",
    "RepoDeactivated": "deactivated by their owners",
    "AccountTakedown": "suspended",
    "RepoTakendown": "suspended",
    "RepoSuspended": "suspended",
    "BlockedActor": "blocked by our account",
    "BlockedByActor": "they block our account",
}
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_ACCOUNT = re.compile(rf"did:[a-z]+:[A-Za-z0-9._:%-]+|(?:{_LABEL}\.)+(?=[a-zA-Z]){_LABEL}")
"""https://atproto.com/specs/handle. A server refuses anything else as a wrong request, whoever is meant."""


def feeds(search: Search, session: Session, transport: Transport) -> Iterator[Page]:
    """Each member's feed from its newest post down to the window's beginning; accounts that cannot be read are told."""
    query, not_read = search.query, Counter[str]()
    for member in query.members:
        account = member.account_id or member.handle or ""
        if not _ACCOUNT.fullmatch(account):
            not_read["no name of an account"] += 1
            continue
        try:
            yield from _feed(account, search, session, transport)
        except Refused as refused:
            if refused.error not in NOT_READ:
                raise
            not_read[NOT_READ[refused.error]] += 1
    if not_read:
        reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(not_read.items()))
        transport.warn(
            f"{not_read.total()} of {len(query.members)} members' accounts on {query.source} cannot be read "
            f"({reasons}); check their handles in the roster.",
            to_mend=True,
        )


def _feed(account: str, search: Search, session: Session, transport: Transport) -> Iterator[Page]:
    asked = {"actor": account, "filter": "posts_with_replies"}
    past = 0
    for sheet in walk(session, transport, "app.bsky.feed.getAuthorFeed", asked):
        yield page(sheet.answer, session, transport)
        past = past + 1 if sheet.is_before(search.since - MARGIN) else 0
        if past == PAGES_PAST:
            return
