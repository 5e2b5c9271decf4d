"""Facebook Pages, Graph API: https://developers.facebook.com/docs/graph-api/reference/page, `platforms.md` §3.

Options (the campaign file's table): `pages`, by id or name (default: "me", the Page whose token it is), `version` of
the API ("v26.0"), `base_url` for tests.

Three queries for each Page: its `published_posts`, its `feed`, and `tagged`, the public posts that tag it. They
overlap; a post is the same on each.

BEHAVIOUR
Cost: nothing. A read takes one request for the Page and one for each 50 posts. The allowance is 4,800 calls per engaged
    user of the Page in 24 hours; from 75 % on we go slowly, at 95 % we stop.
Cannot see: anything else on Facebook. There is no search, and no profile or group can be read; what members post there
    comes in by hand. Pages that are not the token's, without the reviewed feature Page Public Content Access. More than
    about 600 posts in a year, chosen by Facebook; reels; expired posts. Who reacted, who shared.
Surprises: the author of a post that somebody else made is withheld, so it counts for nobody until a clerk says who it
    was. Pages of the list may be short or empty and still go on. A comment changes the time of the last update, so
    edits are known by their text only. The address of some posts holds another id (pfbid…, or the photo's) than the
    API; entered by hand they are two posts. A post that is gone and one that is hidden from us look the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors import facebook_post, graph, verbatim
from connectors.errors import AccessDenied, BadAnswer, RequestRefused
from connectors.facebook_post import ASKED, parse
from connectors.fields import Fields
from connectors.graph import Graph, NotPermitted
from connectors.records import (
    Access,
    Act,
    Again,
    Forecast,
    Gone,
    Interaction,
    Member,
    Page,
    Query,
    RawItem,
    Rejected,
    Search,
)
from connectors.transport import Transport

__all__ = ["parse"]

PLATFORM = "facebook"
LOOKBACK = timedelta(hours=72)
CREDENTIAL = "ROLLCALL_FACEBOOK_TOKEN"
SOURCE = "facebook.com"
BASE_URL, VERSION = "https://graph.facebook.com", "v26.0"
HIDDEN: Mapping[Act, str] = {
    "quote": "Facebook tells how often a post was shared, not by whom.",
    "repost": "Facebook tells how often a post was shared, not by whom.",
}
EDGES = ("published_posts", "feed", "tagged")
PAGE_SIZE, COMMENTS_PAGE_SIZE = 50, 100
_COMMENT = "id,created_time,from{id,name},parent{id,from{id,name}}"
_GONE = frozenset({graph.NO_SUCH_OBJECT[0], graph.NO_SUCH_ALIAS})


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    return tuple(_query(options, page, edge, f"{page}/{edge}", tags) for page in _pages(options) for edge in EDGES)


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    """Comments on the campaign's posts, and whom the Page's own posts mention."""
    return tuple(_query(options, page, "published_posts", f"interactions/{page}", tags) for page in _pages(options))


def _pages(options: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(page) for page in options.get("pages") or ("me",))


def _query(options: Mapping[str, Any], page: str, edge: str, name: str, tags: tuple[str, ...]) -> Query:
    return Query(
        platform=PLATFORM,
        name=name,
        source=SOURCE,
        base_url=f"{str(options.get('base_url', BASE_URL)).rstrip('/')}/{options.get('version', VERSION)}",
        route=f"{edge}/{page}",
        tags=tags,
    )


def visible_since(search: Search, now: datetime) -> datetime:
    """A Page's posts stay where they are; that Facebook shows about 600 of a year cannot be told by a time."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    way = Graph(search.query, transport, credentials, CREDENTIAL)
    us = _page(way)
    yield from _posts(way, us, search.since)


def _posts(way: Graph, us: Fields, since: datetime) -> Iterator[Page]:
    edge = way.query.route.partition("/")[0]
    asked = {"fields": ASKED, "limit": PAGE_SIZE}
    yield from way.pages(f"{us.identity('id')}/{edge}", asked, "created_time", since, _name(us))


def _page(way: Graph) -> Fields:
    """The Page that a query reads."""
    wanted = way.query.route.partition("/")[2]
    try:
        answer = way.get(wanted, {"fields": "id,name,username"})
    except RequestRefused as refused:
        if wanted != "me":
            raise
        raise AccessDenied(
            f"{CREDENTIAL} is not the token of a Page; name the Pages in the campaign file (pages = [...]), or give a "
            "Page access token."
        ) from refused
    us = Fields(verbatim.decode_or_none(answer.content))
    if us.identity("id") is None:
        raise BadAnswer(f"{SOURCE} answered with something that is no Page.")
    return us


def _name(us: Fields) -> str:
    """The Page as `Page.about` tells it: its id, and its handle where it has one."""
    return "/".join(name for name in (us.identity("id"), us.text("username")) if name)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    for piece in _pieces(page):
        yield facebook_post.item(piece, page)


def _pieces(page: Page) -> list[bytes]:
    """A list of posts, or one post that was asked for by its id."""
    body = verbatim.document(page.body) or b""
    try:
        names = verbatim.members(body).keys()
    except ValueError as wrong:
        raise BadAnswer(f"A page of {SOURCE} is not a list of posts.") from wrong
    return [body] if "id" in names and "data" not in names else graph.pieces(body, f"A page of {SOURCE}")


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    """One lookup for each post, after the Page itself has shown that the token still reads."""
    way = Graph(query, transport, credentials, CREDENTIAL)
    us, unanswered = _page(way), 0
    for item in items:
        post_id = _full_id(item)
        if post_id is None:
            continue
        try:
            answer = way.get(post_id, {"fields": ASKED}, allow=_GONE)
        except NotPermitted:
            unanswered += 1
            continue
        trouble = graph.trouble(answer)
        if trouble is None:
            yield Again(page=way.page(answer, _name(us)), asked=1)
        elif trouble.code == graph.NO_SUCH_ALIAS or (trouble.code, trouble.subcode) == graph.NO_SUCH_OBJECT:
            yield Again(gone=(Gone(key=item.key, loss="deleted", observed_at=transport.clock()),), asked=1)
        else:
            raise way.error(answer, trouble)
    if unanswered:
        transport.warn(f"{unanswered} of {len(items)} Facebook posts may not be asked for again with our token.")


def _full_id(item: RawItem) -> str | None:
    """`{page}_{post}`; None for posts that did not come from the Graph API."""
    full = Fields(verbatim.decode_or_none(item.body)).identity("id")
    return full if full and "_" in full else None


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    way = Graph(search.query, transport, credentials, CREDENTIAL)
    yield from _posts(way, _page(way), search.since)
    asked = {"fields": _COMMENT, "filter": "stream", "limit": COMMENTS_PAGE_SIZE}
    hidden = 0
    for item in items:
        post_id, post = _full_id(item), parse(item)
        if post_id is None or isinstance(post, Rejected) or post.counts.replies == 0:
            continue
        try:
            yield from way.pages(f"{post_id}/comments", asked, "created_time", None, item.key)
        except (NotPermitted, RequestRefused):
            hidden += 1
    if hidden:
        transport.warn(f"The comments on {hidden} of {len(items)} Facebook posts are not shown to our token.")


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    for piece in _pieces(page):
        if _is_comment(piece):
            yield from facebook_post.comment_act(piece, page)
            continue
        item = facebook_post.item(piece, page)
        if isinstance(item, Rejected):
            yield item
        else:
            yield from facebook_post.acts(item)


def _is_comment(piece: bytes) -> bool:
    """Of comments no address is asked for; every post has one."""
    return not verbatim.readable_members(piece, ("permalink_url",))


def recognises(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    first = next(Fields(document).parts("data"), Fields(document))
    return "_" in (first.identity("id") or "") and first.has("created_time") and first.has("permalink_url")


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    way = Graph(query, transport, credentials, CREDENTIAL)
    us = _page(way)
    return Access(
        works="Facebook answers and accepts our token.",
        as_whom=us.text("username") or us.text("name"),
        sees="posts of this Page and public posts that tag it",
        cannot_see="Profiles, groups and other Pages, and who made the posts that tag this Page: enter those by hand.",
        left=f"{way.used:.0f} % of the calls used",
        expires_at=graph.expires_at(way),
    )


def forecast(search: Search, posts: int) -> Forecast:
    """At most: as if every post of the window were on the Page."""
    return Forecast(requests=2 + math.ceil(posts / PAGE_SIZE) + graph.PAGES_PAST)
