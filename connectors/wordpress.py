"""A WordPress blog: https://developer.wordpress.org/rest-api/reference/posts/, `platforms.md` §9.1.

Options (the campaign file's table): `sites`, each an address ("https://blog.example") or a table
{url = "https://blog.example", api = "https://…"} where the REST root is not `/wp-json` under the site.

Two routes per site, and their union is what the site knows: `tag` (posts filed under a tag of the campaign) and
`search` (posts that say it in their text). Search is a substring match that ignores `#`, so what it finds is filtered
again by `hashtags`: the site's own tags, and the #tags in title and text.

Posts are walked in order of their last change. Times without offset in `*_gmt` fields are UTC; `modified_after` is sent
with its offset, which WordPress turns into the site's own time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from connectors import hashtags, markup, verbatim
from connectors.errors import BadAnswer, RequestRefused, Unavailable
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Access, Author, Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport

PLATFORM = "wordpress"
LOOKBACK = timedelta(days=1)

ROUTES = ("tag", "search")
PAGE_SIZE = 100
MOST_WALKS = 3
"""A list that changes while it is read is read again, so often."""
FIELDS = "id,date_gmt,modified_gmt,slug,status,type,link,title,content,author,featured_media,tags,_links,_embedded"
EMBEDDED = "author,wp:term"
PAST_THE_END = "rest_post_invalid_page_number"


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    return tuple(_query(site, route, tags) for site in options.get("sites", ()) for route in ROUTES)


def _query(site: str | Mapping[str, str], route: str, tags: tuple[str, ...]) -> Query:
    url = site if isinstance(site, str) else site["url"]
    address = (url if "://" in url else f"https://{url}").rstrip("/")
    parts = urlsplit(address)
    source = f"{parts.netloc.lower()}{parts.path}"
    api = f"{address}/wp-json" if isinstance(site, str) else site.get("api", f"{address}/wp-json").rstrip("/")
    name = f"{source}/{route}/{'+'.join(tags)}"
    return Query(platform=PLATFORM, name=name, source=source, base_url=api, route=route, tags=tags)


def visible_since(search: Search, now: datetime) -> datetime:
    """A blog shows all that it has."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    query = search.query
    if query.route == "search":
        for tag in query.tags:
            yield from _read_all({"search": tag}, search, transport)
    elif ids := _tag_ids(query, transport):
        yield from _read_all({"tags": ",".join(ids)}, search, transport)


def _tag_ids(query: Query, transport: Transport) -> tuple[str, ...]:
    """The site's tags that mean the campaign's, of which there can be several, or none."""
    found: list[str] = []
    for tag in query.tags:
        wanted = {"search": tag, "per_page": PAGE_SIZE, "_fields": "id,name,slug"}
        answer = transport.get(f"{query.base_url}/wp/v2/tags", wanted)
        for piece in _elements(answer.content, query.source):
            fields = Fields(verbatim.decode(piece))
            if tag in _names(fields) and (tag_id := fields.identity("id")):
                found.append(tag_id)
    return tuple(dict.fromkeys(found))


def _read_all(narrowed: Mapping[str, str], search: Search, transport: Transport) -> Iterator[Page]:
    """Walk to the end; again, where posts were edited or removed meanwhile and others slipped through between pages.

    Raises `Unavailable` if the list never holds still: what slipped through may lie before the next run's window.
    """
    for _ in range(MOST_WALKS):
        walk = _Walk(search, transport)
        yield from walk.pages(narrowed)
        if not walk.drifted:
            return
    raise Unavailable(f"{search.query.source} changes while it is read; the next run reads the same time again.")


class _Walk:
    """One pass through the numbered pages of a list."""

    def __init__(self, search: Search, transport: Transport) -> None:
        self._query, self._transport = search.query, transport
        self._after = (search.since - timedelta(seconds=1)).astimezone(UTC)
        self._progress = Progress(search.query.source)
        self._ids = set[str]()
        self._total: int | None = None
        self._last: int | None = None
        self.drifted = False

    def pages(self, narrowed: Mapping[str, str]) -> Iterator[Page]:
        number = 1
        while True:
            answer = self._get(narrowed, number)
            if answer.status_code == 400:
                _expect_past_the_end(answer, self._query.source)
                self.drifted |= self._last is not None  # this page was promised: the list has become shorter
                return
            pieces = _elements(answer.content, self._query.source)
            if not pieces and number > 1:
                self.drifted |= self._last is not None
                return
            self._note(pieces, answer)
            yield _page(answer, self._query, self._transport)
            self._last = _number(answer.headers.get("X-WP-TotalPages"))
            if len(pieces) < PAGE_SIZE if self._last is None else number >= self._last:
                return
            number += 1

    def _get(self, narrowed: Mapping[str, str], number: int) -> requests.Response:
        asked = {
            **narrowed,
            "modified_after": self._after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "orderby": "modified",
            "order": "asc",
            "per_page": PAGE_SIZE,
            "page": number,
            "_fields": FIELDS,
            "_embed": EMBEDDED,
        }
        return self._transport.get(
            f"{self._query.base_url}/wp/v2/posts", asked, allow={200} if number == 1 else {200, 400}
        )

    def _note(self, pieces: list[bytes], answer: requests.Response) -> None:
        found = [(_id_of(piece), piece) for piece in pieces]
        if found:
            self._progress.saw(post_id or hashlib.sha256(piece).hexdigest() for post_id, piece in found)
        ids = {post_id for post_id, _ in found if post_id}
        repeated = not ids.isdisjoint(self._ids)
        self._ids |= ids
        total = _number(answer.headers.get("X-WP-Total"))
        shrunk = total is not None and self._total is not None and total < self._total
        self._total = total
        self.drifted |= shrunk or repeated


def _page(answer: requests.Response, query: Query, transport: Transport) -> Page:
    if not answer.content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"["):
        transport.warn(f"{query.source} prints messages of its own before its answers; they were cut off.")
    return transport.page(query, answer)


def _expect_past_the_end(answer: requests.Response, source: str) -> None:
    body = Fields(verbatim.decode(verbatim.document(answer.content) or b"{}"))
    if body.text("code") != PAST_THE_END:
        raise RequestRefused(f"{source} refuses our request as wrong (400); its REST interface may be restricted.")


def _elements(body: bytes, source: str) -> list[bytes]:
    try:
        return verbatim.elements(verbatim.document(body) or b"")
    except ValueError as wrong:
        raise BadAnswer(f"{source} answered with something that is not a list.") from wrong


def _id_of(piece: bytes) -> str | None:
    return Fields(verbatim.decode_or_none(piece)).identity("id")


def _number(written: str | None) -> int | None:
    return int(written) if written and written.isascii() and written.isdigit() else None


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    answer = transport.get(f"{query.base_url}/wp/v2/posts", {"per_page": 1, "_fields": "id"})
    _elements(answer.content, query.source)
    total = _number(answer.headers.get("X-WP-Total"))
    count = "an unknown number of" if total is None else str(total)
    return Access(works=f"{query.source} answers and shows {count} posts to everybody.")


def recognises(document: object) -> bool:
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, dict) and {"id", "date_gmt", "link", "content"} <= first.keys()


def split(page: Page) -> Iterator[RawItem | Rejected]:
    for piece in _elements(page.body, page.source):
        yield _item(piece, page)


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
        key=f"{_site(fields, page.source)}/{post_id}",
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


def _site(fields: Fields, source: str) -> str:
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


def _embedded_author(fields: Fields) -> Fields:
    """Empty where a security plugin hides its users: then an error object stands in their place."""
    author = next(fields.part("_embedded").parts("author"), Fields(None, fields.flags))
    return author if author.has("slug") or author.has("name") else Fields(None, fields.flags)


def _account_id(fields: Fields, source: str) -> str | None:
    user_id = fields.identity("author")
    return None if user_id in (None, "0") else f"{_site(fields, source)}/users/{user_id}"


def _accounts(fields: Fields, source: str) -> tuple[str, ...]:
    slug = _embedded_author(fields).text("slug")
    return tuple(name for name in (_account_id(fields, source), slug and slug.lower()) if name)


def parse(item: RawItem) -> Post | Rejected:
    try:
        fields = Fields(verbatim.decode(item.body))
    except ValueError:
        fields = Fields(None)
    if not fields:
        return item.unreadable("not_json", "a post is not a JSON object")
    return _post(fields, item)


def _post(fields: Fields, item: RawItem) -> Post:
    html = fields.part("content").html("rendered")
    heading = fields.part("title").html("rendered")
    text = None if html is None else markup.text(html)
    title = None if heading is None else markup.text(heading)
    created_at, modified_at = fields.moment("date_gmt"), fields.moment("modified_gmt")
    if not fields.has("date_gmt"):
        fields.flag("date_gmt_unreadable")
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
        flags=tuple(fields.flags),
    )


def _author(fields: Fields, source: str) -> Author | None:
    account_id, embedded = _account_id(fields, source), _embedded_author(fields)
    if account_id is None:
        fields.flag("author_unreadable")
        return None
    slug = embedded.text("slug")
    return Author(
        account_id=account_id,
        handle=slug.lower() if slug else None,
        display_name=embedded.text("name"),
        url=embedded.text("link"),
    )


def _hashtags(fields: Fields, title: str | None, text: str | None) -> tuple[str, ...]:
    """The site's own tags by name and by slug, then the #tags in title and text."""
    filed = [name for term in _terms(fields) if term.text("taxonomy") == "post_tag" for name in _names(term)]
    written = [tag for words in (title, text) for tag in hashtags.in_text(words or "", PLATFORM)]
    return tuple(dict.fromkeys([*filed, *written]))


def _terms(fields: Fields) -> Iterator[Fields]:
    """`wp:term` is a list of lists, one for each taxonomy."""
    for taxonomy in fields.part("_embedded").lists("wp:term"):
        yield from taxonomy


def _names(term: Fields) -> tuple[str, ...]:
    name, slug = term.html("name"), term.text("slug")
    found = (markup.text(name) if name else "", unquote(slug) if slug else "")
    return tuple(dict.fromkeys(hashtags.normalise(one) for one in found if one))
