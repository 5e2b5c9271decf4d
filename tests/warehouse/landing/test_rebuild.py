"""Reading again what is held: the same parser changes nothing, a mended one what it must and no more."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import text

from connectors.records import Gone, Post
from tests.warehouse.landing import conftest as toy
from tests.warehouse.landing.test_landing_order import batches, history, seen
from warehouse import campaigns, landing, ledger, locks, rebuild, sieve

READ = ("core.sieved", "core.account", "core.account_handle", "core.item", "core.item_copy", "core.item_earlier",
        "core.item_gone", "core.item_version", "core.media", "core.metric_snapshot")  # fmt: skip


def again(warehouse, parse=toy.parse, order=iter, tag="itp28"):
    with warehouse.engine.begin() as connection:
        guard = sieve.load(connection, toy.SECRET)
    name, tags = warehouse.campaign, frozenset({tag})
    with locks.at_rest(warehouse.engine), warehouse.engine.begin() as connection:
        return rebuild.rebuild(connection, warehouse.run_id, name, guard, parse, tags, order=order)


def content(warehouse, tables=READ):
    """All rows; of accounts all but when they were seen last, which moves only when something else does."""
    rows = warehouse.dump("t::text", [table for table in tables if table != "core.account"])
    told = "platform, account_id, handle, display_name, url, is_bot, links, moved_to"
    return {**rows, "core.account": warehouse.rows(f"select {told} from core.account order by 1, 2")}


@pytest.mark.parametrize("seed", [*range(3), *[pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 30)]])
def test_the_same_parser_changes_nothing(warehouse, make_page, seed):
    """Edits, stale copies, renames, counts, clerks; and the archive is untouched.

    Which content was ever current (core.item_version) hangs on what came together in a batch; see test_landing_order.
    """
    dice = random.Random(seed)
    pages = sorted(history(make_page, dice), key=lambda page: page.observed_at)
    for batch in batches(pages, dice):
        warehouse.land(*batch)
    before, raw = seen(warehouse), warehouse.dump(tables=("raw.item", "raw.page", "raw.quarantine"))
    done = again(warehouse)
    assert done.tally.fetched == len(raw["raw.item"])
    assert done.kept == done.tally.quarantined == done.tally.out_of_scope == 0
    assert seen(warehouse) == before
    assert warehouse.dump(tables=("raw.item", "raw.page", "raw.quarantine")) == raw


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_and_however_often(warehouse, make_page, seed, monkeypatch):
    """Shuffled, some of it twice, in small batches: the same rows, but for when values were first held."""
    monkeypatch.setattr(rebuild, "BATCH", 7)
    dice = random.Random(seed)
    for page in sorted(history(make_page, dice), key=lambda page: page.observed_at):
        warehouse.land(page)
    before = seen(warehouse)

    def shuffled(sights):
        told = list(sights)
        told += dice.sample(told, 5)
        dice.shuffle(told)
        return iter(told)

    again(warehouse, order=shuffled)
    assert seen(warehouse) == before


def test_a_mended_parser_changes_what_it_must(warehouse, make_page, hour):
    """The words of every version and of every copy; not when it was seen, not what it counted, no other post."""
    post = {"id": "p", "rank": 2}
    warehouse.land(make_page({**post, "text": "a", "counts": {"likes": 1}}, {"id": "q", "text": "z"}, seen=1))
    warehouse.land(make_page({**post, "text": "b", "edited": 2, "counts": {"likes": 2}}, seen=3))
    warehouse.land(make_page({"id": "p", "text": "b, by ferry", "edited": 2}, seen=4, source="two.example"))
    other = "select t::text from core.item t where post_id = 'q'"
    unchanged, counts = warehouse.rows(other), content(warehouse, ("core.metric_snapshot", "core.account_handle"))

    def mended(item):
        post = toy.parse(item)
        assert isinstance(post, Post)
        return replace(post, text=(post.text or "").replace("a", "A").replace("b", "B"))

    done = again(warehouse, mended)
    assert (done.tally.fetched, done.tally.new) == (4, 2)
    assert warehouse.rows("select text, first_seen_at from core.item where post_id = 'p'") == [("B", hour(1))]
    assert warehouse.rows("select text from core.item_version where post_id = 'p' order by version_at") == [
        ("A",),
        ("B",),
    ]
    assert warehouse.rows("select text from core.item_copy order by source") == [("B",), ("B, By ferry",)]
    assert warehouse.rows(other) == unchanged
    assert content(warehouse, ("core.metric_snapshot", "core.account_handle")) == counts


def test_what_cannot_be_read_any_more_stays_as_it_was(warehouse, make_page):
    """A whole post is better than half of one; the sight is in quarantine until a parser reads it again."""
    warehouse.land(make_page({"id": "p", "text": "a", "rank": 2, "counts": {"likes": 1}}, {"id": "q"}, seen=1))
    warehouse.land(make_page({"id": "p", "text": "b", "rank": 2, "edited": 2, "author": {"account_id": "u7"}}, seen=3))
    warehouse.land(make_page({"id": "p", "text": "b", "edited": 2}, seen=3, source="two.example"))
    before = content(warehouse)

    def worse(item):
        return item.unreadable("odd", "It is odd.") if b"edited" in item.body else toy.parse(item)

    done = again(warehouse, worse)
    assert (done.kept, done.tally.quarantined, done.tally.new) == (1, 2, 2)
    assert content(warehouse) == before
    assert warehouse.one("select count(*) from raw.quarantine") == 2
    assert again(warehouse).kept == 0
    assert content(warehouse) == before
    assert warehouse.one("select count(*) from raw.quarantine") == 0


def test_a_post_that_reads_as_another_one_stays(warehouse, make_page):
    """A parser that names posts differently would double them."""
    warehouse.land(make_page({"id": "p"}, seen=1))
    before = content(warehouse)
    assert again(warehouse, lambda item: replace(toy.parse(item), post_id="other")).kept == 1
    assert content(warehouse) == before


def test_losses_stay_losses_and_pictures_stay_looked_at(warehouse, make_page, hour):
    """Of a gone post there are no bytes to read; a picture is not asked for again."""
    warehouse.land(make_page({"id": "gone"}, {"id": "p"}, seen=1))
    with warehouse.engine.begin() as connection:
        lost = [Gone(key="gone", loss="deleted", observed_at=hour(2))]
        landing.mark_gone(connection, warehouse.campaign, "toy", lost, warehouse.run_id)
        connection.execute(
            text(
                "insert into core.media (campaign, platform, post_id, name, state, phash, first_seen_at)"
                " values ('itp28', 'toy', 'p', '/a.jpg', 'hashed', '00ff', now())"
            )
        )
    before = content(warehouse)
    again(warehouse)
    assert content(warehouse) == before


def test_a_declared_post_stays_the_campaigns(warehouse, make_page):
    """It came in a file of which somebody said that it belongs to the campaign, whatever its hashtags say."""
    with warehouse.engine.begin() as connection:
        connection.execute(text("update core.run set verb = 'import'"))
    warehouse.tags = None
    warehouse.land(make_page({"id": "p", "tags": ["other"]}, seen=1))
    warehouse.tags = frozenset({"itp28"})
    warehouse.land(make_page({"id": "q"}, seen=1), make_page({"id": "q", "tags": [], "edited": 2}, seen=3))
    before = content(warehouse)
    again(warehouse)
    assert warehouse.rows("select post_id, tagged from core.item order by 1") == [("p", True), ("q", False)]
    assert content(warehouse) == before


def test_what_came_in_a_file_is_judged_by_other_hashtags_too(warehouse, make_page):
    """Only what was declared stays: not what an import, as everything else, took in for a hashtag of that time."""
    with warehouse.engine.begin() as connection:
        connection.execute(text("update core.run set verb = 'import'"))
    warehouse.land(make_page({"id": "p"}, {"id": "q", "tags": ["itp28", "itp29"]}, seen=1))
    warehouse.tags = None
    warehouse.land(make_page({"id": "declared", "tags": []}, seen=2))
    with warehouse.engine.begin() as connection:
        campaigns.sync(connection, replace(toy.campaign(), hashtags=("itp29",)))
    again(warehouse, tag="itp29")
    tagged = warehouse.rows("select post_id, tagged from core.item order by 1")
    assert tagged == [("declared", True), ("p", False), ("q", True)]


def test_who_opted_out_since_leaves(warehouse, make_page):
    """Known by the account of any of the sights; bytes, post and account go, a hash stays."""
    warehouse.land(make_page({"id": "p"}, {"id": "q", "author": {"account_id": "u2"}}, seen=1))
    warehouse.land(make_page({"id": "p", "author": None}, seen=2, source="two.example"))
    warehouse.suppress("u1")
    done = again(warehouse)
    assert (done.tally.suppressed, done.tally.new) == (1, 2)
    assert warehouse.rows("select key from raw.item") == [("q",)]
    assert warehouse.rows("select post_id from core.item") == [("q",)]
    assert warehouse.rows("select account_id from core.account") == [("u2",)]
    assert warehouse.one("select count(*) from core.sieved") == 1


def test_an_account_of_another_campaign_keeps_its_history(warehouse, make_page):
    """Accounts are everybody's: what another campaign saw of one is not this one's to take away."""
    warehouse.land(make_page({"id": "p", "author": {"account_id": "u1", "handle": "old"}}, seen=1))
    with warehouse.engine.begin() as connection:
        campaigns.sync(connection, toy.campaign("second"))
    run = ledger.begin(warehouse.engine, "second", "collect", lambda: toy.START)
    second = toy.Warehouse(warehouse.engine, run.run_id, "second")
    second.land(make_page({"id": "p", "author": {"account_id": "u1", "handle": "new"}}, seen=2))
    run.life.close()
    before = content(warehouse)
    again(warehouse)
    assert content(warehouse) == before
    assert warehouse.one("select count(*) from core.account_handle") == 2
