"""Who deals with whom in the campaign: reposts, quotes and comments (kinds F, G and H1 of `metrics.md` g.1).

Fellows deal with fellows along the ties of edges.csv only, and along each of them at least once. The rest is between
them and partners, staff and the institution, and by strangers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from sandbox.campaign.cast import Cast
from sandbox.campaign.counted import plan
from sandbox.campaign.files import BadWorld
from sandbox.campaign.known import Known
from sandbox.campaign.slots import shared
from sandbox.campaign.times import LATER, after
from sandbox.campaign.words import Writer
from sandbox.ids import number
from sandbox.world import Planned

KINDS = {"comments": "reply", "reposts": "repost", "quotes": "quote"}
REASONS = {"comments": "reply_or_comment", "reposts": "repost", "quotes": "quote_commentary"}
LETTERS = {"comments": "H", "reposts": "F", "quotes": "G"}
MARKED = frozenset({"facebook", "x", "bluesky", "mastodon"})
"""Where a comment bears the hashtag, and is found by it or entered for it."""
SAME_PLACE = frozenset({"facebook", "wordpress"})
"""Where an answer is in the group or on the site of what it answers."""
LONGEST_REPOST = 140
FREE = frozenset({"facebook"})
"""Where an account costs nothing: nobody is asked for it each day."""
NEEDS_A_POST = frozenset({"wordpress"})
"""Where somebody who has posted nothing is known by a number only."""


class Room(NamedTuple):
    """A place for one act."""

    kind: str
    platform: str


class Ties:
    def __init__(self, cast: Cast, writer: Writer, known: Known, institution: list[Planned]) -> None:
        self.cast, self.writer, self.known, self.seed = cast, writer, known, cast.files.seed
        self.fellows = {one.member_id for one in cast.files.members.values() if one.role == "fellow"}
        self.others = [one for one in cast.files.members if one not in self.fellows]
        self.prompts: dict[str, list[Planned]] = defaultdict(list)
        for post in institution:
            self.prompts[post.platform].append(post)
        self.split = {kind: shared(cast.files, kind) for kind in KINDS}
        self.done: set[tuple[str, str]] = set()
        """Who has passed on which post: once is enough."""
        self.last_day: date = cast.files.settings["ends_on"]
        self.numbers: Counter[str] = Counter()
        self.posting = {person for person, _ in known.by}
        self.said: dict[tuple[str, str], list[Planned]] = defaultdict(list)
        """Comments, which are what is answered of people who have no post of their own: others posted for them."""

    def acts(self) -> Iterator[Planned]:
        yield from self._members()
        yield from self._institution()
        yield from self._strangers()

    # between members

    def _members(self) -> Iterator[Planned]:
        room = Counter(Room(kind, platform) for kind in KINDS for platform in self.split[kind].get("members", ()))
        ties = list(self.cast.files.ties_in("campaign"))
        for source, target in sorted(self._unmet(ties), key=lambda tie: self._order(tie, room)):
            way = self._way(source, target, room)
            room[way] -= 1
            yield self._act(way, source, self._posts(target, way.platform))
        pairs = self._pairs(ties)
        for way in room.elements():
            source, target = self._pair(way, pairs)
            yield self._act(way, source, self._posts(target, way.platform))

    def _order(self, tie: tuple[str, str], room: Counter[Room]) -> tuple[bool, int]:
        """Whoever has nothing to be answered comes last; before that, whoever has least choice comes first."""
        ways = self._ways(*tie, room)
        return not ways, len(ways)

    def _unmet(self, ties: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The ties that no counted post makes by answering or quoting."""
        by_id = {post.plan_id: post for post in self.known.posts}
        answering = [post for post in self.known.posts if post.of in by_id]
        met = {(self.known.person(post), self.known.person(by_id[post.of or ""])) for post in answering}
        return [tie for tie in ties if tie not in met]

    def _ways(self, source: str, target: str, room: Counter[Room]) -> list[Room]:
        """Where there is room, the target has posted, and the source is or can be."""
        there = [way for way in room if room[way] > 0 and self._can(source, way.platform)]
        return [way for way in there if self._choice(way, source, self._posts(target, way.platform))]

    def _can(self, source: str, platform: str) -> bool:
        return platform not in NEEDS_A_POST or source in self.known.accounts[platform]

    def _way(self, source: str, target: str, room: Counter[Room]) -> Room:
        """Where the source has an account already, if possible; else where there is most room."""
        ways = self._ways(source, target, room)
        if not ways:
            problem = f"edges.csv: {source} and {target} have no platform on which there is room for an act"
            if target not in self.posting and target not in {person for person, _ in self.said}:
                problem += f"; {target} has only posts on behalf, and no tie to somebody, so nothing to be answered"
            raise BadWorld(f"{problem}.")

        def merits(way: Room) -> tuple[bool, bool, int, Room]:
            to_be_answered = source not in self.posting and way.kind == "comments" and way.platform in MARKED
            return to_be_answered, self._has(source, way.platform), room[way], way

        return max(ways, key=merits)

    def _has(self, person: str, platform: str) -> bool:
        """An account that the roster gives, or one to be had for nothing, but not beside one that nobody knows."""
        if (person, platform) in self.cast.unknown:
            return person in self.known.accounts[platform]
        return person in self.known.accounts[platform] or platform in FREE

    def _posts(self, target: str, platform: str) -> list[Planned]:
        if target in self.posting:
            return self.known.by.get((target, platform), [])
        return self.said.get((target, platform), [])

    def _pairs(self, ties: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
        """By platform: who may deal with whom where both are already. Of fellows only those with a tie."""
        everybody = list(self.cast.files.members)
        mixed = [(a, b) for a in everybody for b in everybody if a != b and not {a, b} <= self.fellows]
        return {
            platform: [
                (a, b)
                for a, b in (*ties, *mixed)
                if self._has(a, platform) and self._can(a, platform) and self._posts(b, platform)
            ]
            for platform in self.cast.files.platforms
        }

    def _pair(self, way: Room, pairs: dict[str, list[tuple[str, str]]]) -> tuple[str, str]:
        there = pairs[way.platform]
        if not there:
            raise BadWorld(f"world.toml: nobody on {way.platform} may deal with anybody; ask for fewer {way.kind}.")
        turn = number(self.seed, "pair", *way, sum(self.numbers.values()), below=len(there))
        for pair in (*there[turn:], *there[:turn]):
            if self._choice(way, pair[0], self._posts(pair[1], way.platform)):
                return pair
        raise BadWorld(f"world.toml: there are not so many posts on {way.platform} for so many {way.kind}.")

    # with the institution, and by strangers

    def _institution(self) -> Iterator[Planned]:
        """In turn: a member below a prompt, and the institution below a member's post; it also passes posts on."""
        for kind in KINDS:
            for n, platform in enumerate(self.split[kind].get("organiser", ())):
                way = Room(kind, platform)
                members = [one for one in self.known.members(platform) if self._can(one, platform)]
                someone = self.known.draw(members, f"member to comment on {platform}", "below", *way, n)
                if kind == "comments" and n % 2 == 0 and self.prompts[platform]:
                    yield self._act(way, someone, self.prompts[platform])
                else:
                    yield self._act(way, self.cast.organiser, self._anybodys(platform))

    def _strangers(self) -> Iterator[Planned]:
        for kind in KINDS:
            whom = "others" if kind == "quotes" else "outsiders"
            for n, platform in enumerate(self.split[kind].get(whom, ())):
                way = Room(kind, platform)
                someone = self.known.draw(self.cast.outsiders, "outsider in [strangers]", "stranger", *way, n)
                yield self._act(way, someone, self._anybodys(platform))

    def _anybodys(self, platform: str) -> list[Planned]:
        return [post for post in self.known.posts if post.platform == platform and not post.on_behalf_of]

    # one act

    def _choice(self, way: Room, source: str, posts: list[Planned]) -> list[Planned]:
        """Which of these it may be towards: nothing is passed on twice, and a quote comes before the last day."""
        match way.kind:
            case "reposts":
                return [post for post in posts if (source, post.plan_id) not in self.done]
            case "quotes":
                return [post for post in posts if post.published_at.date() < self.last_day - LATER]
            case _:
                return posts

    def _act(self, way: Room, source: str, towards: list[Planned]) -> Planned:
        self.numbers[way.kind] += 1
        self.cast.give_account(source, way.platform)
        key = f"{LETTERS[way.kind]}{self.numbers[way.kind]:03}"
        choice = self._choice(way, source, towards)
        above = self.known.draw(choice, f"post on {way.platform} for one of the {way.kind}", key, "of")
        self.done.add((source, above.plan_id))
        at = after(self.cast, above.published_at, key)
        there = {"place": above.place} if way.platform in SAME_PLACE else {}
        act = plan(
            self.cast, key, self.cast.account(source, way.platform, at), way.platform, at,
            self._words(way, key, above, at), kind=KINDS[way.kind], of=above.plan_id, counts=REASONS[way.kind],
            route=self._route(way, above), **there,
        )  # fmt: skip
        if way.kind == "comments" and way.platform in MARKED and above.kind != "reply":
            self.said[source, way.platform].append(act)
        return act

    def _words(self, way: Room, key: str, above: Planned, at: datetime) -> str:
        match way.kind:
            case "reposts" if way.platform == "x":
                passed_on = (above.at(at) or above.versions[0]).text
                return f"RT @{self.cast.people[above.author].handle_at('x', at)}: {passed_on}"[:LONGEST_REPOST]
            case "reposts":
                return ""
            case "quotes":
                return self.writer.text(key, tag="exact")
            case _:
                tag = f" {self.writer.tag('exact')}" if way.platform in MARKED else ""
                return self.writer.remark(key) + tag

    def _route(self, way: Room, above: Planned) -> str:
        """Comments on Instagram show to whose post it is only; all others the clerks write down."""
        if way.platform != "instagram" or above.author == self.cast.organiser:
            return ""
        return "acts"
