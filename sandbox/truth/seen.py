"""What a collector of this world meets, and when."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

from sandbox import browsed
from sandbox.papers import ENTERED_AFTER, by_hand, entered_at
from sandbox.world import Planned, World

ASKED_AGAIN = frozenset({"bluesky", "facebook", "mastodon", "threads", "wordpress", "youtube"})


def met_at(world: World, post: Planned) -> tuple[datetime, ...]:
    """The collections that meet this post, or ask for it again."""
    moments = [moment for moment in world.collections() if _shown(world, post, moment)]
    if moments and is_asked_again(world, post):
        again = (one for one in world.publications() if moments[0] <= one and post.at(one))
        moments = sorted({*moments, *again})
    return tuple(moments)


def is_asked_again(world: World, post: Planned) -> bool:
    """Whether a post that was met once is asked for again at each publication, whatever its tags say by then."""
    if post.platform == "x":
        return any(settings.get("refresh") for settings in world.places("x"))
    return post.platform in ASKED_AGAIN and not by_hand(post)


def is_hidden_by_now(world: World, post: Planned) -> bool:
    """Whether the platform, asked again, says of a post that was public that it is not any more."""
    module = import_module(f"sandbox.{post.platform}")
    return is_asked_again(world, post) and bool(
        hasattr(module, "hides") and module.hides(world, post, world.collections()[-1])
    )


def is_tagged(world: World, post: Planned, moment: datetime) -> bool:
    """Whether it bears one of the campaign's tags, as far as is known at this moment."""
    as_known = max(post.visible_from, moment - ENTERED_AFTER) if by_hand(post) else moment
    if post.deleted_at and post.deleted_at <= as_known:
        as_known = post.published_at
    return bool(post.tags_at(as_known) & world.hashtags)


def _shown(world: World, post: Planned, moment: datetime) -> bool:
    if by_hand(post):
        return entered_at(post) <= moment
    if post.route == browsed.ROUTE and browsed.met_at(post) <= moment:
        return True
    met: bool = import_module(f"sandbox.{post.platform}").meets(world, post, moment)
    return met
