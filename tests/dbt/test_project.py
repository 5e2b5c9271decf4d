"""The dbt project itself: documentation, seeds, its own unit tests, and how it fails."""

from __future__ import annotations

import csv
import importlib.resources
import re
import uuid
from collections import defaultdict
from os import environ
from pathlib import Path

import pycountry
import pytest
from sqlalchemy import Connection, make_url

from tests.dbt.conftest import AS_OF, Build, Built
from tests.dbt.rows import campaign, insert, item, put_items, put_person
from tests.dbt.world import NAME
from warehouse.errors import WarehouseError
from warehouse.publish import PUBLISHED, publish
from warehouse.transform import PROJECT, run_dbt, transform

pytestmark = pytest.mark.timeout(300)


def test_countries_with_one_zone_are_those_of_the_tz_database() -> None:
    """The seed is zone.tab, less the countries with several zones."""
    zones: dict[str, list[str]] = defaultdict(list)
    for line in importlib.resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            iso2, _, zone = line.split("\t")[:3]
            zones[iso2].append(zone)
    expected = {
        country.alpha_3: zones[country.alpha_2][0]
        for country in pycountry.countries
        if len(zones[country.alpha_2]) == 1
    }
    with (PROJECT / "seeds" / "single_zone_countries.csv").open() as seed:
        assert {row["iso3"]: row["zone"] for row in csv.DictReader(seed)} == expected


def test_every_published_table_and_column_is_described(world: Built) -> None:
    """Descriptions reach the database as comments, and a table's begins with what one row is."""
    undescribed = world.rows("""
        select relname, attname from pg_class
        inner join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        where relnamespace = 'build'::regnamespace and relkind = 'r' and relname ~ '^(dim|fct|metric)_'
            and (col_description(pg_class.oid, attnum) is null or obj_description(pg_class.oid) !~ '^One row')
    """)
    assert undescribed == []


def test_every_model_has_its_description_beside_it() -> None:
    """One yml per model, whose description begins with the grain."""
    for model in PROJECT.rglob("models/*/*.sql"):
        described = model.with_suffix(".yml").read_text()
        assert re.search(r'^    description: (>\n +)?"?One row', described, re.MULTILINE), model


def test_no_text_is_published(world: Built) -> None:
    """No published column holds what people wrote."""
    columns = world.rows("select table_name, column_name from information_schema.columns where table_schema = 'build'")
    published = {table for _, table in PUBLISHED}
    assert {column for table, column in columns if table in published} & {
        "text",
        "title",
        "words",
        "text_hash",
    } == set()


def test_the_project_s_unit_tests_pass(world: Built, target_dir: Path) -> None:
    """The day rule, the inclusion order, what marks spam, which acts are items: rows in and rows out, on SQL alone."""
    results = run_dbt(["test", "--select", "test_type:unit"], world.url, target_dir)
    statuses = {result.node.name: str(result.status) for result in results}
    assert statuses.keys() >= {"day_rule", "inclusion_order", "spam_signals", "acts_as_items"}
    assert set(statuses.values()) == {"pass"}, statuses


@pytest.mark.full
def test_building_again_changes_nothing(world: Built, target_dir: Path) -> None:
    """The same warehouse built twice has the same rows."""

    def rows() -> dict[str, list[str]]:
        return {
            table: [row for (row,) in world.rows(f"select t::text from build.{table} as t order by 1")]
            for _, table in PUBLISHED
        }

    before = rows()
    checks = transform(world.url, NAME, world.run_id, AS_OF, target_dir)
    assert rows() == before
    assert {check.rule for check in checks} == {check.rule for check in world.checks}


def test_every_test_of_dbt_is_kept_as_a_check(world: Built) -> None:
    """core.quality_result has a row per test of the run, in counts only."""
    kept = world.rows("select rule, passed, failed from core.quality_result where suite = 'dbt' order by rule")
    assert kept == sorted((check.rule, check.passed, check.failed) for check in world.checks)


@pytest.mark.full
def test_an_unknown_campaign_is_red(copy: Built, target_dir: Path) -> None:
    """A campaign that is not in the warehouse fails a critical check, and nothing behind it is built."""
    checks = transform(copy.url, "nowhere", uuid.uuid4(), AS_OF, target_dir)
    assert [(check.rule, check.severity) for check in checks if not check.passed] == [("campaign_is_known", "critical")]
    assert copy.rows("select campaign from build.metric_headline") == [(NAME,)]


@pytest.mark.full
def test_what_looks_odd_is_a_warning(copy: Built, target_dir: Path) -> None:
    """Days that were not read again after an edit, and posts that other hashtags judged, are published with a note;
    counts that fell to nothing are not."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    with copy.engine.begin() as connection:
        connection.exec_driver_sql("update core.item_days set content_hash = 'old' where post_id in ('s1', 's2')")
        connection.exec_driver_sql("update core.item set deleted_at = now()")
        connection.exec_driver_sql("update core.campaign set is_judged = false")
    checks = transform(copy.url, NAME, uuid.uuid4(), AS_OF, target_dir)
    assert {(check.rule, check.severity, check.failed) for check in checks if not check.passed} == {
        ("days_are_fresh", "warning", 2),
        ("hashtags_are_those_of_the_file", "warning", 1),
        ("posts_are_still_counted", "critical", 1),
        ("posts_do_not_vanish", "warning", 1),
    }


def test_a_table_that_cannot_be_built_says_so_in_one_sentence(
    copy: Built, target_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error names the table and the database's reason: no traceback, nothing on the terminal."""
    with copy.engine.begin() as connection:
        connection.exec_driver_sql("alter table core.item_days rename column themes to motifs")
    with pytest.raises(WarehouseError) as told:
        transform(copy.url, NAME, uuid.uuid4(), AS_OF, target_dir)
    assert str(told.value) == 'The table stg_item_days could not be built: column "themes" does not exist'
    assert capfd.readouterr() == ("", "")


def test_a_password_stays_out_of_sight(copy: Built, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A refused connection tells neither the password nor leaves it in dbt's files or the environment."""
    secret = "pa$s-w%rd-8861"
    address = make_url(copy.url).set(password=secret, query={}, host="localhost", port=1)
    with pytest.raises(WarehouseError) as told:
        run_dbt(["build"], address.render_as_string(hide_password=False), tmp_path)
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret not in f"{told.value}{told.value.__cause__}{capfd.readouterr()}{environ}{files!r}"


@pytest.mark.full
def test_the_repeated_hour_of_juba(build: Build) -> None:
    """Where clocks go back at midnight, both hours before it are the day before (metrics.md b.11 example 4)."""

    def put(connection: Connection) -> None:
        insert(connection, "core.campaign", campaign("juba", "2021-02-01", "2021-02-28"))
        times = {"before": "2021-01-31T20:30Z", "repeated": "2021-01-31T21:30Z", "after": "2021-01-31T22:30Z"}
        put_items(connection, *(item("juba", "x", post, "a", at) for post, at in times.items()), days={}, themes={})
        fellow = {"role": "fellow", "cohort_year": 2011}
        put_person(connection, "SSD-1", fellow, accounts=("x/a",), zones=[{"tz": "Africa/Juba"}])

    built = build(put, "juba")
    found = built.rows("select post_id, local_date::text, exclusion_reason from build.fct_items order by created_at")
    assert found == [
        ("before", "2021-01-31", "out_of_window"),
        ("repeated", "2021-01-31", "out_of_window"),
        ("after", "2021-02-01", None),
    ]
