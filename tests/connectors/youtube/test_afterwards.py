"""Videos of YouTube asked again, their comments, and what is said to the doctor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import permalinks, youtube
from connectors.errors import AccessDenied
from connectors.records import Again, Interaction, Member, RawItem, Rejected, Search
from connectors.transport import Transport
from tests.connectors.youtube.answers import (
    ANN,
    BEN,
    KEY,
    NOW,
    OWNER,
    Server,
    a_channel,
    a_list,
    a_page,
    a_result,
    a_video,
    an_api,
    an_error,
    search_for,
)


def items_in(*keys: str) -> list[RawItem]:
    page = a_page({"answer": a_list("video", [a_video(key) for key in keys]), "channels": []})
    return [item for item in youtube.split(page) if isinstance(item, RawItem)]


def ask_again(server: Server, transport: Transport, items: list[RawItem]) -> list[Again]:
    return list(youtube.reread(items, search_for(server).query, transport, KEY))


def test_rereading_takes_fifty_at_a_time(server: Server, transport: Transport) -> None:
    """What is there comes with its new counts; what an answer leaves out is gone; channels are asked for once."""

    def videos(asked: Any) -> Any:
        return a_list("video", [a_video(key) for key in asked["id"].split(",") if key != f"{7:011}"])

    server.answer = an_api(videos=videos, channels=a_list("channel", [a_channel()]))
    first, second = ask_again(server, transport, items_in(*(f"{n:011}" for n in range(60))))
    assert (first.asked, second.asked, second.gone) == (50, 10, ())
    assert [(gone.key, gone.loss) for gone in first.gone] == [(f"{7:011}", "deleted")]
    assert first.page is not None
    assert len(list(youtube.split(first.page))) == 49
    assert transport.requests == 3


def test_a_batch_that_is_missing_altogether_is_asked_for_one_by_one(server: Server, transport: Transport) -> None:
    """An empty answer for all may be the platform's trouble: only what is missing alone, too, is gone."""

    def videos(asked: Any) -> Any:
        return a_list("video", [a_video("a" * 11)] if asked["id"] == "a" * 11 else [])

    server.answer = an_api(videos=videos)
    [again] = ask_again(server, transport, items_in("a" * 11, "b" * 11))
    assert [gone.key for gone in again.gone] == ["b" * 11]


def test_what_became_unlisted_is_no_longer_public(server: Server, transport: Transport) -> None:
    server.answer = an_api(videos=a_list("video", [a_video("a" * 11) | {"status": {"privacyStatus": "unlisted"}}]))
    [again] = ask_again(server, transport, items_in("a" * 11))
    assert [(gone.key, gone.loss) for gone in again.gone] == [("a" * 11, "not_public")]


def test_a_refusal_is_no_deletion(server: Server, transport: Transport) -> None:
    server.says(an_error(403, "forbidden"), status=403)
    with pytest.raises(AccessDenied):
        ask_again(server, transport, items_in("a" * 11))


def a_comment(key: str, author: str | None, **more: Any) -> dict[str, Any]:
    owner = {"authorChannelId": {"value": author}} if author else {}
    return {"id": key, "snippet": {"publishedAt": "2026-03-05T09:00:00Z", "textOriginal": "secret", **owner, **more}}


def a_thread(answers: list[Any], total: int | None = None, author: str | None = "UCben") -> dict[str, Any]:
    snippet = {
        "channelId": OWNER,
        "videoId": "v" * 11,
        "topLevelComment": a_comment("Ug1", author),
        "totalReplyCount": len(answers) if total is None else total,
        "isPublic": True,
    }
    return {"id": "Ug1", "snippet": snippet, "replies": {"comments": answers}}


def acts_in(server: Server, transport: Transport, members: tuple[Member, ...] = ()) -> list[Interaction | Rejected]:
    [query] = youtube.interaction_queries(("isles7",), {"base_url": server.url}, members)
    assert query.name.startswith("interactions/")
    search = Search(query=query, since=NOW - timedelta(days=2), until=NOW)
    pages = list(youtube.fetch_interactions(search, [] if members else items_in("v" * 11), transport, KEY))
    assert all(page.about in ("", "v" * 11) for page in pages)
    return [act for page in pages for act in youtube.split_interactions(page)]


def test_comments_tell_who_dealt_with_whom(server: Server, transport: Transport) -> None:
    """A comment is to the channel of the video, an answer to the comment's author; nothing that was said is kept."""
    channels = a_list("channel", [a_channel(), a_channel("UCben", "@Ben"), a_channel("UCcal", "@cal")])
    threads = a_list("commentThread", [a_thread([a_comment("Ug1.2", "UCcal")])])
    server.answer = an_api(commentThreads=threads, channels=channels)
    comment, reply = acts_in(server, transport)
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
    answers = [a_comment(f"Ug1.{n}", "UCcal") for n in range(7)]
    server.answer = an_api(
        commentThreads=a_list("commentThread", [a_thread(answers[:5], total=7)]),
        comments=a_list("comment", answers),
        channels=a_list("channel", [a_channel("UCben", "@ben")]),
    )
    acts = [act for act in acts_in(server, transport) if isinstance(act, Interaction)]
    assert len({act.interaction_id for act in acts}) == 1 + 7
    assert {act.target_handle for act in acts if act.act == "reply"} == {"ben"}


def test_a_closed_account_tells_nothing_and_a_broken_comment_is_one_rejection(
    server: Server, transport: Transport
) -> None:
    """No author, no act; and no text goes to quarantine."""
    server.answer = an_api(commentThreads=a_list("commentThread", [a_thread([], author=None), {"x": "secret"}, None]))
    acts = acts_in(server, transport)
    assert [type(act) for act in acts] == [Rejected, Rejected]
    assert "secret" not in repr(acts)


@pytest.mark.parametrize(("status", "reason"), [(403, "commentsDisabled"), (404, "videoNotFound")])
def test_no_comments_are_no_trouble(server: Server, transport: Transport, status: int, reason: str) -> None:
    server.answer = an_api(commentThreads=(status, an_error(status, reason)))
    assert acts_in(server, transport) == []


def test_members_channels_tell_the_window_s_comments(server: Server, transport: Transport) -> None:
    """Newest first, until a page is older than the window: the baseline before the campaign has no items."""

    def threads(asked: Any) -> Any:
        page = int(asked.get("pageToken", "0"))
        thread = a_thread([])
        thread["id"] = thread["snippet"]["topLevelComment"]["id"] = f"Ug{page}"
        thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"] = f"2026-03-{5 - page:02}T09:00:00Z"
        return a_list("commentThread", [thread], str(page + 1))

    server.answer = an_api(channels=a_list("channel", [a_channel()]), commentThreads=threads)
    assert len(acts_in(server, transport, (ANN,))) == 2
    assert {a.query.get("allThreadsRelatedToChannelId") for a in server.asked if "Threads" in a.path} == {OWNER}


def test_what_cannot_be_seen_is_said() -> None:
    assert set(youtube.HIDDEN) == {"quote", "repost", "mention"}


def test_probe_costs_one_call(server: Server, transport: Transport) -> None:
    """It says what the quota is and when it is renewed, as YouTube does not tell what is left."""
    server.answer = an_api()
    access = youtube.probe(search_for(server).query, transport, KEY)
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
        return a_list("search", list(map(a_result, found)), "1" if found and not page else None)

    server.answer = an_api(
        search=search, videos=a_list("video", [a_video()]), channels=a_list("channel", [a_channel()])
    )
    week = search_for(server, days=7)
    assert list(youtube.fetch(week, transport, KEY))
    assert transport.requests <= youtube.forecast(week, 100).requests
    members = search_for(server, (ANN, BEN))
    assert youtube.forecast(members, 0).requests >= 2 * 3
