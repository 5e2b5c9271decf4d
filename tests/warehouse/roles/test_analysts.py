"""The views of `analysis`: what they show, what they hide, and that they stay the same objects."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.warehouse.roles.conftest import Somebody, contract, logged_in
from warehouse import traces
from warehouse.engine import connect, create_database, drop_database
from warehouse.migrate import migrate
from warehouse.publish import PUBLISHED
from warehouse.roles import analysts
from warehouse.roles.analysts import ALWAYS_SHOWN, MARKS, Column, is_restricted, keep_views, marks, treatment

MARKED = [(schema, table) for schema, table in PUBLISHED if schema != "open_data"]


def test_every_column_with_words_says_how_analysts_see_it() -> None:
    """Unmarked it would be hidden; this is where that is noticed."""
    silent = [
        f"{schema}.{table}.{column}"
        for schema, table in MARKED
        for column, kind in contract(schema, table).items()
        if kind in ("text", "text[]") and column not in ALWAYS_SHOWN and marks(schema, table).get(column) not in MARKS
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("kind", "mark", "treated"),
    [
        ("text", None, "hide"), ("text[]", None, "hide"), ("jsonb", None, "hide"), ("bytea", None, "hide"),
        ("character varying(9)", None, "hide"), ("text", "shwo", "hide"), ("integer", "shwo", "hide"),
        ("text", "show", "show"), ("text", "key", "key"), ("text", "hide", "hide"),
        ("numeric(12,4)", None, "show"), ("timestamp with time zone", None, "show"), ("integer", "hide", "hide"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_hidden(kind: str, mark: str | None, treated: str) -> None:
    """A column that could hold words must say that it may be shown."""
    column = Column(name="it", kind=kind, comment=None)
    assert treatment(column, {"it": mark}) == treatment(column, {"it": mark, "other": "show"}) == treated
    assert is_restricted([column], {"it": mark}) == (treated != "show")


def test_a_table_without_a_contract_shows_no_words() -> None:
    """A column that only the stable table still has was forgotten by its model, not opened by it."""
    assert marks("metrics", "metric_of_nothing") == {}
    assert treatment(Column(name="campaign", kind="text", comment=None), {}) == "hide"


@pytest.mark.parametrize(("schema", "table"), MARKED)
def test_a_view_shows_what_is_marked_so(owner: Engine, schema: str, table: str) -> None:
    """Shown words as they are, keys as keys, times of restricted tables to the hour, hidden words nowhere."""
    with owner.connect() as connection:
        published = dict(connection.execute(text(f"select * from {schema}.{table}")).mappings().one())
        seen = dict(connection.execute(text(f"select * from analysis.{table}")).mappings().one())
    said = marks(schema, table)
    restricted = any(
        said.get(name) in ("key", "hide") or (said.get(name) is None and kind[:4] == "text")
        for name, kind in contract(schema, table).items()
    )
    expected: dict[str, Any] = {}
    for name, kind in contract(schema, table).items() | {("publication_id", "bigint")}:
        mark = said.get(name)
        if mark == "key":
            expected[name.removesuffix("_id") + "_key"] = "key"
        elif mark is None and restricted and kind.startswith("timestamp"):
            expected[name.removesuffix("_at") + "_hour"] = published[name].replace(minute=0, second=0)
        elif mark == "show" or (mark is None and kind[:4] != "text"):
            expected[name] = published[name]
    keys = {name for name, value in expected.items() if isinstance(value, str) and value == "key"}
    assert {name: "key" if name in keys else value for name, value in seen.items()} == expected
    for name in keys:
        values = seen[name] if isinstance(seen[name], list) else [seen[name]]
        assert all(len(value) == 20 and int(value, 16) for value in values)
    columns = """
        select attname, col_description(attrelid, attnum)
        from pg_attribute where attrelid = cast(:view as regclass) and attnum > 0
    """
    with owner.connect() as connection:
        comments = dict(connection.execute(text(columns), {"view": f"analysis.{table}"}).all())  # type: ignore[arg-type]
    assert set(comments) == set(seen)


SMALL = """
create table marts.fct_one (campaign text, person_id text, name text, seen_at timestamptz);
create table metrics.metric_two (source_person text, at timestamp, names text[], place text);
comment on column marts.fct_one.person_id is 'Whose, 100% sure: it''s.';
insert into marts.fct_one values
  ('c', 'F01', 'Ada', '2026-02-01 10:59:59+00'), ('c', 'F02', null, null), ('c', null, null, null);
insert into metrics.metric_two values ('F01', '2026-02-01 10:59:59', array['F02', 'F01'], 'x');
"""


@pytest.fixture
def small(engine: Engine) -> Engine:
    """A warehouse of one's own with two published tables in it, in which the same person is."""
    with engine.connect().execution_options(no_parameters=True) as connection:
        connection.exec_driver_sql(SMALL)
        connection.commit()
    return engine


SAID: dict[str, dict[str, Any]] = {
    "fct_one": {"campaign": "show", "person_id": "key", "name": "hide"},
    "metric_two": {"source_person": "key", "names": "key", "place": "show"},
}
BOTH = (("marts", "fct_one"), ("metrics", "metric_two"))


def keep(engine: Engine, monkeypatch: pytest.MonkeyPatch, **changed: dict[str, Any]) -> None:
    said = {table: columns | changed.get(table, {}) for table, columns in SAID.items()}
    monkeypatch.setattr(analysts, "marks", lambda schema, table: said.get(table, {}))
    with engine.begin() as connection:
        keep_views(connection, BOTH)


def rows(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_same_person_has_the_same_key_everywhere(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a list, under another name, and after publishing again; nobody has none, and it is no plain hash."""
    keep(small, monkeypatch)
    [(ada,)] = rows(small, "select person_key from analysis.fct_one where seen_hour is not null")
    [(bo,)] = rows(small, "select person_key from analysis.fct_one where seen_hour is null and person_key is not null")
    assert ada != bo
    assert rows(small, "select source_person_key, names_key, place from analysis.metric_two") == [(ada, [bo, ada], "x")]
    assert rows(small, "select count(*), count(person_key) from analysis.fct_one") == [(3, 2)]
    assert not hashlib.sha256(b"F01").hexdigest().startswith(ada)
    keep(small, monkeypatch)
    assert rows(small, "select person_key from analysis.fct_one where seen_hour is not null") == [(ada,)]
    with small.begin() as connection:
        connection.execute(text("update people.analyst_key set key = sha256('another warehouse''s')"))
    assert rows(small, "select person_key from analysis.fct_one where seen_hour is not null") != [(ada,)]


def test_the_key_is_kept_by_the_documented_formula(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """SHA-256 twice with the secret before, of which the first 20 hex digits are shown."""
    keep(small, monkeypatch)
    [(secret,)] = rows(small, "select key from people.analyst_key")
    inner = hashlib.sha256(bytes(secret) + b"F01").digest()
    expected = hashlib.sha256(bytes(secret) + inner).hexdigest()[:20]
    assert (expected,) in rows(small, "select person_key from analysis.fct_one")


def test_every_warehouse_has_a_secret_of_its_own(server_url: str, template: str, database_url: str) -> None:
    """32 bytes, made by the migration; two migrations never make the same."""
    name = f"rollcall_secret_{uuid4().hex[:12]}"
    engines = [connect(create_database(server_url, name)), connect(database_url)]
    try:
        migrate(engines[0])
        secrets = [bytes(rows(engine, "select key from people.analyst_key")[0][0]) for engine in engines]
        assert [len(secret) for secret in secrets] == [32, 32]
        assert secrets[0] != secrets[1]
    finally:
        for engine in engines:
            engine.dispose()
        drop_database(server_url, name)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
def test_times_are_shown_to_the_hour(small: Engine, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """Whatever the reader's own zone: one of half hours would cut another piece off."""
    keep(small, monkeypatch)
    with small.connect() as connection:
        connection.execute(text(f"set local timezone = '{zone}'"))
        seen = connection.execute(
            text("select seen_hour at time zone 'UTC' from analysis.fct_one where seen_hour is not null")
        ).scalar_one()
        local = connection.execute(text("select at_hour from analysis.metric_two")).scalar_one()
    assert f"{seen:%H:%M:%S}" == f"{local:%H:%M:%S}" == "10:00:00"


def test_an_analyst_s_own_view_survives_what_is_hidden_later(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that is not shown any more becomes NULL in its place, a new one comes last; then it may come back."""
    keep(small, monkeypatch)
    with small.begin() as connection:
        connection.execute(text("create view public.mine as select place, source_person_key from analysis.metric_two"))
    before = rows(small, "select oid from pg_class where relnamespace = 'analysis'::regnamespace order by 1")
    with small.begin() as connection:
        connection.execute(text("alter table metrics.metric_two add column posts int default 7"))
    keep(small, monkeypatch, metric_two={"place": "hide"})
    [(place, key)] = rows(small, "select * from public.mine")
    assert (place, len(key)) == (None, 20)
    names = """
        select string_agg(attname, ' ' order by attnum)
        from pg_attribute where attrelid = 'analysis.metric_two'::regclass and attnum > 0
    """
    assert rows(small, names) == [("source_person_key at_hour names_key place posts",)]
    keep(small, monkeypatch)
    assert rows(small, "select place, posts from analysis.metric_two") == [("x", 7)]
    assert rows(small, "select oid from pg_class where relnamespace = 'analysis'::regnamespace order by 1") == before


def test_comments_come_along(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a column is, and what was done to it."""
    keep(small, monkeypatch)
    comment = (
        "select col_description('analysis.fct_one'::regclass, 2), col_description('analysis.fct_one'::regclass, 3)"
    )
    assert rows(small, comment) == [
        ("Whose, 100% sure: it's. As a key: the same value has the same key in every table.", " Shown to the hour.")
    ]


def test_a_reader_in_the_middle_is_not_in_the_way(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views that are what they should be are not touched, so publishing waits for nobody who reads them."""
    keep(small, monkeypatch)
    with small.connect() as reader, reader.begin():
        reader.execute(text("select * from analysis.fct_one"))
        with small.begin() as connection:
            connection.execute(text("set local lock_timeout = '100ms'"))
            keep_views(connection, BOTH)


def test_a_table_that_becomes_restricted_is_closed(
    small: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What analysts read as it is, they read only as long as nothing in it is restricted."""
    with logged_in(small, database_url, "analyst") as analyst:
        open_ = {"source_person": "show", "names": "show"}
        keep(small, monkeypatch, metric_two=open_)
        assert analyst.rows("select source_person from metrics.metric_two") == [("F01",)]
        assert analyst.rows("select at from analysis.metric_two") == rows(small, "select at from metrics.metric_two")
        keep(small, monkeypatch, metric_two=open_ | {"names": "hide"})
        assert "permission denied" in str(analyst.refused("select source_person from metrics.metric_two"))
        assert analyst.rows("select source_person, names from analysis.metric_two") == [("F01", None)]
        assert "permission denied" in str(analyst.refused("select * from marts.fct_one"))
        assert len(analyst.rows("select * from analysis.fct_one")) == 3


def test_nobody_learns_a_key_by_asking(owner: Engine, everybody: dict[str, Somebody]) -> None:
    """There is no function that hashes for analysts, and the plan of a view shows the rule, never the secret."""
    with owner.connect() as connection:
        secret = bytes(connection.execute(text("select key from people.analyst_key")).scalar_one()).hex()
    analyst = everybody["analyst"]
    plan = analyst.rows("explain (analyze, verbose) select * from analysis.fct_posts where cluster_key = 'a'")
    assert secret[:8] not in str(plan)
    assert analyst.refused("select sha256(key) from people.analyst_key")
    assert not analyst.rows("select proname from pg_proc where prosecdef and has_function_privilege(oid, 'execute')")


def test_an_erasure_looks_into_what_is_for_everybody_and_leaves_the_secret_alone(owner: Engine) -> None:
    """The secret holds nobody: by chance its bytes could read like somebody's handle, and be rewritten."""
    with owner.connect() as connection:
        searched = {column.table for column in traces.columns(connection)}
    assert "people.person" in searched
    assert "people.analyst_key" not in searched
    assert {table.partition(".")[0] for table in searched} >= set(traces.OURS) - {"build"}
