"""What a roster's load leaves in the warehouse, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from warehouse.errors import RosterError
from warehouse.people import roster, roster_file, suppression

SECRET = b"a key for tests"
JANUARY = datetime(2026, 1, 10, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 10, tzinfo=UTC)
HEADER = (
    "person_id,name,aliases,role,cohort_year,programme_country,residence_iso3,timezone,match_basis,handle_x,id_x,"
    "handle_facebook,consent_collect,consent_match,valid_from"
)
ANA = "F1,Ana Ejemplo,Anita|A. E.,fellow,2014,Kurdistan,EGY,Africa/Cairo,opt_in,ana,,Ana Ejemplo,,yes,"
BEN = "F2,Ben Ejemplo,,fellow|bm_staff,2015,NA,,,given_directly,ben,77,,,,"
TABLES = ("person", "person_role", "person_country", "person_timezone", "person_handle", "consent", "suppression")


def load(engine: Engine, tmp_path: Path, *rows: str, at: datetime = JANUARY) -> roster.RosterLoaded:
    path = tmp_path / "roster.csv"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return roster.load(engine, roster_file.read(path), at, SECRET)


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(text(query)))


def hashes(engine: Engine) -> set[tuple[object, ...]]:
    return set(rows(engine, "select platform, encode(key_hash, 'hex') from people.suppression"))


def hashed(platform: str, value: str) -> tuple[str, str]:
    return platform, suppression.hash_key(SECRET, platform, value).hex()


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """All rows with their versions: a row that was written again shows."""
    return {table: rows(engine, f"select t::text, xmin::text, ctid::text from people.{table} t") for table in TABLES}


def own(engine: Engine, account_id: str, person_id: str, until: datetime | None = None) -> None:
    """What an earlier build learnt."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into people.account_owner (platform, account_id, person_id, match_rule, match_basis,"
                " confidence, decided_by, known_from, known_to)"
                " values ('x', :account_id, :person_id, 'handle', 'opt_in', 1, 'rule', :since, :until)"
            ),
            {"account_id": account_id, "person_id": person_id, "since": JANUARY, "until": until or "infinity"},
        )


def test_a_roster_is_facts_over_time(engine: Engine, tmp_path: Path) -> None:
    """Roles, countries, zone, handles with their basis, and what was said on consent."""
    loaded = load(engine, tmp_path, ANA, BEN)
    assert (loaded.people, loaded.added, loaded.changed, loaded.missing) == (2, 2, 0, 0)
    assert rows(engine, "select person_id, role, cohort_year from people.person_role") == [
        ("F1", "fellow", 2014),
        ("F2", "bm_staff", 2015),
        ("F2", "fellow", 2015),
    ]
    assert rows(engine, "select person_id, kind, label, iso3 from people.person_country") == [
        ("F1", "programme", "Kurdistan", "IRQ"),
        ("F1", "residence", "Egypt", "EGY"),
        ("F2", "programme", "Namibia", "NAM"),
    ]
    assert rows(engine, "select person_id, tz, source from people.person_timezone") == [
        ("F1", "Africa/Cairo", "manual")
    ]
    assert rows(engine, "select platform, handle, coalesce(stable_id, ''), match_basis from people.person_handle") == [
        ("facebook", "ana ejemplo", "", "opt_in"),
        ("x", "ana", "", "opt_in"),
        ("x", "ben", "77", "given_directly"),
    ]
    assert rows(engine, "select person_id, purpose, state from people.consent") == [("F1", "match", "granted")]
    assert rows(engine, "select name_aliases from people.person where person_id = 'F1'") == [(["Anita", "A. E."],)]


def test_the_same_file_again_touches_no_row(engine: Engine, tmp_path: Path) -> None:
    """Not even its version, whenever it is loaded."""
    load(engine, tmp_path, ANA, BEN)
    before = everything(engine)
    loaded = load(engine, tmp_path, ANA, BEN, at=FEBRUARY)
    assert (loaded.people, loaded.added, loaded.changed) == (2, 0, 0)
    assert everything(engine) == before


def test_a_changed_file_closes_and_opens(engine: Engine, tmp_path: Path) -> None:
    """What was known before is still known as of then; what did not change is not touched."""
    load(engine, tmp_path, ANA, BEN)
    before = everything(engine)
    loaded = load(engine, tmp_path, ANA.replace(",ana,", ",anna,"), BEN, at=FEBRUARY)
    assert (loaded.added, loaded.changed) == (0, 1)
    handles = "select handle from people.person_handle where platform = 'x' and person_id = 'F1'"
    handles += " and known_from <= '{at}' and '{at}' < known_to"
    assert rows(engine, handles.format(at=JANUARY)) == [("ana",)]
    assert rows(engine, handles.format(at=FEBRUARY)) == [("anna",)]
    assert everything(engine) | {"person_handle": []} == before | {"person_handle": []}


def test_a_fact_that_comes_back_is_a_new_row(engine: Engine, tmp_path: Path) -> None:
    """History says that it was away."""
    for step, row in enumerate([ANA, ANA.replace("EGY", "QAT"), ANA]):
        load(engine, tmp_path, row, at=JANUARY + timedelta(days=step))
    assert rows(engine, "select iso3, known_to = 'infinity' from people.person_country where kind = 'residence'") == [
        ("EGY", False),
        ("EGY", True),
        ("QAT", False),
    ]


def test_people_who_are_not_in_the_file_stay_and_are_told(engine: Engine, tmp_path: Path) -> None:
    """A short file is more often a slip than a farewell."""
    load(engine, tmp_path, ANA, BEN)
    loaded = load(engine, tmp_path, ANA, at=FEBRUARY)
    assert loaded.missing == 1
    assert "1 people of an earlier roster are not in this file" in loaded.warnings[-1]
    assert len(rows(engine, "select * from people.person_role where known_to = 'infinity'")) == 3


def test_a_name_is_corrected_in_place(engine: Engine, tmp_path: Path) -> None:
    """A person is one row."""
    load(engine, tmp_path, ANA)
    assert load(engine, tmp_path, ANA.replace("Ana Ejemplo,Ani", "Ana E. Muestra,Ani"), at=FEBRUARY).changed == 1
    assert rows(engine, "select display_name, created_at from people.person") == [("Ana E. Muestra", JANUARY)]


def test_history_is_not_learnt_backwards(engine: Engine, tmp_path: Path) -> None:
    """A clock that is wrong is refused instead of closing rows before they were opened."""
    load(engine, tmp_path, ANA, at=FEBRUARY)
    before = everything(engine)
    with pytest.raises(RosterError, match="clock"):
        load(engine, tmp_path, ANA.replace("EGY", "QAT"), at=JANUARY)
    assert everything(engine) == before


def test_a_handle_without_a_basis_is_not_kept(engine: Engine, tmp_path: Path) -> None:
    """What may not be used is not stored."""
    load(engine, tmp_path, ANA.replace("opt_in", ""))
    assert rows(engine, "select * from people.person_handle") == []


def test_who_refuses_is_suppressed_under_every_name(engine: Engine, tmp_path: Path) -> None:
    """Handles, ids, and the names that clerks write; only as keyed hashes, and the handles are not kept."""
    withdrawn = BEN.replace("ben,77,,,", "ben,77,,withdrawn,")
    loaded = load(engine, tmp_path, ANA, withdrawn)
    suppressed = hashes(engine)
    assert loaded.suppressed == len(suppressed)
    assert {hashed("x", value) for value in ("ben", "77", "hand:ben")} <= suppressed
    assert {hashed("people", value) for value in ("person:f2", "person:ben ejemplo")} <= suppressed
    assert {hashed("by_hand", value) for value in ("ben", "hand:ben")} <= suppressed
    assert hashed("x", "ana") not in suppressed
    assert rows(engine, "select distinct person_id from people.person_handle") == [("F1",)]
    before = everything(engine)
    assert load(engine, tmp_path, ANA, withdrawn, at=FEBRUARY).suppressed == 0
    assert everything(engine) == before


def test_a_name_that_two_people_share_suppresses_neither(engine: Engine, tmp_path: Path) -> None:
    """The other one did not refuse."""
    load(engine, tmp_path, ANA, BEN.replace("Ben Ejemplo", "Ana Ejemplo").replace("ben,77,,,", "ben,77,,no,"))
    assert hashed("people", "person:ana ejemplo") not in hashes(engine)
    assert hashed("people", "person:f2") in hashes(engine)


def test_who_refuses_is_suppressed_by_what_we_know_too(engine: Engine, tmp_path: Path) -> None:
    """A clerk may blank the handles together with the refusal, and the account may bear another name by now."""
    load(engine, tmp_path, ANA, BEN.replace("ben,77,", "ben,,"))
    own(engine, "u2", "F2")
    load(engine, tmp_path, ANA, BEN.replace("ben,77,,,", ",,,refused,"), at=FEBRUARY)
    assert {hashed("x", value) for value in ("ben", "hand:ben", "u2")} <= hashes(engine)
    assert rows(
        engine, "select person_id from people.person_handle where known_to = 'infinity' and platform = 'x'"
    ) == [("F1",)]
    with engine.begin() as connection:  # as the next build does
        connection.execute(text("update people.account_owner set known_to = now()"))
    load(engine, tmp_path, ANA, BEN.replace("ben,77,,,", ",,,granted,"), at=FEBRUARY + timedelta(days=1))
    assert hashes(engine) == set()


def test_a_corrected_handle_is_not_the_refusing_persons(engine: Engine, tmp_path: Path) -> None:
    """What the roster once said by mistake suppresses nobody else."""
    load(engine, tmp_path, ANA, BEN.replace("ben,77,", "cem,,"))
    own(engine, "u3", "F2", until=FEBRUARY)
    load(engine, tmp_path, ANA, BEN, at=FEBRUARY)
    load(engine, tmp_path, ANA, BEN.replace("ben,77,,,", ",,,refused,"), at=FEBRUARY + timedelta(days=1))
    assert hashed("x", "ben") in hashes(engine)
    assert not {hashed("x", "cem"), hashed("x", "u3")} & hashes(engine)


def test_a_blank_cell_takes_no_refusal_back(engine: Engine, tmp_path: Path) -> None:
    """Whoever refused an earlier roster's question is still refusing, so the handles are not kept."""
    load(engine, tmp_path, ANA, BEN.replace("ben,77,,,", "ben,77,,refused,"))
    load(engine, tmp_path, ANA, BEN, at=FEBRUARY)
    assert rows(engine, "select distinct person_id from people.person_handle") == [("F1",)]


def test_who_grants_again_lands_again(engine: Engine, tmp_path: Path) -> None:
    """A blank cell changes nothing; consent is a history. What was erased stays so: tests/warehouse/test_forget.py."""
    refused = BEN.replace("ben,77,,,", "ben,77,,refused,")
    load(engine, tmp_path, refused)
    assert load(engine, tmp_path, BEN, at=FEBRUARY).suppressed == 0
    assert len(hashes(engine)) > 1
    load(engine, tmp_path, refused.replace("refused", "granted"), at=FEBRUARY + timedelta(days=1))
    assert hashes(engine) == set()
    assert rows(engine, "select state from people.consent") == [("granted",), ("refused",)]
