"""X's API v2: search, counts, lookups, timelines, quotes and reposts, with both vocabularies.

Truth: docs.x.com (posts/search, posts/lookup, posts/timelines, posts/quote-tweets, posts/retweets, fundamentals/
rate-limits); OpenAPI 2.166 (`tweet.fields`) and 2.167 (`post.fields`).

Settings in world.toml: `token`, `dialect`, `credit` (dollars prepaid, as a string), `members`,
`interactions` and `archive` (as the campaign file has them), and `protected`, `suspended`: {person = since when}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sandbox.exchange import Answer, Asked, as_json
from sandbox.limits import Limit, Windows
from sandbox.world import Person, Planned, World, folded
from sandbox.x_asked import REACH, Span, found, misuse, window, wrong_size, wrong_times
from sandbox.x_asked import iso as _iso
from sandbox.x_meter import COUNTS as PRICE_OF_COUNTS
from sandbox.x_meter import Meter
from sandbox.x_objects import DIALECTS, Objects
from sandbox.x_problems import invalid, missing, refusal, suspended, unauthorised, unauthorised_user
from sandbox.x_shown import Everything, Shown, is_protected, is_suspended, protected

TOKEN = "b26v89c19zqg8o3f"
ONE_A_SECOND = Limit(name="/2/tweets/search/all each second", requests=1, seconds=1)
MONTH = timedelta(days=31)
BEHIND = timedelta(seconds=30)
Route = Callable[[Asked, datetime, str], Answer]


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of this server."""
    settings = world.places("x")[0]
    chosen = {name: settings[name] for name in ("members", "interactions", "archive", "refresh") if name in settings}
    return {"base_url": urls[0], "dialect": settings.get("dialect", "tweet"), **chosen}


def places(world: World, windows: Windows) -> tuple[Api, ...]:
    return tuple(Api(world, settings, windows) for settings in world.places("x"))


def hides(world: World, post: Planned, now: datetime) -> bool:
    """Whether the platform says by now that this post is not for everybody: its account is protected."""
    return any(protected(settings, post, now) for settings in world.places("x"))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a search, or a member's timeline, shows the post now with its present text.

    Search: the campaign's tags, public, no repost, seven days back (all with `archive`), not the last half minute.
    Timelines, with `members`: any post but reposts, of accounts on the roster that do not refuse.
    """
    settings, version, person = world.places("x")[0], post.at(now), world.people[post.author]
    if version is None or post.kind == "repost" or version.since > now - BEHIND:
        return False
    if protected(settings, post, now) or is_suspended(settings, post.author, now):
        return False
    tagged = bool(post.tags_at(now) & {folded(tag) for tag in world.hashtags})
    searched = tagged and (settings.get("archive", False) or now - version.since < REACH)
    return searched or bool(settings.get("members") and person.on_roster and not person.refuses)


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
        self.everything = Everything(self.world, self.settings)
        self.objects = Objects(self.everything, self.meter)
        self.routes: tuple[tuple[str, int, Route], ...] = (
            (r"/2/tweets/search/(recent)", 450, self._search),
            (r"/2/tweets/search/(all)", 300, self._search),
            (r"/2/tweets/counts/(recent|all)", 300, self._counts),
            (r"/2/tweets()", 3500, self._lookup),
            (r"/2/tweets/(\d{1,19})", 3500, self._single),
            (r"/2/tweets/(\d{1,19})/quote_tweets", 75, self._quotes),
            (r"/2/tweets/(\d{1,19})/retweeted_by", 75, self._reposters),
            (r"/2/users()", 300, self._users),
            (r"/2/users/(by)", 300, self._users),
            (r"/2/users/(\d{1,19})/tweets", 10000, self._timeline),
            (r"/2/usage/(tweets)", 50, self._usage),
        )

    def answer(self, asked: Asked, now: datetime) -> Answer:
        if asked.token != self.settings["token"]:
            return self.refusal(401)
        for pattern, requests, route in self.routes:
            if match := re.fullmatch(pattern, asked.path):
                limit = Limit(name=pattern, requests=requests, seconds=900)
                return self._within(limit, asked, now, lambda: route(asked, now, match[1]))  # noqa: B023  # called now
        return self.refusal(404)

    def _within(self, limit: Limit, asked: Asked, now: datetime, route: Callable[[], Answer]) -> Answer:
        standing = self.windows.take(self.name, limit, now)
        limits = (
            ("x-rate-limit-limit", str(standing.limit)),
            ("x-rate-limit-remaining", str(max(0, standing.remaining))),
            ("x-rate-limit-reset", str(int(standing.reset_at.timestamp()))),
        )
        too_fast = asked.path.endswith("/search/all") and self.windows.take(self.name, ONE_A_SECOND, now).remaining < 0
        if standing.remaining < 0 or too_fast:
            return self.refusal(429).with_headers(limits)
        return (self.refusal(402) if self.meter.is_used_up else route()).with_headers(limits)

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

    # posts

    def _search(self, asked: Asked, now: datetime, span: Span | str) -> Answer:
        which: Span = "all" if span == "all" else "recent"
        if refused := misuse(asked, now, which):
            return refused
        return self._page(found(self.everything, asked, now, which), asked, now, default=10)

    def _timeline(self, asked: Asked, now: datetime, user_id: str) -> Answer:
        person = self.everything.person(now, user_id=user_id)
        times = [name for name in ("start_time", "end_time") if name in asked.query]
        if refused := wrong_size(asked, 5, 100) or (wrong_times(asked, now, "all", times) if times else None):
            return refused
        if person is None:
            return as_json({"errors": [missing("user", "id", user_id)]})
        if is_suspended(self.settings, person.person_id, now):
            return as_json({"errors": [suspended("id", user_id)]})
        if is_protected(self.settings, person.person_id, now):
            return as_json({"errors": [unauthorised_user(user_id)]})
        without = asked.many("exclude")
        kinds = {"retweets": "repost", "replies": "reply"}
        start, end = window(asked, now, "all") if times else (datetime.min.replace(tzinfo=now.tzinfo), now)
        listed = [
            shown
            for shown in self.everything.public(now)
            if shown.post.author == person.person_id
            and shown.post.kind not in {kinds[one] for one in without if one in kinds}
            and start <= shown.created_at.replace(microsecond=0) < end
        ]
        return self._page(listed, asked, now, default=10)

    def _quotes(self, asked: Asked, now: datetime, post_id: str) -> Answer:
        if refused := wrong_size(asked, 10, 100):
            return refused
        target = self._known(now).get(post_id)
        if target is None:
            return as_json({"errors": [self._gone(post_id, now, "id")]})
        quotes = [
            shown
            for shown in self.everything.public(now)
            if shown.post.kind == "quote" and shown.post.of == target.post.plan_id
        ]
        return self._page(quotes, asked, now, default=10)

    def _page(self, shown: list[Shown], asked: Asked, now: datetime, default: int) -> Answer:
        """Newest first; a token is where the last page ended."""
        size = int(asked.one("max_results") or default)
        found = sorted(shown, key=lambda one: int(one.post_id), reverse=True)
        if token := asked.one("next_token") or asked.one("pagination_token"):
            found = [one for one in found if int(one.post_id) < int(token.removeprefix(TOKEN), 36)]
        page, rest = found[:size], found[size:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta = {"newest_id": page[0].post_id, "oldest_id": page[-1].post_id, **meta}
        if rest:
            meta["next_token"] = TOKEN + _base36(int(page[-1].post_id))
        document = self.objects.document(page, asked, now)
        return as_json({**document, "meta": meta})

    def _lookup(self, asked: Asked, now: datetime, _: str) -> Answer:
        wanted = asked.many("ids")
        if not 1 <= len(wanted) <= 100:
            return invalid("ids", "", "The number of values in the `ids` query parameter list is not between 1 and 100")
        if wrong := [one for one in wanted if not re.fullmatch(r"\d{1,19}", one)]:
            words = f"The `ids` query parameter value [{wrong[0]}] is not valid"
            return invalid("ids", wrong[0], words)
        known = self._known(now)
        errors = [self._gone(post_id, now, "ids") for post_id in wanted if post_id not in known]
        document = self.objects.document([known[post_id] for post_id in wanted if post_id in known], asked, now)
        return as_json({**document, "errors": errors + document.get("errors", [])} if errors else document)

    def _single(self, asked: Asked, now: datetime, post_id: str) -> Answer:
        shown = self._known(now).get(post_id)
        if shown is None:
            return as_json({"errors": [self._gone(post_id, now, "id")]})
        document = self.objects.document([shown], asked, now)
        return as_json({**document, "data": document["data"][0]})

    def _known(self, now: datetime) -> dict[str, Shown]:
        """By every id of the chain: an older version's id leads to the newest version."""
        return {post_id: shown for shown in self.everything.public(now) for post_id in shown.chain}

    def _gone(self, post_id: str, now: datetime, parameter: str) -> dict[str, Any]:
        if self.everything.hidden(post_id, now):
            return unauthorised(post_id, parameter)
        return missing("tweet", parameter, post_id)

    # counts

    def _counts(self, asked: Asked, now: datetime, span: str) -> Answer:
        """Posts by day, hour or minute, and how many together; the archive's by 31 days a page, latest first."""
        which: Span = "all" if span == "all" else "recent"
        if refused := misuse(asked, now, which):
            return refused
        self.meter.charge_request(now, PRICE_OF_COUNTS[which])
        start, end = window(asked, now, which)
        if token := asked.one("next_token") or asked.one("pagination_token"):
            end = min(end, start + int(token.removeprefix(TOKEN), 36) * MONTH)
        pages = -(-(end - start) // MONTH)
        since = start + (pages - 1) * MONTH if which == "all" else start
        step = {"minute": timedelta(minutes=1), "day": timedelta(days=1)}.get(
            asked.one("granularity") or "hour", timedelta(hours=1)
        )
        words = DIALECTS[str(self.settings.get("dialect", "tweet"))]
        found_at = [shown.created_at for shown in found(self.everything, asked, now, which)]
        data = [
            {"start": _iso(a), "end": _iso(b), words["count"]: sum(a <= moment < b for moment in found_at)}
            for a, b in pairwise(_bounds(since, end, step))
        ]
        meta: dict[str, Any] = {words["total"]: sum(int(str(one[words["count"]])) for one in data)}
        if which == "all" and pages > 1:
            meta["next_token"] = TOKEN + _base36(pages - 1)
        return as_json({"data": data, "meta": meta})

    # people

    def _users(self, asked: Asked, now: datetime, by: str) -> Answer:
        parameter = "usernames" if by else "ids"
        wanted = asked.many(parameter)
        pattern = r"[A-Za-z0-9_]{1,15}" if by else r"\d{1,19}"
        wrong = next((one for one in wanted if not re.fullmatch(pattern, one)), None)
        if wrong is not None or not 1 <= len(wanted) <= 100:
            return invalid(parameter, wrong or "", f"The `{parameter}` query parameter value is not valid")
        known: list[Person] = []
        errors: list[dict[str, Any]] = []
        for one in wanted:
            person = self.everything.person(now, username=one) if by else self.everything.person(now, user_id=one)
            if person is None:
                errors.append(missing("user", parameter, one))
            elif is_suspended(self.settings, person.person_id, now):
                errors.append(suspended(parameter, one))
            else:
                known.append(person)
        document = self.objects.users(known, asked, now)
        return as_json({**document, "errors": errors} if errors else document)

    def _reposters(self, asked: Asked, now: datetime, post_id: str) -> Answer:
        if refused := wrong_size(asked, 1, 100):
            return refused
        target = self._known(now).get(post_id)
        if target is None:
            return as_json({"errors": [self._gone(post_id, now, "id")]})
        acts = [
            one
            for one in self.everything.public(now)
            if one.post.kind == "repost" and one.post.of == target.post.plan_id
        ]
        people = list(
            dict.fromkeys(one.post.author for one in sorted(acts, key=lambda one: one.created_at, reverse=True))
        )
        size, start = int(asked.one("max_results") or 100), 0
        if token := asked.one("pagination_token"):
            start = int(token.removeprefix(TOKEN), 36)
        page = [self.world.people[person] for person in people[start : start + size]]
        meta: dict[str, Any] = {"result_count": len(page)}
        if start + size < len(people):
            meta["next_token"] = TOKEN + _base36(start + size)
        return as_json({**self.objects.users(page, asked, now), "meta": meta})

    def _usage(self, asked: Asked, now: datetime, _: str) -> Answer:
        used = str(self.meter.posts())
        return as_json(
            {"data": {"cap_reset_day": 1, "project_cap": "3000000", "project_id": "1900", "project_usage": used}}
        )


def _bounds(start: datetime, end: datetime, step: timedelta) -> Iterable[datetime]:
    """The window's edges and every full minute, hour or day (UTC) between them."""
    yield start
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    edge = midnight + ((start - midnight) // step + 1) * step
    while edge < end:
        yield edge
        edge += step
    yield end


def _base36(value: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while value:
        value, rest = divmod(value, 36)
        text = digits[rest] + text
    return text
