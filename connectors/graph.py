"""Meta's Graph API, as Instagram, Facebook Pages and Threads share it: `platforms.md` §§2.3, 3, 4.

https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/graph-api/overview/rate-limiting

What went wrong is told by `error.code`; the HTTP status says little (a limit comes as 400 or 403):

4, 17, 32, 613, 80000-80014     a limit: waited for as long as the platform says, within our bounds, else `RateLimited`
-2, -1, 1, 2, `is_transient`    tried again a few times, then `Unavailable`
190, 102, 10, 200-299           `AccessDenied`
any other code                  `RequestRefused`

A limit without a time to come back is not tried again: calls while a limit holds prolong it. Headers tell how much of
each limit is used, in per cent: from PACE_AT on requests are spaced out, at STOP_AT the run stops by itself.

The token goes in a header, never into an address. `paging.next` is an address with the token in it: only the position
is taken from it. The platform's own error messages are never passed on, because some quote the token.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from connectors import limits, verbatim
from connectors.errors import AccessDenied, BadAnswer, ConnectorError, RateLimited, RequestRefused, Unavailable
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Page, Query
from connectors.transport import Transport

ANSWERS = frozenset({200, 400, 401, 403, 404, 429})
"""Statuses whose body tells more than they do. All others, 5xx too, are judged by `transport`."""
LIMITS = frozenset({4, 17, 32, 613, *range(80000, 80015)})
TRANSIENT = frozenset({-2, -1, 1, 2})
DENIED = frozenset({10, 102, 190, *range(200, 300)})
EVERY_REFUSAL = DENIED - {102, 190} | {100}
"""What to allow where a request is a courtesy that the token may not have."""
NO_SUCH_OBJECT = 100, 33
"""Code and subcode of a lookup: "does not exist, cannot be loaded due to missing permissions, or …"."""
NO_SUCH_ALIAS = 803

PACE_AT, STOP_AT = 75.0, 95.0
PACE = 5.0
"""Seconds between two requests once PACE_AT per cent of a limit are used."""
WAITS = 2
MARGIN = timedelta(days=1)
PAGES_PAST = 2
CLOCKS_DIFFER = timedelta(days=1)
POSITION = ("after", "offset", "until", "__paging_token", "__previous", "page")
SECRETS = frozenset({"access_token", "appsecret_proof", "client_secret", "input_token"})
_DEAD_TOKEN = {460: "after a change of password", 463: "because its time is over", 467: "because it was withdrawn"}


class NotPermitted(AccessDenied):
    """The token is good, but lacks a permission, a feature or a role for this one request."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The platform's error object, without its message."""

    code: int
    subcode: int = 0
    transient: bool = False

    def __str__(self) -> str:
        return f"code {self.code}" + (f", subcode {self.subcode}" if self.subcode else "")


@dataclass(frozen=True, slots=True)
class Glance:
    """The id and the time of an item, as far as they can be read: enough to walk on."""

    name: str
    created_at: datetime | None


@dataclass(slots=True)
class Graph:
    """The way in for one read: it carries the token, and minds how much of the limits is used."""

    query: Query
    transport: Transport
    credentials: Mapping[str, str]
    setting: str
    """The setting that holds the token, for sentences."""
    used: float = 0.0
    """Per cent of the limit that is nearest to its end, as the last answer told."""
    _waited: float = field(default=0.0, init=False)

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        allow: Collection[int] = (),
        retry_with: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """An answer without an error, or with one whose code is allowed. Raises a `ConnectorError` else.

        `retry_with` are the parameters of a second try, where a position that was asked once cannot be asked again.
        """
        self._mind_the_limits()
        url, asked = f"{self.query.base_url}/{path}", dict(params or {})
        tries = waits = sent = 0

        def send() -> requests.Response:
            nonlocal sent
            sent += 1
            now = asked if sent == 1 or retry_with is None else dict(retry_with)
            return self.transport.session.get(url, params=now, headers=self._signature())

        while True:
            answer = self.transport.attempt(send, ANSWERS, self.setting)
            self.used = used(answer.headers)
            found = trouble(answer)
            if (found is None and answer.status_code == 200) or (found and found.code in allow):
                return answer
            error = self.error(answer, found)
            if isinstance(error, RateLimited):
                waits += 1
                self._wait(answer, error, waits)
            elif isinstance(error, Unavailable) and tries + 1 < self.transport.patience.tries:
                tries += 1
                self.transport.pause(2.0**tries)
            else:
                raise error

    def pages(
        self, path: str, params: Mapping[str, Any], time: str, since: datetime | None, about: str = ""
    ) -> Iterator[Page]:
        """The pages of a list, to its end or until they lie before `since`; `time` is the field that tells when.

        No list promises its order, so it ends only after PAGES_PAST pages wholly older by the margin.
        """
        progress, where, past = Progress(self.query.source), dict[str, str](), 0
        while past < PAGES_PAST:
            answer = self.get(path, {**params, **where})
            glances = [glance(piece, time) for piece in pieces(answer.content, self.query.source)]
            yield self.page(answer, about)
            progress.saw(one.name for one in glances)
            further = position(answer.content, self.query.source)
            if further is None:
                return
            where = further
            past = past + 1 if since and all_before(since - MARGIN, glances) else 0

    def page(self, answer: requests.Response, about: str = "") -> Page:
        """The answer as a page of the query, without anything secret in its address."""
        page = self.transport.page(self.query, answer, about)
        return replace(page, url=without_secrets(page.url))

    def _signature(self) -> dict[str, str]:
        token = self.credentials.get("token")
        if not token:
            raise AccessDenied(
                f"{self._host} shows nothing without a token; run rollcall connect {self.query.platform}, or set "
                f"{self.setting}."
            )
        return {"Authorization": f"Bearer {token}"}

    def _mind_the_limits(self) -> None:
        if self.used >= STOP_AT:
            raise RateLimited(
                f"{self._host}: {self.used:.0f} % of a limit are used, so we stop before the platform does; "
                "the next run goes on."
            )
        self.transport.pause(PACE if self.used >= PACE_AT else 0)

    def _wait(self, answer: requests.Response, limited: RateLimited, waits: int) -> None:
        if limited.retry_at is None or waits > WAITS:
            raise limited
        seconds = max(0.0, (limited.retry_at - self.transport.clock()).total_seconds()) + 1
        patience = self.transport.patience
        if seconds > patience.longest_wait or self._waited + seconds > patience.total_wait:
            raise limited
        self._waited += seconds
        self.transport.pause(seconds)

    def error(self, answer: requests.Response, found: Trouble | None) -> ConnectorError:
        """What to raise for an answer that is no good one."""
        host, status = self._host, answer.status_code
        if status == 429 or (found and found.code in LIMITS):
            seconds = _seconds_to_wait(answer, self.transport)
            at = None if seconds is None else self.transport.clock() + timedelta(seconds=seconds)
            why = f" ({found})" if found else ""
            return RateLimited(f"{host} asks us to slow down{why}; the next run goes on.", at)
        if found is None:
            return self._without_words(status)
        if found.transient or found.code in TRANSIENT:
            return Unavailable(f"{host} has trouble of its own ({found}); the next run tries again.")
        if found.code in (190, 102):
            why = _DEAD_TOKEN.get(found.subcode, "any more, or never did")
            return AccessDenied(f"{host} does not accept the token {why} ({found}); renew {self.setting}.")
        if found.code in DENIED:
            return NotPermitted(
                f"{host} says that the token may not do this ({found}); give {self.setting} the missing permission or "
                "feature (app review)."
            )
        return RequestRefused(f"{host} refuses our request as wrong ({found}).")

    def _without_words(self, status: int) -> ConnectorError:
        host = self._host
        if status in (401, 403):
            return AccessDenied(f"{host} refuses access ({status}); check or renew {self.setting}.")
        if status == 404:
            return RequestRefused(f"{host} is not where the Graph API is (404); check its address in the settings.")
        return BadAnswer(f"{host} answered something that is no answer of the Graph API ({status}).")

    @property
    def _host(self) -> str:
        return urlsplit(self.query.base_url).hostname or self.query.source


def trouble(answer: requests.Response) -> Trouble | None:
    """What the answer says that went wrong, whatever its status; None where it says nothing of that."""
    error = Fields(verbatim.readable_members(answer.content, ("error",))).part("error")
    code = error.value("code")
    if not error or not isinstance(code, int):
        return None
    subcode = error.value("error_subcode")
    return Trouble(code, subcode if isinstance(subcode, int) else 0, error.value("is_transient") is True)


def used(headers: Mapping[str, str]) -> float:
    """The highest percentage in the usage headers; 0 where there are none (a little-used app)."""
    return max((number for name, number in _usage(headers) if name.startswith(("call_", "total_"))), default=0.0)


def _usage(headers: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """The named numbers of all usage headers: of the app, the Page, and each business."""
    for header, value in headers.items():
        if header.lower() in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
            yield from _numbers(verbatim.decode_or_none(value.encode()))


def _numbers(value: object) -> Iterator[tuple[str, float]]:
    if isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one):
                yield str(name), float(one)
            elif isinstance(one, dict | list):
                yield from _numbers(one)


def _seconds_to_wait(answer: requests.Response, transport: Transport) -> float | None:
    """The longest of what the usage headers (minutes) and the general ones ask for."""
    minutes = [n for name, n in _usage(answer.headers) if name == "estimated_time_to_regain_access" and n > 0]
    now = limits.server_time(answer.headers) or transport.clock()
    asked = limits.wait_seconds(answer.headers, now)
    return max([*(60 * n for n in minutes), *([] if asked is None else [asked])], default=None)


def without_secrets(url: str) -> str:
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in SECRETS]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def created_at(fields: Fields, name: str, observed_at: datetime) -> datetime | None:
    """The time, or None and a flag where it is missing, unreadable, or lies in the future."""
    moment = fields.moment(name)
    if moment is not None and moment <= observed_at + CLOCKS_DIFFER:
        return moment
    fields.flag("created_at_unreadable")
    return None


def expires_at(graph: Graph) -> datetime | None:
    """When the token, or its right to read, ends; None where it does not end, or the platform does not tell.

    The platform takes the token to look at as a parameter only.
    """
    answer = graph.get("debug_token", {"input_token": graph.credentials["token"]}, allow=EVERY_REFUSAL)
    told = Fields(verbatim.readable_members(answer.content, ("data",))).part("data")
    ends = [told.moment(name) for name in ("expires_at", "data_access_expires_at") if told.count(name)]
    return min((end for end in ends if end), default=None)


def pieces(listing: bytes, place: str) -> list[bytes]:
    """The items in `data`, each as it came. Raises `BadAnswer` where there is no list."""
    try:
        return verbatim.elements(verbatim.members(listing)["data"])
    except (ValueError, KeyError) as wrong:
        raise BadAnswer(f"{place} answered with something that is not a list.") from wrong


def position(listing: bytes, place: str) -> dict[str, str] | None:
    """What to add to the same request for the next page; None where `paging.next` is missing, which is the end."""
    paging = Fields(verbatim.readable_members(listing, ("paging",))).part("paging")
    link = paging.text("next")
    if not link:
        return None
    after = paging.part("cursors").text("after")
    if after:
        return {"after": after}
    try:
        named = parse_qs(urlsplit(link).query)
    except ValueError:
        named = {}
    found = {name: named[name][0] for name in POSITION if name in named}
    if not found:
        raise BadAnswer(f"{place} does not tell how its list goes on; what came before is kept.")
    return found


def glance(piece: bytes, time: str) -> Glance:
    item = Fields(verbatim.readable_members(piece, ("id", time)))
    return Glance(item.identity("id") or sha256(piece).hexdigest(), item.moment(time))


def all_before(limit: datetime, glances: Sequence[Glance]) -> bool:
    """Whether a page lies wholly before; an empty one tells nothing."""
    return bool(glances) and all(one.created_at is not None and one.created_at < limit for one in glances)


def with_member(piece: bytes, name: str, value: object) -> bytes:
    """An object's bytes as they came, with one member more: what an item needs to stand alone."""
    body = piece.strip()
    rest = body[1:].lstrip()
    return b"{" + json.dumps(name).encode() + b":" + verbatim.encode(value) + (b"" if rest == b"}" else b",") + rest
