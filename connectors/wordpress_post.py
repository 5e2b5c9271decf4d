"""What a WordPress post says: https://developer.wordpress.org/rest-api/reference/posts/. All of it pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from connectors import hashtags, markup, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.picture_addresses import addresses
from connectors.records import Author, Page, Post, RawItem, Rejected

PLATFORM = "wordpress"
FIELDS = (
    "id,date_gmt,modified,modified_gmt,slug,status,type,link,title,content,author,featured_media,tags,_links,_embedded"
)
EMBEDDED = "author,wp:term"
WANTED = {"_fields": FIELDS, "_embed": EMBEDDED}
"""What we ask to be told of a post."""
FUTURE = timedelta(days=1)


def recognises(document: object) -> bool:
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and {"id", "date_gmt", "link", "content"} <= first.keys()


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """A list of posts, or the one post that a lookup gives."""
    body = verbatim.document(page.body) or b""
    is_one = body.startswith(b"{") and "id" in verbatim.readable_members(body, ("id",))
    for piece in [body] if is_one else elements(page.body, page.source):
        yield _item(piece, page)


def elements(body: bytes, source: str) -> list[bytes]:
    try:
        return verbatim.elements(verbatim.document(body) or b"")
    except ValueError as wrong:
        raise BadAnswer(f"{source} answered with something that is not a list.") from wrong


def id_of(piece: bytes) -> str | None:
    return Fields(verbatim.decode_or_none(piece)).identity("id")


def _item(piece: bytes, page: Page) -> RawItem | Rejected:
    try:
        post = verbatim.decode(piece)
    except ValueError:
        return _rejected(piece, page, "not_json", "a post cannot be read as JSON")
    if not isinstance(post, dict):
        return _rejected(piece, page, "wrong_type", "a post is not a JSON object")
    body, fields = _of_one_person(post, piece), Fields(post)
    post_id = fields.identity("id")
    if post_id is None:
        return _rejected(body, page, "no_id", "a post has no id")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=f"{site_of(fields, page.source)}/{post_id}",
        body=body,
        observed_at=page.observed_at,
        accounts=_accounts(fields, page.source),
        public=_is_public(fields),
    )


def _rejected(piece: bytes, page: Page, reason: str, detail: str) -> Rejected:
    fields = Fields(verbatim.readable_members(piece, ("author", "_links", "link", "status", "content", "_embedded")))
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=_accounts(fields, page.source),
        public=_is_public(fields),
    )


def _of_one_person(post: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came; comments and whatever else a saved page embeds of other people is left out."""
    embedded = post.get("_embedded")
    if not isinstance(embedded, dict) or embedded.keys() <= set(EMBEDDED.split(",")):
        return piece
    post["_embedded"] = {name: embedded[name] for name in EMBEDDED.split(",") if name in embedded}
    return verbatim.encode(post)


def site_of(fields: Fields, source: str) -> str:
    """The site's own name for itself, so that a post keeps its name whatever address we read it through."""
    for link in fields.part("_links").parts("self"):
        root, found, _ = (link.text("href") or "").partition("/wp-json/")
        if found:
            return root.partition("://")[2].lower() or source
    _, _, rest = (fields.text("link") or "").partition("://")
    return rest.partition("/")[0].lower() or source


def _is_public(fields: Fields) -> bool:
    """Published and without a password, as far as the post tells."""
    published = not fields.has("status") or fields.text("status") == "publish"
    return published and fields.part("content").truth("protected") is not True


def embedded_user(fields: Fields) -> Fields:
    """Empty where a security plugin hides its users: then an error object stands in their place."""
    user = next(fields.part("_embedded").parts("author"), Fields(None, fields.flags))
    return user if user.has("slug") or user.has("name") else Fields(None, fields.flags)


def account_id(fields: Fields, source: str) -> str | None:
    user_id = fields.identity("author")
    return None if user_id in (None, "0") else f"{site_of(fields, source)}/users/{user_id}"


def handle_of(user: Fields, fields: Fields, source: str) -> str | None:
    """`slug@site`: two blogs may have the same slug. The site is what the addresses of its authors begin with."""
    slug = _slug(user)
    return f"{slug}@{_home(user, fields, source)}" if slug else None


def _slug(user: Fields) -> str | None:
    """Slugs in other scripts than Latin come percent-encoded."""
    slug = user.text("slug")
    return unquote(slug).lower() if slug else None


def _home(user: Fields, fields: Fields, source: str) -> str:
    before, is_archive, _ = (user.text("link") or "").partition("/author/")
    address = before if is_archive else fields.text("link") or ""
    try:
        parts = urlsplit(address)
        host = parts.netloc.lower().removeprefix("www.")
    except ValueError:  # e.g. a broken IPv6 host
        return source
    return f"{host}{parts.path.lower() if is_archive else ''}" if host else source


def _accounts(fields: Fields, source: str) -> tuple[str, ...]:
    """Also the bare slug: who refuses under it lands from no site."""
    user = embedded_user(fields)
    names = (account_id(fields, source), handle_of(user, fields, source), _slug(user))
    return tuple(name for name in names if name)


def parse(item: RawItem) -> Post | Rejected:
    fields = Fields(verbatim.decode_or_none(item.body))
    if not fields:
        return item.unreadable("not_json", "a post is not a JSON object")
    return _post(fields, item)


def _post(fields: Fields, item: RawItem) -> Post:
    html = fields.part("content").html("rendered")
    heading = fields.part("title").html("rendered")
    text = None if html is None else markup.text(html)
    title = None if heading is None else markup.text(heading)
    created_at, modified_at = _created_at(fields, item), fields.moment("modified_gmt", naive_is_utc=True)
    has_image = markup.has_image(html or "") or bool(fields.count("featured_media"))
    return Post(
        platform=PLATFORM,
        post_id=item.key,
        source=item.source,
        source_rank=2,
        author=_author(fields, item.source),
        url=fields.text("link"),
        title=title,
        text=text,
        created_at=created_at,
        edited_at=modified_at if modified_at and created_at and modified_at > created_at else None,
        version_id=modified_at.isoformat() if modified_at else None,
        hashtags=_hashtags(fields, title, text),
        links=markup.links(html or ""),
        media_types=("image",) if has_image else (),
        media_urls=_pictures(fields, html or ""),
        flags=tuple(fields.flags),
    )


def _pictures(fields: Fields, html: str) -> tuple[str, ...]:
    """The picture at the head of the post and those in it."""
    featured = (one.text("source_url") for one in fields.part("_embedded").parts("wp:featuredmedia"))
    return addresses((*featured, *markup.images(html)))


def _created_at(fields: Fields, item: RawItem) -> datetime | None:
    """UTC, though it is written without an offset. What is published is not of tomorrow."""
    created_at = fields.moment("date_gmt", naive_is_utc=True)
    if created_at is None or created_at > item.observed_at + FUTURE:
        fields.flag("date_gmt_unreadable")
        return None
    return created_at


def _author(fields: Fields, source: str) -> Author | None:
    author = author_of(fields, source)
    if author is None:
        fields.flag("author_unreadable")
    return author


def author_of(fields: Fields, source: str) -> Author | None:
    """The user who published; None where there is none, as for visitors' comments."""
    user_id, user = account_id(fields, source), embedded_user(fields)
    if user_id is None:
        return None
    return Author(
        account_id=user_id,
        handle=handle_of(user, fields, source),
        display_name=user.text("name"),
        url=user.text("link"),
        links=(site,) if (site := user.text("url") or "").startswith(("https://", "http://")) else (),
    )


def _hashtags(fields: Fields, title: str | None, text: str | None) -> tuple[str, ...]:
    """The site's own tags by name and by slug, then the #tags in title and text."""
    filed = [name for term in _terms(fields) if term.text("taxonomy") == "post_tag" for name in names_of(term)]
    written = [tag for words in (title, text) for tag in hashtags.in_text(words or "", PLATFORM)]
    return tuple(dict.fromkeys([*filed, *written]))


def _terms(fields: Fields) -> Iterator[Fields]:
    """`wp:term` is a list of lists, one for each taxonomy."""
    for taxonomy in fields.part("_embedded").lists("wp:term"):
        yield from taxonomy


def names_of(term: Fields) -> tuple[str, ...]:
    name, slug = term.html("name"), term.text("slug")
    found = (markup.text(name) if name else "", unquote(slug) if slug else "")
    return tuple(dict.fromkeys(hashtags.normalise(one) for one in found if one))
