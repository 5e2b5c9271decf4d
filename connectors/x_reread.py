"""Posts that we hold, asked for again: what X still shows, and what it says is gone (`platforms.md` §1.6).

An edit has a new id, so a post is asked for by the newest id we know and stays the item of its first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors import verbatim
from connectors.fields import Fields
from connectors.records import Again, Gone, Loss, RawItem
from connectors.x_door import BATCH, SOURCE, Api
from connectors.x_page import Parts, id_of, kind_of, problems

LOSSES: Mapping[str, Loss] = {"resource-not-found": "deleted", "not-authorized-for-resource": "not_public"}


def again(api: Api, items: Sequence[RawItem]) -> Iterator[Again]:
    for start in range(0, len(items), BATCH):
        yield _batch(api, items[start : start + BATCH])


def newest_id(item: RawItem) -> str:
    post = Fields(verbatim.decode_or_none(item.body)).part("post")
    return post.identity("id") or item.key


def _batch(api: Api, items: Sequence[RawItem]) -> Again:
    asked = {newest_id(item): item.key for item in items}
    answer, parts = api.posts("/2/tweets", {"ids": ",".join(asked)}, len(asked))
    losses = _losses(parts, asked)
    has_posts = bool(parts.pieces("data"))
    if not has_posts and len(losses) > 1 and not _is_confirmed(api, next(iter(losses))):
        api.transport.warn(
            f"{SOURCE} said of {len(losses)} posts at once that they are gone, and of one alone did not."
        )
        losses = {}
    if unclear := len(asked) - len(losses) - len(parts.pieces("data")):
        api.transport.warn(f"{SOURCE} does not tell of {max(unclear, 0)} posts whether they are still there.")
    page = api.page(answer)
    gone = tuple(Gone(key=asked[post_id], loss=loss, observed_at=page.observed_at) for post_id, loss in losses.items())
    return Again(page=page if has_posts else None, gone=gone, asked=len(items))


def _losses(parts: Parts, asked: Mapping[str, str]) -> dict[str, Loss]:
    """By the id that was asked for; an error counts if it is about that very post, and the post did not come."""
    shown = {id_of(piece) for piece in parts.pieces("data")}
    losses: dict[str, Loss] = {}
    for problem in problems(parts):
        post_id = problem.identity("resource_id") or problem.identity("value") or ""
        about_posts = problem.text("resource_type") in (None, "tweet", "post")
        if post_id in asked and post_id not in shown and about_posts and kind_of(problem) in LOSSES:
            losses[post_id] = LOSSES[kind_of(problem)]
    return losses


def _is_confirmed(api: Api, post_id: str) -> bool:
    """A whole batch that is gone may be X's trouble: one post of it is asked for alone."""
    _, parts = api.posts("/2/tweets", {"ids": post_id}, 1)
    return post_id in _losses(parts, {post_id: post_id})
