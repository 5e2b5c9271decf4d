"""Who dealt with whom on X: members' own timelines, and answers, quotes and reposts of campaign posts.

Replies are found by `conversation_id:`, quotes and reposts post by post and only where X counts some, because each of
these two lists may be asked for 75 times in a quarter of an hour.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors import interactions, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.records import Author, Interaction, Page, Post, RawItem, Rejected
from connectors.x_door import BATCH, BEHIND, RECENT, SOURCE, Api, fitting, rfc3339, walk
from connectors.x_page import Parts, key_of_piece, split
from connectors.x_post import PLATFORM, ids_of, mentioned, parse, references_of
from connectors.x_reread import newest_id
from connectors.x_words import conversations_in

PASSED_ON = re.compile(r"RT @([A-Za-z0-9_]{1,15}):")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ours:
    """A campaign post as X shows it now. A count that X does not tell may be anything."""

    key: str
    post_id: str
    conversation: str | None
    replies: int | None
    quotes: int | None
    reposts: int | None


def pages(api: Api, items: Sequence[RawItem], since: datetime, until: datetime) -> Iterator[Page]:
    """Acts of others towards the campaign's posts. A post that is gone meanwhile is left out."""
    ours: list[_Ours] = []
    for start in range(0, len(items), BATCH):
        ids = dict.fromkeys(newest_id(item) for item in items[start : start + BATCH])
        answer, parts = api.posts("/2/tweets", {"ids": ",".join(ids)}, len(ids))
        if parts.pieces("data"):
            ours += [one for piece in parts.pieces("data") if (one := _seen(piece))]
            yield api.page(answer)
    yield from _replies(api, ours, since, until)
    for one in ours:
        yield from _quotes(api, one, since)
        yield from _reposts(api, one)


def _seen(piece: bytes) -> _Ours | None:
    post = Fields(verbatim.decode_or_none(piece))
    key, post_id, metrics = key_of_piece(piece), post.identity("id"), post.part("public_metrics")
    if key is None or post_id is None:
        return None
    return _Ours(
        key=key,
        post_id=post_id,
        conversation=post.identity("conversation_id"),
        replies=metrics.count("reply_count"),
        quotes=metrics.count("quote_count"),
        reposts=metrics.count("retweet_count" if metrics.has("retweet_count") else "repost_count"),
    )


def _replies(api: Api, ours: Sequence[_Ours], since: datetime, until: datetime) -> Iterator[Page]:
    answered = {one.conversation: one.replies for one in ours if one.replies != 0 and one.conversation}
    earliest = since if api.way.archive else max(since, api.transport.clock() - RECENT)
    if answered and earliest - since > BEHIND:
        api.transport.warn(f"{SOURCE} shows replies of seven days only: those from before were not read.")
    if earliest >= until:
        return
    size = fitting(sum(BATCH if number is None else number for number in answered.values()))
    for written in conversations_in(tuple(answered)):
        asked = {"query": written, "start_time": rfc3339(earliest), "end_time": rfc3339(until), "max_results": size}
        path, pause = f"/2/tweets/search/{api.way.span}", 1 if api.way.archive else 0
        yield from (page for page, _ in walk(api, path, asked, token="next_token", pause=pause))
        api.transport.pause(pause)


def _quotes(api: Api, one: _Ours, since: datetime) -> Iterator[Page]:
    """Newest first, so the walk ends where the window begins."""
    if one.quotes == 0:
        return
    path = f"/2/tweets/{one.post_id}/quote_tweets"
    size = fitting(BATCH if one.quotes is None else one.quotes)
    for page, parts in walk(api, path, {"max_results": size}, about=one.key, refused=Counter()):
        yield page
        times = [Fields(verbatim.decode_or_none(piece)).moment("created_at") for piece in parts.pieces("data")]
        if times and all(time is not None and time < since for time in times):
            return


def _reposts(api: Api, one: _Ours) -> Iterator[Page]:
    if one.reposts == 0:
        return
    path = f"/2/tweets/{one.post_id}/retweeted_by"
    size = fitting(BATCH if one.reposts is None else one.reposts)
    walked = walk(api, path, {"max_results": size}, kind="user", about=one.key, refused=Counter())
    yield from (page for page, _ in walked)


def acts(page: Page) -> Iterator[Interaction | Rejected]:
    try:
        parts = Parts(page.body)
        pieces = parts.pieces("data")
    except ValueError as wrong:
        raise BadAnswer("A page of X is not an object with a list.") from wrong
    if any(_is_user(piece) for piece in pieces):
        yield from (_repost(piece, page) for piece in pieces)
        return
    for piece, item in zip(pieces, split(page), strict=True):
        if isinstance(item, Rejected):
            yield replace(item, body=b"")
        elif isinstance(post := parse(item), Rejected):
            yield replace(post, body=b"")
        else:
            yield from (_meant_for(act, item, piece) for act in _of_post(post, item, page))


def _is_user(piece: bytes) -> bool:
    kept = verbatim.readable_members(piece, ("username", "text"))
    return "username" in kept and "text" not in kept


def _repost(piece: bytes, page: Page) -> Interaction | Rejected:
    """One of the people who passed on the post that the page is about."""
    user = Fields(verbatim.decode_or_none(piece))
    account_id, handle = user.identity("id"), (user.text("username") or "").lower() or None
    seen = RawItem(
        platform=PLATFORM,
        source=page.source,
        key=page.about,
        body=piece,
        observed_at=page.observed_at,
        accounts=tuple(name for name in (account_id, handle) if name),
        public=user.truth("protected") is not True,
    )
    if account_id is None:
        return seen.unreadable("no_id", "somebody who passed a post on has no id")
    actor = Author(account_id=account_id, handle=handle, display_name=user.text("name"))
    return interactions.repost(actor, page.about, seen)


def _of_post(post: Post, item: RawItem, page: Page) -> Iterator[Interaction]:
    if page.about and post.quote_of_id:
        post = replace(post, quote_of_id=page.about)  # an edited post is quoted by the id that it had then
    accounts: Mapping[str, str] = mentioned(item)
    for act in interactions.of_post(post, item):
        account = accounts.get(act.target_handle or "") if act.act == "mention" else None
        yield replace(act, target_account=account) if account else act


def _meant_for(act: Interaction, item: RawItem, piece: bytes) -> Interaction:
    """With whose post was quoted or passed on, as far as X tells it."""
    if act.act == "quote":
        return replace(act, target_account=_author_of_reference(item, "quoted"))
    if act.act == "repost":
        account = _author_of_reference(item, "retweeted")
        return replace(act, target_account=account, target_handle=_handle_passed_on(piece))
    return act


def _author_of_reference(item: RawItem, kind: str) -> str | None:
    """X tells it only where references are expanded, as the new dialect asks; each costs a post."""
    whole = Fields(verbatim.decode_or_none(item.body))
    wanted = {one.identity("id") for one in references_of(whole.part("post")) if one.text("type") == kind}
    others = (one for one in whole.part("includes").parts("posts") if wanted & {*ids_of(one)})
    return next((account for one in others if (account := one.identity("author_id"))), None)


def _handle_passed_on(piece: bytes) -> str | None:
    """Reposts begin with whose words follow."""
    text = Fields(verbatim.readable_members(piece, ("text",))).text("text") or ""
    found = PASSED_ON.match(text)
    return found[1].lower() if found else None
