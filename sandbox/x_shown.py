"""What exists on the simulated X at a moment: versions of posts, and accounts that are protected or suspended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sandbox.ids import number, x_id
from sandbox.world import Person, Planned, Version, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The version of a post that exists at one moment: an edit has an id of its own."""

    post: Planned
    version: Version
    post_id: str
    chain: tuple[str, ...]
    """All ids so far, oldest first."""

    @property
    def created_at(self) -> datetime:
        return self.version.since


def protected(settings: Mapping[str, Any], post: Planned, now: datetime) -> bool:
    """Whether only followers of its author may see the post."""
    return post.visibility == "protected" or is_protected(settings, post.author, now)


def is_protected(settings: Mapping[str, Any], person_id: str, now: datetime) -> bool:
    return _from(settings, "protected", person_id, now)


def is_suspended(settings: Mapping[str, Any], person_id: str, now: datetime) -> bool:
    return _from(settings, "suspended", person_id, now)


def _from(settings: Mapping[str, Any], what: str, person_id: str, now: datetime) -> bool:
    since = settings.get(what, {}).get(person_id)
    return since is not None and since.astimezone(UTC) <= now


@dataclass(frozen=True)
class Everything:
    """All posts and accounts of the world's X."""

    world: World
    settings: Mapping[str, Any]

    @cached_property
    def posts(self) -> list[Planned]:
        return list(self.world.on("x"))

    @cached_property
    def user_ids(self) -> dict[str, str]:
        """By person."""
        return {
            person_id: str(10**18 + number(self.world.seed, "x", "user", person_id, below=10**17))
            for person_id, person in self.world.people.items()
            if "x" in person.handles
        }

    def person(self, now: datetime, *, user_id: str | None = None, username: str | None = None) -> Person | None:
        """Whose account this is at this moment: a name that was given up may be somebody else's since."""
        for person_id, own_id in self.user_ids.items():
            person = self.world.people[person_id]
            if own_id == user_id or (username is not None and person.handle_at("x", now) == username.lower()):
                return person
        return None

    def first_id(self, post: Planned) -> str:
        return x_id(post.published_at, self.world.seed, post.plan_id)

    def shown(self, now: datetime) -> list[Shown]:
        """All posts of accounts that are not suspended, newest version each; who may see them is another matter."""
        return [
            self._version(post, version)
            for post in self.posts
            if (version := post.at(now)) and not is_suspended(self.settings, post.author, now)
        ]

    def public(self, now: datetime) -> list[Shown]:
        return [shown for shown in self.shown(now) if not protected(self.settings, shown.post, now)]

    def hidden(self, post_id: str, now: datetime) -> bool:
        """Whether this id is, or was, a post of an account that is protected now."""
        return any(
            post_id in self._version(post, post.versions[-1]).chain and protected(self.settings, post, now)
            for post in self.posts
            if post.published_at <= now
        )

    def _version(self, post: Planned, version: Version) -> Shown:
        versions = post.versions[: post.versions.index(version) + 1]
        chain = tuple(x_id(one.since, self.world.seed, post.plan_id) for one in versions)
        return Shown(post=post, version=version, post_id=chain[-1], chain=chain)
