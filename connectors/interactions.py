"""What a post says of its author's dealings with others, as acts that have the same name on every route.

A reply, quote or mention is named by the post that does it and whom it is meant for; a repost by who passed what on,
because a list of people who did so gives no id of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.records import Act, Author, Interaction, Page, Post, RawItem


def of_post(post: Post, item: RawItem, *, answers: Act = "reply") -> Iterator[Interaction]:
    """The acts in a post. `answers` is what this platform calls an answer. A post without an author tells none."""
    if post.author is None:
        return
    if post.repost_of_id:
        yield repost(post.author, post.repost_of_id, item, acted_at=post.created_at)
        return
    if post.reply_to_id or post.reply_to_account:
        yield _act(answers, post, item, account=post.reply_to_account, target=post.reply_to_id)
    if post.quote_of_id:
        yield _act("quote", post, item, target=post.quote_of_id)
    for handle in post.mentions:
        yield _act("mention", post, item, handle=handle)


def comment(
    page: Page,
    comment_id: str,
    actor: Author,
    acted_at: datetime | None,
    answered: str | None = None,
    answered_author: Author | None = None,
) -> Interaction:
    """A comment on the post that the page is about, or an answer to another comment on it."""
    target = f"{page.about}_{answered}" if answered else page.about
    act: Act = "reply" if answered else "comment"
    return Interaction(
        platform=page.platform,
        source=page.source,
        interaction_id=f"{act}:{page.about}_{comment_id}:{target}",
        act=act,
        actor=actor,
        target_account=answered_author.account_id if answered_author else None,
        target_handle=answered_author.handle if answered_author else None,
        target_post=target,
        acted_at=acted_at,
        observed_at=page.observed_at,
    )


def repost(actor: Author, target: str, item: RawItem, **more: object) -> Interaction:
    """That somebody passed a post on; `item` says where and when that was seen."""
    return Interaction(
        platform=item.platform,
        source=item.source,
        interaction_id=f"repost:{actor.account_id}:{target}",
        act="repost",
        actor=actor,
        target_post=target,
        observed_at=item.observed_at,
        public=item.public,
        **more,  # type: ignore[arg-type]  # acted_at, target_account, target_handle
    )


def _act(
    act: Act,
    post: Post,
    item: RawItem,
    *,
    account: str | None = None,
    handle: str | None = None,
    target: str | None = None,
) -> Interaction:
    assert post.author is not None
    return Interaction(
        platform=post.platform,
        source=item.source,
        interaction_id=f"{act}:{post.post_id}:{target or account or handle}",
        act=act,
        actor=post.author,
        target_account=account,
        target_handle=handle,
        target_post=target,
        acted_at=post.created_at,
        observed_at=item.observed_at,
        public=item.public,
    )
