"""What people of the roster post with the hashtag and what does not count all the same, and what the institution posts.

Their texts are as different from each other and from what counts as any other's, so that a rule that forgets one of
these reasons counts exactly these posts too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from sandbox.campaign.cast import Cast
from sandbox.campaign.counted import plan, prompt_at, prompt_id
from sandbox.campaign.files import BadWorld
from sandbox.campaign.known import Known
from sandbox.campaign.slots import slots
from sandbox.campaign.times import local_date, on_day, some_day
from sandbox.campaign.words import Writer
from sandbox.ids import number
from sandbox.world import Arrival, Planned

A_DAY = timedelta(days=1)
FIRST_ROUND_UP = 6


def institution(cast: Cast, writer: Writer) -> Iterator[Planned]:
    """Kind I: each day's prompt on every platform but blogs, round-ups, and the blog's own posts."""
    files = cast.files
    for platform in files.platforms:
        quota = files.quota("organiser", platform)
        prompts = 0 if platform == "wordpress" else min(files.days, quota)
        for day in range(1, prompts + 1):
            key = prompt_id(platform, day)
            at = prompt_at(files, day) + timedelta(minutes=1 + files.platforms.index(platform))
            text = writer.text(key, days=(day,), theme=day, tag="exact")
            yield plan(
                cast, key, cast.organiser, platform, at, text,
                counts="organiser_account", says_days=(day,), says_theme=day,
            )  # fmt: skip
        for n in range(quota - prompts):
            yield _round_up(cast, writer, platform, n)


def _round_up(cast: Cast, writer: Writer, platform: str, week: int) -> Planned:
    key = f"I-{platform}-week-{week + 1}"
    at = on_day(cast, cast.organiser, min(FIRST_ROUND_UP + 7 * week, cast.files.days), key)
    title = f"Looking back, week {week + 1}" if platform == "wordpress" else ""
    return plan(
        cast, key, cast.organiser, platform, at, writer.text(key, tag="exact", words=12),
        counts="organiser_account", title=title,
    )  # fmt: skip


def threads(cast: Cast, writer: Writer, known: Known) -> Iterator[Planned]:
    """Kind H2: what somebody adds below a post of their own."""
    for n, platform in enumerate(slots(cast.files, "threads"), start=1):
        key = f"H2-{n:02}"
        above = known.pick(platform, key, only=lambda post: _is_plain(cast, post))
        at = above.published_at + timedelta(minutes=4)
        yield plan(
            cast, key, above.author, platform, at, writer.text(key, tag="exact"),
            kind="reply", of=above.plan_id, counts="thread_continuation",
        )  # fmt: skip


def _is_plain(cast: Cast, post: Planned) -> bool:
    """An own post in the middle of the campaign, seen at its time."""
    day = (local_date(cast, post.author, post.published_at) - cast.files.settings["starts_on"]).days + 1
    usual = post.kind == "original" and len(post.versions) == 1 and not post.place.startswith(("future", "ancient"))
    return usual and post.visible_from == post.published_at and 1 <= day < cast.files.days


def tag_removed(cast: Cast, writer: Writer, known: Known) -> Iterator[Planned]:
    """Kind K: an edit takes the hashtag away."""
    for key, author, platform, at in _by_members(cast, known, "tag_removed", "K"):
        without = writer.text(key)
        yield plan(
            cast, key, author, platform, at, f"{without} {writer.tag('exact')}",
            edits=((at + 2 * A_DAY, without),), counts="hashtag_missing_or_removed",
        )  # fmt: skip


def deleted(cast: Cast, writer: Writer, known: Known) -> Iterator[Planned]:
    """Kind O: two days or more later, after collections have met it. Of Instagram the clerks note that it is gone."""
    for key, author, platform, at in _by_members(cast, known, "deleted", "O"):
        gone = at + 2 * A_DAY + timedelta(hours=number(cast.files.seed, key, "gone", below=48))
        yield plan(
            cast, key, author, platform, at, writer.text(key, tag="exact"),
            deleted_at=gone, counts="deleted", route="sheet" if platform == "instagram" else "",
        )  # fmt: skip


def followers_only(cast: Cast, writer: Writer, known: Known) -> Iterator[Planned]:
    """Kind Q: for followers only, and an instance lists it all the same."""
    places = cast.files.settings.get("mastodon", ())
    leaks = [place["domain"] for place in places if place.get("lists_followers_only")]
    if cast.files.quota("followers_only") and not leaks:
        raise BadWorld("world.toml: [quotas.followers_only] needs a [[mastodon]] with lists_followers_only.")
    for key, author, platform, at in _by_members(cast, known, "followers_only", "Q"):
        text = writer.text(key, tag="exact")
        post = plan(cast, key, author, platform, at, text, visibility="private", counts="not_public")
        yield post if post.place in leaks else _arriving(post, leaks[0])


def _arriving(post: Planned, domain: str) -> Planned:
    others = (arrival for arrival in post.arrivals if arrival.domain != domain)
    here = Arrival(domain=domain, at=post.published_at + timedelta(minutes=2), backfilled=False)
    return replace(post, arrivals=(*others, here))


def _by_members(cast: Cast, known: Known, kind: str, letter: str) -> Iterator[tuple[str, str, str, datetime]]:
    """For each item of a kind: what it is called, whose account posts it, where and when."""
    for n, platform in enumerate(slots(cast.files, kind), start=1):
        key = f"{letter}{n:03}"
        author = known.member(platform, key)
        at = on_day(cast, author, some_day(cast, key), key)
        yield key, cast.account(author, platform, at), platform, at


def opted_out(cast: Cast, writer: Writer) -> Iterator[Planned]:
    """Kind N. On Instagram neither the hashtag nor their own list shows them: somebody's browser met them."""
    for n, platform in enumerate(slots(cast.files, "opted_out"), start=1):
        key, person = f"N{n:03}", cast.opted_out
        browsed = {"place": "unsearched", "route": "zeeschuimer"} if platform == "instagram" else {}
        at = on_day(cast, person, some_day(cast, key), key)
        yield plan(cast, key, person, platform, at, writer.text(key, tag="exact"), counts="opted_out", **browsed)


# outside of the campaign's days


def out_of_window(cast: Cast, writer: Writer, known: Known) -> Iterator[Planned]:
    """Kind J: before the first day, in the days of grace without a day, after them; some by the author's zone only."""
    share = cast.files.share("out_of_window")
    here, there = share.get("before_here", 0), share.get("grace_there", 0)
    wanted = ["before_here"] * here + ["grace_there"] * there + ["before"] * (share["before"] - here)
    wanted += ["grace"] * (share["grace_without_day"] - there) + ["after"] * share["after"]
    left = slots(cast.files, "out_of_window")
    for n, when in enumerate(wanted, start=1):
        key = f"J{n:03}"
        platform, author, at = _found(cast, known, left, when, key)
        left.remove(platform)
        days = (cast.files.days,) if when == "after" else ()
        route = "zeeschuimer" if platform == "instagram" and author in cast.personal else ""
        yield plan(
            cast, key, cast.account(author, platform, at), platform, at, writer.text(key, days=days, tag="exact"),
            counts="out_of_window", says_days=days, route=route,
        )  # fmt: skip


def _found(cast: Cast, known: Known, left: Sequence[str], when: str, key: str) -> tuple[str, str, datetime]:
    """A platform that has room, and an author with a moment at which it is before or after for them."""
    for platform in dict.fromkeys(left):
        people = known.members(platform)
        turn = number(cast.files.seed, key, platform, below=len(people))
        for author in (*people[turn:], *people[:turn]):
            for at in _moments(cast, when, key):
                if _fits(cast, author, at, when):
                    return platform, author, at
    raise BadWorld(f"world.toml: [shares.out_of_window] asks for '{when}', but nobody's time zone has such a moment.")


def _moments(cast: Cast, when: str, key: str) -> Iterator[datetime]:
    """Hours of UTC, in an order by the seed, in which to look."""
    begins, ends = cast.files.settings["starts_on"], cast.files.settings["ends_on"]
    grace = timedelta(days=cast.files.settings["grace_days"])
    days = {
        "before": (begins - timedelta(days=1), range(11, 15)),
        "before_here": (begins, range(1, 8)),
        "grace_there": (ends, range(14, 24)),
        "grace": (ends + timedelta(days=2), range(8, 12)),
        "after": (ends + grace + timedelta(days=1), range(5, 11)),
    }
    on, hours = days[when]
    turn = number(cast.files.seed, key, "hour", below=len(hours))
    minutes = number(cast.files.seed, key, "minute", below=3500)
    for hour in (*hours[turn:], *hours[:turn]):
        yield datetime.combine(on, time(hour), UTC) + timedelta(seconds=minutes)


def _fits(cast: Cast, author: str, at: datetime, when: str) -> bool:
    """By the author's date, and by the date in UTC, which a wrong rule would take."""
    begins, ends = cast.files.settings["starts_on"], cast.files.settings["ends_on"]
    last = ends + timedelta(days=cast.files.settings["grace_days"])
    local, utc = local_date(cast, author, at), at.date()
    rules: dict[str, Callable[[], bool]] = {
        "before": lambda: local < begins and utc < begins,
        "before_here": lambda: local < begins <= utc,
        "grace_there": lambda: utc <= ends < local <= last,
        "grace": lambda: ends < local <= last and ends < utc,
        "after": lambda: local > last and utc > last,
    }
    return rules[when]()
