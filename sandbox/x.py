"""X's API v2: recent search and lookup, with both vocabularies.

Truth: docs.x.com (posts/search, posts/lookup, fundamentals); OpenAPI 2.166 (`tweet.fields`) and 2.167 (`post.fields`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sandbox.exchange import Answer, Asked, as_json
from sandbox.ids import number, x_id, x_moment_ms
from sandbox.limits import Limit, Windows
from sandbox.pulse import pulse
from sandbox.world import HASHTAG, Planned, Version, World, folded, tags_in
from sandbox.x_meter import COUNTS as PRICE_OF_COUNTS
from sandbox.x_meter import Meter
from sandbox.x_problems import invalid, missing, refusal, unauthorised

SEARCH = Limit(name="/2/tweets/search/recent", requests=450, seconds=900)
COUNTS = Limit(name="/2/tweets/counts/recent", requests=300, seconds=900)
LOOKUP = Limit(name="/2/tweets", requests=3500, seconds=900)
REACH = timedelta(days=7)
NEAREST = timedelta(seconds=10)
SHORT = 280
TOKEN = "b26v89c19zqg8o3f"

DIALECTS: Mapping[str, Mapping[str, str]] = {
    "tweet": {
        "history": "edit_history_tweet_ids",
        "related": "referenced_tweets",
        "expand": "referenced_tweets.id",
        "included": "tweets",
        "note": "note_tweet",
        "reposts": "retweet_count",
    },
    "post": {
        "history": "edit_history_post_ids",
        "related": "referenced_posts",
        "expand": "referenced_posts",
        "included": "posts",
        "note": "note_post",
        "reposts": "repost_count",
    },
}
RELATIONS = {"reply": "replied_to", "quote": "quoted", "repost": "retweeted"}


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


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this server."""
    return {"base_url": urls[0], "dialect": world.places("x")[0].get("dialect", "tweet")}


def places(world: World, windows: Windows) -> tuple[Api, ...]:
    return tuple(Api(world, settings, windows) for settings in world.places("x"))


@dataclass
class Api:
    world: World
    settings: Mapping[str, Any]
    windows: Windows
    platform = "x"
    name = "x"
    meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        credit = self.settings.get("credit")
        self.meter.credit = None if credit is None else Decimal(credit)
        self.posts = list(self.world.on("x"))
        self.user_ids = {post.author: self._user_id(post.author) for post in self.posts}

    def answer(self, asked: Asked, now: datetime) -> Answer:
        if asked.token != self.settings["token"]:
            return self.refusal(401)
        routes = {
            SEARCH.name: (SEARCH, self._search),
            COUNTS.name: (COUNTS, self._counts),
            LOOKUP.name: (LOOKUP, self._lookup),
        }
        if asked.path not in routes:
            return self.refusal(404)
        limit, route = routes[asked.path]
        standing = self.windows.take(self.name, limit, now)
        limits = (
            ("x-rate-limit-limit", str(standing.limit)),
            ("x-rate-limit-remaining", str(max(0, standing.remaining))),
            ("x-rate-limit-reset", str(int(standing.reset_at.timestamp()))),
        )
        if standing.remaining < 0:
            return self.refusal(429).with_headers(limits)
        return (self.refusal(402) if self.meter.is_used_up else route(asked, now)).with_headers(limits)

    def refusal(self, status: int, code: str = "") -> Answer:
        return refusal(status, code)

    def records(self, document: Any) -> list[Any]:
        posts: list[Any] = document["data"]
        return posts

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        if b'"next_token"' in answer.body:
            return answer
        body = answer.body.replace(b'"meta": {', f'"meta": {{"next_token": "{TOKEN}", '.encode())
        return Answer(status=answer.status, body=body, headers=answer.headers)

    # what is asked

    def _search(self, asked: Asked, now: datetime) -> Answer:
        if refused := self._misuse(asked, now):
            return refused
        size = int(asked.one("max_results") or 10)
        found = sorted(self._found(asked, now), key=lambda shown: int(shown.post_id), reverse=True)
        if token := asked.one("next_token") or asked.one("pagination_token"):
            found = [shown for shown in found if int(shown.post_id) < int(token.removeprefix(TOKEN), 36)]
        page, rest = found[:size], found[size:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta = {"newest_id": page[0].post_id, "oldest_id": page[-1].post_id, **meta}
        if rest:
            meta["next_token"] = TOKEN + _base36(int(page[-1].post_id))
        document = self._document(page, asked, now)
        return as_json({**document, "meta": meta})

    def _counts(self, asked: Asked, now: datetime) -> Answer:
        """Posts by day, and how many together."""
        if refused := self._misuse(asked, now):
            return refused
        self.meter.charge_request(now, PRICE_OF_COUNTS["recent"])
        start, end = self._window(asked, now)
        days = Counter(shown.created_at.date() for shown in self._found(asked, now))
        bounds = [start, *(start + timedelta(days=n) - _since_midnight(start) for n in range(1, 8)), end]
        data = [
            {"start": _iso(since), "end": _iso(until), "tweet_count": days[since.date()]}
            for since, until in pairwise(bounds)
            if since < until
        ]
        return as_json({"data": data, "meta": {"total_tweet_count": days.total()}})

    def _misuse(self, asked: Asked, now: datetime) -> Answer | None:
        """What X answers 400 to."""
        query, earliest = asked.one("query"), now - REACH
        ids = [name for name in ("since_id", "until_id") if name in asked.query]
        times = [name for name in ("start_time", "end_time") if name in asked.query]
        if not query or len(query) > 512:
            return invalid("query", query or "", "The `query` query parameter must have from 1 to 512 characters")
        if not 10 <= int(asked.one("max_results") or 10) <= 100:
            return invalid(
                "max_results",
                asked.one("max_results") or "",
                "The `max_results` query parameter value is not between 10 and 100",
            )
        if ids and times:
            return invalid(
                ids[0], asked.one(ids[0]) or "", f"Invalid use of '{ids[0]}' in conjunction with '{times[0]}'"
            )
        if (since := asked.one("since_id")) and x_moment_ms(since) < earliest.timestamp() * 1000:
            return invalid(
                "since_id",
                since,
                f"'since_id' must be a tweet id created after {_iso(earliest)}. "
                f"Please use a 'since_id' that is larger than {x_id(earliest)}",
            )
        try:
            start, end = self._window(asked, now)
        except ValueError:
            return invalid(times[0], asked.one(times[0]) or "", "The time must be of the form yyyy-MM-dd'T'HH:mm:ssZ")
        if start < earliest.replace(microsecond=0):
            return invalid("start_time", _iso(start), f"'start_time' must be on or after {_iso(earliest)}.")
        if end > now - NEAREST:
            return invalid(
                "end_time", _iso(end), "'end_time' must be a minimum of 10 seconds prior to the request time."
            )
        return invalid("end_time", _iso(end), "'end_time' must be a date after 'start_time'.") if end <= start else None

    def _window(self, asked: Asked, now: datetime) -> tuple[datetime, datetime]:
        start, end = asked.one("start_time"), asked.one("end_time")
        return _moment(start) if start else now - REACH, _moment(end) if end else now - timedelta(seconds=30)

    def _found(self, asked: Asked, now: datetime) -> Iterable[Shown]:
        query = asked.one("query") or ""
        wanted = {folded(tag) for tag in HASHTAG.findall(query)}
        start, end = self._window(asked, now)
        since, until = int(asked.one("since_id") or 0), int(asked.one("until_id") or 10**19)
        for shown in self._shown(now):
            if shown.post.kind == "repost" or shown.post.visibility == "protected":
                continue
            inside = start <= shown.created_at.replace(microsecond=0) < end and since < int(shown.post_id) < until
            if inside and wanted & set(map(folded, tags_in(shown.version.text))):
                yield shown

    def _lookup(self, asked: Asked, now: datetime) -> Answer:
        wanted = asked.many("ids")
        if not 1 <= len(wanted) <= 100:
            return invalid("ids", "", "The number of values in the `ids` query parameter list is not between 1 and 100")
        known = {post_id: shown for shown in self._shown(now) for post_id in shown.chain}
        errors = [missing("tweet", "ids", post_id) for post_id in wanted if post_id not in known]
        hidden = {post_id for post_id, shown in known.items() if shown.post.visibility == "protected"}
        errors += [unauthorised(post_id) for post_id in wanted if post_id in hidden]
        document = self._document(
            [known[post_id] for post_id in wanted if post_id in known and post_id not in hidden], asked, now
        )
        return as_json({**document, "errors": errors + document.get("errors", [])} if errors else document)

    # what is shown

    def _shown(self, now: datetime) -> list[Shown]:
        shown = []
        for post in self.posts:
            if version := post.at(now):
                versions = post.versions[: post.versions.index(version) + 1]
                chain = tuple(x_id(version.since, self.world.seed, post.plan_id) for version in versions)
                shown.append(Shown(post=post, version=version, post_id=chain[-1], chain=chain))
        return shown

    def _user_id(self, person_id: str) -> str:
        return str(10**18 + number(self.world.seed, "x", "user", person_id, below=10**17))

    def _document(self, page: list[Shown], asked: Asked, now: datetime) -> dict[str, Any]:
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

    def _includes(
        self,
        page: list[Shown],
        words: Mapping[str, str],
        fields: set[str],
        expansions: set[str],
        asked: Asked,
        now: datetime,
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        includes: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        all_shown = {shown.post.plan_id: shown for shown in self._shown(now)}
        if "author_id" in expansions and page:
            hidden = {shown.post.author for shown in page if shown.post.author_hidden}
            seen = dict.fromkeys(shown.post.author for shown in page)
            includes["users"] = [self._user(author, asked) for author in reversed(seen) if author not in hidden]
            errors += [missing("user", "author_id", self.user_ids[author]) for author in sorted(hidden)]
        if "attachments.media_keys" in expansions:
            media = [item for shown in page for item in self._media(shown.post)]
            includes |= {"media": media} if media else {}
        if words["expand"] in expansions:
            related = [all_shown[shown.post.of] for shown in page if shown.post.of in all_shown]
            includes |= (
                {words["included"]: [self._post(shown, words, fields | {"author_id"}, now) for shown in related]}
                if related
                else {}
            )
        return includes, errors

    def _post(self, shown: Shown, words: Mapping[str, str], fields: set[str], now: datetime) -> dict[str, Any]:
        """Only what was asked for; what is empty is left out."""
        post, text = shown.post, shown.version.text
        long = len(text) > SHORT
        cut = text[: SHORT - 1] + "…" if long else text
        counts = pulse(self.world, post, now)
        parent = self.world.posts.get(post.of or "")
        full: dict[str, Any] = {
            "author_id": self.user_ids[post.author],
            "created_at": _iso(shown.created_at),
            "lang": "en",
            "conversation_id": self._first_id(parent) if parent and post.kind == "reply" else shown.chain[0],
            "in_reply_to_user_id": self.user_ids.get(parent.author) if parent and post.kind == "reply" else None,
            words["related"]: [{"type": RELATIONS[post.kind], "id": self._first_id(parent)}] if parent else None,
            "entities": _entities(cut),
            "attachments": {"media_keys": [item["media_key"] for item in self._media(post)]} if post.media else None,
            words["note"]: {"text": text, "entities": _entities(text)} if long else None,
            "edit_controls": {
                "edits_remaining": 6 - len(shown.chain),
                "is_edit_eligible": post.kind != "reply",
                "editable_until": _iso(post.published_at + timedelta(minutes=30)),
            },
            "public_metrics": {
                words["reposts"]: counts.reposts,
                "reply_count": counts.replies,
                "like_count": counts.likes,
                "quote_count": counts.quotes,
                "bookmark_count": 0,
                "impression_count": counts.views,
            },
            "possibly_sensitive": False,
            "reply_settings": "everyone",
        }
        asked_for = {
            name: value for name, value in full.items() if name in fields and value is not None and value != {}
        }
        return {"id": shown.post_id, "text": cut, words["history"]: list(shown.chain), **asked_for}

    def _first_id(self, post: Planned) -> str:
        return x_id(post.published_at, self.world.seed, post.plan_id)

    def _user(self, person_id: str, asked: Asked) -> dict[str, Any]:
        person = self.world.people[person_id]
        known = {"protected": False, "verified": False, "created_at": "2012-05-01T08:00:00.000Z", "url": ""}
        asked_for = {name: value for name, value in known.items() if name in asked.many("user.fields")}
        return {"id": self.user_ids[person_id], "name": person.name, "username": person.handles["x"], **asked_for}

    def _media(self, post: Planned) -> list[dict[str, Any]]:
        kinds = {"image": "photo", "video": "video", "gif": "animated_gif"}
        keys = [number(self.world.seed, post.image or post.plan_id, n, below=10**15) for n in range(len(post.media))]
        return [
            {"media_key": f"3_{key}", "type": kinds[kind], "url": f"https://pbs.twimg.example/media/{key}.jpg"}
            for key, kind in zip(keys, post.media, strict=True)
        ]


def _expanded(expansions: set[str], words: Mapping[str, str]) -> set[str]:
    """Fields that come along with an expansion of them."""
    return {name.partition(".")[0] for name in expansions} | (
        {words["related"]} if words["expand"] in expansions else set()
    )


def _entities(text: str) -> dict[str, Any]:
    tags = [{"start": match.start(), "end": match.end(), "tag": match[1]} for match in HASHTAG.finditer(text)]
    urls = [
        {"start": m.start(), "end": m.end(), "url": m[0], "expanded_url": m[0]}
        for m in re.finditer(r"https?://\S+", text)
    ]
    mentions = [
        {"start": m.start(), "end": m.end(), "username": m[1]} for m in re.finditer(r"(?<!\w)@(\w{1,15})", text)
    ]
    return {name: found for name, found in (("hashtags", tags), ("urls", urls), ("mentions", mentions)) if found}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("X wants a zone.")
    return moment.astimezone(UTC)


def _since_midnight(moment: datetime) -> timedelta:
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _base36(value: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while value:
        value, rest = divmod(value, 36)
        text = digits[rest] + text
    return text
