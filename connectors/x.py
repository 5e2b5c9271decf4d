"""X, API v2, through tweepy: search, members' timelines, re-reads and interactions; https://docs.x.com/x-api.

Options (the campaign file's table): `dialect = "tweet"` (default) or "post": X is renaming its request fields
(`tweet.fields` → `post.fields`), and only asking shows which it takes; answers are read in both. `archive = true`
searches back to 2006 instead of seven days. `members = true` reads the roster's own timelines too. `authors = false`
does not ask for authors' names (old vocabulary only). `check_counts = false` leaves the completeness check out.
`interactions = true` reads who dealt with whom. `base_url` for tests.

BEHAVIOUR

What it costs (prices of 2026-04-16, US dollars): 0.005 a post and 0.010 a user that an answer holds, 0.005 (archive:
0.010) a count; refused requests nothing; a post or user once in a UTC day, so `Transport.cost` is the most that a run
can have cost. Authors come with their posts: 59 authors read on each of 28 days cost at most $16.52, the 630 posts
themselves $3.15. `authors = false` saves that; then authors are known by their permanent ids only, and somebody who
refuses to be collected and gave us no more than a handle is not recognised before landing: leave it on until ids are
known. In the new vocabulary X tells authors, and what a post answers or quotes, only together with the whole of them,
so a post may cost up to $0.035. Members' timelines hold all that they posted, tagged or not, and every post of it
costs. With `interactions`, a campaign post that stands in a stranger's thread brings all answers of that thread, and
each costs; no forecast knows how many. Whether media that come along cost too is not known. Set a spending limit in
X's console.

What it cannot see: with recent search nothing older than seven days; protected accounts; posts of people who are
suspended; replies to a tagged post that do not have the tag themselves; reposts (search lists none since May 2026;
their number is known, and `interactions` asks for the names); a timeline's posts before its latest 3,200. Deleted
posts: X counts them, and does not show them; a shortfall of more than 5 % of what it counts is a warning.

What surprises: an edit is a new post with a new id, and all of them are one item here, named by the first. Long posts
are cut, their tag may stand in the note only. A page can be empty and not the last. Data and errors come together; an
author can be missing beside a post. Replies, quotes and reposts name the version that they saw; which post that is, is
told in the new vocabulary, and for quotes and reposts of our own posts; else the act carries that version's id. Lists
of quotes and reposts may be asked for 75 times in 15 minutes, so a large campaign's interactions take hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors import x_counts, x_interactions, x_reread, x_timelines
from connectors.records import Access, Act, Again, Forecast, Interaction, Member, Page, Query, RawItem, Rejected, Search
from connectors.roster import digest
from connectors.transport import Transport
from connectors.x_door import (
    BATCH,
    BEHIND,
    PER_COUNT,
    PER_USER,
    RECENT,
    SOURCE,
    Api,
    Stream,
    Way,
    fitting,
    rfc3339,
    walk,
)
from connectors.x_page import id_of, recognises, split
from connectors.x_post import PLATFORM, parse
from connectors.x_words import tags_apart, tags_written

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

LOOKBACK = timedelta(hours=24)
HIDDEN: Mapping[Act, str] = {"comment": "X has no comments: what is said under a post is a reply."}
BASE_URL = "https://api.x.com"
PAGE_SIZE = {"recent": BATCH, "all": 500}
PAUSE = {"recent": 0.0, "all": 1.0}
"""Full-archive search allows one request a second."""


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    """A search for the tags, and, where the campaign pays for it, all that members posted."""
    way = Way.chosen("search", options)
    searches = tuple(_query(f"{way.span}/{'+'.join(part)}", way, options, tags=part) for part in tags_apart(tags))
    if not members or not options.get("members"):
        return searches
    return *searches, _of_members("members", "members", options, members)


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    """One, where the campaign pays for it."""
    if not options.get("interactions"):
        return ()
    return (_of_members("interactions", "interactions", options, members),)


def _of_members(name: str, stream: Stream, options: Mapping[str, Any], members: tuple[Member, ...]) -> Query:
    """The name goes with the roster: whoever is new is read from the beginning."""
    return _query(f"{name}/{digest(members)}", Way.chosen(stream, options), options, members=members)


def _query(name: str, way: Way, options: Mapping[str, Any], **more: Any) -> Query:
    base_url = str(options.get("base_url", BASE_URL)).rstrip("/")
    return Query(platform=PLATFORM, name=name, source=SOURCE, base_url=base_url, route=way.route, **more)


def visible_since(search: Search, now: datetime) -> datetime:
    """Recent search shows seven days, of posts and of the answers to them; what is older is a gap, not silence.

    Timelines go further back.
    """
    way = Way.of(search.query)
    return search.since if way.archive or way.stream == "members" else max(search.since, now - RECENT)


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    since, until = _window(search, transport)
    if since >= until:
        return
    api = Api(search.query, transport, credentials)
    if api.way.stream == "search":
        yield from _found(api, since, until)
    else:
        yield from x_timelines.pages(api, search.query.members, since, until, reposts=False)


def _found(api: Api, since: datetime, until: datetime) -> Iterator[Page]:
    span, written = api.way.span, tags_written(api.query.tags)
    counted = x_counts.counted(api, written, since, until) if api.way.counted else None
    size = PAGE_SIZE[span] if counted is None else fitting(counted, PAGE_SIZE[span])
    asked = {"query": written, "start_time": rfc3339(since), "end_time": rfc3339(until), "max_results": size}
    read: set[str] = set()
    for page, parts in walk(api, f"/2/tweets/search/{span}", asked, token="next_token", pause=PAUSE[span]):
        read |= {id_of(piece) for piece in parts.pieces("data")}
        yield page
    if counted is not None:
        x_counts.compare(api, counted, len(read), since, until)


def _window(search: Search, transport: Transport) -> tuple[datetime, datetime]:
    now = transport.clock()
    is_search = Way.of(search.query).stream == "search"
    since = visible_since(search, now) if is_search else search.since
    if since - search.since > BEHIND:
        transport.warn(f"{SOURCE} shows seven days only: posts from before {since:%Y-%m-%d %H:%M} UTC were not read.")
    return since, min(search.until, now - BEHIND)


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    yield from x_reread.again(Api(query, transport, credentials), items)


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    since, until = _window(search, transport)
    if since >= until:
        return
    api = Api(search.query, transport, credentials)
    yield from x_timelines.pages(api, search.query.members, since, until, reposts=True)
    yield from x_interactions.pages(api, items, since, until)


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    yield from x_interactions.acts(page)


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    return x_counts.probe(query, tags_written(query.tags) if query.tags else "", transport, credentials)


def forecast(search: Search, posts: int) -> Forecast:
    """Each post with an author of its own. Of interactions: every post asked for again, with one act of each kind."""
    way, members = Way.of(search.query), search.query.members
    pages, cost = max(1, -(-posts // PAGE_SIZE[way.span])), posts * way.most_per_post
    if way.stream == "search":
        counts = x_counts.pages_of(way.archive, search.since, search.until) if way.counted else 0
        return Forecast(requests=pages + counts, cost=cost + counts * PER_COUNT[way.span])
    unnamed = sum(member.account_id is None for member in members)
    further = posts // x_timelines.page_size(search.since, search.until)
    requests, cost = -(-unnamed // BATCH) + len(members) + further, cost + unnamed * PER_USER
    if way.stream == "members":
        return Forecast(requests=requests, cost=cost)
    return Forecast(requests=requests + pages + 3 * posts, cost=cost + posts * (2 * way.most_per_post + PER_USER))
