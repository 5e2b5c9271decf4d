"""Whose a post is: by a decision, on somebody's behalf, by the account's owner; and what is left to decide."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import Connection

from tests.dbt.conftest import Build, Built
from tests.dbt.rows import LONG_AGO, Row, campaign, insert, item, put_items, put_person

pytestmark = pytest.mark.timeout(600)

NAME = "attributed"
FELLOW = {"role": "fellow", "cohort_year": 2011}
NOON = "2026-02-03T12:00Z"
LATER = "2030-01-01T00:00Z"

TOLD: dict[str, tuple[Row, str, str | None, str | None]] = {
    # post: what is special about it, attribution, person, rule; by the organiser unless it says otherwise
    "name": ({"text": "Posted for Ana Li: my museum"}, "matched", "F1", "on_behalf_of"),
    "case-and-quotes": ({"text": "Day 2! (POSTED  for “ana li”) my museum"}, "matched", "F1", "on_behalf_of"),
    "longest": ({"text": "Posted for Ana Li Chen - hello"}, "matched", "F2", "on_behalf_of"),
    "native": ({"text": "On behalf of 陳偉: 早"}, "matched", "F3", "on_behalf_of"),
    "second": ({"text": "Posted for everybody. Posted for Ana Li."}, "matched", "F1", "on_behalf_of"),
    "two-people": ({"text": "Posted for Ana Li, and posted for 陳偉"}, "unresolved", None, None),
    "twins": ({"text": "Posted for Sam Twin: hello"}, "unresolved", None, None),
    "longer-word": ({"text": "Posted for Ana Lima: hello"}, "stranger", None, None),
    "within-a-word": ({"text": "Reposted for Ana Li"}, "stranger", None, None),
    "without-phrase": ({"text": "Ana Li was here"}, "stranger", None, None),
    "refuses": ({"text": "Posted for Refusing One: hello"}, "stranger", None, None),
    "not-the-organiser": ({"text": "Posted for Ana Li", "account_id": "stranger"}, "stranger", None, None),
    "own-account": ({"text": "Posted for 陳偉", "account_id": "ana"}, "matched", "F1", "handle"),
    "column-before-text": ({"text": "Posted for Ana Li", "on_behalf_of": "陳偉"}, "matched", "F3", "on_behalf_of"),
    "on-behalf-by-a-member": ({"account_id": "ana", "on_behalf_of": "Nobody Known"}, "unresolved", None, None),
    "decided": ({"text": "Posted for Ana Li"}, "matched", "F3", "reviewer"),
    "decided-no-member": ({"account_id": "ana"}, "stranger", None, None),
    "edited-since": ({"account_id": "stranger", "text": "new"}, "stranger", None, None),
    "candidate": ({"account_id": "maybe"}, "unresolved", None, None),
    "candidate-decided": ({"account_id": "decided"}, "stranger", None, None),
    "clerk-unknown": ({"account_id": "hand:nobody known"}, "unresolved", None, None),
    "clerk-refusing": ({"account_id": "hand:refusing one"}, "stranger", None, None),
    "learnt-later": ({"account_id": "later"}, "stranger", None, None),
    "known-no-more": ({"account_id": "dropped"}, "stranger", None, None),
}


def _evidence(written: str) -> str:
    return hashlib.md5(written.encode(), usedforsecurity=False).hexdigest()


def put(connection: Connection) -> None:
    phrases = ["Posted for", "on behalf of"]
    told = campaign(NAME, "2026-02-01", "2026-02-28", organisers={"x": ["museum"]}, on_behalf_phrases=phrases)
    insert(connection, "core.campaign", {**told, "spam": {"signals": 0}, "platforms": []})
    rows = [
        item(NAME, "x", post_id, more.pop("account_id", "museum"), NOON, **more)
        for post_id, (given, *_) in TOLD.items()
        for more in [dict(given)]
    ]
    put_items(connection, *rows, days={}, themes={})
    put_person(connection, "F1", FELLOW, name="Ana Li", accounts=("x/ana",))
    put_person(connection, "F2", FELLOW, name="Ana Li Chen")
    put_person(connection, "F3", FELLOW, name="Chen Wei", aliases=["陳偉"])
    put_person(connection, "T1", FELLOW, name="Sam Twin")
    put_person(connection, "T2", FELLOW, name="Sam Twin")
    put_person(connection, "NO", FELLOW, name="Refusing One")
    refused = {"person_id": "NO", "purpose": "match", "state": "refused", "changed_at": LONG_AGO}
    insert(connection, "people.consent", refused)
    owner = {"platform": "x", "person_id": "F1", "match_rule": "handle", "match_basis": "opt_in", "confidence": 1}
    owner |= {"decided_by": "rule", "valid_from": "-infinity", "valid_to": "infinity"}
    insert(
        connection, "people.account_owner",
        {**owner, "account_id": "later", "known_from": LATER, "known_to": "infinity"},
        {**owner, "account_id": "dropped", "known_from": LONG_AGO, "known_to": "2026-02-10T00:00Z"},
    )  # fmt: skip
    maybe = {"platform": "x", "person_id": "F1", "rule": "name", "score": 0.95}
    insert(connection, "people.account_candidate", {**maybe, "account_id": "maybe"}, {**maybe, "account_id": "decided"})
    word = {"campaign": NAME, "queue": "author_unresolved", "person_id": None, "decided_by": "Mira"}
    word |= {"decided_at": NOON, "known_from": NOON}
    decisions = (
        ("post:x:decided", "person", "F3", _evidence("Posted for Ana Li")),
        ("post:x:decided-no-member", "not_member", None, _evidence("")),
        ("post:x:edited-since", "person", "F3", _evidence("old")),
        ("account:x:decided", "not_member", None, "decided"),
    )
    _decide(connection, word, decisions)


def _decide(connection: Connection, word: Row, decisions: tuple[tuple[str, str, str | None, str], ...]) -> None:
    """The table numbers its rows itself."""
    for subject, verdict, person, evidence in decisions:
        row = {**word, "subject": subject, "verdict": verdict, "person_id": person, "evidence": evidence}
        names = ", ".join(row)
        values = ", ".join(f"%({name})s" for name in row)
        connection.exec_driver_sql(f"insert into people.review_decision ({names}) values ({values})", row)


@pytest.fixture(scope="module")
def attributed(build: Build) -> Built:
    return build(put, NAME)


def test_whose_each_post_is(attributed: Built) -> None:
    """Every case of the table above; as of then, what is learnt later or known no more says nothing."""
    rows = attributed.rows("select post_id, attribution, person_id, match_rule from build.int_items__attributed")
    assert {row[0]: row[1:] for row in rows} == {post: (how, who, rule) for post, (_, how, who, rule) in TOLD.items()}
