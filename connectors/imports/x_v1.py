"""Posts of X in the form of its old API v1.1, put into the form of v2, which `connectors.x` reads.

The same object with small differences in twarc 1 files, in the archive that X gives to its users (counts are strings,
no author) and within what the web site loads (`legacy`). https://github.com/DocNow/twarc, `platforms.md` §10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors import hashtags
from connectors.fields import Fields

_OTHERS_WORDS = ("full_text", "text", "extended_tweet", "entities", "extended_entities", "card", "place")


def of_one_person(tweet: dict[str, Any]) -> dict[str, Any]:
    """The post with references where posts of others are nested, and without the words that a repost repeats."""
    kept = dict(tweet)
    for name in ("retweeted_status", "quoted_status"):
        if name in kept:
            kept[name] = _reference(kept[name])
    if kept.get("retweeted_status") or is_old_repost(Fields(tweet)):
        tags = Fields(kept).part("entities").value("hashtags")
        kept = {name: value for name, value in kept.items() if name not in _OTHERS_WORDS}
        kept["entities"] = {"hashtags": tags if isinstance(tags, list) else []}
        kept.setdefault("retweeted_status", {})
    return kept


def _reference(other: object) -> dict[str, Any]:
    post = Fields(other)
    author_id = post.part("user").identity("id_str")
    return {"id_str": post.identity("id_str"), "user": {"id_str": author_id}}


def is_old_repost(tweet: Fields) -> bool:
    """A repost that only its text tells: archives hold no `retweeted_status`."""
    return (tweet.text("full_text") or tweet.text("text") or "").startswith("RT @")


def own_id(tweet: Fields) -> str | None:
    return tweet.identity("id_str") or tweet.identity("id")


def key_of(tweet: Fields) -> str | None:
    """The first id of the chain of edits, as `connectors.x` names a post."""
    own = own_id(tweet)
    return None if own is None else min([own, *edits(tweet)], key=lambda one: (len(one), one))


def edits(tweet: Fields) -> list[str]:
    """All ids of the post: X writes them under another name in each of its forms."""
    info, control = tweet.part("edit_info"), tweet.part("edit_control")
    later = info.part("edit")
    chains = (
        info.part("initial").texts("editTweetIds"),
        later.part("editControlInitial").texts("editTweetIds"),
        control.texts("edit_tweet_ids"),
        control.part("edit_control_initial").texts("edit_tweet_ids"),
        tweet.part("edit_history").texts("edit_tweet_ids"),
    )
    single = (later.identity("initialTweetId"), control.identity("initial_tweet_id"))
    found = [*(one for chain in chains for one in chain), *(one for one in single if one)]
    return [one for one in found if one.isascii() and one.isdigit()]


def author_names(tweet: Fields) -> tuple[str, ...]:
    """The author's id and handle, as the sieve looks them up."""
    user = tweet.part("user")
    names = (author_id(tweet), (user.text("screen_name") or "").lower())
    return tuple(dict.fromkeys(name for name in names if name))


def author_id(tweet: Fields) -> str | None:
    return tweet.part("user").identity("id_str") or tweet.identity("user_id_str")


def is_public(tweet: Fields) -> bool:
    return tweet.part("user").truth("protected") is not True


def as_v2(tweet: Fields) -> dict[str, Any]:
    """The item as `connectors.x.parse` takes it. What is absent here is absent there."""
    related = list(_related(tweet))
    media = list(_media(tweet))
    post = {
        "id": own_id(tweet),
        "author_id": author_id(tweet),
        "created_at": tweet.value("created_at"),
        "text": _text(tweet),
        "note_tweet": tweet.value("note_tweet"),
        "lang": tweet.value("lang"),
        "conversation_id": tweet.value("conversation_id_str"),
        "edit_history_tweet_ids": edits(tweet),
        "in_reply_to_user_id": tweet.identity("in_reply_to_user_id_str"),
        "referenced_tweets": [{"type": kind, "id": other} for kind, other, _ in related],
        "entities": _entities(tweet),
        "attachments": {"media_keys": [one["media_key"] for one in media]},
        "public_metrics": {
            "like_count": tweet.value("favorite_count"),
            "retweet_count": tweet.value("retweet_count"),
            "reply_count": tweet.value("reply_count"),
            "quote_count": tweet.value("quote_count"),
            "bookmark_count": tweet.value("bookmark_count"),
            "impression_count": tweet.value("view_count"),
        },
    }
    users = [_user(tweet)] if tweet.has("user") else []
    others = [{"id": other, "author_id": author} for _, other, author in related if other and author]
    return {"post": post, "includes": {"users": users, "media": media, "posts": others}}


def _user(tweet: Fields) -> dict[str, object]:
    user = tweet.part("user")
    return {"id": author_id(tweet), "username": user.text("screen_name"), "name": user.text("name")}


def _related(tweet: Fields) -> Iterator[tuple[str, str | None, str | None]]:
    """Kind, id and author of the posts that this one refers to; the id is None where only the text told a repost."""
    if tweet.has("retweeted_status"):
        other = tweet.part("retweeted_status")
        yield "retweeted", other.identity("id_str"), other.part("user").identity("id_str")
    if tweet.has("in_reply_to_status_id_str"):
        yield "replied_to", tweet.identity("in_reply_to_status_id_str"), tweet.identity("in_reply_to_user_id_str")
    quoted = tweet.part("quoted_status")
    if quoted_id := tweet.identity("quoted_status_id_str") or quoted.identity("id_str"):
        yield "quoted", quoted_id, quoted.part("user").identity("id_str")


def _text(tweet: Fields) -> str | None:
    return tweet.part("extended_tweet").text("full_text") or tweet.text("full_text") or tweet.text("text")


def _entities(tweet: Fields) -> dict[str, Any] | None:
    """The platform's own marks; None where there are none at all, so that the text is searched."""
    found = tweet.part("extended_tweet").part("entities") or tweet.part("entities")
    if not found:
        return None
    return {
        "hashtags": [{"tag": one.text("text") or ""} for one in found.parts("hashtags")],
        "mentions": [{"username": one.text("screen_name")} for one in found.parts("user_mentions")],
        "urls": [{"expanded_url": one.text("expanded_url")} for one in found.parts("urls")],
    }


def _media(tweet: Fields) -> Iterator[dict[str, Any]]:
    for entities in (tweet.part("extended_tweet").part("extended_entities"), tweet.part("extended_entities")):
        for one in entities.parts("media"):
            address = one.text("media_url_https")
            shown = {"url": address, "preview_image_url": address} if address else {}
            yield {"media_key": one.identity("id_str") or address or "", "type": one.text("type"), **shown}


def note(text: str | None, marked: list[str]) -> dict[str, Any] | None:
    """The whole text of a long post in the form of v2. Its tags are looked for too: not every form marks them."""
    if text is None:
        return None
    tags = dict.fromkeys([*marked, *hashtags.in_text(text, "x")])
    return {"text": text, "entities": {"hashtags": [{"tag": tag} for tag in tags]}}
