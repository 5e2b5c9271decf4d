"""What a Bluesky post says: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, `platforms.md` §6.4. All pure.

The time. `createdAt` is what the author's program declares: any year, sometimes without a zone. `indexedAt` is when the
network first saw the post. The earlier of the two is taken (`metrics.md` b.3): no post was made after it was seen, so
one that says so is flagged `created_at_ahead` (beyond `AHEAD`: clocks run a little fast); one that is more than a day
older than its first sight is flagged `created_at_long_before`. A `createdAt` without a zone, before `moments.EARLIEST`,
or ahead where nobody tells the first sight, is unknown and flagged `created_at_unreadable`.

The tags. Facets of the kind `#tag` and `record.tags` are the author's marks and taken as given. Only where there are
none the text is searched by Bluesky's own rule, because some programs write `#ITP28` and mark nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import regex

from connectors import hashtags, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.moments import moment
from connectors.picture_addresses import addresses, hash_of_cid
from connectors.records import Author, Counts, Page, Post, RawItem, Rejected

PLATFORM = "bluesky"
POSTS = "app.bsky.feed.post"
AHEAD, LONG_BEFORE = timedelta(minutes=10), timedelta(hours=24)
NO_HANDLE = "handle.invalid"
"""What the network writes where an account's handle does not lead back to it."""
LOGGED_IN_ONLY = "!no-unauthenticated"
OWN_EMBEDS = frozenset(f"app.bsky.embed.{kind}#view" for kind in ("images", "video", "gallery", "external"))
"""Views of what the author added; every other kind may hold somebody else's post."""
_MEDIA = {"images": "image", "gallery": "image", "video": "video"}
_AT_URI = regex.compile(rf"at://([^/\s]+)/{regex.escape(POSTS)}/([A-Za-z0-9._:~-]{{1,512}})")
_DID = regex.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")


def lines(page: Page) -> Iterator[tuple[bytes, Fields]]:
    """The posts of a list, and with each why a feed shows it (`reason`). Raises `BadAnswer` if it is no list."""
    try:
        members = verbatim.members(verbatim.document(page.body) or b"")
        listed = next(members[name] for name in ("posts", "feed") if name in members)
        pieces = verbatim.elements(listed)
    except (ValueError, StopIteration) as wrong:
        raise BadAnswer(f"A page of {page.source} is not a list of posts.") from wrong
    for piece in pieces:
        yield _line(piece) if "feed" in members else (piece, Fields(None))


def _line(piece: bytes) -> tuple[bytes, Fields]:
    """One line of a feed. What cannot be taken apart stays whole, and is then no post."""
    try:
        entry = verbatim.members(piece)
    except ValueError:
        return piece, Fields(None)
    return entry.get("post", piece), Fields(verbatim.decode_or_none(entry.get("reason", b"null")))


def item(piece: bytes, page: Page) -> RawItem | Rejected:
    """A post as the network shows it, cut down to what is its author's."""
    try:
        view = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, page, "not_json", f"a post cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(view, dict):
        return _rejected(piece, page, "wrong_type", "a post is not a JSON object")
    body = _of_one_person(view, piece)
    fields = Fields(view)
    key = key_of(fields)
    if key is None:
        return _rejected(body, page, "no_id", "a post has no at-uri with its author's DID")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=body,
        observed_at=page.observed_at,
        accounts=accounts(fields),
    )


def _rejected(piece: bytes, page: Page, reason: str, detail: str) -> Rejected:
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=accounts(Fields(verbatim.readable_members(piece, ("uri", "author")))),
    )


def _of_one_person(view: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came, or without the view of another person's post; what the author added beside it stays.

    Whom it quotes stays known from the record, which names it without showing it.
    """
    embed = Fields(view).part("embed")
    if view.get("embed") is None or embed.text("$type") in OWN_EMBEDS:
        return piece
    del view["embed"]
    if embed.part("media").text("$type") in OWN_EMBEDS:
        view["embed"] = {"media": embed.value("media")}
    return verbatim.encode(view)


def key_of(view: Fields) -> str | None:
    """The at-uri by the author's DID; one that was written with a handle is put right."""
    found = _AT_URI.fullmatch(view.text("uri") or "")
    if found is None:
        return None
    account_id = _account_id(view)
    return f"at://{account_id}/{POSTS}/{found[2]}" if account_id else None


def _account_id(view: Fields) -> str | None:
    did = account_of(view.text("uri")) or view.part("author").text("did")
    return did if did and _DID.fullmatch(did) else None


def account_of(uri: str | None) -> str | None:
    """Whose post an at-uri names; None where it is none, or written with a handle."""
    authority = (uri or "").removeprefix("at://").partition("/")[0]
    return authority if (uri or "").startswith("at://") and _DID.fullmatch(authority) else None


def post_named(uri: str | None) -> str | None:
    """The at-uri if it names a post by its author's DID: a list, a feed or a pack of accounts can be embedded too."""
    return uri if uri and _AT_URI.fullmatch(uri) and account_of(uri) else None


def accounts(view: Fields) -> tuple[str, ...]:
    names = (_account_id(view), view.part("author").text("did"), handle_of(view.part("author")))
    return tuple(dict.fromkeys(name for name in names if name))


def handle_of(profile: Fields) -> str | None:
    handle = (profile.text("handle") or "").lower().lstrip("@")
    return handle if handle and handle != NO_HANDLE else None


def author_of(profile: Fields, account_id: str | None = None) -> Author | None:
    did = account_id or profile.text("did")
    if not did or not _DID.fullmatch(did):
        return None
    return Author(
        account_id=did,
        handle=handle_of(profile),
        display_name=profile.text("displayName") or None,
        url=f"https://bsky.app/profile/{did}",
    )


def sorted_at(view: Fields) -> datetime | None:
    """The time by which the network sorts the post; None where it cannot be told."""
    return min((time for time in (declared_at(view), view.moment("indexedAt")) if time), default=None)


def parse(item: RawItem) -> Post | Rejected:
    view = Fields(verbatim.decode_or_none(item.body))
    if not view:
        return item.unreadable("not_json", "a post is not a JSON object")
    record = view.part("record")
    if not record:
        return item.unreadable("missing_field", "a post has no record")
    profile, embed = view.part("author"), record.part("embed")
    author = author_of(profile, account_of(item.key))
    text, reply_to = record.text("text"), post_named(record.part("reply").part("parent").text("uri"))
    quote_of = _quoted(embed)
    tags = tags_of(record)
    created_at = _created_at(view, item)
    counts = Counts(
        likes=view.count("likeCount"),
        reposts=view.count("repostCount"),
        replies=view.count("replyCount"),
        quotes=view.count("quoteCount"),
        bookmarks=view.count("bookmarkCount"),
    )
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        author=author,
        kind="reply" if record.has("reply") else "quote" if quote_of else "original",
        url=_url(item.key),
        text=text,
        language=next(record.texts("langs"), None),
        created_at=created_at,
        version_id=view.text("cid"),
        hashtags=tags,
        mentions=_features(record, "mention", "did"),
        links=_links(record, embed),
        media_types=tuple(_media(embed)),
        media_hashes=tuple(_hashes(embed)),
        media_urls=_pictures(view.part("embed")),
        reply_to_id=reply_to,
        reply_to_account=account_of(reply_to),
        quote_of_id=quote_of,
        conversation_id=post_named(record.part("reply").part("root").text("uri")),
        counts=counts,
        flags=_flags(view, profile, is_anonymous=author is None),
    )


def declared_at(view: Fields) -> datetime | None:
    """The time that the author's program gave, where it can be true."""
    return _zoned(view.part("record").value("createdAt"))


def _created_at(view: Fields, item: RawItem) -> datetime | None:
    created_at, indexed_at = declared_at(view), view.moment("indexedAt")
    if created_at is None or (indexed_at is None and created_at > item.observed_at + AHEAD):
        view.flag("created_at_unreadable")
        return None
    if indexed_at is None:
        return created_at
    if created_at > indexed_at + AHEAD:
        view.flag("created_at_ahead")
    elif created_at < indexed_at - LONG_BEFORE:
        view.flag("created_at_long_before")
    return min(created_at, indexed_at)


def _zoned(written: object) -> datetime | None:
    """A time that says its zone; one without is anybody's guess."""
    try:
        has_zone = isinstance(written, str) and datetime.fromisoformat(written).tzinfo is not None
    except ValueError:
        return None
    return moment(written) if has_zone else None


def tags_of(record: Fields) -> tuple[str, ...]:
    marked = (*_features(record, "tag", "tag"), *record.texts("tags"))
    tags = dict.fromkeys(tag for one in marked if (tag := hashtags.normalise(one)))
    return tuple(tags) or hashtags.in_text(record.text("text") or "", PLATFORM)


def _features(record: Fields, kind: str, what: str) -> tuple[str, ...]:
    """What the author's program marked in the text: tags without sign, DIDs of those mentioned, addresses."""
    features = (feature for facet in record.parts("facets") for feature in facet.parts("features"))
    found = (one.text(what) for one in features if one.text("$type") == f"app.bsky.richtext.facet#{kind}")
    return tuple(dict.fromkeys(value for value in found if value))


def _kind_of(embed: Fields) -> str:
    return (embed.text("$type") or "").removeprefix("app.bsky.embed.").partition("#")[0]


def _quoted(embed: Fields) -> str | None:
    record = embed.part("record")
    if _kind_of(embed) == "recordWithMedia":
        record = record.part("record")
    return post_named(record.text("uri")) if _kind_of(embed).startswith("record") else None


def _links(record: Fields, embed: Fields) -> tuple[str, ...]:
    card = _own(embed).part("external").text("uri")
    return tuple(dict.fromkeys((*_features(record, "link", "uri"), *((card,) if card else ()))))


def _own(embed: Fields) -> Fields:
    """What the author added, beside a quoted post or alone."""
    return embed.part("media") if _kind_of(embed) == "recordWithMedia" else embed


def _media(embed: Fields) -> Iterator[str]:
    own = _own(embed)
    match _kind_of(own):
        case "images" | "gallery" as kind:
            yield from (_MEDIA[kind] for _ in _images(own))
        case "video":
            yield "video"


def _images(own: Fields) -> Iterator[Fields]:
    yield from own.parts("images" if own.has("images") else "items")


def _hashes(embed: Fields) -> Iterator[str]:
    """Of the files as they were uploaded: a blob is named by its hash."""
    for one in _images(_own(embed)):
        if found := hash_of_cid(one.part("image").part("ref").text("$link")):
            yield found


def _pictures(view: Fields) -> tuple[str, ...]:
    """Small copies, of a film its still; the view says where they lie."""
    own = view.part("media") or view
    small = (one.text("thumb") or one.text("thumbnail") for one in _images(own))
    return addresses((*small, own.text("thumbnail")))


def _url(key: str) -> str | None:
    found = _AT_URI.fullmatch(key)
    return f"https://bsky.app/profile/{quote(found[1], safe=':')}/post/{found[2]}" if found else None


def _flags(view: Fields, author: Fields, *, is_anonymous: bool) -> tuple[str, ...]:
    if any(label.text("val") == LOGGED_IN_ONLY for label in author.parts("labels")):
        view.flag("asks_not_indexed")
    if handle_of(author) is None:
        view.flag("handle_unknown")
    if is_anonymous:
        view.flag("author_unreadable")
    return tuple(view.flags)
