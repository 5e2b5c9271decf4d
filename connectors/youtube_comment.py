"""Who commented on a video, and who answered whom there. https://developers.google.com/youtube/v3/docs/commentThreads

What a comment says is never kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors import verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Act, Interaction, Page, Rejected, Search
from connectors.youtube_api import SOURCE, Answer, Api, pieces_of
from connectors.youtube_video import PLATFORM, author, parts_of

PAGE_SIZE = 100
CLOSED = frozenset({"commentsDisabled", "videoNotFound", "channelNotFound", "channelForbidden"})


def comments_of_video(key: str, api: Api) -> Iterator[Page]:
    """All of them. None where comments are switched off or the video is gone."""
    for answer in _walk("commentThreads", {"part": "snippet,replies", "videoId": key}, api):
        yield from _with_answers(answer, key, api)


def comments_of_channel(channel_id: str, search: Search, api: Api) -> Iterator[Page]:
    """Those on any video of the channel, the newest first, back to the window's beginning."""
    asked = {"part": "snippet,replies", "allThreadsRelatedToChannelId": channel_id, "order": "time"}
    for answer in _walk("commentThreads", asked, api):
        yield from _with_answers(answer, "", api)
        times = [moment for thread in map(_fields, answer.items) if (moment := _said_at(_top(thread)))]
        if times and max(times) < search.since:
            return


def _walk(resource: str, asked: dict[str, Any], api: Api) -> Iterator[Answer]:
    progress, token = Progress(SOURCE), ""
    while True:
        more = {"maxResults": PAGE_SIZE} | ({"pageToken": token} if token else {})
        answer = api.ask(resource, asked | more, bear=CLOSED)
        yield answer
        if not answer.next_token:
            return
        progress.saw(_fields(piece).identity("id") or "" for piece in answer.items)
        token = answer.next_token


def _with_answers(answer: Answer, about: str, api: Api) -> Iterator[Page]:
    """The page, and the answers that do not fit on it: a thread shows five."""
    if answer.reasons:
        return
    threads = [_fields(piece) for piece in answer.items]
    yield api.page(answer, api.name(_people(threads)), about)
    for thread in threads:
        shown = len(list(thread.part("replies").parts("comments")))
        if (thread.part("snippet").count("totalReplyCount") or 0) > shown and (thread_id := thread.identity("id")):
            yield from _all_answers(thread_id, thread, about, api)


def _all_answers(thread_id: str, thread: Fields, about: str, api: Api) -> Iterator[Page]:
    reference = verbatim.encode(_reference(thread))
    for answer in _walk("comments", {"part": "snippet", "parentId": thread_id}, api):
        speakers = [_author_id(comment) for comment in (_top(thread), *map(_fields, answer.items))]
        yield api.page(answer, api.name(filter(None, speakers)), about, thread=reference)


def _reference(thread: Fields) -> dict[str, object]:
    """A thread without what was said in it."""
    snippet, top = thread.part("snippet"), _top(thread)
    return {
        "id": thread.value("id"),
        "snippet": {
            **{name: snippet.value(name) for name in ("videoId", "channelId", "isPublic")},
            "topLevelComment": {
                "id": top.value("id"),
                "snippet": {"authorChannelId": top.part("snippet").value("authorChannelId")},
            },
        },
    }


def _fields(piece: bytes) -> Fields:
    return Fields(verbatim.decode_or_none(piece))


def _top(thread: Fields) -> Fields:
    return thread.part("snippet").part("topLevelComment")


def _said_at(comment: Fields) -> datetime | None:
    return comment.part("snippet").moment("publishedAt")


def _author_id(comment: Fields) -> str | None:
    return comment.part("snippet").part("authorChannelId").identity("value")


def _people(threads: list[Fields]) -> Iterator[str]:
    """Everybody who speaks on a page, and whose channel it is."""
    for thread in threads:
        speakers = [_author_id(one) for one in (_top(thread), *thread.part("replies").parts("comments"))]
        yield from filter(None, [thread.part("snippet").identity("channelId"), *speakers])


# what a page says


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    try:
        members, channels = parts_of(page)
        pieces = pieces_of(members["answer"])
    except ValueError as wrong:
        raise BadAnswer("A page of YouTube is not a list of comments.") from wrong
    acts = _Acts(page, channels)
    thread = _fields(members["thread"]) if "thread" in members else None
    for piece in pieces:
        one = _fields(piece)
        if not one or one.identity("id") is None:
            yield _unreadable(piece, page)
        elif thread is None:
            yield from acts.of_thread(one)
        else:
            yield from acts.of_answer(one, thread)


def _unreadable(piece: bytes, page: Page) -> Rejected:
    """A broken comment, without its text: whose it is cannot be told, so nothing of it is kept."""
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason="no_id" if verbatim.decode_or_none(piece) is not None else "not_json",
        detail=f"a comment of {len(piece)} bytes cannot be read",
        body=b"",
        observed_at=page.observed_at,
    )


class _Acts:
    """Reads the acts of one page. A comment of a closed account has no author, and tells nothing."""

    def __init__(self, page: Page, channels: dict[str, Fields]) -> None:
        self._page, self._channels = page, channels

    def of_thread(self, thread: Fields) -> Iterator[Interaction]:
        top, video = _top(thread), self._video(thread)
        if video is not None:
            yield from self._act(
                "comment", top, thread, target=video, account=thread.part("snippet").identity("channelId")
            )
        for one in thread.part("replies").parts("comments"):
            yield from self.of_answer(one, thread)

    def of_answer(self, comment: Fields, thread: Fields) -> Iterator[Interaction]:
        video, parent = self._video(thread), _top(thread)
        if video is not None:
            target = f"{video}_{parent.identity('id') or thread.identity('id')}"
            yield from self._act("reply", comment, thread, target=target, account=_author_id(parent))

    def _video(self, thread: Fields) -> str | None:
        return thread.part("snippet").identity("videoId") or self._page.about or None

    def _act(
        self, act: Act, comment: Fields, thread: Fields, *, target: str, account: str | None
    ) -> Iterator[Interaction]:
        actor_id, comment_id = _author_id(comment), comment.identity("id")
        if actor_id is None or comment_id is None:
            return
        actor = author(actor_id, self._channels.get(actor_id))
        said_to = author(account, self._channels.get(account)) if account else None
        yield Interaction(
            platform=PLATFORM,
            source=self._page.source,
            interaction_id=f"{act}:{self._video(thread)}_{comment_id}:{target}",
            act=act,
            actor=actor,
            target_account=account,
            target_handle=said_to.handle if said_to else None,
            target_post=target,
            acted_at=_said_at(comment),
            observed_at=self._page.observed_at,
            public=thread.part("snippet").truth("isPublic") is not False,
        )
