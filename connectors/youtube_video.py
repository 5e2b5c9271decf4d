"""What YouTube says of a video (https://developers.google.com/youtube/v3/docs/videos). All of it pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors import hashtags, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.picture_addresses import addresses
from connectors.records import Author, Counts, Page, Post, RawItem, Rejected
from connectors.youtube_api import pieces_of

PLATFORM = "youtube"
FUTURE = timedelta(days=1)
"""A time so far after the observation cannot be one of publication."""


def recognises(document: object) -> bool:
    if isinstance(document, dict) and isinstance(document.get("answer"), dict) and "channels" in document:
        document = document["answer"]
    return isinstance(document, dict) and document.get("kind") == "youtube#videoListResponse"


def parts_of(page: Page) -> tuple[dict[str, bytes], dict[str, Fields]]:
    """The page's members and its channels by id. A page without channels is an answer alone, as saved by others.

    ValueError if it is neither.
    """
    body = verbatim.document(page.body) or b""
    members = verbatim.members(body)
    if "answer" not in members:
        return {"answer": body}, {}
    written = members.get("channels", b"[]")
    found = verbatim.elements(written) if written.startswith(b"[") else []
    channels = (Fields(verbatim.decode_or_none(piece)) for piece in found)
    return members, {channel_id: one for one in channels if (channel_id := one.identity("id"))}


def handle_of(channel: Fields | None) -> str | None:
    """Lower case, without `@`. Channels that never chose a handle may have an old custom address instead."""
    written = channel.part("snippet").text("customUrl") if channel else None
    return written.lower().removeprefix("@") or None if written else None


def split(page: Page) -> Iterator[RawItem | Rejected]:
    try:
        members, channels = parts_of(page)
        pieces = pieces_of(members["answer"])
    except ValueError as wrong:
        raise BadAnswer("A page of YouTube is not a list of videos.") from wrong
    for piece in pieces:
        yield _item(piece, channels, page)


def _item(piece: bytes, channels: dict[str, Fields], page: Page) -> RawItem | Rejected:
    try:
        video = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, channels, page, "not_json", f"a video cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(video, dict):
        return _rejected(piece, channels, page, "wrong_type", "a video is not a JSON object")
    fields = Fields(video)
    key = fields.identity("id")
    if key is None:
        return _rejected(piece, channels, page, "no_id", "a video has no id")
    channel = channels.get(fields.part("snippet").identity("channelId") or "")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=b'{"video":%s,"channel":%s}' % (piece, _named(channel)),
        observed_at=page.observed_at,
        accounts=_accounts(fields, channel),
        public=is_public(fields),
    )


def _named(channel: Fields | None) -> bytes:
    """Of a channel only what it is called."""
    if channel is None:
        return b"null"
    kept = {name: channel.part("snippet").value(name) for name in ("title", "customUrl")}
    return verbatim.encode({"id": channel.value("id"), "snippet": kept})


def _accounts(video: Fields, channel: Fields | None) -> tuple[str, ...]:
    names = (video.part("snippet").identity("channelId"), handle_of(channel))
    return tuple(name for name in names if name)


def is_public(video: Fields) -> bool:
    """Unlisted videos are for those who were given the address; an item that says nothing came by a public list."""
    status = video.part("status")
    return not status.has("privacyStatus") or status.text("privacyStatus") == "public"


def _rejected(piece: bytes, channels: dict[str, Fields], page: Page, reason: str, detail: str) -> Rejected:
    fields = Fields(verbatim.readable_members(piece, ("id", "snippet", "status")))
    channel = channels.get(fields.part("snippet").identity("channelId") or "")
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=_accounts(fields, channel),
        public=is_public(fields),
    )


def parse(item: RawItem) -> Post | Rejected:
    whole = Fields(verbatim.decode_or_none(item.body))
    video = whole.part("video")
    if video.identity("id") is None:
        return item.unreadable("no_id", "an item has no video with an id")
    snippet = video.part("snippet")
    title, description = snippet.text("title"), snippet.text("description")
    statistics = video.part("statistics")
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=_author(snippet, whole.part("channel")),
        url=f"https://www.youtube.com/watch?v={item.key}",
        title=title,
        text=description,
        language=snippet.text("defaultAudioLanguage") or snippet.text("defaultLanguage"),
        created_at=_published(snippet, item.observed_at),
        hashtags=_hashtags(snippet, f"{title or ''}\n{description or ''}"),
        media_types=("video",),
        media_urls=_still(snippet),
        counts=Counts(
            likes=statistics.count("likeCount"),
            replies=statistics.count("commentCount"),
            views=statistics.count("viewCount"),
        ),
        flags=tuple(dict.fromkeys(video.flags)),
    )


def _still(snippet: Fields) -> tuple[str, ...]:
    """In the shape of the film; `default` and `high` have bars above and below."""
    offered = snippet.part("thumbnails")
    sizes = (offered.part(size).text("url") for size in ("medium", "high", "default"))
    return addresses(sizes)[:1]


def _author(snippet: Fields, channel: Fields) -> Author | None:
    channel_id = snippet.identity("channelId")
    if channel_id is None:
        snippet.flag("author_unreadable")
        return None
    return author(channel_id, channel, snippet.text("channelTitle"))


def author(channel_id: str, channel: Fields | None, title: str | None = None) -> Author:
    return Author(
        account_id=channel_id,
        handle=handle_of(channel),
        display_name=title or (channel.part("snippet").text("title") if channel else None),
        url=f"https://www.youtube.com/channel/{channel_id}",
    )


def _published(snippet: Fields, observed_at: datetime) -> datetime | None:
    published_at = snippet.moment("publishedAt")
    if published_at is None or published_at > observed_at + FUTURE:
        snippet.flag("created_at_unreadable")
        return None
    return published_at


def _hashtags(snippet: Fields, text: str) -> tuple[str, ...]:
    """YouTube marks none: those of title and description, and keywords of one word, which people use for the same."""
    keywords = (f"#{keyword.lstrip(hashtags.SIGNS)}" for keyword in snippet.texts("tags"))
    words = [keyword for keyword in keywords if not any(map(str.isspace, keyword))]
    return tuple(dict.fromkeys((*hashtags.in_text(text, PLATFORM), *hashtags.in_text(" ".join(words), PLATFORM))))
