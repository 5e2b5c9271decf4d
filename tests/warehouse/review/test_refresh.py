"""After each build: what is open, decided, closed by itself, or stale; since when; and nothing personal."""

from __future__ import annotations

from tests.warehouse.review.conftest import FIRST, LATER, NAME, OPEN, PAIR, Desk


def test_what_waits_is_kept_as_keys(desk: Desk) -> None:
    """No name, no text."""
    assert desk.refresh() == {subject: "open" for _, subject, *_ in OPEN}
    kept = str(desk.rows("select t::text from people.review_item as t"))
    assert "Ana" not in kept
    assert "morning" not in kept


def test_the_same_again_changes_no_row(desk: Desk) -> None:
    desk.refresh()
    rows = "select t::text, xmin::text from people.review_item as t order by 1"
    before = desk.rows(rows)
    desk.refresh(LATER)
    assert desk.rows(rows) == before


def test_states_follow_the_world_and_the_decisions(desk: Desk) -> None:
    """First seen stays; suggestions are not kept of what is closed."""
    desk.refresh()
    desk.export()
    desk.take(desk.fill("duplicate_doubtful", "separate"))
    desk.change(
        f"delete from build.int_reviews where subject in ('{PAIR}', 'post:instagram:whose')",
        "insert into build.stg_decisions select queue, subject, evidence from people.review_decision",
    )
    others = {"account:x:1234567890123456789": "open", "person:F1": "open"}
    assert desk.refresh(LATER) == {PAIR: "decided", "post:instagram:whose": "auto_closed"} | others
    assert desk.rows(
        f"select suggestion, first_seen_at, changed_at from people.review_item where subject = '{PAIR}'"
    ) == [(None, FIRST, LATER)]
    desk.change(
        "delete from build.stg_decisions",
        f"insert into build.int_reviews values ('duplicate_doubtful', '{PAIR}', 1, true, 'text 0.6', 'another text')",
    )
    assert desk.refresh(LATER)[PAIR] == "stale"
    desk.export()
    assert desk.read("duplicate_doubtful")[0]["suggestion"] == (
        "decided: separate, but it rested on what has changed; text 0.6"
    )


def test_another_campaign_is_left_alone(desk: Desk) -> None:
    desk.change(
        "insert into people.review_item"
        " select 'another', queue, subject, evidence, 1, true, null, 'open', null, now(), now() from build.int_reviews"
    )
    desk.change("delete from build.int_reviews")
    desk.refresh()
    assert desk.rows("select distinct campaign, state from people.review_item") == [("another", "open")]
    assert NAME != "another"
