"""Tables that analysts or other programs made beside ours: what an erasure finds there, and what it tells."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from tests.warehouse.forgetting.planting import ID, OTHER_ID, POST, erase, everything
from warehouse.engine import connect
from warehouse.errors import StillThere
from warehouse.roles.analysts import KEY


def make(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def key_of(value: str) -> str:
    """SQL: the key by which analysts see it."""
    its = KEY.format(f"cast('{value}' as text)")
    return f"(select {its} from people.analyst_key as secret)"


def test_a_trace_in_somebody_elses_table_undoes_everything(planted: Engine) -> None:
    """It names the table and the column and nothing of the person; nothing at all is erased."""
    with planted.begin() as connection:
        connection.execute(text("create schema somebody"))
        connection.execute(text("create table somebody.mine as select display_name as who from people.person"))
    before = everything(planted)
    with pytest.raises(StillThere) as raised:
        erase(planted)
    assert "somebody.mine.who" in str(raised.value)
    assert "Amina" not in str(raised.value)
    assert everything(planted) == before


def test_tables_of_analysts_with_keys_or_ids_are_named_for_people_to_look_through(planted: Engine) -> None:
    """A person's and a post's key, also within words, lists and JSON, and the roster's id; nothing in them changes."""
    make(
        planted,
        "create schema ada",
        f"create table ada.mine as select {key_of('F1')} as person_key, {key_of('F2')} as other_key, 'F1' as code",
        rf"""create table ada.notes as select 'see ' || {key_of(POST)} || ', odd' as "what\: why?",
              array[{key_of(f"x:{POST}")}] as clusters, json_build_object('who', 'F1') as more,
              'F1 and F11' as words, array['F11', 'F1'] as people""",
        f"create materialized view ada.by_account as select {key_of(ID)} as account_key",
        f"create table ada.others as select {key_of('F2')} as person_key, 'F11' as code, {key_of(OTHER_ID)} as account",
    )
    before = everything(planted)
    receipt = erase(planted)
    assert receipt.elsewhere == (
        "ada.by_account.account_key", "ada.mine.code", "ada.mine.person_key",
        'ada.notes."what: why?"', "ada.notes.clusters", "ada.notes.more", "ada.notes.people",
    )  # fmt: skip
    assert receipt.as_json()["in_tables_of_others"] == list(receipt.elsewhere)
    after = everything(planted)
    assert all(after[table] == its for table, its in before.items() if table.startswith("ada."))


def test_a_longer_id_is_told_too_and_stops_nothing(planted: Engine) -> None:
    """It is the roster's, and says who somebody is only to those who have the roster."""
    make(
        planted,
        "insert into people.person (person_id, display_name, name_aliases, source, created_at)"
        " values ('fellow-2014-007', 'Cleo Third', '{}', 'roster', now())",
        "create schema ada",
        "create table ada.mine as select 'asked fellow-2014-007 twice' as note",
    )
    assert erase(planted, "fellow-2014-007").elsewhere == ("ada.mine.note",)


def test_what_the_owner_may_not_read_is_named(planted: Engine, database_url: str) -> None:
    """An analyst's schema is the analyst's: the erasure goes on, and says where only they can look."""
    name = f"rollcall_test_owner_{uuid.uuid4().hex[:12]}"
    url = make_url(database_url).set(username=name, password=name).render_as_string(hide_password=False)
    make(
        planted,
        "create schema ada",
        "create table ada.mine (person_key text)",
        f"create role {name} login password '{name}'",
        f"grant connect, create, temporary on database {make_url(database_url).database} to {name}",
        *(f"grant usage, create on schema {one} to {name}; grant all on all tables in schema {one} to {name}"
          for one in ("raw", "core", "people", "marts", "metrics", "analysis", "open_data", "build", "public")),
        f"alter table build.int_anything owner to {name}",
    )  # fmt: skip
    owner = connect(url)
    try:
        receipt = erase(owner)
    finally:
        owner.dispose()
        make(planted, f"drop owned by {name} cascade", f"drop role {name}")
    assert (receipt.elsewhere, receipt.unread) == ((), ("ada.mine",))
