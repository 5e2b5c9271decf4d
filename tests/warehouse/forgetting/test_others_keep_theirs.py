"""Whoever is erased takes nobody else along."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from tests.dbt.rows import LONG_AGO, insert, item, put_person
from tests.warehouse.forgetting.planting import ID, NAME, ON_BEHALF, OTHER_ID, OTHERS, POST, SECRET, WORDS, erase, rows
from warehouse.people.suppression import hash_key


def test_a_handle_that_somebody_bears_now_is_not_taken_from_them(planted: Engine) -> None:
    """A recycled handle: its new bearer's account and posts stay, and may come again."""
    with planted.begin() as connection:
        insert(connection, "core.account_handle",
               {"platform": "x", "account_id": OTHER_ID, "handle": "amina_old", "seen_from": "2026-02-01"})  # fmt: skip
    erase(planted)
    assert ("x", "amina_old") in rows(planted, "select platform, handle from core.account_handle")
    assert not rows(
        planted, f"select 1 from people.suppression where key_hash = '\\x{hash_key(SECRET, 'x', 'amina_old').hex()}'"
    )


def test_of_a_shared_account_only_the_persons_time_goes(planted: Engine) -> None:
    """The account is the other one's too, so it stays and is not suppressed."""
    with planted.begin() as connection:
        connection.execute(text(f"update people.account_owner set valid_to = '2026-02-10' where account_id = '{ID}'"))
        insert(connection, "people.account_owner", {
            "platform": "x", "account_id": ID, "person_id": "F2", "match_rule": "handle", "match_basis": "opt_in",
            "confidence": 1, "decided_by": "rule", "valid_from": "2026-02-10", "valid_to": "infinity",
            "known_from": LONG_AGO, "known_to": "infinity"})  # fmt: skip
        insert(connection, "core.item", item(NAME, "x", "1890000000000000777", ID, "2026-02-12T12:00Z"))
    erase(planted)
    assert rows(planted, "select post_id from core.item where platform = 'x' order by 1") == [
        (OTHERS,),
        ("1890000000000000777",),
    ]
    assert rows(planted, f"select 1 from core.account where account_id = '{ID}'")


def _decide(connection: Connection, subject: str, *verdicts: tuple[str, str | None]) -> None:
    for day, (verdict, person) in enumerate(verdicts, start=1):
        connection.execute(
            text(
                "insert into people.review_decision (campaign, queue, subject, evidence, verdict, person_id,"
                " decided_by, decided_at, known_from) values (:c, 'q', :s, 'e', :v, :p, 'Mira', :at, :at)"
            ),
            {"c": NAME, "s": subject, "v": verdict, "p": person, "at": datetime(2026, 3, day, tzinfo=UTC)},
        )


STRANGER, STRANGERS = "880012345678", "1890000000000000999"


@pytest.mark.parametrize(("word", "stays"), [("not_member", True), ("undo", False), ("defer", False)])
def test_what_was_taken_for_theirs_by_mistake_stays(planted: Engine, word: str, stays: bool) -> None:
    """A stranger whom a reviewer matched, and somebody put it right; while nobody says so, it is the person's."""
    with planted.begin() as connection:
        insert(connection, "core.account", {"platform": "x", "account_id": STRANGER, "handle": "zed",
                                            "observed_at": LONG_AGO})  # fmt: skip
        insert(connection, "core.item", item(NAME, "x", STRANGERS, STRANGER, "2026-02-12T12:00Z"))
        insert(connection, "marts.fct_items", {"platform": "x", "post_id": STRANGERS, "person_id": "F1"})
        insert(connection, "people.account_owner", {
            "platform": "x", "account_id": STRANGER, "person_id": "F1", "match_rule": "reviewer",
            "match_basis": "reviewer", "confidence": 1, "decided_by": "reviewer", "valid_from": "-infinity",
            "valid_to": "infinity", "known_from": LONG_AGO, "known_to": "2026-03-02"})  # fmt: skip
        _decide(connection, f"account:x:{STRANGER}", ("person", "F1"), (word, None))
    erase(planted)
    assert bool(rows(planted, f"select 1 from core.item where post_id = '{STRANGERS}'")) is stays
    listed = hash_key(SECRET, "x", STRANGER).hex()
    suppressed = rows(planted, f"select 1 from people.suppression where key_hash = '\\x{listed}'")
    assert bool(suppressed) is not stays


def test_a_stranger_whose_handle_is_the_persons_name_stays(planted: Engine) -> None:
    """Where a platform tells no id the handle stands for it, as a name does where a clerk wrote it."""
    with planted.begin() as connection:
        insert(connection, "core.account", {"platform": "instagram", "account_id": "hand:mina", "handle": "mina",
                                            "observed_at": LONG_AGO})  # fmt: skip
        insert(connection, "core.item", item(NAME, "instagram", STRANGERS, "hand:mina", "2026-02-12T12:00Z"))
    erase(planted)
    assert rows(planted, f"select 1 from core.item where post_id = '{STRANGERS}'")


def test_what_the_roster_gives_goes_whatever_a_reviewer_said(planted: Engine) -> None:
    """Better a careless word too few."""
    with planted.begin() as connection:
        _decide(connection, f"account:x:{ID}", ("not_member", None))
    erase(planted)
    assert not rows(planted, f"select 1 from core.item where post_id = '{POST}'")


def test_whoever_took_a_handle_that_was_given_up_stays(planted: Engine) -> None:
    """It was the person's until the roster says."""
    with planted.begin() as connection:
        insert(connection, "people.person_handle", {
            "person_id": "F1", "platform": "x", "handle": "given_up", "match_basis": "opt_in", "source": "roster",
            "valid_from": "-infinity", "valid_to": "2020-01-01", "known_from": LONG_AGO, "known_to": "infinity",
        })  # fmt: skip
        insert(connection, "core.account", {"platform": "x", "account_id": STRANGER, "handle": "given_up",
                                            "observed_at": LONG_AGO})  # fmt: skip
        insert(connection, "core.account_handle", {"platform": "x", "account_id": STRANGER, "handle": "given_up",
                                                   "seen_from": "2026-02-01"})  # fmt: skip
        insert(connection, "core.item", item(NAME, "x", STRANGERS, STRANGER, "2026-02-12T12:00Z"))
    erase(planted)
    assert rows(planted, f"select 1 from core.item where post_id = '{STRANGERS}'")


def test_a_name_that_two_people_bear_takes_nothing_from_the_other(planted: Engine) -> None:
    """A post on behalf of a name that is two people's stays, and the name is not suppressed."""
    with planted.begin() as connection:
        put_person(connection, "F3", {"role": "bm_staff"}, name="AMINA  sample")
    erase(planted)
    assert rows(planted, f"select 1 from core.item where post_id = '{ON_BEHALF}'")
    listed = hash_key(SECRET, "people", "person:amina sample").hex()
    assert not rows(planted, f"select 1 from people.suppression where key_hash = '\\x{listed}'")


def test_equal_words_of_somebody_else_stay(planted: Engine) -> None:
    """Two members may post the same sentence."""
    with planted.begin() as connection:
        insert(
            connection, "core.item", item(NAME, "x", "1890000000000000888", OTHER_ID, "2026-02-12T12:00Z", text=WORDS)
        )
    erase(planted)
    assert rows(planted, "select text from core.item where post_id = '1890000000000000888'") == [(WORDS,)]


def test_a_word_that_is_everybodys_is_no_trace(planted: Engine) -> None:
    """Somebody who is called like a country, or whose handle is a platform's name."""
    with planted.begin() as connection:
        connection.execute(text("update people.person_handle set handle = 'egypt' where person_id = 'F1'"))
        connection.execute(text("update people.person_country set label = 'Egypt' where person_id = 'F2'"))
        connection.execute(text("update people.person set name_aliases = '{Egypt,EGY}' where person_id = 'F1'"))
    erase(planted)
    assert rows(planted, "select label, iso3 from people.person_country") == [("Egypt", "EGY")]
    assert rows(planted, "select iso3, name_en from people.country_ref where iso3 = 'EGY'") == [("EGY", "Egypt")]
    assert rows(planted, "select distinct platform from core.item") == [("x",)]
