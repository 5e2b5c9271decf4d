"""Who dealt with whom, as Mastodon servers show it: threads, boosters, and people's own lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import mastodon
from connectors.errors import BadAnswer
from connectors.records import Interaction, Page, Query, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
PAGE = json.loads((Path(__file__).parent / "pages" / "mastodon_tag.json").read_bytes())
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
HOST = "social.example"


def _asks(server: Server) -> Query:
    return mastodon.interaction_queries(("itp28",), {"instances": [{"url": server.url, "domain": HOST}]})[0]


def _status(number: int, author: str = "a", **more: Any) -> dict[str, Any]:
    uri = f"https://{HOST}/users/{author}/statuses/{number}"
    account = {"id": f"acc-{author}", "acct": author, "uri": f"https://{HOST}/users/{author}"}
    base = {"id": str(number), "uri": uri, "created_at": NOW.isoformat(), "account": account, "content": "<p>x</p>"}
    return {**base, "visibility": "public", **more}


def _by_path(answers: dict[str, tuple[int, object]]) -> Callable[[Any], Any]:
    """An answer for each path (with `?acct` or the ids for lookups); what is not listed is an empty list."""

    def answer(asked: Any) -> Any:
        named = asked.query.get("acct", "")
        status, body = answers.get(asked.path + (f"?{named}" if named else ""), (200, []))
        return SimpleNamespace(status=status, body=json.dumps(body).encode(), headers={}, raw=None)

    return answer


def _page(body: object, about: str = "", url: str = "u") -> Page:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Page(
        platform="mastodon", query="q", source=HOST, url=url, status=200, observed_at=NOW, body=written, about=about
    )


def _items(*statuses: dict[str, Any]) -> list[RawItem]:
    return [item for item in mastodon.split(_page(list(statuses))) if isinstance(item, RawItem)]


def _acts(body: object, about: str = "", url: str = "u") -> list[Interaction]:
    found = list(mastodon.split_interactions(_page(body, about, url)))
    assert all(isinstance(act, Interaction) for act in found)
    return [act for act in found if isinstance(act, Interaction)]


def test_threads_and_boosters_are_asked_for_each_post(server: Server, transport: Transport) -> None:
    """Boosters by `Link`, whose positions are the boosts' ids; the pages say which post they are about."""
    item = _items(_status(9))[0]
    booster = {"id": "5", "acct": "b@far.example", "uri": "https://far.example/users/b"}
    link = {"Link": f'<{server.url}/x?max_id=77>; rel="next"'}

    def answer(asked: Any) -> Any:
        if asked.path.endswith("/context"):
            return SimpleNamespace(body=b'{"ancestors":[],"descendants":[]}', status=200, headers={}, raw=None)
        is_first = "max_id" not in asked.query
        one = booster if is_first else {**booster, "id": "6", "uri": "https://far.example/users/c"}
        return SimpleNamespace(body=json.dumps([one]).encode(), status=200, headers=link if is_first else {}, raw=None)

    server.answer = answer
    search = Search(query=_asks(server), since=NOW - timedelta(days=1), until=NOW)
    pages = list(mastodon.fetch_interactions(search, [item], transport, {}))
    assert [page.about for page in pages] == [item.key] * 3
    acts = [act for page in pages for act in mastodon.split_interactions(page)]
    assert [act.interaction_id for act in acts if isinstance(act, Interaction)] == [
        f"repost:https://far.example/users/b:{item.key}", f"repost:https://far.example/users/c:{item.key}",
    ]  # fmt: skip
    assert server.asked[-1].query["max_id"] == "77"


def test_boosters_that_never_end_do(server: Server, transport: Transport) -> None:
    """A server that gives the same page for ever is found out."""
    item = _items(_status(9))[0]
    server.says({"ancestors": [], "descendants": []})
    server.says([{"id": "5", "acct": "b@far.example"}], headers={"Link": f'<{server.url}/x?max_id=7>; rel="next"'})
    search = Search(query=_asks(server), since=NOW, until=NOW)
    with pytest.raises(BadAnswer, match="same posts"):
        list(mastodon.fetch_interactions(search, [item], transport, {}))


def test_a_vanished_post_has_no_thread(server: Server, transport: Transport) -> None:
    """It is told with a number, and the others are asked."""
    items = _items(_status(1), _status(2))
    context = {"ancestors": [], "descendants": []}
    server.answer = _by_path({"/api/v1/statuses/1/context": (404, {}), "/api/v1/statuses/2/context": (200, context)})
    search = Search(query=_asks(server), since=NOW, until=NOW)
    assert [page.about for page in mastodon.fetch_interactions(search, items, transport, {})] == [items[1].key]
    assert transport.warnings == [f"{HOST}: of posts that are there no more nobody can tell who answered: 1."]


def test_a_reply_is_the_same_act_wherever_it_is_met() -> None:
    """In a thread its parent is known by name; on its author's list only whom it mentions."""
    parent, url = _status(1, "p"), f"https://{HOST}/api/v1/statuses/1/context"
    mention = {"id": "acc-p", "username": "p", "acct": "p", "url": f"https://{HOST}/@p"}
    reply = _status(2, "r", in_reply_to_id="1", in_reply_to_account_id="acc-p", mentions=[mention])
    deeper = _status(3, "q", in_reply_to_id="2", in_reply_to_account_id="acc-r")
    in_thread = _acts({"ancestors": [], "descendants": [reply, deeper]}, parent["uri"], url)
    first, mentioned, second = in_thread
    assert (first.act, first.target_post, first.target_account) == (
        "reply", parent["uri"], f"https://{HOST}/users/p",
    )  # fmt: skip
    assert (mentioned.act, mentioned.target_handle) == ("mention", f"p@{HOST}")
    assert (second.target_post, second.target_account) == (reply["uri"], f"https://{HOST}/users/r")
    [on_list, _] = _acts([reply])
    assert on_list.interaction_id == first.interaction_id
    assert (on_list.target_post, on_list.target_handle) == (None, f"p@{HOST}")


def test_a_boost_is_the_same_act_on_a_list_and_among_boosters() -> None:
    """Named by who boosted what; older servers tell an account by its address only."""
    boosted = _status(1, "p")
    boost = _status(2, "b", reblog=boosted, uri=f"https://{HOST}/users/b/statuses/2/activity")
    [on_list] = _acts([boost])
    [among] = _acts([{"id": "acc-b", "acct": "b", "url": f"https://{HOST}/@b"}], about=boosted["uri"])
    assert on_list.interaction_id == among.interaction_id
    assert (on_list.acted_at, among.acted_at) == (NOW, None)
    assert on_list.target_account == among.target_account == f"https://{HOST}/users/p"


def test_a_quote_tells_whose_post_it_is() -> None:
    """By the quoted post's account, and where that is missing by its name."""
    quoted = _status(1, "p")
    [act] = _acts([_status(2, "q", quote={"state": "accepted", "quoted_status": quoted})])
    assert (act.act, act.target_post, act.target_account) == ("quote", quoted["uri"], f"https://{HOST}/users/p")
    del quoted["account"]
    [act] = _acts([_status(2, "q", quote={"state": "accepted", "quoted_status": quoted})])
    assert act.target_account == f"https://{HOST}/users/p"


def test_what_one_does_to_oneself_is_no_dealing() -> None:
    """A thread of one's own, a boost of one's own post, one's own name."""
    own = {"id": "acc-a", "acct": "a", "url": f"https://{HOST}/@a"}
    thread = _status(2, in_reply_to_id="1", in_reply_to_account_id="acc-a", mentions=[own])
    boost = _status(3, reblog=_status(1), uri=f"https://{HOST}/users/a/statuses/3/activity")
    assert _acts([thread, boost]) == []
    assert _acts([own], about=_status(1)["uri"]) == []


def test_what_is_not_public_says_so() -> None:
    """An answer for followers is marked before anything is kept."""
    mention = {"id": "x", "acct": "x@far.example"}
    answer = _status(2, visibility="private", in_reply_to_id="1", in_reply_to_account_id="x", mentions=[mention])
    boost = _status(3, visibility="private", reblog=_status(4, "p"))
    assert [(act.act, act.public) for act in _acts([answer, boost])] == [
        ("reply", False), ("mention", False), ("repost", False),
    ]  # fmt: skip


def test_no_act_holds_what_was_said() -> None:
    """Nor the text of the post that it is about."""
    body = json.dumps(_acts(PAGE), default=str)
    assert "museum memory" not in body


@pytest.mark.parametrize("body", [{"error": "x"}, {"ancestors": []}, b"null", b"<html>"])
def test_what_is_neither_thread_nor_list_is_no_page(body: object) -> None:
    """An error with status 200 tells of no acts."""
    with pytest.raises(BadAnswer):
        list(mastodon.split_interactions(_page(body)))


def test_a_broken_status_costs_itself() -> None:
    """Its neighbours' acts come through."""
    body = b'[%s,{"account":{"acct":"z@far.example"}},%s]' % (
        json.dumps(_status(2, mentions=[{"acct": "x@far.example"}])).encode(),
        json.dumps(_status(3, mentions=[{"acct": "x@far.example"}])).encode(),
    )
    first, broken, last = mastodon.split_interactions(_page(body))
    assert isinstance(first, Interaction)
    assert isinstance(last, Interaction)
    assert isinstance(broken, Rejected)
    assert broken.accounts == ("z@far.example",)
