"""How X reads a search: its query, its window, and what it answers 400 to.

Truth: docs.x.com (posts/search/integrate/build-a-query, operators, paginate).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.exchange import Answer, Asked
from sandbox.ids import x_id, x_moment_ms
from sandbox.world import HASHTAG, folded, tags_in
from sandbox.x_problems import invalid
from sandbox.x_shown import Everything, Shown

Span = Literal["recent", "all"]
REACH = timedelta(days=7)
NEAREST = timedelta(seconds=10)
LONGEST_QUERY = {"recent": 512, "all": 1024}
LARGEST_PAGE = {"recent": 100, "all": 500}
CONVERSATION = re.compile(r"(?<!\S)\(?conversation_id:(\d{1,19})")
FROM = re.compile(r"(?<!\S)\(?from:(\w{1,15})")


def window(asked: Asked, now: datetime, span: Span) -> tuple[datetime, datetime]:
    """Without bounds: seven days of recent search, thirty of the archive's."""
    start, end = asked.one("start_time"), asked.one("end_time")
    until = moment(end) if end else now - timedelta(seconds=30)
    reach = REACH if span == "recent" else timedelta(days=30)
    return moment(start) if start else now - reach, until


def misuse(asked: Asked, now: datetime, span: Span) -> Answer | None:
    """What X answers 400 to."""
    query, earliest = asked.one("query"), now - REACH
    ids = [name for name in ("since_id", "until_id") if name in asked.query]
    times = [name for name in ("start_time", "end_time") if name in asked.query]
    if not query or len(query) > LONGEST_QUERY[span]:
        words = f"The `query` query parameter must have from 1 to {LONGEST_QUERY[span]} characters"
        return invalid("query", query or "", words)
    if not (tags_in(query) or CONVERSATION.search(query) or FROM.search(query)):
        return invalid("query", query, "Rules must contain at least one non-negated, standalone operator.")
    if refused := wrong_size(asked, 10, LARGEST_PAGE[span]):
        return refused
    if ids and times:
        return invalid(ids[0], asked.one(ids[0]) or "", f"Invalid use of '{ids[0]}' in conjunction with '{times[0]}'")
    since = asked.one("since_id")
    if since and span == "recent" and x_moment_ms(since) < earliest.timestamp() * 1000:
        return invalid(
            "since_id",
            since,
            f"'since_id' must be a tweet id created after {iso(earliest)}. "
            f"Please use a 'since_id' that is larger than {x_id(earliest)}",
        )
    return wrong_times(asked, now, span, times)


def wrong_times(asked: Asked, now: datetime, span: Span, times: list[str]) -> Answer | None:
    earliest = now - REACH
    try:
        start, end = window(asked, now, span)
    except ValueError:
        return invalid(times[0], asked.one(times[0]) or "", "The time must be of the form yyyy-MM-dd'T'HH:mm:ssZ")
    if span == "recent" and start < earliest.replace(microsecond=0):
        return invalid("start_time", iso(start), f"'start_time' must be on or after {iso(earliest)}.")
    if end > now - NEAREST:
        return invalid("end_time", iso(end), "'end_time' must be a minimum of 10 seconds prior to the request time.")
    return invalid("end_time", iso(end), "'end_time' must be a date after 'start_time'.") if end <= start else None


def wrong_size(asked: Asked, least: int, most: int) -> Answer | None:
    given = asked.one("max_results")
    if given is None or (given.isdigit() and least <= int(given) <= most):
        return None
    words = f"The `max_results` query parameter value is not between {least} and {most}"
    return invalid("max_results", given, words)


def found(everything: Everything, asked: Asked, now: datetime, span: Span) -> list[Shown]:
    """What a search finds: never reposts, never what is protected, replies and quotes by their own text only."""
    query = asked.one("query") or ""
    tags = {folded(tag) for tag in HASHTAG.findall(query)}
    conversations, names = set(CONVERSATION.findall(query)), {name.lower() for name in FROM.findall(query)}
    start, end = window(asked, now, span)
    since, until = int(asked.one("since_id") or 0), int(asked.one("until_id") or 10**19)
    result = []
    for shown in everything.public(now):
        if shown.post.kind == "repost" or ("is:reply" in query.split() and shown.post.kind != "reply"):
            continue
        matches = (
            bool(tags & set(map(folded, tags_in(shown.version.text))))
            or conversation_of(everything, shown) in conversations
            or everything.world.people[shown.post.author].handle_at("x", now) in names
        )
        inside = start <= shown.created_at.replace(microsecond=0) < end and since < int(shown.post_id) < until
        if matches and inside:
            result.append(shown)
    return result


def conversation_of(everything: Everything, shown: Shown) -> str:
    """The first id of the post at the top of the thread."""
    post = shown.post
    while post.kind == "reply" and (parent := everything.world.posts.get(post.of or "")):
        post = parent
    return everything.first_id(post)


def moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("X wants a zone.")
    return read.astimezone(UTC)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
