"""The person who decides in a simulated world: knows everybody, and fills in the files of `rollcall review export`."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from sandbox import bluesky_records, instagram, mastodon_status, threads, wordpress
from sandbox.acts import people_by_account
from sandbox.limits import Windows
from sandbox.papers import by_hand, post_url
from sandbox.truth.days import day
from sandbox.world import Planned, World
from sandbox.x_shown import Everything

QUESTIONS = {
    "author_unresolved": "author",
    "author_candidate": "author",
    "ig_authorless": "author",
    "duplicate_doubtful": "duplicate",
    "day_conflict": "day",
}
"""Queue -> what it asks."""
WORD = re.compile(r"(?<=wordpress:)[^\s/]+/\d+|[\w-]{6,}")
"""What may name a post in its key; a blog's post has a number only, and the address at which the blog is served."""


def fill_in(world: World, folder: Path, questions: Collection[str] = ("author", "duplicate", "day")) -> list[Path]:
    """Writes a decision into each row of the exported files that asks one of these questions; returns those files."""
    reviewer = Reviewer(world)
    filled = []
    for queue, question in QUESTIONS.items():
        path = folder / f"{queue}.csv"
        if question not in questions or not path.exists():
            continue
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row["decision"] = reviewer.decision(question, row["subject"])
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["queue"])
            writer.writeheader()
            writer.writerows(rows)
        filled.append(path)
    return filled


class Reviewer:
    """Somebody who knows the network."""

    def __init__(self, world: World) -> None:
        self.world = world

    def decision(self, question: str, subject: str) -> str:
        """The answer to what a queue asks of its subject."""
        kind, _, rest = subject.partition(":")
        if kind == "account":
            return self._whose(*rest.split(":", 1))
        posts = list(self._posts(rest))
        if question == "duplicate":
            return "merge" if any(post.waits == "duplicate" for post in posts) else "separate"
        if not posts:
            return ""
        if question == "day":
            return f"day {day(self.world, posts[0]).prompt}"
        person = self.world.people[self.world.credited(posts[0])]
        return f"person {person.person_id}" if person.on_roster else "not a member"

    def _whose(self, platform: str, account: str) -> str:
        person_id = self._accounts.get((platform, account))
        if person_id is None:
            return ""
        person = self.world.people[person_id]
        person = self.world.people[person.same_as or person_id]
        return f"person {person.person_id}" if person.on_roster else "not a member"

    def _posts(self, keys: str) -> Iterator[Planned]:
        """The planned posts that a subject names by their keys on the platforms."""
        words = (re.sub(r"^[^/]+(?=/)", "", word) for word in WORD.findall(keys))
        found = dict.fromkeys(self._marks[word] for word in words if word in self._marks)
        return (self.world.posts[plan_id] for plan_id in found)

    @cached_property
    def _accounts(self) -> Mapping[tuple[str, str], str]:
        return people_by_account(self.world)

    @cached_property
    def _marks(self) -> Mapping[str, str]:
        """The part of a post's key that no other post has -> its plan id."""
        ids = Everything(self.world, self.world.places("x")[0]) if self.world.places("x") else None
        return {
            mark: post.plan_id
            for post in self.world.posts.values()
            for mark in (_marks(self.world, post) if post.platform != "x" or ids is None else [ids.first_id(post)])
        } | {
            f"/{number}": plan_id
            for site in wordpress.places(self.world, Windows())
            for plan_id, number in site.numbers.items()
            if plan_id in self.world.posts
        }


def _marks(world: World, post: Planned) -> list[str]:
    if by_hand(post):
        return WORD.findall(post_url(world, post))[-1:]
    match post.platform:
        case "bluesky":
            return [bluesky_records.rkey(post)]
        case "instagram":
            return [instagram.shortcode(world, post)]
        case "threads":
            return [threads.shortcode(world, post)]
        case "mastodon":
            return WORD.findall(mastodon_status.uri(world, post))[-1:]
        case _:
            return []
