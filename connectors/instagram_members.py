"""Members' own media, by business discovery, and what became of them since.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/business_discovery

There is no lookup of other people's media by id. So a post is gone when its author's list, read down past the time of
the post, does not have it any more, twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors import graph, instagram_media, verbatim
from connectors.errors import BadAnswer, RequestRefused
from connectors.fields import Fields
from connectors.graph import Graph, NotPermitted
from connectors.instagram_media import LISTED
from connectors.paging import Progress
from connectors.records import Again, Gone, Page, Post, RawItem, Rejected

PAGE_SIZE = 50
TELLING_REFUSALS = 3
"""After so many refusals and no success, it is the token and not the members."""
NOT_THERE = frozenset({24, 110, graph.NO_SUCH_ALIAS})
"""110: no such account, or a personal one; Instagram does not tell which."""
_HANDLE = re.compile(r"[a-z0-9_.]{1,30}")
_CURSOR = re.compile(r"[\w=:.-]+")


class NotThere(RequestRefused):
    """No professional account of this name."""


def pages(way: Graph, user_id: str, since: datetime) -> Iterator[Page]:
    """The pages of every member's media. Members who cannot be read cost themselves only."""
    members, lost, refusals = way.query.members, 0, 0
    for number, member in enumerate(members, start=1):
        try:
            yield from of_account(way, user_id, member.handle or "", since)
        except NotThere:
            lost += 1
        except NotPermitted:
            lost, refusals = lost + 1, refusals + 1
            if lost == number and (refusals >= TELLING_REFUSALS or number == len(members)):
                raise
    if lost:
        way.transport.warn(
            f"{lost} of {len(members)} members' Instagram accounts cannot be read (not there, or not professional); "
            "check their handles in the roster.",
            to_mend=True,
        )


def of_account(way: Graph, user_id: str, handle: str, since: datetime) -> Iterator[Page]:
    """The pages of one account's media, newest first as a rule, until they lie before `since`."""
    if not _HANDLE.fullmatch(handle):
        raise NotThere("A member's account is on the roster without a name that Instagram could have given.")
    progress, after, past = Progress(way.query.source), "", 0
    while past < graph.PAGES_PAST:
        told = f"id,username,name,media_count,media.limit({PAGE_SIZE}){after}{{{LISTED}}}"
        answer = way.get(user_id, {"fields": f"business_discovery.username({handle}){{{told}}}"}, allow=NOT_THERE)
        if graph.trouble(answer):
            raise NotThere("There is no professional account of this name.")
        glances = [graph.glance(piece, "timestamp") for piece in cut(answer.content)[1]]
        page = way.page(answer)
        yield replace(page, url=f"{page.url.partition('?')[0]}?fields=business_discovery")
        progress.saw(one.name for one in glances)
        cursor = _media(answer.content).part("paging").part("cursors").text("after")
        if not cursor or not _CURSOR.fullmatch(cursor):
            return
        after = f".after({cursor})"
        past = past + 1 if graph.all_before(since - graph.MARGIN, glances) else 0


def _media(body: bytes) -> Fields:
    """The list's frame; what is in it is not looked at."""
    listing = _inner(_inner(body, "business_discovery"), "media")
    return Fields(verbatim.readable_members(listing, ("paging",)))


def _inner(body: bytes, name: str) -> bytes:
    try:
        return verbatim.members(body).get(name, b"{}")
    except ValueError as wrong:
        raise BadAnswer("Instagram answered with something that is no account.") from wrong


def cut(body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Whose account it is, and the media on the page. An account without any has no list."""
    account = _inner(verbatim.document(body) or b"", "business_discovery")
    owner = verbatim.readable_members(account, ("id", "username", "name"))
    if "id" not in owner:
        raise BadAnswer("Instagram answered with something that is no account.")
    media = _inner(account, "media")
    return owner, graph.pieces(media, "Instagram") if media != b"{}" else []


def again(way: Graph, user_id: str, items: Sequence[RawItem]) -> Iterator[Again]:
    """Posts whose author we do not know by any route cannot be asked for, and are left out."""
    by_author: dict[str, list[Post]] = defaultdict(list)
    for item in items:
        post = instagram_media.parse(item)
        handle = _handle_of(item, post)
        if isinstance(post, Post) and handle and post.created_at:
            by_author[handle].append(post)
    lost = 0
    for handle, posts in by_author.items():
        try:
            yield from _of_author(way, user_id, handle, posts)
        except (NotThere, NotPermitted):
            lost += 1
    if lost:
        way.transport.warn(f"{lost} of {len(by_author)} accounts could not be asked again for their posts.")


def _handle_of(item: RawItem, post: Post | Rejected) -> str | None:
    """By this view of the post, else by another one: a hashtag's list shows posts without their authors."""
    if isinstance(post, Post) and post.author and post.author.handle:
        return post.author.handle
    return next((name.removeprefix("hand:") for name in reversed(item.accounts) if not name.isdigit()), None)


def _of_author(way: Graph, user_id: str, handle: str, posts: Sequence[Post]) -> Iterator[Again]:
    shown = yield from _shown(way, user_id, handle, posts)
    missing = [post for post in posts if post.post_id not in shown]
    if missing:
        shown = yield from _shown(way, user_id, handle, missing)
    now = way.transport.clock()
    gone = tuple(
        Gone(key=post.post_id, loss="deleted", observed_at=now) for post in missing if post.post_id not in shown
    )
    yield Again(gone=gone, asked=len(posts))


def _shown(way: Graph, user_id: str, handle: str, posts: Sequence[Post]) -> Generator[Again, None, set[str]]:
    """The keys on the author's list, read down past the oldest of these posts; each page goes out as it comes.

    A list that is empty although the account has media, or ends above a post and before all of the media came, is no
    evidence: then the post counts as shown.
    """
    oldest = min(post.created_at for post in posts if post.created_at)
    shown, times, kept_back, count = set[str](), list[datetime](), False, None
    for page in of_account(way, user_id, handle, oldest):
        yield Again(page=page)
        _, pieces = cut(page.body)
        cut_items = [instagram_media.item(piece, None, page) for piece in pieces]
        shown |= {item.key for item in cut_items if isinstance(item, RawItem)}
        times += [at for piece in pieces if (at := graph.glance(piece, "timestamp").created_at)]
        count = _media_count(page.body)
        unreadable = any(isinstance(item, Rejected) for item in cut_items)
        kept_back = kept_back or unreadable or (not pieces and count != 0)
    is_whole, lowest = count is not None and len(shown) >= count, min(times, default=None)
    below = {post.post_id for post in posts if lowest is None or (post.created_at and post.created_at < lowest)}
    if kept_back:
        return {post.post_id for post in posts}
    return shown if is_whole else shown | below


def _media_count(body: bytes) -> int | None:
    return Fields(verbatim.readable_members(_inner(body, "business_discovery"), ("media_count",))).count("media_count")
