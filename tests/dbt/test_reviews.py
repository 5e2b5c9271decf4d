"""What waits for a person: each queue with what belongs to it, decisions that hold, and those that hold no more."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.dbt.conftest import AS_OF, Build, Built, unchecked
from tests.dbt.rows import LONG_AGO, Row, campaign, insert, item, put_items, put_person
from warehouse.transform import transform

pytestmark = pytest.mark.timeout(300)

NAME = "asked"
FELLOW = {"role": "fellow", "cohort_year": 2011}
NOON = "2026-02-03T12:00Z"
POSTS: list[Row] = [
    {"platform": "instagram", "post_id": "without-author", "account_id": None},
    {"post_id": "alike-1", "account_id": "alike"},
    {"post_id": "alike-2", "account_id": "alike"},
    {"post_id": "recycled", "account_id": "recycled"},
    {"post_id": "recycled-reply", "account_id": "recycled-2", "kind": "reply"},
    {"post_id": "nobody", "account_id": None},
    {"post_id": "for-somebody", "account_id": "museum", "on_behalf_of": "Somebody"},
    {"post_id": "untagged", "account_id": "museum", "text": "Posted  FOR one of our fellows"},
    {"post_id": "organiser", "account_id": "museum", "text": "Day 3 is here"},
    {"post_id": "of-the-institute", "account_id": "institute", "text": "Posted for somebody"},
    {"post_id": "advert", "account_id": "seller", "text": "A limited offer"},
    {"post_id": "stranger", "account_id": "stranger", "text": "hello"},
    {"post_id": "conflict", "account_id": "amal", "created_at": "2026-02-12T12:00Z"},
    {"post_id": "repeated-hour", "account_id": "amal", "flags": ["clock_change"]},
    {"post_id": "future", "account_id": "amal", "first_seen_at": "2026-02-03T11:00Z"},
    {"post_id": "short", "account_id": "bia", "text": "good morning all"},
    {"platform": "facebook", "post_id": "short", "account_id": "bia", "text": "good morning all"},
]
PAIR = "pair:facebook:short + x:short"
OPEN = {
    ("ig_authorless", "post:instagram:without-author", 1, True),
    ("author_candidate", "account:x:alike", 2, True),
    ("author_unresolved", "post:x:nobody", 1, True),
    ("author_unresolved", "post:x:for-somebody", 1, True),
    ("recycled_handle", "account:x:recycled", 1, True),
    ("recycled_handle", "account:x:recycled-2", 1, False),
    ("on_behalf_untagged", "post:x:untagged", 1, False),
    ("on_behalf_untagged", "post:x:of-the-institute", 1, False),
    ("spam_suspect", "account:x:seller", 1, False),
    ("day_conflict", "post:x:conflict", 1, True),
    ("timestamp_suspect", "post:x:repeated-hour", 1, False),
    ("timestamp_suspect", "post:x:future", 1, False),
    ("duplicate_doubtful", PAIR, 1, True),
    ("tz_ambiguous", "person:BRA-1", 2, False),
    ("consent_missing_for_named_use", "person:BRA-1", 2, False),
}


def put(connection: Connection) -> None:
    spam = {"domains": [], "phrases": ["limited offer"], "homonyms": [], "burst": 0, "signals": 2}
    insert(
        connection,
        "core.campaign",
        campaign(
            NAME,
            "2026-02-01",
            "2026-02-28",
            organisers={"x": ["museum"]},
            spam=spam,
            on_behalf_phrases=["posted for"],
            platforms=[],
        ),
    )
    put_items(connection, *map(_post, POSTS), days={"conflict": [11]}, themes={"conflict": [12]})
    insert(connection, "people.country_ref", *(
        {"iso3": iso3, "name_en": iso3, "m49_subregion": "R", "source_version": "test"} for iso3 in ("EGY", "BRA")
    ))  # fmt: skip
    put_person(connection, "EGY-1", FELLOW, programme="EGY", accounts=("x/amal",))
    put_person(connection, "BRA-1", FELLOW, programme="BRA", accounts=("x/bia", "facebook/bia"))
    put_person(connection, "INST", {"role": "institution"})
    always = {"valid_from": "-infinity", "valid_to": "infinity", "known_from": LONG_AGO, "known_to": "infinity"}
    handle = {"person_id": "INST", "platform": "x", "handle": "institute", "match_basis": "opt_in"}
    insert(connection, "people.person_handle", {**always, **handle})
    consent = {"purpose": "named_in_report", "changed_at": LONG_AGO}
    insert(
        connection,
        "people.consent",
        {**consent, "person_id": "EGY-1", "state": "granted"},
        {**consent, "person_id": "BRA-1", "state": "refused"},
    )
    maybe = {"platform": "x", "score": 0.5}
    insert(
        connection,
        "people.account_candidate",
        {**maybe, "account_id": "alike", "person_id": "EGY-1", "rule": "name", "score": 0.951},
        {**maybe, "account_id": "alike", "person_id": "BRA-1", "rule": "verified_link", "score": 1},
        {**maybe, "account_id": "recycled", "person_id": "EGY-1", "rule": "recycled_handle"},
        {**maybe, "account_id": "recycled-2", "person_id": "EGY-1", "rule": "recycled_handle"},
    )


def _post(more: Row) -> Row:
    row = {"platform": "x", "created_at": NOON, **more}
    return item(NAME, row.pop("platform"), row.pop("post_id"), row.pop("account_id"), row.pop("created_at"), **row)


@pytest.fixture(scope="module")
def asked(build: Build) -> Built:
    return build(put, NAME)


def decide(built: Built, queue: str, subject: str, verdict: str, evidence: str | None = None, **more: Any) -> None:
    """A decision on the evidence as it was exported, unless another is given."""
    if evidence is None:
        [(evidence,)] = built.rows(
            "select evidence from build.int_reviews where subject = :subject limit 1", subject=subject
        )
    row = {"campaign": NAME, "queue": queue, "subject": subject, "verdict": verdict, "evidence": evidence, **more}
    stamp = {"decided_by": "Mira", "decided_at": "2026-03-01T00:00Z", "known_from": "2026-03-01T00:00Z"}
    with built.engine.begin() as connection:
        columns = ", ".join(stamp | row)
        values = ", ".join(f"%({column})s" for column in stamp | row)
        connection.exec_driver_sql(f"insert into people.review_decision ({columns}) values ({values})", stamp | row)


def rebuild(built: Built, target_dir: Path) -> set[tuple[Any, ...]]:
    with unchecked():
        transform(built.url, NAME, uuid.uuid4(), AS_OF, target_dir)
    return waiting(built)


def waiting(built: Built) -> set[tuple[Any, ...]]:
    return set(built.rows("select queue, subject, records, moves_counts from build.int_reviews"))


def test_each_queue_holds_what_belongs_to_it(asked: Built) -> None:
    assert waiting(asked) == OPEN


def test_the_headline_says_how_many_records_are_open(asked: Built) -> None:
    """Only those that move or confirm counts."""
    moving = sum(records for _, _, records, moves in OPEN if moves)
    assert asked.rows("select open_reviews, provisional from build.metric_headline") == [(moving, True)]


def test_a_suggestion_says_why(asked: Built) -> None:
    found = dict(asked.rows("select queue, suggestion from build.int_reviews where subject <> 'account:x:recycled-2'"))
    assert (
        found["author_candidate"]
        == "person BRA-1: profile and roster name the same site; person EGY-1: name 0.95 alike"
    )
    assert found["day_conflict"] == "day 12: theme and date agree on it, the text names another"
    assert found["ig_authorless"] is None


@pytest.mark.full
def test_decisions_close_what_they_answer_until_it_changes(build: Build, target_dir: Path) -> None:
    """And undone, put off, later-known or those of another campaign close nothing."""
    built = build(put, NAME)
    decide(built, "duplicate_doubtful", PAIR, "separate")
    decide(built, "day_conflict", "post:x:conflict", "seen")
    decide(built, "ig_authorless", "post:instagram:without-author", "defer")
    decide(built, "tz_ambiguous", "person:BRA-1", "seen")
    decide(built, "on_behalf_untagged", "post:x:untagged", "seen", evidence="of another text")
    decide(built, "timestamp_suspect", "post:x:future", "seen", known_from="2026-03-16T00:00Z")
    decide(built, "author_candidate", "account:x:alike", "not_member")
    decide(built, "recycled_handle", "account:x:recycled", "person", person_id="EGY-1")
    decide(built, "recycled_handle", "account:x:recycled", "undo")
    closed = {
        ("duplicate_doubtful", PAIR, 1, True),
        ("day_conflict", "post:x:conflict", 1, True),
        ("tz_ambiguous", "person:BRA-1", 2, False),
        ("author_candidate", "account:x:alike", 2, True),
    }
    assert rebuild(built, target_dir) == OPEN - closed
    held = built.rows("select queue, verdict, person_id from build.stg_decisions order by queue")
    assert held == [
        ("author_candidate", "not_member", None),
        ("day_conflict", "seen", None),
        ("duplicate_doubtful", "separate", None),
        ("tz_ambiguous", "seen", None),
    ]
    with built.engine.begin() as connection:
        connection.exec_driver_sql("update core.item set text = 'good night all' where post_id = 'short'")
    assert rebuild(built, target_dir) == OPEN - closed | {("duplicate_doubtful", PAIR, 1, True)}


@pytest.mark.full
def test_a_person_decides_whose_a_post_is(build: Build, target_dir: Path) -> None:
    """It counts from the next build on; undone, it waits again."""
    built = build(put, NAME)
    subject = "post:instagram:without-author"
    decide(built, "ig_authorless", subject, "person", person_id="EGY-1")
    before = OPEN - {("ig_authorless", subject, 1, True)}
    assert rebuild(built, target_dir) == before
    counted = """
        select person_id, match_rule from build.fct_items where post_id = 'without-author' and exclusion_reason is null
    """
    assert built.rows(counted) == [("EGY-1", "reviewer")]
    decide(built, "ig_authorless", subject, "undo", evidence="")
    assert rebuild(built, target_dir) == OPEN
    assert built.rows(counted) == []
