"""Two runs that load at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from warehouse import ledger


def test_campaigns_that_share_accounts_do_not_block_each_other(warehouse, make_page):
    """Loads of three campaigns with the same people, in different orders, all get through and share the accounts."""

    def load(campaign):
        dice = random.Random(campaign)
        mine = replace(warehouse, campaign=campaign, run_id=ledger.begin(warehouse.engine, campaign, "x", clock).run_id)
        for seen in range(15):
            people = [{"account_id": f"u{n}", "handle": f"h{n}_{seen}"} for n in range(40)]
            dice.shuffle(people)
            told = [{"id": f"p{n}", "author": person, "counts": {"likes": seen}} for n, person in enumerate(people)]
            mine.land(make_page(*told, seen=seen))

    def clock():
        return make_page().observed_at

    with ThreadPoolExecutor() as pool:
        list(pool.map(load, ["first", "second", "third"]))
    assert warehouse.one("select count(*) from core.account") == 40
    assert warehouse.one("select count(*) from core.item") == 120
    assert warehouse.one("select count(*) from core.account where handle not like '%\\_14'") == 0


@pytest.mark.parametrize("attempt", range(2))
def test_two_loads_of_the_same_pages_give_one_result(warehouse, make_page, attempt):
    """Should a collection and an import of the same posts ever overlap, both finish and every post is there once."""
    pages = [make_page(*[{"id": f"p{n}"} for n in range(page * 5, page * 5 + 30)], seen=page) for page in range(12)]

    def load(order):
        return [warehouse.land(page) for page in order]

    with ThreadPoolExecutor() as pool:
        tallies = [tally for done in pool.map(load, [pages, pages[::-1]]) for tally in done]
    assert sum(tally.new for tally in tallies) == warehouse.one("select count(*) from core.item") == 85
