"""One post of Threads as its web site loads it: the shape of Instagram's item list, with `text_post_app_info`.

Read after 4CAT's search_threads.py, `platforms.md` §10. Threads marks at most one topic (`tag_header`); the text's own
hashtags are looked for.
"""

from __future__ import annotations

from typing import Any

from connectors import hashtags
from connectors.fields import Fields
from connectors.imports import instagram
from connectors.records import Author, Counts, Kind, Post, RawItem, Rejected

PLATFORM = "threads"
INFO = "text_post_app_info"
is_public, is_partial = instagram.is_public, instagram.is_partial


def key_of(data: Fields) -> str | None:
    return data.text("code") or instagram.shortcode(data.identity("pk") or data.identity("id"))


def accounts(data: Fields) -> tuple[str, ...]:
    found = _author(data)
    names = (_account_id(data.part("user")), found.account_id if found else None, found.handle if found else None)
    return tuple(dict.fromkeys(name for name in names if name))


def is_ad(data: Fields) -> bool:
    return instagram.is_ad(data) or data.has("ad_id")


def of_one_person(data: dict[str, Any]) -> dict[str, Any]:
    """The post with references where posts and names of others are nested."""
    kept = instagram.of_one_person(data)
    info = kept.get(INFO)
    if not isinstance(info, dict):
        return kept
    info = dict(info)
    for name in ("quoted_post", "reposted_post"):
        if isinstance(shared := info.get("share_info"), dict) and name in shared:
            info["share_info"] = {**shared, name: _reference(shared[name])}
    if isinstance(info.get("reply_to_author"), dict):
        info["reply_to_author"] = {"pk": _account_id(Fields(info["reply_to_author"]))}
    for name in ("reply_facepile_users", "text_with_entities", "pinned_post_info", "social_context"):
        info.pop(name, None)
    if Fields(info).part("share_info").has("reposted_post"):
        kept.pop("caption", None)
    return {**kept, INFO: info}


def _reference(other: object) -> dict[str, Any] | None:
    if not isinstance(other, dict):
        return None
    post = Fields(other)
    return {"code": key_of(post), "user": {"pk": _account_id(post.part("user"))}}


def _account_id(user: Fields) -> str | None:
    return user.identity("pk") or user.identity("id")


def post(data: Fields, item: RawItem) -> Post | Rejected:
    info = data.part(INFO)
    quoted = key_of(info.part("share_info").part("quoted_post"))
    reposted = key_of(info.part("share_info").part("reposted_post"))
    text = data.part("caption").text("text")
    author = _author(data)
    if author is None:
        data.flag("author_unknown")
    topic = info.part("tag_header").text("display_name")
    tags = ([hashtags.normalise(topic)] if topic else []) + list(hashtags.in_text(text or "", PLATFORM))
    created_at = data.moment("taken_at")
    if created_at is None:
        data.flag("created_at_unknown")
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=author,
        kind=_kind(info, quoted, reposted),
        url=f"https://www.threads.com/@{author.handle}/post/{item.key}" if author and author.handle else None,
        text=text,
        created_at=created_at,
        hashtags=tuple(dict.fromkeys(tags)),
        media_types=_media_types(data),
        media_urls=instagram.pictures(list(data.parts("carousel_media")) or [data]),
        reply_to_account=_account_id(info.part("reply_to_author")),
        quote_of_id=quoted,
        repost_of_id=reposted,
        counts=Counts(
            likes=None if data.truth("like_and_view_counts_disabled") else data.count("like_count"),
            reposts=info.count("repost_count"),
            replies=info.count("direct_reply_count"),
            quotes=info.count("quote_count"),
        ),
        flags=tuple(data.flags),
    )


def _kind(info: Fields, quoted: str | None, reposted: str | None) -> Kind:
    if reposted:
        return "repost"
    if info.truth("is_reply") or info.has("reply_to_author"):
        return "reply"
    return "quote" if quoted else "original"


def _author(data: Fields) -> Author | None:
    """Named as `connectors.threads` names an account: the API tells nothing but its name."""
    user = data.part("user")
    account_id, handle = _account_id(user), (user.text("username") or "").lower() or None
    if account_id is None and handle is None:
        return None
    return Author(
        account_id=f"handle:{handle}" if handle else str(account_id),
        handle=handle,
        display_name=user.text("full_name") or None,
        url=f"https://www.threads.com/@{handle}" if handle else None,
    )


def _media_types(data: Fields) -> tuple[str, ...]:
    """Threads gives a post of nothing but text the media type 19."""
    kinds = (
        instagram.MEDIA_TYPES.get(one.count("media_type") or 0) for one in list(data.parts("carousel_media")) or [data]
    )
    return tuple(kind for kind in kinds if kind)
