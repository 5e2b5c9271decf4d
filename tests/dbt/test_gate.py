"""The quality gate: what it lets through, what it stops, and that it tells no names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dbt.conftest import AS_OF, Built, published
from tests.dbt.rows import LONG_AGO, insert
from tests.dbt.world import NAME
from warehouse.checks import is_red
from warehouse.gate import SUITES, Suite, breaking, examine, judge
from warehouse.publish import publish

pytestmark = [
    pytest.mark.timeout(300),  # Great Expectations takes long to import
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that it imports
]


def test_the_small_world_passes(copy: Built, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing critical fails; each rule is kept as a row in counts; only what shows failing rows is left behind."""
    before = set(copy.rows("select relname from pg_class"))
    checks = judge(copy.engine, NAME, copy.run_id)
    assert not is_red(checks)
    assert {check.rule for check in checks if not check.passed} == {"has_programme_country"}
    kept = copy.rows("select suite, rule, passed from core.quality_result where suite <> 'dbt'")
    assert sorted(kept) == sorted((check.suite, check.rule, check.passed) for check in checks)
    assert len(checks) == sum(len(suite.rules) for suite in SUITES)
    assert set(copy.rows("select relname from pg_class")) - before == {("failing_fellows_has_programme_country",)}
    assert capfd.readouterr() == ("", "")


def test_red_stops_the_publication_and_tells_no_names(copy: Built) -> None:
    """A handle or a permanent id with two owners is critical: it is counted, nobody named, the last tables stay."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    before = published(copy)
    with copy.engine.begin() as connection:
        always = {"valid_from": "-infinity", "valid_to": "infinity", "known_from": LONG_AGO, "known_to": "infinity"}
        owner = {**always, "platform": "x", "handle": "secretive", "match_basis": "opt_in"}
        both = ("EGY-1", "BRA-1")
        insert(connection, "people.person_handle", *({**owner, "person_id": who} for who in both))
        known = {**owner, "platform": "bluesky", "stable_id": "did:plc:secretive"}
        handles = zip(both, ("before", "after"), strict=True)
        insert(connection, "people.person_handle", *({**known, "person_id": who, "handle": it} for who, it in handles))
        plain = {"campaign": NAME, "platform": "x", "post_id": "plain", "source": "x", "observed_at": LONG_AGO}
        insert(connection, "core.metric_snapshot", {**plain, "likes": -1})
        connection.exec_driver_sql("delete from core.item_days where post_id = 'authorless'")
        connection.exec_driver_sql("update core.item set post_id = ' ' where post_id = 'authorless'")
        connection.exec_driver_sql("update core.item set created_at = '2031-01-01' where post_id = 'stranger'")
        connection.exec_driver_sql("update core.item set created_at = '2020-01-01' where post_id = 'untagged'")
        connection.exec_driver_sql("update people.person_timezone set tz = 'Mars/Phobos' where person_id = 'TZ-tehran'")
    checks = judge(copy.engine, NAME, copy.run_id)
    assert is_red(checks)
    assert {(check.rule, check.severity, check.failed) for check in checks if not check.passed} == {
        ("has_one_owner", "critical", 4),
        ("post_id_is_there", "critical", 1),
        ("counts_are_not_negative", "warning", 1),
        ("posted_before_seen", "warning", 1),
        ("posted_near_the_campaign", "warning", 1),
        ("is_zone_known", "warning", 1),
        ("has_programme_country", "warning", 2),
    }
    assert "secretive" not in repr(checks)
    assert "EGY-1" not in repr(checks)
    assert published(copy) == before


def test_the_failing_rows_are_named(copy: Built) -> None:
    """A view shows every row that a rule counted; what is said of one is its key, never a name, handle or address."""
    with copy.engine.begin() as connection:
        always = {"valid_from": "-infinity", "valid_to": "infinity", "known_from": LONG_AGO, "known_to": "infinity"}
        owner = {**always, "platform": "x", "handle": "secretive", "match_basis": "opt_in"}
        insert(connection, "people.person_handle", *({**owner, "person_id": who} for who in ("EGY-1", "BRA-1")))
        connection.exec_driver_sql("update people.person set display_name = ' ' where person_id = 'EGY-1'")
        connection.exec_driver_sql("delete from core.item_days where post_id in ('authorless', 'stranger')")
        connection.exec_driver_sql(
            "update core.item set created_at = '2031-01-01', post_id = 'https://example.social/@secretive/1234'"
            " where post_id = 'stranger'"
        )
    checks = judge(copy.engine, NAME, copy.run_id)
    found = {check.rule: check for check in checks if not check.passed}
    for check in found.values():
        assert check.failing is not None
        assert copy.rows(f"select count(*) from {check.failing.view}") == [(check.failed,)], check.rule
    named = {rule: check.failing.named for rule, check in found.items() if check.failing}
    assert named["has_one_owner"] == ("person_id BRA-1, platform x", "person_id EGY-1, platform x")
    assert named["is_named"] == ("person_id EGY-1",)
    assert named["posted_before_seen"][0].startswith("platform x, post_id …/1234, hours_ahead ")
    assert "secretive" not in repr(checks)
    judge(copy.engine, NAME, copy.run_id)  # again: the views of the time before are in nobody's way


MIXED = """
    select * from (values
        ('x', 'a', 5, -5, true), ('x', 'a', 5, 24, true), ('X y', 'b', -1, 367, false), (null, null, null, null, null),
        ('x', null, 0, 30, true), ('x', null, 7, 366.5, false), (null, 'a', 2, 0, false), (null, null, null, 24.5, null)
    ) as mixed (platform, post_id, whole, number, holds)
"""


def test_what_breaks_a_rule_is_what_great_expectations_counts(copy: Built) -> None:
    """Each kind of rule is said once more as SQL, to find its rows: both find as many, whatever the values are."""
    columns = {"hours_ahead": "number", "days_early": "number", "smallest": "whole", "platform": "platform"}
    text = {"post_id", "person_id", "cohort_year"}
    rules = []
    for rule in (rule for suite in SUITES for rule in suite.rules):
        column = rule.given.get("column", "")
        meant = columns.get(column, "post_id" if column in text else "holds")
        rules.append(rule if "column_list" in rule.given else replace(rule, given={**rule.given, "column": meant}))
    for check, rule in zip(
        examine(copy.engine, "any", (Suite(name="any", query=MIXED, rules=tuple(rules)),)), rules, strict=True
    ):
        assert check.failed, rule.name
        broken = copy.rows(f"select count(*) from ({breaking(rule, MIXED)}) as broken")
        assert broken == [(check.failed,)], rule.name
