"""One video of TikTok as its web site loads it. Read after 4CAT's search_tiktok.py, `platforms.md` §10."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors import hashtags
from connectors.fields import Fields
from connectors.names import by_name
from connectors.records import Author, Counts, Post, RawItem, Rejected

PLATFORM = "tiktok"
_OTHERS = ("comments", "duetInfo", "stitch", "stitchInfo", "music", "stickersOnItem")


def key_of(data: Fields) -> str | None:
    return data.identity("id")


def _user(data: Fields) -> Fields:
    """The author, whom the site writes as an object, or with the parts beside the post."""
    if isinstance(data.value("author"), str):
        beside = {"uniqueId": data.value("author"), "nickname": data.value("nickname"), "id": data.value("authorId")}
        return Fields(beside, data.flags)
    return data.part("author")


def _handle(user: Fields) -> str | None:
    return (user.text("uniqueId") or "").lower() or None


def accounts(data: Fields) -> tuple[str, ...]:
    found = _author(data)
    return tuple(name for name in (found.account_id, found.handle) if name) if found else ()


def is_public(data: Fields) -> bool:
    says_private = (data.value(name) is True for name in ("privateItem", "secret", "friendsOnly", "forFriend"))
    return not any(says_private) and _user(data).value("privateAccount") is not True


def is_ad(data: Fields) -> bool:
    return data.value("isAd") is True


def is_partial(data: Fields) -> bool:
    return data.moment("createTime") is None


def of_one_person(data: dict[str, Any]) -> dict[str, Any]:
    """The video without what it holds of others: comments, the video that it answers, whose music it plays."""
    return {name: value for name, value in data.items() if name not in _OTHERS}


def post(data: Fields, item: RawItem) -> Post | Rejected:
    author, text = _author(data), data.text("desc")
    if author is None:
        data.flag("author_unknown")
    created_at = data.moment("createTime")
    if created_at is None:
        data.flag("created_at_unknown")
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=author,
        url=f"https://www.tiktok.com/@{author.handle}/video/{item.key}" if author and author.handle else None,
        text=text,
        language=None if (language := data.text("textLanguage")) == "un" else language,
        created_at=created_at,
        hashtags=_tags(data, text),
        mentions=tuple(dict.fromkeys(name.lower() for one in _extras(data) if (name := one.text("userUniqueId")))),
        media_types=("image",) if data.has("imagePost") else ("video",),
        counts=_counts(data),
        flags=tuple(data.flags),
    )


def _author(data: Fields) -> Author | None:
    user = _user(data)
    account_id, handle = user.identity("id"), _handle(user)
    if account_id is None and handle is None:
        return None
    return Author(
        account_id=account_id or by_name(str(handle)),
        handle=handle,
        display_name=user.text("nickname") or None,
        url=f"https://www.tiktok.com/@{handle}" if handle else None,
    )


def _extras(data: Fields) -> Iterator[Fields]:
    yield from data.parts("textExtra")
    for content in data.parts("contents"):
        yield from content.parts("textExtra")


def _tags(data: Fields, text: str | None) -> tuple[str, ...]:
    """As TikTok marks them; looked for in the text only where it marks nothing at all."""
    if not (data.has("textExtra") or data.has("challenges") or data.has("contents")):
        return hashtags.in_text(text or "", PLATFORM)
    marked = [one.text("hashtagName") for one in _extras(data)] + [
        one.text("title") for one in data.parts("challenges")
    ]
    return tuple(dict.fromkeys(hashtags.normalise(tag) for tag in marked if tag))


def _counts(data: Fields) -> Counts:
    stats = data.part("stats") or data.part("statsV2")
    return Counts(
        likes=stats.count("diggCount"),
        reposts=stats.count("shareCount"),
        replies=stats.count("commentCount"),
        views=stats.count("playCount"),
        bookmarks=stats.count("collectCount"),
    )
