"""A WordPress blog: https://developer.wordpress.org/rest-api/reference/posts/, `platforms.md` §9.1.

Options (the campaign file's table): `sites`, each an address ("https://blog.example") or a table
{url = "https://blog.example", api = "https://…"} where the REST root is not `/wp-json` under the site.

Two routes per site, and their union is what the site knows: `tag` (posts filed under a tag of the campaign) and
`search` (posts that say it in their text). Search is a substring match that ignores `#`, so what it finds is filtered
again by `hashtags`: the site's own tags, and the #tags in title and text. There is no route by member: a post without
the tag is none of the campaign's, and with it both routes find it, whoever wrote it.

Times without offset in `*_gmt` fields are UTC; `modified_after` is sent with its offset, which WordPress turns into
the site's own time, or in that time itself.

BEHAVIOUR

Costs nothing. A site limits nobody by itself: a request for each hundred posts and route, one for each tag's number,
one for each hundred posts asked for again and one for each that is missing, one for each hundred comments.

Not seen: drafts, posts in the bin, text behind a password; who really wrote where a member of staff publishes for
others, unless the text says it (`connectors.bylines`); whose a comment is that was written without an account, which
most are; counts of any kind.

Surprises: a post's handle is `slug@site`, because two blogs may have the same slug. A post can appear days later under
an older date. A deleted post just is not there: asked for alone it answers 404, in the bin or as a draft 401. Security
plugins hide authors, or close the whole interface.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors import verbatim, wordpress_comments, wordpress_reread
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Access, Act, Again, Forecast, Member, Page, Query, RawItem, Search
from connectors.transport import Transport
from connectors.wordpress_comments import split as split_interactions
from connectors.wordpress_post import WANTED, elements, id_of, names_of, parse, recognises, split
from connectors.wordpress_walk import PAGE_SIZE, Listing, number_in, page_of, walk

__all__ = [
    "HIDDEN",
    "LOOKBACK",
    "PLATFORM",
    "blog_queries",
    "fetch",
    "fetch_interactions",
    "forecast",
    "interaction_queries",
    "parse",
    "probe",
    "queries",
    "recognises",
    "reread",
    "split",
    "split_interactions",
    "visible_since",
]

PLATFORM = "wordpress"
LOOKBACK = timedelta(days=1)
ROUTES = ("tag", "search")
HIDDEN: Mapping[Act, str] = {
    "reply": "An answer on a blog is a comment.",
    "quote": "A blog does not tell whom a post quotes.",
    "repost": "A blog does not tell who passed a post on.",
    "mention": "A blog does not mark whom a post names.",
}


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    return tuple(
        replace(site, name=f"{site.source}/{route}/{'+'.join(tags)}", route=route, tags=tags)
        for site in map(_site, options.get("sites", ()))
        for route in ROUTES
    )


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    """All comments of a site, whoever wrote them: strangers may not ask for one user's."""
    sites = map(_site, options.get("sites", ()))
    return tuple(replace(site, name=f"interactions/{site.source}/comments", route="comments") for site in sites)


def blog_queries(tags: tuple[str, ...], sites: Iterable[str | Mapping[str, str]]) -> tuple[Query, ...]:
    """All posts of the programme's own blogs, with the tag or without (`connectors.wordpress_blog`)."""
    return tuple(replace(site, name=f"blog/{site.source}", route="blog", tags=tags) for site in map(_site, sites))


def _site(site: str | Mapping[str, str]) -> Query:
    """What the queries of a site have in common."""
    url = site if isinstance(site, str) else site["url"]
    address = (url if "://" in url else f"https://{url}").rstrip("/")
    parts = urlsplit(address)
    source = f"{parts.netloc.lower()}{parts.path}"
    api = f"{address}/wp-json" if isinstance(site, str) else site.get("api", f"{address}/wp-json").rstrip("/")
    return Query(platform=PLATFORM, name=source, source=source, base_url=api)


def visible_since(search: Search, now: datetime) -> datetime:
    """A blog shows all that it has."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    query = search.query
    if query.route == "search":
        for tag in query.tags:
            yield from _read({"search": tag}, search, transport)
    elif ids := _tag_ids(query, transport):
        yield from _read({"tags": ",".join(ids)}, search, transport)


def _read(narrowed: Mapping[str, str], search: Search, transport: Transport) -> Iterator[Page]:
    """All posts that were changed since the window's start."""
    listing = Listing(path="/wp/v2/posts", asked={**narrowed, **WANTED}, order="modified", bound="modified_after")
    for answer, _ in walk(listing, search.since, search.query, transport):
        yield page_of(answer, search.query, transport)


def _tag_ids(query: Query, transport: Transport) -> tuple[str, ...]:
    """The site's tags that mean the campaign's, of which there can be several, or none."""
    found: list[str] = []
    for tag in query.tags:
        for piece in _tags_like(tag, query, transport):
            fields = Fields(verbatim.decode_or_none(piece))
            if tag in names_of(fields) and (tag_id := fields.identity("id")):
                found.append(tag_id)
    return tuple(dict.fromkeys(found))


def _tags_like(tag: str, query: Query, transport: Transport) -> Iterator[bytes]:
    """Every tag with the word somewhere in its name, of which a short word has more than a page."""
    progress = Progress(query.source)
    for number in itertools.count(1):
        wanted = {"search": tag, "per_page": PAGE_SIZE, "page": number, "_fields": "id,name,slug"}
        answer = transport.get(f"{query.base_url}/wp/v2/tags", wanted)
        pieces = elements(answer.content, query.source)
        yield from pieces
        last = number_in(answer, "X-WP-TotalPages")
        if len(pieces) < PAGE_SIZE if last is None else number >= last:
            return
        progress.saw(id_of(piece) or "" for piece in pieces)


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    return wordpress_reread.reread(items, query, transport)


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    """Comments on all posts, the campaign's and others: before the campaign there are others only."""
    return wordpress_comments.fetch(search, transport)


def forecast(search: Search, posts: int) -> Forecast:
    """Each word is searched for by itself; posts of the page's last second come twice."""
    pages, query = -(-posts // (PAGE_SIZE - 1)) + 1, search.query
    if query.route == "search":
        return Forecast(requests=pages * len(query.tags))
    return Forecast(requests=pages + (len(query.tags) if query.route == "tag" else 0))


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    answer = transport.get(f"{query.base_url}/wp/v2/posts", {"per_page": 1, "_fields": "id"})
    elements(answer.content, query.source)
    total = number_in(answer, "X-WP-Total")
    count = "an unknown number of" if total is None else str(total)
    return Access(
        works=f"{query.source} answers and shows {count} posts to everybody.",
        as_whom="a visitor, without an account",
        sees="published posts, old and new, and comments by people who have an account there",
        cannot_see="drafts, text behind a password, and whose comments by visitors are",
        left="no limit is told",
    )
