"""The order and the batches in which observations arrive do not matter.

What is compared are items, accounts, handles, counts and the sieve's hashes. Outside it by nature: `item.observed_at`
(when we came to hold these values), and the raw items and versions that another order meets or does not meet.
A source that shows A, then B, then A without a time of edit has to be read in the order of time, which is how it is
read; here each source's changes carry their times, as the platforms' do, or are not taken back.
"""

import random

import pytest
from sqlalchemy import text

ITEM = (
    "campaign, platform, post_id, source, source_rank, account_id, text, created_at, edited_at, version_id, version_at,"
    " hashtags, tagged, media_hashes, on_behalf_of, evidence, collected_by, deleted_at, flags, content_hash, shown,"
    " first_seen_at"
)
COMPARED = {
    "core.item": ITEM,
    "core.account": "platform, account_id, handle, display_name, url, is_bot",
    "core.account_handle": "*",
    "core.metric_snapshot": "*",
    "core.sieved": "*",
}
SOURCES = (("home.example", 2), ("a.example", 1), ("b.example", 1), ("hand:c1", 0))
PARTIAL = (("author", None), ("created", None), ("text", None), ("hashes", ["h0", "h9"]))


def history(make_page, dice):
    """What three servers and a clerk saw of a few posts: edits, A to B and back, stale copies, renames, counts.

    Each sight may be partial: without its author, time or words, or with pictures' hashes. A clerk tells what no
    server knows.
    """
    pages = []
    renames = {f"u{number}": dice.choice([None, 10, 20]) for number in range(3)}
    edits = {f"p{number}": sorted(dice.sample(range(1, 30), dice.randint(0, 3))) for number in range(6)}
    for source, rank in SOURCES:
        delay = {post: dice.choice([0, 0, 5]) for post in edits}
        for seen in sorted(dice.sample(range(1, 40), 6)):
            told = []
            for number, (post, times) in enumerate(edits.items()):
                known = [edited for edited in times if edited <= seen - delay[post]]
                account = f"u{number % 3}"
                renamed = renames[account] is not None and seen >= renames[account]
                item = {
                    "id": post,
                    "rank": rank,
                    "text": "AB"[len(known) % 2] + ("" if rank == 2 else source),
                    "counts": {"likes": seen // 4, "replies": None if seen < 8 else seen // 8},
                    "author": {"account_id": account, "handle": account + ("_new" if renamed else "")},
                    "tags": ["itp28", "extra"],
                }
                if rank == 0:
                    item["created"] = 5 * number - 7  # typed: before and after what the servers say
                    item |= {"for": "F7", "clerk": "c1", "evidence": f"shot {number}", "hashes": [f"h{number}"]}
                    item |= {"deleted": 30} if number == 2 else {}
                lost = dice.sample(PARTIAL, dice.choice([0, 0, 1, 2]))
                item |= {name: value for name, value in lost if rank or name != "hashes"}
                told.append({**item, "edited": known[-1]} if known else item)
            shown = dice.sample(told, dice.randint(2, 6))
            pages.append(make_page(*shown, {"id": "secret", "public": False}, seen=seen, source=source))
    return pages


def batches(pages, dice):
    pages = list(pages)
    while pages:
        size = dice.choice([1, 1, 2, 5, 18])
        yield pages[:size]
        del pages[:size]


def seen(warehouse):
    return {table: warehouse.rows(f"select {what} from {table} t order by t::text") for table, what in COMPARED.items()}


def emptied(warehouse):
    with warehouse.engine.begin() as connection:
        connection.execute(
            text(
                "truncate raw.page, raw.item, raw.quarantine, core.asked_again, core.sieved, core.account,"
                " core.account_handle,"
                " core.item, core.item_copy, core.item_earlier, core.item_gone, core.item_version, core.media,"
                " core.metric_snapshot, core.item_days,"
                " core.run_platform"
            )
        )


@pytest.mark.parametrize("seed", [*range(3), *[pytest.param(seed, marks=pytest.mark.full) for seed in range(3, 40)]])
def test_order_and_batches_do_not_matter(warehouse, make_page, seed):
    """The same observations, shuffled, in any batches, some of them twice, give the same rows."""
    dice = random.Random(seed)
    pages = history(make_page, dice)
    for page in sorted(pages, key=lambda page: page.observed_at):
        warehouse.land(page)
    expected = seen(warehouse)
    for _ in range(3):
        emptied(warehouse)
        shuffled = dice.sample(pages, len(pages)) + dice.sample(pages, 5)
        dice.shuffle(shuffled)
        for batch in batches(shuffled, dice):
            warehouse.land(*batch)
        assert seen(warehouse) == expected
        before = warehouse.dump(tables=tuple(COMPARED))
        for batch in batches(dice.sample(pages, len(pages)), dice):
            warehouse.land(*batch)
        assert warehouse.dump(tables=tuple(COMPARED)) == before


def test_an_older_import_after_newer_reads_is_history(warehouse, make_page, hour):
    """A saved page of last week tells when a post was first seen and what it counted then; nothing newer changes."""
    warehouse.land(make_page({"id": "p", "text": "B", "edited": 5, "counts": {"likes": 9}}, seen=6))
    warehouse.land(make_page({"id": "p", "text": "A", "counts": {"likes": 2}}, seen=1))
    assert warehouse.rows("select text, first_seen_at from core.item") == [("B", hour(1))]
    assert warehouse.rows("select likes from core.metric_snapshot order by observed_at") == [(2,), (9,)]
    assert warehouse.rows("select text from core.item_version order by version_at") == [("A",), ("B",)]


def test_raw_items_never_shrink(warehouse, make_page):
    """The same bytes seen earlier are a row of their own: the archive is only ever appended to."""
    warehouse.land(make_page({"id": "p"}, seen=5))
    before = warehouse.dump(tables=("raw.item",))["raw.item"]
    warehouse.land(make_page({"id": "p"}, {"id": "q"}, seen=1))
    assert set(before) <= set(warehouse.dump(tables=("raw.item",))["raw.item"])
