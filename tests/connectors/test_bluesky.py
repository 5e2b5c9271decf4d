from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import bluesky, hashtag_rules, permalinks
from connectors.errors import AccessDenied, BadAnswer, RateLimited, RequestRefused, Unavailable
from connectors.records import Again, Interaction, Member, Page, Post, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
Answers = Callable[[Any], Any]
PAGES = Path(__file__).parent / "pages"
SEARCH, FEED = (json.loads((PAGES / f"bluesky_{name}.json").read_bytes()) for name in ("search", "feed"))
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
CREDENTIALS = {"handle": "team.museum.example", "app_password": "planted-secret"}
AMINA, BAO, ZOE = (f"did:plc:{letter * 24}" for letter in "abz")
SESSION = {"did": AMINA, "handle": "team.museum.example", "accessJwt": "access-1", "refreshJwt": "refresh-1"}


def _network(server: Server, **methods: Answers | object) -> None:
    """A server that answers each method by a function, or always with the same; (status, body) is an error."""
    told: dict[str, Any] = {"createSession": SESSION, **methods}

    def answer(asked: Any) -> Any:
        said = told[asked.path.rpartition(".")[2]]
        said = said(asked) if callable(said) else said
        status, body = said if isinstance(said, tuple) else (200, said)
        coded = body if isinstance(body, bytes) else json.dumps(body).encode()
        return SimpleNamespace(body=coded, status=status, headers={}, raw=None)

    server.answer = answer


def _asked(server: Server, method: str) -> list[Any]:
    return [one for one in server.asked if one.path.endswith(method)]


def _no(error: str, message: str = "", status: int = 400) -> tuple[int, dict[str, str]]:
    return status, {"error": error, "message": message}


def _view(number: int, created_at: datetime = NOW, did: str = AMINA, **more: Any) -> dict[str, Any]:
    record = {"text": f"Day {number} #ITP28", "createdAt": created_at.isoformat(), **more.pop("record", {})}
    author = {"did": did, "handle": "amina.museum.example"}
    uri = f"at://{did}/app.bsky.feed.post/3k{number}"
    return {"uri": uri, "cid": "c", "author": author, "record": record, "indexedAt": created_at.isoformat(), **more}


def _listed(views: list[dict[str, Any]], size: int = 100) -> Answers:
    """A search that pages by position and knows `since`, `until` and, as facets go, `tag`."""

    def answer(asked: Any) -> Any:
        until = datetime.fromisoformat(asked.query["until"])
        since = datetime.fromisoformat(asked.query.get("since", "0001-01-01T00:00:00Z"))
        found = [view for view in views if since <= datetime.fromisoformat(view["indexedAt"]) < until]
        found = [view for view in found if "tag" not in asked.query or "tags" in view["record"]]
        start, many = int(asked.query.get("cursor", 0)), min(size, int(asked.query["limit"]))
        more = {"cursor": str(start + many)} if start + many < len(found) else {}
        return {"posts": found[start : start + many], **more}

    return answer


def _search(server: Server, days: int = 3, members: tuple[Member, ...] = (), which: int = 0) -> Search:
    query = bluesky.queries(("itp28",), {"base_url": f"{server.url}/"}, members)[which]
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW + timedelta(minutes=1))


def _feeds(server: Server, *handles: str) -> Search:
    return _search(server, members=tuple(Member(handle=handle) for handle in handles), which=1)


def _fetched(search: Search, transport: Transport) -> list[list[Any]]:
    pages = [json.loads(page.body) for page in bluesky.fetch(search, transport, CREDENTIALS)]
    return [page.get("posts", page.get("feed")) for page in pages]


def _page(document: object, about: str = "") -> Page:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page(
        platform="bluesky", query="q", source="bsky.app", url="u", status=200, observed_at=NOW, body=body, about=about
    )


def _posts(*views: dict[str, Any]) -> list[Post]:
    items = [item for item in bluesky.split(_page({"posts": list(views)})) if isinstance(item, RawItem)]
    return [post for item in items if isinstance(post := bluesky.parse(item), Post)]


def _items(*views: dict[str, Any]) -> list[RawItem]:
    return [item for item in bluesky.split(_page({"posts": list(views)})) if isinstance(item, RawItem)]


# queries


def test_each_tag_is_a_query_and_all_members_are_one() -> None:
    """Names tell what is asked and nobody's handle; another roster has another name, another order has not."""
    amina, bao = Member(handle="amina.museum.example"), Member(account_id=BAO, handle="bao.example")
    queries = bluesky.queries(("itp28", "itp28challenge"), {}, (amina, bao))
    assert [query.name for query in queries[:2]] == ["search/itp28", "search/itp28challenge"]
    assert {query.base_url for query in queries} == {"https://bsky.social"}
    assert "example" not in queries[2].name
    assert queries[2].name == bluesky.queries(("itp28",), {}, (bao, amina))[1].name
    assert queries[2].name != bluesky.queries(("itp28",), {}, (bao,))[1].name
    assert len(bluesky.queries(("itp28",), {})) == 1
    assert [query.name for query in bluesky.interaction_queries(("itp28",), {})] == ["interactions/posts"]


# the session


def test_a_run_logs_in_once(server: Server, transport: Transport) -> None:
    """The session is kept for the run; another run logs in for itself; the password goes into the login only."""
    _network(server, searchPosts={"posts": []}, getAuthorFeed={"feed": []})
    for which in (0, 1):
        _fetched(_search(server, members=(Member(handle="a.example"),), which=which), transport)
    assert len(_asked(server, "createSession")) == 1
    _fetched(_search(server), Transport())
    assert len(_asked(server, "createSession")) == 2
    assert json.loads(server.asked[0].body) == {"identifier": "team.museum.example", "password": "planted-secret"}
    assert not any(b"planted-secret" in asked.body for asked in server.asked[1:] if "Session" not in asked.path)
    assert {asked.headers["authorization"] for asked in _asked(server, "searchPosts")} == {"Bearer access-1"}


def test_without_a_password_nothing_is_asked(server: Server, transport: Transport) -> None:
    """Search wants a login: a missing one is told before any request."""
    with pytest.raises(AccessDenied, match="ROLLCALL_BLUESKY_APP_PASSWORD"):
        list(bluesky.fetch(_search(server), transport, {"handle": "team.museum.example"}))
    assert server.asked == []


def test_an_expired_token_is_renewed(server: Server, transport: Transport) -> None:
    """ExpiredToken comes as 400: the session is refreshed once, and the request made again."""

    def search(asked: Any) -> Any:
        return {"posts": []} if asked.headers["authorization"] == "Bearer access-2" else _no("ExpiredToken")

    renewed = {**SESSION, "accessJwt": "access-2", "refreshJwt": "refresh-2"}
    _network(server, searchPosts=search, refreshSession=renewed)
    assert _fetched(_search(server), transport) == [[], [], []]
    assert [asked.headers["authorization"] for asked in _asked(server, "refreshSession")] == ["Bearer refresh-1"]
    assert len(_asked(server, "createSession")) == 1


def test_a_session_that_cannot_be_renewed_is_made_anew(server: Server, transport: Transport) -> None:
    """Where the refresh token is dead too, there is one more login."""
    logins = iter(["access-1", "access-2"])

    def search(asked: Any) -> Any:
        return {"posts": []} if asked.headers["authorization"] == "Bearer access-2" else _no("ExpiredToken")

    _network(
        server,
        createSession=lambda asked: {**SESSION, "accessJwt": next(logins)},
        searchPosts=search,
        refreshSession=_no("ExpiredToken", "Token has been revoked"),
    )
    assert _fetched(_search(server), transport) == [[], [], []]
    assert len(_asked(server, "createSession")) == 2


def test_a_server_that_refuses_every_token_is_not_logged_into_for_ever(server: Server, transport: Transport) -> None:
    """300 logins a day lock an account out: two, and then a person must look."""
    _network(server, searchPosts=_no("ExpiredToken"), refreshSession=SESSION)
    with pytest.raises(AccessDenied, match="ROLLCALL_BLUESKY_HANDLE"):
        _fetched(_search(server), transport)
    assert (len(_asked(server, "createSession")), len(_asked(server, "refreshSession"))) == (2, 1)
    assert len(_asked(server, "searchPosts")) == 3


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_no("AuthenticationRequired", "Invalid identifier or password", 401), "check or renew ROLLCALL_BLUESKY"),
        (_no("AuthFactorTokenRequired", "A code was sent", 401), "second factor"),
        (_no("AccountTakedown", "Account has been taken down", 401), "suspended our account"),
    ],
)
def test_a_refused_login_says_what_to_do(server: Server, transport: Transport, error: Any, words: str) -> None:
    """A wrong password, a second factor and a suspended account are told apart; no secret is in the sentence."""
    _network(server, createSession=error)
    with pytest.raises(AccessDenied, match=words) as refused:
        _fetched(_search(server), transport)
    assert "planted-secret" not in str(refused.value)
    assert transport.requests == 1


def test_a_web_page_with_403_is_not_about_the_password(server: Server, transport: Transport) -> None:
    """The edge of the network answers some searches with HTML: the next run tries again, with the same password."""
    _network(server, searchPosts=(403, b"<html><body>403 Forbidden</body></html>"))
    with pytest.raises(Unavailable, match="about our password"):
        _fetched(_search(server), transport)
    assert len(_asked(server, "searchPosts")) == 1


def test_an_error_that_we_do_not_know_is_a_refusal(server: Server, transport: Transport) -> None:
    """The error's name is told, never its message, which may quote anything."""
    _network(server, searchPosts=_no("BadQueryString", "about zebra.example"))
    with pytest.raises(RequestRefused, match="400, BadQueryString") as refused:
        _fetched(_search(server), transport)
    assert "zebra" not in str(refused.value)


def test_too_many_requests_wait_for_their_reset(server: Server, transport: Transport, slept: list[float]) -> None:
    """429 names its reset in epoch seconds; the transport waits for it."""
    reset = str(int(transport.clock().timestamp()) + 30)
    limited = SimpleNamespace(
        body=b'{"error":"RateLimitExceeded"}', status=429, headers={"ratelimit-reset": reset}, raw=None
    )
    _network(server, searchPosts={"posts": []})
    then = server.answer
    server.answer = lambda asked: limited if len(server.asked) == 2 else then(asked)
    _fetched(_search(server), transport)
    assert len(slept) == 1
    assert 25 < slept[0] < 35


# search


def test_both_searches_and_the_undated_ones_are_read(server: Server, transport: Transport) -> None:
    """By text and by tag within the window, and posts that claim to be older than the network."""
    ancient = _view(7, datetime(1970, 1, 1, tzinfo=UTC), record={"createdAt": "0001-01-01T00:00:00Z"})
    beside = _view(2, record={"text": "nothing", "tags": ["ITP28"]})
    _network(server, searchPosts=_listed([_view(1), beside, ancient]))
    pages = _fetched(_search(server), transport)
    assert [[view["uri"][-3:] for view in page] for page in pages] == [["3k1", "3k2"], ["3k2"], ["3k7"]]
    by_text, by_tag, undated = (asked.query for asked in _asked(server, "searchPosts"))
    assert (by_text["q"], by_text["sort"], by_text["since"]) == ("#itp28", "latest", "2026-01-31T12:00:00.000Z")
    assert (by_tag["q"], by_tag["tag"], by_tag["until"]) == ("*", "itp28", "2026-02-03T12:01:00.000Z")
    assert "since" not in undated


def test_a_search_is_read_to_its_end(server: Server, transport: Transport) -> None:
    """Every page by its cursor; a short or empty page with a cursor is no end."""
    pages = {None: ([1, 2], "2"), "2": ([], "4"), "4": ([3], "5"), "5": ([4], None)}

    def search(asked: Any) -> Any:
        if "since" not in asked.query or "tag" in asked.query:
            return {"posts": []}
        numbers, cursor = pages[asked.query.get("cursor")]
        return {"posts": [_view(number) for number in numbers], **({"cursor": cursor} if cursor else {})}

    _network(server, searchPosts=search)
    assert [len(page) for page in _fetched(_search(server), transport)] == [2, 0, 1, 1, 0, 0]


def test_an_unchanged_cursor_with_an_empty_page_is_the_end(server: Server, transport: Transport) -> None:
    """Some servers repeat the last cursor for ever."""

    def search(asked: Any) -> Any:
        is_first = "cursor" not in asked.query and "since" in asked.query and "tag" not in asked.query
        return {"posts": [_view(1)] if is_first else [], "cursor": "1"}

    _network(server, searchPosts=search)
    assert [len(page) for page in _fetched(_search(server), transport)] == [1, 0, 0, 0, 0, 0]


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    """A server that pages in place is found out by its posts; what came before is kept."""
    _network(server, searchPosts={"posts": [_view(1)], "cursor": "1"})
    seen = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(bluesky.fetch(_search(server), transport, CREDENTIALS))
    assert len(_asked(server, "searchPosts")) == 4


def test_a_server_that_ignores_the_window_is_left_when_it_is_past(server: Server, transport: Transport) -> None:
    """Two pages wholly older than the window by a day end the walk, whatever `since` was."""
    views = [_view(number, NOW - timedelta(days=number)) for number in range(30)]
    _network(server, searchPosts=lambda asked: _listed(views, 2)(_unbounded(asked)))
    pages = [json.loads(page.body)["posts"] for page in bluesky.fetch(_search(server), transport, CREDENTIALS)]
    assert {view["uri"].rpartition("3k")[2] for page in pages for view in page} == {str(n) for n in range(10)}


def _unbounded(asked: Any) -> Any:
    kept = {name: value for name, value in asked.query.items() if name not in ("since", "tag")}
    return SimpleNamespace(query={**kept, "until": "2099-01-01T00:00:00Z"})


def test_a_server_that_does_not_search_by_tag_is_noticed(server: Server, transport: Transport) -> None:
    """`q=*` with a filter that is ignored shows the whole network: nothing of it is kept, and it is told."""
    strangers = [_view(number, record={"text": "no tag at all"}) for number in range(50, 90)]

    def search(asked: Any) -> Any:
        return {"posts": strangers, "cursor": "40"} if "tag" in asked.query else {"posts": []}

    _network(server, searchPosts=search)
    assert [len(page) for page in _fetched(_search(server), transport)] == [0, 0]
    assert len(_asked(server, "searchPosts")) == 3
    assert "does not search by tag" in transport.warnings[0]


def test_a_search_that_is_cut_off_goes_on_further_back(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Near 10,000 posts the cursor disappears: the search starts again from the last page's time, and loses nothing."""
    monkeypatch.setattr(bluesky, "CUT_OFF", 950)
    views = [_view(number, NOW - timedelta(seconds=number // 3)) for number in range(2_250)]
    views[940] = _view(940, NOW - timedelta(days=2))  # the list is not strictly by time
    whole = _listed(views)

    def search(asked: Any) -> Any:
        if "tag" in asked.query or "since" not in asked.query:
            return {"posts": []}
        page = whole(asked)
        if int(asked.query.get("cursor", 0)) >= 900:
            page.pop("cursor", None)
        return page

    _network(server, searchPosts=search)
    found = {view["uri"] for page in _fetched(_search(server), transport) for view in page}
    assert len(found) == len(views)


def test_trouble_near_the_cut_off_is_the_cut_off(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """502 that deep in a list is how some servers end it."""
    monkeypatch.setattr(bluesky, "CUT_OFF", 950)
    views = [_view(number, NOW - timedelta(seconds=number)) for number in range(1_150)]
    whole = _listed(views)

    def search(asked: Any) -> Any:
        if "tag" in asked.query or "since" not in asked.query:
            return {"posts": []}
        return (502, b"") if int(asked.query.get("cursor", 0)) >= 1_000 else whole(asked)

    _network(server, searchPosts=search)
    found = {view["uri"] for page in _fetched(_search(server), transport) for view in page}
    assert len(found) == len(views)


def test_a_record_that_fails_its_page_is_left_out_alone(server: Server, transport: Transport) -> None:
    """The page of 100 fails whole; its posts are asked for one by one, and the one that fails is told of."""
    views = [_view(number) for number in range(7)]
    whole = _listed(views)

    def search(asked: Any) -> Any:
        if "tag" in asked.query or "since" not in asked.query:
            return {"posts": []}
        start, many = int(asked.query.get("cursor", 0)), int(asked.query["limit"])
        return (500, _no("InternalServerError")[1]) if start <= 3 < start + many else whole(asked)

    _network(server, searchPosts=search)
    found = [view["uri"].rpartition("3k")[2] for page in _fetched(_search(server), transport) for view in page]
    assert found == ["0", "1", "2", "4", "5", "6"]
    assert transport.warnings == ["bsky.app cannot show 1 of the posts of a page of its list; the others were read."]


def test_a_server_that_fails_altogether_is_not_asked_a_hundred_times(server: Server, transport: Transport) -> None:
    """One page and three single posts: then it is not one record."""
    _network(server, searchPosts=_no("InternalServerError", status=500))
    with pytest.raises(Unavailable):
        _fetched(_search(server), transport)
    assert len(_asked(server, "searchPosts")) == 4 * transport.patience.tries


@pytest.mark.parametrize("body", [{}, {"posts": {}}, {"error": "x"}, {"posts": None}])
def test_an_answer_that_is_no_list_is_a_bad_answer(server: Server, transport: Transport, body: object) -> None:
    """200 with anything else is not zero posts."""
    _network(server, searchPosts=body)
    with pytest.raises(BadAnswer):
        _fetched(_search(server), transport)


def test_pages_tell_neither_whom_nor_with_what_we_asked(server: Server, transport: Transport) -> None:
    """A kept address has no account in it, and no token."""
    _network(server, getAuthorFeed={"feed": []})
    [page] = bluesky.fetch(_feeds(server, "amina.museum.example"), transport, CREDENTIALS)
    assert page.url == f"{server.url}/xrpc/app.bsky.feed.getAuthorFeed?filter=posts_with_replies&limit=100"


# members' feeds


def test_feeds_are_read_down_to_the_window(server: Server, transport: Transport) -> None:
    """Each member's feed by its cursor; a pinned old post on top does not end it."""
    entries = [{"post": _view(99, NOW - timedelta(days=900)), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}]
    entries += [{"post": _view(number, NOW - timedelta(days=number))} for number in range(20)]

    def feed(asked: Any) -> Any:
        start = int(asked.query.get("cursor", "at 0").removeprefix("at "))
        return {"feed": entries[start : start + 1], "cursor": f"at {start + 1}"}

    _network(server, getAuthorFeed=feed)
    pages = _fetched(_feeds(server, "amina.museum.example"), transport)
    assert [len(page) for page in pages] == [1] * 8
    assert {asked.query["actor"] for asked in _asked(server, "getAuthorFeed")} == {"amina.museum.example"}


def test_a_member_who_cannot_be_read_costs_only_that_member(server: Server, transport: Transport) -> None:
    """Not found, suspended, blocking us: the others are read, and the numbers are told without names."""
    errors = {
        "gone.example": _no("InvalidRequest", "Profile not found"),
        "out.example": _no("AccountTakedown", "Account has been suspended"),
        "no.example": _no("BlockedByActor", "Requester is blocked by actor"),
    }
    _network(server, getAuthorFeed=lambda asked: errors.get(asked.query["actor"], {"feed": [{"post": _view(1)}]}))
    pages = _fetched(_feeds(server, "gone.example", "amina.museum.example", "out.example", "no.example"), transport)
    assert [len(page) for page in pages] == [1]
    assert transport.warnings == [
        "3 of 4 members' accounts on bsky.app cannot be read (1 not found, 1 suspended, 1 they block our account)."
    ]


def test_a_name_that_no_account_can_have_costs_only_that_member(server: Server, transport: Transport) -> None:
    """A roster says `amina` for `amina.bsky.social`: servers refuse such a request as a whole, so it is not sent."""

    def feed(asked: Any) -> Any:
        known = asked.query["actor"] in (AMINA, "amina.museum.example")
        return {"feed": [{"post": _view(1)}]} if known else _no("InvalidRequest", "Error: actor must be a valid did")

    _network(server, getAuthorFeed=feed)
    names = ("amina", "a_mina.example", "amina.museum.example", "amina.7")
    search = _search(server, members=(*(Member(handle=name) for name in names), Member(account_id=AMINA)), which=1)
    assert len(_fetched(search, transport)) == 2
    assert transport.warnings == ["3 of 5 members' accounts on bsky.app cannot be read (3 no name of an account)."]


def test_an_error_of_the_whole_route_is_not_a_members(server: Server, transport: Transport) -> None:
    """A method that the server does not have is nobody's account."""
    _network(server, getAuthorFeed=_no("MethodNotImplemented", status=400))
    with pytest.raises(RequestRefused, match="MethodNotImplemented"):
        _fetched(_feeds(server, "a.example"), transport)


def test_a_feed_gives_own_posts_only() -> None:
    """What a member passed on, and what they answered, are other people's: neither is an item of the feed."""
    items = list(bluesky.split(_page(FEED)))
    assert [item.key.rpartition("/")[2] for item in items if isinstance(item, RawItem)] == [
        "3k2one",
        "3k2three",
        "3k2five",
    ]
    assert len(items) == 3
    assert not any(b"zebra #ITP28" in item.body for item in items)


# reading


def test_a_post_is_read_as_its_author_meant_it() -> None:
    """Facets count bytes, unknown ones are passed by; the account is the DID."""
    post = _posts(*SEARCH["posts"])[0]
    assert post.post_id == f"at://{AMINA}/app.bsky.feed.post/3k2one"
    assert post.text == "🏛️ café #ITP28 with @bao.example museum.example/tea"
    assert (post.hashtags, post.mentions, post.links) == (("itp28",), (BAO,), ("https://museum.example/tea",))
    assert post.media_types == ("image", "image")
    assert post.created_at == datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
    counts = post.counts
    assert (counts.likes, counts.reposts, counts.replies, counts.quotes, counts.views) == (3, 2, 1, 0, None)
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == (AMINA, "amina.museum.example")
    assert (post.kind, post.language, post.version_id, post.flags) == ("original", "en", "bafyrei3k2one", ())


def test_replies_and_quotes_name_whom_they_are_meant_for() -> None:
    """A reply has its parent and root; a quote with media has what it quotes and the media."""
    first, reply, quote, _ = _posts(*SEARCH["posts"])
    assert (reply.kind, reply.reply_to_id, reply.reply_to_account) == ("reply", first.post_id, AMINA)
    assert reply.conversation_id == first.post_id
    assert (quote.kind, quote.media_types) == ("quote", ("video",))
    assert quote.quote_of_id == f"at://{ZOE}/app.bsky.feed.post/3zebra"


def test_marks_are_taken_as_given_and_text_is_searched_only_without_them() -> None:
    """Facets and `record.tags` are the author's own; a program that marks nothing leaves the text."""
    _, beside, plain, _ = _posts(*SEARCH["posts"])
    assert beside.hashtags == ("itp28", "museum memory")
    assert plain.hashtags == ("itp28",)
    marked = _posts(_view(1, record={"text": "#ITP28 #other", "tags": ["else"]}))[0]
    assert marked.hashtags == ("else",)
    sign = {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "#ITP28"}]}
    assert _posts(_view(1, record={"text": "##ITP28", "facets": [sign]}))[0].hashtags == ("itp28",)


@pytest.mark.parametrize(
    "created_at",
    [
        "0001-01-01T00:00:00.000Z",
        "0000-01-01T00:00:00Z",
        "2099-01-01T00:00:00Z",
        "2026-02-03T10:00:00",
        "soon",
        7,
        None,
    ],
)
def test_a_time_that_cannot_be_told_is_unknown(created_at: object) -> None:
    """The year 1, a future, no zone, no time: unknown and flagged, never guessed, and the post is kept."""
    post = _posts(_view(1, record={"createdAt": created_at}))[0]
    assert post.created_at is None
    assert post.flags == ("created_at_unreadable",)


def test_a_clock_that_runs_a_little_fast_is_believed() -> None:
    """Ten minutes ahead of the network's first sight are a clock, an hour is not; an old date is the author's."""
    for minutes, believed in ((9, True), (60, False), (-60 * 24 * 400, True)):
        declared = NOW + timedelta(minutes=minutes)
        post = _posts(_view(1, record={"createdAt": declared.isoformat()}))[0]
        assert post.created_at == (declared if believed else None)


def test_an_account_without_a_valid_handle_is_still_that_account() -> None:
    """`handle.invalid` is no handle; the DID stays; who wants to be shown to members only is flagged."""
    post = _posts(*SEARCH["posts"])[3]
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == (ZOE, None)
    assert set(post.flags) == {"created_at_unreadable", "asks_not_indexed", "handle_unknown"}
    assert bluesky_accounts(SEARCH["posts"][3]) == (ZOE,)


def bluesky_accounts(view: dict[str, Any]) -> tuple[str, ...]:
    return _items(view)[0].accounts


def test_a_renamed_account_is_the_same_account() -> None:
    """The handle is an attribute; key and account do not change with it."""
    before, after = _view(1), _view(1)
    after["author"]["handle"] = "other.example"
    assert _items(before)[0].key == _items(after)[0].key
    first, second = _posts(before, after)
    assert first.author is not None
    assert second.author is not None
    assert first.author.account_id == second.author.account_id
    assert first.author.handle != second.author.handle


def test_keys_are_the_same_on_every_route() -> None:
    """An at-uri with a handle is put right, and a post's web address gives its key."""
    by_handle = _view(1)
    by_handle["uri"] = "at://amina.museum.example/app.bsky.feed.post/3k1"
    [post] = _posts(by_handle)
    assert post.post_id == _posts(_view(1))[0].post_id
    link = permalinks.permalink(post.url or "")
    assert link is not None
    assert (link.platform, link.key) == ("bluesky", post.post_id)


def test_other_peoples_posts_are_cut_to_references() -> None:
    """What a post quotes is in its view in full: nothing of it is kept; what stands alone keeps its bytes."""
    body = (PAGES / "bluesky_search.json").read_bytes()
    first, second, quote, _ = (item for item in bluesky.split(_page(body)) if isinstance(item, RawItem))
    assert b"zebra #ITP28" not in quote.body
    assert b"zoe.example" not in quote.body
    assert first.body in body
    assert second.body in body
    strange = _view(1, embed={"$type": "app.other.embed#view", "inside": {"text": "zebra"}})
    assert b"zebra" not in _items(strange)[0].body


def test_missing_counts_are_unknown() -> None:
    """What the network does not tell is None, never 0."""
    counts = _posts(_view(1, likeCount=None, replyCount="many"))[0].counts
    assert (counts.likes, counts.reposts, counts.replies, counts.quotes, counts.bookmarks) == (None,) * 5


def test_what_is_embedded_may_be_no_post() -> None:
    """A feed, a list, a link card and kinds that we do not know are no quotes."""
    feed = {"$type": "app.bsky.embed.record", "record": {"uri": f"at://{ZOE}/app.bsky.feed.generator/x", "cid": "c"}}
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://museum.example/", "title": "M"}}
    gallery = {"$type": "app.bsky.embed.gallery", "items": [{}, {}]}
    posts = _posts(*(_view(1, record={"embed": one}) for one in (feed, card, gallery, {"$type": "new"}, "x")))
    assert [post.kind for post in posts] == ["original"] * 5
    assert posts[1].links == ("https://museum.example/",)
    assert posts[2].media_types == ("image", "image")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"author":{"handle":"zoe.example"},"n":' + b"[" * 90_000 + b"]" * 90_000 + b"}", "not_json"),
        (b'{"author":{"handle":"zoe.example"},"x":"\xff\xfe"}', "not_json"),
        (b'{"author":{"handle":"zoe.example"},"uri":"at://zoe.example/app.bsky.feed.post/3k1"}', "no_id"),
        (b'{"author":{"handle":"zoe.example"},"uri":"at://' + ZOE.encode() + b'/app.bsky.feed.like/3k1"}', "no_id"),
    ],
    ids=["too deep", "not UTF-8", "no DID", "no post"],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    """Its neighbours come through, and whose it is can still be told to the sieve."""
    good = json.dumps(_view(1)).encode()
    first, bad, last = bluesky.split(_page(b'{"posts":[' + good + b"," + broken + b"," + good + b"]}"))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert "zoe.example" in bad.accounts
    assert "zoe" not in bad.detail


def test_a_post_without_a_record_is_rejected() -> None:
    """There is nothing to read in it, and nothing is made up."""
    item = _items(_view(1) | {"record": None})[0]
    read = bluesky.parse(item)
    assert isinstance(read, Rejected)
    assert read.reason == "missing_field"


STRANGE = (
    None,
    "",
    "\x00\ud800",
    "9" * 400,
    -1,
    2**70,
    float("nan"),
    True,
    [],
    [None],
    [[7]],
    {},
    {"a": 1},
    "at://x/y/z",
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from _places(child, (*path, name))


def _changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("which", range(4))
def test_every_change_of_every_place_costs_at_most_that_item(which: int) -> None:
    """Each place of an item of another type: a post with a flag, or a rejected item, and its neighbour is whole."""
    view, neighbour = SEARCH["posts"][which], SEARCH["posts"][0]
    for path in _places(view):
        for value in STRANGE if path else ():
            read = [_read(item) for item in bluesky.split(_page({"posts": [_changed(view, path, value), neighbour]}))]
            assert len(read) == 2
            assert isinstance(read[1], Post)
            if isinstance(read[0], Post):
                assert read[0].created_at is not None or "created_at_unreadable" in read[0].flags
                assert read[0].author is not None


def _read(item: RawItem | Rejected) -> Post | Rejected:
    return bluesky.parse(item) if isinstance(item, RawItem) else item


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("uri", "cid", "author", "record", "embed", "indexedAt", "labels", "likeCount", "post", "reason")


@given(
    st.dictionaries(st.sampled_from(NAMES), JSON),
    st.dictionaries(st.sampled_from(("text", "facets", "tags", "createdAt", "reply", "embed")), JSON),
)
def test_any_json_is_a_post_or_rejected(view: dict[str, Any], record: dict[str, Any]) -> None:
    """No document crashes the reading, on the list of a search or of a feed."""
    for changed in (view, {**_view(1), **view}, {**_view(1), "record": record}):
        for document in ({"posts": [changed]}, {"feed": [changed]}, {"feed": [{"post": changed, "reason": view}]}):
            for item in bluesky.split(_page(document)):
                assert isinstance(_read(item), Post | Rejected)
            assert all(isinstance(act, Interaction | Rejected) for act in bluesky.split_interactions(_page(document)))


# hashtags in plain text


def test_a_text_without_marks_is_searched_by_bluesky_own_rule() -> None:
    """Tags of up to 64 UTF-16 units, so of 32 characters beyond the basic plane, and none in a text that is marked."""
    wide = "\U0001d4d0" * 32
    text = f"#ITP28, #{wide} #{wide}\U0001d4d0 a#b"
    assert _posts(_view(1, record={"text": text}))[0].hashtags == ("itp28", "a" * 32)
    assert _posts(_view(1, record={"text": text, "tags": ["other"]}))[0].hashtags == ("other",)


@given(st.text())
def test_any_text_can_be_searched_for_tags(text: str) -> None:
    """A tag that is found stands in the text behind a sign, and is never empty."""
    for tag in hashtag_rules.bluesky(text):
        assert tag
        assert f"#{tag}" in text or f"\uff03{tag}" in text


# asking again


def _again(server: Server, transport: Transport, *views: dict[str, Any]) -> list[Again]:
    return list(bluesky.reread(_items(*views), _search(server).query, transport, CREDENTIALS))


def test_posts_are_asked_again_by_twenty_five(server: Server, transport: Transport) -> None:
    """More are refused by the platform; what is there comes as a page like any other."""
    views = [_view(number) for number in range(30)]
    known = {view["uri"]: view for view in views}
    _network(server, getPosts=lambda asked: {"posts": [known[uri] for uri in _uris(asked)]})
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
        (_no("RecordNotFound", "Could not locate record: at://…"), "deleted"),
        (_no("InvalidRequest", "Could not locate record: at://…"), "deleted"),
        (_no("InvalidRequest", "Could not find repo: did:…"), "deleted"),
        (_no("RepoDeactivated", "Repo has been deactivated"), "not_public"),
        (_no("RepoTakendown", "Repo has been takendown"), "not_public"),
        ({"uri": "u", "cid": "c", "value": {}}, None),
        (_no("InvalidRequest", "Something else"), None),
    ],
)
def test_a_post_is_gone_only_where_its_record_is(
    server: Server, transport: Transport, answer: Any, loss: str | None
) -> None:
    """Left out of a lookup may mean blocked for us: each missing post's record is asked for by name."""
    _network(server, getPosts={"posts": [_view(1)]}, getRecord=answer, getProfile={"did": AMINA})
    [again] = _again(server, transport, _view(1), _view(2))
    assert [(gone.key, gone.loss) for gone in again.gone] == ([(_view(2)["uri"], loss)] if loss else [])
    assert [asked.query["rkey"] for asked in _asked(server, "getRecord")] == ["3k2"]
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
    _network(
        server,
        getPosts={"posts": []},
        getRecord=_no("InvalidRequest", "Could not locate record: at://…"),
        getProfile=_no("InvalidRequest", message),
    )
    [again] = _again(server, transport, _view(1), _view(2))
    assert [gone.loss for gone in again.gone] == [loss, loss]
    assert (again.page, len(_asked(server, "getProfile"))) == (None, 1)


def test_nothing_is_gone_where_we_are_not_let_in(server: Server, transport: Transport) -> None:
    """A refusal is about us, and about no post."""
    _network(server, getPosts=_no("AuthMissing", status=401), refreshSession=_no("InvalidToken"))
    with pytest.raises(AccessDenied):
        _again(server, transport, _view(1))


# who dealt with whom


def _acts(document: object, about: str = "") -> list[Interaction]:
    return [act for act in bluesky.split_interactions(_page(document, about)) if isinstance(act, Interaction)]


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


def test_a_thread_tells_the_answers_down_to_the_last() -> None:
    """What is deleted or blocked in it has a place and says nothing."""
    reply = {"parent": {"uri": _view(1)["uri"], "cid": "c"}, "root": {"uri": _view(1)["uri"], "cid": "c"}}
    deeper = {"parent": {"uri": f"at://{BAO}/app.bsky.feed.post/3k2", "cid": "c"}, "root": reply["root"]}
    answer = {
        "post": _view(2, did=BAO, record={"reply": reply}),
        "replies": [{"post": _view(3, record={"reply": deeper})}],
    }
    thread = {"post": _view(1), "replies": [answer, {"uri": "at://x", "notFound": True}, {"blocked": True}, None]}
    told = [(act.act, act.actor.account_id, act.target_account) for act in _acts({"thread": thread})]
    assert told == [("reply", BAO, AMINA), ("reply", AMINA, BAO)]


def test_lists_of_people_are_acts_without_a_time() -> None:
    """Who passed a post on is told, and when is not; somebody without a DID is kept as unreadable."""
    about = _view(1)["uri"]
    document = {"uri": about, "repostedBy": [{"did": BAO, "handle": "bao.example"}, {"handle": "zoe.example"}]}
    good, bad = bluesky.split_interactions(_page(document, about))
    assert isinstance(good, Interaction)
    assert (good.interaction_id, good.acted_at) == (f"repost:{BAO}:{about}", None)
    assert (good.target_account, good.target_post) == (AMINA, about)
    assert isinstance(bad, Rejected)
    assert bad.accounts == ("zoe.example",)


def test_what_nobody_did_is_not_asked_for(server: Server, transport: Transport) -> None:
    """Fresh counts decide: a quiet post costs a share of one lookup, and a post that vanishes costs itself only."""
    quiet = _view(1, replyCount=0, repostCount=0, quoteCount=0)
    busy, gone = (
        _view(2, replyCount=1, repostCount=1, quoteCount=1),
        _view(3, replyCount=1, repostCount=0, quoteCount=0),
    )
    _network(
        server,
        getPosts={"posts": [quiet, gone, busy]},
        getPostThread=lambda asked: (
            _no("NotFound", "Post not found") if asked.query["uri"].endswith("3k3") else {"thread": {"post": busy}}
        ),
        getRepostedBy={"repostedBy": []},
        getQuotes={"posts": []},
    )
    [query] = bluesky.interaction_queries(("itp28",), {"base_url": server.url})
    search = Search(query=query, since=NOW - timedelta(days=3), until=NOW)
    pages = list(bluesky.fetch_interactions(search, _items(quiet, gone, busy), transport, CREDENTIALS))
    assert [page.about for page in pages] == [busy["uri"]] * 3
    assert len(_asked(server, "getPostThread")) == 2
    assert not any(AMINA in page.url for page in pages)


# the rest


def test_probe_says_as_whom_and_what(server: Server, transport: Transport) -> None:
    """One login and one search."""
    _network(server, searchPosts={"posts": []})
    access = bluesky.probe(_search(server).query, transport, CREDENTIALS)
    assert access.as_whom == "team.museum.example"
    assert "lets us search" in access.works
    assert transport.requests == 2
    assert "planted-secret" not in repr(access)


def test_a_limit_that_holds_longer_than_a_run_is_told(server: Server, transport: Transport) -> None:
    """300 logins a day: what waits until tomorrow ends the run."""
    reset = {"ratelimit-reset": str(int(transport.clock().timestamp()) + 80_000)}
    server.says({"error": "RateLimitExceeded"}, status=429, headers=reset)
    with pytest.raises(RateLimited):
        _fetched(_search(server), transport)
    assert transport.requests == 1


@pytest.mark.parametrize(("posts", "route", "most"), [(0, 0, 8), (630, 0, 22), (630, 1, 50), (0, 1, 40)])
def test_a_forecast_is_kept(posts: int, route: int, most: int) -> None:
    """It counts the login, costs nothing, and grows with posts and members."""
    members = tuple(Member(handle=f"m{number}.example") for number in range(12))
    query = bluesky.queries(("itp28",), {}, members)[route]
    forecast = bluesky.forecast(Search(query=query, since=NOW, until=NOW), posts)
    assert (forecast.cost, forecast.requests <= most, forecast.requests > 0) == (0, True, True)


def test_a_forecast_is_not_exceeded(server: Server, transport: Transport) -> None:
    """A search that holds 250 posts takes no more requests than was said."""
    _network(server, searchPosts=_listed([_view(number) for number in range(250)]))
    search = _search(server)
    _fetched(search, transport)
    assert transport.requests <= bluesky.forecast(search, 250).requests


def test_saved_pages_are_known() -> None:
    """A search's page and a feed are; other platforms' pages are not."""
    assert bluesky.recognises(SEARCH)
    assert bluesky.recognises(FEED)
    for other in ({"data": []}, [], {"posts": []}, {"posts": [{"id": 1}]}, {"feed": [None]}, {"posts": 7}, None):
        assert not bluesky.recognises(other)
