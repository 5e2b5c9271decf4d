"""Which of the counted posts play which part: doubled, bridged, edited, greeting, alike. Each plays one part only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations

from sandbox.campaign.files import BadWorld, Counted, Files
from sandbox.ids import number

NEAR, WEEK = timedelta(hours=72), timedelta(days=7)
Pair = tuple[Counted, Counted]


@dataclass(kw_only=True)
class Chosen:
    look_alikes: list[Pair] = field(default_factory=list)
    """Of one member, near in time, not naming two different days; the later one is to look like the earlier."""
    greetings: list[Pair] = field(default_factory=list)
    """Of one member, near in time, naming two different days."""
    twins: list[Pair] = field(default_factory=list)
    """Of two members, naming the same day."""
    submitted_twice: list[Counted] = field(default_factory=list)
    posted_anew: list[Counted] = field(default_factory=list)
    bridged: list[tuple[Counted, str]] = field(default_factory=list)
    """With the platform on which the bridge repeats it."""
    edited: list[Counted] = field(default_factory=list)
    future: list[Counted] = field(default_factory=list)
    backdated: list[Counted] = field(default_factory=list)
    on_behalf: list[Counted] = field(default_factory=list)
    """Posted on behalf, and again on X."""

    @property
    def dated(self) -> set[str]:
        """The posts that are written in the one way in which everybody writes their day."""
        return {line.post_id for pair in (*self.greetings, *self.twins) for line in pair}


class Choice:
    """Counted posts without anything unusual, in an order that the seed makes; each is given out once."""

    def __init__(self, files: Files) -> None:
        copied = {copy.of for copy in files.copies}
        self.files = files
        self.free = {
            post.post_id: post
            for post in sorted(files.posts.values(), key=lambda one: number(files.seed, one.post_id, below=1 << 40))
            if post.post_id not in copied and self._is_plain(post)
        }

    def _is_plain(self, post: Counted) -> bool:
        first, last = self.files.settings["starts_on"], self.files.settings["ends_on"]
        return (
            post.form == "original"
            and post.auto_match == "matched"
            and post.tag_form == "exact"
            and not post.after_rename
            and not post.extra_days
            and post.day_method != "explicit_conflict"
            and first < post.local_date < last
            and post.local_date == post.published_at.date()
        )

    def some(self, what: str, count: int, fits: Callable[[Counted], bool]) -> list[Counted]:
        found = [post for post in self.free.values() if fits(post)][:count]
        self._enough(what, count, found)
        return self._given(found)

    def pairs(self, what: str, count: int, fits: Callable[[Counted, Counted], bool]) -> list[Pair]:
        """Disjoint pairs, the earlier post first."""
        found: list[Pair] = []
        for one, other in self._near():
            if len(found) < count and {one.post_id, other.post_id} <= self.free.keys() and fits(one, other):
                found.append((one, other) if one.published_at < other.published_at else (other, one))
                self._given((one, other))
        self._enough(what, count, found)
        return found

    def _near(self) -> Iterator[Pair]:
        for one, other in combinations(list(self.free.values()), 2):
            if abs(one.published_at - other.published_at) <= NEAR:
                yield one, other

    def _given(self, posts: Iterable[Counted]) -> list[Counted]:
        return [self.free.pop(post.post_id) for post in posts]

    def _enough(self, what: str, count: int, found: list[Pair] | list[Counted]) -> None:
        if len(found) < count:
            raise BadWorld(f"world.toml asks for {count} {what}, canonical_posts.csv has posts for {len(found)}.")


def choose(files: Files) -> Chosen:
    """Raises BadWorld if there are not enough posts for what world.toml asks."""
    choice, planted = Choice(files), files.settings.get("planted", {})
    no_day = ("theme", "date")
    chosen = Chosen(
        look_alikes=choice.pairs(
            "look_alikes",
            planted.get("look_alikes", 0),
            lambda one, other: one.member_id == other.member_id and {one.day_method, other.day_method} <= {*no_day},
        ),
        greetings=choice.pairs(
            "greetings",
            planted.get("greetings", 0),
            lambda one, other: (
                one.member_id == other.member_id
                and one.day_method == other.day_method == "explicit"
                and one.prompt_day != other.prompt_day
                and "wordpress" not in (one.platform, other.platform)
            ),
        ),
        twins=choice.pairs(
            "posts equal_of_two",
            planted.get("equal_of_two", 0),
            lambda one, other: (
                one.member_id != other.member_id
                and one.day_method == other.day_method == "explicit"
                and one.prompt_day == other.prompt_day
                and "wordpress" not in (one.platform, other.platform)
            ),
        ),
        future=choice.some("future posts", planted.get("future", 0), lambda post: post.platform == "bluesky"),
        backdated=choice.some("backdated posts", planted.get("backdated", 0), lambda post: post.platform == "bluesky"),
    )
    for platform in files.platforms:
        _doubled(files, choice, chosen, platform)
    behalf = [post for post in files.posts.values() if post.form == "on_behalf" and post.platform != "x"]
    chosen.on_behalf = behalf[: files.quota("second_copies", "x")]
    if len(chosen.on_behalf) < files.quota("second_copies"):
        raise BadWorld("world.toml: [quotas.second_copies] are on X, of posts on behalf elsewhere; there are too few.")
    return chosen


def _doubled(files: Files, choice: Choice, chosen: Chosen, platform: str) -> None:
    from_network = {"bluesky": "mastodon", "mastodon": "bluesky"}.get(platform)
    first = files.settings["starts_on"] + timedelta(days=2)

    def here(post: Counted) -> bool:
        return post.platform == platform

    chosen.submitted_twice += choice.some("double submits", files.quota("duplicate_submits", platform), here)
    chosen.posted_anew += choice.some(
        "posts posted anew",
        files.quota("reposted_anew", platform),
        lambda post: here(post) and post.local_date > first,
    )
    chosen.edited += choice.some("edited posts", files.quota("edits", platform), here)
    bridged = choice.some(
        "bridged posts", files.quota("bridge_copies", platform), lambda post: post.platform == from_network
    )
    chosen.bridged += [(post, platform) for post in bridged]
