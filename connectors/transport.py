"""The one retry policy of the house (`platforms.md` §1.4, `faults.md` 16-27), over `wire`.

500, 502, 503, 504, 408, timeouts, resets, truncated or garbled 200   a few tries with growing, jittered pauses
429 with a reset       wait as long as the server says, within our own bounds
429 without a reset    pause a minute, three tries
429 usage-capped, 402  `QuotaSpent` at once: waiting does not help, and this server is not asked again in this run
401, 403               `AccessDenied` at once
other 4xx              `RequestRefused` at once

With a purse, each request is set aside before it is sent. What was refused, and what never left because no connection
came about, cost nothing; an answer that was lost on its way may have been billed, so it counts in full.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from connectors import limits, verbatim
from connectors.errors import (
    AccessDenied,
    BadAnswer,
    ConnectorError,
    QuotaSpent,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from connectors.purse import OpenPurse, Purse
from connectors.records import Page, Query
from connectors.wire import Bounds, Wire

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
PAUSE_WITHOUT_RESET = 60.0
TRIES_WITHOUT_RESET = 3
TRIES_WITH_RESET = 6
SAFETY = 1.0
"""Waited beyond a reset, which is given in whole seconds."""
USER_AGENT = "rollcall/0.1"
OK = frozenset({200})
ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we try, in seconds. `longest_wait` bounds every single pause, `total_wait` all of them together."""

    connect_timeout: float = 5
    read_timeout: float = 30
    request_deadline: float = 120
    tries: int = 4
    longest_wait: float = 960
    total_wait: float = 1800


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Transport:
    """HTTP for one platform in one run. Keeps count of what was sent, what it cost, and what was odd."""

    def __init__(
        self,
        user_agent: str = USER_AGENT,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
        purse: Purse | None = None,
        go_on: Callable[[], object] = lambda: None,
    ) -> None:
        """`go_on` is asked before each request; what it raises ends the reading."""
        self.patience = patience or Patience()
        self.clock = clock
        self.requests = 0
        self.cost = Decimal(0)
        """US dollars: what answers cost, and what lost answers may have cost at most."""
        self.warnings: list[str] = []
        """Plain sentences for the run's log: what was read in spite of something odd. Never a person's data."""
        self.to_mend: list[str] = []
        """Those of the warnings that ask a person to do something."""
        self._sleep, self._waited = sleep, 0.0
        self._go_on = go_on
        self._purse, self._most = purse or OpenPurse(), Decimal(0)
        self._tickets: list[object] = []
        """Requests of the present try, and the answered one until its cost is known."""
        self._closed: dict[str, QuotaSpent] = {}
        """Servers that may not be asked again in this run, and what closed them; ALL after our own budget's end."""
        bounds = Bounds(
            connect=self.patience.connect_timeout,
            read=self.patience.read_timeout,
            deadline=self.patience.request_deadline,
        )
        self.session = Wire(user_agent, bounds, self._count)

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        allow: Collection[int] = OK,
        credential: str | None = None,
        most: Decimal = Decimal(0),
    ) -> requests.Response:
        """An answer whose status is allowed; a 200 is whole JSON. `credential` names the setting, for the sentence."""
        return self.attempt(lambda: self.session.get(url, params=params, headers=headers), allow, credential, most)

    def attempt(
        self,
        send: Callable[[], requests.Response],
        allow: Collection[int] = OK,
        credential: str | None = None,
        most: Decimal = Decimal(0),
    ) -> requests.Response:
        """Call `send` until it brings an allowed answer. Raises a `ConnectorError` leaf when it does not.

        `most` is what one such request can cost, in dollars; after its answer say `settle`, or it counts in full.
        """
        refusals = 0
        troubles = 0
        self.settle(self._most)  # an answer that nobody settled
        self._most = most
        while True:
            answer = self._send(send)
            if isinstance(answer, requests.Response):
                log.debug("%s answered %s", _place(answer), answer.status_code)
                trouble = self._judge(answer, allow, credential)
                if trouble is None:
                    return answer
                self.settle(Decimal(0) if answer.status_code >= 400 else most)
                if answer.status_code == 429:
                    refusals += 1
                    self._wait_for_reset(answer, refusals)
                    continue
            else:
                trouble = answer
            troubles += 1
            if troubles >= self.patience.tries:
                raise trouble
            self._pause(self._growing(troubles), trouble)

    def settle(self, cost: Decimal) -> None:
        """What the last answer cost. A redirect on the way to it cost nothing."""
        for ticket in self._tickets[:-1]:
            self._purse.settle(ticket, Decimal(0))
        for ticket in self._tickets[-1:]:
            self._purse.settle(ticket, cost)
            self.cost += cost
        self._tickets.clear()

    def close(self, spent: QuotaSpent) -> QuotaSpent:
        """Ask nothing more in this run; for a platform that says in a form of its own that a quota is spent.

        Use it as `raise transport.close(QuotaSpent(…))`.
        """
        self._closed[ALL] = spent
        return spent

    def page(self, query: Query, answer: requests.Response, about: str = "") -> Page:
        """The answer as a page of the query, observed now."""
        return Page(
            platform=query.platform,
            query=query.name,
            source=query.source,
            url=answer.url,
            status=answer.status_code,
            observed_at=self.clock(),
            body=answer.content,
            about=about,
        )

    def warn(self, sentence: str, *, to_mend: bool = False) -> None:
        """Tell once. `to_mend`: it says what a person should do, so it waits in `status` and in the digest."""
        if sentence not in self.warnings:
            log.info(sentence)
            self.warnings.append(sentence)
            self.to_mend += [sentence] if to_mend else []

    def pause(self, seconds: float) -> None:
        """Politeness between two requests, where a platform asks for it."""
        if seconds:
            self._sleep(seconds)

    def _send(self, send: Callable[[], requests.Response]) -> requests.Response | ConnectorError:
        """The answer, or what to raise if trying again does not help; what was lost on the way is settled."""
        try:
            return send()
        except requests.RequestException as error:
            self.settle(Decimal(0) if _never_left(error) else self._most)
            return _trouble(error)
        except RequestRefused:  # a redirect that we do not follow
            self.settle(Decimal(0))
            raise

    def _judge(
        self, answer: requests.Response, allow: Collection[int], credential: str | None
    ) -> ConnectorError | None:
        try:
            return _judge(answer, allow, credential)
        except ConnectorError as refusal:
            self.settle(Decimal(0))
            if isinstance(refusal, QuotaSpent):
                self._closed[_host(answer)] = refusal
            raise

    def _count(self, host: str) -> None:
        """Called before a request is sent. Raises `QuotaSpent` if nothing may be asked any more, and what stops us."""
        self._go_on()
        if closed := self._closed.get(ALL) or self._closed.get(host):
            raise closed
        try:
            self._tickets.append(self._purse.reserve(self._most))
        except QuotaSpent as spent:
            self.close(spent)
            raise
        self.requests += 1

    def _wait_for_reset(self, answer: requests.Response, refusals: int) -> None:
        now = limits.server_time(answer.headers) or self.clock()
        asked = limits.wait_seconds(answer.headers, now)
        limited = RateLimited(
            f"{_host(answer)} asks us to slow down for longer than this run may wait; the next run goes on.",
            None if asked is None else self.clock() + timedelta(seconds=asked),
        )
        if refusals >= (TRIES_WITHOUT_RESET if asked is None else TRIES_WITH_RESET):
            raise limited
        if asked is None:
            self._pause(min(PAUSE_WITHOUT_RESET, self.patience.longest_wait), limited)
        elif asked > self.patience.longest_wait:
            raise limited
        else:
            self._pause(asked + SAFETY, limited)

    def _growing(self, troubles: int) -> float:
        longest = min(FIRST_PAUSE * 2.0 ** (troubles - 1), LONGEST_PAUSE, self.patience.longest_wait)
        return longest * random.uniform(0.5, 1)

    def _pause(self, seconds: float, otherwise: ConnectorError) -> None:
        """Sleep, or give up where all the waiting together would be too long."""
        if self._waited + seconds > self.patience.total_wait:
            raise otherwise
        self._waited += seconds
        log.info("waiting %.0f s: %s", seconds, otherwise)
        self._sleep(seconds)


def _never_left(error: requests.RequestException) -> bool:
    """Whether the request cannot have reached anybody: no address, no host of that name, no connection."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout | ValueError) or isinstance(reason, NewConnectionError)


def _trouble(error: requests.RequestException) -> ConnectorError:
    """What to raise if trying again does not help; raises where it cannot help."""
    match error:
        case (
            requests.exceptions.InvalidURL() | requests.exceptions.MissingSchema() | requests.exceptions.InvalidSchema()
        ):
            raise RequestRefused("The address in the settings is not a web address (https://…); correct it.") from error
        case requests.TooManyRedirects():
            return BadAnswer(f"{_asked(error)} redirects in a circle; check its address in the settings.")
        case requests.exceptions.SSLError():
            return Unavailable(f"{_asked(error)} has no valid certificate; check its address in the settings.")
        case requests.Timeout():
            return Unavailable(f"{_asked(error)} did not answer in time; the next run tries again.")
        case _:  # reset, truncated, wrongly compressed, host unknown
            return Unavailable(f"{_asked(error)} cannot be reached or broke off its answer; the next run tries again.")


def _judge(answer: requests.Response, allow: Collection[int], credential: str | None) -> ConnectorError | None:
    """None for a good answer, the trouble where trying again may help; raises where it does not."""
    status, host = answer.status_code, _host(answer)
    if status in allow:
        if status != 200 or verbatim.document(answer.content) is not None:
            return None
        return BadAnswer(f"{host} answered with something that is not (whole) JSON; the next run tries again.")
    if status == 402 or (status == 429 and "usage-capped" in _problems(answer)):
        raise QuotaSpent(f"{host} says that credits or a usage cap are used up ({status}); top up or raise the limit.")
    if status in (401, 403):
        check = f"check or renew {credential}" if credential else "a credential may be needed, or is not accepted"
        raise AccessDenied(f"{host} refuses access ({status}); {check}.")
    if status == 429:
        return RateLimited(f"{host} asks us to slow down.")
    if status >= 500 or status == 408:
        return Unavailable(f"{host} has trouble of its own ({status}); the next run tries again.")
    raise RequestRefused(f"{host} refuses our request as wrong ({status}){_reason(answer)}.")


def _problems(answer: requests.Response) -> set[str]:
    """The tails of problem types (RFC 9457); their hosts differ, so only the tails are compared."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return set()
    listed = body.get("errors") if isinstance(body, dict) else None
    problems = [body, *(listed if isinstance(listed, list) else [])]
    types = (problem.get("type") for problem in problems if isinstance(problem, dict))
    return {kind.rsplit("/", 1)[-1] for kind in types if isinstance(kind, str)}


def _reason(answer: requests.Response) -> str:
    return "".join(f", {problem}" for problem in sorted(_problems(answer)) if problem.replace("-", "").isalpha())


def _host(answer: requests.Response) -> str:
    return urlsplit(answer.url).hostname or "The server"


def _place(answer: requests.Response) -> str:
    parts = urlsplit(answer.url)
    return f"{parts.hostname}{parts.path}"


def _asked(error: requests.RequestException) -> str:
    url = error.request.url if error.request is not None else None
    return urlsplit(url or "").hostname or "The server"
