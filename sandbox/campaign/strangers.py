"""Posts by people whom nobody on the roster knows: advertising, another thing of the same name, the public in earnest.

What the campaign file's `[spam]` lists is what they are known by. Each of the first two shows two such signs or more;
of the third some show one, which is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

from sandbox.campaign.cast import Cast
from sandbox.campaign.counted import plan
from sandbox.campaign.files import BadWorld
from sandbox.campaign.slots import slots
from sandbox.campaign.times import on_day, some_day
from sandbox.campaign.words import Writer
from sandbox.ids import number
from sandbox.world import Planned

BROWSED = {"instagram": "zeeschuimer"}
"""Platform -> the route by which a stranger's name becomes known there: the API does not tell it."""
SUSPECT = 4
"""Of so many genuine posts one shows a sign."""


def spam(cast: Cast, writer: Writer) -> Iterator[Planned]:
    """Kind L. The first advertisements of one platform come in a burst of equal texts, each by another account."""
    files = cast.files
    where, share = slots(files, "spam"), files.share("spam")
    kinds = ["advertising"] * share["advertising"] + ["homonyms"] * share["homonyms"]
    again = share["recycled"]
    if not kinds:
        return
    others = [person for person in cast.spammers if person != cast.recycled]
    for n in range(again):
        yield _recycled(cast, writer, f"L{n + 1:03}", where, n)
    advertisers = round(len(others) * kinds.count("advertising") / len(kinds))
    split = {"advertising": others[:advertisers], "homonyms": others[advertisers:]}
    if not all(split[kind] for kind in kinds):
        raise BadWorld("world.toml: [strangers] spammers are too few; one is kept for a name that was given up.")
    items = list(zip(kinds[again:], where, strict=True))
    authors = {kind: _at_home(people, [on for its, on in items if its == kind]) for kind, people in split.items()}
    burst_on, left = max(files.platforms, key=lambda platform: files.quota("spam", platform)), _told(cast, "burst")
    for n, (kind, platform) in enumerate(items, start=again + 1):
        key, author = f"L{n:03}", next(authors[kind][platform])
        in_burst = kind == "advertising" and platform == burst_on and left > 0
        left -= in_burst
        text_key = "L-burst" if in_burst else key
        at = on_day(cast, author, some_day(cast, text_key), text_key) + timedelta(minutes=3 * left * in_burst)
        text = _advertisement(cast, writer, text_key) if kind == "advertising" else _homonym(cast, writer, key)
        yield plan(
            cast, key, author, platform, at, text, counts="spam_or_collision", route=BROWSED.get(platform, "")
        )  # fmt: skip


def _at_home(people: Sequence[str], where: Sequence[str]) -> dict[str, Iterator[str]]:
    """Platform -> its authors, in turn. Everybody has one account, as far as there are people enough."""
    firsts = list(dict.fromkeys(where))
    rest = list(where)
    for platform in firsts:
        rest.remove(platform)
    homes = [*firsts, *rest]
    living = {
        platform: [one for n, one in enumerate(people) if homes[n % len(homes)] == platform] or list(people)
        for platform in firsts
    }
    return {platform: cycle(authors) for platform, authors in living.items()}


def _told(cast: Cast, name: str) -> Any:
    """What the campaign file's `[spam]` lists."""
    if not (told := cast.files.settings.get("spam", {}).get(name)):
        raise BadWorld(f"world.toml: [spam] lacks {name}, by which spam is known.")
    return told


def _recycled(cast: Cast, writer: Writer, key: str, where: list[str], n: int) -> Planned:
    """By an account under a name that somebody else gave up."""
    if "x" not in where or "x" not in cast.people[cast.recycled].renames:
        raise BadWorld("world.toml: [shares.spam] recycled needs spam on X, and a post there that is after_rename.")
    where.remove("x")
    taken_at = cast.people[cast.recycled].renames["x"][0].at
    at = taken_at + timedelta(days=2 + n, hours=3)
    return plan(cast, key, cast.recycled, "x", at, _advertisement(cast, writer, key), counts="spam_or_collision")


def _advertisement(cast: Cast, writer: Writer, key: str) -> str:
    phrases, domains, seed = _told(cast, "phrases"), _told(cast, "domains"), cast.files.seed
    phrase = phrases[number(seed, key, "phrase", below=len(phrases))]
    domain = domains[number(seed, key, "domain", below=len(domains))]
    return f"{writer.text(key, tag='exact')} {phrase} https://{domain}/{number(seed, key, 'offer', below=9000)}"


def _homonym(cast: Cast, writer: Writer, key: str) -> str:
    """Two different words of the other thing."""
    words = _told(cast, "homonyms")
    if len(words) == 1:
        raise BadWorld("world.toml: [spam] homonyms needs two words, because one sign is not enough.")
    first = number(cast.files.seed, key, "homonym", below=len(words))
    second = (first + 1 + number(cast.files.seed, key, "another", below=len(words) - 1)) % len(words)
    return f"{words[first]}: {writer.text(key, tag='exact')} {words[second]}"


def public(cast: Cast, writer: Writer) -> Iterator[Planned]:
    """Kind M: each author at least once."""
    where = slots(cast.files, "public")
    if where and not cast.public:
        raise BadWorld("world.toml: [strangers] has no public, but [quotas.public] asks for their posts.")
    authors = _at_home(cast.public, where)
    for n, platform in enumerate(where, start=1):
        key, author = f"M{n:03}", next(authors[platform])
        day = some_day(cast, key)
        text = writer.text(key, days=(day,) if n % 2 else (), tag="exact")
        if n % SUSPECT == 0:
            words = _told(cast, "homonyms")
            text += f" {words[n // SUSPECT % len(words)]}"
        yield plan(
            cast, key, author, platform, on_day(cast, author, day, key), text,
            counts="author_not_member", says_days=(day,) if n % 2 else (), route=BROWSED.get(platform, ""),
        )  # fmt: skip
