"""X: what members posted, account by account; one who cannot be read costs that one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors import x
from connectors.errors import AccessDenied, RequestRefused
from connectors.records import Member, RawItem
from connectors.transport import Transport
from tests.connectors.conftest import Answer, Asked
from tests.connectors.x_answers import (
    DIALECTS,
    TOKEN,
    Server,
    found,
    problem,
    says,
    timelines,
    window,
)


def test_timelines_are_asked_for_only_where_they_are_paid_for() -> None:
    """Without the option, or without members, there is no such query; no name tells a handle; a new roster is new."""
    roster = (Member(handle="hana_example"), Member(account_id="78", handle="gita"))
    assert [query.name for query in x.queries(("itp28",), {}, roster)] == ["recent/itp28"]
    assert [query.name for query in x.queries(("itp28",), {"members": True})] == ["recent/itp28"]
    assert x.interaction_queries(("itp28",), {}, roster) == ()
    _, one = x.queries(("itp28",), {"members": True}, roster)
    _, turned = x.queries(("itp28",), {"members": True}, roster[::-1])
    _, less = x.queries(("itp28",), {"members": True}, roster[:1])
    (acts,) = x.interaction_queries(("itp28",), {"interactions": True}, roster)
    assert one.name == turned.name != less.name
    assert one.name.startswith("members/")
    assert acts.name.startswith("interactions/")
    assert one.members == roster
    assert "hana" not in one.name + repr(one) + acts.name


@pytest.mark.parametrize("dialect", DIALECTS)
def test_members_are_read_account_by_account(server: Server, transport: Transport, dialect: str) -> None:
    """Names are looked up in one request; ids that we have are not; reposts cost and are left out; times, no ids."""
    says(
        server,
        lambda asked: (
            {"data": [{"id": "70", "username": "Hana", "name": "H"}]}
            if asked.path == "/2/users/by"
            else found(int(asked.path.split("/")[3]))
        ),
    )
    pages = list(x.fetch(window(timelines(server, "hana", "71:gita", dialect=dialect)), transport, TOKEN))
    assert sorted(asked.path for asked in server.asked) == ["/2/users/70/tweets", "/2/users/71/tweets", "/2/users/by"]
    assert server.asked[0].query["usernames"] == "hana"
    timeline = server.asked[1].query
    assert timeline["exclude"] == "retweets"
    assert f"{dialect}.fields" in timeline
    assert {"start_time", "end_time"} <= timeline.keys()
    assert {item.key for page in pages for item in x.split(page) if isinstance(item, RawItem)} == {"70", "71"}
    assert transport.cost == Decimal("0.020")


def test_one_member_who_cannot_be_read_costs_that_member(server: Server, transport: Transport) -> None:
    """Not found, suspended, protected, refused: each is counted by its kind, nobody is named, the others come."""

    def answers(asked: Asked) -> object:
        if asked.path == "/2/users/by":
            gone = [problem("resource-not-found", name, "user", "usernames") for name in ("gone", "banned")]
            locked = {"id": "72", "username": "locked", "protected": True}
            return {"data": [{"id": "71", "username": "open"}, locked], "errors": gone}
        if asked.path == "/2/users/73/tweets":
            return {"errors": [problem("not-authorized-for-resource", "73", "user", "id")]}
        return Answer(b"{}", 404) if asked.path == "/2/users/74/tweets" else found(1)

    says(server, answers)
    names = ("open", "gone", "banned", "locked", "not a name!", "73", "74")
    pages = list(x.fetch(window(timelines(server, *names)), transport, TOKEN))
    assert len(pages) == 1
    (warning,) = transport.warnings
    assert warning.startswith("6 of 7 members' accounts cannot be read on x.com (1 x no name of an account, ")
    assert "2 x not-authorized-for-resource, 1 x request refused, 2 x resource-not-found" in warning
    assert not [name for name in names[1:4] if name in warning]
    assert "72" not in [asked.path.split("/")[3] for asked in server.asked]


def test_when_everybody_is_refused_the_refusal_is_raised(server: Server, transport: Transport) -> None:
    """Nobody can be read because our request is wrong, or because we are not let in: that is no matter of members."""
    server.says({"title": "Invalid Request"}, status=400)
    with pytest.raises(RequestRefused):
        list(x.fetch(window(timelines(server, "71", "72")), transport, TOKEN))
    assert transport.requests == 2
    server.answer = lambda asked: Answer(b"{}", 403)
    with pytest.raises(AccessDenied):
        list(x.fetch(window(timelines(server, "71", "72")), transport, TOKEN))
    assert transport.requests == 3
