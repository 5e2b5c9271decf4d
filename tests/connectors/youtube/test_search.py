"""Searching YouTube, its members' channels, and its quota."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import youtube, youtube_api
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RateLimited, RequestRefused
from connectors.records import Member, Page, Search
from connectors.transport import Transport
from tests.connectors.youtube.answers import (
    ANN,
    BEN,
    KEY,
    NOBODY,
    NOW,
    Server,
    a_channel,
    a_list,
    a_result,
    a_video,
    an_api,
    an_error,
    keys_in,
    read_one,
    search_for,
)


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
    server.answer = an_api(search=a_list("search", []))
    assert list(youtube.fetch(search_for(server, days=2.5), transport, KEY)) == []
    spans = [(asked.query["publishedAfter"], asked.query["publishedBefore"]) for asked in server.asked]
    assert spans == [
        ("2026-03-05T12:00:00Z", "2026-03-06T12:00:00Z"),
        ("2026-03-04T12:00:00Z", "2026-03-05T12:00:00Z"),
        ("2026-03-04T00:00:00Z", "2026-03-04T12:00:00Z"),
    ]
    assert {asked.query["q"] for asked in server.asked} == {"#isles7|#isle7"}


def test_the_future_is_not_searched(server: Server, transport: Transport) -> None:
    """Days that have not begun cost none of the hundred searches."""
    server.answer = an_api(search=a_list("search", []))
    query = search_for(server).query
    window = Search(query=query, since=NOW - timedelta(days=1), until=NOW + timedelta(days=20))
    assert list(youtube.fetch(window, transport, KEY)) == []
    assert transport.requests == 1


def test_results_are_looked_up_once_and_in_full(server: Server, transport: Transport) -> None:
    """Search tells snippets that are cut and escaped: the video itself is what is kept, once, with its channel."""

    def search(asked: Any) -> Any:
        keys = ["a" * 11, "b" * 11] if "pageToken" not in asked else ["b" * 11, "c" * 11]
        return a_list("search", list(map(a_result, keys)), None if "pageToken" in asked else "CAUQAA")

    def videos(asked: Any) -> Any:
        return a_list("video", [a_video(key, title="Don't & <3") for key in asked["id"].split(",")])

    server.answer = an_api(search=search, videos=videos, channels=a_list("channel", [a_channel()]))
    pages = list(youtube.fetch(search_for(server), transport, KEY))
    assert keys_in(pages) == ["a" * 11, "b" * 11, "c" * 11]
    assert [asked.path.rsplit("/", 1)[1] for asked in server.asked] == [
        "search",
        "videos",
        "channels",
        "search",
        "videos",
    ]
    post = read_one(pages[0].body)
    assert (post.title, post.author and post.author.handle) == ("Don't & <3", "ann")


def test_a_day_near_the_end_of_the_list_is_read_in_halves(server: Server, transport: Transport) -> None:
    """Lists end near 500: so many results in a day are taken for a list that was cut, down to an hour."""

    def search(asked: Any) -> Any:
        start = asked["publishedAfter"][5:13]
        page = int(asked.get("pageToken", "0"))
        found = [f"{start}{page:02}{n}"[-11:] for n in range(50)] if asked["publishedAfter"][11:13] == "12" else []
        return a_list("search", list(map(a_result, found)), str(page + 1) if found and page < 9 else None)

    server.answer = an_api(search=search, videos=a_list("video", []))
    assert list(youtube.fetch(search_for(server), transport, KEY))
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
        return a_list("playlistItem", [{"contentDetails": details}], str(page + 1))

    def videos(asked: Any) -> Any:
        return a_list("video", [a_video(key) for key in asked["id"].split(",")])

    def channels(asked: Any) -> Any:
        return a_list("channel", [a_channel() if "forHandle" in asked else a_channel(str(BEN.account_id))])

    server.answer = an_api(channels=channels, playlistItems=uploads, videos=videos)
    assert keys_in(youtube.fetch(search_for(server, (ANN, BEN)), transport, KEY)) == [
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
        return a_list("channel", [a_channel()]) if asked.get("forHandle") == "@ann" else NOBODY

    server.answer = an_api(channels=channels, playlistItems=(404, an_error(404, "playlistNotFound")))
    members = (ANN, Member(handle="gone1"), Member(handle="gone2"))
    assert list(youtube.fetch(search_for(server, members), transport, KEY)) == []
    [warning] = transport.warnings
    assert "2 of 3 members" in warning
    assert "gone" not in warning


def test_a_video_whose_time_the_list_hides_is_looked_up(server: Server, transport: Transport) -> None:
    """`videoPublishedAt` is missing for some; the video itself tells."""
    listed = a_list("playlistItem", [{"contentDetails": {"videoId": "v" * 11}}])
    server.answer = an_api(
        channels=a_list("channel", [a_channel()]), playlistItems=listed, videos=a_list("video", [a_video()])
    )
    assert keys_in(youtube.fetch(search_for(server, (ANN,)), transport, KEY)) == ["v" * 11]


def test_the_key_is_in_a_header_and_nowhere_else(server: Server, transport: Transport) -> None:
    """No address that is kept or logged holds it."""
    server.answer = an_api(search=a_list("search", [a_result("v" * 11)]), videos=a_list("video", [a_video()]))
    [page] = youtube.fetch(search_for(server), transport, KEY)
    assert {asked.headers["x-goog-api-key"] for asked in server.asked} == {"planted-secret"}
    assert not any("planted-secret" in asked.raw_query for asked in server.asked)
    assert "planted-secret" not in page.url + str(page.body)


def test_without_a_key_nothing_is_asked(server: Server, transport: Transport) -> None:
    with pytest.raises(AccessDenied, match="ROLLCALL_YOUTUBE_API_KEY"):
        list(youtube.fetch(search_for(server), transport, {}))
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, an_error(403, "quotaExceeded")),
        (403, an_error(403, "dailyLimitExceeded")),
        (429, an_error(429, "rateLimitExceeded", details=[{"metadata": {"quota_limit": "SearchQueriesPerDay"}}])),
    ],
    ids=["quotaExceeded", "dailyLimitExceeded", "a limit by the day"],
)
def test_a_spent_quota_stops_at_once(
    server: Server, transport: Transport, slept: list[float], status: int, body: object
) -> None:
    """One request, no waiting, and the moment in UTC when California's midnight renews it."""
    server.says(body, status=status)
    with pytest.raises(QuotaSpent, match="2026-03-07 08:00 UTC") as told:
        list(youtube.fetch(search_for(server), transport, KEY))
    assert (transport.requests, slept) == (1, [])
    assert "planted-secret" not in str(told.value)


def test_the_quota_day_is_californian() -> None:
    """Midnight there is 8:00 UTC in winter and 7:00 UTC in summer, and one day is 23 hours long."""
    renewal = youtube_api.renewal
    assert renewal(datetime(2026, 3, 6, 7, 59, tzinfo=UTC)) == datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    assert renewal(datetime(2026, 3, 8, 8, 0, tzinfo=UTC)) == datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


def test_too_fast_is_waited_for(server: Server, transport: Transport, slept: list[float]) -> None:
    """Google says 403 rateLimitExceeded where others say 429."""
    server.says(an_error(403, "rateLimitExceeded"), status=403)
    server.says(a_list("search", []))
    assert list(youtube.fetch(search_for(server), transport, KEY)) == []
    assert (transport.requests, slept) == (2, [60.0])


def test_too_fast_for_ever_ends(server: Server, transport: Transport) -> None:
    server.says(an_error(403, "userRateLimitExceeded"), status=403)
    with pytest.raises(RateLimited):
        list(youtube.fetch(search_for(server), transport, KEY))
    assert transport.requests == 3


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (
            400,
            an_error(400, "badRequest", details=[{"reason": "API_KEY_INVALID"}]),
            AccessDenied,
            "renew ROLLCALL",
        ),
        (400, an_error(400, "keyInvalid"), AccessDenied, "renew ROLLCALL"),
        (403, an_error(403, "accessNotConfigured"), AccessDenied, "enable it"),
        (403, an_error(403, "forbidden"), AccessDenied, "ROLLCALL_YOUTUBE_API_KEY"),
        (400, an_error(400, "invalidPageToken"), RequestRefused, "400"),
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
        list(youtube.fetch(search_for(server), transport, KEY))
    assert transport.requests == 1
    assert "planted-secret" not in str(told.value)


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    """A token that leads nowhere is found out by the ids."""
    server.answer = an_api(search=a_list("search", [a_result("v" * 11)], "CAUQAA"), videos=a_list("video", [a_video()]))
    seen: list[Page] = []
    with pytest.raises(BadAnswer, match="same posts"):
        seen.extend(youtube.fetch(search_for(server), transport, KEY))
    assert len([a for a in server.asked if a.path.endswith("search")]) == 4
