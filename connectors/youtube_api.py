"""YouTube's Data API v3 on the wire: the key, the errors and the quotas (`platforms.md` §7).

Errors: https://developers.google.com/youtube/v3/docs/errors. A refusal names its reason in `error.errors[].reason`,
newer ones in `error.details[].reason` too. The quota's day is the Pacific one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests

from connectors import verbatim
from connectors.errors import AccessDenied, BadAnswer, QuotaSpent, RequestRefused
from connectors.fields import Fields
from connectors.records import Page, Query
from connectors.transport import Transport

SOURCE = "youtube.com"
CREDENTIAL = "ROLLCALL_YOUTUBE_API_KEY"
QUOTA_ZONE = ZoneInfo("America/Los_Angeles")
IDS_PER_REQUEST = 50

SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded", "limitPerDay"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
KEY_REFUSED = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"})
SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


def renewal(now: datetime) -> datetime:
    """When the quota is renewed next: midnight in California, as UTC."""
    tomorrow = now.astimezone(QUOTA_ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), QUOTA_ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A list as the API gives it: its items as they came, and the way on. An answer without items has none."""

    response: requests.Response
    items: list[bytes]
    next_token: str | None
    reasons: frozenset[str] = frozenset()
    """Why it was refused, where the caller bears with that."""


@dataclass(slots=True)
class Api:
    """The API with one key, and the channels that it has named so far in this walk."""

    query: Query
    transport: Transport
    key: str
    channels: dict[str, bytes] = field(default_factory=dict)
    """Channel id -> the channel as it came; empty for one that YouTube does not know."""

    def ask(self, resource: str, asked: Mapping[str, Any], bear: Collection[str] = ()) -> Answer:
        """One request. A refusal for one of the reasons in `bear` is an answer without items."""
        allow = {200, 403, 404} if bear else {200}
        response = self.transport.attempt(lambda: self._sent(resource, asked), allow, CREDENTIAL)
        if response.status_code == 200:
            return _listed(response)
        reasons = _reasons(response)
        if not reasons & set(bear):
            said = ", ".join(sorted(filter(str.isalpha, reasons)))
            sentence = f"{SOURCE} refuses our request ({response.status_code}{said and ', '}{said})"
            if response.status_code == 403:
                raise AccessDenied(f"{sentence}; check {CREDENTIAL}.")
            raise RequestRefused(f"{sentence}.")
        return Answer(response, [], None, reasons)

    def _sent(self, resource: str, asked: Mapping[str, Any]) -> requests.Response:
        """The answer; where waiting does not help, an error that says what does."""
        url = f"{self.query.base_url}/youtube/v3/{resource}"
        answer = self.transport.session.get(url, params=asked, headers={"X-Goog-Api-Key": self.key})
        if answer.status_code not in (400, 403, 429):
            return answer
        reasons = _reasons(answer)
        if reasons & SPENT:
            again = renewal(self.transport.clock())
            raise QuotaSpent(
                f"{SOURCE} says that today's quota is used up; it is renewed at midnight Pacific time, "
                f"{again:%Y-%m-%d %H:%M} UTC."
            )
        if reasons & KEY_REFUSED:
            raise AccessDenied(f"{SOURCE} does not accept our key ({answer.status_code}); check or renew {CREDENTIAL}.")
        if reasons & SWITCHED_OFF:
            raise AccessDenied(
                f"{SOURCE}'s Data API v3 is not enabled for the project of our key; enable it in the Google console."
            )
        if reasons & TOO_FAST:
            answer.status_code = 429  # Google says 403 where others say 429; the pauses are the same
        return answer

    def name(self, channel_ids: Iterable[str]) -> list[bytes]:
        """Those channels, each asked for once in a walk: only a channel tells its handle."""
        wanted = list(dict.fromkeys(channel_ids))
        unknown = [one for one in wanted if one not in self.channels]
        for some in batches(unknown):
            asked = {"part": "snippet", "id": ",".join(some), "maxResults": IDS_PER_REQUEST}
            self.channels |= dict.fromkeys(some, b"")
            self.learn(self.ask("channels", asked).items)
        return [self.channels[one] for one in wanted if self.channels[one]]

    def learn(self, channels: Iterable[bytes]) -> None:
        self.channels |= {channel_id: piece for piece in channels if (channel_id := identity(piece))}

    def page(self, answer: Answer, channels: Iterable[bytes], about: str = "", **more: bytes) -> Page:
        """The answer together with the channels of the people on it, so that each item can stand alone."""
        document = verbatim.document(answer.response.content) or b"{}"
        parts = {"answer": document, "channels": b"[%s]" % b",".join(channels), **more}
        body = b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), written) for name, written in parts.items())
        return replace(self.transport.page(self.query, answer.response, about), body=body)


def open_api(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Api:
    key = credentials.get("api_key")
    if not key:
        raise AccessDenied(f"{SOURCE} needs an API key; run rollcall connect youtube, or set {CREDENTIAL}.")
    return Api(query, transport, key)


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """As many ids as one request takes."""
    all_ids = list(ids)
    for start in range(0, len(all_ids), IDS_PER_REQUEST):
        yield all_ids[start : start + IDS_PER_REQUEST]


def identity(piece: bytes) -> str | None:
    return Fields(verbatim.readable_members(piece, ("id",))).identity("id")


def pieces_of(document: bytes) -> list[bytes]:
    """The items of a list answer; some leave `items` out where there are none. ValueError if it is no such answer."""
    members = verbatim.members(document)
    written = members.get("items", b"null")
    if written != b"null":
        return verbatim.elements(written)
    if Fields({"of": verbatim.decode_or_none(members.get("pageInfo", b"null"))}).part("of").count("totalResults") != 0:
        raise ValueError("not a list of the API")
    return []


def _listed(response: requests.Response) -> Answer:
    document = verbatim.document(response.content) or b""
    try:
        token = Fields(verbatim.readable_members(document, ("nextPageToken",))).text("nextPageToken")
        return Answer(response, pieces_of(document), token)
    except ValueError as wrong:
        raise BadAnswer(f"{SOURCE} answered with something that is not a list of its API.") from wrong


def _reasons(answer: requests.Response) -> frozenset[str]:
    """The reasons that a refusal gives; `limitPerDay` where it names a limit by the day."""
    error = Fields(verbatim.decode_or_none(answer.content)).part("error")
    given = [one.text("reason") or "" for name in ("errors", "details") for one in error.parts(name)]
    limits = [one.part("metadata").text("quota_limit") or "" for one in error.parts("details")]
    by_day = ["limitPerDay"] if any("perday" in limit.lower() for limit in limits) else []
    return frozenset(filter(None, [*given, *by_day]))
