"""Bluesky: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts and the lexicons beside it, `platforms.md` §6.

Options (the campaign file's table): `base_url`, the server of the account that asks (default https://bsky.social).
The account's DID is who somebody is; a handle is an attribute that changes. A post is named by its at-uri with the DID.

BEHAVIOUR
Cost: nothing. 3,000 requests in 5 minutes; 30 logins in 5 minutes and 300 in a day, so each run logs in once, keeps the
session in memory only, and renews it when it expires. A day of a campaign takes a handful of requests, and one more for
each member of the roster.
What is read: for each tag the search for `#tag`, the search by `tag=`, which also finds tags that stand beside the text
(`record.tags`), and posts that claim to be older than the network, which a window in time can never show; and, where
there is a roster, the own posts of its members, tagged or not, without what they pass on.
What it cannot see: search is made for people, not for collecting; it hides posts (labels, blocks), and one search ends
near 10,000 posts, after which it is restarted further back. Servers ignored `tag=` for years; one that does is noticed
and told of, and such posts then come from members' feeds only. Members' feeds can end early on the network's side.
Posts declared days late (`createdAt` long before they were first seen) lie behind the lookback: a reading of the whole
campaign at its end brings them. Nothing is seen of accounts that block ours.
What surprises: search needs the login; its edge answers some requests with a web page and 403, which is not about the
password. An expired token comes as a 400. `createdAt` is whatever the author's program says (`bluesky_post`). A record
that the server cannot show fails the whole page of 100; then posts are asked for one by one, and that record is left
out and told of. Posts have no comments apart from replies. Accounts that ask to be shown only to people who are logged
in have the flag `asks_not_indexed`: their posts are counted, and a report must not name or quote them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.bluesky_acts import HIDDEN, MEMBERS, POSTS, fetch_interactions, split_interactions
from connectors.bluesky_again import AT_ONCE, reread
from connectors.bluesky_feeds import feeds
from connectors.bluesky_listing import PAGE_SIZE, Sheet, page, walk
from connectors.bluesky_post import declared_at, item, lines, parse, tags_of
from connectors.bluesky_session import Session
from connectors.errors import BadAnswer, Unavailable
from connectors.moments import EARLIEST
from connectors.records import Access, Forecast, Member, Page, Query, RawItem, Rejected, Search
from connectors.roster import digest
from connectors.transport import Transport

__all__ = [
    "HIDDEN",
    "LOOKBACK",
    "PLATFORM",
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

PLATFORM = "bluesky"
LOOKBACK = timedelta(hours=48)
SOURCE = "bsky.app"
BASE_URL = "https://bsky.social"
METHOD = "app.bsky.feed.searchPosts"

CUT_OFF = 9_500
"""A search that reached so far down may have been cut off, not ended."""
MARGIN = timedelta(days=1)
PAGES_PAST = 2


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    searches = [_query(options, f"search/{tag}", "search", tags=(tag,)) for tag in tags]
    own = [_query(options, f"{MEMBERS}/{digest(members)}", MEMBERS, tags=tags, members=members)] if members else []
    return (*searches, *own)


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    posts = _query(options, "interactions/posts", POSTS, tags=tags)
    name = f"interactions/{MEMBERS}/{digest(members)}"
    own = [_query(options, name, MEMBERS, tags=tags, members=members)] if members else []
    return (posts, *own)


def _query(options: Mapping[str, Any], name: str, route: str, **more: Any) -> Query:
    base_url = str(options.get("base_url", BASE_URL)).rstrip("/")
    return Query(platform=PLATFORM, name=name, source=SOURCE, base_url=base_url, route=route, **more)


def visible_since(search: Search, now: datetime) -> datetime:
    """The network shows all that it has."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    query, session = search.query, Session(search.query, transport, credentials)
    if query.route == MEMBERS:
        yield from feeds(search, session, transport)
        return
    [tag] = query.tags
    yield from _by_text(tag, search, session, transport)
    yield from _by_tag(tag, search, session, transport)
    yield from _undated(tag, session, transport)


def _by_text(tag: str, search: Search, session: Session, transport: Transport) -> Iterator[Page]:
    for sheet in _search({"q": f"#{tag}"}, search, session, transport):
        yield page(sheet.answer, session, transport)


def _by_tag(tag: str, search: Search, session: Session, transport: Transport) -> Iterator[Page]:
    """Posts whose marks bear the tag. A server that does not know the filter shows anything at all."""
    for sheet in _search({"q": "*", "tag": tag}, search, session, transport):
        if sheet.entries and not any(tag in tags_of(entry.view.part("record")) for entry in sheet.entries):
            transport.warn(
                f"{search.query.source} does not search by tag: posts that bear the tag only beside their text are "
                "found in members' own feeds, not among strangers."
            )
            return
        yield page(sheet.answer, session, transport)


def _undated(tag: str, session: Session, transport: Transport) -> Iterator[Page]:
    """Posts that claim to be older than anything on the network: no window in time shows them."""
    for sheet in walk(session, transport, METHOD, {"q": f"#{tag}", "sort": "latest", "until": rfc3339(EARLIEST)}):
        if any(declared_at(entry.view) for entry in sheet.entries):
            return  # the server does not know `until`, and we have read all this
        yield page(sheet.answer, session, transport)


def _search(asked: Mapping[str, str], search: Search, session: Session, transport: Transport) -> Iterator[Sheet]:
    """One search, newest first; restarted from where it was when the platform cuts it off near 10,000."""
    until = search.until
    while True:
        last: Sheet | None = None
        window = {"sort": "latest", "since": rfc3339(search.since), "until": rfc3339(until)}
        past = 0
        try:
            for sheet in walk(session, transport, METHOD, {**asked, **window}):
                yield sheet
                last = sheet if sheet.entries else last
                past = past + 1 if sheet.is_before(search.since - MARGIN) else 0
                if past == PAGES_PAST:
                    return
        except Unavailable:
            if last is None or last.position < CUT_OFF:
                raise
        if last is None or last.position < CUT_OFF:
            return
        until = _before(until, last, session)


def _before(until: datetime, last: Sheet, session: Session) -> datetime:
    """Where to go on: the list is not strictly by time, so the newest post of the last page is the new end."""
    times = [entry.sorted_at for entry in last.entries if entry.sorted_at]
    again = max(times, default=until) + timedelta(milliseconds=1)
    if again >= until:
        again = min(times, default=until) + timedelta(milliseconds=1)
    if again >= until:
        raise BadAnswer(
            f"{session.query.source} cuts its list of posts off and does not let us on; what came before is kept."
        )
    return again


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    session = Session(query, transport, credentials)
    tag = query.tags[0] if query.tags else "bluesky"
    answer = session.ask(METHOD, {"q": f"#{tag}", "limit": 1})
    left = answer.headers.get("ratelimit-remaining")
    return Access(
        works=f"{query.source} accepts our login and lets us search.",
        as_whom=session.handle,
        sees="every public post with the tag, with its author and counts, and the own posts of the roster's members",
        cannot_see="posts that search hides (labels, blocks), and accounts that block ours",
        left=f"{left} requests in the next five minutes" if left and left.isdigit() else None,
    )


def forecast(search: Search, posts: int) -> Forecast:
    """At most so many requests; all of them cost nothing."""
    query, pages, login = search.query, -(-posts // PAGE_SIZE), 1
    match query.route:
        case "members":
            requests = len(query.members) * (1 + PAGES_PAST) + pages
        case "posts":
            requests = -(-posts // AT_ONCE) + 3 * posts
        case _:
            requests = 2 * (pages + 1 + PAGES_PAST) + 1
    return Forecast(requests=login + requests)


def recognises(document: object) -> bool:
    lists = (document.get("posts"), document.get("feed")) if isinstance(document, dict) else ()
    first = next((listed[0] for listed in lists if isinstance(listed, list) and listed), None)
    post = first.get("post", first) if isinstance(first, dict) else None
    return isinstance(post, dict) and str(post.get("uri", "")).startswith("at://") and "record" in post


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """The posts of a list. What a member passed on is somebody else's post, and left to `split_interactions`."""
    for piece, reason in lines(page):
        if not reason.part("by"):
            yield item(piece, page)
