"""Publishing: whole or not at all, for every reader, into tables that stay the same objects."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from tests.dbt.conftest import AS_OF, Built, published
from tests.dbt.world import NAME
from warehouse import publish as publishing
from warehouse.errors import PublishError
from warehouse.publish import PUBLISHED, publish

pytestmark = pytest.mark.timeout(300)


def write(built: Built, *statements: str) -> None:
    with built.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_what_was_built_is_what_is_published(copy: Built) -> None:
    """Every built row arrives, every row carries the publication, and the publication says of what and when."""
    number = publish(copy.engine, NAME, copy.run_id, AS_OF)
    for schema, table in PUBLISHED:
        built = copy.rows(f"select to_jsonb(t)::text from build.{table} as t order by 1")
        stable = copy.rows(f"select (to_jsonb(t) - 'publication_id')::text from {schema}.{table} as t order by 1")
        assert stable == built, table
        assert copy.rows(f"select distinct publication_id from {schema}.{table}") == [(number,)] * bool(built)
    assert copy.rows("select campaign, run_id, as_of, definition_version from metrics.publication") == [
        (NAME, copy.run_id, AS_OF, "1")
    ]


def test_descriptions_are_published_too(copy: Built) -> None:
    """Every published table and column has the comment of its dbt model."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    silent = copy.rows("""
        select relname, attname from pg_class
        inner join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        where relnamespace in ('marts'::regnamespace, 'metrics'::regnamespace) and relkind = 'r'
            and relname not in ('publication', 'frozen_publication', 'frozen_row')
            and (col_description(pg_class.oid, attnum) is null or obj_description(pg_class.oid) !~ '^One row')
    """)
    assert silent == []


def test_publishing_again_replaces_only_the_campaign_s_rows(copy: Built) -> None:
    """Another campaign's rows, analysts' views, grants and the tables themselves survive."""
    first = publish(copy.engine, NAME, copy.run_id, AS_OF)
    write(
        copy,
        "insert into metrics.metric_headline (campaign, unique_posts, publication_id) values ('other', 7, 0)",
        "create view public.mine as select campaign, unique_posts, publication_id from metrics.metric_headline",
        "grant select on marts.fct_posts to public",
    )
    objects = (
        "select oid, relacl::text from pg_class where relnamespace in ('marts'::regnamespace, 'metrics'::regnamespace)"
    )
    before = copy.rows(objects)
    second = publish(copy.engine, NAME, copy.run_id, AS_OF)
    assert second > first
    assert copy.rows(objects) == before
    posts = copy.rows("select unique_posts from build.metric_headline")[0][0]
    assert copy.rows("select * from public.mine order by campaign") == [(NAME, posts, second), ("other", 7, 0)]


def test_no_reader_ever_sees_half(copy: Built) -> None:
    """Readers who poll meanwhile see one publication per statement, and one across all tables in a snapshot."""
    numbers = [publish(copy.engine, NAME, copy.run_id, AS_OF)]
    done, seen = threading.Event(), {"one table": [], "all tables": []}
    items = copy.rows("select count(*) from build.fct_items")[0][0]
    every_table = " union all ".join(
        f"select count(*), min(publication_id), max(publication_id) from {schema}.{table}"
        for schema, table in PUBLISHED
        if copy.rows(f"select from build.{table} limit 1")
    )

    def poll(kind: str, isolation: str, statements: list[str]) -> None:
        with copy.engine.connect().execution_options(isolation_level=isolation) as connection:
            while not done.is_set():
                with connection.begin():
                    seen[kind].append(
                        [tuple(row) for statement in statements for row in connection.execute(text(statement))]
                    )

    one = ["select count(*), min(publication_id), max(publication_id) from marts.fct_items"]
    readers = [
        threading.Thread(target=poll, args=("one table", "READ COMMITTED", one)),
        threading.Thread(target=poll, args=("all tables", "REPEATABLE READ", every_table.split(" union all "))),
    ]
    for reader in readers:
        reader.start()
    numbers += [publish(copy.engine, NAME, copy.run_id, AS_OF) for _ in range(10)]
    done.set()
    for reader in readers:
        reader.join()
    assert {first for rows in seen["one table"] for _, first, _ in rows} <= set(numbers)
    assert all(rows == [(items, rows[0][1], rows[0][1])] for rows in seen["one table"])
    assert all(count and first == last for rows in seen["all tables"] for count, first, last in rows)
    assert all(len({first for _, first, _ in rows}) == 1 for rows in seen["all tables"])
    assert len({rows[0][1] for rows in seen["all tables"]}) > 1


@contextmanager
def holding(built: Built, statement: str) -> Iterator[None]:
    """Another session in the middle of a transaction."""
    with built.engine.connect() as connection, connection.begin():
        connection.execute(text(statement))
        yield


def test_an_analyst_s_long_select_is_not_in_the_way(copy: Built) -> None:
    """A session that has read every published table and is still open neither waits nor makes publishing wait."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    reads = ", ".join(f"(select count(*) from {schema}.{table})" for schema, table in PUBLISHED)
    with holding(copy, f"select {reads}"):
        publish(copy.engine, NAME, copy.run_id, AS_OF)


def test_a_lock_that_stays_ends_in_a_plain_error(copy: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishing waits for a while, then gives up; the last good tables stay as they are, to the byte."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    before = published(copy)
    monkeypatch.setattr(publishing, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(publishing, "TRIES", 2)
    with (
        holding(copy, "lock table metrics.metric_waterfall in share mode"),
        pytest.raises(PublishError, match="locked"),
    ):
        publish(copy.engine, NAME, copy.run_id, AS_OF)
    assert published(copy) == before


def test_a_lock_that_goes_is_waited_for(copy: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that is released between two tries costs time only."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    monkeypatch.setattr(publishing, "LOCK_TIMEOUT", "50ms")
    released = threading.Event()

    def hold() -> None:
        with holding(copy, "lock table marts.fct_posts in share mode"):
            locked.set()
            released.wait(0.5)

    locked = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    holder.join()


def test_what_fails_in_the_middle_changes_nothing(copy: Built) -> None:
    """When the last table refuses its rows, the first ones keep theirs."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    schema, table = PUBLISHED[-1]
    write(copy, f"alter table {schema}.{table} add constraint refuse check (publication_id = 1)")
    before = published(copy)
    with pytest.raises(PublishError, match="refuse"):
        publish(copy.engine, NAME, copy.run_id, AS_OF)
    assert published(copy) == before


@pytest.mark.parametrize("table", ["metric_headline", "fct_items", "metric_coverage"])
def test_tables_of_another_run_are_not_published(copy: Built, table: str) -> None:
    """A build of another run or campaign that came in between is noticed, whichever table it got to."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    before = published(copy)
    write(copy, f"update build.{table} set run_id = '{uuid.uuid4()}'")
    with pytest.raises(PublishError, match="build again"):
        publish(copy.engine, NAME, copy.run_id, AS_OF)
    assert published(copy) == before


def test_a_new_column_is_added_and_an_old_one_stays(copy: Built) -> None:
    """The stable tables only ever gain columns; what is not built any more becomes unknown."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    write(
        copy,
        "alter table build.metric_headline add column novel bigint",
        "comment on column build.metric_headline.novel is 'What 100% of it''s \\:about.'",
        "update build.metric_headline set novel = 5",
        "alter table build.metric_headline drop column fill_rate",
    )
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    assert copy.rows("select novel, fill_rate from metrics.metric_headline") == [(5, None)]
    comment = """
        select col_description(attrelid, attnum) from pg_attribute
        where attname = 'novel' and attrelid = 'metrics.metric_headline'::regclass
    """
    assert copy.rows(comment) == [("What 100% of it's :about.",)]


def test_a_column_that_changed_its_type_is_refused(copy: Built) -> None:
    """Analysts rely on types: only a migration changes one."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    write(copy, "alter table build.metric_headline alter column members type text")
    with pytest.raises(PublishError, match=r"members in metrics\.metric_headline"):
        publish(copy.engine, NAME, copy.run_id, AS_OF)
