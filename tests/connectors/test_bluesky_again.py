from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import bluesky
from connectors.errors import AccessDenied
from connectors.records import Again, Interaction, Rejected, Search
from connectors.transport import Transport
from tests.connectors.bluesky_answers import (
    AMINA,
    BAO,
    CREDENTIALS,
    FEED,
    NOW,
    ZOE,
    Server,
    answering,
    asked_of,
    items_in,
    page_of,
    refusing,
    search_for,
    view_of,
)

# asking again


def _again(server: Server, transport: Transport, *views: dict[str, Any]) -> list[Again]:
    return list(bluesky.reread(items_in(*views), search_for(server).query, transport, CREDENTIALS))


def test_posts_are_asked_again_by_twenty_five(server: Server, transport: Transport) -> None:
    """More are refused by the platform; what is there comes as a page like any other."""
    views = [view_of(number) for number in range(30)]
    known = {view["uri"]: view for view in views}
    answering(server, getPosts=lambda asked: {"posts": [known[uri] for uri in _uris(asked)]})
    answers = _again(server, transport, *views)
    assert [answer.asked for answer in answers] == [25, 5]
    pages = [answer.page for answer in answers if answer.page]
    assert sum(len(list(bluesky.split(page))) for page in pages) == 30
    assert not any(AMINA in page.url for page in pages)
    assert not any(answer.gone for answer in answers)


def _uris(asked: Any) -> list[str]:
    from urllib.parse import parse_qs

    return parse_qs(asked.raw_query)["uris"]


@pytest.mark.parametrize(
    ("answer", "loss"),
    [
        (refusing("RecordNotFound", "Could not locate record: at://…"), "deleted"),
        (refusing("InvalidRequest", "Could not locate record: at://…"), "deleted"),
        (refusing("InvalidRequest", "Could not find repo: did:…"), "deleted"),
        (refusing("RepoDeactivated", "Repo has been deactivated"), "not_public"),
        (refusing("RepoTakendown", "Repo has been takendown"), "not_public"),
        ({"uri": "u", "cid": "c", "value": {}}, None),
        (refusing("InvalidRequest", "Something else"), None),
    ],
)
def test_a_post_is_gone_only_where_its_record_is(
    server: Server, transport: Transport, answer: Any, loss: str | None
) -> None:
    """Left out of a lookup may mean blocked for us: each missing post's record is asked for by name."""
    answering(server, getPosts={"posts": [view_of(1)]}, getRecord=answer, getProfile={"did": AMINA})
    [again] = _again(server, transport, view_of(1), view_of(2))
    assert [(gone.key, gone.loss) for gone in again.gone] == ([(view_of(2)["uri"], loss)] if loss else [])
    assert [asked.query["rkey"] for asked in asked_of(server, "getRecord")] == ["3k2"]
    assert again.page is not None


@pytest.mark.parametrize(
    ("message", "loss"),
    [
        ("Account is deactivated", "not_public"),
        ("Account has been suspended", "not_public"),
        ("Profile not found", "deleted"),
    ],
)
def test_an_account_that_is_switched_off_has_not_deleted_its_posts(
    server: Server, transport: Transport, message: str, loss: str
) -> None:
    """Its server says of its posts that they are not there: the account is asked for, once for all of them."""
    answering(
        server,
        getPosts={"posts": []},
        getRecord=refusing("InvalidRequest", "Could not locate record: at://…"),
        getProfile=refusing("InvalidRequest", message),
    )
    [again] = _again(server, transport, view_of(1), view_of(2))
    assert [gone.loss for gone in again.gone] == [loss, loss]
    assert (again.page, len(asked_of(server, "getProfile"))) == (None, 1)


def test_nothing_is_gone_where_we_are_not_let_in(server: Server, transport: Transport) -> None:
    """A refusal is about us, and about no post."""
    answering(server, getPosts=refusing("AuthMissing", status=401), refreshSession=refusing("InvalidToken"))
    with pytest.raises(AccessDenied):
        _again(server, transport, view_of(1))


# who dealt with whom


def _acts(document: object, about: str = "") -> list[Interaction]:
    return [act for act in bluesky.split_interactions(page_of(document, about)) if isinstance(act, Interaction)]


def test_a_members_feed_tells_what_they_did() -> None:
    """Mentions, reposts, quotes and replies, with whom they were meant for; no text is kept."""
    acts = {(act.act, act.actor.account_id, act.target_account, act.target_post) for act in _acts(FEED)}
    zebra = f"at://{ZOE}/app.bsky.feed.post/3zebra"
    assert acts == {
        ("mention", AMINA, BAO, None),
        ("repost", AMINA, ZOE, zebra),
        ("quote", AMINA, ZOE, zebra),
        ("reply", AMINA, ZOE, zebra),
    }
    [repost] = [act for act in _acts(FEED) if act.act == "repost"]
    assert repost.acted_at == datetime(2026, 2, 3, 12, 0, tzinfo=UTC)


def test_a_feed_tells_the_handle_of_whom_an_answer_is_for() -> None:
    """By it somebody is known of whom nothing else was seen."""
    ref = {"uri": view_of(1, did=ZOE)["uri"], "cid": "c"}
    answer = view_of(2, record={"reply": {"parent": ref, "root": ref}})
    parent = {**view_of(1, did=ZOE), "author": {"did": ZOE, "handle": "zoe.example"}}
    entries = [{"post": answer, "reply": {"root": parent, "parent": parent}}, {"post": view_of(3)}, None]
    [reply] = [act for act in _acts({"feed": entries}) if act.act == "reply"]
    assert (reply.target_account, reply.target_handle) == (ZOE, "zoe.example")


def test_a_thread_tells_the_answers_down_to_the_last() -> None:
    """What is deleted or blocked in it has a place and says nothing."""
    reply = {"parent": {"uri": view_of(1)["uri"], "cid": "c"}, "root": {"uri": view_of(1)["uri"], "cid": "c"}}
    deeper = {"parent": {"uri": f"at://{BAO}/app.bsky.feed.post/3k2", "cid": "c"}, "root": reply["root"]}
    answer = {
        "post": view_of(2, did=BAO, record={"reply": reply}),
        "replies": [{"post": view_of(3, record={"reply": deeper})}],
    }
    thread = {"post": view_of(1), "replies": [answer, {"uri": "at://x", "notFound": True}, {"blocked": True}, None]}
    told = [(act.act, act.actor.account_id, act.target_account) for act in _acts({"thread": thread})]
    assert told == [("reply", BAO, AMINA), ("reply", AMINA, BAO)]


def test_lists_of_people_are_acts_without_a_time() -> None:
    """Who passed a post on is told, and when is not; somebody without a DID is kept as unreadable."""
    about = view_of(1)["uri"]
    document = {"uri": about, "repostedBy": [{"did": BAO, "handle": "bao.example"}, {"handle": "zoe.example"}]}
    good, bad = bluesky.split_interactions(page_of(document, about))
    assert isinstance(good, Interaction)
    assert (good.interaction_id, good.acted_at) == (f"repost:{BAO}:{about}", None)
    assert (good.target_account, good.target_post) == (AMINA, about)
    assert isinstance(bad, Rejected)
    assert bad.accounts == ("zoe.example",)


def test_what_nobody_did_is_not_asked_for(server: Server, transport: Transport) -> None:
    """Fresh counts decide: a quiet post costs a share of one lookup, and a post that vanishes costs itself only."""
    quiet = view_of(1, replyCount=0, repostCount=0, quoteCount=0)
    busy, gone = (
        view_of(2, replyCount=1, repostCount=1, quoteCount=1),
        view_of(3, replyCount=1, repostCount=0, quoteCount=0),
    )
    answering(
        server,
        getPosts={"posts": [quiet, gone, busy]},
        getPostThread=lambda asked: (
            refusing("NotFound", "Post not found") if asked.query["uri"].endswith("3k3") else {"thread": {"post": busy}}
        ),
        getRepostedBy={"repostedBy": []},
        getQuotes={"posts": []},
    )
    [query] = bluesky.interaction_queries(("itp28",), {"base_url": server.url})
    search = Search(query=query, since=NOW - timedelta(days=3), until=NOW)
    pages = list(bluesky.fetch_interactions(search, items_in(quiet, gone, busy), transport, CREDENTIALS))
    assert [page.about for page in pages] == [busy["uri"]] * 3
    assert len(asked_of(server, "getPostThread")) == 2
    assert not any(AMINA in page.url for page in pages)
