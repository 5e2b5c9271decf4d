"""Frozen publications: what was given to somebody stays as it was, whatever is built or erased afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.dbt.conftest import AS_OF, Built
from tests.dbt.world import NAME
from warehouse.errors import CannotFreeze
from warehouse.forget import forget
from warehouse.freeze import freeze, frozen
from warehouse.publish import PUBLISHED, publish

pytestmark = pytest.mark.timeout(300)
AT = datetime(2026, 3, 16, 9, tzinfo=UTC)


def write(built: Built, *statements: str) -> None:
    with built.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def kept(built: Built) -> list[tuple[object, ...]]:
    rows = "select publication_id, table_name, row_no, row::text from metrics.frozen_row order by 1, 2, 3"
    return built.rows(rows) + built.rows("select f::text from metrics.frozen_publication as f order by 1")


def decided(built: Built) -> None:
    write(built, "update build.metric_headline set provisional = false, open_reviews = 0")


def test_it_keeps_every_row_that_says_nothing_of_single_people(copy: Built) -> None:
    """Whole tables, as they were published; nothing with ids of people, posts or accounts, nor names."""
    decided(copy)
    number = publish(copy.engine, NAME, copy.run_id, AS_OF)
    done = freeze(copy.engine, NAME, "final report", AT)
    assert (done.publication_id, done.as_of, done.frozen_at) == (number, AS_OF, AT)
    tables = {table for (table,) in copy.rows("select distinct table_name from metrics.frozen_row")}
    assert tables >= {"metric_headline", "metric_waterfall", "metric_posts_by_cohort", "dim_campaign", "open_headline"}
    assert tables.isdisjoint({"dim_member", "fct_items", "fct_posts", "fct_merges", "metric_member_activity"})
    for schema, table in PUBLISHED:
        if table in tables:
            published = copy.rows(f"select to_jsonb(t) from {schema}.{table} as t")
            rows = copy.rows("select row from metrics.frozen_row where table_name = :table", table=table)
            assert sorted(map(str, rows)) == sorted(map(str, published)), table
    words = " ".join(str(row) for row in copy.rows("select row::text from metrics.frozen_row"))
    people = copy.rows("select person_id, display_name from marts.dim_member")
    assert [name for person in people for name in person if name in words] == []
    assert done.rows == copy.rows("select count(*) from metrics.frozen_row")[0][0]


def test_it_stays_as_it_was(copy: Built) -> None:
    """Byte-equal after another publication with other numbers, and after an erasure."""
    decided(copy)
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    freeze(copy.engine, NAME, "final", AT)
    before = kept(copy)
    run_id = uuid.uuid4()
    write(
        copy,
        *(f"update build.{table} set run_id = '{run_id}'" for _, table in PUBLISHED),
        "update build.metric_headline set unique_posts = 1, members = 1",
        "delete from build.metric_waterfall where step = 'repost'",
    )
    publish(copy.engine, NAME, run_id, AS_OF)
    assert kept(copy) == before
    with copy.engine.begin() as connection:
        connection.execute(text("drop schema build cascade"))
        forget(connection, "IND-1", b"secret" * 6, AT)
    assert set(kept(copy)) < set(before)
    tables = {str(row[1]) for row in kept(copy)[:-1]}
    assert {"metric_headline", "metric_waterfall"} <= tables
    assert not copy.rows(
        "select from metrics.frozen_row where row ? 'country_iso3' and (row ->> 'members')::int between 1 and 4"
    )
    corrected = freeze(copy.engine, NAME, "corrected", AT + timedelta(days=1))
    assert [one.label for one in frozen(copy.engine, NAME)] == ["final", "corrected"]
    assert corrected.publication_id > frozen(copy.engine, NAME)[0].publication_id


def test_what_cannot_be_frozen_is_told(copy: Built) -> None:
    """Nothing published, a label that is taken or odd, a publication that is kept already: each changes nothing."""
    with pytest.raises(CannotFreeze, match="rollcall build"):
        freeze(copy.engine, NAME, "final", AT)
    decided(copy)
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    for label in ("", " final", "../final", "é", "x" * 61, "a\nb"):
        with pytest.raises(CannotFreeze, match="cannot be used"):
            freeze(copy.engine, NAME, label, AT)
    freeze(copy.engine, NAME, "final", AT)
    before = kept(copy)
    with pytest.raises(CannotFreeze, match="taken"):
        freeze(copy.engine, NAME, "final", AT)
    with pytest.raises(CannotFreeze, match="kept already, as 'final'"):
        freeze(copy.engine, NAME, "other", AT)
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    with pytest.raises(CannotFreeze, match="taken"):
        freeze(copy.engine, NAME, "final", AT)
    assert kept(copy) == before


def test_provisional_numbers_are_frozen_only_on_purpose(copy: Built) -> None:
    """Records that wait for a person can still move them."""
    write(copy, "update build.metric_headline set provisional = true, open_reviews = 3")
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    with pytest.raises(CannotFreeze, match=r"3 records wait .* --provisional"):
        freeze(copy.engine, NAME, "interim", AT)
    assert frozen(copy.engine, NAME) == []
    freeze(copy.engine, NAME, "interim", AT, provisional=True)
    assert [one.label for one in frozen(copy.engine, NAME)] == ["interim"]
