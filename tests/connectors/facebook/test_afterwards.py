"""Posts of a Page asked again, their comments, and what is said to the doctor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import facebook
from connectors.errors import AccessDenied, RequestRefused
from connectors.records import Again, Interaction, RawItem, Rejected
from connectors.transport import Transport
from sandbox import server as small_world
from sandbox.world import World, moment
from tests.connectors.facebook.answers import (
    NOW,
    POST,
    TAGS,
    TOKEN,
    Server,
    a_page,
    a_query,
    items_in,
    options_of,
    posts_in,
    read_one,
    search_for,
    transport_to,
)


def ask_again(isles: small_world.Sandbox, items: list[RawItem]) -> tuple[list[Again], Transport]:
    transport = transport_to(isles)
    return list(facebook.reread(items, a_query(isles, "feed"), transport, TOKEN)), transport


def test_a_deleted_post_is_gone_and_an_edited_one_is_new(isles: small_world.Sandbox) -> None:
    """One lookup each; what is there comes in the normal way, with its author's handle."""
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    items = items_in(read_one(isles, "feed"))
    deleted = next(item.key for item in items if b"Wrong link" in item.body)
    isles.clock.set(NOW)
    answers, _ = ask_again(isles, items)
    assert [gone.key for answer in answers for gone in answer.gone] == [deleted]
    there = posts_in([answer.page for answer in answers if answer.page])
    assert {post.post_id for post in there} == {item.key for item in items} - {deleted}
    assert {post.author.handle for post in there if post.author} == {"tidehouse"}
    assert sum(answer.asked for answer in answers) == len(items)
    isles.clock.set(moment("2026-03-07T09:30:00Z"))
    [typo] = [item for item in items_in(read_one(isles, "published_posts", 1)) if b"awak?" in item.body]
    isles.clock.set(NOW)
    answers, _ = ask_again(isles, [typo])
    assert [post.text for post in posts_in([a.page for a in answers if a.page])] == [
        "Day six of #Isles7: who is still awake?"
    ]


@pytest.mark.parametrize(
    ("code", "subcode", "outcome"),
    [(100, 33, "gone"), (803, 0, "gone"), (10, 0, "unknown"), (100, 0, RequestRefused), (190, 0, AccessDenied)],
)
def test_only_that_it_is_not_there_makes_a_post_gone(
    server: Server, transport: Transport, code: int, subcode: int, outcome: Any
) -> None:
    """A permission, a defect of ours, a dead token are no evidence."""
    server.says({"id": "100000000000001", "username": "tide.house"})
    server.says({"error": {"code": code, "error_subcode": subcode}}, status=400)
    query = facebook.queries(TAGS, {"base_url": server.url})[0]
    reread = facebook.reread(items_in([a_page({"data": [POST]})]), query, transport, TOKEN)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            list(reread)
        return
    answers = list(reread)
    assert [len(answer.gone) for answer in answers] == ([1] if outcome == "gone" else [])
    assert len(transport.warnings) == (outcome == "unknown")


def test_a_page_that_is_not_shown_makes_nothing_gone(server: Server, transport: Transport) -> None:
    """The Page is asked first: where it is not there, no post of it is said to be gone."""
    server.says({"error": {"code": 100, "error_subcode": 33}}, status=400)
    query = facebook.queries(TAGS, {"base_url": server.url, "pages": ["1"]})[0]
    with pytest.raises(RequestRefused):
        list(facebook.reread(items_in([a_page({"data": [POST]})]), query, transport, TOKEN))


def test_posts_from_elsewhere_are_not_asked_for(server: Server, transport: Transport) -> None:
    """What clerks entered has no id of the Graph API."""
    server.says({"id": "1"})
    [item] = items_in([a_page({"data": [POST | {"id": "222"}]})])
    assert list(facebook.reread([item], facebook.queries(TAGS, {"base_url": server.url})[0], transport, TOKEN)) == []
    assert transport.requests == 1


def acts_in(isles: small_world.Sandbox, items: list[RawItem]) -> tuple[list[Interaction], Transport]:
    transport = transport_to(isles)
    [query] = facebook.interaction_queries(TAGS, options_of(isles))
    pages = list(facebook.fetch_interactions(search_for(query), items, transport, TOKEN))
    found = [act for page in pages for act in facebook.split_interactions(page)]
    return [act for act in found if isinstance(act, Interaction)], transport


def test_comments_tell_who_answered_whom(isles: small_world.Sandbox) -> None:
    """Strangers and the Page; an answer names the comment and its author; without an author there is no act."""
    items = items_in(read_one(isles, "feed"))
    acts, transport = acts_in(isles, items)
    key = next(item.key for item in items if b"Welcome" in item.body)
    told = {(act.act, act.actor.display_name, act.target_post) for act in acts}
    [comment] = [act for act in acts if act.actor.display_name == "Odd Bystander"]
    own_id = comment.interaction_id.split(":")[1]
    assert told == {
        ("comment", "Odd Bystander", key),
        ("comment", "Rowan Vale", key),
        ("reply", "Tide House", own_id),
    }
    [reply] = [act for act in acts if act.act == "reply"]
    assert (reply.target_account, reply.acted_at) == (comment.actor.account_id, datetime(2026, 3, 2, 8, 30, tzinfo=UTC))
    assert transport.warnings == []
    comments_asked = [request for request in isles.requests if request.path.endswith("/comments")]
    assert len(comments_asked) == 2  # of the posts that have any
    assert not any("message" in request.query["fields"][0] for request in comments_asked)


def test_commenters_may_be_hidden(isles: small_world.Sandbox, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the permission the comments come without authors: no acts, no errors."""
    monkeypatch.setitem(world.settings["facebook"][0], "hides_commenters", True)
    assert acts_in(isles, items_in(read_one(isles, "feed")))[0] == []


def test_comments_that_are_not_shown_cost_that_post_only(server: Server, transport: Transport) -> None:
    """Told once, counted."""
    server.says({"id": "1"})
    server.says({"data": []})
    server.says({"error": {"code": 10}}, status=403)
    server.says({"data": []})
    items = items_in([a_page({"data": [POST, POST | {"id": "1_2"}]})])
    [query] = facebook.interaction_queries(TAGS, {"base_url": server.url})
    assert len(list(facebook.fetch_interactions(search_for(query), items, transport, TOKEN))) == 2
    assert transport.warnings == ["The comments on 1 of 2 Facebook posts are not shown to our token."]


def test_the_pages_own_mentions_are_acts() -> None:
    """Facebook names whom a post tags by id."""
    [act] = facebook.split_interactions(a_page({"data": [POST]}))
    assert isinstance(act, Interaction)
    assert (act.act, act.target_account, act.target_handle) == ("mention", "333", None)
    assert act.actor.handle == "tide.house"


def test_a_broken_comment_is_kept_without_its_words() -> None:
    """What went wrong can be looked at; what was said cannot."""
    [broken] = facebook.split_interactions(a_page({"data": [{"message": "zebra", "from": {"id": "1"}}]}, about="1"))
    assert isinstance(broken, Rejected)
    assert (broken.reason, b"zebra" in broken.body) == ("no_id", False)


def test_what_facebook_hides_is_said() -> None:
    """Each act is either collected or explained."""
    assert set(facebook.HIDDEN) == {"quote", "repost"}


def test_doctor_hears_what_works_and_until_when(isles: small_world.Sandbox) -> None:
    """As whom, and when the token ends."""
    access = facebook.probe(a_query(isles, "feed"), transport_to(isles), TOKEN)
    assert (access.as_whom, access.expires_at) == ("tidehouse", datetime(2026, 5, 1, tzinfo=UTC))
    assert "isles-facebook-token" not in repr(access)
    with pytest.raises(AccessDenied):
        facebook.probe(a_query(isles, "feed"), transport_to(isles), {"token": "wrong"})


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_read_takes_no_more_than_was_forecast(isles: small_world.Sandbox, world: World, days: int) -> None:
    """Of requests, on every list."""
    world.settings["facebook"][0]["largest_page"] = 100
    for query in facebook.queries(TAGS, options_of(isles)):
        isles.requests.clear()
        list(facebook.fetch(search_for(query, days), transport_to(isles), TOKEN))
        assert len(isles.requests) <= facebook.forecast(search_for(query, days), 12).requests


@pytest.mark.parametrize(
    ("document", "ours"),
    [({"data": [POST]}, True), (POST, True), ({"data": []}, False), ({"data": [{"id": "1"}]}, False), ([POST], False)],
)
def test_saved_pages_are_recognised(document: object, ours: bool) -> None:
    """Lists and single posts."""
    assert facebook.recognises(document) is ours
