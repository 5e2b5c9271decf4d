"""The true results of a world, from its plan alone: no rule of the product is imported here.

The plan says of each post whether and why it counts. The rules that a plan can be held against (`metrics.md` b.4-b.6)
are written down here a second time; where plan and rule disagree, the world contradicts itself and nothing is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.papers import ENTERED_AFTER, by_hand, entered_at, hand_slips
from sandbox.world import Planned, World

SIEVED = ("opted_out", "not_public")
DUPLICATES = ("duplicate_same_platform", "duplicate_crosspost", "bridge_copy")
REASONS = (
    *("deleted", "superseded_edit", "spam_or_collision"),
    *("repost", "reply_or_comment", "thread_continuation", "quote_commentary", "organiser_account"),
    *("hashtag_missing_or_removed", "author_not_member", "author_unresolved", "out_of_window"),
    *DUPLICATES,
)
FELLOWS = ("fellow", "senior_fellow")
X_REACH, NEAR = timedelta(days=7), timedelta(hours=72)


class Contradiction(ValueError):
    """The plan says one thing of a post and the rules another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    local: int
    """The author's local date as a day of the campaign, 1 for the first."""
    prompt: int | None
    method: str


def truth(world: World) -> dict[str, Any]:
    """Headline, waterfall and breakdowns that a perfect collector of this world publishes."""
    seen = {post.plan_id: moments for post in world.posts.values() if (moments := _seen(world, post))}
    fates = {post.plan_id: _fate(world, post, seen.get(post.plan_id, ())) for post in world.posts.values()}
    counted = [world.posts[plan_id] for plan_id, fate in fates.items() if fate == "counted"]
    copies = [world.posts[plan_id] for plan_id, fate in fates.items() if fate in DUPLICATES]
    for copy in copies:
        _check_copy(world, copy, fates)
    members = {world.people[_credited(post)].person_id for post in counted}
    fellows = {person_id for person_id in members if world.people[person_id].role in FELLOWS}
    return {
        "headline": {
            "unique_posts": len(counted),
            "members": len(members),
            "fellows": len(fellows),
            "countries": len({world.people[person_id].iso3 for person_id in fellows}),
        },
        "waterfall": _waterfall(world, fates, seen),
        "quarantined": len(hand_slips(world)),
        "out_of_scope": sorted(plan_id for plan_id, fate in fates.items() if fate == "out_of_scope"),
        "posts_by_prompt": _by_prompt(world, counted),
        "posts_by_platform": _by_platform(counted, copies),
        "posts_by_country": _by_group(world, counted, "iso3"),
        "posts_by_cohort": _by_group(world, counted, "cohort_year"),
        "fates": fates,
    }


def _waterfall(world: World, fates: Mapping[str, str], seen: Mapping[str, Iterable[datetime]]) -> dict[str, int]:
    found = Counter(fate for fate in fates.values() if fate not in {"unseen", "out_of_scope"})
    landed = [
        world.posts[plan_id] for plan_id, fate in fates.items() if fate not in {"unseen", "out_of_scope", *SIEVED}
    ]
    found["superseded_edit"] = sum(_older_ids(post, seen[post.plan_id]) for post in landed if post.platform == "x")
    steps = {reason: found[reason] for reason in (*SIEVED, *REASONS)}
    return {"seen": found.total(), **steps, "counted": found["counted"]}


def _older_ids(post: Planned, moments: Iterable[datetime]) -> int:
    """Ids of earlier versions that a collection met; each edit on X makes a new one."""
    met = {version.since for moment in moments if (version := post.at(moment))}
    return max(0, len(met) - 1)


# what a collector can see


ASKED_AGAIN = frozenset({"bluesky", "facebook", "mastodon", "threads", "wordpress", "youtube"})


def _is_asked_again(world: World, post: Planned) -> bool:
    """Whether a post that was met once is asked for again at each collection, whatever its tags say by then."""
    if post.platform == "x":
        return any(settings.get("refresh") for settings in world.places("x"))
    return post.platform in ASKED_AGAIN and not by_hand(post)


def _seen(world: World, post: Planned) -> tuple[datetime, ...]:
    """The collections that meet this post, or ask for it again."""
    moments = [moment for moment in world.collections() if _shown(world, post, moment)]
    if moments and _is_asked_again(world, post):
        moments = [one for one in world.collections() if moments[0] <= one and post.at(one)]
    return tuple(moments)


def _shown(world: World, post: Planned, moment: datetime) -> bool:
    if by_hand(post):
        return entered_at(post) <= moment
    if hasattr(module := import_module(f"sandbox.{post.platform}"), "meets"):
        met: bool = module.meets(world, post, moment)
        return met
    if post.at(moment) is None or post.kind == "repost":
        return False
    match post.platform:
        case "x":
            return post.visibility == "public" and moment - post.published_at < X_REACH
        case "wordpress":
            return post.visibility == "public" or bool(post.versions[-1].tags)
        case _:
            return any(_shows(place, post, moment) for place in world.places("mastodon"))


def _shows(place: Mapping[str, Any], post: Planned, moment: datetime) -> bool:
    if post.visibility != "public" and not (post.visibility == "private" and place.get("lists_followers_only")):
        return False
    return place["domain"] == post.place or any(
        arrival.domain == place["domain"] and arrival.at <= moment for arrival in post.arrivals
    )


def _tagged(world: World, post: Planned, moment: datetime) -> bool:
    as_known = max(post.visible_from, moment - ENTERED_AFTER) if by_hand(post) else moment
    if post.deleted_at and post.deleted_at <= as_known:
        as_known = post.published_at
    return bool(post.tags_at(as_known) & world.hashtags)


# what becomes of it


def _fate(world: World, post: Planned, moments: tuple[datetime, ...]) -> str:
    """What the plan says, after holding it against the rules."""
    planned = "counted" if post.counts == "yes" else post.counts
    ruled = _ruled(world, post, moments)
    allowed = {ruled, "author_unresolved"} if ruled == "author_not_member" else {ruled}
    allowed |= {*DUPLICATES, "spam_or_collision"} if ruled == "counted" else set()
    if ruled == "unseen" and not any(_tagged(world, post, version.since) for version in post.versions):
        allowed.add("out_of_scope")  # nobody is shown it, because it is not the campaign's
    if planned not in allowed | ({"spam_or_collision"} if ruled == "author_not_member" else set()):
        raise Contradiction(f"{post.plan_id}: the plan says '{planned}', the rules say '{ruled}'.")
    return planned


def _ruled(world: World, post: Planned, moments: tuple[datetime, ...]) -> str:
    if not moments:
        return "unseen"
    if not any(_tagged(world, post, moment) for moment in moments):
        return "out_of_scope"
    return next(_exclusions(world, post, moments), "counted")


def _exclusions(world: World, post: Planned, moments: tuple[datetime, ...]) -> Iterator[str]:
    """The reasons that hold, in the order in which the first one decides."""
    author, last = world.people[post.author], moments[-1]
    person = world.people[_credited(post)]
    member = person.on_roster and person.role != "institution"
    parent = world.posts.get(post.of or "")
    if author.refuses or person.refuses:
        yield "opted_out"
    if post.visibility != "public" or _is_hidden_by_now(world, post):
        yield "not_public"
    if post.deleted_at and post.deleted_at <= world.collections()[-1] - (
        ENTERED_AFTER if by_hand(post) else timedelta()
    ):
        yield "deleted"
    if post.kind == "reply" and parent and parent.author == post.author:
        yield "thread_continuation"
    elif post.kind == "reply" and not (post.media and member):
        yield "reply_or_comment"
    if post.kind == "quote" and not (post.media and member):
        yield "quote_commentary"
    if post.author in world.settings.get("organisers", ()) and not post.on_behalf_of:
        yield "organiser_account"
    if not _tagged(world, post, last):
        yield "hashtag_missing_or_removed"
    if not member:
        yield "author_not_member"
    if not _in_window(world, _day(world, post)):
        yield "out_of_window"


def _is_hidden_by_now(world: World, post: Planned) -> bool:
    """Whether the platform, asked again, says of a post that was public that it is not any more."""
    module = import_module(f"sandbox.{post.platform}")
    return _is_asked_again(world, post) and bool(
        hasattr(module, "hides") and module.hides(world, post, world.collections()[-1])
    )


def _credited(post: Planned) -> str:
    return post.on_behalf_of or post.author


def _check_copy(world: World, copy: Planned, fates: Mapping[str, str]) -> None:
    original = world.posts[copy.copy_of or ""]
    apart = copy.published_at - original.published_at
    if (
        fates[original.plan_id] != "counted"
        or _credited(original) != _credited(copy)
        or not timedelta() <= apart <= NEAR
    ):
        raise Contradiction(
            f"{copy.plan_id} is no copy of {original.plan_id}: another person, another time, or not counted."
        )


# days


def _day(world: World, post: Planned) -> Day:
    """The author's local date, and the prompt day by what the text says, else by that date."""
    zone = ZoneInfo(world.people[_credited(post)].timezone or world.settings["zone"])
    local = (post.published_at.astimezone(zone).date() - world.starts_on).days + 1
    says, theme, days = set(post.says_days), post.says_theme, (world.ends_on - world.starts_on).days + 1
    if len(says) == 1 and theme == local and local not in says:
        return Day(local=local, prompt=local, method="explicit_conflict")
    if says:
        passed = [day for day in says if day <= local]
        primary = local if local in says else max(passed) if passed and len(says) > 1 else min(says)
        return Day(local=local, prompt=primary, method="explicit")
    if theme:
        return Day(local=local, prompt=theme, method="theme")
    return (
        Day(local=local, prompt=local, method="date")
        if 1 <= local <= days
        else Day(local=local, prompt=None, method="unassigned")
    )


def _in_window(world: World, day: Day) -> bool:
    days = (world.ends_on - world.starts_on).days + 1
    caught_up = days < day.local <= days + world.settings["grace_days"] and day.method in {
        "explicit",
        "explicit_conflict",
        "theme",
    }
    return 1 <= day.local <= days or caught_up


# breakdowns


def _by_prompt(world: World, counted: list[Planned]) -> dict[int, dict[str, int]]:
    days = {post.plan_id: _day(world, post) for post in counted}
    table = {}
    for day in range(1, (world.ends_on - world.starts_on).days + 2):
        posts = [post for post in counted if days[post.plan_id].prompt == day]
        lags = [days[post.plan_id].local - day for post in posts]
        covering = [
            post
            for post in counted
            if days[post.plan_id].prompt == day or (len(post.says_days) > 1 and day in post.says_days)
        ]
        table[day] = {
            "posts": len(posts),
            "coverage_rows": len(covering),
            "members": len({_credited(post) for post in posts}),
            "on_time": sum(lag == 0 for lag in lags),
            "late": sum(lag > 0 for lag in lags),
            "early": sum(lag < 0 for lag in lags),
        }
    return table


def _by_platform(counted: list[Planned], copies: list[Planned]) -> dict[str, dict[str, int]]:
    return {
        platform: {
            "posts": sum(post.platform == platform for post in counted),
            "items": sum(post.platform == platform for post in (*counted, *copies)),
            "members": len({_credited(post) for post in counted if post.platform == platform}),
        }
        for platform in sorted({post.platform for post in (*counted, *copies)})
    }


def _by_group(world: World, counted: list[Planned], group: str) -> dict[Any, dict[str, int]]:
    """Posts and members of the fellows, by an attribute of theirs."""
    table: dict[Any, dict[str, int]] = {}
    fellows = [person for person in world.people.values() if person.role in FELLOWS and person.on_roster]
    for value in sorted({getattr(person, group) for person in fellows}):
        of_group = {person.person_id for person in fellows if getattr(person, group) == value}
        posts = [post for post in counted if _credited(post) in of_group]
        table[value] = {
            "posts": len(posts),
            "members": len({_credited(post) for post in posts}),
            "eligible": len(of_group),
        }
    return table
