"""What is kept out of the warehouse, and how it is counted."""

from tests.warehouse.landing.conftest import SECRET
from warehouse.people import suppression


def test_what_the_sieve_keeps_out_leaves_only_a_hash(warehouse, make_page):
    """Suppressed people's and non-public items are counted once each; no byte of them is in any table."""
    warehouse.suppress("NoThanks")
    given = make_page(
        {"id": "s1", "text": "zebra", "accounts": ["u7", "nothanks"], "author": {"account_id": "u7"}},
        {"text": "zebra broken", "accounts": ["nothanks"]},
        {"id": "f1", "text": "zebra", "public": False, "author": {"account_id": "u8"}},
        {"id": "p1"},
    )
    for _ in range(2):
        tally = warehouse.land(given)
        assert (tally.fetched, tally.suppressed, tally.not_public) == (4, 2, 1)
    assert warehouse.rows("select reason, count(*) from core.sieved group by 1 order by 1") == [
        ("not_public", 1),
        ("opted_out", 2),
    ]
    everything = str(warehouse.dump("encode(convert_to(t::text, 'UTF8'), 'escape')"))
    bodies = warehouse.rows("select body from raw.item union all select body from raw.quarantine")
    assert not any(word in everything for word in ("zebra", "u7", "u8", "s1"))
    assert all(b"zebra" not in bytes(body) for (body,) in bodies)


def test_what_is_kept_out_and_not_the_campaigns_is_out_of_scope(warehouse, make_page):
    """A site's search brings look-alikes: those of suppressed people are no items of the campaign."""
    warehouse.suppress("nothanks")
    given = make_page(
        {"id": "s1", "accounts": ["nothanks"]},
        {"id": "s2", "accounts": ["nothanks"], "tags": ["itp280"]},
        {"id": "f1", "public": False, "tags": []},
    )
    tally = warehouse.land(given)
    assert (tally.fetched, tally.suppressed, tally.not_public, tally.out_of_scope) == (3, 1, 0, 2)
    assert warehouse.one("select count(*) from core.sieved") == 1
    warehouse.tags = None
    assert warehouse.land(given).not_public == 1


def test_a_person_is_kept_out_by_name_on_every_platform(warehouse, make_page):
    """Clerks write down posts of any platform: whoever opted out by name or id did so everywhere."""
    warehouse.suppress("person:f7", platform="people")
    given = make_page({"id": "s1", "accounts": ["hand:f7", "person:F7"]}, platform="whatsapp")
    assert warehouse.land(given).suppressed == 1


def test_a_post_that_becomes_public_is_an_item(warehouse, make_page):
    """A post first kept out as non-public lands once it is public, and is no longer counted as kept out."""
    warehouse.land(make_page({"id": "p", "public": False}, seen=1))
    assert warehouse.land(make_page({"id": "p"}, seen=2)).new == 1
    assert warehouse.rows("select * from core.sieved") == []


def test_who_opted_out_stays_out_where_a_route_tells_no_author(warehouse, make_page):
    """A post kept out with its author does not come in by a list that shows it without: it is suppressed there too."""
    warehouse.suppress("nothanks")
    warehouse.land(make_page({"id": "p", "accounts": ["nothanks"]}, seen=1))
    tally = warehouse.land(make_page({"id": "p", "author": None}, {"id": "q", "author": None}, seen=2))
    assert (tally.fetched, tally.new, tally.suppressed) == (2, 1, 1)
    assert warehouse.rows("select post_id from core.item") == [("q",)]
    assert warehouse.one("select count(*) from core.sieved where reason = 'opted_out'") == 1
    assert warehouse.one("select count(*) from raw.item where key = 'p'") == 0


def test_who_is_recognised_by_a_handle_is_known_by_the_id_from_then_on(warehouse, make_page):
    """The roster gave a handle; where a page tells the id beside it, a page with the id alone is refused later."""
    warehouse.suppress("nothanks")
    assert warehouse.land(make_page({"id": "p", "accounts": ["u9"]}, seen=1)).new == 1
    warehouse.land(make_page({"id": "q", "accounts": ["u9", "nothanks"]}, seen=2))
    assert warehouse.land(make_page({"id": "r", "accounts": ["u9"]}, seen=3)).suppressed == 1
    assert warehouse.rows("select learnt_from is null from people.suppression order by 1") == [(False,), (True,)]


def test_nothing_is_learnt_of_people_from_what_clerks_write(warehouse, make_page):
    """A row names the poster and whom it was posted for: one who refused does not take the other along."""
    warehouse.suppress("person:f7", platform="people")
    warehouse.land(make_page({"id": "p", "accounts": ["hand:museum", "person:f7"]}, seen=1))
    assert warehouse.one("select count(*) from people.suppression") == 1


def test_what_was_learnt_is_lifted_with_what_it_was_learnt_from(warehouse, make_page):
    """Opting in by the handle frees the id too."""
    warehouse.suppress("nothanks")
    warehouse.land(make_page({"id": "q", "accounts": ["u9", "nothanks"]}, seen=2))
    warehouse.land(make_page({"id": "q", "accounts": ["u9", "another-name"]}, seen=3))
    assert warehouse.one("select count(*) from people.suppression") == 3
    with warehouse.engine.begin() as connection:
        suppression.opt_in(connection, SECRET, [("toy", "nothanks")])
    assert warehouse.one("select count(*) from people.suppression") == 0
