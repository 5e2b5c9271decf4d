"""What the tests of X have in common: answers as X gives them, and a purse that notes what is set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors import x
from connectors.errors import QuotaSpent
from connectors.records import Member, Query, RawItem, Search
from tests.connectors.conftest import Answer, Asked

Server = Any
TOKEN = {"bearer_token": "planted-secret"}
NOW = datetime.now(UTC)
DIALECTS = ("tweet", "post")


class Purse:
    """Notes what was set aside and what it cost; refuses beyond its dollars."""

    def __init__(self, dollars: str = "1000") -> None:
        self.left, self.reserved, self.settled = Decimal(dollars), list[Decimal](), list[Decimal]()

    def reserve(self, most: Decimal) -> object:
        if most > self.left:
            raise QuotaSpent("The budget is used up.")
        self.left -= most
        self.reserved.append(most)
        return most

    def settle(self, ticket: object, cost: Decimal) -> None:
        assert isinstance(ticket, Decimal)
        assert cost <= ticket
        self.left += ticket - cost
        self.settled.append(cost)


def says(server: Server, answers: Callable[[Asked], object]) -> None:
    def answer(asked: Asked) -> Answer:
        said = answers(asked)
        return said if isinstance(said, Answer) else Answer(json.dumps(said).encode())

    server.answer = answer


def query_of(server: Server, roster: tuple[str, ...] = (), **options: Any) -> Query:
    told = {"base_url": server.url, "check_counts": False, **options}
    members = tuple(_member(*one.split(":")) for one in roster)
    return (*x.queries(("itp28",), told, members), *x.interaction_queries(("itp28",), told, members))[-1]


def _member(one: str, handle: str | None = None) -> Member:
    """`hana`, `71` or `71:gita`."""
    return Member(account_id=one, handle=handle) if one.isdigit() else Member(handle=one)


def window(query: Query, days: float = 1) -> Search:
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW)


def found(*ids: int, **more: Any) -> dict[str, Any]:
    return {"data": [{"id": str(one), "text": "x", "author_id": "7", **more} for one in ids], "meta": counted(len(ids))}


def counted(number: int) -> dict[str, Any]:
    return {"result_count": number}


def problem(kind: str, one: str, resource: str = "tweet", parameter: str = "ids") -> dict[str, str]:
    return {
        "type": f"https://api.x.com/2/problems/{kind}",
        "resource_type": resource,
        "resource_id": one,
        "value": one,
        "parameter": parameter,
        "title": "An error",
        "detail": f"about somebody_private [{one}]",
    }


def held(post_id: str, key: str | None = None) -> RawItem:
    body = {"post": {"id": post_id, "author_id": "7", "text": "#itp28"}, "includes": {}}
    return RawItem(
        platform="x",
        source="x.com",
        key=key or post_id,
        body=json.dumps(body).encode(),
        observed_at=NOW,
        accounts=("7",),
    )


def timelines(server: Server, *members: str, **options: Any) -> Query:
    return query_of(server, members, members=True, **options)
