"""Comments on a blog, by people who have an account there: https://developer.wordpress.org/rest-api/reference/comments/.

Most visitors comment without an account, under a name that they type; such a name is nobody's for certain, so these
comments are counted and not taken. What was said is not asked for; of the post and the comment that one answers it
comes along all the same, and is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import requests

from connectors import verbatim
from connectors.errors import AccessDenied
from connectors.fields import Fields
from connectors.records import Interaction, Page, Query, Rejected, Search
from connectors.transport import Transport
from connectors.wordpress_post import FUTURE, PLATFORM, account_id, author_of, elements, site_of
from connectors.wordpress_walk import Listing, code_of, page_of, walk, written

LISTED = Listing(
    path="/wp/v2/comments",
    asked={
        "_fields": "id,post,parent,author,date,date_gmt,status,type,link,_links,_embedded",
        "_embed": "author,up,in-reply-to",
    },
    order="date",
    bound="after",
)
KEPT = ("id", "post", "parent", "author", "date_gmt", "status", "link", "_links")
"""Of a comment that cannot be read."""
REFUSALS = frozenset({401, 403, 404})
NO_COMMENTS = frozenset({"rest_no_route", "rest_forbidden", "rest_cannot_read", "rest_comment_login_required"})


def fetch(search: Search, transport: Transport) -> Iterator[Page]:
    """The comments written in the window, on any post."""
    query, nameless, seen = search.query, 0, 0
    until = {"before": written(search.until)}
    listing = replace(LISTED, asked={**LISTED.asked, **until})
    for answer, comments in walk(listing, search.since, query, transport, {200, *REFUSALS}):
        if answer.status_code != 200:
            _expect_comments_closed(answer, query)
            transport.warn(f"{query.source} shows its comments to nobody ({answer.status_code}).")
            return
        yield page_of(answer, query, transport)
        nameless, seen = nameless + sum(map(_is_nameless, comments)), seen + len(comments)
    if nameless:
        transport.warn(
            f"{query.source}: {nameless} of {seen} comments were written without an account there; nobody can tell "
            "whose they are."
        )


def _expect_comments_closed(answer: requests.Response, query: Query) -> None:
    if code_of(answer) not in NO_COMMENTS:
        raise AccessDenied(f"{query.source} refuses access ({answer.status_code}); its REST interface is restricted.")


def _is_nameless(comment: bytes) -> bool:
    return Fields(verbatim.decode_or_none(comment)).identity("author") in (None, "0")


def split(page: Page) -> Iterator[Interaction | Rejected]:
    for piece in elements(page.body, page.source):
        comment = Fields(verbatim.decode_or_none(piece))
        if comment.identity("id") is None or comment.identity("post") is None:
            yield _rejected(piece, page)
        elif act := _act(comment, page):
            yield act


def _act(comment: Fields, page: Page) -> Interaction | None:
    """None for a comment without an account, and for one to oneself."""
    site, actor = site_of(comment, page.source), author_of(comment, page.source)
    target = _target(comment, site)
    if actor is None or actor.account_id == target:
        return None
    return Interaction(
        platform=PLATFORM,
        source=page.source,
        interaction_id=f"comment:{site}/comments/{comment.identity('id')}",
        act="comment",
        actor=actor,
        target_account=target,
        target_post=f"{site}/{comment.identity('post')}",
        acted_at=_acted_at(comment, page),
        observed_at=page.observed_at,
        public=comment.text("status") in (None, "approved"),
    )


def _target(comment: Fields, site: str) -> str | None:
    """The writer of the comment that is answered; else of the post. None for a writer without an account."""
    embedded = comment.part("_embedded")
    answers = comment.identity("parent") not in (None, "0")
    other = next(embedded.parts("in-reply-to" if answers else "up"), Fields(None, comment.flags))
    user_id = other.identity("author")
    return None if user_id in (None, "0") else f"{site}/users/{user_id}"


def _acted_at(comment: Fields, page: Page) -> datetime | None:
    said = comment.moment("date_gmt", naive_is_utc=True)
    return None if said is None or said > page.observed_at + FUTURE else said


def _rejected(piece: bytes, page: Page) -> Rejected:
    """Without the post and the comment that it answers, which came along in it: those are other people's words."""
    kept = verbatim.readable_members(piece, KEPT)
    fields = Fields(kept)
    user_id = account_id(fields, page.source)
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason="no_id",
        detail="a comment does not say which one it is, or on which post",
        body=verbatim.encode(kept),
        observed_at=page.observed_at,
        accounts=(user_id,) if user_id else (),
    )
