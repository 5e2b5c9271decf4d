"""The dbt project itself: documentation, seeds, its own unit tests, and how it fails."""

from __future__ import annotations

import csv
import importlib.resources
import uuid
from collections import defaultdict
from pathlib import Path

import pycountry
import pytest

from tests.dbt.conftest import AS_OF, Built
from tests.dbt.world import NAME
from warehouse.engine import create_database, drop_database
from warehouse.errors import WarehouseError
from warehouse.publish import PUBLISHED
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
        assert "    description: \"One row" in (text := model.with_suffix(".yml").read_text()) or "    description: One row" in text


def test_no_text_is_published(world: Built) -> None:
    """No published column holds what people wrote."""
    columns = world.rows("select table_name, column_name from information_schema.columns where table_schema = 'build'")
    published = {table for _, table in PUBLISHED}
    assert {column for table, column in columns if table in published} & {"text", "title", "words", "text_hash"} == set()


def test_the_project_s_unit_tests_pass(world: Built, target_dir: Path) -> None:
    """The day rule and the inclusion order, rows in and rows out, on SQL alone."""
    variables = {"campaign": NAME, "run_id": str(world.run_id), "as_of": AS_OF.isoformat()}
    results = run_dbt(["test", "--select", "test_type:unit"], world.url, variables, target_dir)
    assert {result.node.name: str(result.status) for result in results} == {"day_rule": "pass", "inclusion_order": "pass"}


def test_building_again_changes_nothing(world: Built, target_dir: Path, server_url: str) -> None:
    """The same warehouse built twice has the same rows, but for the run."""
    def rows() -> dict[str, list[object]]:
        return {
            table: sorted(map(str, world.rows(f"select to_jsonb(t) - 'run_id' from build.{table} as t")))
            for _, table in PUBLISHED
        }

    before = rows()
    checks = transform(world.url, NAME, world.run_id, AS_OF, target_dir)
    assert rows() == before
    assert {check.rule for check in checks} == {check.rule for check in world.checks}


