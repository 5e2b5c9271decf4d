"""What is held, batch by batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from connectors.records import Gone, RawItem
from warehouse import held as module
from warehouse import landing, ledger
from warehouse.held import Pace, held

START, DAY = datetime(2027, 2, 1, tzinfo=UTC), timedelta(days=1)
ITEM = """
insert into core.item (campaign, platform, post_id, source, source_rank, kind, version_at, hashtags,
  tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash, first_seen_at, observed_at)
values (:campaign, 'toy', :key, 's', 1, 'original', :now, '{}',
  true, '{}', '{}', '{}', '{}', 'public', '{}', '', :now, :now) on conflict do nothing
"""
PAGE = """
insert into raw.page (campaign, platform, query, url, status, observed_at, sha256, items, run_id)
values ('itp28', 'toy', 'q', '', 200, :now, :body, 1, gen_random_uuid()) returning page_id
"""
RAW = """
insert into raw.item (campaign, platform, source, key, observed_at, sha256, body, page_id)
values (:campaign, 'toy', :source, :key, :observed_at, '', :body, :page)
"""


@pytest.fixture
def put(engine: Engine):
    with engine.begin() as connection:
        page = connection.execute(text(PAGE), {"now": START, "body": b""}).scalar_one()

    def put(key: str, source: str = "a", seen: float = 1, campaign: str = "itp28") -> None:
        told = {
            "campaign": campaign, "key": key, "source": source, "now": START, "page": page,
            "observed_at": START + timedelta(hours=seen), "body": json.dumps([key, source, seen]).encode(),
        }  # fmt: skip
        with engine.begin() as connection:
            connection.execute(text(ITEM), told)
            connection.execute(text(RAW), told)

    return put


def read(engine: Engine, **asked) -> list[list[RawItem]]:
    with engine.begin() as connection:
        return list(held(connection, "itp28", "toy", **asked))


def test_the_newest_of_each_post_and_source(engine: Engine, put) -> None:
    """Of each post and source the newest bytes, and nothing of another campaign."""
    put("p", seen=3)
    put("p", seen=2)
    put("p", source="b", seen=1)
    put("q", campaign="other")
    (found,) = read(engine)
    assert [(item.key, item.source, json.loads(item.body)[2]) for item in found] == [("p", "a", 3), ("p", "b", 1)]
    assert found[0].observed_at == START + timedelta(hours=3)


def test_only_the_sources_asked_for(engine: Engine, put) -> None:
    """Sources are a filter; none asked for are none, and not all."""
    put("p")
    put("p", source="b")
    assert [item.source for item in read(engine, sources=["b"])[0]] == ["b"]
    assert read(engine, sources=[]) == []


def test_batches_hold_everything_once(engine: Engine, put, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven items in batches of three are all there once, also where a post's sources fall into two batches."""
    monkeypatch.setattr(module, "BATCH", 3)
    for key in ("p", "q", "r"):
        put(key)
        put(key, source="b")
    put("s", seen=9)
    batches = read(engine)
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert len({(item.key, item.source) for batch in batches for item in batch}) == 7


def test_what_is_gone_is_not_asked_for_again(engine: Engine, put) -> None:
    """A post that is gone is held no more."""
    put("p")
    put("q")
    run = ledger.begin(engine, "itp28", "refresh", lambda: START)
    lost = Gone(key="p", loss="deleted", observed_at=START + timedelta(hours=5))
    with engine.begin() as connection:
        assert landing.mark_gone(connection, "itp28", "toy", [lost], run.run_id) == 1
    run.life.close()
    assert [item.key for item in read(engine)[0]] == ["q"]


def test_whose_a_post_is_by_all_that_we_know(engine: Engine, put) -> None:
    """The id and handle of the author come along, whichever view of the post told them; none where nobody did."""
    put("known")
    put("unknown")
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into core.account (platform, account_id, handle, observed_at) values ('toy', '7', 'ana', now())"
            )
        )
        connection.execute(text("update core.item set account_id = '7' where post_id = 'known'"))
    [items] = read(engine)
    assert {item.key: item.accounts for item in items} == {"known": ("7", "ana"), "unknown": ()}


def due(engine: Engine, at: datetime, since: datetime | None = None) -> list[str]:
    """Whose turn it is with one pace for the first three days and another for the next week."""
    paces = [Pace(age=10 * DAY, every=3 * DAY), Pace(age=3 * DAY, every=DAY)]
    with engine.begin() as connection:
        ids = module.due(connection, "itp28", "toy", "a", paces, at, START + 20 * DAY, since)
        return [item.key for _, items in module.items(connection, "toy", ids) for item in items]


def asked(engine: Engine, at: datetime, *keys: str) -> None:
    rows = "select raw_item_id from raw.item where key = any(:keys) and source = 'a'"
    with engine.begin() as connection:
        ids = connection.execute(text(rows), {"keys": list(keys)}).scalars().all()
        module.mark_asked(connection, ids, at)


def test_the_pace_follows_the_age(engine: Engine, put) -> None:
    """Never asked: at once. Then daily for three days, every third day to the tenth, never, and once after the end."""
    put("p")
    put("elsewhere", source="b")
    turns = []
    for hour in range(1, 24 * 25):
        at = START + timedelta(hours=hour)
        if due(engine, at):
            asked(engine, at, "p")
            turns.append(hour // 24)
    assert turns == [0, 1, 2, 5, 8, 20]


def test_a_look_that_brought_something_new_counts_as_one(engine: Engine, put) -> None:
    """What came in changed is a new row; the post was asked for all the same."""
    put("p", seen=1)
    asked(engine, START + timedelta(hours=2), "p")
    put("p", seen=2)
    assert due(engine, START + timedelta(hours=5)) == []
    assert due(engine, START + timedelta(hours=26)) == ["p"]


def test_first_those_that_were_not_asked_for_longest(engine: Engine, put) -> None:
    """By when they were asked for, else seen; `since` leaves out what was made before."""
    for key, seen in (("new", 3.0), ("old", 1.0), ("asked", 1.0)):
        put(key, seen=seen)
    asked(engine, START + timedelta(hours=2), "asked")
    assert due(engine, START + timedelta(hours=30)) == ["old", "asked", "new"]
    assert due(engine, START + timedelta(hours=30), since=START + timedelta(seconds=1)) == []


def test_batches_of_what_is_due(engine: Engine, put, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with the ids that it answers for, also where a post left meanwhile."""
    monkeypatch.setattr(module, "BATCH", 2)
    for key in ("p", "q", "r"):
        put(key)
    with engine.begin() as connection:
        ids = module.due(connection, "itp28", "toy", "a", [Pace(age=DAY, every=DAY)], START, START + DAY)
        connection.execute(text("delete from raw.item where key = 'q'"))
        batches = list(module.items(connection, "toy", ids))
        assert [(len(batch), [item.key for item in items]) for batch, items in batches] == [(2, ["p"]), (1, ["r"])]
        module.mark_asked(connection, ids, START)
        assert connection.execute(text("select count(*) from core.asked_again")).scalar_one() == 2


def test_the_pace_at_which_posts_came(engine: Engine, put) -> None:
    """Posts an hour, over a day at least; None where there are none."""
    with engine.begin() as connection:
        assert module.posts_an_hour(connection, "itp28", "toy") is None
    for key in ("p", "q", "r"):
        put(key)
    with engine.begin() as connection:
        connection.execute(text("update core.item set created_at = first_seen_at"))
        assert module.posts_an_hour(connection, "itp28", "toy") == pytest.approx(3 / 24)
