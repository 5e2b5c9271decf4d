"""X: who answered, quoted, passed on and mentioned whom; and any item whatever stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors import x
from connectors.records import Interaction, Page, Post, RawItem, Rejected
from connectors.transport import Transport
from tests.connectors.conftest import Asked
from tests.connectors.x_answers import (
    NOW,
    TOKEN,
    Server,
    counted,
    found,
    held,
    problem,
    query_of,
    says,
    window,
)


def _acts(pages: list[Page]) -> list[Interaction]:
    acts = [act for page in pages for act in x.split_interactions(page)]
    assert not [act for act in acts if isinstance(act, Rejected)]
    return [act for act in acts if isinstance(act, Interaction)]


def test_only_posts_that_x_counts_something_for_are_asked_about(server: Server, transport: Transport) -> None:
    """Two lists are limited to 75 requests; a count that X does not tell may be anything."""
    metrics: dict[str, Mapping[str, int]] = {
        "1": {"reply_count": 0, "quote_count": 0, "retweet_count": 0},
        "2": {"reply_count": 2, "quote_count": 0, "repost_count": 3},
        "3": {},
    }

    def answers(asked: Asked) -> object:
        if asked.path == "/2/tweets":
            data = [
                {"id": one, "text": "x", "conversation_id": f"9{one}", "public_metrics": metrics[one]}
                for one in metrics
            ]
            return {"data": data}
        return {"meta": counted(0)}

    says(server, answers)
    search = window(query_of(server, interactions=True))
    list(x.fetch_interactions(search, [held(one) for one in metrics], transport, TOKEN))
    assert [asked.path for asked in server.asked] == [
        "/2/tweets",
        "/2/tweets/search/recent",
        "/2/tweets/2/retweeted_by",
        "/2/tweets/3/quote_tweets",
        "/2/tweets/3/retweeted_by",
    ]
    assert server.asked[1].query["query"] == "(conversation_id:92 OR conversation_id:93) is:reply"


def test_acts_are_told_by_whom_and_towards_whom(server: Server, transport: Transport) -> None:
    """Reply, quote, repost and mention, with ids where X has them; of an edited post all name the first id."""
    chain = ["10", "11"]
    ours = {"id": "11", "text": "x", "edit_history_tweet_ids": chain, "conversation_id": "10"}
    entities = {"mentions": [{"username": "Gita", "id": "78"}, {"username": "unknown_one"}]}
    reply = {
        "id": "20",
        "text": "@Gita secret words",
        "author_id": "70",
        "created_at": NOW.isoformat(),
        "in_reply_to_user_id": "7",
        "referenced_tweets": [{"type": "replied_to", "id": "10"}],
        "entities": entities,
    }
    quote = {"id": "21", "text": "secret", "author_id": "71", "referenced_tweets": [{"type": "quoted", "id": "11"}]}
    passed_on = {"id": "72", "username": "Lena", "name": "Lena L"}

    def answers(asked: Asked) -> object:
        listed = {"quote_tweets": [quote], "retweeted_by": [passed_on], "recent": [reply], "tweets": [ours]}
        data = listed[asked.path.rsplit("/", 1)[-1]]
        return {"data": data, "meta": counted(len(data))}

    says(server, answers)
    search = window(query_of(server, interactions=True))
    pages = list(x.fetch_interactions(search, [held("11", "10")], transport, TOKEN))
    acts = _acts(pages)
    assert [
        (act.act, act.actor.account_id, act.target_post, act.target_account, act.target_handle) for act in acts
    ] == [
        ("reply", "70", "10", "7", None),
        ("mention", "70", None, "78", "gita"),
        ("mention", "70", None, None, "unknown_one"),
        ("quote", "71", "10", None, None),
        ("repost", "72", "10", None, None),
    ]
    assert [act.interaction_id for act in acts][-1] == "repost:72:10"
    assert (acts[-1].actor.handle, acts[-1].acted_at, acts[0].acted_at) == ("lena", None, NOW)
    assert not [act for act in acts if "secret" in repr(act)]
    assert [page.about for page in pages] == ["", "", "10", "10"]


def test_whose_post_was_quoted_or_passed_on_is_told() -> None:
    """By what came along, also where an older version was quoted; of a repost by its first words."""
    posts = [
        {"id": "20", "author_id": "70", "text": "secret", "referenced_posts": [{"type": "quoted", "id": "10"}]},
        {
            "id": "21",
            "author_id": "71",
            "text": "RT @Gita: secret",
            "referenced_posts": [{"type": "retweeted", "id": "12"}],
        },
        {
            "id": "22",
            "author_id": "72",
            "text": "RT @Gita: secret",
            "referenced_posts": [{"type": "quoted", "id": "13"}],
        },
    ]
    others = [{"id": "11", "author_id": "7", "text": "secret", "edit_history_post_ids": ["10", "11"]}]
    page = Page(
        platform="x", query="interactions/q", source="x.com", url="https://x", status=200, observed_at=NOW,
        body=json.dumps({"data": posts, "includes": {"posts": others}}).encode(),
    )  # fmt: skip
    assert [(act.act, act.target_post, act.target_account, act.target_handle) for act in _acts([page])] == [
        ("quote", "10", "7", None),
        ("repost", "12", None, "gita"),
        ("quote", "13", None, None),
    ]


def test_the_lists_of_a_post_that_is_gone_meanwhile_cost_nothing(server: Server, transport: Transport) -> None:
    """X says so instead of a list; the others are asked about."""

    def answers(asked: Asked) -> object:
        if asked.path == "/2/tweets":
            return {"data": [{"id": "1", "text": "x"}, {"id": "2", "text": "x"}]}
        gone = {"errors": [problem("resource-not-found", "1", parameter="id")]}
        return gone if "/1/" in asked.path else {"meta": counted(0)}

    says(server, answers)
    search = window(query_of(server, interactions=True))
    assert len(list(x.fetch_interactions(search, [held("1"), held("2")], transport, TOKEN))) == 3
    assert len(server.asked) == 5


def test_quotes_are_read_back_to_the_window(server: Server, transport: Transport) -> None:
    """They come newest first and cannot be asked for by time: the walk ends with the first page that is too old."""

    def answers(asked: Asked) -> object:
        if asked.path == "/2/tweets":
            return {"data": [{"id": "1", "text": "x", "public_metrics": {"quote_count": 500, "retweet_count": 0}}]}
        page = int(asked.query.get("pagination_token", "0"))
        old = found(900 - page, created_at=(NOW - timedelta(days=page)).isoformat())
        return old | {"meta": {"result_count": 1, "next_token": str(page + 1)}}

    says(server, answers)
    search = window(query_of(server, interactions=True), days=2.5)
    list(x.fetch_interactions(search, [held("1")], transport, TOKEN))
    assert [asked.query.get("pagination_token") for asked in server.asked[1:]] == [None, "1", "2", "3"]


def test_old_replies_are_a_gap_that_is_told(server: Server, transport: Transport) -> None:
    """Recent search shows seven days; the archive shows all."""
    found = {"data": [{"id": "1", "text": "x", "conversation_id": "1", "public_metrics": {"reply_count": 1}}]}
    quiet = {"quote_count": 0, "retweet_count": 0, "reply_count": 1}
    found["data"][0]["public_metrics"] = quiet
    says(server, lambda asked: found if asked.path == "/2/tweets" else {"meta": counted(0)})
    for archive in (False, True):
        search = window(query_of(server, interactions=True, archive=archive), days=20)
        list(x.fetch_interactions(search, [held("1")], transport, TOKEN))
    assert transport.warnings == ["x.com shows replies of seven days only: those from before were not read."]
    assert [asked.path for asked in server.asked if "search" in asked.path] == [
        "/2/tweets/search/recent",
        "/2/tweets/search/all",
    ]


def test_somebody_without_an_id_is_rejected() -> None:
    """One broken entry of a list of people costs that entry."""
    body = b'{"data":[{"id":"7","username":"a"},{"username":"b"},{"id":"8","username":"C","protected":true}]}'
    page = Page(platform="x", query="q", source="x.com", url="u", status=200, observed_at=NOW, body=body, about="5")
    first, broken, last = x.split_interactions(page)
    assert isinstance(first, Interaction)
    assert isinstance(broken, Rejected)
    assert (broken.reason, broken.accounts) == ("no_id", ("b",))
    assert isinstance(last, Interaction)
    assert (last.actor.handle, last.public) == ("c", False)


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
_NAMES = [
    "id",
    "text",
    "author_id",
    "created_at",
    "entities",
    "attachments",
    "public_metrics",
    "referenced_tweets",
    "referenced_posts",
    "note_tweet",
    "note_post",
    "edit_history_tweet_ids",
    "edit_history_post_ids",
    "edit_controls",
    "conversation_id",
    "lang",
    "in_reply_to_user_id",
]


@given(post=st.dictionaries(st.sampled_from(_NAMES), _JSON), includes=_JSON)
def test_any_item_is_a_post_or_rejected(post: dict[str, Any], includes: Any) -> None:
    """Whatever stands in a field, one post gives one item, and no exception; so do its acts."""
    body = json.dumps({"data": [post], "includes": includes}).encode()
    page = Page(platform="x", query="q", source="x.com", url="u", status=200, observed_at=NOW, body=body)
    (item,) = x.split(page)
    if isinstance(item, RawItem):
        read = x.parse(item)
        assert isinstance(read, Post | Rejected)
        assert all(act.actor.account_id for act in x.split_interactions(page) if isinstance(act, Interaction))
