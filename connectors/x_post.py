"""One post of X as `connectors.x.split` leaves it: {"post": …, "includes": {"users", "media", "posts"}}.

Both dialects are read: up to OpenAPI 2.166 (`edit_history_tweet_ids`, `referenced_tweets`, `note_tweet`,
`retweet_count`) and from 2.167 on (`edit_history_post_ids`, `referenced_posts`, `note_post`, `repost_count`).
An edit makes a new id; all versions of a post are one post, named by its first id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors import hashtags, verbatim
from connectors.fields import Fields
from connectors.picture_addresses import addresses
from connectors.records import Author, Counts, Kind, Post, RawItem, Rejected

PLATFORM = "x"
SNOWFLAKE_EPOCH_MS = 1288834974657
LONGEST_EDITING = timedelta(days=1)
"""X lets people edit for an hour at most; a first id further away than a day is no id of that kind."""
FUTURE = timedelta(days=1)
"""A time so far after the observation cannot be one of posting."""
HISTORIES = ("edit_history_tweet_ids", "edit_history_post_ids")
UNKNOWN_LANGUAGE = "und"
_SNOWFLAKE = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAuthor:
    """The author as a page tells: often only the id, when the account is suspended or was not asked for."""

    account_id: str | None
    user: Fields

    @property
    def handle(self) -> str | None:
        username = self.user.text("username")
        return username.lower() if username else None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.account_id, self.handle) if name)

    @property
    def is_protected(self) -> bool:
        return self.user.truth("protected") is True


def author_of(post: Fields, includes: Fields) -> SeenAuthor:
    account_id = post.identity("author_id")
    users = includes.parts("users")
    user = next((user for user in users if user.identity("id") == account_id), Fields(None, post.flags))
    return SeenAuthor(account_id=account_id, user=user)


def key_of(post: Fields) -> str | None:
    """The first id of the chain of edits; None where the post has no id at all."""
    own = post.identity("id")
    return None if own is None else min(ids_of(post), key=_by_number)


def ids_of(post: Fields) -> list[str]:
    """The ids of all its versions, its own first."""
    own = post.identity("id")
    return [*([own] if own else []), *_edits(post)]


def _earlier(post: Fields, own_id: str) -> tuple[str, ...]:
    """The ids that it had before this version, in their order; a version seen late also names the ones after it."""
    before = {one for one in ids_of(post) if _by_number(one) < _by_number(own_id)}
    return tuple(sorted(before, key=_by_number))


def references_of(post: Fields) -> Iterator[Fields]:
    for name in ("referenced_tweets", "referenced_posts"):
        yield from post.parts(name)


def _edits(post: Fields) -> list[str]:
    written = [one for name in HISTORIES for one in post.texts(name)]
    return [one for one in written if one.isascii() and one.isdigit()]


def _by_number(written: str) -> tuple[int, str]:
    return len(written), written


def parse(item: RawItem) -> Post | Rejected:
    whole = Fields(verbatim.decode_or_none(item.body))
    post = whole.part("post")
    own_id = post.identity("id")
    if own_id is None:
        return item.unreadable("no_id", "an item has no post with an id")
    return _post(post, own_id, whole.part("includes"), item)


def _post(post: Fields, own_id: str, includes: Fields, item: RawItem) -> Post:
    author = author_of(post, includes)
    text = _text(post)
    related = {one.text("type"): _first_of(one.identity("id"), includes) for one in references_of(post)}
    created_at, edited_at = _times(post, own_id, item)
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=_author(post, author),
        kind=_kind(related),
        url=f"https://x.com/{author.handle or 'i/web'}/status/{own_id}",
        text=text,
        language=None if (language := post.text("lang")) == UNKNOWN_LANGUAGE else language,
        created_at=created_at,
        edited_at=edited_at,
        version_id=own_id,
        earlier_ids=_earlier(post, own_id),
        hashtags=_hashtags(post, text),
        mentions=_mentions(post),
        links=_links(post),
        media_types=_media_types(post, includes),
        media_urls=_pictures(post, includes),
        reply_to_id=related.get("replied_to"),
        reply_to_account=post.identity("in_reply_to_user_id") or _author_of(related.get("replied_to"), includes),
        quote_of_id=related.get("quoted"),
        repost_of_id=related.get("retweeted"),
        conversation_id=post.identity("conversation_id"),
        counts=_counts(post.part("public_metrics")),
        flags=tuple(post.flags),
    )


def _author(post: Fields, author: SeenAuthor) -> Author | None:
    if author.account_id is None:
        post.flag("author_unreadable")
        return None
    return Author(
        account_id=author.account_id,
        handle=author.handle,
        display_name=author.user.text("name"),
        url=f"https://x.com/{author.handle}" if author.handle else None,
        links=_site(author.user),
    )


def _site(user: Fields) -> tuple[str, ...]:
    """The address that the profile gives as its own."""
    given = (url.text("expanded_url") or "" for url in user.part("entities").part("url").parts("urls"))
    return tuple(dict.fromkeys(link for link in given if link.startswith(("https://", "http://"))))


def _kind(related: dict[str | None, str | None]) -> Kind:
    if "retweeted" in related:
        return "repost"
    if "replied_to" in related:
        return "reply"
    return "quote" if "quoted" in related else "original"


def _times(post: Fields, own_id: str, item: RawItem) -> tuple[datetime | None, datetime | None]:
    """When the first version was made, and when this one, if it is another."""
    written = post.moment("created_at")
    if written is None or written > item.observed_at + FUTURE:
        post.flag("created_at_unreadable")
        written = None
    if own_id == item.key:
        return written, None
    first = _moment_of_id(item.key)
    if first is None or (written is not None and not timedelta() <= written - first <= LONGEST_EDITING):
        post.flag("first_version_time_unknown")
        return written, written
    return first, written


def _moment_of_id(snowflake: str) -> datetime | None:
    milliseconds = (int(snowflake) >> 22) + SNOWFLAKE_EPOCH_MS if _SNOWFLAKE.fullmatch(snowflake) else None
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _note(post: Fields) -> Fields:
    """The whole text of a long post; `note_post` may be an object like `note_tweet`, or only the text."""
    for name in ("note_tweet", "note_post"):
        value = post.value(name)
        if value is not None:
            return Fields({"text": value} if isinstance(value, str) else value, post.flags)
    return Fields(None, post.flags)


def _text(post: Fields) -> str | None:
    text = _note(post).text("text") or post.text("text")
    return None if text is None else text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _entities(post: Fields) -> Iterator[Fields]:
    yield post.part("entities")
    yield _note(post).part("entities")


def _hashtags(post: Fields, text: str | None) -> tuple[str, ...]:
    """As X marks them, those past the cut of a long post included; looked for in the text only where none are given."""
    if not any(entities for entities in _entities(post)):
        return hashtags.in_text(text or "", PLATFORM)
    tags = (tag.text("tag") for entities in _entities(post) for tag in entities.parts("hashtags"))
    return tuple(dict.fromkeys(hashtags.normalise(tag) for tag in tags if tag))


def _mentions(post: Fields) -> tuple[str, ...]:
    names = (mention.text("username") for entities in _entities(post) for mention in entities.parts("mentions"))
    return tuple(dict.fromkeys(name.lower() for name in names if name))


def mentioned(item: RawItem) -> dict[str, str]:
    """The ids of the accounts that a post mentions, by handle in lower case, as far as X tells them."""
    post = Fields(verbatim.decode_or_none(item.body)).part("post")
    mentions = (mention for entities in _entities(post) for mention in entities.parts("mentions"))
    known = {mention.text("username"): mention.identity("id") for mention in mentions}
    return {name.lower(): account_id for name, account_id in known.items() if name and account_id}


def _links(post: Fields) -> tuple[str, ...]:
    """Where the post links to; the links that X makes of its own pictures are left out."""
    urls = (url for entities in _entities(post) for url in entities.parts("urls") if not url.has("media_key"))
    found = (url.text("unwound_url") or url.text("expanded_url") or "" for url in urls)
    return tuple(dict.fromkeys(link for link in found if link.startswith(("https://", "http://"))))


def _media_types(post: Fields, includes: Fields) -> tuple[str, ...]:
    """`unknown` for media that the page does not describe: the post has them all the same."""
    described = {media.identity("media_key"): media.text("type") for media in includes.parts("media")}
    return tuple(described.get(key) or "unknown" for key in post.part("attachments").texts("media_keys"))


def _pictures(post: Fields, includes: Fields) -> tuple[str, ...]:
    """Of a film its still, which has an address of its own."""
    keys = set(post.part("attachments").texts("media_keys"))
    described = (media for media in includes.parts("media") if media.identity("media_key") in keys)
    return addresses(media.text("url" if media.text("type") == "photo" else "preview_image_url") for media in described)


def _first_of(post_id: str | None, includes: Fields) -> str | None:
    """The key of another post; as far as the page tells, because only the version that was seen is named."""
    others = (one for one in includes.parts("posts") if post_id in ids_of(one))
    return next((key_of(one) for one in others), post_id)


def _author_of(post_id: str | None, includes: Fields) -> str | None:
    others = (one for one in includes.parts("posts") if post_id is not None and post_id in ids_of(one))
    return next((one.identity("author_id") for one in others), None)


def _counts(metrics: Fields) -> Counts:
    reposts = "retweet_count" if metrics.has("retweet_count") else "repost_count"
    return Counts(
        likes=metrics.count("like_count"),
        reposts=metrics.count(reposts),
        replies=metrics.count("reply_count"),
        quotes=metrics.count("quote_count"),
        views=metrics.count("impression_count"),
        bookmarks=metrics.count("bookmark_count"),
    )
