"""Budgets: set aside before a request, settled after it, never more than the limit."""

import re
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from connectors.errors import QuotaSpent
from warehouse.budget import Budget, Limits, Standing, dollars, limits_of, problem, standing

NOON = datetime(2027, 2, 3, 12, tzinfo=UTC)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now


def budget(engine, clock=None, campaign="itp28", platform="x", **limits):
    return Budget(
        engine=engine,
        campaign_name=campaign,
        platform=platform,
        limits=limits_of(limits),
        run_id=None,
        clock=clock or Clock(),
    )


def stands(engine, limits=None, now=NOON, campaign="itp28", platform="x") -> Standing:
    with engine.begin() as connection:
        return standing(connection, campaign, platform, now, limits)


def test_what_is_set_aside_counts_until_it_is_settled(engine):
    """The reservation is taken at once; settling gives back what the answer did not cost."""
    purse = budget(engine, usd=1.00)
    ticket = purse.reserve(Decimal("0.70"))
    assert (stands(engine).spent, stands(engine).reserved, stands(engine).left) == (0, Decimal("0.70"), Decimal("0.30"))
    with pytest.raises(QuotaSpent):
        purse.reserve(Decimal("0.31"))
    purse.settle(ticket, Decimal("0.015"))
    assert (stands(engine).spent, stands(engine).reserved, stands(engine).calls) == (Decimal("0.015"), 0, 1)
    purse.reserve(Decimal("0.985"))


def test_a_lost_answer_stays_spent(engine):
    """Nobody settles what a crash left behind: the next run has that much less."""
    budget(engine, usd=1.00).reserve(Decimal("0.60"))
    with pytest.raises(QuotaSpent, match=r"\$0\.60 of \$1\.00 is spent, the next request may cost \$0\.50"):
        budget(engine, usd=1.00).reserve(Decimal("0.50"))


def test_settling_twice_changes_nothing(engine):
    """Only the first word about a ticket counts."""
    purse = budget(engine, usd=1.00)
    ticket = purse.reserve(Decimal("0.50"))
    purse.settle(ticket, Decimal("0.20"))
    purse.settle(ticket, Decimal(0))
    assert stands(engine).spent == Decimal("0.20")


def test_an_answer_that_cost_more_than_was_set_aside_is_booked_in_full(engine):
    """The truth is kept, and the next request is refused."""
    purse = budget(engine, usd=1.00)
    purse.settle(purse.reserve(Decimal("0.10")), Decimal("1.50"))
    assert stands(engine).left == 0
    with pytest.raises(QuotaSpent):
        purse.reserve(Decimal("0.001"))


@pytest.mark.parametrize(
    ("limits", "most", "said"),
    [
        ({"usd": 1.0}, "0.6", r"\$0\.60 of \$1\.00 is spent, .* Raise usd in \[platforms\.x\.budget\] of its file\.$"),
        ({"usd_a_day": 1.0}, "0.6", r"of \$1\.00 of today is spent.* or wait for the next day \(UTC\)\.$"),
        ({"calls": 1}, "0", r"1 of 1 calls are made\. Raise calls in"),
        ({"calls_a_day": 1}, "0", r"1 of 1 calls of today are made\. Raise calls_a_day .* or wait for the next day"),
    ],
)
def test_each_limit_says_what_is_used_up_and_where_to_raise_it(engine, limits, most, said):
    """A plain sentence: what was taken of what, and which line of the campaign file to change."""
    purse = budget(engine, **limits)
    purse.reserve(Decimal(most))
    with pytest.raises(QuotaSpent, match=said):
        purse.reserve(Decimal(most))
    assert stands(engine).calls == 1


def test_a_day_is_the_platforms_own(engine):
    """YouTube's day begins at midnight in California; there is a new allowance then, and not before."""
    clock = Clock(datetime(2027, 2, 3, 6, tzinfo=UTC))  # 22:00 of the day before, there
    purse = budget(engine, clock, calls_a_day=1, day_zone="America/Los_Angeles")
    purse.reserve(Decimal(0))
    clock.now = datetime(2027, 2, 3, 7, 59, tzinfo=UTC)
    with pytest.raises(QuotaSpent, match="America/Los_Angeles"):
        purse.reserve(Decimal(0))
    clock.now = datetime(2027, 2, 3, 8, 0, tzinfo=UTC)
    purse.reserve(Decimal(0))


@pytest.mark.parametrize("settled", [True, False])
def test_what_is_under_way_at_midnight_counts_on_both_days(engine, settled):
    """The platform may bill it to either."""
    clock = Clock(NOON.replace(hour=23, minute=59))
    purse = budget(engine, clock, usd_a_day=1.0)
    ticket = purse.reserve(Decimal("0.80"))
    clock.now += timedelta(minutes=2)
    if settled:
        purse.settle(ticket, Decimal("0.80"))
    with pytest.raises(QuotaSpent):
        purse.reserve(Decimal("0.30"))
    clock.now += timedelta(days=1)
    purse.reserve(Decimal("0.30"))


def test_what_costs_nothing_goes_on_when_the_money_is_spent(engine):
    """A budget in dollars does not forbid requests that are free."""
    purse = budget(engine, usd=0)
    assert purse.reserve(Decimal(0)) is not None
    with pytest.raises(QuotaSpent):
        purse.reserve(Decimal("0.001"))


def test_without_a_limit_only_what_costs_is_booked(engine):
    """A campaign that sets a limit later finds what was spent before; free requests leave nothing behind."""
    purse = budget(engine)
    assert purse.reserve(Decimal(0)) is None
    purse.settle(None, Decimal(0))
    purse.settle(purse.reserve(Decimal("0.50")), Decimal("0.40"))
    found = stands(engine, limits_of({"usd": 1.0}))
    assert (found.spent, found.left, found.calls, found.calls_left) == (Decimal("0.40"), Decimal("0.60"), 1, None)


def test_campaigns_and_platforms_do_not_pay_for_each_other(engine):
    """Each has a budget of its own."""
    budget(engine, usd=1.0).reserve(Decimal(1))
    budget(engine, usd=1.0, campaign="other").reserve(Decimal(1))
    budget(engine, usd=1.0, platform="threads").reserve(Decimal(1))
    with pytest.raises(QuotaSpent):
        budget(engine, usd=1.0).reserve(Decimal(1))


def test_workers_share_one_budget(engine):
    """Eight threads that reserve at once get exactly as many tickets as there is money for."""
    begin, tickets = threading.Barrier(8), []

    def work():
        purse = budget(engine, usd=1.0)
        begin.wait(timeout=20)
        for _ in range(5):
            try:
                tickets.append(purse.reserve(Decimal("0.05")))
            except QuotaSpent:
                return

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tickets) == len(set(tickets)) == 20


def test_each_request_leaves_a_row_that_an_auditor_can_add_up(engine):
    """The running total is the sum of the tickets, whatever became of them."""
    purse = budget(engine, usd=5.0)
    for number in range(10):
        ticket = purse.reserve(Decimal("0.30"))
        if number % 3:
            purse.settle(ticket, Decimal(number) / 100)
    with engine.connect() as connection:
        rows = connection.execute(text("select sum(coalesce(cost, most)), count(*) from core.spending")).one()
        book = connection.execute(text("select committed, requested from core.budget")).one()
    assert rows == book


def test_a_standing_before_the_first_request_is_all_left(engine):
    """Doctor and forecasts can ask before anything was spent; without a file's limits there are the last known ones."""
    found = stands(engine, Limits(usd=Decimal(20), calls_a_day=100))
    assert (found.left, found.calls_left, found.spent) == (20, 100, 0)
    assert stands(engine).limits == Limits()
    budget(engine, usd=3.0, day_zone="Asia/Kolkata").reserve(Decimal(0))
    assert stands(engine).limits == Limits(usd=Decimal("3.0"), day_zone="Asia/Kolkata")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (20.0, "must be a table"),
        ({"usd_a_dya": 1}, r"usd_a_dya is no limit that a budget can have: is usd_a_day meant\?"),
        ({"euros": 1}, "there are usd, usd_a_day, calls, calls_a_day, day_zone"),
        ({"usd": -1}, "usd must be an amount of US dollars"),
        ({"usd": float("nan")}, "usd must be"),
        ({"usd": float("inf")}, "usd must be"),
        ({"usd": "20"}, "usd must be"),
        ({"usd_a_day": True}, "usd_a_day must be"),
        ({"calls": 1.5}, "calls must be a whole number"),
        ({"calls_a_day": -1}, "calls_a_day must be a whole number"),
        ({"calls": 2**63}, "calls must be a whole number"),
        ({"day_zone": "Pacific"}, "time zone database"),
        ({"day_zone": 8}, "time zone database"),
        ({"day_zone": "../etc"}, "time zone database"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_told(table, said):
    """A misspelt limit would be none at all."""
    assert re.search(said, problem(table) or "no problem")


@pytest.mark.parametrize("table", [{}, {"usd": 20}, {"usd": 0, "usd_a_day": 0.5, "calls": 0, "day_zone": "UTC"}])
def test_a_sensible_budget_has_no_problem(table):
    """Also none at all, and a budget of nothing."""
    assert problem(table) is None
    assert limits_of(table).midnight(NOON) == NOON.replace(hour=0)


def test_dollars_are_not_rounded_into_a_lie():
    """Half a cent is half a cent."""
    assert [dollars(Decimal(amount)) for amount in ("20", "0.5", "0.005", "1E+3")] == [
        "$20.00",
        "$0.50",
        "$0.005",
        "$1000.00",
    ]


def test_a_day_that_began_in_another_offset_still_begins_at_its_midnight():
    """Daylight saving moves the platform's day, in UTC, by an hour."""
    summer, winter = (
        Limits(day_zone="America/Los_Angeles").midnight(datetime(2027, month, 15, 12, tzinfo=UTC)) for month in (7, 1)
    )
    assert (summer.hour, winter.hour) == (7, 8)
