"""What a Mastodon status says: https://docs.joinmastodon.org/entities/Status/, `platforms.md` §5.5. All of it pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors import hashtags, markup, verbatim
from connectors.fields import Fields
from connectors.picture_addresses import addresses
from connectors.records import Author, Counts, Kind, Post, RawItem

PLATFORM = "mastodon"
PUBLIC = frozenset({"public", "unlisted"})
ROBOTS_OFF = frozenset({"nobot", "noarchive", "noindex", "nobots"})
FUTURE = timedelta(days=1)
OTHERS = ("reblog", "quote", "card")
"""Where a status can hold other people's posts and names; Pleroma has `pleroma.quote` besides."""
COPIED = ("content", "text", "spoiler_text", "media_attachments", "mentions", "poll", "card", "pleroma", "akkoma")
"""What some servers repeat of the boosted post on the boost itself."""


def of_one_person(status: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came, or, where others' posts are nested, the status with references in their place."""
    pleroma = status.get("pleroma")
    quotes_there = isinstance(pleroma, dict) and pleroma.get("quote")
    if not quotes_there and not any(status.get(name) for name in OTHERS):
        return piece
    if status.get("reblog"):
        for name in COPIED:
            status.pop(name, None)
    elif quotes_there and isinstance(pleroma, dict):
        pleroma["quote"] = _reference(pleroma["quote"])
    status["reblog"] = _reference(status.get("reblog"))
    status["quote"] = _reference(status.get("quote"))
    if isinstance(card := status.get("card"), dict):
        status["card"] = {name: card[name] for name in ("url", "type") if name in card}
    return verbatim.encode(status)


def _reference(other: object) -> object:
    if not isinstance(other, dict):
        return None
    kept = {name: other[name] for name in ("id", "uri", "state", "quoted_status_id") if name in other}
    if isinstance(account := other.get("account"), dict):
        kept["account"] = {name: account[name] for name in ("id", "uri") if name in account}
    if other.get("quoted_status") is not None:
        kept["quoted_status"] = _reference(other["quoted_status"])
    return kept


def is_public(fields: Fields) -> bool:
    """Whatever the item says that is not openly public stays out; an item that says nothing was on a public page."""
    return not fields.has("visibility") or fields.text("visibility") in PUBLIC


def accounts(fields: Fields, source: str) -> tuple[str, ...]:
    account = fields.part("account")
    names = (author_id(fields), account.text("url"), handle_of(account, source))
    return tuple(dict.fromkeys(name for name in names if name))


def author_id(status: Fields) -> str | None:
    """The ActivityPub name of the author, the same on every instance. Older servers tell it only within the post's."""
    account, uri = status.part("account"), status.text("uri") or ""
    actor, _, rest = uri.partition("/statuses/")
    return account.text("uri") or (actor if rest else None) or account.text("url")


def account_id_of(account: Fields) -> str | None:
    """The same of an account that stands alone. Where an older server tells only `https://host/@name`, the name of
    the actor behind it is `https://host/users/name` on Mastodon and on all that copy its addresses.
    """
    url = account.text("url") or ""
    host, found, name = url.partition("/@")
    return (
        account.text("uri") or (f"{host}/users/{name}" if found and name.isascii() and "/" not in name else url) or None
    )


def handle_of(account: Fields, source: str) -> str | None:
    """`name@host`, lower case. A local account comes without host, which is then the instance's own domain."""
    acct = (account.text("acct") or account.text("username") or "").lower().lstrip("@")
    if not acct or "@" in acct:
        return acct or None
    host = (_host(account.text("url")) or source).lower()
    is_subdomain = host.endswith(f".{source}")
    return f"{acct}@{source if is_subdomain else host}"


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").netloc or None
    except ValueError:
        return None


def post(status: Fields, item: RawItem) -> Post:
    html = status.html("content")
    text = None if html is None else markup.text(html)
    edited_at = status.moment("edited_at")
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        source_rank=2 if _is_home_copy(status, item) else 1,
        author=_author(status, item.source),
        kind=_kind(status),
        url=status.text("url") or (item.key if item.key.startswith("http") else None),
        title=status.text("spoiler_text") or None,
        text=text,
        language=status.text("language"),
        created_at=_created_at(status, item),
        edited_at=edited_at,
        version_id=None if edited_at is None else edited_at.isoformat(),
        hashtags=_tags(status, text),
        mentions=tuple(handle for one in status.parts("mentions") if (handle := handle_of(one, item.source))),
        links=markup.links(html or ""),
        media_types=tuple(kind for one in status.parts("media_attachments") if (kind := one.text("type"))),
        media_urls=addresses(_picture(one) for one in status.parts("media_attachments")),
        reply_to_id=_reply_to(status, item.source),
        reply_to_account=_reply_to_account(status, item.source),
        quote_of_id=_quoted(status),
        repost_of_id=status.part("reblog").identity("uri"),
        counts=Counts(
            likes=status.count("favourites_count"),
            reposts=status.count("reblogs_count"),
            replies=status.count("replies_count"),
            quotes=status.count("quotes_count"),
        ),
        flags=_flags(status),
    )


def _picture(attached: Fields) -> str | None:
    """The small copy that servers make, of a film a still; a server that makes none gives the file again."""
    return attached.text("preview_url") or (attached.text("url") if attached.text("type") == "image" else None)


def _created_at(status: Fields, item: RawItem) -> datetime | None:
    """Nobody posted tomorrow: a server whose clock or import went wrong tells nothing of when."""
    created_at = status.moment("created_at")
    if created_at is None or created_at > item.observed_at + FUTURE:
        status.flag("created_at_unreadable")
        return None
    return created_at


def _author(status: Fields, source: str) -> Author | None:
    account, account_id = status.part("account"), author_id(status)
    if account_id is None:
        status.flag("author_unreadable")
        return None
    return Author(
        account_id=account_id,
        handle=handle_of(account, source),
        display_name=account.text("display_name") or None,
        url=account.text("url"),
        is_bot=account.truth("bot"),
        links=_verified(account),
        moved_to=account_id_of(account.part("moved")),
    )


def _verified(account: Fields) -> tuple[str, ...]:
    """Links of the profile whose pages link back, as the server has checked."""
    rows = (row.html("value") or "" for row in account.parts("fields") if row.has("verified_at"))
    return tuple(dict.fromkeys(link for html in rows for link in markup.links(html)))


def _is_home_copy(status: Fields, item: RawItem) -> bool:
    acct = status.part("account").text("acct") or "@"
    return "@" not in acct or _host(item.key) == item.source


def _kind(status: Fields) -> Kind:
    if status.has("reblog"):
        return "repost"
    if status.has("in_reply_to_id"):
        return "reply"
    return "quote" if status.has("quote") or status.part("pleroma").has("quote") else "original"


def _tags(status: Fields, text: str | None) -> tuple[str, ...]:
    """The server's own marks; only a server that sends none at all makes us look into the text."""
    if not status.has("tags"):
        status.flag("tags_missing")
        return hashtags.in_text(text or "", PLATFORM)
    names = (tag.text("name") for tag in status.parts("tags"))
    return tuple(dict.fromkeys(hashtags.normalise(name) for name in names if name))


def _reply_to(status: Fields, source: str) -> str | None:
    """The server gives only its own id of the post answered, so that is told with the server's name."""
    local_id = status.identity("in_reply_to_id")
    return f"{source}/{local_id}" if local_id else None


def _reply_to_account(status: Fields, source: str) -> str | None:
    """The author's own account id for an answer to oneself, the handle of somebody mentioned, else a local id."""
    local_id = status.identity("in_reply_to_account_id")
    if local_id is None:
        return None
    if local_id == status.part("account").identity("id"):
        return author_id(status)
    for mention in status.parts("mentions"):
        if mention.identity("id") == local_id:
            return handle_of(mention, source)
    return f"{source}/{local_id}"


def _quoted(status: Fields) -> str | None:
    """Mastodon tells the quoted status within its state, Akkoma the status itself, Pleroma in a place of its own."""
    quote, elsewhere = status.part("quote"), status.part("pleroma").part("quote")
    found = (part.identity("uri") for part in (quote.part("quoted_status"), quote, elsewhere))
    return next((uri for uri in found if uri), None)


def _flags(status: Fields) -> tuple[str, ...]:
    account = status.part("account")
    bio = hashtags.in_text(markup.text(account.html("note") or ""), PLATFORM)
    if account.truth("noindex") or ROBOTS_OFF & set(bio):
        status.flag("asks_not_indexed")
    if account.truth("indexable") is False:
        status.flag("not_searchable")
    return tuple(status.flags)
