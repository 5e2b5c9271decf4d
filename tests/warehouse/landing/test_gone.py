"""Posts that we hold and that are there no more, or not for us."""

import pytest
from sqlalchemy import text

from connectors.records import Gone
from warehouse import landing

WORDS = {
    "text": "zebra", "url": "https://one.example/zebra", "tags": ["itp28", "zebra"], "evidence": "zebra.png",
    "hashes": ["zebra"], "counts": {"likes": 3},
}  # fmt: skip


def gone(warehouse, hour, *keys, at=5, loss="deleted"):
    lost = [Gone(key=key, loss=loss, observed_at=hour(at)) for key in keys]
    with warehouse.engine.begin() as connection:
        return landing.mark_gone(connection, warehouse.campaign, "toy", lost, warehouse.run_id)


def everything(warehouse):
    """All that is stored, raw bytes too, as one text."""
    rows = warehouse.dump("encode(convert_to(t::text, 'UTF8'), 'escape')")
    return str(rows) + str([bytes(body) for (body,) in warehouse.rows("select body from raw.item")])


def test_what_is_gone_leaves_its_content_behind(warehouse, make_page, hour):
    """No word, link, picture or tag of it is stored any more; id, author, times and counts are."""
    warehouse.land(make_page({"id": "p", **WORDS}, {"id": "q"}, seen=1))
    warehouse.land(make_page({"id": "p", **WORDS, "text": "zebra 2", "edited": 2}, seen=2))
    warehouse.land(make_page({"id": "p", **WORDS, "author": None}, seen=3, source="two.example"))
    assert "zebra" in everything(warehouse)
    assert gone(warehouse, hour, "p") == 1
    assert "zebra" not in everything(warehouse)
    assert warehouse.rows("select account_id, created_at, tagged from core.item where post_id = 'p'") == [
        ("u1", hour(0), True)
    ]
    assert warehouse.rows("select post_id, loss, observed_at from core.item_gone") == [("p", "deleted", hour(5))]
    assert warehouse.one("select count(*) from core.metric_snapshot where post_id = 'p'") == 2
    assert warehouse.one("select text from core.item where post_id = 'q'") == "Hello"
    assert warehouse.one("select count(*) from raw.item where key = 'q'") == 1


def test_only_what_we_hold_and_saw_before_is_gone(warehouse, make_page, hour):
    """What we do not hold, saw after its loss, or know to be gone is not gone anew; nor is another campaign's."""
    warehouse.land(make_page({"id": "p"}, {"id": "late"}, seen=1))
    warehouse.land(make_page({"id": "late", "counts": {"likes": 1}}, seen=6))
    assert gone(warehouse, hour, "p", "late", "unknown", "p") == 1
    before = warehouse.dump()
    assert gone(warehouse, hour, "p", at=7, loss="not_public") == 0
    assert gone(warehouse, hour) == 0
    warehouse.campaign = "other"
    assert gone(warehouse, hour, "late", at=9) == 0
    assert warehouse.dump() == before


def test_an_old_file_does_not_bring_it_back(warehouse, make_page, hour):
    """What was seen before the loss and comes in later changes nothing and leaves no byte; it is unchanged."""
    warehouse.land(make_page({"id": "p"}, seen=1))
    gone(warehouse, hour, "p")
    before = warehouse.dump(tables=("core.item", "core.item_gone", "core.item_version", "raw.item"))
    tally = warehouse.land(make_page({"id": "p", **WORDS}, {"id": "q"}, seen=4))
    assert (tally.new, tally.unchanged) == (1, 1)
    assert "zebra" not in everything(warehouse)
    after = warehouse.dump(tables=tuple(before))
    assert before["core.item_gone"] == after["core.item_gone"]
    assert set(before["core.item"]) <= set(after["core.item"])


@pytest.mark.parametrize("together", [False, True])
def test_what_is_seen_later_is_back(warehouse, make_page, hour, together):
    """The same words again after the loss make it a post again, from one source or several, as if it were new."""
    warehouse.land(make_page({"id": "p", **WORDS}, seen=1))
    gone(warehouse, hour, "p")
    again = [make_page({"id": "p", **WORDS}, seen=6)]
    if together:
        again.append(make_page({"id": "p", **WORDS, "text": "copy", "for": "F7"}, seen=7, source="a.example"))
    tally = warehouse.land(*again)
    assert (tally.new, tally.updated) == (0, 1)
    assert warehouse.rows("select text, url, source, first_seen_at from core.item") == [
        ("zebra", WORDS["url"], "one.example", hour(1))
    ]
    assert warehouse.one("select on_behalf_of from core.item") == ("F7" if together else None)
    assert warehouse.rows("select * from core.item_gone") == []
    assert warehouse.one("select count(*) from raw.item") == len(again)


def test_a_poorer_copy_does_not_bring_it_back(warehouse, make_page, hour):
    """A clerk's note and another server's leftover do not outdo the author's own server, which says it is gone."""
    warehouse.land(make_page({"id": "p", "rank": 2}, seen=1, source="home.example"))
    gone(warehouse, hour, "p")
    assert warehouse.land(make_page({"id": "p", "rank": 1}, seen=6)).unchanged == 1
    assert warehouse.land(make_page({"id": "p", "rank": 0}, seen=7, source="hand:c1")).unchanged == 1
    assert warehouse.one("select text from core.item") is None
    assert warehouse.land(make_page({"id": "p", "rank": 2}, seen=8, source="home.example")).updated == 1


def test_a_known_post_that_becomes_private_is_gone(warehouse, make_page):
    """It is counted as not public, leaves its content behind, and is not counted by the sieve as well."""
    warehouse.land(make_page({"id": "p", **WORDS}, seen=1))
    assert warehouse.land(make_page({"id": "p", "public": False, "text": "mine"}, seen=2)).not_public == 1
    assert "zebra" not in everything(warehouse)
    assert warehouse.rows("select loss from core.item_gone") == [("not_public",)]
    assert warehouse.rows("select * from core.sieved") == []
    before = warehouse.dump(tables=("core.item", "core.item_gone", "core.sieved"))
    assert warehouse.land(make_page({"id": "p", "public": False}, seen=3)).not_public == 1
    assert warehouse.dump(tables=tuple(before)) == before


@pytest.mark.parametrize(("private", "public"), [(2, 3), (3, 2)])
def test_private_and_public_in_one_batch(warehouse, make_page, private, public):
    """Of two sights in one batch the later one decides."""
    warehouse.land(make_page({"id": "p"}, seen=1))
    warehouse.land(
        make_page({"id": "p"}, seen=public), make_page({"id": "p", "public": False}, seen=private, query="r")
    )
    assert warehouse.one("select count(*) from core.item_gone") == (1 if private > public else 0)


def test_an_older_sight_of_a_private_post_does_not_take_the_newer_away(warehouse, make_page):
    """A post that is public now stays, although an older file says it was not."""
    warehouse.land(make_page({"id": "p"}, seen=5))
    warehouse.land(make_page({"id": "p", "public": False}, seen=2))
    assert warehouse.rows("select * from core.item_gone") == []


def test_whoever_opts_out_leaves_everywhere(warehouse, make_page):
    """A post met again after its author opted out goes with versions, counts, copies, raw bytes and account."""
    theirs = {"author": {"account_id": "u7", "handle": "nothanks"}, "accounts": ["u7", "nothanks"], **WORDS}
    warehouse.land(make_page({"id": "p", **theirs}, {"id": "r", **theirs}, {"id": "q"}, seen=1))
    warehouse.land(make_page({"id": "p", **theirs, "hashes": []}, seen=2, source="a.example"))
    warehouse.suppress("nothanks")
    tally = warehouse.land(make_page({"id": "p", **theirs}, seen=3))
    assert (tally.fetched, tally.suppressed) == (1, 1)
    assert warehouse.rows("select post_id from core.item order by 1") == [("q",), ("r",)]
    assert warehouse.rows("select reason from core.sieved") == [("opted_out",)]
    assert warehouse.one("select count(*) from core.account where account_id = 'u7'") == 1  # of the post not yet met
    assert warehouse.land(make_page({"id": "r", **theirs}, seen=4)).suppressed == 1
    assert all(word not in everything(warehouse) for word in ("zebra", "u7", "nothanks"))
    assert warehouse.one("select count(*) from core.sieved") == 2


def test_an_account_that_leaves_takes_its_acts_along(warehouse, make_page):
    """Interactions by or towards an account that opted out go with the last of its posts, however they name it."""
    theirs = {"author": {"account_id": "u7", "handle": "nothanks"}, "accounts": ["u7"]}
    warehouse.land(make_page({"id": "p", **theirs}, seen=1))
    with warehouse.engine.begin() as connection:
        for name, actor, target, handle, post in (
            ("by", "u7", "u1", None, None),
            ("to", "u1", "u7", None, None),
            ("to handle", "u1", None, "nothanks", None),
            ("to post", "u1", None, None, "p"),
            ("others", "u1", "u2", "nothanks", "q"),
            ("others by name", "u1", None, "amina", "q"),
        ):
            connection.execute(
                text(
                    "insert into core.interaction (campaign, platform, interaction_id, act, actor_account,"
                    " target_account, target_handle, target_post, source, first_observed_at, observed_at)"
                    " values ('itp28', 'toy', :name, 'reply', :actor, :target, :handle, :post, 's', now(), now())"
                ),
                {"name": name, "actor": actor, "target": target, "handle": handle, "post": post},
            )
    warehouse.suppress("u7")
    warehouse.land(make_page({"id": "p", **theirs}, seen=2))
    assert warehouse.rows("select interaction_id from core.interaction order by 1") == [
        ("others",),
        ("others by name",),
    ]
