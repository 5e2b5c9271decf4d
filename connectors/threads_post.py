"""What a post of Threads says in the API: https://developers.facebook.com/docs/threads/threads-media. Pure."""

from __future__ import annotations

from typing import Any

import regex

from connectors import graph, hashtags, permalinks, verbatim
from connectors.fields import Fields
from connectors.picture_addresses import addresses
from connectors.records import Author, Kind, Page, Post, RawItem, Rejected

PLATFORM = "threads"
SOURCE = "threads.net"
OTHERS = ("replied_to", "root_post", "quoted_post", "reposted_post")
"""Where a post can name, or hold, somebody else's."""
REPOST = "REPOST_FACADE"
MEDIA_TYPES = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio", "CAROUSEL_ALBUM": "carousel"}
TEXT_ONLY = ("TEXT_POST", "TEXT", REPOST)
_MENTION = regex.compile(r"(?<![\w@./])@([a-z0-9_](?:[a-z0-9_.]{0,28}[a-z0-9_])?)(?![\w@])", regex.IGNORECASE)


def recognises(document: object) -> bool:
    listed = document.get("data") if isinstance(document, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, dict) or "id" not in first:
        return False
    link = first.get("permalink")
    return {"is_quote_post", "topic_tag"} & first.keys() != set() or (isinstance(link, str) and "threads." in link)


def pieces_of(page: Page) -> tuple[list[bytes], Fields]:
    """The posts of a page, and the keys of those that it only names (`known`). One post may stand alone.

    Raises `BadAnswer` for anything else.
    """
    document = verbatim.document(page.body) or b""
    told = Fields(verbatim.readable_members(document, ("id", "known", "data")))
    if told.has("id") and not told.has("data"):
        return [document], told.part("known")
    return graph.pieces(document, page.source), told.part("known")


def key_of(fields: Fields) -> str | None:
    """The shortcode, which stands in the post's address. The API's `id` is known to the API only."""
    link = permalinks.permalink(fields.text("permalink") or "")
    return fields.text("shortcode") or (link.key if link and link.platform == PLATFORM else None)


def accounts(fields: Fields) -> tuple[str, ...]:
    name = _username(fields)
    return (f"handle:{name}", name) if name else ()


def _username(fields: Fields) -> str | None:
    return (fields.text("username") or "").lower().removeprefix("@") or None


def item(piece: bytes, page: Page) -> RawItem | Rejected:
    try:
        post = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, page, "not_json", f"a post cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(post, dict):
        return _rejected(piece, page, "wrong_type", "a post is not a JSON object")
    fields, body = Fields(post), _of_one_person(post, piece)
    key = key_of(fields)
    if key is None:
        return _rejected(body, page, "no_id", "a post has neither a shortcode nor an address")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=body,
        observed_at=page.observed_at,
        accounts=accounts(fields),
    )


def _of_one_person(post: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came, or, where others' posts are nested, the post with references in their place."""
    nested = {name: post[name] for name in OTHERS if isinstance(post.get(name), dict) and post[name].keys() - {"id"}}
    is_repost = post.get("media_type") == REPOST
    if not nested and not is_repost:
        return piece
    kept = {name: value for name, value in post.items() if not (is_repost and name in ("text", "alt_text", "children"))}
    return verbatim.encode(kept | {name: _reference(other) for name, other in nested.items()})


def _reference(other: dict[str, Any]) -> dict[str, Any]:
    return {name: other[name] for name in ("id", "shortcode", "permalink") if name in other}


def _rejected(piece: bytes, page: Page, reason: str, detail: str) -> Rejected:
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=accounts(Fields(verbatim.readable_members(piece, ("username",)))),
    )


def parse(item: RawItem) -> Post | Rejected:
    post = Fields(verbatim.decode_or_none(item.body))
    if not post:
        return item.unreadable("not_json", "a post is not a JSON object")
    text = post.text("text")
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=_author(post),
        kind=_kind(post),
        url=post.text("permalink"),
        text=text,
        created_at=graph.created_at(post, "timestamp", item.observed_at),
        hashtags=_hashtags(post, text or ""),
        mentions=tuple(dict.fromkeys(name.lower() for name in _MENTION.findall(text or ""))),
        links=tuple(link for link in [post.text("link_attachment_url")] if link and link.startswith("http")),
        media_types=_media_types(post),
        media_urls=_pictures(post),
        reply_to_id=_named(post, "replied_to"),
        quote_of_id=_named(post, "quoted_post"),
        repost_of_id=_named(post, "reposted_post"),
        conversation_id=_named(post, "root_post"),
        flags=tuple(dict.fromkeys(post.flags)),
    )


def _author(post: Fields) -> Author | None:
    name = _username(post)
    if name is None:
        post.flag("author_unreadable")
        return None
    return author(name)


def author(name: str) -> Author:
    """Threads tells no permanent id of other people's accounts, so the handle stands in for it, and says so."""
    return Author(account_id=f"handle:{name}", handle=name, url=f"https://www.threads.net/@{name}")


def _kind(post: Fields) -> Kind:
    if post.text("media_type") == REPOST or post.has("reposted_post"):
        return "repost"
    if post.truth("is_reply") or post.has("replied_to"):
        return "reply"
    return "quote" if post.truth("is_quote_post") or post.has("quoted_post") else "original"


def _hashtags(post: Fields, text: str) -> tuple[str, ...]:
    """The one topic that Threads marks, and the #words beside it, which Threads leaves as plain text."""
    topic = hashtags.normalise(post.text("topic_tag") or "")
    return tuple(dict.fromkeys((*filter(None, [topic]), *hashtags.in_text(text, PLATFORM))))


def _media_types(post: Fields) -> tuple[str, ...]:
    kind = post.text("media_type")
    return () if kind is None or kind in TEXT_ONLY else (MEDIA_TYPES.get(kind, "unknown"),)


def _pictures(post: Fields) -> tuple[str, ...]:
    shown = list(post.part("children").parts("data")) or [post]
    return addresses(one.text("thumbnail_url" if one.text("media_type") == "VIDEO" else "media_url") for one in shown)


def _named(post: Fields, relation: str) -> str | None:
    """Another post's key where it is told, else the API's id of it under the platform's name."""
    value = post.value(relation)
    other = Fields({"id": value} if isinstance(value, str | int) else value, post.flags)
    own_id = other.identity("id")
    return key_of(other) or (f"{SOURCE}/{own_id}" if own_id else None)
