from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import permalinks, youtube, youtube_api
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RateLimited, RequestRefused
from connectors.records import Again, Interaction, Member, Page, Post, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
KEY = {"api_key": "planted-secret"}
OWNER = "UC" + "o" * 22
NOBODY = {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}
"""How YouTube answers for a channel that it does not know: without `items`."""
ANN, BEN = Member(handle="ann"), Member(account_id="UC" + "b" * 22)


def _video(key: str = "v" * 11, **snippet: Any) -> dict[str, Any]:
    known = {"publishedAt": "2026-03-05T08:00:00Z", "channelId": OWNER, "title": "Low water", "channelTitle": "Ann"}
    return {
        "kind": "youtube#video",
        "id": key,
        "snippet": known | {"description": "Back again. #Isles7"} | snippet,
        "status": {"privacyStatus": "public"},
        "statistics": {"viewCount": "811", "likeCount": "30", "commentCount": "0"},
    }


def _channel(key: str = OWNER, handle: str = "@Ann") -> dict[str, Any]:
    uploads = {"relatedPlaylists": {"uploads": "UU" + key[2:]}}
    return {"id": key, "snippet": {"title": "Ann", "customUrl": handle, "country": "WS"}, "contentDetails": uploads}


def _list(kind: str, items: list[Any], token: str | None = None) -> dict[str, Any]:
    more = {"nextPageToken": token} if token else {}
    return {"kind": f"youtube#{kind}ListResponse", "pageInfo": {"totalResults": 10**6}, "items": items, **more}


def _result(key: str) -> dict[str, Any]:
    return {"id": {"kind": "youtube#video", "videoId": key}, "snippet": {"title": "Don&#39;t"}}


def _error(status: int, reason: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": status, "message": "planted-secret", "errors": [{"reason": reason}], **more}}


def _api(**answers: Any) -> Callable[[Any], Any]:
    """YouTube with fixed answers by resource; a function answers by what was asked, a pair has a status."""

    def answer(asked: Any) -> Any:
        resource = asked.path.removeprefix("/youtube/v3/")
        found = answers.get(resource, _list("channel", []))
        found = found(asked.query) if callable(found) else found
        status, body = found if isinstance(found, tuple) else (200, found)
        return SimpleNamespace(body=json.dumps(body).encode(), status=status, headers={}, raw=None)

    return answer


def _page(document: Any, about: str = "") -> Page:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Page(
        platform="youtube",
        query="q",
        source="youtube.com",
        url="u",
        status=200,
        observed_at=NOW,
        body=body,
        about=about,
    )


def _read(document: Any) -> Post:
    item = next(youtube.split(_page(document)))
    assert isinstance(item, RawItem)
    post = youtube.parse(item)
    assert isinstance(post, Post)
    return post


def _search(server: Server, members: tuple[Member, ...] = (), days: float = 1) -> Search:
    query = youtube.queries(("isles7", "isle7"), {"base_url": server.url, "search": not members}, members)[0]
    return Search(query=query, since=NOW - timedelta(days=days), until=NOW)


def _keys(pages: Any) -> list[str]:
    return [item.key for page in pages for item in youtube.split(page) if isinstance(item, RawItem)]


@pytest.fixture
def transport(transport: Transport) -> Transport:
    transport.clock = lambda: NOW
    return transport


def test_members_are_one_query_named_by_who_they_are() -> None:
    """The roster's uploads come first; a changed roster is another query; nobody's handle is in a name."""
    uploads, search = youtube.queries(("isles7", "isle7"), {}, (ANN, BEN))
    assert (uploads.route, search.name) == ("members", "search/isles7+isle7")
    assert uploads.name == youtube.queries(("isles7",), {}, (BEN, ANN))[0].name
    assert uploads.name != youtube.queries(("isles7",), {}, (ANN,))[0].name
    assert "ann" not in uploads.name
    assert [query.route for query in youtube.queries(("isles7",), {})] == ["search"]
    assert [query.route for query in youtube.queries(("isles7",), {"search": False}, (ANN,))] == ["members"]


def test_search_goes_day_by_day(server: Server, transport: Transport) -> None:
    """A window of two and a half days is three searches that meet without a hole, the last day first."""
    server.answer = _api(search=_list("search", []))
    assert list(youtube.fetch(_search(server, days=2.5), transport, KEY)) == []
    spans = [(asked.query["publishedAfter"], asked.query["publishedBefore"]) for asked in server.asked]
    assert spans == [
        ("2026-03-05T12:00:00Z", "2026-03-06T12:00:00Z"),
        ("2026-03-04T12:00:00Z", "2026-03-05T12:00:00Z"),
        ("2026-03-04T00:00:00Z", "2026-03-04T12:00:00Z"),
    ]
    assert {asked.query["q"] for asked in server.asked} == {"#isles7|#isle7"}


def test_the_future_is_not_searched(server: Server, transport: Transport) -> None:
    """Days that have not begun cost none of the hundred searches."""
    server.answer = _api(search=_list("search", []))
    query = _search(server).query
    window = Search(query=query, since=NOW - timedelta(days=1), until=NOW + timedelta(days=20))
    assert list(youtube.fetch(window, transport, KEY)) == []
    assert transport.requests == 1


def test_results_are_looked_up_once_and_in_full(server: Server, transport: Transport) -> None:
    """Search tells snippets that are cut and escaped: the video itself is what is kept, once, with its channel."""

    def search(asked: Any) -> Any:
        keys = ["a" * 11, "b" * 11] if "pageToken" not in asked else ["b" * 11, "c" * 11]
        return _list("search", list(map(_result, keys)), None if "pageToken" in asked else "CAUQAA")

    def videos(asked: Any) -> Any:
        return _list("video", [_video(key, title="Don't & <3") for key in asked["id"].split(",")])

    server.answer = _api(search=search, videos=videos, channels=_list("channel", [_channel()]))
    pages = list(youtube.fetch(_search(server), transport, KEY))
    assert _keys(pages) == ["a" * 11, "b" * 11, "c" * 11]
    assert [asked.path.rsplit("/", 1)[1] for asked in server.asked] == [
        "search",
        "videos",
        "channels",
        "search",
        "videos",
    ]
    post = _read(pages[0].body)
    assert (post.title, post.author and post.author.handle) == ("Don't & <3", "ann")


def test_a_day_near_the_end_of_the_list_is_read_in_halves(server: Server, transport: Transport) -> None:
    """Lists end near 500: so many results in a day are taken for a list that was cut, down to an hour."""

    def search(asked: Any) -> Any:
        start = asked["publishedAfter"][5:13]
        page = int(asked.get("pageToken", "0"))
        found = [f"{start}{page:02}{n}"[-11:] for n in range(50)] if asked["publishedAfter"][11:13] == "12" else []
        return _list("search", list(map(_result, found)), str(page + 1) if found and page < 9 else None)

    server.answer = _api(search=search, videos=_list("video", []))
    assert list(youtube.fetch(_search(server), transport, KEY))
    spans = {(a.query["publishedAfter"], a.query["publishedBefore"]) for a in server.asked if a.path.endswith("search")}
    assert ("2026-03-06T00:00:00Z", "2026-03-06T12:00:00Z") in spans
    assert ("2026-03-05T12:00:00Z", "2026-03-06T00:00:00Z") in spans
    assert transport.warnings
    assert all("500 results" in warning for warning in transport.warnings)


def test_members_uploads_are_read_down_to_the_window(server: Server, transport: Transport) -> None:
    """By handle and by id, with every page of the list until two are older; only the window's videos are looked up."""
    old, new = "2026-02-01T00:00:00Z", "2026-03-06T08:00:00Z"

    def uploads(asked: Any) -> Any:
        page = int(asked.get("pageToken", "0"))
        details = {"videoId": f"{asked['playlistId'][2]}{page:010}", "videoPublishedAt": new if page in (0, 2) else old}
        return _list("playlistItem", [{"contentDetails": details}], str(page + 1))

    def videos(asked: Any) -> Any:
        return _list("video", [_video(key) for key in asked["id"].split(",")])

    def channels(asked: Any) -> Any:
        return _list("channel", [_channel() if "forHandle" in asked else _channel(str(BEN.account_id))])

    server.answer = _api(channels=channels, playlistItems=uploads, videos=videos)
    assert _keys(youtube.fetch(_search(server, (ANN, BEN)), transport, KEY)) == [
        "b0000000000",
        "b0000000002",
        "o0000000000",
        "o0000000002",
    ]
    assert [a.query["pageToken"] for a in server.asked if "pageToken" in a.query] == ["1", "2", "3", "4"] * 2
    assert any(asked.query.get("forHandle") == "@ann" for asked in server.asked)
    assert transport.warnings == []


def test_a_member_who_is_not_there_costs_that_member_only(server: Server, transport: Transport) -> None:
    """An unknown handle is told as a number, a channel without uploads is nobody's fault, the others are read."""

    def channels(asked: Any) -> Any:
        return _list("channel", [_channel()]) if asked.get("forHandle") == "@ann" else NOBODY

    server.answer = _api(channels=channels, playlistItems=(404, _error(404, "playlistNotFound")))
    members = (ANN, Member(handle="gone1"), Member(handle="gone2"))
    assert list(youtube.fetch(_search(server, members), transport, KEY)) == []
    [warning] = transport.warnings
    assert "2 of 3 members" in warning
    assert "gone" not in warning


def test_a_video_whose_time_the_list_hides_is_looked_up(server: Server, transport: Transport) -> None:
    """`videoPublishedAt` is missing for some; the video itself tells."""
    listed = _list("playlistItem", [{"contentDetails": {"videoId": "v" * 11}}])
    server.answer = _api(
        channels=_list("channel", [_channel()]), playlistItems=listed, videos=_list("video", [_video()])
    )
    assert _keys(youtube.fetch(_search(server, (ANN,)), transport, KEY)) == ["v" * 11]


def test_the_key_is_in_a_header_and_nowhere_else(server: Server, transport: Transport) -> None:
    """No address that is kept or logged holds it."""
    server.answer = _api(search=_list("search", [_result("v" * 11)]), videos=_list("video", [_video()]))
    [page] = youtube.fetch(_search(server), transport, KEY)
    assert {asked.headers["x-goog-api-key"] for asked in server.asked} == {"planted-secret"}
    assert not any("planted-secret" in asked.raw_query for asked in server.asked)
    assert "planted-secret" not in page.url + str(page.body)


def test_without_a_key_nothing_is_asked(server: Server, transport: Transport) -> None:
    with pytest.raises(AccessDenied, match="ROLLCALL_YOUTUBE_API_KEY"):
        list(youtube.fetch(_search(server), transport, {}))
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, _error(403, "quotaExceeded")),
        (403, _error(403, "dailyLimitExceeded")),
        (429, _error(429, "rateLimitExceeded", details=[{"metadata": {"quota_limit": "SearchQueriesPerDay"}}])),
    ],
    ids=["quotaExceeded", "dailyLimitExceeded", "a limit by the day"],
)
def test_a_spent_quota_stops_at_once(
    server: Server, transport: Transport, slept: list[float], status: int, body: object
) -> None:
    """One request, no waiting, and the moment in UTC when California's midnight renews it."""
    server.says(body, status=status)
    with pytest.raises(QuotaSpent, match="2026-03-07 08:00 UTC") as told:
        list(youtube.fetch(_search(server), transport, KEY))
    assert (transport.requests, slept) == (1, [])
    assert "planted-secret" not in str(told.value)


def test_the_quota_day_is_californian() -> None:
    """Midnight there is 8:00 UTC in winter and 7:00 UTC in summer, and one day is 23 hours long."""
    renewal = youtube_api.renewal
    assert renewal(datetime(2026, 3, 6, 7, 59, tzinfo=UTC)) == datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    assert renewal(datetime(2026, 3, 8, 8, 0, tzinfo=UTC)) == datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


def test_too_fast_is_waited_for(server: Server, transport: Transport, slept: list[float]) -> None:
    """Google says 403 rateLimitExceeded where others say 429."""
    server.says(_error(403, "rateLimitExceeded"), status=403)
    server.says(_list("search", []))
    assert list(youtube.fetch(_search(server), transport, KEY)) == []
    assert (transport.requests, slept) == (2, [60.0])


def test_too_fast_for_ever_ends(server: Server, transport: Transport) -> None:
    server.says(_error(403, "userRateLimitExceeded"), status=403)
    with pytest.raises(RateLimited):
        list(youtube.fetch(_search(server), transport, KEY))
    assert transport.requests == 3


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (
            400,
            _error(400, "badRequest", details=[{"reason": "API_KEY_INVALID"}]),
            AccessDenied,
            "renew ROLLCALL",
        ),
        (400, _error(400, "keyInvalid"), AccessDenied, "renew ROLLCALL"),
        (403, _error(403, "accessNotConfigured"), AccessDenied, "enable it"),
        (403, _error(403, "forbidden"), AccessDenied, "ROLLCALL_YOUTUBE_API_KEY"),
        (400, _error(400, "invalidPageToken"), RequestRefused, "400"),
        (200, {"answer": 42}, BadAnswer, "not a list"),
        (200, [], BadAnswer, "not a list"),
        (200, {"kind": "youtube#searchListResponse", "pageInfo": {"totalResults": 7}}, BadAnswer, "not a list"),
    ],
)
def test_what_is_wrong_is_said(
    server: Server, transport: Transport, status: int, body: object, error: type[Exception], says: str
) -> None:
    """By the reason that YouTube gives, in one request, without its message."""
    server.says(body, status=status)
    with pytest.raises(error, match=says) as told:
        list(youtube.fetch(_search(server), transport, KEY))
    assert transport.requests == 1
    assert "planted-secret" not in str(told.value)


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    """A token that leads nowhere is found out by the ids."""
    server.answer = _api(search=_list("search", [_result("v" * 11)], "CAUQAA"), videos=_list("video", [_video()]))
    seen: list[Page] = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(youtube.fetch(_search(server), transport, KEY))
    assert len([a for a in server.asked if a.path.endswith("search")]) == 4


def test_a_video_is_read() -> None:
    """Counts are strings, the key agrees with its addresses, the handle is the channel's."""
    post = _read({"answer": _list("video", [_video()]), "channels": [_channel()]})
    assert post.author is not None
    assert (post.author.account_id, post.author.handle, post.author.display_name) == (OWNER, "ann", "Ann")
    assert (post.counts.views, post.counts.likes, post.counts.replies, post.counts.reposts) == (811, 30, 0, None)
    assert (post.title, post.text, post.hashtags) == ("Low water", "Back again. #Isles7", ("isles7",))
    assert post.created_at == datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
    assert (post.media_types, post.kind, post.flags) == (("video",), "original", ())
    for address in (post.url, f"https://youtu.be/{post.post_id}", f"https://www.youtube.com/shorts/{post.post_id}"):
        link = permalinks.permalink(address or "")
        assert link is not None
        assert link.key == post.post_id


def test_hidden_counts_are_unknown() -> None:
    """Absent is not 0."""
    video = _video()
    video["statistics"] = {"viewCount": "0"}
    counts = _read(_list("video", [video])).counts
    assert (counts.views, counts.likes, counts.replies) == (0, None, None)


@pytest.mark.parametrize(
    ("snippet", "tags"),
    [
        ({"title": "Salt #Isles7", "description": "x"}, ("isles7",)),
        ({"description": "x", "tags": ["Isles7", "two words"]}, ("isles7",)),
        ({"description": "x", "tags": ["#Isles7"]}, ("isles7",)),
        ({"description": "Isles7, and https://a.example/#isles7"}, ()),
        ({"description": "#Isles77"}, ("isles77",)),
    ],
    ids=["title", "keyword", "keyword with sign", "no sign", "another tag"],
)
def test_the_tag_is_looked_for_by_our_rule(snippet: dict[str, Any], tags: tuple[str, ...]) -> None:
    """In title, description and one-word keywords; fuzzy finds without it carry no tag."""
    assert _read(_list("video", [_video(**snippet)])).hashtags == tags


@pytest.mark.parametrize("time", [None, "0001-01-01T00:00:00Z", "0000-00-00", "2026-03-08T12:00:00Z", "soon"])
def test_an_impossible_time_is_unknown(time: str | None) -> None:
    """Year 0, more than a day ahead, missing: None and a flag."""
    post = _read(_list("video", [_video(publishedAt=time)]))
    assert post.created_at is None
    assert "created_at_unreadable" in post.flags


def test_a_video_without_channel_has_no_author() -> None:
    post = _read(_list("video", [_video(channelId=None)]))
    assert post.author is None
    assert "author_unreadable" in post.flags


def test_the_sieve_gets_the_handle() -> None:
    """People who refuse are known by handle only: the channel's name comes along, and nothing else of the channel."""
    [item] = youtube.split(_page({"answer": _list("video", [_video()]), "channels": [_channel()]}))
    assert isinstance(item, RawItem)
    assert item.accounts == (OWNER, "ann")
    assert b'"country"' not in item.body


@pytest.mark.parametrize(("status", "public"), [("public", True), ("unlisted", False), ("private", False)])
def test_only_public_videos_are_public(status: str, public: bool) -> None:
    video = _video() | {"status": {"privacyStatus": status}}
    [item] = youtube.split(_page(_list("video", [video])))
    assert item.public is public


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"snippet":{"channelId":"UCx"}}', "no_id"),
        (b'["no video"]', "wrong_type"),
        (b'{"id":"a","snippet":{"channelId":"UCx"},"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
    ],
)
def test_a_bad_record_costs_one_record(broken: bytes, reason: str) -> None:
    """Its neighbours come through, and whose it is can still be told to the sieve."""
    good = json.dumps(_video()).encode()
    pieces = b'{"kind":"k","items":[' + good + b"," + broken + b"," + good + b"]}"
    first, bad, last = youtube.split(_page(pieces))
    assert isinstance(first, RawItem)
    assert isinstance(last, RawItem)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert bad.accounts == (() if reason == "wrong_type" else ("UCx",))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3))


@given(
    st.fixed_dictionaries(
        {"id": VALUES},
        optional={
            "snippet": st.dictionaries(st.sampled_from(sorted(_video()["snippet"])) | st.just("tags"), VALUES) | VALUES,
            "statistics": st.dictionaries(st.sampled_from(["viewCount", "likeCount"]), VALUES) | VALUES,
            "status": VALUES,
        },
    ),
    VALUES,
)
def test_whatever_a_video_holds_is_a_post_or_a_rejection(video: Any, channel: Any) -> None:
    """Any JSON in any place gives one record and never an exception."""
    document = {"answer": {"kind": "k", "items": [video]}, "channels": [channel]}
    [item] = youtube.split(_page(json.dumps(document).encode()))
    assert isinstance(item, Rejected) or isinstance(youtube.parse(item), Post | Rejected)


def test_pages_are_recognised() -> None:
    """Ours, and a list of videos as anybody saves it; not search results, whose texts are cut."""
    assert youtube.recognises({"answer": _list("video", []), "channels": []})
    assert youtube.recognises(_list("video", []))
    assert not youtube.recognises(_list("search", []))
    assert not youtube.recognises([])


def _items(*keys: str) -> list[RawItem]:
    page = _page({"answer": _list("video", [_video(key) for key in keys]), "channels": []})
    return [item for item in youtube.split(page) if isinstance(item, RawItem)]


def _again(server: Server, transport: Transport, items: list[RawItem]) -> list[Again]:
    return list(youtube.reread(items, _search(server).query, transport, KEY))


def test_rereading_takes_fifty_at_a_time(server: Server, transport: Transport) -> None:
    """What is there comes with its new counts; what an answer leaves out is gone; channels are asked for once."""

    def videos(asked: Any) -> Any:
        return _list("video", [_video(key) for key in asked["id"].split(",") if key != f"{7:011}"])

    server.answer = _api(videos=videos, channels=_list("channel", [_channel()]))
    first, second = _again(server, transport, _items(*(f"{n:011}" for n in range(60))))
    assert (first.asked, second.asked, second.gone) == (50, 10, ())
    assert [(gone.key, gone.loss) for gone in first.gone] == [(f"{7:011}", "deleted")]
    assert first.page is not None
    assert len(list(youtube.split(first.page))) == 49
    assert transport.requests == 3


def test_a_batch_that_is_missing_altogether_is_asked_for_one_by_one(server: Server, transport: Transport) -> None:
    """An empty answer for all may be the platform's trouble: only what is missing alone, too, is gone."""

    def videos(asked: Any) -> Any:
        return _list("video", [_video("a" * 11)] if asked["id"] == "a" * 11 else [])

    server.answer = _api(videos=videos)
    [again] = _again(server, transport, _items("a" * 11, "b" * 11))
    assert [gone.key for gone in again.gone] == ["b" * 11]


def test_what_became_unlisted_is_no_longer_public(server: Server, transport: Transport) -> None:
    server.answer = _api(videos=_list("video", [_video("a" * 11) | {"status": {"privacyStatus": "unlisted"}}]))
    [again] = _again(server, transport, _items("a" * 11))
    assert [(gone.key, gone.loss) for gone in again.gone] == [("a" * 11, "not_public")]


def test_a_refusal_is_no_deletion(server: Server, transport: Transport) -> None:
    server.says(_error(403, "forbidden"), status=403)
    with pytest.raises(AccessDenied):
        _again(server, transport, _items("a" * 11))


def _comment(key: str, author: str | None, **more: Any) -> dict[str, Any]:
    owner = {"authorChannelId": {"value": author}} if author else {}
    return {"id": key, "snippet": {"publishedAt": "2026-03-05T09:00:00Z", "textOriginal": "secret", **owner, **more}}


def _thread(answers: list[Any], total: int | None = None, author: str | None = "UCben") -> dict[str, Any]:
    snippet = {
        "channelId": OWNER,
        "videoId": "v" * 11,
        "topLevelComment": _comment("Ug1", author),
        "totalReplyCount": len(answers) if total is None else total,
        "isPublic": True,
    }
    return {"id": "Ug1", "snippet": snippet, "replies": {"comments": answers}}


def _acts(server: Server, transport: Transport, members: tuple[Member, ...] = ()) -> list[Interaction | Rejected]:
    [query] = youtube.interaction_queries(("isles7",), {"base_url": server.url}, members)
    assert query.name.startswith("interactions/")
    search = Search(query=query, since=NOW - timedelta(days=2), until=NOW)
    pages = list(youtube.fetch_interactions(search, [] if members else _items("v" * 11), transport, KEY))
    assert all(page.about in ("", "v" * 11) for page in pages)
    return [act for page in pages for act in youtube.split_interactions(page)]


def test_comments_tell_who_dealt_with_whom(server: Server, transport: Transport) -> None:
    """A comment is to the channel of the video, an answer to the comment's author; nothing that was said is kept."""
    channels = _list("channel", [_channel(), _channel("UCben", "@Ben"), _channel("UCcal", "@cal")])
    threads = _list("commentThread", [_thread([_comment("Ug1.2", "UCcal")])])
    server.answer = _api(commentThreads=threads, channels=channels)
    comment, reply = _acts(server, transport)
    assert isinstance(comment, Interaction)
    assert isinstance(reply, Interaction)
    assert (comment.act, comment.actor.handle, comment.target_account, comment.target_handle) == (
        "comment",
        "ben",
        OWNER,
        "ann",
    )
    assert (comment.target_post, comment.interaction_id) == ("v" * 11, f"comment:{'v' * 11}_Ug1:{'v' * 11}")
    assert comment.acted_at == datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    assert (reply.act, reply.actor.handle, reply.target_handle) == ("reply", "cal", "ben")
    assert reply.target_post == f"{'v' * 11}_Ug1"
    link = permalinks.permalink(f"https://www.youtube.com/watch?v={'v' * 11}&lc=Ug1")
    assert link is not None
    assert link.key == reply.target_post
    assert "secret" not in repr((comment, reply))


def test_answers_beyond_the_fifth_are_fetched(server: Server, transport: Transport) -> None:
    """A thread shows a part of its answers; the list of them tells the rest, under the same names."""
    answers = [_comment(f"Ug1.{n}", "UCcal") for n in range(7)]
    server.answer = _api(
        commentThreads=_list("commentThread", [_thread(answers[:5], total=7)]),
        comments=_list("comment", answers),
        channels=_list("channel", [_channel("UCben", "@ben")]),
    )
    acts = [act for act in _acts(server, transport) if isinstance(act, Interaction)]
    assert len({act.interaction_id for act in acts}) == 1 + 7
    assert {act.target_handle for act in acts if act.act == "reply"} == {"ben"}


def test_a_closed_account_tells_nothing_and_a_broken_comment_is_one_rejection(
    server: Server, transport: Transport
) -> None:
    """No author, no act; and no text goes to quarantine."""
    server.answer = _api(commentThreads=_list("commentThread", [_thread([], author=None), {"x": "secret"}, None]))
    acts = _acts(server, transport)
    assert [type(act) for act in acts] == [Rejected, Rejected]
    assert "secret" not in repr(acts)


@pytest.mark.parametrize(("status", "reason"), [(403, "commentsDisabled"), (404, "videoNotFound")])
def test_no_comments_are_no_trouble(server: Server, transport: Transport, status: int, reason: str) -> None:
    server.answer = _api(commentThreads=(status, _error(status, reason)))
    assert _acts(server, transport) == []


def test_members_channels_tell_the_window_s_comments(server: Server, transport: Transport) -> None:
    """Newest first, until a page is older than the window: the baseline before the campaign has no items."""

    def threads(asked: Any) -> Any:
        page = int(asked.get("pageToken", "0"))
        thread = _thread([])
        thread["id"] = thread["snippet"]["topLevelComment"]["id"] = f"Ug{page}"
        thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"] = f"2026-03-{5 - page:02}T09:00:00Z"
        return _list("commentThread", [thread], str(page + 1))

    server.answer = _api(channels=_list("channel", [_channel()]), commentThreads=threads)
    assert len(_acts(server, transport, (ANN,))) == 2
    assert {a.query.get("allThreadsRelatedToChannelId") for a in server.asked if "Threads" in a.path} == {OWNER}


def test_what_cannot_be_seen_is_said() -> None:
    assert set(youtube.HIDDEN) == {"quote", "repost", "mention"}


def test_probe_costs_one_call(server: Server, transport: Transport) -> None:
    """It says what the quota is and when it is renewed, as YouTube does not tell what is left."""
    server.answer = _api()
    access = youtube.probe(_search(server).query, transport, KEY)
    assert "accepts our key" in access.works
    assert "2026-03-07 08:00 UTC" in (access.left or "")
    assert transport.requests == 1
    assert server.asked[0].path == "/youtube/v3/channels"


def test_forecasts_are_never_exceeded(server: Server, transport: Transport) -> None:
    """A week of search with a hundred posts, and two members: no more calls than were foretold."""
    keys = [f"{n:011}" for n in range(100)]

    def search(asked: Any) -> Any:
        page, day = int(asked.get("pageToken", "0")), asked["publishedAfter"][8:10]
        found = keys[50 * page : 50 * page + 50] if day == "05" else []
        return _list("search", list(map(_result, found)), "1" if found and not page else None)

    server.answer = _api(search=search, videos=_list("video", [_video()]), channels=_list("channel", [_channel()]))
    week = _search(server, days=7)
    assert list(youtube.fetch(week, transport, KEY))
    assert transport.requests <= youtube.forecast(week, 100).requests
    members = _search(server, (ANN, BEN))
    assert youtube.forecast(members, 0).requests >= 2 * 3
