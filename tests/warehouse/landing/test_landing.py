"""What a landed page leaves in the warehouse."""

import json
import random
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from warehouse import landing, ledger
from warehouse.errors import TallyMismatch


def items(count, **told):
    return [{"id": f"p{number}", **told} for number in range(count)]


def test_one_bad_item_costs_one_item(warehouse, make_page):
    """Of 100 items with one that cannot be read, 99 land and one is in quarantine with its reason and its bytes."""
    broken = {"text": "who wrote this?"}
    tally = warehouse.land(make_page(*items(60), broken, *[{"id": f"q{n}"} for n in range(39)]))
    assert (tally.fetched, tally.new, tally.quarantined) == (100, 99, 1)
    assert warehouse.one("select count(*) from core.item") == 99
    ((reason, body),) = warehouse.rows("select reason, body from raw.quarantine")
    assert reason == "no_id"
    assert json.loads(bytes(body)) == broken


def test_a_page_that_cannot_be_cut_is_kept_whole(warehouse, make_page):
    """An answer that is no page is one quarantined item with all its bytes."""
    html = b"<html>Log in</html>"
    assert warehouse.land(replace(make_page(), body=html)).quarantined == 1
    ((reason, body),) = warehouse.rows("select reason, body from raw.quarantine")
    assert (reason, bytes(body)) == ("not_a_page", html)


def test_hostile_text_is_stored_by_a_rule_and_flagged(warehouse, make_page):
    """NUL and lone surrogates become U+FFFD with a flag; 10 MB, tabs, backslashes and every other character stay."""
    odd = "tab\t line\n\\N \\. 'quoted' \"{a,b}\" \u202e\u200d é ☃ 𝕏 \x01\x7f"
    long = "x" * 10_000_000
    warehouse.land(
        make_page(
            {"id": "nul", "text": "a\x00b"},
            {"id": "half", "text": "a\ud83db", "tags": ["itp28", "\udc00"]},
            {"id": "odd", "text": odd, "tags": ["itp28", 'a"b', "c\\d", "e,f", "{}", "NULL", ""]},
            {"id": "long", "text": long},
            {"id": "name", "author": {"account_id": "u9", "display_name": "A\x00"}},
        )
    )
    found = {row[0]: row[1:] for row in warehouse.rows("select post_id, text, flags, hashtags from core.item")}
    assert found["nul"][:2] == ("a\ufffdb", ["nul_replaced"])
    assert found["half"] == ("a\ufffdb", ["surrogate_replaced"], ["itp28", "\ufffd"])
    assert found["odd"] == (odd, [], ["itp28", 'a"b', "c\\d", "e,f", "{}", "NULL", ""])
    assert found["long"][0] == long
    assert found["name"][1] == ["nul_replaced"]
    assert warehouse.one("select display_name from core.account where account_id = 'u9'") == "A\ufffd"


def test_a_number_that_no_column_holds_costs_the_number(warehouse, make_page):
    """A count beyond bigint, or below zero, becomes unknown with a flag; the post stays."""
    warehouse.land(make_page({"id": "p", "counts": {"likes": 2**63, "replies": -1, "views": 2**63 - 1}}))
    assert warehouse.rows("select likes, replies, views from core.metric_snapshot") == [(None, None, 2**63 - 1)]
    assert warehouse.one("select flags from core.item") == ["count_out_of_range"]


def test_an_id_that_no_index_holds_costs_its_item(warehouse, make_page):
    """An id of several kilobytes is quarantined; its neighbours land."""
    tally = warehouse.land(make_page({"id": "é" * 5000}, {"id": "p"}))
    assert (tally.new, tally.quarantined) == (1, 1)
    assert warehouse.one("select reason from raw.quarantine") == "id_too_long"


def test_unknown_counts_are_not_zero(warehouse, make_page):
    """No snapshot without any count; a count that vanishes is NULL in the next snapshot, and 0 is a count."""
    warehouse.land(make_page({"id": "p"}, seen=1))
    assert warehouse.rows("select * from core.metric_snapshot") == []
    warehouse.land(make_page({"id": "p", "counts": {"likes": 0}}, seen=2))
    warehouse.land(make_page({"id": "p", "counts": {"likes": 7, "replies": 1}}, seen=3))
    warehouse.land(make_page({"id": "p", "counts": {"replies": 1}}, seen=4))
    warehouse.land(make_page({"id": "p"}, seen=5))
    snapshots = warehouse.rows("select likes, replies from core.metric_snapshot order by observed_at")
    assert snapshots == [(0, None), (7, 1), (None, 1)]


def test_counts_are_appended_only_when_they_differ(warehouse, make_page, hour):
    """Counts that go 5, 5, 9, 5 are three snapshots, and the item itself stays unchanged."""
    for seen, likes in enumerate((5, 5, 9, 5)):
        tally = warehouse.land(make_page({"id": "p", "counts": {"likes": likes}}, seen=seen))
    assert (tally.updated, tally.unchanged) == (0, 1)
    snapshots = warehouse.rows("select likes, observed_at from core.metric_snapshot order by observed_at")
    assert snapshots == [(5, hour(0)), (9, hour(2)), (5, hour(3))]


def test_an_edit_is_the_same_post_and_its_history_stays(warehouse, make_page):
    """A to B and back to A, each with its time of edit: one item that says A, and three versions."""
    warehouse.land(make_page({"id": "p", "text": "A"}, seen=1))
    assert warehouse.land(make_page({"id": "p", "text": "B", "edited": 2}, seen=2)).updated == 1
    assert warehouse.land(make_page({"id": "p", "text": "A", "edited": 3}, seen=3)).updated == 1
    assert warehouse.rows("select text from core.item") == [("A",)]
    assert warehouse.rows("select text from core.item_version order by version_at") == [("A",), ("B",), ("A",)]
    assert warehouse.one("select count(*) from raw.item") == 3


def test_a_change_without_a_time_of_edit_is_seen_too(warehouse, make_page):
    """A, B, A of one source without times of edit ends as A: the latest sight holds."""
    for seen, told in enumerate("ABA"):
        assert warehouse.land(make_page({"id": "p", "text": told}, seen=seen)).unchanged == 0
    assert warehouse.rows("select text from core.item") == [("A",)]
    assert warehouse.one("select count(*) from core.item_version") == 2


def test_deleted_and_back_again(warehouse, make_page):
    """A post that was deleted and comes back is there once, and not deleted."""
    for seen, told in enumerate(({}, {"deleted": 1}, {})):
        warehouse.land(make_page({"id": "p", **told}, seen=seen))
    assert warehouse.rows("select deleted_at from core.item") == [(None,)]


def test_an_older_version_met_late_is_history_only(warehouse, make_page):
    """An X post's first edit id, met after its newest one, joins the versions and leaves the item alone."""
    warehouse.land(make_page({"id": "p", "text": "new", "edited": 3, "version": "v2"}, seen=4))
    assert warehouse.land(make_page({"id": "p", "text": "old", "version": "v1"}, seen=5)).unchanged == 1
    assert warehouse.rows("select text from core.item") == [("new",)]
    assert warehouse.rows("select version_id from core.item_version order by 1") == [("v1",), ("v2",)]


def test_the_home_copy_wins(warehouse, make_page):
    """Another server's copy of the same version changes nothing once the author's own server was seen."""
    warehouse.land(make_page({"id": "p", "text": "copy", "rank": 1}, seen=1, source="other.example"))
    warehouse.land(make_page({"id": "p", "text": "home", "rank": 2}, seen=2, source="home.example"))
    tally = warehouse.land(make_page({"id": "p", "text": "copy 2", "rank": 1}, seen=3, source="other.example"))
    assert tally.unchanged == 1
    assert warehouse.rows("select text, source, source_rank from core.item") == [("home", "home.example", 2)]


@pytest.mark.parametrize("typed", [-2, 0.5, 3])
def test_what_a_clerk_typed_never_outdoes_the_platform(warehouse, make_page, typed):
    """A time that a clerk typed (a date alone means noon) makes no version, in whatever order the two come."""
    seen_by_hand = make_page({"id": "p", "text": "typed", "rank": 0, "created": typed}, seen=9, source="hand:c1")
    answered = make_page({"id": "p", "text": "original"}, seen=2)
    for first, second in ((seen_by_hand, answered), (answered, seen_by_hand)):
        warehouse.land(first)
        warehouse.land(second)
        assert warehouse.rows("select text, source_rank from core.item") == [("original", 1)]
        with warehouse.engine.begin() as connection:
            connection.execute(text("delete from core.item"))
    warehouse.land(seen_by_hand, answered)
    assert warehouse.rows("select text, source_rank from core.item") == [("original", 1)]


def test_a_clerk_who_corrects_a_time_is_believed(warehouse, make_page):
    """Of what one clerk wrote the newest holds, also where it moves the post to an earlier time."""
    warehouse.land(make_page({"id": "p", "rank": 0, "created": 20}, seen=30, source="hand:c1"))
    tally = warehouse.land(make_page({"id": "p", "rank": 0, "created": 8}, seen=31, source="hand:c1"))
    assert tally.updated == 1
    assert warehouse.one("select extract(hour from created_at at time zone 'UTC') from core.item") == 8


def test_a_name_longer_than_any_index_costs_one_item(warehouse, make_page):
    """Where columns have slipped, a whole text can stand where the source's name belongs."""
    long = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))
    tally = warehouse.land(make_page({"id": "p"}), make_page({"id": "q"}, {"no": "id"}, source=f"hand:{long}"))
    assert (tally.new, tally.quarantined) == (1, 2)


def test_servers_that_disagree_do_not_take_turns(warehouse, make_page):
    """Two servers with slightly different copies of one version: reading both again and again changes no row."""

    def read(seen):
        warehouse.land(make_page({"id": "p", "text": "B"}, seen=seen, source="b.example"))
        warehouse.land(make_page({"id": "p", "text": "A"}, seen=seen + 0.1, source="a.example"))

    read(1)
    before = warehouse.dump()
    read(2)
    assert warehouse.dump() == before


def test_the_same_page_again_changes_no_row(warehouse, make_page):
    """Landing the same pages twice writes nothing: every row is the same, in the same place, by the same writer."""
    pages = [
        make_page(*items(50, counts={"likes": 3}), {"no": "id"}, {"id": "f", "public": False}, seen=1),
        make_page({"id": "p1", "text": "edited", "edited": 2, "counts": {"likes": 4}}, {"id": "p2"}, seen=2),
        make_page({"id": "p1", "text": "edited", "edited": 2, "counts": {"likes": 3}}, seen=3),
        make_page({"id": "p2", "author": {"account_id": "u1", "handle": "amina2"}}, seen=4, source="two.example"),
    ]
    for page in pages:
        warehouse.land(page)
    before = warehouse.dump()
    for page in pages:
        tally = warehouse.land(page)
        assert (tally.new, tally.updated) == (0, 0)
    warehouse.land(*pages)
    assert warehouse.dump() == before


def test_reading_again_later_with_nothing_new_changes_no_row(warehouse, make_page):
    """The same answer at a later time writes nothing."""
    told = items(50, counts={"likes": 3})
    warehouse.land(make_page(*told, seen=1))
    before = warehouse.dump()
    assert warehouse.land(make_page(*told, seen=30)).unchanged == 50
    assert warehouse.dump() == before


def test_one_new_item_rewrites_no_neighbour(warehouse, make_page):
    """A page with one more item adds that item's rows and touches no other."""
    warehouse.land(make_page(*items(50), seen=1))
    before = warehouse.dump()
    tally = warehouse.land(make_page(*items(51), seen=2))
    assert (tally.new, tally.unchanged) == (1, 50)
    after = warehouse.dump()
    assert {table: len(set(after[table]) - set(before[table])) for table in after} == {
        **dict.fromkeys(after, 0),
        "raw.page": 1,
        "raw.item": 1,
        "core.item": 1,
        "core.item_version": 1,
    }
    assert all(set(before[table]) <= set(after[table]) for table in before)


def test_the_same_post_twice_in_a_page_is_one(warehouse, make_page):
    """Of two copies in one page the later is taken, and the other counted as a duplicate."""
    tally = warehouse.land(make_page({"id": "p", "text": "first"}, {"id": "p", "text": "second"}))
    assert (tally.fetched, tally.new, tally.duplicate) == (2, 1, 1)
    assert warehouse.rows("select text from core.item") == [("second",)]


def test_the_same_post_on_two_pages_of_a_batch_is_one(warehouse, make_page):
    """A post on two pages of one batch is new once and unchanged once."""
    tally = warehouse.land(make_page({"id": "p"}, seen=1), make_page({"id": "p"}, {"id": "q"}, seen=1, query="r"))
    assert (tally.fetched, tally.new, tally.unchanged) == (3, 2, 1)


def test_posts_without_the_hashtag_stay_out_unless_known(warehouse, make_page):
    """An untagged post is out of scope; one that lost its hashtag by an edit is updated and no longer tagged."""
    warehouse.land(make_page({"id": "p"}, seen=1))
    tally = warehouse.land(make_page({"id": "p", "tags": [], "edited": 2}, {"id": "q", "tags": ["itp280"]}, seen=2))
    assert (tally.updated, tally.out_of_scope) == (1, 1)
    assert warehouse.rows("select post_id, tagged from core.item") == [("p", False)]
    assert warehouse.one("select count(*) from raw.item where key = 'q'") == 0


def test_a_declared_file_belongs_whatever_its_tags_say(warehouse, make_page):
    """With tags None everything lands as tagged, and a later read without the tag does not take that back."""
    warehouse.tags = None
    warehouse.land(make_page({"id": "p", "tags": []}, seen=1))
    warehouse.tags = frozenset({"itp28"})
    warehouse.land(make_page({"id": "p", "tags": []}, seen=2, source="two.example"))
    assert warehouse.rows("select tagged from core.item") == [(True,)]


def test_accounts_follow_their_renames(warehouse, make_page, hour):
    """The account is what it was last called, and every handle keeps the time from which it was seen."""
    for seen, handle in ((1, "amina"), (2, "amina"), (3, "amina_k"), (5, "amina")):
        warehouse.land(make_page({"id": "p", "author": {"account_id": "u1", "handle": handle}}, seen=seen))
    warehouse.land(make_page({"id": "p", "author": {"account_id": "u1", "handle": "earlier"}}, seen=0.5))
    assert warehouse.one("select handle from core.account") == "amina"
    handles = warehouse.rows("select handle, seen_from from core.account_handle order by seen_from")
    assert handles == [
        ("earlier", hour(0.5)),
        ("amina", hour(1)),
        ("amina_k", hour(3)),
        ("amina", hour(5)),
    ]


def test_what_an_answer_does_not_tell_of_an_account_stays_known(warehouse, make_page):
    """A bare reference to an account does not erase its name; a post without an author has none."""
    known = {"account_id": "u1", "handle": "amina", "display_name": "Amina K", "is_bot": False}
    warehouse.land(make_page({"id": "p", "author": known}, seen=1))
    warehouse.land(make_page({"id": "q", "author": {"account_id": "u1"}}, {"id": "r", "author": None}, seen=2))
    assert warehouse.rows("select handle, display_name, is_bot from core.account") == [("amina", "Amina K", False)]
    assert warehouse.rows("select account_id from core.item where post_id = 'r'") == [(None,)]


def test_a_post_without_any_time_is_kept(warehouse, make_page, hour):
    """Without a readable time the version dates from its observation, and reading it again changes no row."""
    warehouse.land(make_page({"id": "p", "created": None}, seen=1))
    before = warehouse.dump()
    warehouse.land(make_page({"id": "p", "created": None}, seen=2))
    assert warehouse.dump() == before
    assert warehouse.rows("select created_at, version_at from core.item") == [(None, hour(1))]


def test_two_campaigns_keep_their_own_items(warehouse, make_page):
    """The same post in two campaigns is an item of each."""
    warehouse.land(make_page({"id": "p"}))
    warehouse.campaign = "other"
    assert warehouse.land(make_page({"id": "p"})).new == 1


def test_the_tally_adds_up_over_batches(warehouse, make_page):
    """The run's tally is the sum of its batches, in the batches' own transactions."""
    warehouse.land(make_page({"id": "p"}, {"id": "p"}, {"no": "id"}, seen=1))
    warehouse.land(make_page({"id": "p"}, {"id": "q", "tags": []}, seen=2))
    columns = "fetched, new, updated, unchanged, duplicate, out_of_scope, suppressed, not_public, quarantined"
    assert warehouse.rows(f"select {columns} from core.run_platform") == [(5, 1, 0, 1, 1, 1, 0, 0, 1)]


def test_the_database_refuses_a_tally_that_does_not_add_up(warehouse, make_page):
    """An item more in `fetched` than in its parts violates the table's own rule."""
    warehouse.land(make_page({"id": "p"}))
    with pytest.raises(IntegrityError, match="every_item_is_accounted_for"), warehouse.engine.begin() as connection:
        connection.execute(text("update core.run_platform set fetched = fetched + 1"))


def test_an_item_lost_on_the_way_stops_the_batch(warehouse, make_page):
    """If a row does not arrive in the table, landing raises and the batch leaves nothing."""
    with warehouse.engine.begin() as connection:
        connection.execute(
            text(
                "create function lose() returns trigger language plpgsql as $$ begin return null; end $$;"
                "create trigger losing before insert on core.item"
                " for each row when (new.post_id = 'p3') execute function lose()"
            )
        )
    with pytest.raises(TallyMismatch, match="10 items were fetched from toy, but 9"):
        warehouse.land(make_page(*items(10)))
    assert all(rows == [] for rows in warehouse.dump().values())


def test_a_batch_that_fails_leaves_nothing(warehouse, make_page):
    """After an error in the caller's transaction no table holds a row of the batch, and the next batch is whole."""

    def work(connection):
        landing.land(connection, warehouse.run_id, "itp28", [warehouse.sift(make_page(*items(10)))])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger.retrying(warehouse.engine, work)
    assert all(rows == [] for rows in warehouse.dump().values())
    assert warehouse.rows("select * from core.run_platform") == []
    assert warehouse.land(make_page({"id": "p"})).new == 1


def test_two_batches_in_one_transaction_stay_apart(warehouse, make_page):
    """A second call in the same transaction counts only its own items."""
    with warehouse.engine.begin() as connection:
        first = landing.land(connection, warehouse.run_id, "itp28", [warehouse.sift(make_page(*items(3)))])
        second = landing.land(connection, warehouse.run_id, "itp28", [warehouse.sift(make_page(*items(4), seen=2))])
    assert (first.fetched, first.new) == (3, 3)
    assert (second.fetched, second.new, second.unchanged) == (4, 1, 3)


def test_a_batch_dates_a_post_like_its_pages_one_by_one(warehouse, make_page, hour):
    """Seen at 1 and again at 3 in one batch, a post's values are held since 1."""
    warehouse.land(make_page({"id": "p"}, seen=1), make_page({"id": "p"}, seen=3))
    assert warehouse.rows("select observed_at, first_seen_at from core.item") == [(hour(1), hour(1))]
