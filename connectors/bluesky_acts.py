"""Who dealt with whom on Bluesky: members' own feeds, and the replies, quotes and reposts of campaign posts.

A thread shows replies (https://docs.bsky.app/docs/api/app-bsky-feed-get-post-thread), and there are lists of those who
quoted a post and of those who passed it on; the latter do not say when. What nobody did, by the post's fresh counts, is
not asked for. Of what cannot be read no words are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connectors import verbatim
from connectors.bluesky_again import AT_ONCE, looked_up
from connectors.bluesky_feeds import feeds
from connectors.bluesky_listing import entries, page, walk
from connectors.bluesky_post import PLATFORM, account_of, accounts, author_of, item, lines, parse
from connectors.bluesky_session import Refused, Session
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.interactions import of_post, repost
from connectors.records import Act, Interaction, Page, RawItem, Rejected, Search
from connectors.transport import Transport

HIDDEN: Mapping[Act, str] = {"comment": "Bluesky has no comments; answers to a post are its replies."}
MEMBERS, POSTS = "members", "posts"
DEEPEST = 100
"""How many answers to answers of a post are followed down."""


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    session = Session(search.query, transport, credentials)
    if search.query.route == MEMBERS:
        yield from feeds(search, session, transport)
        return
    keys = list(dict.fromkeys(item.key for item in items if account_of(item.key)))
    for start in range(0, len(keys), AT_ONCE):
        for entry in entries(looked_up(keys[start : start + AT_ONCE], session), session):
            yield from _around(entry.key, entry.view, session, transport)


def _around(key: str, view: Fields, session: Session, transport: Transport) -> Iterator[Page]:
    """What others did to one post; that it disappears meanwhile costs this post only."""
    try:
        if view.count("replyCount") != 0:
            asked = {"uri": key, "depth": DEEPEST, "parentHeight": 0}
            yield page(session.ask("app.bsky.feed.getPostThread", asked), session, transport, key)
        for count, method in (("repostCount", "getRepostedBy"), ("quoteCount", "getQuotes")):
            if view.count(count) != 0:
                for sheet in walk(session, transport, f"app.bsky.feed.{method}", {"uri": key}):
                    yield page(sheet.answer, session, transport, key)
    except Refused as refused:
        if refused.error not in ("NotFound", "RecordNotFound", "BlockedPost"):
            raise


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    members = _members(page)
    if "thread" in members:
        for piece in _of_thread(members["thread"], page):
            yield from _acts(piece, page)
    elif "repostedBy" in members:
        yield from _reposts(members["repostedBy"], page)
    else:
        handles = _handles_answered(members.get("feed", b"[]"))
        for piece, reason in lines(page):
            acts = _passed_on(piece, reason, page) if reason.part("by") else _acts(piece, page)
            yield from (_by_handle(act, handles) for act in acts)


def _handles_answered(feed: bytes) -> dict[str, str]:
    """DIDs to handles: a feed shows each answer with what it answers, whose author may have no post in the campaign.

    What is no list has none; that it is none, `lines` says.
    """
    try:
        entries = verbatim.elements(feed)
    except ValueError:
        return {}
    answered = (Fields(verbatim.decode_or_none(entry)).part("reply").part("parent").part("author") for entry in entries)
    people = (author_of(profile) for profile in answered)
    return {one.account_id: one.handle for one in people if one and one.handle}


def _by_handle(act: Interaction | Rejected, handles: Mapping[str, str]) -> Interaction | Rejected:
    if isinstance(act, Rejected) or act.act != "reply":
        return act
    return replace(act, target_handle=handles.get(act.target_account or ""))


def _members(page: Page) -> dict[str, bytes]:
    try:
        return verbatim.members(verbatim.document(page.body) or b"")
    except ValueError as wrong:
        raise BadAnswer(f"A page of {page.source} is not an answer about posts.") from wrong


def _of_thread(thread: bytes, page: Page) -> Iterator[bytes]:
    """Every post of a thread that is shown; what is deleted or blocked has a place in it, and nothing else."""
    try:
        open_nodes = [verbatim.decode(thread)]
    except ValueError as wrong:
        raise BadAnswer(f"A thread of {page.source} cannot be read.") from wrong
    while open_nodes:
        node = open_nodes.pop()
        if not isinstance(node, dict):
            continue
        if "post" in node:
            yield verbatim.encode(node["post"])
        replies = node.get("replies")
        open_nodes += reversed(replies) if isinstance(replies, list) else []


def _acts(piece: bytes, page: Page) -> Iterator[Interaction | Rejected]:
    raw = item(piece, page)
    post = parse(raw) if isinstance(raw, RawItem) else raw
    if isinstance(post, Rejected):
        yield replace(post, body=b"")
    elif isinstance(raw, RawItem):
        for act in of_post(post, raw):
            yield _meant_for(act)


def _meant_for(act: Interaction) -> Interaction:
    """Mentions give the DID; whom a reply or quote is meant for is told by the name of the post."""
    if act.act == "mention":
        return replace(act, target_account=act.target_handle, target_handle=None)
    return replace(act, target_account=act.target_account or account_of(act.target_post))


def _passed_on(piece: bytes, reason: Fields, page: Page) -> Iterator[Interaction | Rejected]:
    raw, actor = item(piece, page), author_of(reason.part("by"))
    if isinstance(raw, Rejected):
        yield replace(raw, body=b"")
    elif actor is None:
        yield replace(raw, body=b"").unreadable("no_id", "it is not told who passed a post on")
    else:
        target = account_of(raw.key)
        yield repost(actor, raw.key, raw, acted_at=reason.moment("indexedAt"), target_account=target)


def _reposts(listed: bytes, page: Page) -> Iterator[Interaction | Rejected]:
    try:
        pieces = verbatim.elements(listed)
    except ValueError as wrong:
        raise BadAnswer(f"A page of {page.source} is not a list of people who passed a post on.") from wrong
    for piece in pieces:
        profile = Fields(verbatim.decode_or_none(piece))
        seen = RawItem(
            platform=PLATFORM,
            source=page.source,
            key=page.about,
            body=piece,
            observed_at=page.observed_at,
            accounts=accounts(Fields({"author": verbatim.decode_or_none(piece)})),
        )
        actor = author_of(profile)
        if actor is None:
            yield seen.unreadable("no_id", "somebody who passed a post on has no DID")
        else:
            yield repost(actor, page.about, seen, target_account=account_of(page.about))
