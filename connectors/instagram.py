"""Instagram, Graph API with Facebook Login: https://developers.facebook.com/docs/instagram-platform, `platforms.md` §2.

Options (the campaign file's table): `version` of the API ("v26.0"), `user_id` of our own professional account (without
it, it is found through the Pages of the token), `base_url` for tests.

Four routes, each a query of its own: `members/…` (business discovery: all media of each member's account, searched for
the tag by us), `own` (our own media), `tagged` (media in which our own account is tagged), and `hashtag/…` for each tag
(recent and top media). Those that tell the author come first.

BEHAVIOUR
Cost: nothing. A run takes two to five requests per tag, one or two per member, one or two for each other route. The
    allowance is 4,800 calls per impression of our account in 24 hours, so a quiet account has little; from 75 % on we
    go slowly, at 95 % we stop. An account may search 30 different hashtags in 7 days; the same one again is free.
Cannot see: by hashtag, nothing older than 24 hours (top media excepted) and never who posted it. Stories, private and
    personal accounts, hashtags written into a comment. Who liked, shared or saved. More than 50 answers to one comment.
    Members whose accounts are not professional, which looks the same as not being there at all.
Surprises: the cursor of a hashtag's list has the same value on every page, in no order; a lost answer cannot be asked
    again, so that list is then read from its beginning. Hidden likes are left out of the answer, which is not 0. A tag
    nobody ever used is an error. Deletions are seen only of posts whose author we know: they are missing from the
    author's list, in two readings that reach further back or hold all that the account has. Somebody who refused to be
    collected is recognised only on routes that tell the author; found by hashtag alone, their post has none.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors import graph, instagram_media, instagram_members, verbatim
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RequestRefused, Unavailable
from connectors.fields import Fields
from connectors.graph import Graph, NotPermitted
from connectors.instagram_media import LISTED, parse
from connectors.paging import Progress
from connectors.records import (
    Access,
    Act,
    Again,
    Forecast,
    Interaction,
    Member,
    Page,
    Post,
    Query,
    RawItem,
    Rejected,
    Search,
)
from connectors.roster import digest
from connectors.transport import Transport

__all__ = ["parse"]

PLATFORM = "instagram"
LOOKBACK = timedelta(hours=24)
CREDENTIAL = "ROLLCALL_INSTAGRAM_TOKEN"
SOURCE = "instagram.com"
BASE_URL, VERSION = "https://graph.facebook.com", "v26.0"
HIDDEN: Mapping[Act, str] = {
    "quote": "Instagram has no quotes.",
    "repost": "Instagram does not tell who shared a post.",
}

RECENT = timedelta(hours=24)
"""How far back a hashtag is shown."""
PAGE_SIZE = 50
HASHTAGS_A_WEEK = 30
TOP_PAGES = 20
"""The top media of a popular tag are years of strangers' posts."""
RESTARTS = 3

_NAMED = f"{LISTED},username"
_COMMENT = "id,timestamp,from,username"
_COMMENTS_ASKED = {"fields": f"{_COMMENT},replies.limit({PAGE_SIZE}){{{_COMMENT}}}", "limit": PAGE_SIZE}
_UNKNOWN_TAG, _TOO_MANY_TAGS = 24, 18


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    by_account = [_query(options, f"members/{digest(members)}", "members", tags, members)] if members else []
    ours = [_query(options, route, route, tags) for route in ("own", "tagged")]
    return (*by_account, *ours, *(_query(options, f"hashtag/{tag}", "hashtag", (tag,)) for tag in tags))


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    """What members' captions mention, and the comments on our own media."""
    name = f"interactions/members/{digest(members)}"
    by_account = [_query(options, name, "members", tags, members)] if members else []
    return (*by_account, _query(options, "interactions/own", "own", tags))


def _query(
    options: Mapping[str, Any], name: str, route: str, tags: tuple[str, ...], members: tuple[Member, ...] = ()
) -> Query:
    user_id = options.get("user_id")
    return Query(
        platform=PLATFORM,
        name=name,
        source=SOURCE,
        base_url=f"{str(options.get('base_url', BASE_URL)).rstrip('/')}/{options.get('version', VERSION)}",
        route=f"{route}/{user_id}" if user_id else route,
        tags=tags,
        members=members,
    )


def visible_since(search: Search, now: datetime) -> datetime:
    """By hashtag the last 24 hours are shown; what is older is a gap, not silence."""
    return max(search.since, now - RECENT) if _route(search.query) == "hashtag" else search.since


def _route(query: Query) -> str:
    return query.route.partition("/")[0]


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    way = Graph(search.query, transport, credentials, CREDENTIAL)
    user_id = _user_id(way)
    match _route(search.query):
        case "hashtag":
            yield from _by_hashtag(way, user_id)
        case "members":
            yield from instagram_members.pages(way, user_id, search.since)
        case "own":
            yield from _by_account(way, f"{user_id}/media", search.since)
        case _:
            yield from _by_account(way, f"{user_id}/tags", search.since)


def _user_id(way: Graph) -> str:
    """Our own account: as the campaign file says, else the only one linked to the token's Pages."""
    told = way.query.route.partition("/")[2]
    if told:
        return told
    answer = way.get("me/accounts", {"fields": "instagram_business_account", "limit": 100})
    pages = [Fields(verbatim.decode_or_none(piece)) for piece in graph.pieces(answer.content, SOURCE)]
    linked = {page.part("instagram_business_account").identity("id") for page in pages} - {None}
    if len(linked) > 1:
        raise RequestRefused(
            f"{CREDENTIAL} reaches {len(linked)} Instagram accounts; say in the campaign file which one asks (user_id)."
        )
    if not linked:
        raise AccessDenied(
            f"No Page of {CREDENTIAL} is linked to a professional Instagram account; link one, or give user_id in the "
            "campaign file."
        )
    return str(linked.pop())


def _by_account(way: Graph, path: str, since: datetime) -> Iterator[Page]:
    return way.pages(path, {"fields": _NAMED, "limit": PAGE_SIZE}, "timestamp", since)


def _by_hashtag(way: Graph, user_id: str) -> Iterator[Page]:
    tag = way.query.tags[0]
    answer = way.get("ig_hashtag_search", {"user_id": user_id, "q": tag}, allow={_UNKNOWN_TAG, _TOO_MANY_TAGS})
    trouble = graph.trouble(answer)
    if trouble and trouble.code == _TOO_MANY_TAGS:
        raise QuotaSpent(
            "Our Instagram account has searched 30 different hashtags in the last 7 days and may not search another "
            "one yet; wait, or leave a tag out of the campaign file."
        )
    if trouble:
        way.transport.warn("Instagram knows no such hashtag, so far.")
        return
    found = [Fields(verbatim.decode_or_none(piece)).identity("id") for piece in graph.pieces(answer.content, SOURCE)]
    for hashtag_id in filter(None, found):
        for edge, pages in (("recent_media", math.inf), ("top_media", TOP_PAGES)):
            yield from _by_spent_cursor(way, f"{hashtag_id}/{edge}", {"user_id": user_id, "fields": LISTED}, pages)


def _by_spent_cursor(way: Graph, path: str, fields: Mapping[str, Any], most: float) -> Iterator[Page]:
    """A list whose cursor has the same value on every page: only the platform knows where we are in it.

    So an answer that got lost is a page that got lost, and a second try starts again from the first page.
    """
    asked = {**fields, "limit": PAGE_SIZE}
    progress, where, pages, restarts = Progress(SOURCE), dict[str, str](), 0, 0
    while pages < most:
        answer = way.get(path, {**asked, **where}, retry_with=asked)
        if where and "after" not in parse_qs(urlsplit(answer.url).query):
            progress, pages, restarts = Progress(SOURCE), 0, restarts + 1
        if restarts > RESTARTS:
            raise Unavailable(f"{SOURCE} breaks off its list of posts again and again; the next run tries again.")
        names = [graph.glance(piece, "timestamp").name for piece in graph.pieces(answer.content, SOURCE)]
        pages += 1
        yield way.page(answer)
        progress.saw(names)
        further = graph.position(answer.content, SOURCE)
        if further is None:
            return
        where = further


def split(page: Page) -> Iterator[RawItem | Rejected]:
    owner, pieces = _cut(page)
    for piece in pieces:
        yield instagram_media.item(piece, owner, page)


def _cut(page: Page) -> tuple[dict[str, Any] | None, list[bytes]]:
    """Whose media these are, where it is said beside them, and the media."""
    body = verbatim.document(page.body) or b""
    try:
        of_one_account = "business_discovery" in verbatim.members(body)
    except ValueError as wrong:
        raise BadAnswer(f"A page of {SOURCE} is not a list of media.") from wrong
    return instagram_members.cut(body) if of_one_account else (None, graph.pieces(body, f"A page of {SOURCE}"))


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    way = Graph(query, transport, credentials, CREDENTIAL)
    yield from instagram_members.again(way, _user_id(way), items)


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    way = Graph(search.query, transport, credentials, CREDENTIAL)
    user_id = _user_id(way)
    if _route(search.query) == "members":
        yield from instagram_members.pages(way, user_id, search.since)
        return
    times = [post.created_at for item in items if isinstance(post := parse(item), Post) and post.created_at]
    for page in _by_account(way, f"{user_id}/media", min([search.since, *times])):
        yield page
        if not (yield from _comments(way, page)):
            transport.warn(f"Who commented is not shown to us: {CREDENTIAL} lacks instagram_manage_comments.")
            return


def _comments(way: Graph, media_page: Page) -> Generator[Page, None, bool]:
    """The comments on the media of a page of our own; False where the token may not read them."""
    for one in split(media_page):
        media = Fields(verbatim.decode_or_none(one.body))
        media_id = media.identity("id")
        if isinstance(one, Rejected) or media_id is None or media.count("comments_count") == 0:
            continue
        try:
            yield from way.pages(f"{media_id}/comments", _COMMENTS_ASKED, "timestamp", None, one.key)
        except NotPermitted:
            return False
    return True


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    if page.about:
        for piece in graph.pieces(verbatim.document(page.body) or b"", f"A page of {SOURCE}"):
            yield from instagram_media.comment_acts(piece, page)
        return
    for item in split(page):
        if isinstance(item, Rejected):
            yield item
        else:
            yield from instagram_media.acts(item)


def recognises(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    if isinstance(document.get("business_discovery"), dict):
        return True
    first = next(Fields(document).parts("data"), Fields(None))
    return instagram_media.key(Fields({"permalink": first.value("permalink")})) is not None


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    way = Graph(query, transport, credentials, CREDENTIAL)
    user_id = _user_id(way)
    us = Fields(verbatim.decode_or_none(way.get(user_id, {"fields": "username,media_count"}).content))
    asked = way.get(f"{user_id}/recently_searched_hashtags", {"limit": HASHTAGS_A_WEEK}, allow=graph.EVERY_REFUSAL)
    may_search = graph.trouble(asked) is None
    searched = len(graph.pieces(asked.content, SOURCE)) if may_search else 0
    blind = (
        "" if may_search else " Nor any hashtag: the app lacks the reviewed feature Instagram Public Content Access."
    )
    left = f"{HASHTAGS_A_WEEK - searched} of {HASHTAGS_A_WEEK} hashtags in 7 days; {way.used:.0f} % of the calls used"
    return Access(
        works="Instagram answers and accepts our token.",
        as_whom=us.text("username"),
        sees="posts with the tag of the last 24 hours (without authors), media of members' professional accounts, and "
        "what our own account posted or was tagged in",
        cannot_see=f"Personal and private accounts, stories, and who posted what is found by hashtag.{blind}",
        left=left,
        expires_at=graph.expires_at(way),
    )


def forecast(search: Search, posts: int) -> Forecast:
    """At most: as if every post of the window were on each list, and nothing else between them."""
    pages = math.ceil(posts / PAGE_SIZE) + graph.PAGES_PAST
    match _route(search.query):
        case "members":
            return Forecast(
                requests=1 + math.ceil(posts / PAGE_SIZE) + len(search.query.members) * (graph.PAGES_PAST + 1)
            )
        case "hashtag":
            return Forecast(requests=2 + pages + min(TOP_PAGES, pages))
        case _:
            return Forecast(requests=1 + pages)
