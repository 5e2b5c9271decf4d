"""YouTube: videos that carry a hashtag. https://developers.google.com/youtube/v3/docs, `platforms.md` §7.

Options (the campaign file's table): `search = false` reads the members' channels only; `base_url`.

Two reads, and their union is what we know. `members/…` lists the uploads of the channels on the roster: complete, and
the one to rely on. `search/…` finds strangers, and members whose channel nobody gave us; it is sliced by day, because
YouTube loses results in wide windows and ends every list near 500.

BEHAVIOUR

Cost: no money. A key has 100 searches a day in a quota of its own, and 10,000 other calls; both are renewed at midnight
Pacific time. A run makes one search or more for each day of its window (eight for the usual lookback), so at most ten
runs a day; to read a whole campaign again takes one search for each of its days. The members' channels take up to four
calls each. When a quota is spent the run stops at once and says when it is renewed.

Cannot see: private and unlisted videos, who liked or shared, which comments a member wrote on other people's videos
(only the comments under campaign videos and in members' channels are shown). A video that was deleted and one that was
made private look the same: it is gone.

Surprises: search is fuzzy, forgets videos, and answers otherwise tomorrow; the number of results that it promises means
nothing. YouTube marks no hashtags, so title, description and keywords are searched by our rule, and what does not carry
the tag is counted as out of scope. Hidden like and comment counts are absent, which is unknown and not 0. An edit
leaves no date. A handle can change; the channel's id stays.

YouTube's terms (Developer Policies III.E.4) want what is kept to be refreshed or deleted within 30 days. Re-reads
(`reread`) refresh it while a campaign is on; when it is over the texts and counts have to go, or be re-read monthly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import (
    Access,
    Act,
    Again,
    Forecast,
    Gone,
    Member,
    Page,
    Query,
    RawItem,
    Search,
)
from connectors.roster import digest
from connectors.transport import Transport
from connectors.verbatim import readable_members
from connectors.youtube_api import IDS_PER_REQUEST, SOURCE, Answer, Api, batches, identity, open_api, renewal
from connectors.youtube_comment import comments_of_channel, comments_of_video, split_interactions
from connectors.youtube_video import is_public, parse, recognises, split

__all__ = [
    "HIDDEN",
    "LOOKBACK",
    "PLATFORM",
    "SOURCE",
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

PLATFORM = "youtube"
LOOKBACK = timedelta(days=7)
BASE_URL = "https://www.googleapis.com"
HIDDEN: Mapping[Act, str] = {
    "quote": "YouTube has no quoting posts.",
    "repost": "YouTube does not tell who shares a video.",
    "mention": "YouTube does not mark whom a video or a comment mentions.",
}

SLICE = timedelta(days=1)
RESULTS_END = 450
"""Lists end near 500 results: a slice that comes so close is read again in halves."""
SHORTEST_SLICE = timedelta(hours=1)
PAGE_SIZE = 50
PAGES_PAST = 2
"""A channel's uploads are read until so many pages are wholly older than the window: a video may be published later."""
VIDEO_PARTS = "snippet,statistics,contentDetails,status"
NO_UPLOADS = frozenset({"playlistNotFound"})
CLOSED = frozenset({"channelClosed", "channelSuspended", "channelForbidden", "channelNotFound"})
CLOSED_LIST = CLOSED | {"playlistForbidden", "playlistItemsNotAccessible"}


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    found = []
    if members:
        found.append(_query(f"members/{digest(members)}", "members", tags, options, members))
    if tags and options.get("search", True):
        found.append(_query(f"search/{'+'.join(tags)}", "search", tags, options))
    return tuple(found)


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    name = f"interactions/{digest(members)}" if members else "interactions/comments"
    return (_query(name, "interactions", tags, options, members),)


def _query(
    name: str, route: str, tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> Query:
    return Query(
        platform=PLATFORM,
        name=name,
        source=SOURCE,
        base_url=str(options.get("base_url", BASE_URL)).rstrip("/"),
        route=route,
        tags=tags,
        members=members,
    )


def visible_since(search: Search, now: datetime) -> datetime:
    """YouTube shows what is there, however old."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    api = open_api(search.query, transport, credentials)
    yield from _uploaded(search, api) if search.query.route == "members" else _found(search, api)


# search, sliced


def _found(search: Search, api: Api) -> Iterator[Page]:
    seen: set[str] = set()
    slices = [*_slices(search.since, min(search.until, api.transport.clock()))][::-1]
    while slices:
        since, until = slices.pop()
        found: set[str] = set()
        for ids in _results(search.query, since, until, api):
            found |= set(ids)
            yield from _videos([one for one in ids if one not in seen], api)
            seen |= set(ids)
        if len(found) >= RESULTS_END and until - since > SHORTEST_SLICE:
            middle = since + (until - since) / 2
            slices += [(since, middle), (middle, until)]
        elif len(found) >= RESULTS_END:
            api.transport.warn(
                f"{SOURCE} shows about 500 results at most, and there were more between "
                f"{since:%Y-%m-%d %H:%M} and {until:%H:%M} UTC; what is missing may come with the members' uploads."
            )


def _slices(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The window by the day, the last day first."""
    while since < until:
        start = max(since, until - SLICE)
        yield start, until
        until = start


def _results(query: Query, since: datetime, until: datetime, api: Api) -> Iterator[list[str]]:
    """The ids of each page of results; `publishedAfter` and `publishedBefore` may both be inclusive."""
    asked: dict[str, Any] = {
        "part": "snippet",
        "type": "video",
        "order": "date",
        "q": "|".join(f"#{tag}" for tag in query.tags),
        "publishedAfter": _rfc3339(since),
        "publishedBefore": _rfc3339(until),
        "maxResults": PAGE_SIZE,
    }
    progress, token = Progress(SOURCE), ""
    while True:
        answer = api.ask("search", asked | ({"pageToken": token} if token else {}))
        ids = [video_id for piece in answer.items if (video_id := _result_id(piece))]
        yield ids
        if not answer.next_token:
            return
        progress.saw(ids)
        token = answer.next_token


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _result_id(piece: bytes) -> str | None:
    return Fields(readable_members(piece, ("id",))).part("id").identity("videoId")


def _videos(ids: Sequence[str], api: Api) -> Iterator[Page]:
    """The videos themselves: search tells them shortened and HTML-escaped."""
    for some in batches(ids):
        yield _with_channels(_lookup(some, api), api)


def _lookup(ids: Sequence[str], api: Api) -> Answer:
    return api.ask("videos", {"part": VIDEO_PARTS, "id": ",".join(ids), "maxResults": IDS_PER_REQUEST})


def _with_channels(answer: Answer, api: Api) -> Page:
    snippets = (Fields(readable_members(piece, ("snippet",))).part("snippet") for piece in answer.items)
    return api.page(answer, api.name(owner for one in snippets if (owner := one.identity("channelId"))))


# the members' channels


def _uploaded(search: Search, api: Api) -> Iterator[Page]:
    unreadable = 0
    for channel in _channels(search.query.members, api):
        uploads = _uploads_of(channel) if channel else None
        if uploads is None:
            unreadable += 1
            continue
        for answer in _listed_uploads(uploads, search, api):
            if answer.reasons & CLOSED_LIST:
                unreadable += 1
            ids = [video_id for piece in answer.items if (video_id := _within(piece, search))]
            yield from _videos(ids, api)
    _say_unreadable(unreadable, search.query, api)


def _channels(members: tuple[Member, ...], api: Api) -> Iterator[bytes | None]:
    """Each member's channel as it came, None for one that YouTube does not know."""
    by_id = [member.account_id for member in members if member.account_id]
    for some in batches(by_id):
        known = {identity(piece): piece for piece in _asked_channels({"id": ",".join(some)}, api)}
        yield from (known.get(one) for one in some)
    for handle in (member.handle for member in members if not member.account_id):
        yield next(iter(_asked_channels({"forHandle": f"@{handle}"}, api)), None)


def _asked_channels(who: Mapping[str, str], api: Api) -> list[bytes]:
    asked = {"part": "snippet,contentDetails", "maxResults": IDS_PER_REQUEST, **who}
    answer = api.ask("channels", asked, bear=CLOSED)
    api.learn(answer.items)
    return answer.items


def _uploads_of(channel: bytes) -> str | None:
    details = Fields(readable_members(channel, ("contentDetails",))).part("contentDetails")
    return details.part("relatedPlaylists").identity("uploads")


def _listed_uploads(playlist: str, search: Search, api: Api) -> Iterator[Answer]:
    asked: dict[str, Any] = {"part": "contentDetails", "playlistId": playlist, "maxResults": PAGE_SIZE}
    progress, past = Progress(SOURCE), 0
    while past < PAGES_PAST:
        answer = api.ask("playlistItems", asked, bear=NO_UPLOADS | CLOSED_LIST)
        yield answer
        if not answer.next_token:
            return
        progress.saw(_upload(piece)[0] or "" for piece in answer.items)
        times = [published_at for piece in answer.items for published_at in [_upload(piece)[1]] if published_at]
        past = past + 1 if times and max(times) < search.since else 0
        asked["pageToken"] = answer.next_token


def _upload(piece: bytes) -> tuple[str | None, datetime | None]:
    details = Fields(readable_members(piece, ("contentDetails",))).part("contentDetails")
    return details.identity("videoId"), details.moment("videoPublishedAt")


def _within(piece: bytes, search: Search) -> str | None:
    """The id of a video of the window, or of one whose time the list does not tell."""
    video_id, published_at = _upload(piece)
    return video_id if published_at is None or search.since <= published_at < search.until else None


def _say_unreadable(number: int, query: Query, api: Api) -> None:
    if number:
        api.transport.warn(
            f"{SOURCE}: {number} of {len(query.members)} members' channels cannot be read (not found or closed); "
            "correct their handles in the roster.",
            to_mend=True,
        )


# again


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    """A video that YouTube does not show any more is `deleted`: whether it was made private cannot be told."""
    api = open_api(query, transport, credentials)
    for keys in batches(dict.fromkeys(item.key for item in items)):
        answer = _lookup(keys, api)
        page = _with_channels(answer, api)
        there = {identity(piece) for piece in answer.items}
        missing = [key for key in keys if key not in there]
        if not there:
            missing = [key for key in keys if not _lookup([key], api).items]
        gone = [Gone(key=key, loss="deleted", observed_at=page.observed_at) for key in missing]
        gone += [Gone(key=key, loss="not_public", observed_at=page.observed_at) for key in _unlisted(answer, keys)]
        yield Again(page=page, gone=tuple(gone), asked=len(keys))


def _unlisted(answer: Answer, keys: Sequence[str]) -> Iterator[str]:
    """Videos that are there for those who know their address only."""
    for piece in answer.items:
        video = Fields(readable_members(piece, ("id", "status")))
        if (key := video.identity("id")) in keys and key and not is_public(video):
            yield key


# who commented


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    """All comments under the items, and those of the window in the members' channels."""
    api = open_api(search.query, transport, credentials)
    for key in dict.fromkeys(item.key for item in items):
        yield from comments_of_video(key, api)
    unreadable = 0
    for channel in _channels(search.query.members, api):
        channel_id = identity(channel) if channel else None
        if channel_id is None:
            unreadable += 1
        else:
            yield from comments_of_channel(channel_id, search, api)
    _say_unreadable(unreadable, search.query, api)


# beforehand


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    open_api(query, transport, credentials).ask("channels", {"part": "id", "forHandle": "@youtube"})
    again = renewal(transport.clock())
    return Access(
        works=f"{SOURCE} accepts our key.",
        as_whom="A key belongs to a project, not to a person.",
        sees="public videos with their counts, the members' channels in full, and the comments under campaign videos",
        cannot_see="private and unlisted videos, who liked or shared, and what members comment elsewhere",
        left="YouTube does not tell what is left of the day's 100 searches and 10,000 other calls; "
        f"both are renewed at {again:%Y-%m-%d %H:%M} UTC.",
    )


def forecast(search: Search, posts: int) -> Forecast:
    """Calls at most. The first number to watch is that of the searches, of which there are 100 a day: one a slice."""
    more, members = posts // PAGE_SIZE, len(search.query.members)
    if search.query.route == "members":
        return Forecast(requests=members * (2 + PAGES_PAST) + 2 * more + 2 * min(posts, members + more))
    if search.query.route == "interactions":
        return Forecast(requests=members * 4 + posts * 4)
    searches = len(list(_slices(search.since, search.until))) + more
    return Forecast(requests=searches + 2 * min(searches, posts))
