"""How X writes posts, users and what goes with them, in both vocabularies; what is handed out is charged.

Truth: docs.x.com (fundamentals/data-dictionary); OpenAPI 2.166 (`tweet.fields`) and 2.167 (`post.fields`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox import pictures
from sandbox.exchange import Asked
from sandbox.ids import x_id
from sandbox.pulse import pulse
from sandbox.world import HASHTAG, Person, Planned
from sandbox.x_asked import conversation_of, iso
from sandbox.x_meter import Meter
from sandbox.x_problems import missing
from sandbox.x_shown import Everything, Shown, is_protected

SHORT = 280
DIALECTS: Mapping[str, Mapping[str, str]] = {
    "tweet": {
        "history": "edit_history_tweet_ids",
        "related": "referenced_tweets",
        "expand": "referenced_tweets.id",
        "included": "tweets",
        "note": "note_tweet",
        "reposts": "retweet_count",
        "count": "tweet_count",
        "total": "total_tweet_count",
    },
    "post": {
        "history": "edit_history_post_ids",
        "related": "referenced_posts",
        "expand": "referenced_posts",
        "included": "posts",
        "note": "note_post",
        "reposts": "repost_count",
        "count": "post_count",
        "total": "total_post_count",
    },
}
RELATIONS = {"reply": "replied_to", "quote": "quoted", "repost": "retweeted"}


@dataclass(frozen=True)
class Objects:
    everything: Everything
    meter: Meter

    def document(self, page: list[Shown], asked: Asked, now: datetime) -> dict[str, Any]:
        """`data`, `includes` and partial errors for these posts; only what was asked for."""
        dialect = "post" if "post.fields" in asked.query else "tweet"
        words = DIALECTS[dialect]
        fields, expansions = set(asked.many(f"{dialect}.fields")), set(asked.many("expansions"))
        document: dict[str, Any] = {}
        if page:
            self.meter.charge(now, "post", (shown.post_id for shown in page))
            document["data"] = [self._post(shown, words, fields | _expanded(expansions, words), now) for shown in page]
        includes, errors = self._includes(page, words, fields, expansions, asked, now)
        if includes:
            document["includes"] = includes
            self.meter.charge(now, "post", (one["id"] for one in includes.get(words["included"], ())))
            self.meter.charge(now, "user", (one["id"] for one in includes.get("users", ())))
        if errors:
            document["errors"] = errors
        return document

    def users(self, people: Iterable[Person], asked: Asked, now: datetime) -> dict[str, Any]:
        """`data` of a lookup or list of users."""
        written = [self._user(person.person_id, asked, now) for person in people]
        self.meter.charge(now, "user", (one["id"] for one in written))
        return {"data": written} if written else {}

    def _includes(
        self,
        page: list[Shown],
        words: Mapping[str, str],
        fields: set[str],
        expansions: set[str],
        asked: Asked,
        now: datetime,
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        ids, posts = self.everything.user_ids, self.everything.world.posts
        includes: dict[str, Any] = {}
        hidden = {shown.post.author for shown in page if shown.post.author_hidden and "author_id" in expansions}
        people = [shown.post.author for shown in page] if "author_id" in expansions else []
        if "in_reply_to_user_id" in expansions:
            people += [posts[shown.post.of].author for shown in page if shown.post.kind == "reply" and shown.post.of]
        if seen := [person for person in reversed(dict.fromkeys(people)) if person not in hidden]:
            includes["users"] = [self._user(person, asked, now) for person in seen]
        media = [item for shown in page for item in self._media(shown.post)]
        if media and "attachments.media_keys" in expansions:
            includes["media"] = media
        if words["expand"] in expansions:
            public = {shown.post.plan_id: shown for shown in self.everything.public(now)}
            related = [public[shown.post.of] for shown in page if shown.post.of in public]
            if related:
                includes[words["included"]] = [self._post(one, words, fields | {"author_id"}, now) for one in related]
        return includes, [missing("user", "author_id", ids[person]) for person in sorted(hidden)]

    def _post(self, shown: Shown, words: Mapping[str, str], fields: set[str], now: datetime) -> dict[str, Any]:
        """Only what was asked for; what is empty is left out."""
        post, text, ids = shown.post, shown.version.text, self.everything.user_ids
        long = len(text) > SHORT
        cut = text[: SHORT - 1] + "…" if long else text
        parent = self.everything.world.posts.get(post.of or "")
        full: dict[str, Any] = {
            "author_id": ids[post.author],
            "created_at": iso(shown.created_at),
            "lang": "en",
            "conversation_id": conversation_of(self.everything, shown),
            "in_reply_to_user_id": ids.get(parent.author) if parent and post.kind == "reply" else None,
            words["related"]: [{"type": RELATIONS[post.kind], "id": self._seen_id(parent, post)}] if parent else None,
            "entities": self._entities(cut, now),
            "attachments": {"media_keys": [item["media_key"] for item in self._media(post)]} if post.media else None,
            words["note"]: {"text": text, "entities": self._entities(text, now)} if long else None,
            "edit_controls": {
                "edits_remaining": 6 - len(shown.chain),
                "is_edit_eligible": post.kind != "reply",
                "editable_until": iso(post.published_at + timedelta(minutes=30)),
            },
            "public_metrics": self._metrics(post, words, now),
            "possibly_sensitive": False,
            "reply_settings": "everyone",
        }
        asked_for = {
            name: value for name, value in full.items() if name in fields and value is not None and value != {}
        }
        return {"id": shown.post_id, "text": cut, words["history"]: list(shown.chain), **asked_for}

    def _seen_id(self, parent: Planned, post: Planned) -> str:
        """A post names the version that it answered, quoted or passed on."""
        versions = [one for one in parent.versions if one.since <= post.published_at] or [parent.versions[0]]
        return x_id(versions[-1].since, self.everything.world.seed, parent.plan_id)

    def _metrics(self, post: Planned, words: Mapping[str, str], now: datetime) -> dict[str, int]:
        """No fewer reposts, replies and quotes than the world has planned."""
        counts = pulse(self.everything.world, post, now)
        acts = Counter(one.kind for one in self.everything.world.about(post.plan_id) if one.at(now))
        return {
            words["reposts"]: max(counts.reposts, acts["repost"]),
            "reply_count": max(counts.replies, acts["reply"]),
            "like_count": counts.likes,
            "quote_count": max(counts.quotes, acts["quote"]),
            "bookmark_count": 0,
            "impression_count": counts.views,
        }

    def _user(self, person_id: str, asked: Asked, now: datetime) -> dict[str, Any]:
        person = self.everything.world.people[person_id]
        known = {
            "protected": is_protected(self.everything.settings, person_id, now),
            "verified": False,
            "created_at": "2012-05-01T08:00:00.000Z",
            "url": person.links[0] if person.links else "",
            "entities": {"url": {"urls": [_link(link) for link in person.links[:1]]}} if person.links else None,
        }
        told = {name: value for name, value in known.items() if value is not None}
        asked_for = {name: value for name, value in told.items() if name in asked.many("user.fields")}
        own_id = self.everything.user_ids[person_id]
        return {"id": own_id, "name": person.name, "username": person.handle_at("x", now), **asked_for}

    def _media(self, post: Planned) -> list[dict[str, Any]]:
        kinds = {"image": "photo", "video": "video", "gif": "animated_gif"}
        world = self.everything.world
        return [
            {
                "media_key": f"3_{pictures.name(world, post, position)}",
                "type": kinds[kind],
                "url" if kind == "image" else "preview_image_url": pictures.address(world, post, position),
            }
            for position, kind in enumerate(post.media)
        ]

    def _entities(self, text: str, now: datetime) -> dict[str, Any]:
        """Hashtags, links, and mentions with the id of the account, where there is such an account."""
        tags = [{**_place(match), "tag": match[1]} for match in HASHTAG.finditer(text)]
        urls = [{**_place(m), "url": m[0], "expanded_url": m[0]} for m in re.finditer(r"https?://\S+", text)]
        mentions = [self._mention(match, now) for match in re.finditer(r"(?<!\w)@(\w{1,15})", text)]
        return {name: found for name, found in (("hashtags", tags), ("urls", urls), ("mentions", mentions)) if found}

    def _mention(self, match: re.Match[str], now: datetime) -> dict[str, Any]:
        person = self.everything.person(now, username=match[1])
        known = {"id": self.everything.user_ids[person.person_id]} if person else {}
        return {**_place(match), "username": match[1], **known}


def _link(address: str) -> dict[str, Any]:
    """An address on a profile, as X marks it."""
    shown = address.partition("//")[2]
    return {"start": 0, "end": 23, "url": address, "expanded_url": address, "display_url": shown}


def _place(match: re.Match[str]) -> dict[str, int]:
    return {"start": match.start(), "end": match.end()}


def _expanded(expansions: set[str], words: Mapping[str, str]) -> set[str]:
    """Fields that come along with an expansion of them."""
    return {name.partition(".")[0] for name in expansions} | (
        {words["related"]} if words["expand"] in expansions else set()
    )
