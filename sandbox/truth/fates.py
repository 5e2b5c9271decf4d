"""What becomes of each planned post: what the plan says, after holding it against the rules (`metrics.md` b.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import datetime, timedelta

from sandbox.papers import ENTERED_AFTER, by_hand
from sandbox.truth.days import day, in_window
from sandbox.truth.seen import is_hidden_by_now, is_tagged
from sandbox.world import Planned, World

SIEVED = ("opted_out", "not_public")
DUPLICATES = ("duplicate_same_platform", "duplicate_crosspost", "bridge_copy")
NEAR = timedelta(hours=72)


class Contradiction(ValueError):
    """The plan says one thing of a post and the rules another."""


def fates_of(
    world: World, seen: Mapping[str, tuple[datetime, ...]], acts: Set[str], decided: Set[str]
) -> dict[str, str]:
    """Plan id -> `counted`, the reason why not, `unseen` or `out_of_scope`.

    `seen` tells when each post is met, `acts` which reposts and comments are known in the end, `decided` which
    questions people have answered. Raises Contradiction.
    """
    fates = {
        post.plan_id: _act(post, acts)
        if is_act(world, post)
        else _fate(world, post, seen.get(post.plan_id, ()), decided)
        for post in world.posts.values()
    }
    for plan_id, fate in fates.items():
        if fate in DUPLICATES:
            _check_copy(world, world.posts[plan_id], fates)
    return fates


def is_act(world: World, post: Planned) -> bool:
    """Whether it is a repost or a comment, and so known as an act only and never as a post of its own."""
    if post.kind == "repost" or post.route == "acts":
        return True
    if post.kind != "reply" or by_hand(post):
        return False
    above = world.posts[post.of or ""]
    return post.platform == "wordpress" or (
        post.platform in ("facebook", "instagram", "youtube") and above.kind != "reply"
    )


def _act(post: Planned, acts: Set[str]) -> str:
    reason = "repost" if post.kind == "repost" else "reply_or_comment"
    if post.counts == reason and post.plan_id not in acts:
        raise Contradiction(f"{post.plan_id}: the plan says '{post.counts}', but nobody is shown it.")
    return reason if post.plan_id in acts else "unseen"


def _fate(world: World, post: Planned, moments: tuple[datetime, ...], decided: Set[str]) -> str:
    planned = "counted" if post.counts == "yes" else post.counts
    ruled = _ruled(world, post, moments)
    allowed = {ruled, "author_unresolved"} if ruled == "author_not_member" else {ruled}
    allowed |= {*DUPLICATES, "spam_or_collision"} if ruled == "counted" else set()
    if ruled == "unseen" and not any(is_tagged(world, post, version.since) for version in post.versions):
        allowed.add("out_of_scope")  # nobody is shown it, because it is not the campaign's
    if planned not in allowed | ({"spam_or_collision"} if ruled == "author_not_member" else set()):
        raise Contradiction(f"{post.plan_id}: the plan says '{planned}', the rules say '{ruled}'.")
    if post.waits and post.waits not in decided and planned in {"counted", *DUPLICATES}:
        return {"author": "author_unresolved", "duplicate": "counted"}[post.waits]
    return planned


def _ruled(world: World, post: Planned, moments: tuple[datetime, ...]) -> str:
    if not moments:
        return "unseen"
    if not any(is_tagged(world, post, moment) for moment in moments):
        return "out_of_scope"
    return next(_exclusions(world, post, moments), "counted")


def _exclusions(world: World, post: Planned, moments: tuple[datetime, ...]) -> Iterator[str]:
    """The reasons that hold, in the order in which the first one decides."""
    author, last = world.people[post.author], moments[-1]
    person = world.people[world.credited(post)]
    member = person.on_roster and person.role != "institution"
    parent = world.posts.get(post.of or "")
    if author.refuses or person.refuses:
        yield "opted_out"
    if post.visibility != "public" or is_hidden_by_now(world, post):
        yield "not_public"
    noticed = world.collections()[-1] - (ENTERED_AFTER if by_hand(post) else timedelta())
    if post.deleted_at and post.deleted_at <= noticed:
        yield "deleted"
    if post.kind == "reply" and parent and parent.author == post.author:
        yield "thread_continuation"
    elif post.kind == "reply" and not (post.media and member):
        yield "reply_or_comment"
    if post.kind == "quote" and not (post.media and member):
        yield "quote_commentary"
    if post.author in world.settings.get("organisers", ()) and not post.on_behalf_of:
        yield "organiser_account"
    if not is_tagged(world, post, last):
        yield "hashtag_missing_or_removed"
    if not member:
        yield "author_not_member"
    if not in_window(world, day(world, post)):
        yield "out_of_window"


def _check_copy(world: World, copy: Planned, fates: Mapping[str, str]) -> None:
    original = world.posts[copy.copy_of or ""]
    apart = copy.published_at - original.published_at
    if (
        fates[original.plan_id] != "counted"
        or world.credited(original) != world.credited(copy)
        or not timedelta() <= apart <= NEAR
    ):
        raise Contradiction(
            f"{copy.plan_id} is no copy of {original.plan_id}: another person, another time, or not counted."
        )
