"""Who dealt with whom before the campaign, by the ties of edges.csv: no items, and without the hashtag.

Where both have an account on a platform whose timelines can be read, there; else in the clerks' sheet of acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from sandbox.campaign.cast import Cast
from sandbox.campaign.counted import plan
from sandbox.campaign.files import BadWorld
from sandbox.campaign.known import Known
from sandbox.campaign.words import Writer
from sandbox.ids import number
from sandbox.world import Planned

READABLE = ("mastodon", "bluesky", "x")
"""Where members' own timelines show what they said."""
WRITTEN_DOWN = ("instagram", "facebook")
NO_ITEM = "out_of_scope"


def before(cast: Cast, writer: Writer, known: Known) -> Iterator[Planned]:
    """An act for each tie of the window before, and the posts that are answered."""
    answered: dict[tuple[str, str], Planned] = {}
    for n, (source, target) in enumerate(cast.files.ties_in("baseline"), start=1):
        key, platform = f"B{n:03}", _where(known, source, target, n)
        cast.give_account(source, platform)
        cast.give_account(target, platform)
        route = "acts" if platform in WRITTEN_DOWN else ""
        at = _moment(cast, key, 8, 27)
        if not route and n % 2:
            text = f"{writer.remark(key)} @{_handle(cast, target, platform, at)}"
            yield plan(cast, key, cast.account(source, platform, at), platform, at, text, counts=NO_ITEM)
            continue
        if (target, platform) not in answered:
            above = f"B-{target}-{platform}"
            first = _moment(cast, above, 4, 7)
            author = cast.account(target, platform, first)
            answered[target, platform] = plan(
                cast, above, author, platform, first, writer.remark(above), counts=NO_ITEM, route=route
            )
            yield answered[target, platform]
        # Mastodon's clients begin an answer with the handle of whom it is for
        to = f"@{_handle(cast, target, platform, at)} " if platform == "mastodon" else ""
        yield plan(
            cast, key, cast.account(source, platform, at), platform, at, to + writer.remark(key),
            kind="reply", of=answered[target, platform].plan_id, counts=NO_ITEM, route=route,
        )  # fmt: skip


def _where(known: Known, source: str, target: str, n: int) -> str:
    """Where both are; else, each third time, where the source is, and the target gets an account there.

    Elsewhere, what the clerks write down; without such a platform, one whose timelines can be read.
    """
    for platform in READABLE:
        if {source, target} <= set(known.accounts[platform]) or (n % 3 == 0 and source in known.accounts[platform]):
            return platform
    platforms = known.cast.files.platforms
    both = (one for one in WRITTEN_DOWN if {source, target} <= set(known.accounts[one]))
    there = [one for one in (*reversed(WRITTEN_DOWN), *READABLE) if one in platforms]
    if not there:
        raise BadWorld(f"edges.csv has a baseline, but nobody sees who dealt with whom on {', '.join(platforms)}.")
    return next(both, there[0])


def _handle(cast: Cast, person: str, platform: str, at: datetime) -> str:
    return cast.people[cast.account(person, platform, at)].handle_at(platform, at)


def _moment(cast: Cast, key: str, first: int, last: int) -> datetime:
    """By day (UTC) between two days of the baseline, the first of which is 1."""
    begins = cast.files.settings["baseline"]["first"]
    seconds = number(cast.files.seed, key, "before", below=(last - first) * 86_400)
    return datetime.combine(begins, time(), UTC) + timedelta(days=first - 1, seconds=seconds)
