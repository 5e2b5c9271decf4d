"""Somebody who is erased is in no table and comes back by no way."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.dbt.rows import insert
from tests.warehouse.forgetting.planting import (
    ID,
    NOW,
    ON_BEHALF,
    OTHER_ID,
    OTHERS,
    POST,
    SECRET,
    WORDS,
    erase,
    everything,
    rows,
)
from warehouse import forget, ledger
from warehouse.errors import AlreadyRunning, UnknownPerson
from warehouse.people import roster, roster_file, suppression
from warehouse.people.suppression import hash_key

NOBODYS = {
    "core.blog", "core.budget", "core.campaign", "core.coverage", "core.hidden_act", "core.import_file", "core.prompt",
    "core.quality_result", "core.query", "core.removal", "core.run", "core.run_platform", "core.sieved",
    "core.spending", "core.survey", "core.survey_answer", "core.survey_question", "core.watermark",
    "metrics.frozen_publication", "metrics.frozen_row", "metrics.publication", "people.erasure", "people.suppression",
    "public.rollcall_schema_version", "raw.page",
}  # fmt: skip
"""Tables in which nobody is, but as a hash. A new table has to hold the person of these tests, or to be named here."""


def test_every_table_has_held_the_person_and_none_does(planted: Engine) -> None:
    """A table that is new since is either planted by these tests, or named as one that can hold nobody."""
    before = everything(planted)
    receipt = erase(planted)
    after = everything(planted)
    untouched = {table for table in before if before[table] == after[table]}
    assert untouched == NOBODYS - {"core.sieved", "people.suppression", "people.erasure"}
    assert sum(receipt.rows.values()) > 25
    for word in ("F1", "amina", "Amina", ID, POST, ON_BEHALF, WORDS, "hand-post"):
        kept = {table: [row for row in its if word in row and "amina_kk" not in row] for table, its in after.items()}
        assert not any(kept.values()), word
    assert rows(planted, "select words from build.int_anything") == []


def test_what_a_reading_said_of_a_server_goes(planted: Engine) -> None:
    """The server may be theirs alone, and be called as they are."""
    said = "amina_kk.example: 1 of 1 members' accounts cannot be read"
    run = ledger.begin(planted, None, "collect", lambda: NOW)
    with planted.begin() as connection:
        ledger.set_platform(connection, run.run_id, "mastodon", "completed", to_mend=[said])
    run.finish("completed")
    erase(planted)
    assert rows(planted, "select to_mend from core.run_platform where platform = 'mastodon'") == [([],)]


def test_the_receipt_counts_and_names_nobody(planted: Engine) -> None:
    """It is kept, so that it can be shown that somebody was erased, and not who."""
    receipt = erase(planted)
    counted = {"core.item": 3, "people.person": 1, "core.interaction": 4, "raw.quarantine": 1, "raw.item": 1}
    assert {table: receipt.rows[table] for table in counted} == counted
    assert receipt.rows["people.review_item"] == receipt.rows["people.review_decision"] == 4
    assert receipt.rows["people.account_candidate"] == 2
    assert receipt.posts == 3
    [(stored,)] = rows(planted, "select receipt from people.erasure")
    assert stored == receipt.as_json()
    assert "build.int_anything" not in receipt.rows


def test_what_others_said_stays_without_the_name(planted: Engine) -> None:
    """Their posts, words and numbers stay theirs; a longer handle is somebody else's; JSON stays readable."""
    erase(planted)
    [post] = rows(planted, "select text, mentions, reply_to_id, reply_to_account from core.item")
    assert post == ("With @forgotten and forgotten, not @amina_kk", ["carla"], None, None)
    [(body,)] = rows(planted, "select body from raw.item")
    told = b'{"in_reply_to_user_id": "0", "text": "With @forgotten! Ben \\u00e9 of @amina_kk", "n": 0}'
    assert bytes(body) == told  # type: ignore[call-overload]
    assert rows(planted, "select note, decided_by from people.review_decision") == [("asked forgotten", "ben")] * 2
    assert len(rows(planted, "select 1 from raw.quarantine")) == 1
    assert rows(planted, "select person_id from people.person") == [("F2",)]
    assert rows(planted, "select target_handle from core.interaction") == [("carla",)]


def test_of_the_blog_others_posts_stay_whoever_published_them(planted: Engine) -> None:
    """Of two authors one goes, and the account from a post that she only published; hers go whole."""
    receipt = erase(planted)
    assert rows(planted, "select post_id, account_id from core.blog_post order by 1") == [
        ("ben's", None), ("both", "blog/users/team"), ("team's", "blog/users/team"),
    ]  # fmt: skip
    assert rows(planted, "select post_id, name from core.blog_byline order by 1") == [
        ("ben's", "Ben Other"), ("both", "Ben Other"),
    ]  # fmt: skip
    assert (receipt.rows["core.blog_post"], receipt.rows["core.blog_byline"]) == (2, 2)


def test_everything_that_names_the_person_is_suppressed_for_good(planted: Engine) -> None:
    """Ids, all handles, forms that clerks write, the roster's id, name and alias; and not those of others."""
    erase(planted)
    listed = {(p, h) for p, h in rows(planted, "select platform, encode(key_hash, 'hex') from people.suppression")}
    theirs = [
        ("x", ID), ("x", "amina_k"), ("x", "amina_old"), ("x", "hand:amina_k"), ("facebook", "hand:amina sample"),
        ("people", "person:f1"), ("people", "person:amina sample"), ("people", "person:mina"),
    ]  # fmt: skip
    assert {(platform, hash_key(SECRET, platform, value).hex()) for platform, value in theirs} <= listed
    for platform, value in (("x", "ben"), ("x", OTHER_ID), ("people", "person:ben other"), ("x", "museum")):
        assert (platform, hash_key(SECRET, platform, value).hex()) not in listed
    assert rows(planted, "select distinct reason from people.suppression") == [("erasure",)]
    with planted.begin() as connection:
        assert suppression.opt_in(connection, SECRET, theirs) == 0
    assert len(rows(planted, "select 1 from core.sieved where is_erased")) == 3


def test_an_opt_out_becomes_an_erasure_with_all_that_was_learnt_from_it(planted: Engine) -> None:
    """Else taking back the opt-out would let a name in again that was met beside it."""
    known, beside = hash_key(SECRET, "x", ID), hash_key(SECRET, "x", "amina_1999")
    with planted.begin() as connection:
        suppression.opt_out(connection, SECRET, [("x", ID)], NOW - timedelta(days=9))
        suppression.learn(connection, [("x", beside, known)])
    erase(planted)
    reasons = f"select reason from people.suppression where key_hash = '\\x{beside.hex()}'"
    assert rows(planted, reasons) == [("erasure",)]


def test_a_table_that_nobody_thought_of_is_reached_by_its_columns(planted: Engine) -> None:
    """By the columns' names, or by the words in it."""
    with planted.begin() as connection:
        connection.execute(text("create table core.newest (platform text, account_id text, points int)"))
        connection.execute(text("create table people.letters (letter jsonb not null)"))
        insert(connection, "core.newest", {"platform": "x", "account_id": ID, "points": 1})
        connection.execute(text("""insert into people.letters values ('{"to": "Amina Sample", "n": 770012345678}')"""))
    receipt = erase(planted)
    assert receipt.rows["core.newest"] == 1
    assert rows(planted, "select letter::text from people.letters") == [('{"n": 0, "to": "forgotten"}',)]


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "by Zo\\u00eb \\u00c5ngstr\\u00f6m!"}', '{"text": "by ZOË ÅNGSTRÖM!"}',
        '{"text": "by zoë  ångström!"}',
        '{"text": "by Zo\\u00CB \\u00e5ngstr\\u00f6m!"}',
    ],
)  # fmt: skip
def test_a_name_is_found_in_every_writing(planted: Engine, body: str) -> None:
    """In capitals, as JSON escapes it, with blanks between."""
    with planted.begin() as connection:
        connection.execute(text("update people.person set display_name = 'Zoë Ångström' where person_id = 'F1'"))
        connection.execute(
            text("update raw.item set body = :body where key = :key"), {"body": body.encode(), "key": OTHERS}
        )
    erase(planted)
    [(left,)] = rows(planted, "select convert_from(body, 'UTF8') from raw.item")
    assert left == '{"text": "by forgotten!"}'


def test_nobody_is_erased_by_a_wrong_id_or_while_a_run_is_under_way(planted: Engine) -> None:
    """A run that has begun would land by the old list of those who must not."""
    with pytest.raises(UnknownPerson):
        erase(planted, "F9")
    with planted.begin() as connection:
        mine, other = str(uuid.uuid4()), str(uuid.uuid4())
        for run, state in ((mine, "running"), (other, "completed")):
            connection.execute(
                text(
                    "insert into core.run (run_id, verb, state, started_at, host, pid)"
                    " values (:run, 'collect', :state, now(), 'h', 1)"
                ),
                {"run": run, "state": state},
            )
        forget.refuse_while_others_run(connection, mine)
        with pytest.raises(AlreadyRunning):
            forget.refuse_while_others_run(connection, other)


HEADER = "person_id,name,role,cohort_year,match_basis,handle_x,aliases"


@pytest.mark.parametrize(
    "line",
    [
        "F1,Somebody,fellow,2014,opt_in,new_handle,", "F8,amina  SAMPLE,fellow,2014,,,",
        "F8,Somebody,fellow,2014,opt_in,@Amina_Old,", "F8,Somebody,fellow,2014,,,Mina",
    ],
)  # fmt: skip
def test_a_roster_that_still_lists_them_loads_without_them(planted: Engine, tmp_path: Path, line: str) -> None:
    """Known by id, name, handle or alias; the warning tells the line and not the name."""
    erase(planted)
    path = tmp_path / "roster.csv"
    path.write_text(f"{HEADER}\nF2,Ben Other,fellow,2014,opt_in,ben,\n{line}\n", encoding="utf-8")
    loaded = roster.load(planted, roster_file.read(path), NOW + timedelta(days=1), SECRET)
    assert rows(planted, "select person_id from people.person") == [("F2",)]
    [warning] = [warning for warning in loaded.warnings if warning.startswith("Line 3:")]
    assert not any(word.casefold() in warning.casefold() for word in ("amina", "mina", "F1,", "Somebody,"))
