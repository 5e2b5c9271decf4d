"""The quality gate: what it lets through, what it stops, and that it tells no names."""

from __future__ import annotations

import pytest

from tests.dbt.conftest import AS_OF, Built, published
from tests.dbt.rows import LONG_AGO, insert
from tests.dbt.world import NAME
from warehouse.checks import is_red
from warehouse.gate import SUITES, judge
from warehouse.publish import publish

pytestmark = [
    pytest.mark.timeout(300),  # Great Expectations takes long to import
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that it imports
]


def test_the_small_world_passes(copy: Built, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing critical fails; each rule is kept as a row in counts; no table is left behind, nothing is printed."""
    tables = copy.rows("select oid from pg_class")
    checks = judge(copy.engine, NAME, copy.run_id)
    assert not is_red(checks)
    assert {check.rule for check in checks if not check.passed} == {"has_programme_country"}
    kept = copy.rows("select suite, rule, passed from core.quality_result where suite <> 'dbt'")
    assert sorted(kept) == sorted((check.suite, check.rule, check.passed) for check in checks)
    assert len(checks) == sum(len(suite.rules) for suite in SUITES)
    assert copy.rows("select oid from pg_class") == tables
    assert capfd.readouterr() == ("", "")


def test_red_stops_the_publication_and_tells_no_names(copy: Built) -> None:
    """A handle with two owners is critical: it is counted, nobody is named, and the last good tables stay."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    before = published(copy)
    with copy.engine.begin() as connection:
        always = {"valid_from": "-infinity", "valid_to": "infinity", "known_from": LONG_AGO, "known_to": "infinity"}
        owner = {**always, "platform": "x", "handle": "secretive", "match_basis": "opt_in"}
        insert(connection, "people.person_handle", *({**owner, "person_id": who} for who in ("EGY-1", "BRA-1")))
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
        ("has_one_owner", "critical", 2),
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
