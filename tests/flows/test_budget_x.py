"""X is never paid more than its budget: the connector itself against the simulated X, judged by X's own meter."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors import x
from connectors.errors import ConnectorError, QuotaSpent
from connectors.records import Query, Search
from connectors.transport import Patience, Transport
from sandbox import server
from sandbox.world import load
from sandbox.x_meter import Meter
from warehouse.budget import Budget, Limits, standing

WORLD = Path(server.__file__).parent / "worlds" / "lanterns"
PATIENCE = Patience(connect_timeout=10, read_timeout=30, tries=2, longest_wait=1, total_wait=10)
FAULTS = ("drop", "truncated", "html", "status")
DAY = timedelta(days=1)


@pytest.fixture
def sandbox() -> Iterator[server.Sandbox]:
    with server.serve(load(WORLD)) as sandbox:
        yield sandbox


@dataclass
class Run:
    """A random budget, one to three collectors at once on each of two days, faults on the wire, and crashes."""

    seed: int
    engine: Engine
    sandbox: server.Sandbox

    def __post_init__(self) -> None:
        self.fate = random.Random(self.seed)
        self.name = f"campaign {self.seed}"
        self.sandbox.forget()
        self.sandbox.clock.set(self.sandbox.world.collections()[4].astimezone(UTC))
        usd, a_day = (Decimal(self.fate.randint(0, 2000)) / 1000 for _ in range(2))
        self.limits = self.fate.choice(
            (Limits(usd=usd), Limits(usd_a_day=a_day), Limits(usd=usd, usd_a_day=a_day), Limits(usd=usd, calls=4))
        )
        self.ended: Counter[str] = Counter()

    @property
    def meter(self) -> Meter:
        return self.sandbox.meters["x"]

    def go(self) -> None:
        for _ in range(2):
            self._plant()
            threads = [
                threading.Thread(target=self._collect, args=(self.fate.random(),))
                for _ in range(self.fate.randint(1, 3))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.sandbox.clock.advance(DAY.total_seconds())

    def _plant(self) -> None:
        self.sandbox.faults.clear()
        self.sandbox.windows.clear()
        for _ in range(self.fate.randint(0, 2)):
            kind, first = self.fate.choice(FAULTS), self.fate.randint(1, 4)
            self.sandbox.faults.plant("x", kind, first=first, times=1, status=503)

    def _collect(self, luck: float) -> None:
        fate = random.Random(luck)
        try:
            for number, _ in enumerate(x.fetch(*self._search(fate))):
                if fate.random() < 0.1:
                    self.ended[f"crash after page {number > 0}"] += 1
                    return
            self.ended["read"] += 1
        except QuotaSpent:
            self.ended["budget"] += 1
        except ConnectorError:
            self.ended["trouble"] += 1

    def _search(self, fate: random.Random) -> tuple[Search, Transport, dict[str, str]]:
        options = {
            "base_url": self.sandbox.base_urls["x"][0],
            "dialect": fate.choice(("tweet", "post")),
            "archive": fate.random() < 0.3,
        }
        query: Query = x.queries(("lanterns7", "lantern7"), options)[0]
        now = self.sandbox.clock.now()
        budget = Budget(
            engine=self.engine,
            campaign_name=self.name,
            platform="x",
            limits=self.limits,
            run_id=None,
            clock=self.sandbox.clock.now,
        )
        transport = Transport(patience=PATIENCE, clock=self.sandbox.clock.now, sleep=lambda seconds: None, purse=budget)
        token = self.sandbox.world.credentials()["ROLLCALL_X_BEARER_TOKEN"]
        return Search(query=query, since=now - 6 * DAY, until=now), transport, {"bearer_token": token}

    def check(self) -> None:
        """X's own meter is within every limit, and our book is never below it."""
        limits, now, about = self.limits, self.sandbox.clock.now(), f"seed {self.seed}"
        days = [(now - n * DAY).date() for n in range(4)]
        assert limits.usd is None or self.meter.spent() <= limits.usd, about
        assert limits.usd_a_day is None or max(map(self.meter.spent, days)) <= limits.usd_a_day, about
        assert limits.calls is None or len(self.sandbox.asked("x")) <= limits.calls, about
        with self.engine.connect() as connection:
            book = standing(connection, self.name, "x", now)
        assert book.spent + book.reserved >= self.meter.spent(), about


def _all(seeds: range, engine: Engine, sandbox: server.Sandbox) -> Counter[str]:
    ended: Counter[str] = Counter()
    for seed in seeds:
        run = Run(seed, engine, sandbox)
        run.go()
        run.check()
        ended += run.ended
        ended["paid"] += run.meter.spent() > 0
    return ended


def test_x_is_never_paid_more_than_the_budget(engine: Engine, sandbox: server.Sandbox) -> None:
    """Some runs are read to their end, some are stopped by the budget, and most cost something."""
    ended = _all(range(20), engine, sandbox)
    assert min(ended[how] for how in ("read", "budget", "paid")) > 3, ended


@pytest.mark.full
def test_x_is_never_paid_more_than_the_budget_in_many_runs(engine: Engine, sandbox: server.Sandbox) -> None:
    """The same two hundred times."""
    ended = _all(range(100, 300), engine, sandbox)
    assert min(ended[how] for how in ("read", "budget", "paid", "trouble")) > 3, ended


@pytest.mark.parametrize("fault", [{"status": 402}, {"status": 429, "code": "usage-capped"}])
def test_a_cap_of_the_platform_ends_the_run_in_one_request(
    engine: Engine, sandbox: server.Sandbox, fault: dict[str, object]
) -> None:
    """Whatever else the run would read there with the same way out; and nothing was paid."""
    run = Run(1, engine, sandbox)
    sandbox.faults.plant("x", "status", **fault)
    search, transport, credentials = run._search(random.Random(1))
    for _ in range(3):
        with pytest.raises(QuotaSpent, match="credits or a usage cap are used up"):
            list(x.fetch(search, transport, credentials))
    assert len(sandbox.asked("x")) == 1
    assert transport.cost == run.meter.spent() == 0
