"""Who dealt with whom in a world, and what of it a perfect collector of interactions is shown: from its plan alone.

No rule of the product is imported; what each platform shows of it is written down here a second time. Everywhere, what
is not public or not there any more is shown to nobody, and whoever refuses is in no act, as actor or as target.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from importlib import import_module

from sandbox import acts_sheet, bluesky_records, facebook, instagram, wordpress, youtube_resources
from sandbox.limits import Windows
from sandbox.papers import by_hand
from sandbox.world import Planned, World
from sandbox.x_shown import Everything, is_suspended, protected

X_REACH = timedelta(days=7)
"""How far back X finds answers."""
MENTIONS = {
    "mastodon": re.compile(r"@([\w.-]+@[\w-]+(?:\.[\w-]+)+)"),
    "bluesky": re.compile(r"@([\w-]+(?:\.[\w-]+)+)"),
    "x": re.compile(r"@(\w{1,15})"),
    "instagram": re.compile(r"@([\w.]*\w)"),
    "threads": re.compile(r"@([\w.]*\w)"),
}
"""Where a platform marks whom a post names; on the others nobody can tell."""
COMMENTED = ("facebook", "instagram", "youtube")
"""Where what is said below a post is a comment, and what is said to a comment a reply. On a blog all are comments."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Act:
    platform: str
    act: str
    actor: str
    target: str
    """Whom it is towards."""
    by: str
    """The planned post that does it."""
    at: datetime | None
    """None where it is known from a list of people only, which tells no time."""


def seen(
    world: World,
    moments: Iterable[datetime],
    since: datetime,
    until: datetime,
    met: Iterable[datetime] = (),
) -> tuple[Act, ...]:
    """What is known after collecting the posts and then the interactions of a window at each of these moments.

    An act whose time is told must lie in [since, until). Of a window before the campaign there are no posts to look at.
    `met`: further moments at which posts alone were collected.
    """
    known: dict[tuple[str, str, str], Act] = {}
    ours: set[str] = set()
    last = since
    for moment in moments:
        for one in (*(one for one in met if last < one < moment), moment):
            ours |= {post.plan_id for post in world.posts.values() if _is_ours(world, post, one)}
        last = moment
        view = View(world, moment, frozenset(ours) if until > _opening(world) else frozenset(), since, until)
        for act in view.acts():
            name = (act.by, act.act, act.target)
            if name not in known or known[name].at is None:
                known[name] = act
    return tuple(sorted(known.values(), key=lambda act: (act.platform, act.by, act.act, act.target)))


def items(world: World) -> frozenset[str]:
    """The planned reposts and comments of posts of the campaign that a team knows in the end.

    It collects posts at each collection and acts at each publication, and enters the clerks' sheets.
    """
    opening = _opening(world)
    closing = datetime.combine(world.ends_on + timedelta(days=world.settings["grace_days"] + 1), time(), WEST)
    collections = world.collections()
    acts = seen(world, world.publications(), opening, closing, collections)
    known = {act.by for act in acts if act.act in ("repost", "comment")}
    ours = {
        post.plan_id for post in world.posts.values() if any(_is_ours(world, post, moment) for moment in collections)
    }
    told = {
        post.plan_id for post in world.posts.values() if post.route == "acts" and opening <= post.published_at < closing
    }
    return frozenset({plan_id for plan_id in known if _below(world, plan_id) in ours} | told)


def _below(world: World, plan_id: str) -> str | None:
    """The post that is acted upon; on a blog an answer to a comment is a comment on its post."""
    post = world.posts[plan_id]
    if post.platform == "wordpress" and post.of and world.posts[post.of].kind == "reply":
        return _below(world, post.of)
    return post.of


def people_by_account(world: World) -> dict[tuple[str, str], str]:
    """Platform and account, or handle -> person. A blog's numbers go without the blog: `users/7`."""
    known: dict[tuple[str, str], str] = {}
    for account, person in world.people.items():
        ids = {
            "bluesky": bluesky_records.did(world, account),
            "facebook": facebook.account_id(world, account),
            "instagram": instagram.account_id(world, account),
            "youtube": youtube_resources.channel_id(world, account),
        }
        person_id = person.same_as or account
        known |= {(platform, number): person_id for platform, number in ids.items()}
        for platform, handle in person.handles.items():
            for called in (handle, *(rename.handle for rename in person.renames.get(platform, ()))):
                for name in (called, f"handle:{called}", f"hand:{called}"):
                    known.setdefault((platform, name), person_id)  # of two who share a name, who had it first
        if address := person.handles.get("mastodon"):
            user, _, domain = address.partition("@")
            known["mastodon", f"https://{domain}/users/{user}"] = person_id
    if world.places("x"):
        users = Everything(world, world.places("x")[0]).user_ids
        known |= {("x", user_id): _person(world, account) for account, user_id in users.items()}
    for site in wordpress.places(world, Windows()):
        numbers = ((number, account) for account, number in site.author_ids.items() if account in world.people)
        known |= {("wordpress", f"users/{number}"): _person(world, account) for number, account in numbers}
    return known


def _person(world: World, account: str) -> str:
    """Whose account it is, whichever of theirs."""
    return world.people[account].same_as or account


def _is_ours(world: World, post: Planned, moment: datetime) -> bool:
    """Whether it is met now as a post of the campaign that may be kept."""
    if by_hand(post) or post.visibility not in ("public", "unlisted") or world.people[post.author].refuses:
        return False
    met: bool = import_module(f"sandbox.{post.platform}").meets(world, post, moment)
    return met and bool(post.tags_at(moment) & world.hashtags)


def _opening(world: World) -> datetime:
    """When the campaign's first day begins in the east."""
    return datetime.combine(world.starts_on, datetime.min.time(), EAST)


@dataclass(frozen=True)
class View:
    """The world as its platforms show it at one moment to somebody who holds these posts of the campaign."""

    world: World
    moment: datetime
    ours: frozenset[str]
    since: datetime
    until: datetime

    def acts(self) -> Iterator[Act]:
        yield from self._written_down()
        for post in self.world.posts.values():
            shown = SHOWN.get(post.platform)
            if (
                shown is None
                or by_hand(post)
                or post.route == acts_sheet.ROUTE
                or not self.is_there(post)
                or not shown(self, post)
            ):
                continue
            at = self._told_at(post)
            if at is None or self.since <= at < self.until:
                yield from self._of(post, at)

    def _written_down(self) -> Iterator[Act]:
        """What stands in the clerks' sheet of acts: the answer, but not whom it names."""
        for post in acts_sheet.entered(self.world, self.moment):
            above = self.world.posts[post.of or ""]
            if self.since <= post.published_at < self.until:
                yield self._act(post, self._answer(post, above), above.author, post.published_at)

    def _act(self, post: Planned, act: str, target: str, at: datetime | None) -> Act:
        """Between people, whichever of their accounts it is by."""
        actor, whom = (_person(self.world, account) for account in (post.author, target))
        return Act(platform=post.platform, act=act, actor=actor, target=whom, by=post.plan_id, at=at)

    def _told_at(self, post: Planned) -> datetime | None:
        """Lists of people tell no time. Of a repost in a feed, Bluesky tells when the network saw it."""
        if post.kind != "repost":
            return post.published_at
        if not self.is_member(post):
            return None
        return bluesky_records.indexed_at(post) if post.platform == "bluesky" else post.published_at

    def _of(self, post: Planned, at: datetime | None) -> Iterator[Act]:
        for act, target in self._towards(post):
            refuses = {person for person in (post.author, target) if self.world.people[person].refuses}
            if target != post.author and not refuses:
                yield self._act(post, act, target, at)

    def _towards(self, post: Planned) -> Iterator[tuple[str, str]]:
        above = self.world.posts.get(post.of or "")
        if above and post.kind == "reply":
            yield self._answer(post, above), self._whom(above)
        elif above:
            yield post.kind, above.author
        if post.kind != "repost":
            yield from (("mention", person) for person in self._mentioned(post))

    def _answer(self, post: Planned, above: Planned) -> str:
        if post.platform == "wordpress" or (post.platform in COMMENTED and above.kind != "reply"):
            return "comment"
        return "reply"

    def _whom(self, above: Planned) -> str:
        """Whom an answer is to. All answers in a thread of YouTube's are to whoever began it."""
        head = self.world.posts.get(above.of or "")
        if above.platform == "youtube" and head and above.kind == head.kind == "reply":
            return self._whom(head)
        return above.author

    def _mentioned(self, post: Planned) -> Iterator[str]:
        version, marks = post.at(self.moment), MENTIONS.get(post.platform)
        if version is None or marks is None or post.place == "plain":
            return
        named = dict.fromkeys(handle.lower() for handle in marks.findall(version.text))
        by_handle = self._by_handle(post) if named else {}
        yield from (by_handle[handle] for handle in named if handle in by_handle)

    def _by_handle(self, post: Planned) -> dict[str, str]:
        """Who was called what when the post was made; of two who share a name, who had it first."""
        there = [(name, person) for name, person in self.world.people.items() if post.platform in person.handles]
        called = [(person.handle_at(post.platform, post.published_at), name) for name, person in there]
        return dict(reversed(called))

    # what the rules of the platforms ask

    def is_there(self, post: Planned) -> bool:
        """It can be seen, and so can all that it answers; a repost goes with what it passes on."""
        above = self.world.posts.get(post.of or "")
        leans = above is not None and post.kind in ("reply", "repost")
        is_public = post.visibility in ("public", "unlisted") and not post.author_hidden
        return is_public and post.at(self.moment) is not None and (not leans or self.is_there(above))  # type: ignore[arg-type]  # leans

    def is_member(self, post: Planned) -> bool:
        """By somebody on the roster, who gave us the account."""
        person = self.world.people[post.author]
        return person.on_roster and not person.refuses

    def above(self, post: Planned) -> Iterator[Planned]:
        """What it answers, what that answers, and so on."""
        while post.kind == "reply" and (parent := self.world.posts.get(post.of or "")):
            yield parent
            post = parent

    def head(self, post: Planned) -> Planned:
        """The post at the head of the answers."""
        return [post, *self.above(post)][-1]

    def is_ours(self, post: Planned | None) -> bool:
        return post is not None and post.plan_id in self.ours and post.at(self.moment) is not None

    def is_towards_ours(self, post: Planned) -> bool:
        """Quotes or passes on a post of the campaign."""
        return post.kind in ("quote", "repost") and self.is_ours(self.world.posts.get(post.of or ""))


def _mastodon(view: View, post: Planned) -> bool:
    """A member's own list on the home server; below our posts, as far as one instance knows the whole thread; who
    boosted our posts there. Who else quoted one is not told.
    """
    domains = {place["domain"] for place in view.world.places("mastodon")}
    if view.is_member(post) and post.place in domains:
        return post.kind != "repost" or _is_known_at(post.place, view.world.posts[post.of or ""], view.moment)
    if post.kind == "repost":
        passed_on = view.world.posts[post.of or ""]
        both = (post, passed_on)
        return view.is_ours(passed_on) and any(_all_known(domain, both, view.moment) for domain in domains)
    return any(_is_below_ours(view, post, domain) for domain in domains)


def _is_below_ours(view: View, post: Planned, domain: str) -> bool:
    between = [post]
    for above in view.above(post):
        between.append(above)
        if view.is_ours(above) and _all_known(domain, between, view.moment):
            return True
    return False


def _all_known(domain: str, posts: Iterable[Planned], moment: datetime) -> bool:
    return all(_is_known_at(domain, post, moment) for post in posts)


def _is_known_at(domain: str, post: Planned, moment: datetime) -> bool:
    has_come = any(arrival.domain == domain and arrival.at <= moment for arrival in post.arrivals)
    return post.place == domain or has_come


def _bluesky(view: View, post: Planned) -> bool:
    """Members' feeds; the answers to our posts, their quotes, and who passed them on."""
    if view.is_member(post) or view.is_towards_ours(post):
        return True
    return any(view.is_ours(above) for above in view.above(post))


def _x(view: View, post: Planned) -> bool:
    """Members' timelines; our posts; all answers of the last seven days in their conversations; their quotes and who
    passed them on. Nothing by accounts that are protected or suspended now.
    """
    settings = view.world.places("x")[0]
    if not settings.get("interactions") or is_suspended(settings, post.author, view.moment):
        return False
    if protected(settings, post, view.moment):
        return False
    if view.is_member(post) or view.is_ours(post) or view.is_towards_ours(post):
        return True
    heads = {view.head(view.world.posts[plan_id]).plan_id for plan_id in view.ours}
    recent = view.moment - post.published_at < X_REACH or settings.get("archive", False)
    return post.kind == "reply" and view.head(post).plan_id in heads and recent


def _threads(view: View, post: Planned) -> bool:
    """Whatever bears the tag, and the answers to our own account's posts. Not who passed a post on."""
    own = view.world.places("threads")[0]["account"]
    head = view.head(post)
    if post.kind == "reply" and head.author == own and view.is_ours(head):
        return True
    return bool(post.tags_at(view.moment) & view.world.hashtags) and post.kind != "repost"


def _instagram(view: View, post: Planned) -> bool:
    """Whom members name in their captions, and our own account; the comments on our own posts."""
    own = view.world.places("instagram")[0]["account"]
    if post.kind != "reply":
        return view.is_member(post) or post.author == own
    head = view.head(post)
    return head.author == own and (view.is_ours(head) or head.published_at >= view.since)


def _facebook(view: View, post: Planned) -> bool:
    """The comments on those of our posts that are on the Page."""
    return post.kind == "reply" and view.is_ours(view.head(post))


def _youtube(view: View, post: Planned) -> bool:
    """The comments on our videos and in the members' channels."""
    head = view.head(post)
    return post.kind == "reply" and (view.is_ours(head) or view.is_member(head))


def _wordpress(view: View, post: Planned) -> bool:
    """All comments by people with an account, also before the campaign."""
    return post.kind == "reply"


EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
SHOWN: Mapping[str, Callable[[View, Planned], bool]] = {
    "bluesky": _bluesky,
    "facebook": _facebook,
    "instagram": _instagram,
    "mastodon": _mastodon,
    "threads": _threads,
    "wordpress": _wordpress,
    "x": _x,
    "youtube": _youtube,
}
HIDDEN: Mapping[str, frozenset[str]] = {
    "bluesky": frozenset({"comment"}),
    "facebook": frozenset({"quote", "repost"}),
    "instagram": frozenset({"quote", "repost"}),
    "mastodon": frozenset({"comment"}),
    "threads": frozenset({"comment", "repost"}),
    "wordpress": frozenset({"mention", "quote", "reply", "repost"}),
    "x": frozenset({"comment"}),
    "youtube": frozenset({"mention", "quote", "repost"}),
}
"""What a platform tells nobody, or does not have."""
