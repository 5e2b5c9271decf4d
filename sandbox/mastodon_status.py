"""What one Mastodon instance knows of a world's posts, and how it writes them: entities/Status, entities/Account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from sandbox import bluesky_records, bridges, pictures
from sandbox.ids import mastodon_id, number
from sandbox.pulse import pulse
from sandbox.world import HASHTAG, Person, Planned, Version, World, tags_in

MENTION = r"@(?P<name>\w[\w.-]*)@(?P<host>[\w-]+(?:\.[\w-]+)+)"
MARKS = re.compile(rf"https?://\S+|{MENTION}|{HASHTAG.pattern}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A post as one instance knows it: under an id of its own, from a moment of its own."""

    post: Planned
    local_id: str
    since: datetime


def home_id(world: World, post: Planned) -> str:
    return mastodon_id(post.published_at, world.seed, post.plan_id, post.place)


def uri(world: World, post: Planned) -> str:
    """The one name of a post that all instances share. A bridge makes it of the original's name."""
    if repeated := bridges.original(world, post):
        return f"https://{bridges.ON_MASTODON}/convert/ap/{bluesky_records.uri(world, repeated)}"
    name, _, domain = world.handle(post).partition("@")
    boost = "/activity" if post.kind == "repost" else ""
    return f"https://{domain}/users/{name}/statuses/{home_id(world, post)}{boost}"


def url(world: World, post: Planned) -> str:
    """Where people read it; a bridge leads on to the original."""
    if repeated := bridges.original(world, post):
        return f"https://{bridges.ON_MASTODON}/r/{bluesky_records.url(world, repeated)}"
    return bridges.mastodon_url(world, post)


class Statuses:
    """The posts and accounts that one instance knows."""

    def __init__(self, world: World, domain: str) -> None:
        self.world, self.domain = world, domain
        met = (self._sighting(post) for post in world.on("mastodon"))
        self.sightings = {sighting.post.plan_id: sighting for sighting in met if sighting}

    def _sighting(self, post: Planned) -> Sighting | None:
        if post.place == self.domain:
            return Sighting(post=post, local_id=home_id(self.world, post), since=post.visible_from)
        for arrival in post.arrivals:
            if arrival.domain == self.domain:
                known = post.published_at if arrival.backfilled else arrival.at
                local_id = mastodon_id(known, self.world.seed, post.plan_id, self.domain)
                return Sighting(post=post, local_id=local_id, since=arrival.at)
        return None

    def known(self, now: datetime) -> Iterator[Sighting]:
        """What is there at this moment, for whomever; a boost only while the boosted post is."""
        for sighting in self.sightings.values():
            boosted = self.sightings.get(sighting.post.of or "") if sighting.post.kind == "repost" else sighting
            if boosted and all(one.since <= now and one.post.at(now) for one in (sighting, boosted)):
                yield sighting

    def account_id(self, person_id: str) -> str:
        return str(110 * 10**15 + number(self.world.seed, self.domain, "account", person_id, below=10**15))

    def residents(self) -> Iterator[Person]:
        """Accounts that are at home here, and those of whom this instance knows a post."""
        authors = {sighting.post.author for sighting in self.sightings.values()}
        for person in self.world.people.values():
            handle = person.handles.get("mastodon")
            if handle and (handle.endswith(f"@{self.domain}") or person.person_id in authors):
                yield person

    def account(self, person: Person, now: datetime) -> dict[str, Any]:
        """With the account to which its owner has moved, as soon as something is said there."""
        known, moved_to = self._account(person), self.world.people.get(person.moved_to.get("mastodon", ""))
        if moved_to and any(post.author == moved_to.person_id and post.at(now) for post in self.world.on("mastodon")):
            known["moved"] = self._account(moved_to)
        return known

    def _account(self, person: Person) -> dict[str, Any]:
        handle = person.handles["mastodon"]
        name, _, domain = handle.partition("@")
        return {
            "id": self.account_id(person.person_id),
            "username": name,
            "acct": name if domain == self.domain else handle,
            "display_name": person.name,
            "bot": False,
            "locked": False,
            "discoverable": True,
            "indexable": True,
            "noindex": False,
            "note": "",
            "fields": [
                {
                    "name": "Website",
                    "value": f'<a href="{link}" target="_blank" rel="nofollow noopener noreferrer me">{link}</a>',
                    "verified_at": "2025-09-14T10:12:00.000+00:00",
                }
                for link in person.links
            ],
            "emojis": [],
            "url": f"https://{domain}/@{name}",
            "uri": f"https://{domain}/users/{name}",
            "created_at": "2022-11-04T00:00:00.000Z",
        }

    def status(self, sighting: Sighting, now: datetime, *, nested: bool = False) -> dict[str, Any]:
        post = sighting.post
        version = post.at(now) or post.versions[-1]
        parent = self.sightings.get(post.of or "") if post.kind == "reply" else None
        known = parent is not None and parent.since <= now
        boosted = self.sightings[post.of or ""] if post.kind == "repost" else None
        shown = boosted.post.at(now) or boosted.post.versions[-1] if boosted else version
        counts = pulse(self.world, post, now, self.domain)
        return {
            "id": sighting.local_id,
            "uri": uri(self.world, post),
            "url": url(self.world, post),
            "created_at": _iso(post.published_at),
            "edited_at": _iso(version.since) if version is not post.versions[0] else None,
            "in_reply_to_id": parent.local_id if parent and known else None,
            "in_reply_to_account_id": self.account_id(parent.post.author) if parent and known else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": post.visibility,
            "language": "en",
            "replies_count": counts.replies,
            "reblogs_count": counts.reposts,
            "favourites_count": counts.likes,
            "quotes_count": counts.quotes,
            "content": self._content(shown),
            "reblog": self.status(boosted, now, nested=True) if boosted else None,
            "account": self.account(self.world.people[post.author], now),
            "media_attachments": [self._media(post, n, kind) for n, kind in enumerate(post.media)],
            "mentions": list(self._mentions(shown, now)),
            "tags": [self._tag(tag) for tag in tags_in(shown.text)],
            "emojis": [],
            "card": None,
            "poll": None,
            "quote": None if nested else self._quote(post, now),
        }

    def _quote(self, post: Planned, now: datetime) -> dict[str, Any] | None:
        if post.kind != "quote":
            return None
        quoted = self.sightings.get(post.of or "")
        if quoted is None or quoted.post.at(now) is None:
            return {"state": "deleted", "quoted_status": None}
        return {"state": "accepted", "quoted_status": self.status(quoted, now, nested=True)}

    def _mentions(self, version: Version, now: datetime) -> Iterator[dict[str, str]]:
        by_handle = {person.handles.get("mastodon"): person for person in self.world.people.values()}
        for mark in MARKS.finditer(version.text):
            if mark["name"] and (person := by_handle.get(f"{mark['name']}@{mark['host']}".lower())):
                account = self.account(person, now)
                yield {name: account[name] for name in ("id", "username", "url", "acct")}

    def _tag(self, tag: str) -> dict[str, str]:
        return {"name": tag.lower(), "url": f"https://{self.domain}/tags/{tag.lower()}"}

    def _media(self, post: Planned, position: int, kind: str) -> dict[str, Any]:
        address = pictures.address(self.world, post, position)
        return {
            "id": str(pictures.name(self.world, post, position)),
            "type": kind,
            "url": address,
            "preview_url": address,
            "description": None,
            "blurhash": None,
        }

    def _content(self, version: Version) -> str:
        """The sanitised HTML that Mastodon makes of a text."""
        paragraphs = (self._marked(paragraph).replace("\n", "<br />") for paragraph in version.text.split("\n\n"))
        return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)

    def _marked(self, text: str) -> str:
        """Hashtags, mentions and addresses become links, all the rest is escaped."""
        html, done = "", 0
        for mark in MARKS.finditer(text):
            html, done = html + escape(text[done : mark.start()], quote=False) + self._link(mark), mark.end()
        return html + escape(text[done:], quote=False)

    def _link(self, mark: re.Match[str]) -> str:
        if tag := mark["tag"]:
            address = f'"https://{self.domain}/tags/{tag}" class="mention hashtag" rel="tag"'
            return f"<a href={address}>#<span>{tag}</span></a>"
        if name := mark["name"]:
            address = f'"https://{mark["host"]}/@{name}" class="u-url mention"'
            return f'<span class="h-card"><a href={address}>@<span>{name}</span></a></span>'
        scheme, _, rest = escape(mark[0]).partition("//")
        return f'<a href="{scheme}//{rest}" rel="nofollow"><span class="invisible">{scheme}//</span>{rest}</a>'


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
