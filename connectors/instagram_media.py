"""What a piece of Instagram media says: https://developers.facebook.com/docs/instagram-platform/reference/instagram-media

All of it pure. The key is the shortcode of the permalink, which is the same on every route and in every import; the
Graph API's own `id` is not. Media found by hashtag tell no author; those of a member's account and of our own do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import regex

from connectors import graph, hashtags, interactions, verbatim
from connectors.fields import Fields
from connectors.names import by_name
from connectors.permalinks import permalink
from connectors.picture_addresses import addresses
from connectors.records import Author, Counts, Interaction, Page, Post, RawItem, Rejected

PLATFORM = "instagram"
LISTED = "id,caption,media_type,media_url,permalink,timestamp,comments_count,like_count,children{media_type,media_url}"
"""What is asked for on every route. A hashtag's media refuse `username`."""
_MENTION = regex.compile(r"(?<![\w@/.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)")
_MEDIA_TYPES = {"IMAGE": "image", "VIDEO": "video", "REELS": "video", "CAROUSEL_ALBUM": "carousel"}


def key(media: Fields) -> str | None:
    """The shortcode."""
    found = permalink(media.text("permalink") or "")
    if found and found.platform == PLATFORM:
        return found.key
    return media.text("shortcode")


def item(piece: bytes, owner: dict[str, Any] | None, page: Page) -> RawItem | Rejected:
    """One piece of media that stands alone. `owner`: whose list it came in, where that was told beside it."""
    try:
        media = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, owner, page, "not_json", f"media cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(media, dict):
        return _rejected(piece, owner, page, "wrong_type", "media is not a JSON object")
    if "comments" in media:  # other people's words, on saved pages
        del media["comments"]
        piece = verbatim.encode(media)
    if owner:
        piece = graph.with_member(piece, "owner", owner) if "owner" not in media else piece
        media = {"owner": owner} | media
    fields = Fields(media)
    shortcode = key(fields)
    if shortcode is None:
        return _rejected(piece, None, page, "no_id", "media has no permalink with a shortcode")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=shortcode,
        body=piece,
        observed_at=page.observed_at,
        accounts=accounts(fields),
    )


def _rejected(piece: bytes, owner: dict[str, Any] | None, page: Page, reason: str, detail: str) -> Rejected:
    readable = verbatim.readable_members(piece, ("owner", "username"))
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=accounts(Fields(({"owner": owner} if owner else {}) | readable)),
    )


def accounts(media: Fields) -> tuple[str, ...]:
    found = author(media)
    if found is None:
        return ()
    return tuple(dict.fromkeys(name for name in (found.account_id, found.handle) if name))


def author(media: Fields) -> Author | None:
    """The account; where only its name is told, that stands for the id."""
    owner = media.part("owner")
    name = (owner.text("username") or media.text("username") or "").lower().lstrip("@") or None
    account_id = owner.identity("id") or (by_name(name) if name else None)
    if account_id is None:
        return None
    return Author(
        account_id=account_id,
        handle=name,
        display_name=owner.text("name") or None,
        url=f"https://www.instagram.com/{name}/" if name else None,
    )


def parse(one: RawItem) -> Post | Rejected:
    try:
        media = Fields(verbatim.decode(one.body))
    except ValueError:
        media = Fields(None)
    if not media:
        return one.unreadable("not_json", "media is not a JSON object")
    text, made_by = media.text("caption"), author(media)
    created_at = graph.created_at(media, "timestamp", one.observed_at)
    counts = Counts(
        likes=media.count("like_count"), replies=media.count("comments_count"), views=media.count("view_count")
    )
    return Post(
        platform=PLATFORM,
        post_id=one.key,
        source=one.source,
        source_rank=1 if made_by is None else 2,
        author=made_by,
        url=media.text("permalink"),
        text=text,
        created_at=created_at,
        hashtags=hashtags.in_text(text or "", PLATFORM),
        mentions=tuple(dict.fromkeys(name.lower() for name in _MENTION.findall(text or ""))),
        media_types=_media_types(media),
        media_urls=_pictures(media),
        counts=counts,
        flags=tuple(media.flags),
    )


def _parts(media: Fields) -> list[Fields]:
    """What is in an album, or the one picture or film."""
    return list(media.part("children").parts("data")) or [media]


def _pictures(media: Fields) -> tuple[str, ...]:
    """Of a film only the still, which a hashtag's media do not tell; of an album that is not told open, its first."""
    shown = (
        one.text("thumbnail_url" if _MEDIA_TYPES.get(one.text("media_type") or "") == "video" else "media_url")
        for one in _parts(media)
    )
    return addresses(shown)


def _media_types(media: Fields) -> tuple[str, ...]:
    """Kinds that we do not know keep their name."""
    kinds = [one.text("media_type") for one in _parts(media)]
    return tuple(_MEDIA_TYPES.get(kind, kind.lower()) for kind in kinds if kind)


def acts(one: RawItem) -> Iterator[Interaction | Rejected]:
    """Whom a caption mentions."""
    post = parse(one)
    if isinstance(post, Rejected):
        yield post
    else:
        yield from interactions.of_post(post, one)


def comment_acts(piece: bytes, page: Page) -> Iterator[Interaction | Rejected]:
    """A comment on our own media, and the answers to it; those whose author is withheld tell nothing."""
    comment = Fields(verbatim.decode_or_none(piece))
    comment_id = comment.identity("id")
    if comment_id is None:
        yield _rejected(_without_words(piece), None, page, "no_id", "a comment has no id")
        return
    writer = _comment_author(comment)
    if writer:
        yield interactions.comment(page, comment_id, writer, _time_of(comment, page))
    for answer in comment.part("replies").parts("data"):
        answer_id, answerer = answer.identity("id"), _comment_author(answer)
        if answer_id and answerer:
            yield interactions.comment(page, answer_id, answerer, _time_of(answer, page), comment_id, writer)


def _time_of(comment: Fields, page: Page) -> datetime | None:
    return graph.created_at(comment, "timestamp", page.observed_at)


def _without_words(piece: bytes) -> bytes:
    """What is kept of a broken comment: no words of anybody's."""
    return verbatim.encode(verbatim.readable_members(piece, ("timestamp", "from", "username", "parent_id")))


def _comment_author(comment: Fields) -> Author | None:
    return author(Fields({"owner": comment.value("from"), "username": comment.value("username")}))
