"""A budget is never overspent: judged by the meter of the other side, over random runs.

The platform is a real server that bills at its own clock and then answers, loses the answer, garbles it or refuses. One
to four workers read from it at once through the real transport and a real database, and crash at any point.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from connectors.errors import ConnectorError, QuotaSpent
from connectors.transport import Patience, Transport
from warehouse.budget import Budget, Limits, standing

PRICE = Decimal("0.005")
SOON = 1800
"""Seconds by which the clock moves at most while requests of several workers are under way."""
PATIENCE = Patience(connect_timeout=10, read_timeout=30, tries=2, longest_wait=0.001, total_wait=10)
ZONES = ("UTC", "America/Los_Angeles", "Asia/Kolkata")
FATES = {"answer": 70, "lost": 8, "garbled": 6, "trouble": 6, "refused": 4, "capped": 2, "redirect": 4}
BILLED = {"answer", "lost", "garbled"}


class Crash(BaseException):
    """The worker's process is gone."""


@dataclass
class Account:
    """What the platform bills one campaign, and the time that it and its customers live in."""

    fate: random.Random
    zone: ZoneInfo
    now: datetime
    costs: dict[date, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    calls: Counter[date] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        with self.lock:
            self.now += timedelta(seconds=seconds)

    def serve(self, page_size: int, redirected: bool) -> tuple[str, int]:
        """Bill one request; what becomes of its answer, and how many posts it holds."""
        with self.lock:
            self.now += timedelta(seconds=self.fate.choice((0, 0, 1, SOON / 100)))
            today = self.now.astimezone(self.zone).date()
            fate = self.fate.choices(list(FATES), list(FATES.values()))[0]
            fate = "answer" if fate == "redirect" and redirected else fate
            posts = self.fate.choice((0, page_size, self.fate.randint(0, page_size)))
            self.calls[today] += 1
            self.fates[fate] += 1
            if fate in BILLED:
                self.costs[today] += PRICE * posts
            return fate, posts


class Platform(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that crashes leaves its connection open."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Platform

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        redirected = "again" in asked
        fate, posts = self.server.accounts[asked["who"][0]].serve(int(asked["most"][0]), redirected)
        if fate == "lost":
            self.close_connection = True
            return
        status = {"trouble": 503, "refused": 403, "capped": 402, "redirect": 302}.get(fate, 200)
        body = b'{"posts": ' if fate == "garbled" else json.dumps({"posts": posts}).encode()
        self.send_response_only(status)
        if fate == "redirect":
            self.send_header("Location", f"{self.path}&again=1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Platform()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Fragile:
    """A purse whose holder may be gone before it asks, after it was answered, or before or after it settles."""

    budget: Budget
    fate: random.Random
    crashes: float

    def reserve(self, most: Decimal) -> object:
        self._maybe()
        ticket = self.budget.reserve(most)
        self._maybe()
        return ticket

    def settle(self, ticket: object, cost: Decimal) -> None:
        self._maybe()
        self.budget.settle(ticket, cost)
        self._maybe()

    def _maybe(self) -> None:
        if self.fate.random() < self.crashes:
            raise Crash


@dataclass
class Run:
    """One random run: a budget, a platform's account, and workers that share both."""

    seed: int
    engine: Engine
    platform: Platform

    def __post_init__(self) -> None:
        fate = random.Random(self.seed)
        self.name = f"campaign {self.seed}"
        self.page_size = fate.choice((1, 10, 40))
        self.most = PRICE * self.page_size
        self.workers = fate.choice((1, 1, 2, 3, 4))
        self.crashes = fate.choice((0, 0, 0.03, 0.15))
        self.limits = _limits(fate, self.most)
        zone = ZoneInfo(self.limits.day_zone)
        begin = datetime(2027, 2, 3, tzinfo=zone) - timedelta(seconds=fate.choice((0, 5, 60, SOON, 9 * SOON)))
        self.account = Account(fate=random.Random(-self.seed), zone=zone, now=begin.astimezone(UTC))
        self.platform.accounts[self.name] = self.account
        self.ended_by_budget = 0

    def go(self) -> None:
        threads = [threading.Thread(target=self._work, args=(number,)) for number in range(1, self.workers)]
        for thread in threads:
            thread.start()
        self._work(0)
        for thread in threads:
            thread.join()

    def _work(self, number: int) -> None:
        fate = random.Random(self.seed * 10 + number)
        transport = self._transport(fate)
        for _ in range(6):
            try:
                self._read_a_page(transport, fate)
            except Crash:
                transport = self._transport(fate)
            except QuotaSpent as spent:
                if "budget" in str(spent):
                    self.ended_by_budget += 1
                    return
                transport = self._transport(fate)  # the next run, after somebody topped up
            except ConnectorError:
                pass
            if self.workers == 1:
                self.account.wait(fate.choice((0, 1, SOON, 20 * SOON)))

    def _read_a_page(self, transport: Transport, fate: random.Random) -> None:
        answer = transport.get(self.platform.url, {"who": self.name, "most": self.page_size}, most=self.most)
        if fate.random() < self.crashes:
            raise Crash
        if fate.random() < 0.9:  # else a connector that forgets to say what it cost
            transport.settle(PRICE * int(answer.json()["posts"]))

    def _transport(self, fate: random.Random) -> Transport:
        budget = Budget(
            engine=self.engine,
            campaign_name=self.name,
            platform="x",
            limits=self.limits,
            run_id=None,
            clock=self.account.clock,
        )
        return Transport(
            patience=PATIENCE,
            clock=self.account.clock,
            sleep=lambda seconds: None,
            purse=Fragile(budget=budget, fate=fate, crashes=self.crashes),
        )

    def check(self) -> None:
        """The other side's meter is within every limit, our book is never below it, and nothing was withheld."""
        limits, account, about = self.limits, self.account, f"seed {self.seed}"
        spent, calls = sum(account.costs.values(), Decimal(0)), account.calls.total()
        assert limits.usd is None or spent <= limits.usd, about
        assert limits.usd_a_day is None or max(account.costs.values(), default=0) <= limits.usd_a_day, about
        assert limits.calls is None or calls <= limits.calls, about
        assert limits.calls_a_day is None or max(account.calls.values(), default=0) <= limits.calls_a_day, about
        with self.engine.connect() as connection:
            book = standing(connection, self.name, "x", account.now)
        assert book.spent + book.reserved >= spent, about
        assert book.calls >= calls, about
        only_usd = limits == Limits(usd=limits.usd, day_zone=limits.day_zone)
        if self.ended_by_budget == self.workers and only_usd and limits.usd is not None:
            taken = book.spent + book.reserved
            assert taken + self.workers * self.most > limits.usd, f"{about}: stopped too early"


def _limits(fate: random.Random, most: Decimal) -> Limits:
    """At least one limit, most of them small enough to be met."""
    amounts = [most * fate.randint(0, 12) / 2 + PRICE * fate.randint(0, 3) for _ in range(2)]
    names = fate.choice((("usd",), ("usd",), ("usd_a_day",), ("usd", "usd_a_day"), ("calls",), ("calls_a_day", "usd")))
    values = {
        "usd": amounts[0],
        "usd_a_day": amounts[1],
        "calls": fate.randint(0, 8),
        "calls_a_day": fate.randint(0, 5),
    }
    return Limits(day_zone=fate.choice(ZONES), **{name: values[name] for name in names})  # type: ignore[arg-type]


def _all(seeds: range, engine: Engine, platform: Platform) -> Counter[str]:
    """Run and judge them all; what happened in them, to show that they were not all idle."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        run = Run(seed, engine, platform)
        run.go()
        run.check()
        seen += run.account.fates
        seen["stopped by the budget"] += run.ended_by_budget
        seen["runs"] += 1
        del platform.accounts[run.name]
    return seen


def _was_eventful(seen: Counter[str]) -> bool:
    return all(seen[fate] * 40 > seen["runs"] for fate in (*FATES, "stopped by the budget"))


def test_some_hundred_random_runs_never_overspend(engine: Engine, platform: Platform) -> None:
    """By the other side's meter, with lost answers, crashes and several workers at once."""
    assert _was_eventful(_all(range(250), engine, platform))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_thousand_random_runs_never_overspend(engine: Engine, platform: Platform) -> None:
    """The same, often enough that what is rare happens."""
    assert _was_eventful(_all(range(1_000, 11_000), engine, platform))
