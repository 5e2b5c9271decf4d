from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import permalinks, threads
from connectors.errors import AccessDenied, BadAnswer, RateLimited
from connectors.records import Again, Interaction, Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
TOKEN = {"token": "planted-secret"}
OURS = "tidehouse"
NO_OBJECT = {"error": {"message": "planted-secret", "code": 100, "error_subcode": 33}}


def _post(number: int = 1, username: str | None = "Sefina.Leota", **more: Any) -> dict[str, Any]:
    code = f"D{number:010}"
    known = {
        "id": str(18 * 10**15 + number),
        "shortcode": code,
        "permalink": f"https://www.threads.net/@{username}/post/{code}",
        "username": username,
        "text": "My mother kept it in a blue tin. #Isle7",
        "timestamp": "2026-03-04T07:00:00+0000",
        "media_type": "TEXT_POST",
        "is_quote_post": False,
        "is_reply": False,
    }
    return {name: value for name, value in (known | more).items() if value is not None}


def _page(document: Any, about: str = "") -> Page:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page(
        platform="threads",
        query="q",
        source="threads.net",
        url="u",
        status=200,
        observed_at=NOW,
        body=body,
        about=about,
    )


def _item(post: dict[str, Any]) -> RawItem:
    item = next(threads.split(_page({"data": [post]})))
    assert isinstance(item, RawItem)
    return item


def _read(post: dict[str, Any]) -> Post:
    read = threads.parse(_item(post))
    assert isinstance(read, Post)
    return read


def _query(server: Server, **options: Any) -> Query:
    return threads.queries(("isles7",), {"base_url": server.url, **options})[0]


def _search(query: Query) -> Search:
    return Search(query=query, since=NOW - timedelta(days=3), until=NOW)


def _api(found: list[Any], common: list[Any] = [], size: int = 2, **by_path: Any) -> Callable[[Any], Any]:  # noqa: B006
    """Threads that finds these posts for the tag and those for a common word; other paths as given, by their end."""

    def answer(asked: Any) -> Any:
        end = asked.path.rsplit("/", 1)[-1]
        if end == "keyword_search":
            listed = common if asked.query["q"] == "today" else found
            start = int(asked.query.get("after", "0"))
            more = start + size < len(listed)
            link = f"https://elsewhere.example{asked.path}?access_token=planted-secret&after={start + size}"
            paging = {"cursors": {"after": str(start + size)}} | ({"next": link} if more else {})
            body: Any = {"data": listed[start : start + size], "paging": paging}
        elif end == "me":
            body = {"id": "25", "username": OURS}
        else:
            body = by_path.get(end, by_path.get("any", NO_OBJECT))
            body = body(asked) if callable(body) else body
        status = 400 if "error" in body else 200
        return SimpleNamespace(body=json.dumps(body).encode(), status=status, headers={}, raw=None)

    return answer


def _keys(pages: Any) -> list[str]:
    return [item.key for page in pages for item in threads.split(page) if isinstance(item, RawItem)]


@pytest.fixture
def transport(transport: Transport) -> Transport:
    transport.clock = lambda: NOW
    return transport


def test_each_tag_is_asked_for_in_two_ways() -> None:
    """As the topic, of which a post has one, and as a word of the text; members' timelines are closed to us."""
    queries = threads.queries(("isles7", "isle7"), {}, (Member(handle="sefina.leota"),))
    assert [query.name for query in queries] == ["tag/isles7", "keyword/isles7", "tag/isle7", "keyword/isle7"]
    assert {query.base_url for query in queries} == {"https://graph.threads.net/v1.0"}
    assert all(not query.members for query in queries)


def test_a_search_is_read_to_its_end(server: Server, transport: Transport) -> None:
    """By cursor, at our own address; the window goes out in whole seconds, a second wider on both sides."""
    server.answer = _api([_post(n) for n in range(5)], [])
    server_pages = threads.fetch(_search(_query(server)), transport, TOKEN)
    assert _keys(server_pages) == [f"D{n:010}" for n in range(5)]
    first = server.asked[0].query
    assert (first["q"], first["search_mode"], first["search_type"], first["limit"]) == (
        "isles7",
        "TAG",
        "RECENT",
        "100",
    )
    assert int(first["since"]) == int((NOW - timedelta(days=3)).timestamp()) - 1
    assert int(first["until"]) == int(NOW.timestamp()) + 1
    assert [asked.query.get("after") for asked in server.asked[:3]] == [None, "2", "4"]


def test_before_threads_there_is_nothing_to_ask(server: Server, transport: Transport) -> None:
    """An old campaign's window is cut to what Threads lets us ask, and not asked for at all where nothing is left."""
    server.answer = _api([_post(1), _post(2, "ben")])
    query = _query(server)
    old = Search(query=query, since=datetime(2021, 2, 1, tzinfo=UTC), until=datetime(2021, 3, 1, tzinfo=UTC))
    assert list(threads.fetch(old, transport, TOKEN)) == []
    assert server.asked == []
    long = Search(query=query, since=datetime(2021, 2, 1, tzinfo=UTC), until=NOW)
    assert list(threads.fetch(long, transport, TOKEN))
    assert server.asked[0].query["since"] == "1688540400"


def test_the_token_is_in_a_header_and_nowhere_else(server: Server, transport: Transport) -> None:
    """`paging.next` has the token in it, and another host; only its position is taken."""
    server.answer = _api([_post(n) for n in range(3)])
    pages = list(threads.fetch(_search(_query(server)), transport, TOKEN))
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer planted-secret"}
    assert not any("planted-secret" in asked.raw_query for asked in server.asked)
    assert not any("planted-secret" in page.url for page in pages)


@pytest.mark.parametrize("found", [[], [_post(1, OURS)]], ids=["nothing", "our own"])
def test_own_posts_only_is_no_silence(server: Server, transport: Transport, found: list[Any]) -> None:
    """Without review Threads searches our own posts, without a word: the window then counts as not read."""
    server.answer = _api(found, [_post(9, OURS)])
    seen: list[Page] = []
    with pytest.raises(AccessDenied, match="reviewed = false"):
        seen.extend(threads.fetch(_search(_query(server)), transport, TOKEN))
    assert len(seen) == 1
    assert transport.requests == 3


def test_own_posts_only_may_be_stated(server: Server, transport: Transport) -> None:
    """Then it is a warning, and the coverage bears the name of what it is."""
    server.answer = _api([_post(1, OURS)], [])
    query = _query(server, reviewed=False)
    assert query.name == "own/tag/isles7"
    assert len(_keys(threads.fetch(_search(query), transport, TOKEN))) == 1
    assert "our own account only" in transport.warnings[0]
    assert server.asked[0].query["search_mode"] == "TAG"


def test_silence_of_a_token_that_finds_others_is_silence(server: Server, transport: Transport) -> None:
    """Nobody used the tag; the word that somebody always uses shows that we would have seen it."""
    server.answer = _api([], [_post(9, "somebody")])
    assert _keys(threads.fetch(_search(_query(server)), transport, TOKEN)) == []
    assert transport.warnings == []


def test_others_among_what_was_found_need_no_question(server: Server, transport: Transport) -> None:
    server.answer = _api([_post(1, "ann"), _post(2, "ben")])
    assert list(threads.fetch(_search(_query(server)), transport, TOKEN))
    assert transport.requests == 1


def test_one_other_person_is_enough(server: Server, transport: Transport) -> None:
    """A single name may be ours: who we are is asked, and nothing more where it is somebody else's."""
    server.answer = _api([_post(1, "ann")], [])
    assert list(threads.fetch(_search(_query(server)), transport, TOKEN))
    assert transport.requests == 2


def test_a_refusal_keeps_the_pages_before(server: Server, transport: Transport) -> None:
    """A token that dies on the way; the sentence names the setting, and never quotes the platform."""
    for page in range(2):
        paging = {"cursors": {"after": str(page)}, "next": "https://x.example/?after=1"}
        server.says({"data": [_post(page)], "paging": paging})
    server.says({"error": {"message": "planted-secret", "code": 190, "error_subcode": 463}}, status=401)
    pages = threads.fetch(_search(_query(server)), transport, TOKEN)
    assert len([next(pages), next(pages)]) == 2
    with pytest.raises(AccessDenied, match="ROLLCALL_THREADS_TOKEN") as told:
        next(pages)
    assert "planted-secret" not in str(told.value)


def test_used_up_searches_stop_at_once(server: Server, transport: Transport, slept: list[float]) -> None:
    """2,200 in 24 hours: asking on prolongs it."""
    server.says({"error": {"code": 4}}, status=403)
    with pytest.raises(RateLimited):
        list(threads.fetch(_search(_query(server)), transport, TOKEN))
    assert (transport.requests, slept) == (1, [])


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    paging = {"cursors": {"after": "a"}, "next": "https://x.example/?after=a"}
    server.says({"data": [_post(1), _post(2, "ben")], "paging": paging})
    seen: list[Page] = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(threads.fetch(_search(_query(server)), transport, TOKEN))
    assert transport.requests == 4


@pytest.mark.parametrize("body", [{}, [], {"data": {}}])
def test_what_is_no_list_is_no_silence(server: Server, transport: Transport, body: object) -> None:
    server.says(body)
    with pytest.raises(BadAnswer):
        list(threads.fetch(_search(_query(server)), transport, TOKEN))


def test_a_post_is_read() -> None:
    """The key is the shortcode of its address; no count is told; the handle stands in for the account's id."""
    post = _read(_post(7, media_type="IMAGE", link_attachment_url="https://museum.example/tin"))
    link = permalinks.permalink("https://www.threads.com/@another.name/post/D0000000007")
    assert link is not None
    assert (post.post_id, post.post_id) == (link.key, "D0000000007")
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == ("handle:sefina.leota", "sefina.leota")
    assert post.created_at == datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
    assert (post.media_types, post.links, post.kind) == (("image",), ("https://museum.example/tin",), "original")
    assert (post.counts.likes, post.counts.replies, post.counts.reposts) == (None, None, None)


@pytest.mark.parametrize(
    ("more", "tags"),
    [
        ({"topic_tag": "Isles7", "text": "no tag"}, ("isles7",)),
        ({"topic_tag": "My Memories", "text": "x #Isle7"}, ("my memories", "isle7")),
        ({"topic_tag": "Isles7", "text": "x #isles7"}, ("isles7",)),
        ({"text": "about isles7"}, ()),
        ({"text": None}, ()),
    ],
    ids=["topic", "both", "the same", "no sign", "no text"],
)
def test_topic_and_text_both_carry_tags(more: dict[str, Any], tags: tuple[str, ...]) -> None:
    """Threads marks one topic and leaves the other #words as text."""
    assert _read(_post(**more)).hashtags == tags


def test_mentions_are_found_in_the_text() -> None:
    """Threads marks none: names after @, not addresses of mail, without the full stop of the sentence."""
    post = _read(_post(text="With @Kwabena.Ofori, @kwabena.ofori and write to a@b.example. @x_1."))
    assert post.mentions == ("kwabena.ofori", "x_1")


def test_a_permalink_is_enough_for_the_key_and_so_is_a_shortcode() -> None:
    """Flagged media come without an address; older fields come without a shortcode."""
    assert _read(_post(7, permalink=None)).post_id == "D0000000007"
    assert _read(_post(7, shortcode=None)).post_id == "D0000000007"


def test_a_post_without_a_name_has_no_author() -> None:
    post = _read(_post(username=None, permalink=None))
    assert (post.author, _item(_post(username=None)).accounts) == (None, ())
    assert "author_unreadable" in post.flags


@pytest.mark.parametrize("time", [None, "0001-01-01T00:00:00+0000", "2026-03-08T12:00:00+0000", "soon"])
def test_an_impossible_time_is_unknown(time: str | None) -> None:
    post = _read(_post(timestamp=time))
    assert post.created_at is None
    assert "created_at_unreadable" in post.flags


def test_other_people_s_posts_are_cut_to_references() -> None:
    """Whatever is nested in a post belongs to somebody else; of a repost no text is kept."""
    quoted = {"id": "18", "shortcode": "Dother", "username": "other", "text": "secret"}
    item = _item(_post(is_quote_post=True, quoted_post=quoted))
    assert b"secret" not in item.body
    assert b'"other"' not in item.body
    post = threads.parse(item)
    assert isinstance(post, Post)
    assert (post.kind, post.quote_of_id) == ("quote", "Dother")
    facade = _item(_post(media_type="REPOST_FACADE", text="secret", reposted_post={"id": "18"}))
    assert b"secret" not in facade.body
    repost = threads.parse(facade)
    assert isinstance(repost, Post)
    assert (repost.kind, repost.repost_of_id) == ("repost", "threads.net/18")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"username":"zoe","text":"x"}', "no_id"),
        (b'{"username":"zoe","x":tru}', "not_json"),
        (b'["no post"]', "wrong_type"),
    ],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    good = json.dumps(_post()).encode()
    first, bad, last = threads.split(_page(b'{"data":[' + good + b"," + broken + b"," + good + b"]}"))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert (bad.reason, bad.accounts) == (reason, () if reason == "wrong_type" else ("handle:zoe", "zoe"))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3))
NAMES = [*_post(), "topic_tag", "replied_to", "quoted_post", "reposted_post", "root_post", "link_attachment_url"]


@given(st.dictionaries(st.sampled_from(NAMES), VALUES) | VALUES)
def test_whatever_a_post_holds_is_a_post_or_a_rejection(post: Any) -> None:
    """Any JSON in any place gives one record and never an exception."""
    for one in (post, _post() | post if isinstance(post, dict) else post):
        [item] = threads.split(_page({"data": [one]}))
        assert isinstance(item, Rejected) or isinstance(threads.parse(item), Post | Rejected)


def test_pages_are_recognised() -> None:
    assert threads.recognises({"data": [_post()]})
    assert not threads.recognises(
        {"data": [{"id": "1", "caption": "x", "permalink": "https://www.instagram.com/p/x/"}]}
    )
    assert not threads.recognises({"data": []})


def _again(server: Server, transport: Transport, *posts: dict[str, Any]) -> list[Again]:
    return list(threads.reread([_item(post) for post in posts], _query(server), transport, TOKEN))


def test_a_missing_post_is_gone_where_others_are_shown(server: Server, transport: Transport) -> None:
    """ "No such object" is believed because the same token was shown another person's post just now."""
    there = _post(1, "ann", text="edited #Isle7")
    server.answer = _api([], any=lambda asked: there if asked.path.endswith(there["id"]) else NO_OBJECT)
    found, gone = _again(server, transport, _post(2, "ben"), _post(1, "ann"))
    assert found.page is not None
    [item] = threads.split(found.page)
    assert isinstance(item, RawItem)
    assert (item.key, found.asked) == ("D0000000001", 1)
    assert [(one.key, one.loss) for one in gone.gone] == [("D0000000002", "deleted")]


def test_where_no_other_s_post_is_shown_nothing_is_said_of_them(server: Server, transport: Transport) -> None:
    """The same words mean "not for you": only our own post is gone, the rest are asked a few times and left alone."""
    server.answer = _api([])
    [gone] = _again(server, transport, *(_post(n, "ben") for n in range(9)), _post(20, OURS))
    assert [one.key for one in gone.gone] == ["D0000000020"]
    assert "cannot re-read" in transport.warnings[0]
    assert transport.requests == 1 + 5 + 1


def test_another_refusal_is_no_deletion(server: Server, transport: Transport) -> None:
    """A missing permission for one post tells nothing of it; a dead token ends the reading."""
    server.answer = _api([], any={"error": {"code": 10}})
    assert _again(server, transport, _post(20, OURS)) == []
    server.answer = _api([], any={"error": {"code": 190}})
    with pytest.raises(AccessDenied):
        _again(server, transport, _post(20, OURS))


def test_what_a_browser_saved_is_not_asked_for(server: Server, transport: Transport) -> None:
    """Its ids are of another kind: the API would not know them, which is no deletion."""
    saved = RawItem(
        platform="threads", source="threads.net", key="D1", body=b'{"id":"3141","code":"D1"}', observed_at=NOW
    )
    server.answer = _api([], any=NO_OBJECT)
    assert list(threads.reread([saved], _query(server), transport, TOKEN)) == []
    assert transport.requests == 1


def _acts(server: Server, transport: Transport, *posts: dict[str, Any]) -> list[Interaction | Rejected]:
    [query] = threads.interaction_queries(("isles7",), {"base_url": server.url}, ())
    assert query.name == "interactions/isles7"
    items = [_item(post) for post in posts]
    pages = list(threads.fetch_interactions(_search(query), items, transport, TOKEN))
    return [act for page in pages for act in threads.split_interactions(page)]


def test_answers_to_our_own_posts_tell_who_dealt_with_whom(server: Server, transport: Transport) -> None:
    """Tagged or not, at any depth, with keys where the API gives ids of its own; nothing that was said is kept."""
    ours = _post(1, OURS)
    direct = _post(2, "ben", text="secret", is_reply=True, replied_to={"id": ours["id"]})
    deeper = _post(3, "cal", text="secret @dan", is_reply=True, replied_to={"id": direct["id"]})
    server.answer = _api([], conversation={"data": [direct, deeper]})
    acts = _acts(server, transport, ours, _post(8, "somebody"))
    told = [(a.act, a.actor.handle, a.target_post, a.target_account, a.target_handle) for a in acts if not _bad(a)]
    assert told == [
        ("reply", "ben", "D0000000001", None, None),
        ("reply", "cal", "D0000000002", "handle:ben", None),
        ("mention", "cal", None, None, "dan"),
    ]
    assert "secret" not in repr(acts)
    assert len([asked for asked in server.asked if "conversation" in asked.path]) == 2


def _bad(act: Interaction | Rejected) -> bool:
    return isinstance(act, Rejected)


def test_tagged_posts_that_quote_us_are_found(server: Server, transport: Transport) -> None:
    """A quoted post that we hold is named by its key, any other by the API's id."""
    held = _post(1, "ann")
    quotes = [
        _post(n, "ben", is_quote_post=True, quoted_post={"id": media}) for n, media in ((2, held["id"]), (3, "9"))
    ]
    server.answer = _api(quotes)
    targets = {act.target_post for act in _acts(server, transport, held) if isinstance(act, Interaction)}
    assert targets == {"D0000000001", "threads.net/9"}


def test_a_token_without_the_right_to_answers_warns(server: Server, transport: Transport) -> None:
    server.answer = _api([], conversation={"error": {"code": 10}})
    assert _acts(server, transport, _post(1, OURS)) == []
    assert "threads_read_replies" in transport.warnings[0]


def test_a_broken_post_leaves_no_text_in_interactions(server: Server, transport: Transport) -> None:
    server.answer = _api([{"text": "secret"}])
    acts = _acts(server, transport)
    assert all(isinstance(act, Rejected) for act in acts)
    assert acts
    assert "secret" not in repr(acts)


def test_probe_tells_what_can_be_seen(server: Server, transport: Transport) -> None:
    """As whom, until when, and whether anybody else's posts are found."""
    info = {"data": {"expires_at": int((NOW + timedelta(days=5)).timestamp())}}
    server.answer = _api([], [_post(1, "somebody")], debug_token=info)
    access = threads.probe(_query(server), transport, TOKEN)
    assert (access.as_whom, access.expires_at) == ("@tidehouse", NOW + timedelta(days=5))
    assert access.sees == "all public posts that carry the tag"
    server.answer = _api([], [_post(1, OURS)], debug_token=info)
    access = threads.probe(_query(server), transport, TOKEN)
    assert access.sees == "our own posts only"
    assert "review" in (access.cannot_see or "")
    assert "planted-secret" not in repr(access)


def test_forecasts_are_never_exceeded(server: Server, transport: Transport) -> None:
    server.answer = _api([_post(n, OURS) for n in range(150)], [], size=100)
    search = _search(_query(server, reviewed=False))
    assert list(threads.fetch(search, transport, TOKEN))
    assert transport.requests == threads.forecast(search, 150).requests == 4
