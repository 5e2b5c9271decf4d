"""The simulated X counts what it charges, and blocks everything when the credit is used up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests

from sandbox.control import controlling
from sandbox.server import Sandbox
from sandbox.world import moment

TAGS = "(#Lanterns7 OR #Lantern7) -is:retweet"
MIDWEEK = moment("2026-02-06T06:00:00Z")


def ask(sandbox: Sandbox, path: str = "search/recent", **asked: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.world.credentials()['ROLLCALL_X_BEARER_TOKEN']}"}
    url = f"{sandbox.urls['x']}/2/tweets/{path}"
    return requests.get(url, params={"query": TAGS, **asked}, headers=headers, timeout=5)


def test_a_post_and_a_user_cost_once_in_a_utc_day(sandbox: Sandbox) -> None:
    """Asked again on the same day nothing is added; after midnight in UTC everything costs again."""
    sandbox.clock.set(MIDWEEK)
    page = ask(sandbox, max_results=100, expansions="author_id").json()
    once = len(page["data"]) * Decimal("0.005") + len(page["includes"]["users"]) * Decimal("0.010")
    ask(sandbox, max_results=100, expansions="author_id")
    assert sandbox.meters["x"].spent(MIDWEEK.date()) == once > 0
    sandbox.clock.advance(18 * 3600)
    again = ask(sandbox, max_results=100).json()
    assert sandbox.meters["x"].spent() == once + len(again["data"]) * Decimal("0.005")


def test_counts_cost_each_time_and_refusals_nothing(sandbox: Sandbox) -> None:
    """A count is charged by request; a 400 is not charged."""
    sandbox.clock.set(MIDWEEK)
    for _ in range(3):
        ask(sandbox, "counts/recent")
    assert ask(sandbox, "search/recent", max_results=5).status_code == 400
    assert sandbox.meters["x"].spent() == Decimal("0.015")


def test_a_lost_answer_costs_the_same(sandbox: Sandbox) -> None:
    """The connection breaks after X has answered: the money is gone."""
    sandbox.clock.set(MIDWEEK)
    sandbox.faults.plant("x", "truncated", times=1)
    ask(sandbox, max_results=10)
    assert sandbox.meters["x"].spent() == Decimal("0.050")


def test_used_up_credit_blocks_everything(sandbox: Sandbox) -> None:
    """The answer that uses it up is given whole; the next is a 402 and costs nothing."""
    sandbox.clock.set(MIDWEEK)
    sandbox.meters["x"].credit = Decimal("0.020")
    assert ask(sandbox, max_results=10).status_code == 200
    assert ask(sandbox, max_results=10).status_code == 402
    assert sandbox.meters["x"].spent() == Decimal("0.050")


def test_the_meter_is_read_and_credit_set_over_http(sandbox: Sandbox) -> None:
    """Another process can prepay, read the bill and begin again."""
    sandbox.clock.set(MIDWEEK)
    with controlling(sandbox) as url:
        requests.post(f"{url}/_sandbox/meters", json={"place": "x", "credit": 0.05}, timeout=5)
        ask(sandbox, max_results=10)
        told = requests.get(f"{url}/_sandbox/meters", timeout=5).json()
        assert told == {"x": {"credit": "0.050", "spent": "0.050", "days": {"2026-02-06": "0.050"}, "posts": 10}}
        requests.delete(f"{url}/_sandbox/meters", timeout=5)
        assert requests.get(f"{url}/_sandbox/meters", timeout=5).json()["x"]["spent"] == "0"
