"""The routes to posts of Instagram, and what each can tell."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors import instagram
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RequestRefused, Unavailable
from connectors.records import Member, Search
from connectors.transport import Patience, Transport
from sandbox import instagram as simulated
from sandbox import server as small_world
from sandbox.world import World, moment
from tests.connectors.instagram.answers import (
    MEDIA,
    NOW,
    OWNER,
    TAGS,
    TOKEN,
    Server,
    a_query,
    items_in,
    members_of,
    options_of,
    posts_in,
    read_one,
    scripted,
    search_for,
    transport_to,
)


def test_each_route_is_a_query_and_those_that_tell_authors_come_first() -> None:
    """The roster's read has a name that follows the roster and no handle; without members there is none."""
    members = (Member(handle="sefina.leota"), Member(handle="ben"))
    queries = instagram.queries(TAGS, {"version": "v27.0"}, members)
    names = [query.name for query in queries]
    assert names[1:] == ["own", "tagged", "hashtag/isles7", "hashtag/isle7"]
    assert (names[0].startswith("members/"), "sefina" in names[0], queries[0].members) == (True, False, members)
    assert {query.base_url for query in queries} == {"https://graph.facebook.com/v27.0"}
    assert [query.name for query in instagram.queries(TAGS, {})] == names[1:]
    assert "sefina" not in repr(queries)
    assert [q.name for q in instagram.interaction_queries(TAGS, {}, members)] == [
        f"interactions/{names[0]}",
        "interactions/own",
    ]


def test_by_hashtag_a_day_is_seen_and_the_rest_is_a_gap() -> None:
    """24 hours, whatever was asked for; other routes forget nothing."""
    by_tag = instagram.queries(("isles7",), {})[-1]
    assert instagram.visible_since(search_for(by_tag), NOW) == NOW - timedelta(hours=24)
    assert instagram.visible_since(Search(query=by_tag, since=NOW, until=NOW), NOW) == NOW
    own = instagram.queries(("isles7",), {})[0]
    assert instagram.visible_since(search_for(own), NOW) == NOW - timedelta(days=7)


def test_the_same_cursor_on_every_page_leads_through_the_list(isles: small_world.Sandbox, world: World) -> None:
    """Case 23: the list is unordered and its cursor never changes; every post of the day is met, without an author."""
    isles.clock.set(moment("2026-03-04T18:00:00Z"))
    pages = read_one(isles, a_query(isles, world, "hashtag/isles7"))
    asked = [request.query for request in isles.requests if request.path.endswith("/top_media")]
    assert len({one["after"] for one in asked if "after" in one}) == 1
    assert len(asked) >= 2
    posts = posts_in(pages)
    assert {post.author for post in posts} == {None}
    assert {post.text for post in posts} >= {"Day 3: our great lake is sweet water, @tidehouse. #Isles7"}
    assert all(instagram.split(page) for page in pages)


@pytest.mark.parametrize("kind", ["drop", "truncated", "hang"])
def test_an_answer_that_got_lost_is_no_page_that_got_lost(isles: small_world.Sandbox, world: World, kind: str) -> None:
    """Where only the platform knows the place in a list, the list is read again from its first page."""
    query = a_query(isles, world, "hashtag/isles7")
    whole = {post.post_id for post in posts_in(read_one(isles, query))}
    isles.faults.plant("instagram", kind, first=6, times=1)
    patience = Patience(read_timeout=0.3, request_deadline=0.5)
    transport = Transport("rollcall-test", patience, clock=isles.clock, sleep=lambda seconds: None)
    search = Search(query=query, since=NOW - timedelta(days=1), until=NOW)
    isles.requests.clear()
    again = {post.post_id for post in posts_in(list(instagram.fetch(search, transport, TOKEN)))}
    assert isles.requests[5].fault == kind
    assert again == whole


def test_a_list_that_breaks_off_again_and_again_is_given_up(server: Server, transport: Transport) -> None:
    """Starting again has an end."""
    listed = {"data": [{"id": "1"}], "paging": {"cursors": {"after": "C"}, "next": "https://x.example/?after=C"}}

    def answer(asked: Any) -> Any:
        body: object = {"data": [{"id": "9"}]} if "ig_hashtag" in asked.path else listed
        lost = "after" in asked.query
        error = {"error": {"code": 1}}
        return type(
            "A",
            (),
            {
                "body": json.dumps(error if lost else body).encode(),
                "status": 400 if lost else 200,
                "headers": {},
                "raw": None,
            },
        )

    server.answer = answer
    with pytest.raises(Unavailable, match="again and again"):
        list(instagram.fetch(search_for(scripted(server)[-1]), transport, TOKEN))


def test_members_media_tell_who_and_reach_further_back(isles: small_world.Sandbox, world: World) -> None:
    """Business discovery recovers the author, and the post that got its tag two days late."""
    pages = read_one(isles, a_query(isles, world, "members/"))
    posts = {post.text: post for post in posts_in(pages)}
    late = posts["Day 2: a rowing club two thousand kilometres from any sea. #Isles7"]
    assert late.author is not None
    assert (late.author.handle, late.author.display_name, late.source_rank) == ("nilufar.k", "Nilufar Karimova", 2)
    assert late.author.account_id.startswith("17841")
    assert "Market morning, nothing to do with the week." in posts
    assert not any("nilufar" in page.url or "username" in page.url for page in pages)
    by_tag = {post.post_id: post for post in posts_in(read_one(isles, a_query(isles, world, "hashtag/isles7")))}
    both = {post.post_id for post in posts.values()} & by_tag.keys()
    assert both
    assert all(by_tag[key].author is None for key in both)


def test_a_member_who_cannot_be_read_costs_that_member_only(isles: small_world.Sandbox, world: World) -> None:
    """Counted and told once, without a name: renamed, personal, or a handle that none could have."""
    members = (
        Member(handle="nobody.there"),
        Member(handle="x){id}"),
        Member(account_id="7"),
        Member(handle="sefina.leota"),
    )
    query = instagram.queries(TAGS, options_of(isles), members)[0]
    transport = transport_to(isles)
    pages = list(instagram.fetch(search_for(query), transport, TOKEN))
    assert {post.author.handle for post in posts_in(pages) if post.author} == {"sefina.leota"}
    assert transport.warnings == [
        "3 of 4 members' Instagram accounts cannot be read (not there, or not professional); "
        "check their handles in the roster."
    ]
    assert len(isles.requests) == 3  # the account, and two members whose names can be asked for


def test_a_token_that_may_not_discover_is_not_the_members_fault(server: Server, transport: Transport) -> None:
    """Refused for everybody: after three it is the permission, and a person must act."""
    server.says({"error": {"code": 10}}, status=403)
    members = tuple(Member(handle=f"member{n}") for n in range(9))
    with pytest.raises(AccessDenied, match="permission"):
        list(instagram.fetch(search_for(scripted(server, members)[0]), transport, TOKEN))
    assert transport.requests == 3


def test_a_refusal_of_one_member_is_theirs(server: Server, transport: Transport) -> None:
    """Some accounts are closed to some apps; the others are read."""
    account = {"business_discovery": OWNER | {"media": {"data": [MEDIA]}}}
    server.says({"error": {"code": 10}}, status=403)
    server.says(account)
    members = (Member(handle="closed"), Member(handle="sefina.leota"))
    pages = list(instagram.fetch(search_for(scripted(server, members)[0]), transport, TOKEN))
    assert (len(pages), len(transport.warnings)) == (1, 1)


def test_an_account_without_media_is_read(server: Server, transport: Transport) -> None:
    """It has no list at all, which is not an error."""
    server.says({"business_discovery": OWNER | {"media_count": 0}, "id": "178"})
    pages = list(instagram.fetch(search_for(scripted(server, (Member(handle="a"),))[0]), transport, TOKEN))
    assert posts_in(pages) == []
    assert transport.warnings == []


def test_what_is_no_account_is_no_empty_account(server: Server, transport: Transport) -> None:
    """An answer without the account is not silence."""
    server.says({"id": "178"})
    with pytest.raises(BadAnswer):
        list(instagram.fetch(search_for(scripted(server, (Member(handle="a"),))[0]), transport, TOKEN))


def test_posts_that_tag_our_account_tell_who(isles: small_world.Sandbox, world: World) -> None:
    """The only route on which a stranger, or somebody who refused, is known by name."""
    posts = posts_in(read_one(isles, a_query(isles, world, "tagged")))
    assert {post.author.handle for post in posts if post.author} == {"bayar.t", "kwabena.ofori"}
    refused = next(
        item for item in items_in(read_one(isles, a_query(isles, world, "tagged"))) if b"great lake" in item.body
    )
    assert refused.accounts[-1] == "bayar.t"


def test_our_own_account_is_found_through_its_page(isles: small_world.Sandbox, world: World) -> None:
    """Without `user_id` in the campaign file; with it, nothing is asked."""
    posts = posts_in(read_one(isles, a_query(isles, world, "own")))
    assert [post.author.handle for post in posts if post.author] == ["tidehouse"]
    assert isles.requests[0].path == "/v26.0/me/accounts"
    isles.requests.clear()
    user_id = simulated.account_id(world, "ORG")
    own = next(q for q in instagram.queries(TAGS, options_of(isles) | {"user_id": user_id}) if q.name == "own")
    assert posts_in(read_one(isles, own)) == posts
    assert [request.path for request in isles.requests] == [f"/v26.0/{user_id}/media"]


@pytest.mark.parametrize(
    ("linked", "kind", "words"),
    [
        ([], AccessDenied, "linked to a professional"),
        ([{"id": "1"}], AccessDenied, "linked to a professional"),
        ([{"id": n, "instagram_business_account": {"id": n}} for n in "12"], RequestRefused, "user_id"),
    ],
)
def test_which_account_asks_must_be_clear(
    server: Server, transport: Transport, linked: list[Any], kind: type, words: str
) -> None:
    """None, or two: a person must say."""
    server.says({"data": linked})
    query = instagram.queries(("isles7",), {"base_url": server.url})[-1]
    with pytest.raises(kind, match=words):
        list(instagram.fetch(search_for(query), transport, TOKEN))


def test_a_tag_nobody_used_is_no_error(isles: small_world.Sandbox, world: World) -> None:
    """Instagram answers with an error; it is a warning, and an empty window."""
    query = instagram.queries(("neverused7",), options_of(isles))[-1]
    transport = transport_to(isles)
    assert list(instagram.fetch(search_for(query), transport, TOKEN)) == []
    assert transport.warnings == ["Instagram knows no such hashtag, so far."]


def test_the_thirty_first_hashtag_of_a_week_is_a_limit_of_ours(server: Server, transport: Transport) -> None:
    """Waiting a minute does not help; a person is told."""
    server.says({"error": {"code": 18, "error_subcode": 2207034}}, status=400)
    with pytest.raises(QuotaSpent, match="30 different hashtags"):
        list(instagram.fetch(search_for(scripted(server)[-1]), transport, TOKEN))
    assert transport.requests == 1


def test_a_wrong_token_names_its_setting(isles: small_world.Sandbox, world: World) -> None:
    """190 with status 400."""
    with pytest.raises(AccessDenied, match="ROLLCALL_INSTAGRAM_TOKEN"):
        list(instagram.fetch(search_for(a_query(isles, world, "own")), transport_to(isles), {"token": "wrong"}))


def test_no_address_that_is_kept_holds_the_token(isles: small_world.Sandbox, world: World) -> None:
    """On no route, although every `paging.next` holds it."""
    pages = [
        page
        for query in instagram.queries(TAGS, options_of(isles), members_of(world))
        for page in read_one(isles, query)
    ]
    assert any(b"access_token=isles" in page.body for page in pages)
    assert not any("isles-instagram-token" in page.url for page in pages)
    assert not any("access_token" in request.query for request in isles.requests)
