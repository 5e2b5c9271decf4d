"""How a connector may tell a secret, ask on where it was refused, or err in asking again.

Each defect takes the real module and gives what it does instead.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import AccessDenied, QuotaSpent, RateLimited
from connectors.records import Again, Gone, Interaction, RawItem


def a_token_in_the_log(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        logging.getLogger("connectors").debug("asking with %s", dict(credentials))
        yield from real.fetch(search, transport, credentials)

    return {"fetch": fetch}


def a_token_in_an_address(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        for page in real.fetch(search, transport, credentials):
            yield replace(page, url=f"{page.url}&key={'&'.join(credentials.values())}")

    return {"fetch": fetch}


def a_token_in_an_error(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        try:
            yield from real.fetch(search, transport, credentials)
        except AccessDenied as error:
            raise AccessDenied(f"{error} ({', '.join(credentials.values())})") from error

    return {"fetch": fetch}


def a_refusal_is_retried(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        for _ in range(50):
            try:
                yield from real.fetch(*given)
            except AccessDenied as error:
                last = error
            else:
                return
        raise last

    return {"fetch": fetch}


def spent_is_taken_for_a_limit(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        try:
            yield from real.fetch(*given)
        except QuotaSpent as error:
            raise RateLimited(str(error)) from error

    return {"fetch": fetch}


def a_member_costs_all(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        yield from real.fetch(search, transport, credentials)
        if transport.warnings and search.query.members:
            raise AccessDenied("A member's account cannot be read.")

    return {"fetch": fetch}


def deleted_is_never_told(real: Any) -> dict[str, Any]:
    def reread(*given: Any) -> Iterator[Again]:
        for again in real.reread(*given):
            yield replace(again, gone=())

    return {"reread": reread}


def absent_is_gone(real: Any) -> dict[str, Any]:
    """What an answer leaves out is taken for deleted, whatever the answer was."""

    def reread(items: Any, query: Any, transport: Any, credentials: Any) -> Iterator[Again]:
        first = True
        for again in real.reread(items, query, transport, credentials):
            there = {one.key for one in real.split(again.page) if isinstance(one, RawItem)} if again.page else set()
            gone = tuple(
                Gone(key=item.key, loss="deleted", observed_at=transport.clock())
                for item in items
                if first and item.key not in there
            )
            first = False
            yield replace(again, gone=again.gone or gone)

    return {"reread": reread}


def acts_with_words(real: Any) -> dict[str, Any]:
    def split_interactions(page: Any) -> Iterator[Any]:
        for act in real.split_interactions(page):
            said = page.body.decode("utf-8", "replace")
            yield (
                replace(act, target_handle=json.dumps(json.loads(said), ensure_ascii=False))
                if isinstance(act, Interaction)
                else act
            )

    return {"split_interactions": split_interactions}


def acts_of_no_time(real: Any) -> dict[str, Any]:
    """Everything that is seen lies within whatever window was asked for."""

    def fetch_interactions(search: Any, *more: Any) -> Iterator[Any]:
        everything = replace(search, since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC))
        for page in real.fetch_interactions(everything, *more):
            yield replace(page, about=f"{page.about}|{search.since.isoformat()}")

    def split_interactions(page: Any) -> Iterator[Any]:
        about, _, since = page.about.rpartition("|")
        for act in real.split_interactions(replace(page, about=about)):
            early = datetime.fromisoformat(since) + timedelta(minutes=1)
            yield replace(act, acted_at=early) if isinstance(act, Interaction) else act

    return {"fetch_interactions": fetch_interactions, "split_interactions": split_interactions}


def forecast_forgets_pages(real: Any) -> dict[str, Any]:
    def forecast(search: Any, posts: int) -> Any:
        return replace(real.forecast(search, posts), requests=1)

    return {"forecast": forecast}


def a_name_tells_whom(real: Any) -> dict[str, Any]:
    def queries(tags: Any, options: Any, members: Any = ()) -> Any:
        return tuple(
            replace(query, name=f"{query.name}/{query.members[0].handle}") if query.members else query
            for query in real.queries(tags, options, members)
        )

    return {"queries": queries}


def new_members_keep_the_name(real: Any) -> dict[str, Any]:
    def queries(tags: Any, options: Any, members: Any = ()) -> Any:
        found = real.queries(tags, options, members)
        return tuple(
            replace(query, name=f"members/{number}") if query.members else query for number, query in enumerate(found)
        )

    return {"queries": queries}
