"""What X says how many posts there are: the cheap check that a search was complete, and a first try of our access."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.errors import ConnectorError, QuotaSpent, RequestRefused, RunStopped
from connectors.fields import Fields
from connectors.records import Access, Query
from connectors.transport import Transport
from connectors.x_door import PER_COUNT, PER_POST, PER_USER, SOURCE, Api, rfc3339

EXPLAINED = 0.05
"""The share of counted posts that deletions explain: X counts posts that were deleted or hidden since."""
LONG, MONTH = timedelta(days=2), timedelta(days=31)


def counted(api: Api, written: str, since: datetime, until: datetime) -> int | None:
    """How many posts X counts in the window. None where it does not tell, which is said, and is no loss."""
    asked = {"query": written, "start_time": rfc3339(since), "end_time": rfc3339(until)}
    asked["granularity"] = "day" if until - since > LONG else "hour"
    try:
        number = _total(api, asked, pages_of(api.way.archive, since, until))
    except (QuotaSpent, RunStopped):
        raise
    except ConnectorError as error:
        api.transport.warn(f"Whether all posts were read could not be checked by {SOURCE}'s own count: {error}")
        return None
    if number is None:
        api.transport.warn(f"Whether all posts were read could not be checked: {SOURCE} tells no number of them.")
    return number


def compare(api: Api, counted: int, read: int, since: datetime, until: datetime) -> None:
    """Warn where X counts more posts in a window than it showed."""
    if counted - read > math.ceil(counted * EXPLAINED):
        api.transport.warn(
            f"{SOURCE} counts {counted} posts from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC and showed "
            f"{read}: {counted - read} are missing, more than deletions explain. Read this window again; if it stays "
            "so, read it with archive = true.",
            to_mend=True,
        )


def pages_of(archive: bool, since: datetime, until: datetime) -> int:
    """The archive's counts come by 31 days."""
    return max(1, -(-(until - since) // MONTH)) if archive else 1


def _total(api: Api, asked: Mapping[str, str], pages: int) -> int | None:
    """Over so many pages and not one more, because each costs; None if X then has still more to tell."""
    asked, total = dict(asked), 0
    for _ in range(pages):
        parts = api.one(f"/2/tweets/counts/{api.way.span}", asked, PER_COUNT[api.way.span])
        meta = Fields(parts.value("meta"))
        number = _number(meta)
        if number is None:
            return None
        total, token = total + number, meta.text("next_token")
        if token is None:
            return total
        asked["next_token"] = token
        api.transport.pause(1 if api.way.archive else 0)
    return None


def _number(meta: Fields) -> int | None:
    posts = meta.count("total_tweet_count")
    return meta.count("total_post_count") if posts is None else posts


def probe(query: Query, written: str, transport: Transport, credentials: Mapping[str, str]) -> Access:
    """Asks for the number of posts of the last seven days, which is the cheapest request, and what is left."""
    api = Api(query, transport, credentials)
    works = f"{SOURCE} accepts our token"
    if written:
        meta = Fields(api.one("/2/tweets/counts/recent", {"query": written}, PER_COUNT["recent"]).value("meta"))
        works += f"; {_price(meta)}{_dialect(meta, api)}"
    days = "everything back to 2006" if api.way.archive else "the last seven days"
    access = Access(
        works=f"{works}.",
        sees=f"Public posts with the campaign's tags of {days}, with their authors and counts.",
        cannot_see="Protected accounts. Search lists no reposts, and finds a post only by its own text.",
    )
    return replace(access, left=_left(api))


def _price(meta: Fields) -> str:
    posts = _number(meta)
    if posts is None:
        return "it does not tell how many posts there are"
    most = posts * (PER_POST + PER_USER)
    return f"{posts} posts in the last seven days, which cost at most ${most:.2f} to read"


def _dialect(meta: Fields, api: Api) -> str:
    """Which of its two vocabularies X answers in, where it is not the one that the campaign file has."""
    has_new, has_old = meta.has("total_post_count"), meta.has("total_tweet_count")
    if has_new and not has_old and not api.way.new_words:
        return '. It answers in its new vocabulary: if a read is refused as wrong, set dialect = "post"'
    if has_old and not has_new and api.way.new_words:
        return '. It answers in its old vocabulary: if a read is refused as wrong, set dialect = "tweet"'
    return ""


def _left(api: Api) -> str | None:
    """Post reads of the month; X tells no credit."""
    try:
        usage = Fields(api.one("/2/usage/tweets", {}, Decimal(0)).value("data"))
    except RequestRefused:
        return None
    used, cap = usage.count("project_usage"), usage.count("project_cap")
    if used is None or cap is None:
        return None
    return f"{max(0, cap - used)} of {cap} post reads this month. The credit that is left stands in X's console only."
