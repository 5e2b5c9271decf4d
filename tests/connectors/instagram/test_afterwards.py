"""Media of Instagram asked again, their comments, and what is said to the doctor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import instagram
from connectors.errors import AccessDenied
from connectors.records import Again, Interaction, Query, RawItem, Rejected, Search
from connectors.transport import Transport
from sandbox import server as small_world
from sandbox.world import World, moment
from tests.connectors.instagram.answers import (
    MEDIA,
    NOW,
    OWNER,
    TAGS,
    TOKEN,
    Server,
    a_page,
    a_query,
    items_in,
    members_of,
    options_of,
    read_one,
    scripted,
    search_for,
    transport_to,
)


def ask_again(isles: small_world.Sandbox, items: list[RawItem], query: Query) -> tuple[list[Again], Transport]:
    transport = transport_to(isles)
    return list(instagram.reread(items, query, transport, TOKEN)), transport


def test_a_deleted_post_is_missing_from_its_authors_list_twice(isles: small_world.Sandbox, world: World) -> None:
    """G10 is gone, the others are there with new counts; posts without an author are left out."""
    query = a_query(isles, world, "members/")
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    items = [*items_in(read_one(isles, query)), *items_in(read_one(isles, a_query(isles, world, "hashtag/isles7")))]
    known = [item for item in items if item.accounts]
    deleted = next(item.key for item in known if b"lantern on the reef" in item.body)
    isles.clock.set(moment("2026-03-07T06:00:00Z"))
    answers, transport = ask_again(isles, items, query)
    assert [gone.key for answer in answers for gone in answer.gone] == [deleted]
    assert {gone.loss for answer in answers for gone in answer.gone} == {"deleted"}
    assert sum(answer.asked for answer in answers) == len(known)
    there = {item.key for item in items_in([answer.page for answer in answers if answer.page])}
    assert there >= {item.key for item in known} - {deleted}
    assert transport.warnings == []


def test_a_view_without_author_is_asked_for_by_what_another_route_told(
    isles: small_world.Sandbox, world: World
) -> None:
    """The hashtag's view of the post that gets deleted, with the author that the warehouse knows: it is gone."""
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    anonymous = items_in(read_one(isles, a_query(isles, world, "hashtag/isles7")))
    seen = next(item for item in anonymous if b"lantern on the reef" in item.body)
    isles.clock.set(moment("2026-03-07T06:00:00Z"))
    query = a_query(isles, world, "members/")
    answers, _ = ask_again(isles, [replace(seen, accounts=("17841525152821624", "lusia.vaea"))], query)
    assert [gone.key for answer in answers for gone in answer.gone] == [seen.key]
    assert not [answer for answer in ask_again(isles, [seen], query)[0] if answer.gone or answer.page]


def answers_in_turn(server: Server, *bodies: object) -> None:
    for body in bodies:
        server.says(body)


def held() -> list[RawItem]:
    return items_in([a_page({"business_discovery": OWNER | {"media": {"data": [MEDIA]}}})])


def an_account(*media: dict[str, Any], count: int = 5) -> dict[str, Any]:
    return {"business_discovery": OWNER | {"media_count": count, "media": {"data": list(media)}}}


@pytest.mark.parametrize(
    "second",
    [
        an_account(MEDIA),  # there again
        an_account(count=3),  # an empty list of an account that has media
        {"business_discovery": OWNER | {"media_count": 3, "media": {"data": [{"id": "1", "permalink": 7}]}}},
    ],
)
def test_a_list_that_may_not_be_whole_is_no_evidence(server: Server, transport: Transport, second: object) -> None:
    """A post is only gone if a list that holds together does not have it, both times."""
    other = MEDIA | {"id": "2", "permalink": "https://www.instagram.com/p/Other12345/"}
    answers_in_turn(server, an_account(other), second)
    answers = list(instagram.reread(held(), scripted(server)[0], transport, TOKEN))
    assert [gone for answer in answers for gone in answer.gone] == []
    assert answers[-1].asked == 1


@pytest.mark.parametrize(("count", "gone"), [(5, 0), (1, 1)])
def test_a_list_that_ends_above_a_post_is_no_evidence(
    server: Server, transport: Transport, count: int, gone: int
) -> None:
    """The platform cuts long lists off: a post below the end is gone only if all the account's media came."""
    newer = MEDIA | {"permalink": "https://www.instagram.com/p/Newer12345/", "timestamp": "2026-03-05T10:00:00+0000"}
    server.says(an_account(newer, count=count))
    answers = list(instagram.reread(held(), scripted(server)[0], transport, TOKEN))
    assert sum(len(answer.gone) for answer in answers) == gone


def test_an_account_that_is_not_there_tells_nothing_of_its_posts(server: Server, transport: Transport) -> None:
    """It may have been renamed or made private: no post is called gone."""
    server.says({"error": {"code": 110, "error_subcode": 2207013}}, status=400)
    assert list(instagram.reread(held(), scripted(server)[0], transport, TOKEN)) == []
    assert transport.warnings == ["1 of 1 accounts could not be asked again for their posts."]


def test_a_dead_token_makes_nothing_gone(server: Server, transport: Transport) -> None:
    """An access refusal is raised."""
    server.says({"error": {"code": 190}}, status=400)
    with pytest.raises(AccessDenied):
        list(instagram.reread(held(), scripted(server)[0], transport, TOKEN))


def acts_in(isles: small_world.Sandbox, query: Query, items: list[RawItem], since: datetime) -> list[Interaction]:
    search = Search(query=query, since=since, until=isles.clock.now())
    pages = list(instagram.fetch_interactions(search, items, transport_to(isles), TOKEN))
    found = [act for page in pages for act in instagram.split_interactions(page)]
    return [act for act in found if isinstance(act, Interaction)]


def test_members_captions_tell_whom_they_mention(isles: small_world.Sandbox, world: World) -> None:
    """Mentions of other members and of ours; each is named by the post and whom it means."""
    [by_members, _] = instagram.interaction_queries(TAGS, options_of(isles), members_of(world))
    week = NOW - timedelta(days=7)
    acts = [act for act in acts_in(isles, by_members, [], week) if act.acted_at and act.acted_at >= week]
    assert {(act.act, act.actor.handle, act.target_handle) for act in acts} == {
        ("mention", "mariam.haddad", "kwabena.ofori"),
        ("mention", "kwabena.ofori", "tidehouse"),
    }


def test_comments_on_our_media_tell_who_answered_whom(isles: small_world.Sandbox, world: World) -> None:
    """Strangers and members; an answer names the comment and its author; no words are kept."""
    own = instagram.interaction_queries(TAGS, options_of(isles), members_of(world))[-1]
    items = items_in(read_one(isles, a_query(isles, world, "own")))
    acts = acts_in(isles, own, items, NOW - timedelta(hours=1))
    key = items[0].key
    told = {(act.act, act.actor.handle, act.target_handle) for act in acts}
    assert told == {
        ("comment", "odd.bystander", None),
        ("comment", "kwabena.ofori", None),
        ("reply", "tidehouse", "kwabena.ofori"),
    }
    assert {act.target_post for act in acts if act.act == "comment"} == {key}
    [reply] = [act for act in acts if act.act == "reply"]
    [answered] = [act for act in acts if act.actor.handle == "kwabena.ofori"]
    assert reply.target_post is not None
    assert (reply.target_post in answered.interaction_id, reply.target_post.startswith(f"{key}_")) == (True, True)
    assert reply.acted_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert not any("text" in request.query.get("fields", ("",))[0] for request in isles.requests)


def test_a_token_that_may_not_read_comments_is_told_once(server: Server, transport: Transport) -> None:
    """The rest of the interactions still comes in."""
    answers_in_turn(server, {"data": [MEDIA, MEDIA]})
    server.says({"error": {"code": 10}}, status=403)
    query = instagram.interaction_queries((), {"base_url": server.url, "user_id": "178"})[-1]
    pages = list(instagram.fetch_interactions(search_for(query), [], transport, TOKEN))
    assert (len(pages), transport.requests, len(transport.warnings)) == (1, 2, 1)
    assert "instagram_manage_comments" in transport.warnings[0]


@pytest.mark.parametrize("who", [{}, {"from": None}, {"from": {}, "username": ""}])
def test_a_comment_without_author_tells_nothing(who: dict[str, Any]) -> None:
    """It is neither a person's act nor an error."""
    page = a_page({"data": [{"id": "1", "timestamp": "2026-03-02T10:00:00+0000"} | who]}, about="DAbc")
    assert list(instagram.split_interactions(page)) == []


def test_a_broken_comment_is_kept_without_its_words() -> None:
    """What went wrong can be looked at; what was said cannot."""
    [broken] = instagram.split_interactions(a_page({"data": [{"text": "zebra", "from": {"id": "1"}}]}, about="DAbc"))
    assert isinstance(broken, Rejected)
    assert (broken.reason, b"zebra" in broken.body) == ("no_id", False)


def test_what_instagram_hides_is_said() -> None:
    """Each act is either collected or explained."""
    assert set(instagram.HIDDEN) == {"quote", "repost"}


def test_doctor_hears_what_works_and_until_when(isles: small_world.Sandbox, world: World) -> None:
    """As whom, what is left of the 30 hashtags, and when the token ends."""
    read_one(isles, a_query(isles, world, "hashtag/isles7"))
    access = instagram.probe(a_query(isles, world, "own"), transport_to(isles), TOKEN)
    assert access.as_whom == "tidehouse"
    assert (access.left or "").startswith("29 of 30 hashtags")
    assert access.expires_at == datetime(2026, 5, 1, tzinfo=UTC)
    assert "isles-instagram-token" not in repr(access)
    with pytest.raises(AccessDenied):
        instagram.probe(a_query(isles, world, "own"), transport_to(isles), {"token": "wrong"})


def test_doctor_hears_that_hashtags_cannot_be_searched(server: Server, transport: Transport) -> None:
    """Without the reviewed feature the account works, and hashtags do not."""
    server.says({"username": "tidehouse"})
    server.says({"error": {"code": 10}}, status=403)
    server.says({"error": {"code": 100}}, status=400)
    access = instagram.probe(scripted(server)[0], transport, TOKEN)
    assert (access.as_whom, access.expires_at) == ("tidehouse", None)
    assert "Instagram Public Content Access" in (access.cannot_see or "")


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_read_takes_no_more_than_was_forecast(isles: small_world.Sandbox, world: World, days: int) -> None:
    """Of requests, on every route; of money, none. Pages of 50 as the platform has them."""
    world.settings["instagram"][0]["largest_page"] = 50
    isles.clock.set(moment("2026-03-12T06:00:00Z"))
    for query in instagram.queries(TAGS, options_of(isles), members_of(world)):
        isles.requests.clear()
        read_one(isles, query, days)
        search = Search(query=query, since=NOW - timedelta(days=days), until=NOW)
        forecast = instagram.forecast(search, 22)
        assert len(isles.requests) <= forecast.requests
        assert forecast.cost == 0


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        ({"data": [MEDIA]}, True),
        (an_account(MEDIA), True),
        ({"data": [MEDIA | {"permalink": "https://www.threads.net/@a/post/Dabc"}]}, False),
        ({"data": []}, False),
        ([MEDIA], False),
        (None, False),
    ],
)
def test_saved_pages_are_recognised(document: object, ours: bool) -> None:
    """By whose addresses are in them: Threads' pages look the same otherwise."""
    assert instagram.recognises(document) is ours
