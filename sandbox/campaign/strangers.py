"""Posts by people whom nobody on the roster knows: advertising, another thing of the same name, the public in earnest.

What the campaign file's `[spam]` lists is what they are known by. Each of the first two shows two such signs or more;
of the third some show one, which is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle

from sandbox.campaign.cast import Cast
from sandbox.campaign.counted import plan
from sandbox.campaign.slots import slots
from sandbox.campaign.times import on_day, some_day
from sandbox.campaign.words import Writer
from sandbox.ids import number
from sandbox.world import Planned

BROWSED = {"instagram": "zeeschuimer"}
"""Platform -> the route by which a stranger's name becomes known there: the API does not tell it."""
BURST = 5
SUSPECT = 4
"""Of so many genuine posts one shows a sign."""


def spam(cast: Cast, writer: Writer) -> Iterator[Planned]:
    """Kind L. The first advertisements of one platform come in a burst of equal texts, each by another account."""
    files = cast.files
    where = slots(files, "spam")
    kinds = ["advertising"] * files.share("spam")["advertising"] + ["homonyms"] * files.share("spam")["homonyms"]
    again = files.share("spam").get("recycled", 0)
    others = [person for person in cast.spammers if person != cast.recycled]
    for n in range(again):
        yield _recycled(cast, writer, f"L{n + 1:03}", where, n)
    advertisers = round(len(others) * kinds.count("advertising") / len(kinds))
    authors = {"advertising": cycle(others[:advertisers]), "homonyms": cycle(others[advertisers:])}
    burst_on, left = max(files.platforms, key=lambda platform: files.quota("spam", platform)), BURST
    for n, (kind, platform) in enumerate(zip(kinds[again:], where, strict=True), start=again + 1):
        key, author = f"L{n:03}", next(authors[kind])
        in_burst = kind == "advertising" and platform == burst_on and left > 0
        left -= in_burst
        text_key = "L-burst" if in_burst else key
        at = on_day(cast, author, some_day(cast, text_key), text_key) + timedelta(minutes=3 * left * in_burst)
        text = _advertisement(cast, writer, text_key) if kind == "advertising" else _homonym(cast, writer, key)
        yield plan(
            cast, key, author, platform, at, text, counts="spam_or_collision", route=BROWSED.get(platform, "")
        )  # fmt: skip


def _recycled(cast: Cast, writer: Writer, key: str, where: list[str], n: int) -> Planned:
    """By an account under a name that somebody else gave up."""
    where.remove("x")
    taken_at = cast.people[cast.recycled].renames["x"][0].at
    at = taken_at + timedelta(days=2 + n, hours=3)
    return plan(cast, key, cast.recycled, "x", at, _advertisement(cast, writer, key), counts="spam_or_collision")


def _advertisement(cast: Cast, writer: Writer, key: str) -> str:
    listed, seed = cast.files.settings["spam"], cast.files.seed
    phrase = listed["phrases"][number(seed, key, "phrase", below=len(listed["phrases"]))]
    domain = listed["domains"][number(seed, key, "domain", below=len(listed["domains"]))]
    return f"{writer.text(key, tag='exact')} {phrase} https://{domain}/{number(seed, key, 'offer', below=9000)}"


def _homonym(cast: Cast, writer: Writer, key: str) -> str:
    """Two different words of the other thing."""
    words = cast.files.settings["spam"]["homonyms"]
    first = number(cast.files.seed, key, "homonym", below=len(words))
    second = (first + 1 + number(cast.files.seed, key, "another", below=len(words) - 1)) % len(words)
    return f"{words[first]}: {writer.text(key, tag='exact')} {words[second]}"


def public(cast: Cast, writer: Writer) -> Iterator[Planned]:
    """Kind M: each author at least once."""
    listed, authors = cast.files.settings["spam"], cycle(cast.public)
    for n, platform in enumerate(slots(cast.files, "public"), start=1):
        key, author = f"M{n:03}", next(authors)
        day = some_day(cast, key)
        text = writer.text(key, days=(day,) if n % 2 else (), tag="exact")
        if n % SUSPECT == 0:
            text += f" {listed['homonyms'][n // SUSPECT % len(listed['homonyms'])]}"
        yield plan(
            cast, key, author, platform, on_day(cast, author, day, key), text,
            counts="author_not_member", says_days=(day,) if n % 2 else (), route=BROWSED.get(platform, ""),
        )  # fmt: skip
