"""Posts of Threads asked again, their answers, and what is said to the doctor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors import threads
from connectors.errors import AccessDenied
from connectors.records import Again, Interaction, RawItem, Rejected
from connectors.transport import Transport
from tests.connectors.threads.answers import (
    NO_OBJECT,
    NOW,
    OURS,
    TOKEN,
    Server,
    a_post,
    a_query,
    an_api,
    an_item,
    search_for,
)


def ask_again(server: Server, transport: Transport, *posts: dict[str, Any]) -> list[Again]:
    return list(threads.reread([an_item(post) for post in posts], a_query(server), transport, TOKEN))


def test_a_missing_post_is_gone_where_others_are_shown(server: Server, transport: Transport) -> None:
    """ "No such object" is believed because the same token was shown another person's post just now."""
    there = a_post(1, "ann", text="edited #Isle7")
    server.answer = an_api([], any=lambda asked: there if asked.path.endswith(there["id"]) else NO_OBJECT)
    found, gone = ask_again(server, transport, a_post(2, "ben"), a_post(1, "ann"))
    assert found.page is not None
    [item] = threads.split(found.page)
    assert isinstance(item, RawItem)
    assert (item.key, found.asked) == ("D0000000001", 1)
    assert [(one.key, one.loss) for one in gone.gone] == [("D0000000002", "deleted")]


def test_where_no_other_s_post_is_shown_nothing_is_said_of_them(server: Server, transport: Transport) -> None:
    """The same words mean "not for you": only our own post is gone, the rest are asked a few times and left alone."""
    server.answer = an_api([])
    [gone] = ask_again(server, transport, *(a_post(n, "ben") for n in range(9)), a_post(20, OURS))
    assert [one.key for one in gone.gone] == ["D0000000020"]
    assert "cannot re-read" in transport.warnings[0]
    assert transport.requests == 1 + 5 + 1


def test_another_refusal_is_no_deletion(server: Server, transport: Transport) -> None:
    """A missing permission for one post tells nothing of it; a dead token ends the reading."""
    server.answer = an_api([], any={"error": {"code": 10}})
    assert ask_again(server, transport, a_post(20, OURS)) == []
    server.answer = an_api([], any={"error": {"code": 190}})
    with pytest.raises(AccessDenied):
        ask_again(server, transport, a_post(20, OURS))


def test_what_a_browser_saved_is_not_asked_for(server: Server, transport: Transport) -> None:
    """Its ids are of another kind: the API would not know them, which is no deletion."""
    saved = RawItem(
        platform="threads", source="threads.net", key="D1", body=b'{"id":"3141","code":"D1"}', observed_at=NOW
    )
    server.answer = an_api([], any=NO_OBJECT)
    assert list(threads.reread([saved], a_query(server), transport, TOKEN)) == []
    assert transport.requests == 1


def acts_in(server: Server, transport: Transport, *posts: dict[str, Any]) -> list[Interaction | Rejected]:
    [query] = threads.interaction_queries(("isles7",), {"base_url": server.url}, ())
    assert query.name == "interactions/isles7"
    items = [an_item(post) for post in posts]
    pages = list(threads.fetch_interactions(search_for(query), items, transport, TOKEN))
    return [act for page in pages for act in threads.split_interactions(page)]


def test_answers_to_our_own_posts_tell_who_dealt_with_whom(server: Server, transport: Transport) -> None:
    """Tagged or not, at any depth, with keys where the API gives ids of its own; nothing that was said is kept."""
    ours = a_post(1, OURS)
    direct = a_post(2, "ben", text="secret", is_reply=True, replied_to={"id": ours["id"]})
    deeper = a_post(3, "cal", text="secret @dan", is_reply=True, replied_to={"id": direct["id"]})
    server.answer = an_api([], conversation={"data": [direct, deeper]})
    acts = acts_in(server, transport, ours, a_post(8, "somebody"))
    told = [(a.act, a.actor.handle, a.target_post, a.target_account, a.target_handle) for a in acts if not is_bad(a)]
    assert told == [
        ("reply", "ben", "D0000000001", None, None),
        ("reply", "cal", "D0000000002", "handle:ben", None),
        ("mention", "cal", None, None, "dan"),
    ]
    assert "secret" not in repr(acts)
    assert len([asked for asked in server.asked if "conversation" in asked.path]) == 2


def is_bad(act: Interaction | Rejected) -> bool:
    return isinstance(act, Rejected)


def test_tagged_posts_that_quote_us_are_found(server: Server, transport: Transport) -> None:
    """A quoted post that we hold is named by its key, any other by the API's id."""
    held = a_post(1, "ann")
    quotes = [
        a_post(n, "ben", is_quote_post=True, quoted_post={"id": media}) for n, media in ((2, held["id"]), (3, "9"))
    ]
    server.answer = an_api(quotes)
    targets = {act.target_post for act in acts_in(server, transport, held) if isinstance(act, Interaction)}
    assert targets == {"D0000000001", "threads.net/9"}


def test_a_token_without_the_right_to_answers_warns(server: Server, transport: Transport) -> None:
    server.answer = an_api([], conversation={"error": {"code": 10}})
    assert acts_in(server, transport, a_post(1, OURS)) == []
    assert "threads_read_replies" in transport.warnings[0]


def test_a_broken_post_leaves_no_text_in_interactions(server: Server, transport: Transport) -> None:
    server.answer = an_api([{"text": "secret"}])
    acts = acts_in(server, transport)
    assert all(isinstance(act, Rejected) for act in acts)
    assert acts
    assert "secret" not in repr(acts)


def test_probe_tells_what_can_be_seen(server: Server, transport: Transport) -> None:
    """As whom, until when, and whether anybody else's posts are found."""
    info = {"data": {"expires_at": int((NOW + timedelta(days=5)).timestamp())}}
    server.answer = an_api([], [a_post(1, "somebody")], debug_token=info)
    access = threads.probe(a_query(server), transport, TOKEN)
    assert (access.as_whom, access.expires_at) == ("@tidehouse", NOW + timedelta(days=5))
    assert access.sees == "all public posts that carry the tag"
    server.answer = an_api([], [a_post(1, OURS)], debug_token=info)
    access = threads.probe(a_query(server), transport, TOKEN)
    assert access.sees == "our own posts only"
    assert "review" in (access.cannot_see or "")
    assert "planted-secret" not in repr(access)


def test_forecasts_are_never_exceeded(server: Server, transport: Transport) -> None:
    server.answer = an_api([a_post(n, OURS) for n in range(150)], [], size=100)
    search = search_for(a_query(server, reviewed=False))
    assert list(threads.fetch(search, transport, TOKEN))
    assert transport.requests == threads.forecast(search, 150).requests == 4
