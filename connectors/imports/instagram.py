"""One post of Instagram as its web site loads it, in the three shapes that Zeeschuimer meets.

`item list` (`code`, `taken_at`, `caption`), `Polaris` (`__typename` XIGPolaris…: no time, no likes) and the older Graph
(`shortcode`, `taken_at_timestamp`, `edge_media_to_caption`). Read after 4CAT's search_instagram.py, `platforms.md` §10.
Instagram marks no hashtags: they are looked for in the caption.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from connectors import hashtags
from connectors.fields import Fields
from connectors.names import by_name
from connectors.picture_addresses import addresses
from connectors.records import Author, Counts, Post, RawItem, Rejected

PLATFORM = "instagram"
MEDIA_TYPES = {1: "image", 2: "video", 8: "carousel"}
GRAPH_TYPES = {"GraphImage": "image", "GraphVideo": "video", "GraphSidecar": "carousel"}
CLOSE_FRIENDS = "besties"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_MENTION = re.compile(r"(?<![\w.])@([\w](?:[\w.]*\w)?)", re.ASCII)
_OTHERS = (
    "comments", "preview_comments", "top_likers", "facepile_top_likers", "likers", "social_context",
    "invited_coauthor_producers", "coauthor_producers", "sponsor_tags", "edge_media_to_parent_comment",
    "edge_media_to_hoisted_comment", "edge_related_profiles", "edge_media_to_sponsor_user", "clips_metadata",
    "music_metadata", "media_notes", "floating_context_items",
)  # fmt: skip
"""Where a post holds other people's words, names and faces."""
_COUNTED = ("edge_media_to_comment", "edge_media_preview_comment", "edge_media_preview_like", "edge_liked_by")
"""Of these only the number is kept, not who it was."""


def shortcode(media_id: str | None) -> str | None:
    """The name in a post's address, which is its number written in 64 signs (`3597…_16278726`: the owner follows)."""
    number, _, _ = (media_id or "").partition("_")
    if not (number.isascii() and number.isdigit() and len(number) <= 20):
        return None
    rest, written = int(number), ""
    while rest:
        rest, sign = divmod(rest, 64)
        written = _ALPHABET[sign] + written
    return written or None


def key_of(data: Fields) -> str | None:
    return data.text("code") or data.text("shortcode") or shortcode(data.identity("pk") or data.identity("id"))


def _user(data: Fields) -> Fields:
    return data.part("user") or data.part("owner")


def _account_id(user: Fields) -> str | None:
    return user.identity("pk") or user.identity("id")


def _handle(user: Fields) -> str | None:
    return (user.text("username") or "").lower() or None


def accounts(data: Fields) -> tuple[str, ...]:
    users = (data.part("user"), data.part("owner"))
    found = [name for user in users for name in (_account_id(user), _handle(user))]
    if (written := author(data)) is not None:
        found.append(written.account_id)
    return tuple(dict.fromkeys(name for name in found if name))


def is_public(data: Fields) -> bool:
    """Not what a private account, or somebody for close friends only, shows to the person who browsed."""
    if data.text("audience") == CLOSE_FRIENDS:
        return False
    return not any(data.part(name).truth("is_private") for name in ("user", "owner"))


def is_ad(data: Fields) -> bool:
    link = data.value("link")
    is_redirect = isinstance(link, str) and link.startswith("https://www.facebook.com/ads/ig_redirect")
    return data.value("product_type") == "ad" or is_redirect or data.value("is_ad") is True


def is_partial(data: Fields) -> bool:
    return data.moment("taken_at") is None and data.moment("taken_at_timestamp") is None


def of_one_person(data: dict[str, Any]) -> dict[str, Any]:
    """The post without other people's comments, names of those who liked it, and so on; who is tagged stays."""
    kept = {name: value for name, value in data.items() if name not in _OTHERS}
    for name in _COUNTED:
        if isinstance(kept.get(name), dict):
            kept[name] = {"count": kept[name].get("count")}
    for name in ("usertags", "edge_media_to_tagged_user"):
        if name in kept:
            kept[name] = {"in": [{"user": {"username": handle}} for handle in _tagged_in(Fields(data))]}
    if isinstance(children := kept.get("carousel_media"), list):
        kept["carousel_media"] = [_child(one) for one in children]
    if isinstance(edges := Fields(kept).part("edge_sidecar_to_children").value("edges"), list):
        nodes = (one.get("node") if isinstance(one, dict) else None for one in edges)
        kept["edge_sidecar_to_children"] = {"edges": [{"node": _child(one)} for one in nodes]}
    return kept


def _child(picture: object) -> object:
    """A picture of an album: people are tagged in each of them."""
    return of_one_person(picture) if isinstance(picture, dict) else picture


def post(data: Fields, item: RawItem) -> Post | Rejected:
    caption = _caption(data)
    edited = ("caption_edited",) if data.truth("caption_is_edited") else ()
    created_at = data.moment("taken_at") or data.moment("taken_at_timestamp")
    if created_at is None:
        data.flag("created_at_unknown")
    found = author(data)
    if found is None:
        data.flag("author_unknown")
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=found,
        url=f"https://www.instagram.com/p/{item.key}/",
        text=caption,
        created_at=created_at,
        hashtags=hashtags.in_text(caption or "", PLATFORM),
        mentions=tuple(dict.fromkeys([*_mentioned(caption or ""), *_tagged(data)])),
        media_types=_media_types(data),
        media_urls=pictures([*_children(data)] or [data]),
        counts=_counts(data),
        flags=(*data.flags, *edited),
    )


def author(data: Fields) -> Author | None:
    """Known by name, because the site's number of the account is not the API's."""
    user = _user(data)
    account_id, handle = _account_id(user), _handle(user)
    if handle is None and account_id is None:
        return None
    return Author(
        account_id=by_name(handle) if handle else str(account_id),
        handle=handle,
        display_name=user.text("full_name") or None,
        url=f"https://www.instagram.com/{handle}/" if handle else None,
    )


def _caption(data: Fields) -> str | None:
    """None where the shape shows none: an absent caption and an empty one are the same here."""
    if isinstance(data.value("caption"), str):
        return data.text("caption")
    if data.has("edge_media_to_caption"):
        edges = data.part("edge_media_to_caption").parts("edges")
        return next((edge.part("node").text("text") for edge in edges), None)
    return data.part("caption").text("text")


def _mentioned(caption: str) -> tuple[str, ...]:
    return tuple(handle.lower() for handle in _MENTION.findall(caption))


def _tagged(data: Fields) -> tuple[str, ...]:
    """Who is tagged in the picture, or in one of an album."""
    return tuple(dict.fromkeys(handle for one in (data, *_children(data)) for handle in _tagged_in(one)))


def _children(data: Fields) -> Iterator[Fields]:
    yield from data.parts("carousel_media")
    yield from (edge.part("node") for edge in data.part("edge_sidecar_to_children").parts("edges"))


def _tagged_in(data: Fields) -> tuple[str, ...]:
    """In either shape and as it was cut down."""
    edges = data.part("edge_media_to_tagged_user")
    tags = [*data.part("usertags").parts("in"), *edges.parts("in"), *(one.part("node") for one in edges.parts("edges"))]
    handles = (tag.part("user").text("username") for tag in tags)
    return tuple(dict.fromkeys(handle.lower() for handle in handles if handle))


def _media_types(data: Fields) -> tuple[str, ...]:
    """Of a carousel, the kinds of its pictures."""
    kinds = (_media_type(one) for one in [*_children(data)] or [data])
    return tuple(kind for kind in kinds if kind)


def pictures(shown: Iterable[Fields]) -> tuple[str, ...]:
    """The first of the sizes that the site offers of each picture, or of a film's still: the largest."""
    return addresses(_picture(one) for one in shown)


def _picture(data: Fields) -> str | None:
    sizes = data.part("image_versions2").parts("candidates")
    return next((url for one in sizes if (url := one.text("url"))), None) or data.text("display_url")


def _media_type(data: Fields) -> str | None:
    if data.has("media_type"):
        return MEDIA_TYPES.get(data.count("media_type") or 0, "unknown")
    if data.has("is_video"):
        return "video" if data.truth("is_video") else "image"
    return GRAPH_TYPES.get(data.text("__typename") or "")


def _counts(data: Fields) -> Counts:
    """None where the site hides or leaves out a number; it writes -1 for some that it hides."""
    hidden = data.truth("like_and_view_counts_disabled") is True
    likes = _first_count(data, "like_count", "edge_media_preview_like", "edge_liked_by")
    views = _first_count(data, "view_count", "play_count", "ig_play_count", "video_view_count")
    return Counts(
        likes=None if hidden else likes,
        replies=_first_count(data, "comment_count", "edge_media_to_comment", "edge_media_preview_comment"),
        views=None if hidden else views,
    )


def _first_count(data: Fields, *names: str) -> int | None:
    for name in names:
        if data.has(name):
            is_part = isinstance(data.value(name), dict)
            return data.part(name).count("count") if is_part else data.count(name)
    return None
