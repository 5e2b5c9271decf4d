"""What members of the campaign posted, read on their home servers.

A tag timeline shows what an instance happened to hear of; an account's own list on its own server is complete, and
holds unlisted posts too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors import verbatim
from connectors.errors import AccessDenied
from connectors.fields import Fields
from connectors.mastodon_server import CREDENTIAL, Server, part, walk
from connectors.records import Member, Page, Search

UNREADABLE = {403: "not open to us", 404: "not found", 410: "gone"}


def handle_of(member: Member) -> str | None:
    """`name@host`. Where only the permanent id is known, the address of an actor ends in the name."""
    if member.handle:
        return member.handle if "@" in member.handle else None
    actor = urlsplit(member.account_id or "")
    name = actor.path.rstrip("/").rpartition("/")[2].lstrip("@").lower()
    return f"{name}@{actor.netloc.lower()}" if name and actor.netloc else None


def by_home(members: Iterable[Member]) -> Mapping[str, tuple[Member, ...]]:
    """Members by the domain of their home server."""
    homes: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        if handle := handle_of(member):
            homes[handle.rpartition("@")[2]].append(member)
    return {domain: tuple(at_home) for domain, at_home in sorted(homes.items())}


def tagged(server: Server, search: Search) -> Iterator[Page]:
    """The members' own posts under the campaign's tags."""
    more = [{"tagged": tag, "exclude_reblogs": "true"} for tag in search.query.tags]
    return timelines(server, search, more)


def timelines(server: Server, search: Search, narrowed: Sequence[Mapping[str, Any]] = ({},)) -> Iterator[Page]:
    """The members' own lists down to the window's start, once for each way of narrowing them.

    Who cannot be read costs nobody else. Raises `AccessDenied` where that is everybody, and some of it by refusal.
    """
    missed: Counter[int] = Counter()
    for member in search.query.members:
        status = yield from _timelines_of(member, server, search, narrowed)
        missed[status] += 1
    read = missed.pop(200, 0)
    if missed[403] and not read:
        raise AccessDenied(f"{server.query.source} shows no member's posts (403); {CREDENTIAL} may be needed for it.")
    for status, number in sorted(missed.items()):
        if number:
            server.transport.warn(
                f"{server.query.source}: {number} of {len(search.query.members)} members' accounts cannot be read "
                f"({UNREADABLE[status]}); check their handles in the roster.",
                to_mend=True,
            )


def _timelines_of(
    member: Member, server: Server, search: Search, narrowed: Sequence[Mapping[str, Any]]
) -> Generator[Page, None, int]:
    """Returns 200, or the status with which the account was refused."""
    account_id = _number_of(member)
    if account_id is None:
        found = server.get("/api/v1/accounts/lookup", {"acct": handle_of(member)}, {200, *UNREADABLE})
        account_id = _id_of(found)
        if account_id is None:
            return found.status_code if found.status_code != 200 else 404
    for asked in narrowed:
        for answer, _ in walk(server, f"/api/v1/accounts/{part(account_id)}/statuses", asked, search.since, UNREADABLE):
            if answer.status_code != 200:
                return answer.status_code
            yield server.page(answer)
    return 200


def _number_of(member: Member) -> str | None:
    """The account's id on its own server, where newer servers name the actor by it: `https://host/ap/users/117…`."""
    *_, kind, users, number = ["", "", *urlsplit(member.account_id or "").path.split("/")]
    return number if (kind, users) == ("ap", "users") and number.isdigit() and not member.handle else None


def _id_of(answer: requests.Response) -> str | None:
    """None for an account that is not there, or is suspended."""
    account = Fields(verbatim.decode_or_none(verbatim.document(answer.content) or b""))
    return None if answer.status_code != 200 or account.truth("suspended") else account.identity("id")
