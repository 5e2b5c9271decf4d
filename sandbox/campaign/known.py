"""Who is known where: the posts that others can answer, and the accounts that the roster gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

from sandbox.campaign.cast import Cast
from sandbox.campaign.files import BadWorld
from sandbox.ids import number
from sandbox.world import Planned

T = TypeVar("T")


class Known:
    """The counted posts by platform and person, in order of time."""

    def __init__(self, cast: Cast, posts: Sequence[Planned]) -> None:
        self.cast, self.seed = cast, cast.files.seed
        self.posts = [post for post in posts if post.counts == "yes" and post.deleted_at is None]
        self.by: dict[tuple[str, str], list[Planned]] = defaultdict(list)
        self.accounts: dict[str, dict[str, None]] = defaultdict(dict)
        for post in self.posts:
            if post.on_behalf_of:
                continue
            person = self.person(post)
            self.by[person, post.platform].append(post)
            if not post.waits:
                self.accounts[post.platform][person] = None

    def person(self, post: Planned) -> str:
        """Whose account it is, whichever of theirs."""
        return self.cast.people[post.author].same_as or post.author

    def members(self, platform: str) -> list[str]:
        """Who posts here under an account that the roster gives."""
        return list(self.accounts[platform])

    def member(self, platform: str, key: str) -> str:
        """One of them, whose posts the platform's API shows."""
        personal = self.cast.personal if platform == "instagram" else ()
        people = [person for person in self.members(platform) if person not in personal]
        return self.draw(people, f"member's account on {platform}", key, "who")

    def pick(self, platform: str, key: str, only: Callable[[Planned], bool] = lambda _: True) -> Planned:
        """A counted post here, by an account that the roster gives."""
        there = [post for post in self.posts if post.platform == platform and not post.waits and not post.on_behalf_of]
        found = [post for post in there if only(post)]
        return self.draw(found, f"counted post on {platform} to go with {key}", key, "which")

    def draw(self, found: Sequence[T], what: str, *key: object) -> T:
        """One of these, by the seed. Raises BadWorld if there is none."""
        if not found:
            raise BadWorld(f"world.toml: there is no {what}; ask for less.")
        return found[number(self.seed, *key, below=len(found))]
