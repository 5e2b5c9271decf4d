"""One post, several copies: the newest complete one wins, a poorer one erases nothing, what only one knows is kept."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.landing.test_landing_order import emptied

AMINA = {"account_id": "u1", "handle": "amina"}


def landed_each_way(warehouse, *pages, columns):
    """What a post looks like after its copies came in every order, one by one and together: always the same."""
    found = set()
    for order in itertools.permutations(pages):
        for batches in ([order], [[page] for page in order]):
            emptied(warehouse)
            for batch in batches:
                warehouse.land(*batch)
            found.add(str(warehouse.rows(f"select {columns} from core.item")))
            before = warehouse.dump()
            warehouse.land(*order)
            assert warehouse.dump() == before
    (only,) = found
    return only


def test_a_route_without_authors_erases_no_author(warehouse, make_page):
    """A hashtag route shows no author, the account's own route does: the post has one whichever was read last."""
    by_tag = make_page({"id": "p", "author": None}, seen=9)
    by_account = make_page({"id": "p", "author": AMINA}, seen=3, query="members")
    assert landed_each_way(warehouse, by_tag, by_account, columns="account_id, text") == "[('u1', 'Hello')]"
    assert warehouse.land(by_tag).unchanged == 1
    assert warehouse.one("select count(*) from core.item_version") == 1


def test_what_only_the_clerk_knows_is_kept(warehouse, make_page):
    """For whom, by what proof, which picture, by which clerk, and that it was deleted: beside the platform's words."""
    answered = make_page({"id": "p", "text": "platform"}, seen=2)
    by_hand = make_page(
        {
            "id": "p", "rank": 0, "text": "typed", "author": {"account_id": "hand:amina"}, "for": "F7", "clerk": "c1",
            "evidence": "shot.png", "hashes": ["h1"], "deleted": 5,
        },
        seen=9, source="hand:c1",
    )  # fmt: skip
    columns = "text, account_id, on_behalf_of, collected_by, evidence, media_hashes, deleted_at = '2027-02-01 05:00Z'"
    assert landed_each_way(warehouse, answered, by_hand, columns=columns) == (
        "[('platform', 'u1', 'F7', 'c1', 'shot.png', ['h1'], True)]"
    )
    assert warehouse.one("select source from core.item") == "one.example"


def test_a_clerk_tells_who_it_was_where_the_platform_does_not(warehouse, make_page):
    """An author whom a clerk wrote down fills the gap, and gives way to the platform's own."""
    by_tag = make_page({"id": "p", "author": None}, seen=2)
    by_hand = make_page({"id": "p", "rank": 0, "author": {"account_id": "hand:amina"}}, seen=9, source="hand:c1")
    assert landed_each_way(warehouse, by_tag, by_hand, columns="account_id") == "[('hand:amina',)]"
    by_account = make_page({"id": "p", "author": AMINA}, seen=3, query="members")
    assert landed_each_way(warehouse, by_tag, by_hand, by_account, columns="account_id") == "[('u1',)]"


def test_a_partial_record_erases_nothing(warehouse, make_page):
    """A browser's record without time and author, seen later, leaves both; its own picture's hash is added."""
    whole = make_page({"id": "p", "text": "words", "hashes": ["h1"]}, seen=2)
    partial = make_page({"id": "p", "text": None, "created": None, "author": None, "hashes": ["h2"]}, seen=8)
    columns = "account_id, text, created_at is not null, media_hashes"
    assert landed_each_way(warehouse, whole, partial, columns=columns) == "[('u1', 'words', True, ['h1', 'h2'])]"


def test_tags_that_only_one_route_marks_are_kept(warehouse, make_page):
    """Of equal words the marks of all routes count: a tag in a comment is known to the hashtag route alone."""
    by_tag = make_page({"id": "p", "author": None, "tags": ["itp28", "found"]}, seen=2)
    by_account = make_page({"id": "p", "tags": ["itp28", "day3"]}, seen=3, query="members")
    found = landed_each_way(warehouse, by_tag, by_account, columns="tagged, hashtags, account_id")
    assert found == "[(True, ['itp28', 'day3', 'found'], 'u1')]"
    warehouse.land(make_page({"id": "p", "author": None, "tags": ["itp28"]}, {"id": "q"}, seen=4))
    assert warehouse.one("select hashtags from core.item where post_id = 'p'") == ["itp28", "day3"]


def test_a_newer_version_may_take_away(warehouse, make_page):
    """What an edit took out is not filled from an older version: neither its tags nor its words."""
    warehouse.land(make_page({"id": "p", "text": "with #itp28"}, seen=1, source="home.example"))
    warehouse.land(make_page({"id": "p", "text": "with #itp28", "author": None}, seen=1, source="a.example"))
    warehouse.land(make_page({"id": "p", "text": None, "tags": [], "edited": 2}, seen=3, source="home.example"))
    assert warehouse.rows("select text, hashtags, tagged from core.item") == [(None, [], False)]


def test_an_edit_without_a_time_takes_tags_away(warehouse, make_page):
    """A caption that loses its tag where no edits are told loses it here, and has it back when it is back."""
    for seen, (words, tags) in enumerate([("a #itp28", ["itp28"]), ("a", []), ("a #itp28", ["itp28"]), ("a", [])]):
        assert warehouse.land(make_page({"id": "p", "text": words, "tags": tags}, seen=seen)).unchanged == 0
        assert warehouse.rows("select text, tagged from core.item") == [(words, bool(tags))]


def test_one_copy_costs_no_copies(warehouse, make_page):
    """A post that one source showed in one way, edited or not, has its row and nothing beside it."""
    for seen in range(3):
        warehouse.land(make_page({"id": "p", "text": f"v{seen}", "edited": seen}, {"id": "q"}, seen=seen))
    assert warehouse.rows("select * from core.item_copy") == []


def test_copies_have_the_columns_of_items(warehouse):
    """A column that an item gets, its copies get too, in the same place: they are copied as whole rows."""
    columns = "select column_name, data_type from information_schema.columns where table_schema = 'core'"
    item, copy = (
        warehouse.rows(f"{columns} and table_name = '{table}' order by ordinal_position")
        for table in ("item", "item_copy")
    )
    assert item == copy


SIGHTS = st.lists(
    st.fixed_dictionaries(
        {"source": st.sampled_from([("home.example", 2), ("a.example", 1), ("hand:c1", 0)])},
        optional={
            "author": st.none(), "created": st.none(), "text": st.none(), "for": st.just("F7"),
            "evidence": st.just("shot"), "hashes": st.just(["h1"]), "url": st.just("https://one.example/p"),
            "deleted": st.just(5),
        },
    ),
    min_size=2, max_size=4,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sights=SIGHTS)
def test_nothing_that_any_copy_knows_is_lost(warehouse, make_page, sights):
    """Whatever partial copies come in whatever order: what one of them knows, the post knows."""
    emptied(warehouse)
    for seen, sight in enumerate(sights):
        told = {name: value for name, value in sight.items() if name != "source"}
        source, rank = sight["source"]
        warehouse.land(make_page({"id": "p", "rank": rank, **told}, seen=seen, source=source))
    ((account, created, words, behalf, evidence, hashes, url),) = warehouse.rows(
        "select account_id, created_at, text, on_behalf_of, evidence, media_hashes, url from core.item"
    )
    assert (account is not None) == any("author" not in sight for sight in sights)
    assert (created is not None) == any("created" not in sight for sight in sights)
    assert (words is not None) == any("text" not in sight for sight in sights)
    for value, name in ((behalf, "for"), (evidence, "evidence"), (hashes, "hashes"), (url, "url")):
        assert bool(value) == any(name in sight for sight in sights)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_counts_stay_with_their_source(warehouse, make_page, order):
    """Snapshots are per source: a partial copy without counts adds none and hides none."""
    pages = [
        make_page({"id": "p", "counts": {"likes": 3}}, seen=1),
        make_page({"id": "p", "author": None}, seen=2),
        make_page({"id": "p", "rank": 0, "counts": {"likes": 2}}, seen=3, source="hand:c1"),
    ]
    for number in order:
        warehouse.land(pages[number])
    assert warehouse.rows("select source, likes from core.metric_snapshot order by 1") == [
        ("hand:c1", 2),
        ("one.example", 3),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_permanent_id_is_believed_before_a_name(warehouse, make_page, order):
    """Where one route tells the author's name only and another the id, the post is the id's, in whatever order."""
    accounts = [("hand:ana", 3), ("u7", 2)]
    sights = [make_page({"id": "p", "author": {"account_id": account}}, seen=seen) for account, seen in accounts]
    for number in order:
        warehouse.land(sights[number])
    assert warehouse.rows("select account_id from core.item") == [("u7",)]
