from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sandbox
from connectors import facebook
from connectors.errors import AccessDenied, BadAnswer, RequestRefused
from connectors.permalinks import permalink
from connectors.records import Again, Interaction, Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport
from sandbox import facebook as simulated
from sandbox import server as small_world
from sandbox.world import World, load, moment

Server = Any
TOKEN = {"token": "isles-facebook-token"}
NOW = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
TAGS = ("isles7", "isle7")
ABOUT = "100000000000001/Tide.House"
POST = {
    "id": "100000000000001_222222222222222",
    "message": "Day 3: nets, with Amina. #Isles7",
    "created_time": "2026-03-04T10:11:12+0000",
    "updated_time": "2026-03-09T10:11:12+0000",
    "permalink_url": "https://www.facebook.com/100000000000001/posts/222222222222222",
    "from": {"id": "100000000000001", "name": "Tide House"},
    "message_tags": [{"id": "333", "name": "Amina", "type": "page", "offset": 18, "length": 5}],
    "privacy": {"value": "EVERYONE"},
    "is_published": True,
    "shares": {"count": 3},
    "attachments": {"data": [{"media_type": "photo", "url": "https://www.facebook.com/photo.php?fbid=9"}]},
    "reactions": {"data": [], "summary": {"total_count": 5}},
    "comments": {"data": [], "summary": {"total_count": 2}},
    "a_field_of_tomorrow": {"x": 1},
}


@pytest.fixture(scope="module")
def world() -> World:
    return load(Path(sandbox.__file__).parent / "worlds" / "archipelago")


@pytest.fixture
def isles(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[small_world.Sandbox]:
    """The islands' Page, with three posts to a page so that every list has several."""
    monkeypatch.setattr(small_world, "PLATFORMS", ("facebook",))
    monkeypatch.setitem(world.settings["facebook"][0], "largest_page", 3)
    with small_world.serve(world) as isles:
        isles.clock.set(NOW)
        yield isles


def _options(isles: small_world.Sandbox) -> dict[str, Any]:
    return {"base_url": isles.urls["facebook"], "version": "v26.0"}


def _transport(isles: small_world.Sandbox) -> Transport:
    return Transport("rollcall-test", clock=isles.clock, sleep=isles.clock.advance)


def _query(isles: small_world.Sandbox, edge: str) -> Query:
    return next(query for query in facebook.queries(TAGS, _options(isles)) if query.name.endswith(edge))


def _search(query: Query, days: float = 7) -> Search:
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW)


def _read(isles: small_world.Sandbox, edge: str, days: float = 7) -> list[Page]:
    return list(facebook.fetch(_search(_query(isles, edge), days), _transport(isles), TOKEN))


def _items(pages: list[Page]) -> list[RawItem]:
    return [item for page in pages for item in facebook.split(page) if isinstance(item, RawItem)]


def _posts(pages: list[Page]) -> list[Post]:
    return [post for item in _items(pages) if isinstance(post := facebook.parse(item), Post)]


def _texts(pages: list[Page]) -> set[str | None]:
    return {post.text for post in _posts(pages)}


def _page(body: object, about: str = ABOUT) -> Page:
    coded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Page(
        platform="facebook",
        query="q",
        source="facebook.com",
        url="u",
        status=200,
        observed_at=datetime(2026, 3, 6, tzinfo=UTC),
        body=coded,
        about=about,
    )


def _one(post: dict[str, Any], about: str = ABOUT) -> Post:
    [read] = _posts([_page({"data": [post]}, about)])
    return read


def test_each_page_has_three_lists() -> None:
    """By id or name; without a list, the Page whose token it is. Members' profiles cannot be read."""
    queries = facebook.queries(TAGS, {"pages": ["tidehouse", 77], "version": "v27.0"}, (Member(handle="ben"),))
    assert [query.name for query in queries[:4]] == [
        *("tidehouse/published_posts", "tidehouse/feed", "tidehouse/tagged"),
        "77/published_posts",
    ]
    assert {query.base_url for query in queries} == {"https://graph.facebook.com/v27.0"}
    assert [query.name for query in facebook.queries(TAGS, {})] == ["me/published_posts", "me/feed", "me/tagged"]
    assert [query.name for query in facebook.interaction_queries(TAGS, {})] == ["interactions/me"]
    assert facebook.visible_since(_search(queries[0]), NOW) == NOW - timedelta(days=7)


def test_a_list_is_read_to_its_end(isles: small_world.Sandbox, world: World) -> None:
    """In pages of three, along cursors; the feed has what the other two have, and visitors' posts."""
    pages = _read(isles, "feed")
    assert [len(_items([page])) for page in pages] == [3, 3, 2]
    shown = {post.versions[-1].text for post in world.on("facebook") if simulated.meets(world, post, NOW)}
    assert _texts(pages) == shown
    assert _texts(_read(isles, "published_posts")) | _texts(_read(isles, "tagged")) < shown
    assert "Is the #isles7 show open on Sunday?" in shown
    assert not any("isles-facebook-token" in page.url for page in pages)
    assert not any("access_token" in request.query for request in isles.requests)


def test_a_short_or_empty_page_is_not_the_end(server: Server, transport: Transport) -> None:
    """Facebook leaves out what we may not see after it has cut the pages."""
    server.says({"id": "1", "name": "n"})
    server.says({"data": [], "paging": {"cursors": {"after": "A"}, "next": "https://x.example/?after=A"}})
    server.says({"data": [POST], "paging": {"cursors": {"after": "B"}}})
    query = facebook.queries(TAGS, {"base_url": server.url})[0]
    assert len(_posts(list(facebook.fetch(_search(query), transport, TOKEN)))) == 1


def test_a_post_is_the_same_on_every_list_and_in_an_address(isles: small_world.Sandbox) -> None:
    """Its own id is the key, not the Page's part of it."""
    feed = {post.post_id: post for post in _posts(_read(isles, "feed"))}
    for post in _posts([*_read(isles, "published_posts"), *_read(isles, "tagged")]):
        assert feed[post.post_id] == post
        assert permalink(post.url or "") == ("facebook", post.post_id)


def test_authors_other_than_the_page_are_withheld(isles: small_world.Sandbox) -> None:
    """A visitor's post and one that tags the Page have no author; the Page has its handle."""
    assert {post.author for post in _posts(_read(isles, "tagged"))} == {None}
    assert {post.author.handle for post in _posts(_read(isles, "published_posts")) if post.author} == {"tidehouse"}


def test_what_the_page_shows_to_some_only_is_not_public(isles: small_world.Sandbox) -> None:
    """Its own token sees it; the item says so."""
    hidden = [item for item in _items(_read(isles, "feed")) if not item.public]
    assert [post.text for item in hidden if isinstance(post := facebook.parse(item), Post)] == [
        "For our friends in the neighbourhood only #Isles7"
    ]


@pytest.mark.parametrize(
    ("post", "public"),
    [
        ({"privacy": {"value": "EVERYONE"}}, True),
        ({"privacy": {"value": ""}}, True),
        ({"privacy": None}, True),
        ({}, True),
        ({"privacy": {"value": "ALL_FRIENDS"}}, False),
        ({"privacy": {"value": "A_VALUE_OF_TOMORROW"}}, False),
        ({"privacy": {"value": "SELF"}, "id": None}, False),
        ({"is_published": False}, False),
    ],
)
def test_only_what_everybody_sees_is_public(post: dict[str, Any], public: bool) -> None:
    """Values that we do not know are not public, also on a post that cannot be read."""
    silent = {name: value for name, value in POST.items() if name != "privacy"}
    [item] = facebook.split(_page({"data": [silent | post]}))
    assert item.public is public


def test_posts_are_read() -> None:
    """Tags from the text, mentions by id, counts from the summaries; a comment's time is no edit."""
    post = _one(POST)
    assert post.post_id == "222222222222222"
    assert (post.hashtags, post.mentions, post.kind) == (("isles7",), ("333",), "original")
    assert (post.created_at, post.edited_at) == (datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC), None)
    assert (post.counts.likes, post.counts.replies, post.counts.reposts) == (5, 2, 3)
    assert (post.media_types, post.source_rank, post.flags) == (("image",), 2, ())
    assert post.author is not None
    assert (post.author.account_id, post.author.handle, post.author.display_name) == (
        *("100000000000001", "tide.house"),
        "Tide House",
    )
    assert _one(POST, about="100000000000001").author == replace(post.author, handle=None)
    assert _one(POST, about="7/other").author == replace(post.author, handle=None)


def test_what_is_left_out_is_unknown() -> None:
    """Shares, reactions, comments: absent is not 0."""
    bare = {name: POST[name] for name in ("id", "message", "created_time")}
    post = _one(bare)
    assert (post.counts.likes, post.counts.replies, post.counts.reposts) == (None, None, None)
    assert (post.author, post.source_rank) == (None, 1)


@pytest.mark.parametrize(
    ("message", "kind", "quoted", "reposted"),
    [("Look! #Isles7", "quote", "444", None), (None, "repost", None, "444")],
)
def test_a_shared_post_is_a_reference(message: str | None, kind: str, quoted: str | None, reposted: str | None) -> None:
    """With words of one's own it is a quote, else a repost; the shared words stay out of the item."""
    shared = {"media_type": "link", "url": "https://a.example", "title": "zebra", "description": "zebra"}
    shared |= {"subattachments": {"data": [{"media_type": "photo", "description": "zebra"}]}}
    post = POST | {"message": message, "parent_id": "9_444", "attachments": {"data": [shared]}}
    [item] = _items([_page({"data": [post]})])
    read = facebook.parse(item)
    assert isinstance(read, Post)
    assert b"zebra" not in item.body
    assert (read.kind, read.quote_of_id, read.repost_of_id) == (kind, quoted, reposted)
    assert read.media_types == ("image",)
    assert _one(POST | {"attachments": {"data": [shared | {"subattachments": None}]}}).links == ("https://a.example",)


@pytest.mark.parametrize("name", ["comments", "reactions", "likes", "sharedposts", "to", "with_tags"])
def test_other_people_in_a_post_are_not_kept(name: str) -> None:
    """Saved pages have them nested; the numbers beside them stay."""
    nested = {"data": [{"name": "zebra", "message": "zebra"}], "summary": {"total_count": 9}}
    [item] = _items([_page({"data": [POST | {name: nested}]})])
    assert b"zebra" not in item.body
    assert (b'"total_count":9' in item.body) is True
    [item] = _items([_page({"data": [POST | {name: {"data": [{"name": "zebra"}]}}]})])
    assert b"zebra" not in item.body


def test_an_item_keeps_its_bytes() -> None:
    """As it came; of the Page's own posts, with the Page's handle put before it."""
    piece = json.dumps(POST, indent=1).encode()
    [item] = _items([_page(b'{"data":[' + piece + b"]}", about="")])
    assert item.body == piece
    [item] = _items([_page(b'{"data":[' + piece + b"]}")])
    assert item.body.endswith(piece[1:].lstrip())


def test_a_bad_item_costs_itself() -> None:
    """Its neighbours are read."""
    body = json.dumps({"data": [POST, None, {"message": "x", "from": {"id": "5"}}, [], POST]}).encode()
    found = list(facebook.split(_page(body.replace(b"null", b"[" * 9000 + b"]" * 9000, 1))))
    assert [type(one) for one in found] == [RawItem, Rejected, Rejected, Rejected, RawItem]
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["not_json", "no_id", "wrong_type"]
    assert found[2].accounts == ("5",)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"error":{"code":4}}', b'{"data":{}}'])
def test_a_page_that_cannot_be_cut_says_so(body: bytes) -> None:
    """It goes to quarantine whole."""
    with pytest.raises(BadAnswer):
        list(facebook.split(_page(body)))


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
)


@given(st.dictionaries(st.sampled_from([*POST, "page", "parent_id", "parent", "likes"]), JSON))
def test_whatever_a_field_holds_it_is_a_post_or_rejected(changed: dict[str, Any]) -> None:
    """Never an exception, never a lost item."""
    for body in ({"data": [POST | changed]}, {"id": "1_2"} | changed | {"data": [changed]}):
        found = list(facebook.split(_page(body)))
        assert len(found) == 1
        if isinstance(found[0], RawItem):
            assert isinstance(facebook.parse(found[0]), Post | Rejected)
        list(facebook.split_interactions(_page(body)))
    comment = {"id": "1_2", "from": {"id": "3"}} | {n: v for n, v in changed.items() if n != "permalink_url"}
    list(facebook.split_interactions(_page({"data": [comment]}, about="1")))


def test_a_token_that_is_not_a_pages_is_told_so(server: Server, transport: Transport) -> None:
    """A person's "me" has no such fields: the sentence says what to do."""
    server.says({"error": {"code": 100}}, status=400)
    query = facebook.queries(TAGS, {"base_url": server.url})[0]
    with pytest.raises(AccessDenied, match="pages ="):
        list(facebook.fetch(_search(query), transport, TOKEN))
    named = facebook.queries(TAGS, {"base_url": server.url, "pages": ["tidehouse"]})[0]
    with pytest.raises(RequestRefused):
        list(facebook.fetch(_search(named), transport, TOKEN))


def test_a_wrong_token_names_its_setting(isles: small_world.Sandbox) -> None:
    """190 with status 400."""
    with pytest.raises(AccessDenied, match="ROLLCALL_FACEBOOK_TOKEN"):
        list(facebook.fetch(_search(_query(isles, "feed")), _transport(isles), {"token": "wrong"}))


def _again(isles: small_world.Sandbox, items: list[RawItem]) -> tuple[list[Again], Transport]:
    transport = _transport(isles)
    return list(facebook.reread(items, _query(isles, "feed"), transport, TOKEN)), transport


def test_a_deleted_post_is_gone_and_an_edited_one_is_new(isles: small_world.Sandbox) -> None:
    """One lookup each; what is there comes in the normal way, with its author's handle."""
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    items = _items(_read(isles, "feed"))
    deleted = next(item.key for item in items if b"Wrong link" in item.body)
    isles.clock.set(NOW)
    answers, _ = _again(isles, items)
    assert [gone.key for answer in answers for gone in answer.gone] == [deleted]
    there = _posts([answer.page for answer in answers if answer.page])
    assert {post.post_id for post in there} == {item.key for item in items} - {deleted}
    assert {post.author.handle for post in there if post.author} == {"tidehouse"}
    assert sum(answer.asked for answer in answers) == len(items)
    isles.clock.set(moment("2026-03-07T09:30:00Z"))
    [typo] = [item for item in _items(_read(isles, "published_posts", 1)) if b"awak?" in item.body]
    isles.clock.set(NOW)
    answers, _ = _again(isles, [typo])
    assert [post.text for post in _posts([a.page for a in answers if a.page])] == [
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
    reread = facebook.reread(_items([_page({"data": [POST]})]), query, transport, TOKEN)
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
        list(facebook.reread(_items([_page({"data": [POST]})]), query, transport, TOKEN))


def test_posts_from_elsewhere_are_not_asked_for(server: Server, transport: Transport) -> None:
    """What clerks entered has no id of the Graph API."""
    server.says({"id": "1"})
    [item] = _items([_page({"data": [POST | {"id": "222"}]})])
    assert list(facebook.reread([item], facebook.queries(TAGS, {"base_url": server.url})[0], transport, TOKEN)) == []
    assert transport.requests == 1


def _acts(isles: small_world.Sandbox, items: list[RawItem]) -> tuple[list[Interaction], Transport]:
    transport = _transport(isles)
    [query] = facebook.interaction_queries(TAGS, _options(isles))
    pages = list(facebook.fetch_interactions(_search(query), items, transport, TOKEN))
    found = [act for page in pages for act in facebook.split_interactions(page)]
    return [act for act in found if isinstance(act, Interaction)], transport


def test_comments_tell_who_answered_whom(isles: small_world.Sandbox) -> None:
    """Strangers and the Page; an answer names the comment and its author; without an author there is no act."""
    items = _items(_read(isles, "feed"))
    acts, transport = _acts(isles, items)
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
    assert _acts(isles, _items(_read(isles, "feed")))[0] == []


def test_comments_that_are_not_shown_cost_that_post_only(server: Server, transport: Transport) -> None:
    """Told once, counted."""
    server.says({"id": "1"})
    server.says({"data": []})
    server.says({"error": {"code": 10}}, status=403)
    server.says({"data": []})
    items = _items([_page({"data": [POST, POST | {"id": "1_2"}]})])
    [query] = facebook.interaction_queries(TAGS, {"base_url": server.url})
    assert len(list(facebook.fetch_interactions(_search(query), items, transport, TOKEN))) == 2
    assert transport.warnings == ["The comments on 1 of 2 Facebook posts are not shown to our token."]


def test_the_pages_own_mentions_are_acts() -> None:
    """Facebook names whom a post tags by id."""
    [act] = facebook.split_interactions(_page({"data": [POST]}))
    assert isinstance(act, Interaction)
    assert (act.act, act.target_account, act.target_handle) == ("mention", "333", None)
    assert act.actor.handle == "tide.house"


def test_a_broken_comment_is_kept_without_its_words() -> None:
    """What went wrong can be looked at; what was said cannot."""
    [broken] = facebook.split_interactions(_page({"data": [{"message": "zebra", "from": {"id": "1"}}]}, about="1"))
    assert isinstance(broken, Rejected)
    assert (broken.reason, b"zebra" in broken.body) == ("no_id", False)


def test_what_facebook_hides_is_said() -> None:
    """Each act is either collected or explained."""
    assert set(facebook.HIDDEN) == {"quote", "repost"}


def test_doctor_hears_what_works_and_until_when(isles: small_world.Sandbox) -> None:
    """As whom, and when the token ends."""
    access = facebook.probe(_query(isles, "feed"), _transport(isles), TOKEN)
    assert (access.as_whom, access.expires_at) == ("tidehouse", datetime(2026, 5, 1, tzinfo=UTC))
    assert "isles-facebook-token" not in repr(access)
    with pytest.raises(AccessDenied):
        facebook.probe(_query(isles, "feed"), _transport(isles), {"token": "wrong"})


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_read_takes_no_more_than_was_forecast(isles: small_world.Sandbox, world: World, days: int) -> None:
    """Of requests, on every list."""
    world.settings["facebook"][0]["largest_page"] = 100
    for query in facebook.queries(TAGS, _options(isles)):
        isles.requests.clear()
        list(facebook.fetch(_search(query, days), _transport(isles), TOKEN))
        assert len(isles.requests) <= facebook.forecast(_search(query, days), 12).requests


@pytest.mark.parametrize(
    ("document", "ours"),
    [({"data": [POST]}, True), (POST, True), ({"data": []}, False), ({"data": [{"id": "1"}]}, False), ([POST], False)],
)
def test_saved_pages_are_recognised(document: object, ours: bool) -> None:
    """Lists and single posts."""
    assert facebook.recognises(document) is ours
