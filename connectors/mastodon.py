"""Mastodon and servers that speak its API: https://docs.joinmastodon.org/methods/timelines/#tag, `platforms.md` §5.

Options (the campaign file's table): `instances`, each an address ("https://social.example") or a table
{url = "https://social.example.org", domain = "example.org"} where handles end in another domain than the server's.
A token belongs to one server, so the caller hands it over with that server's queries only. Use an account of its own
that blocks nobody and chose no languages, because a token's account filters what is seen.

One post has another id on every instance; its permanent name is `uri`, which is the same everywhere. Ids are opaque.
Posts that reach an instance late get ids by their own age, far down the list, so each run walks down from the newest to
`since`, and `LOOKBACK` is long.

People who ask search engines and robots to stay away (`noindex`, #nobot and the like in the profile) get the flag
`asks_not_indexed`: their public posts under the campaign's own hashtag are counted, and a report must not name or quote
them. `indexable = false` is the default of most accounts, so it is no more than the flag `not_searchable`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from connectors import mastodon_status, verbatim
from connectors.errors import AccessDenied, BadAnswer, RequestRefused
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Access, Member, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport

PLATFORM = "mastodon"
LOOKBACK = timedelta(hours=72)
CREDENTIAL = "ROLLCALL_MASTODON_TOKEN"

TAGS_PER_QUERY = 5
"""One in the path and four in `any[]`; a server ignores more."""
PAGE_SIZE = 40
MARGIN = timedelta(days=1)
UNPACED_PAGES, PACE = 100, 3.0
"""Paging is limited to 300 requests in 15 minutes; a long walk keeps to it from the start."""
PAGES_PAST = 2
"""The walk ends after so many pages wholly older than `since` by the margin: the list is not strictly by time."""


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    chunks = [tags[start : start + TAGS_PER_QUERY] for start in range(0, len(tags), TAGS_PER_QUERY)]
    return tuple(_query(instance, chunk) for instance in options.get("instances", ()) for chunk in chunks)


def _query(instance: str | Mapping[str, str], tags: tuple[str, ...]) -> Query:
    url = instance if isinstance(instance, str) else instance["url"]
    base_url = (url if "://" in url else f"https://{url}").rstrip("/")
    host = urlsplit(base_url).netloc.lower()
    domain = host if isinstance(instance, str) else instance.get("domain", host).lower()
    return Query(
        platform=PLATFORM,
        name=f"{domain}/tags/{'+'.join(tags)}",
        source=domain,
        base_url=base_url,
        tags=tags,
    )


def visible_since(search: Search, now: datetime) -> datetime:
    """An instance shows a tag as far back as it knows it."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    query = search.query
    url = f"{query.base_url}/api/v1/timelines/tag/{quote(query.tags[0], safe='')}"
    asked: dict[str, Any] = {"limit": PAGE_SIZE, "any[]": list(query.tags[1:])}
    progress, pages, past = Progress(query.source), 0, 0
    while past < PAGES_PAST:
        answer = transport.get(url, asked, _signature(credentials), {200, 404}, CREDENTIAL)
        if answer.status_code == 404 and pages:
            raise BadAnswer(f"{query.source} broke off its list of posts (404); what came before is kept.")
        if answer.status_code == 404:
            _explain_unknown_tag(query, transport, credentials)
            return
        statuses = _statuses(answer.content, query)
        if not statuses and not pages:
            _explain_silence(query, transport, credentials)
        glances = [_glance(status) for status in statuses]
        if glances:
            progress.saw(name for name, _ in glances)
        pages += 1
        yield transport.page(query, answer)
        if not statuses:
            return
        link = answer.links.get("next", {}).get("url")
        max_id = _next_max_id(link, query) if link else _last_id(statuses, query)
        asked["max_id"] = max_id
        transport.pause(PACE if pages > UNPACED_PAGES else 0)
        past = past + 1 if _all_before(search.since - MARGIN, glances) else 0


def _signature(credentials: Mapping[str, str]) -> dict[str, str]:
    token = credentials.get("token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _statuses(body: bytes, query: Query) -> list[bytes]:
    try:
        return verbatim.elements(verbatim.document(body) or b"")
    except ValueError as wrong:
        raise BadAnswer(f"{query.source} answered with something that is not a list of posts.") from wrong


def _glance(status: bytes) -> tuple[str, datetime | None]:
    """The name and the time of a status, as far as they can be read: enough to walk on."""
    try:
        fields = Fields(verbatim.decode(status))
    except ValueError:
        fields = Fields(None)
    return fields.identity("uri") or hashlib.sha256(status).hexdigest(), fields.moment("created_at")


def _all_before(limit: datetime, glances: Iterable[tuple[str, datetime | None]]) -> bool:
    return all(created_at is not None and created_at < limit for _, created_at in glances)


def _next_max_id(link: str, query: Query) -> str:
    """Only the position is taken from the server's link; the next request goes to our own address again."""
    max_id = parse_qs(urlsplit(link).query).get("max_id")
    if not max_id:
        raise BadAnswer(f"{query.source} pages in a way that we do not know; it may not be a Mastodon server.")
    return max_id[0]


def _last_id(statuses: list[bytes], query: Query) -> str:
    """Where a server sends no link, the end of the page is the position; only an empty page is the end of the list."""
    last_id = Fields(verbatim.readable_members(statuses[-1], ("id",))).identity("id")
    if last_id is None:
        raise BadAnswer(f"{query.source} does not tell how its list of posts goes on.")
    return last_id


def _instance(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Fields | None:
    answer = transport.get(f"{query.base_url}/api/v2/instance", None, _signature(credentials), {200, 404})
    if answer.status_code == 404:
        return None
    return Fields(verbatim.decode(verbatim.document(answer.content) or b"{}"))


def _feed_is_closed(instance: Fields) -> bool:
    access = instance.part("configuration").part("timelines_access").part("hashtag_feeds")
    return any(access.text(part) not in (None, "public") for part in ("local", "remote"))


def _explain_silence(query: Query, transport: Transport, credentials: Mapping[str, str]) -> None:
    """An instance that shows its tag pages to members only answers strangers with an empty list."""
    instance = _instance(query, transport, credentials)
    if instance is None:
        transport.warn(f"{query.source} shows no posts, and does not tell whether it shows tag pages to strangers.")
    elif _feed_is_closed(instance):
        if not _signature(credentials):
            raise AccessDenied(f"{query.source} shows its tag pages to members only; set {CREDENTIAL} to read it.")
        transport.warn(f"{query.source} shows no posts; it restricts its tag pages, even with our token perhaps.")


def _explain_unknown_tag(query: Query, transport: Transport, credentials: Mapping[str, str]) -> None:
    """404 is what a server says that never saw the tag, and what any other web server says."""
    if _instance(query, transport, credentials) is None:
        raise RequestRefused(f"{query.base_url} is not a Mastodon server (404); check its address in the settings.")
    transport.warn(f"{query.source} has never seen the tag, so far.")


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    instance = _instance(query, transport, credentials)
    if instance is None:
        raise RequestRefused(f"{query.base_url} is not a Mastodon server (404); check its address in the settings.")
    domain = instance.text("domain")
    hint = ""
    if domain and domain.lower() != query.source:
        hint = f' Handles there may end in another domain than its address: then give it as domain = "{domain}".'
    if not _feed_is_closed(instance):
        return Access(works=f"{query.source} answers and shows its tag pages to everybody.{hint}")
    if not _signature(credentials):
        raise AccessDenied(f"{query.source} shows its tag pages to members only; set {CREDENTIAL} to read it.")
    return Access(works=f"{query.source} answers and accepts our token.{hint}")


def recognises(document: object) -> bool:
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, dict) and {"uri", "account", "content", "visibility"} <= first.keys()


def split(page: Page) -> Iterator[RawItem | Rejected]:
    body = verbatim.document(page.body)
    try:
        pieces = verbatim.elements(body or b"")
    except ValueError as wrong:
        raise BadAnswer(f"A page of {page.source} is not a list of posts.") from wrong
    for piece in pieces:
        yield _item(piece, page)


def _item(piece: bytes, page: Page) -> RawItem | Rejected:
    try:
        status = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, page, "not_json", f"a status cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(status, dict):
        return _rejected(piece, page, "wrong_type", "a status is not a JSON object")
    body = mastodon_status.of_one_person(status, piece)
    fields = Fields(status)
    key = fields.identity("uri")
    if key is None:
        return _rejected(body, page, "no_id", "a status has no uri")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=body,
        observed_at=page.observed_at,
        accounts=mastodon_status.accounts(fields, page.source),
        public=mastodon_status.is_public(fields),
    )


def _rejected(piece: bytes, page: Page, reason: str, detail: str) -> Rejected:
    fields = Fields(verbatim.readable_members(piece, ("uri", "account", "visibility")))
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=mastodon_status.accounts(fields, page.source),
        public=mastodon_status.is_public(fields),
    )


def parse(item: RawItem) -> Post | Rejected:
    try:
        status = Fields(verbatim.decode(item.body))
    except ValueError:
        status = Fields(None)
    if not status:
        return item.unreadable("not_json", "a status is not a JSON object")
    return mastodon_status.post(status, item)
