"""Who was erased after a backup does not come back with it: not their rows, not in others' words, in no table."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.warehouse.backup.conftest import run_sql, taken, way
from tests.warehouse.forgetting.planting import (
    ID,
    NAME,
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
from warehouse.backup import again, erased, restoring
from warehouse.engine import connect
from warehouse.errors import BackupError
from warehouse.people import suppression, which_key
from warehouse.people.which_key import key_check

KEY = key_check(SECRET)
THEIRS = ("F1", "amina", "Amina", ID, POST, ON_BEHALF, WORDS, "hand-post")


@pytest.fixture
def restored(blank_url: str) -> Iterator[Engine]:
    engine = connect(blank_url)
    yield engine
    engine.dispose()


def known(engine: Engine) -> frozenset[str]:
    with engine.connect() as connection:
        return erased.known(connection, KEY)


def shown(engine: Engine) -> dict[str, list[str]]:
    """Where the person of these tests still is."""
    found = {
        table: [row for row in its if any(word in row for word in THEIRS) and "amina_kk" not in row]
        for table, its in everything(engine).items()
    }
    return {table: its for table, its in found.items() if its}


def test_whoever_was_erased_after_the_backup_is_in_no_table(
    planted: Engine, blank_url: str, restored: Engine, tmp_path: Path
) -> None:
    """What is left is what the erasure left, and the receipts are both there: of then and of now."""
    made = taken(planted, tmp_path).backup
    erase(planted)
    done = restoring.restore(blank_url, made, way(known(planted)), replace=False)
    assert shown(restored) == {}
    assert (done.applied.people, done.applied.posts) == (1, 3)
    assert done.applied.rows > 25
    left, there = everything(planted), everything(restored)
    same = {table for table in left if not table.startswith("build.") and table != "people.erasure"}
    assert {table for table in same if left[table] != there[table]} == set()
    assert len(there["people.erasure"]) == 2
    assert rows(restored, "select person_id from people.person") == [("F2",)]


def test_without_the_list_the_person_is_back(planted: Engine, blank_url: str, restored: Engine, tmp_path: Path) -> None:
    """So it is the list that does it. An erasure that the backup knows costs nothing."""
    made = taken(planted, tmp_path).backup
    erase(planted)
    restoring.restore(blank_url, made, way(), replace=False)
    assert shown(restored) != {}
    later = taken(planted, tmp_path, now=NOW + timedelta(days=1)).backup
    url = restored.url.render_as_string(hide_password=False)
    assert restoring.restore(url, later, way(known(planted)), replace=True).applied == again.Applied()
    assert len(rows(restored, "select 1 from people.erasure")) == 1


def test_somebody_who_came_onto_the_roster_later_is_erased_too(
    planted: Engine, blank_url: str, restored: Engine, tmp_path: Path
) -> None:
    """Then the backup knows accounts, handles, posts and bylines, and nobody to whom they belong."""
    with planted.begin() as connection:
        whole = {
            table: connection.execute(text(f"select * from people.{table} where person_id = 'F1'")).mappings().all()
            for table in ("person", "account_owner", "person_handle")
        }
        connection.execute(text("delete from people.review_decision where person_id = 'F1'"))
        connection.execute(text("delete from people.person where person_id = 'F1'"))
        for table in ("marts.dim_member", "marts.fct_items", "metrics.metric_member_activity"):
            connection.execute(text(f"delete from {table} where person_id = 'F1'"))
        connection.execute(text("delete from metrics.metric_interactions"))
        for table in ("people.review_item", "people.review_decision"):
            connection.execute(text(f"delete from {table} where subject = 'person:F1'"))
        connection.execute(
            text(
                "insert into people.review_decision (campaign, queue, subject, evidence, verdict, decided_by,"
                " decided_at, known_from) values (:c, 'q', :s, 'e', 'not_member', 'ben', now(), now())"
            ),
            {"c": NAME, "s": f"account:x:{ID}"},
        )
    made = taken(planted, tmp_path).backup
    with planted.begin() as connection:
        for table, its in whole.items():
            for row in its:
                names = ", ".join(row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(text(f"insert into people.{table} ({names}) values ({values})"), dict(row))
        connection.execute(text("delete from people.review_decision where verdict = 'not_member'"))
    erase(planted)
    done = restoring.restore(blank_url, made, way(known(planted)), replace=False)
    assert done.applied.people == 0
    assert done.applied.rows > 15
    assert shown(restored) == {}
    assert rows(restored, "select person_id from people.person") == [("F2",)]
    assert rows(restored, "select count(*) from core.item") == [(1,)]


def test_a_table_of_somebody_else_keeps_no_word_of_them(
    planted: Engine, blank_url: str, restored: Engine, tmp_path: Path
) -> None:
    """Whoever made it cleaned it before the erasure; in the backup nobody else can."""
    run_sql(
        planted,
        "create schema somebody",
        "create table somebody.mine as select display_name as who, 7 as n from people.person",
    )
    made = taken(planted, tmp_path).backup
    run_sql(planted, "delete from somebody.mine where who like 'Amina%'")
    erase(planted)
    restoring.restore(blank_url, made, way(known(planted)), replace=False)
    assert rows(restored, "select who, n from somebody.mine order by who") == [("Ben Other", 7), (None, 7)]
    assert shown(restored) == {}


def test_an_opt_out_since_then_holds(planted: Engine, blank_url: str, restored: Engine, tmp_path: Path) -> None:
    """What landed stays, as after any opt-out; nothing more lands. An erasure is never made an opt-out again."""
    with planted.begin() as connection:
        suppression.opt_out(connection, SECRET, [("x", ID)], NOW)
    made = taken(planted, tmp_path).backup
    with planted.begin() as connection:
        suppression.opt_out(connection, SECRET, [("x", OTHER_ID)], NOW)
    older = known(planted)
    erase(planted)
    restoring.restore(blank_url, made, way(older | known(planted)), replace=False)
    hashes = "select reason from people.suppression where platform = 'x' and key_hash = '\\x{}'"
    for account, reason in ((OTHER_ID, "opt_out"), (ID, "erasure")):
        key = suppression.hash_key(SECRET, "x", account).hex()
        assert rows(restored, hashes.format(key)) == [(reason,)]
    assert rows(restored, "select post_id from core.item") == [(OTHERS,)]


def test_what_would_be_left_undoes_all(
    planted: Engine, blank_url: str, restored: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables are looked through once more at the end, by the hashes."""
    made = taken(planted, tmp_path).backup
    erase(planted)
    monkeypatch.setattr(again, "_erase", lambda *_: None)
    monkeypatch.setattr(again.Left, "beside_the_roster", False)
    with pytest.raises(BackupError, match="would still be in"):
        restoring.restore(blank_url, made, way(known(planted)), replace=False)
    assert restoring.state(restored) == "blank"


def test_the_list_outside_names_nobody_and_forgets_no_erasure(planted: Engine, tmp_path: Path) -> None:
    """An opt-out that was taken back goes from it; a file that cannot be read is no empty list."""
    path = tmp_path / "home" / erased.FILE
    with planted.begin() as connection:
        suppression.opt_out(connection, SECRET, [("x", OTHER_ID)], NOW)
    erase(planted)
    erased.keep(path, known(planted))
    whole = erased.read(path)
    assert whole == known(planted)
    assert not [word for word in (*THEIRS, OTHER_ID) if word in path.read_text()]
    assert path.stat().st_mode & 0o777 == 0o600
    with planted.begin() as connection:
        suppression.opt_in(connection, SECRET, [("x", OTHER_ID)])
        connection.execute(text("delete from core.sieved"))
    erased.keep(path, known(planted))
    assert whole - erased.read(path) == {line for line in whole if '"opt_out"' in line}
    path.write_text(path.read_text()[:-30])
    with pytest.raises(BackupError, match="cannot be read"):
        erased.read(path)
    assert erased.read(tmp_path / "none") == frozenset()


def test_two_who_note_at_a_time_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An erasure that ends while a backup is reading the list."""
    path, real, others = tmp_path / erased.FILE, erased.read, list[threading.Thread]()
    one, two = ('{"erased_at": "2026-02-03T00:00:00+00:00", "table": "erasure"}', '{"reason": "erasure", "table": "s"}')

    def slow(path: Path) -> frozenset[str]:
        known = real(path)
        if not others:
            others.append(threading.Thread(target=erased.keep, args=(path, [two])))
            others[0].start()
            others[0].join(0.3)
        return known

    monkeypatch.setattr(erased, "read", slow)
    erased.keep(path, [one])
    others[0].join()
    assert real(path) == {one, two}
    assert erased.newest(real(path)) == datetime(2026, 2, 3, tzinfo=UTC)
    assert erased.newest([two]) is None


def test_hashes_of_another_key_are_left_aside(planted: Engine, tmp_path: Path) -> None:
    """They mean nobody here."""
    erase(planted)
    with planted.connect() as connection:
        others = erased.known(connection, "another key")
        connection.execute(text("delete from people.suppression"))
        erased.enter(connection, others, KEY)
        assert connection.execute(text("select count(*) from people.suppression")).scalar_one() == 0


def test_a_restored_warehouse_knows_its_key(engine: Engine) -> None:
    """Also one whose backup is from before it was kept: its manifest tells."""
    again.apply(engine, frozenset(), SECRET, KEY, NOW)
    with engine.connect() as connection:
        assert which_key.known(connection) == KEY
