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
from connectors import instagram
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RequestRefused, Unavailable
from connectors.permalinks import permalink
from connectors.records import Again, Interaction, Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Patience, Transport
from sandbox import instagram as simulated
from sandbox import server as small_world
from sandbox.world import World, load, moment

Server = Any
TOKEN = {"token": "isles-instagram-token"}
NOW = datetime(2026, 3, 6, 6, 0, tzinfo=UTC)
TAGS = ("isles7", "isle7")
MEDIA = {
    "id": "17900000000000001",
    "caption": "Day 3: nets, with @Amina.B and @ben. #Isles7 #ÎLES7",
    "media_type": "IMAGE",
    "permalink": "https://www.instagram.com/p/DAbc-_12345/",
    "timestamp": "2026-03-04T10:11:12+0000",
    "comments_count": 2,
    "like_count": 5,
    "a_field_of_tomorrow": {"x": 1},
}
OWNER = {"id": "17841000000000001", "username": "Sefina.Leota", "name": "Sefina Leota"}


@pytest.fixture(scope="module")
def world() -> World:
    return load(Path(sandbox.__file__).parent / "worlds" / "archipelago")


@pytest.fixture
def isles(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[small_world.Sandbox]:
    """The islands' Instagram, with three posts to a page so that every list has several."""
    monkeypatch.setattr(small_world, "PLATFORMS", ("instagram",))
    monkeypatch.setitem(world.settings["instagram"][0], "largest_page", 3)
    with small_world.serve(world) as isles:
        isles.clock.set(NOW)
        yield isles


def _members(world: World) -> tuple[Member, ...]:
    return tuple(
        Member(handle=person.handles["instagram"])
        for person in world.people.values()
        if person.on_roster and not person.refuses
    )


def _options(isles: small_world.Sandbox) -> dict[str, Any]:
    return {"base_url": isles.urls["instagram"], "version": "v26.0"}


def _transport(isles: small_world.Sandbox) -> Transport:
    return Transport("rollcall-test", clock=isles.clock, sleep=isles.clock.advance)


def _query(isles: small_world.Sandbox, world: World, route: str) -> Query:
    queries = instagram.queries(TAGS, _options(isles), _members(world))
    return next(query for query in queries if query.name.startswith(route))


def _read(isles: small_world.Sandbox, query: Query, days: float = 7) -> list[Page]:
    search = Search(query=query, since=isles.clock.now() - timedelta(days=days), until=isles.clock.now())
    return list(instagram.fetch(search, _transport(isles), TOKEN))


def _items(pages: list[Page]) -> list[RawItem]:
    return [item for page in pages for item in instagram.split(page) if isinstance(item, RawItem)]


def _posts(pages: list[Page]) -> list[Post]:
    return [post for item in _items(pages) if isinstance(post := instagram.parse(item), Post)]


def _page(body: object, about: str = "") -> Page:
    coded = body if isinstance(body, bytes) else json.dumps(body).encode()
    page = Page(
        platform="instagram", query="q", source="instagram.com", url="u", status=200, observed_at=NOW, body=coded
    )
    return page if not about else Page(**{name: getattr(page, name) for name in page.__slots__} | {"about": about})


def _one(media: dict[str, Any], owner: dict[str, Any] | None = None) -> Post:
    listing = {"data": [media]}
    body = {"business_discovery": owner | {"media": listing}} if owner else listing
    [post] = _posts([_page(body)])
    return post


def _scripted(server: Server, members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    return instagram.queries(("isles7",), {"base_url": server.url, "user_id": "178"}, members)


def _search(query: Query) -> Search:
    return Search(query=query, since=NOW - timedelta(days=7), until=NOW)


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
    assert instagram.visible_since(_search(by_tag), NOW) == NOW - timedelta(hours=24)
    assert instagram.visible_since(Search(query=by_tag, since=NOW, until=NOW), NOW) == NOW
    own = instagram.queries(("isles7",), {})[0]
    assert instagram.visible_since(_search(own), NOW) == NOW - timedelta(days=7)


def test_the_same_cursor_on_every_page_leads_through_the_list(isles: small_world.Sandbox, world: World) -> None:
    """Case 23: the list is unordered and its cursor never changes; every post of the day is met, without an author."""
    isles.clock.set(moment("2026-03-04T18:00:00Z"))
    pages = _read(isles, _query(isles, world, "hashtag/isles7"))
    asked = [request.query for request in isles.requests if request.path.endswith("/top_media")]
    assert len({one["after"] for one in asked if "after" in one}) == 1
    assert len(asked) >= 2
    posts = _posts(pages)
    assert {post.author for post in posts} == {None}
    assert {post.text for post in posts} >= {"Day 3: our great lake is sweet water, @tidehouse. #Isles7"}
    assert all(instagram.split(page) for page in pages)


@pytest.mark.parametrize("kind", ["drop", "truncated", "hang"])
def test_an_answer_that_got_lost_is_no_page_that_got_lost(isles: small_world.Sandbox, world: World, kind: str) -> None:
    """Where only the platform knows the place in a list, the list is read again from its first page."""
    query = _query(isles, world, "hashtag/isles7")
    whole = {post.post_id for post in _posts(_read(isles, query))}
    isles.faults.plant("instagram", kind, first=6, times=1)
    patience = Patience(read_timeout=0.3, request_deadline=0.5)
    transport = Transport("rollcall-test", patience, clock=isles.clock, sleep=lambda seconds: None)
    search = Search(query=query, since=NOW - timedelta(days=1), until=NOW)
    isles.requests.clear()
    again = {post.post_id for post in _posts(list(instagram.fetch(search, transport, TOKEN)))}
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
        list(instagram.fetch(_search(_scripted(server)[-1]), transport, TOKEN))


def test_members_media_tell_who_and_reach_further_back(isles: small_world.Sandbox, world: World) -> None:
    """Business discovery recovers the author, and the post that got its tag two days late."""
    pages = _read(isles, _query(isles, world, "members/"))
    posts = {post.text: post for post in _posts(pages)}
    late = posts["Day 2: a rowing club two thousand kilometres from any sea. #Isles7"]
    assert late.author is not None
    assert (late.author.handle, late.author.display_name, late.source_rank) == ("nilufar.k", "Nilufar Karimova", 2)
    assert late.author.account_id.startswith("17841")
    assert "Market morning, nothing to do with the week." in posts
    assert not any("nilufar" in page.url or "username" in page.url for page in pages)
    by_tag = {post.post_id: post for post in _posts(_read(isles, _query(isles, world, "hashtag/isles7")))}
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
    query = instagram.queries(TAGS, _options(isles), members)[0]
    transport = _transport(isles)
    pages = list(instagram.fetch(_search(query), transport, TOKEN))
    assert {post.author.handle for post in _posts(pages) if post.author} == {"sefina.leota"}
    assert transport.warnings == ["3 of 4 members' Instagram accounts cannot be read (not there, or not professional)."]
    assert len(isles.requests) == 3  # the account, and two members whose names can be asked for


def test_a_token_that_may_not_discover_is_not_the_members_fault(server: Server, transport: Transport) -> None:
    """Refused for everybody: after three it is the permission, and a person must act."""
    server.says({"error": {"code": 10}}, status=403)
    members = tuple(Member(handle=f"member{n}") for n in range(9))
    with pytest.raises(AccessDenied, match="permission"):
        list(instagram.fetch(_search(_scripted(server, members)[0]), transport, TOKEN))
    assert transport.requests == 3


def test_a_refusal_of_one_member_is_theirs(server: Server, transport: Transport) -> None:
    """Some accounts are closed to some apps; the others are read."""
    account = {"business_discovery": OWNER | {"media": {"data": [MEDIA]}}}
    server.says({"error": {"code": 10}}, status=403)
    server.says(account)
    members = (Member(handle="closed"), Member(handle="sefina.leota"))
    pages = list(instagram.fetch(_search(_scripted(server, members)[0]), transport, TOKEN))
    assert (len(pages), len(transport.warnings)) == (1, 1)


def test_an_account_without_media_is_read(server: Server, transport: Transport) -> None:
    """It has no list at all, which is not an error."""
    server.says({"business_discovery": OWNER | {"media_count": 0}, "id": "178"})
    pages = list(instagram.fetch(_search(_scripted(server, (Member(handle="a"),))[0]), transport, TOKEN))
    assert _posts(pages) == []
    assert transport.warnings == []


def test_what_is_no_account_is_no_empty_account(server: Server, transport: Transport) -> None:
    """An answer without the account is not silence."""
    server.says({"id": "178"})
    with pytest.raises(BadAnswer):
        list(instagram.fetch(_search(_scripted(server, (Member(handle="a"),))[0]), transport, TOKEN))


def test_posts_that_tag_our_account_tell_who(isles: small_world.Sandbox, world: World) -> None:
    """The only route on which a stranger, or somebody who refused, is known by name."""
    posts = _posts(_read(isles, _query(isles, world, "tagged")))
    assert {post.author.handle for post in posts if post.author} == {"bayar.t", "kwabena.ofori"}
    refused = next(item for item in _items(_read(isles, _query(isles, world, "tagged"))) if b"great lake" in item.body)
    assert refused.accounts[-1] == "bayar.t"


def test_our_own_account_is_found_through_its_page(isles: small_world.Sandbox, world: World) -> None:
    """Without `user_id` in the campaign file; with it, nothing is asked."""
    posts = _posts(_read(isles, _query(isles, world, "own")))
    assert [post.author.handle for post in posts if post.author] == ["tidehouse"]
    assert isles.requests[0].path == "/v26.0/me/accounts"
    isles.requests.clear()
    user_id = simulated.account_id(world, "ORG")
    own = next(q for q in instagram.queries(TAGS, _options(isles) | {"user_id": user_id}) if q.name == "own")
    assert _posts(_read(isles, own)) == posts
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
        list(instagram.fetch(_search(query), transport, TOKEN))


def test_a_tag_nobody_used_is_no_error(isles: small_world.Sandbox, world: World) -> None:
    """Instagram answers with an error; it is a warning, and an empty window."""
    query = instagram.queries(("neverused7",), _options(isles))[-1]
    transport = _transport(isles)
    assert list(instagram.fetch(_search(query), transport, TOKEN)) == []
    assert transport.warnings == ["Instagram knows no such hashtag, so far."]


def test_the_thirty_first_hashtag_of_a_week_is_a_limit_of_ours(server: Server, transport: Transport) -> None:
    """Waiting a minute does not help; a person is told."""
    server.says({"error": {"code": 18, "error_subcode": 2207034}}, status=400)
    with pytest.raises(QuotaSpent, match="30 different hashtags"):
        list(instagram.fetch(_search(_scripted(server)[-1]), transport, TOKEN))
    assert transport.requests == 1


def test_a_wrong_token_names_its_setting(isles: small_world.Sandbox, world: World) -> None:
    """190 with status 400."""
    with pytest.raises(AccessDenied, match="ROLLCALL_INSTAGRAM_TOKEN"):
        list(instagram.fetch(_search(_query(isles, world, "own")), _transport(isles), {"token": "wrong"}))


def test_no_address_that_is_kept_holds_the_token(isles: small_world.Sandbox, world: World) -> None:
    """On no route, although every `paging.next` holds it."""
    pages = [
        page for query in instagram.queries(TAGS, _options(isles), _members(world)) for page in _read(isles, query)
    ]
    assert any(b"access_token=isles" in page.body for page in pages)
    assert not any("isles-instagram-token" in page.url for page in pages)
    assert not any("access_token" in request.query for request in isles.requests)


def test_media_are_read() -> None:
    """Key by shortcode, tags and mentions from the caption, times without a colon in the offset."""
    post = _one(MEDIA, OWNER)
    assert post.post_id == "DAbc-_12345"
    assert permalink(post.url or "") == ("instagram", post.post_id)
    assert post.hashtags == ("isles7", "îles7")
    assert post.mentions == ("amina.b", "ben")
    assert post.created_at == datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)
    assert (post.counts.likes, post.counts.replies, post.counts.reposts, post.counts.views) == (5, 2, None, None)
    assert (post.media_types, post.kind, post.flags) == (("image",), "original", ())
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == (OWNER["id"], "sefina.leota")


@pytest.mark.parametrize("path", ["p", "reel", "tv"])
def test_a_reel_has_the_same_key_as_a_post(path: str) -> None:
    """The shortcode stays, whatever stands before it."""
    assert _one(MEDIA | {"permalink": f"https://www.instagram.com/{path}/DAbc-_12345/"}).post_id == "DAbc-_12345"


def test_hidden_likes_are_unknown() -> None:
    """Case 24: left out of the answer is not 0; a zero that is told is."""
    hidden = {name: value for name, value in MEDIA.items() if name not in ("like_count", "comments_count")}
    assert (_one(hidden).counts.likes, _one(hidden).counts.replies) == (None, None)
    assert _one(MEDIA | {"like_count": 0}).counts.likes == 0


def test_without_an_author_nobody_is_guessed() -> None:
    """A hashtag's media belong to nobody until another route tells."""
    post = _one(MEDIA)
    assert (post.author, post.source_rank) == (None, 1)
    assert next(instagram.split(_page({"data": [MEDIA]}))).accounts == ()


def test_an_album_is_what_is_in_it() -> None:
    """Kinds that we do not know keep their name."""
    album = MEDIA | {
        "media_type": "CAROUSEL_ALBUM",
        "children": {"data": [{"media_type": "VIDEO"}, {"media_type": "HOLOGRAM"}]},
    }
    assert _one(album).media_types == ("video", "hologram")
    assert _one(MEDIA | {"media_type": "CAROUSEL_ALBUM"}).media_types == ("carousel",)


@pytest.mark.parametrize("timestamp", [None, "0001-01-01T00:00:00+0000", "2026-04-01T00:00:00+0000", "soon", 7])
def test_a_time_that_cannot_be_true_is_flagged(timestamp: object) -> None:
    """Missing, year 1, in the future, nonsense: the post stays, its time is unknown."""
    post = _one(MEDIA | {"timestamp": timestamp})
    assert (post.created_at, "created_at_unreadable" in post.flags) == (None, True)


def test_an_item_keeps_its_bytes_and_stands_alone() -> None:
    """As it came, and where the author is told beside it, with the author put before it."""
    piece = json.dumps(MEDIA, indent=1).encode()
    [item] = _items([_page(b'{"data":[' + piece + b"]}")])
    assert item.body == piece
    [item] = _items(
        [_page(b'{"business_discovery":' + json.dumps(OWNER).encode()[:-1] + b',"media":{"data":[' + piece + b"]}}}")]
    )
    assert item.body.endswith(piece[1:].lstrip())
    assert item.accounts == (OWNER["id"], "sefina.leota")


def test_other_peoples_comments_are_not_kept() -> None:
    """Saved pages have them nested."""
    media = MEDIA | {"comments": {"data": [{"text": "zebra", "username": "zebra"}]}}
    [item] = _items([_page({"data": [media]})])
    assert b"zebra" not in item.body


def test_a_bad_item_costs_itself() -> None:
    """Its neighbours are read; whose it is is still known."""
    body = json.dumps({"business_discovery": OWNER | {"media": {"data": [MEDIA, None, {"id": "7"}, MEDIA]}}})
    found = list(instagram.split(_page(body.encode().replace(b"null", b"[" * 9000 + b"]" * 9000))))
    assert [type(one) for one in found] == [RawItem, Rejected, Rejected, RawItem]
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["not_json", "no_id"]
    assert {one.accounts for one in found} == {(OWNER["id"], "sefina.leota")}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"error":{"code":4}}', b'{"business_discovery":[]}'])
def test_a_page_that_cannot_be_cut_says_so(body: bytes) -> None:
    """It goes to quarantine whole."""
    with pytest.raises(BadAnswer):
        list(instagram.split(_page(body)))


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
)


@given(st.dictionaries(st.sampled_from([*MEDIA, "owner", "username", "children", "comments"]), JSON), JSON)
def test_whatever_a_field_holds_it_is_a_post_or_rejected(changed: dict[str, Any], owner: Any) -> None:
    """Never an exception, never a lost item; what cannot be read is None."""
    account = {"id": "1", "name": owner, "username": owner}
    for body in ({"data": [MEDIA | changed]}, {"business_discovery": account | {"media": {"data": [MEDIA | changed]}}}):
        found = list(instagram.split(_page(body)))
        assert len(found) == 1
        if isinstance(found[0], RawItem):
            assert isinstance(instagram.parse(found[0]), Post | Rejected)
        list(instagram.split_interactions(_page(body)))
    comment = {"id": "1"} | changed | {"from": owner, "replies": {"data": [changed, {"id": "2", "from": owner}]}}
    list(instagram.split_interactions(_page({"data": [comment]}, about="DAbc-_12345")))


def _again(isles: small_world.Sandbox, items: list[RawItem], query: Query) -> tuple[list[Again], Transport]:
    transport = _transport(isles)
    return list(instagram.reread(items, query, transport, TOKEN)), transport


def test_a_deleted_post_is_missing_from_its_authors_list_twice(isles: small_world.Sandbox, world: World) -> None:
    """G10 is gone, the others are there with new counts; posts without an author are left out."""
    query = _query(isles, world, "members/")
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    items = [*_items(_read(isles, query)), *_items(_read(isles, _query(isles, world, "hashtag/isles7")))]
    known = [item for item in items if item.accounts]
    deleted = next(item.key for item in known if b"lantern on the reef" in item.body)
    isles.clock.set(moment("2026-03-07T06:00:00Z"))
    answers, transport = _again(isles, items, query)
    assert [gone.key for answer in answers for gone in answer.gone] == [deleted]
    assert {gone.loss for answer in answers for gone in answer.gone} == {"deleted"}
    assert sum(answer.asked for answer in answers) == len(known)
    there = {item.key for item in _items([answer.page for answer in answers if answer.page])}
    assert there >= {item.key for item in known} - {deleted}
    assert transport.warnings == []


def test_a_view_without_author_is_asked_for_by_what_another_route_told(
    isles: small_world.Sandbox, world: World
) -> None:
    """The hashtag's view of the post that gets deleted, with the author that the warehouse knows: it is gone."""
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    anonymous = _items(_read(isles, _query(isles, world, "hashtag/isles7")))
    seen = next(item for item in anonymous if b"lantern on the reef" in item.body)
    isles.clock.set(moment("2026-03-07T06:00:00Z"))
    query = _query(isles, world, "members/")
    answers, _ = _again(isles, [replace(seen, accounts=("17841525152821624", "lusia.vaea"))], query)
    assert [gone.key for answer in answers for gone in answer.gone] == [seen.key]
    assert not [answer for answer in _again(isles, [seen], query)[0] if answer.gone or answer.page]


def _answers_in_turn(server: Server, *bodies: object) -> None:
    for body in bodies:
        server.says(body)


def _held() -> list[RawItem]:
    return _items([_page({"business_discovery": OWNER | {"media": {"data": [MEDIA]}}})])


def _account(*media: dict[str, Any], count: int = 5) -> dict[str, Any]:
    return {"business_discovery": OWNER | {"media_count": count, "media": {"data": list(media)}}}


@pytest.mark.parametrize(
    "second",
    [
        _account(MEDIA),  # there again
        _account(count=3),  # an empty list of an account that has media
        {"business_discovery": OWNER | {"media_count": 3, "media": {"data": [{"id": "1", "permalink": 7}]}}},
    ],
)
def test_a_list_that_may_not_be_whole_is_no_evidence(server: Server, transport: Transport, second: object) -> None:
    """A post is only gone if a list that holds together does not have it, both times."""
    other = MEDIA | {"id": "2", "permalink": "https://www.instagram.com/p/Other12345/"}
    _answers_in_turn(server, _account(other), second)
    answers = list(instagram.reread(_held(), _scripted(server)[0], transport, TOKEN))
    assert [gone for answer in answers for gone in answer.gone] == []
    assert answers[-1].asked == 1


@pytest.mark.parametrize(("count", "gone"), [(5, 0), (1, 1)])
def test_a_list_that_ends_above_a_post_is_no_evidence(
    server: Server, transport: Transport, count: int, gone: int
) -> None:
    """The platform cuts long lists off: a post below the end is gone only if all the account's media came."""
    newer = MEDIA | {"permalink": "https://www.instagram.com/p/Newer12345/", "timestamp": "2026-03-05T10:00:00+0000"}
    server.says(_account(newer, count=count))
    answers = list(instagram.reread(_held(), _scripted(server)[0], transport, TOKEN))
    assert sum(len(answer.gone) for answer in answers) == gone


def test_an_account_that_is_not_there_tells_nothing_of_its_posts(server: Server, transport: Transport) -> None:
    """It may have been renamed or made private: no post is called gone."""
    server.says({"error": {"code": 110, "error_subcode": 2207013}}, status=400)
    assert list(instagram.reread(_held(), _scripted(server)[0], transport, TOKEN)) == []
    assert transport.warnings == ["1 of 1 accounts could not be asked again for their posts."]


def test_a_dead_token_makes_nothing_gone(server: Server, transport: Transport) -> None:
    """An access refusal is raised."""
    server.says({"error": {"code": 190}}, status=400)
    with pytest.raises(AccessDenied):
        list(instagram.reread(_held(), _scripted(server)[0], transport, TOKEN))


def _acts(isles: small_world.Sandbox, query: Query, items: list[RawItem], since: datetime) -> list[Interaction]:
    search = Search(query=query, since=since, until=isles.clock.now())
    pages = list(instagram.fetch_interactions(search, items, _transport(isles), TOKEN))
    found = [act for page in pages for act in instagram.split_interactions(page)]
    return [act for act in found if isinstance(act, Interaction)]


def test_members_captions_tell_whom_they_mention(isles: small_world.Sandbox, world: World) -> None:
    """Mentions of other members and of ours; each is named by the post and whom it means."""
    [by_members, _] = instagram.interaction_queries(TAGS, _options(isles), _members(world))
    week = NOW - timedelta(days=7)
    acts = [act for act in _acts(isles, by_members, [], week) if act.acted_at and act.acted_at >= week]
    assert {(act.act, act.actor.handle, act.target_handle) for act in acts} == {
        ("mention", "mariam.haddad", "kwabena.ofori"),
        ("mention", "kwabena.ofori", "tidehouse"),
    }


def test_comments_on_our_media_tell_who_answered_whom(isles: small_world.Sandbox, world: World) -> None:
    """Strangers and members; an answer names the comment and its author; no words are kept."""
    own = instagram.interaction_queries(TAGS, _options(isles), _members(world))[-1]
    items = _items(_read(isles, _query(isles, world, "own")))
    acts = _acts(isles, own, items, NOW - timedelta(hours=1))
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
    _answers_in_turn(server, {"data": [MEDIA, MEDIA]})
    server.says({"error": {"code": 10}}, status=403)
    query = instagram.interaction_queries((), {"base_url": server.url, "user_id": "178"})[-1]
    pages = list(instagram.fetch_interactions(_search(query), [], transport, TOKEN))
    assert (len(pages), transport.requests, len(transport.warnings)) == (1, 2, 1)
    assert "instagram_manage_comments" in transport.warnings[0]


@pytest.mark.parametrize("who", [{}, {"from": None}, {"from": {}, "username": ""}])
def test_a_comment_without_author_tells_nothing(who: dict[str, Any]) -> None:
    """It is neither a person's act nor an error."""
    page = _page({"data": [{"id": "1", "timestamp": "2026-03-02T10:00:00+0000"} | who]}, about="DAbc")
    assert list(instagram.split_interactions(page)) == []


def test_a_broken_comment_is_kept_without_its_words() -> None:
    """What went wrong can be looked at; what was said cannot."""
    [broken] = instagram.split_interactions(_page({"data": [{"text": "zebra", "from": {"id": "1"}}]}, about="DAbc"))
    assert isinstance(broken, Rejected)
    assert (broken.reason, b"zebra" in broken.body) == ("no_id", False)


def test_what_instagram_hides_is_said() -> None:
    """Each act is either collected or explained."""
    assert set(instagram.HIDDEN) == {"quote", "repost"}


def test_doctor_hears_what_works_and_until_when(isles: small_world.Sandbox, world: World) -> None:
    """As whom, what is left of the 30 hashtags, and when the token ends."""
    _read(isles, _query(isles, world, "hashtag/isles7"))
    access = instagram.probe(_query(isles, world, "own"), _transport(isles), TOKEN)
    assert access.as_whom == "tidehouse"
    assert (access.left or "").startswith("29 of 30 hashtags")
    assert access.expires_at == datetime(2026, 5, 1, tzinfo=UTC)
    assert "isles-instagram-token" not in repr(access)
    with pytest.raises(AccessDenied):
        instagram.probe(_query(isles, world, "own"), _transport(isles), {"token": "wrong"})


def test_doctor_hears_that_hashtags_cannot_be_searched(server: Server, transport: Transport) -> None:
    """Without the reviewed feature the account works, and hashtags do not."""
    server.says({"username": "tidehouse"})
    server.says({"error": {"code": 10}}, status=403)
    server.says({"error": {"code": 100}}, status=400)
    access = instagram.probe(_scripted(server)[0], transport, TOKEN)
    assert (access.as_whom, access.expires_at) == ("tidehouse", None)
    assert "Instagram Public Content Access" in (access.cannot_see or "")


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_read_takes_no_more_than_was_forecast(isles: small_world.Sandbox, world: World, days: int) -> None:
    """Of requests, on every route; of money, none. Pages of 50 as the platform has them."""
    world.settings["instagram"][0]["largest_page"] = 50
    isles.clock.set(moment("2026-03-12T06:00:00Z"))
    for query in instagram.queries(TAGS, _options(isles), _members(world)):
        isles.requests.clear()
        _read(isles, query, days)
        search = Search(query=query, since=NOW - timedelta(days=days), until=NOW)
        forecast = instagram.forecast(search, 22)
        assert len(isles.requests) <= forecast.requests
        assert forecast.cost == 0


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        ({"data": [MEDIA]}, True),
        (_account(MEDIA), True),
        ({"data": [MEDIA | {"permalink": "https://www.threads.net/@a/post/Dabc"}]}, False),
        ({"data": []}, False),
        ([MEDIA], False),
        (None, False),
    ],
)
def test_saved_pages_are_recognised(document: object, ours: bool) -> None:
    """By whose addresses are in them: Threads' pages look the same otherwise."""
    assert instagram.recognises(document) is ours
