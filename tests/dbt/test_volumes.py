"""Volumes and sums of what is about to be published: what falls without a reason, and what does not add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dbt.conftest import AS_OF, Built
from tests.dbt.world import NAME
from warehouse.publish import publish
from warehouse.transform import run_dbt

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]
VOLUMES = ("posts_are_still_counted", "posts_do_not_vanish")
LATER = "timestamptz '2026-03-16'"
TAKEN_AWAY = {
    "decision": f"""
        insert into people.review_decision
            (campaign, queue, subject, evidence, verdict, decided_by, decided_at, known_from)
        values ('it''s c1', 'spam_suspect', 'post:x:plain', 'e', 'exclude', 'clerk', {LATER}, {LATER})
    """,
    "refusal": f"""
        insert into people.consent (person_id, purpose, state, changed_at)
        values ('EGY-1', 'collect', 'withdrawn', {LATER})
    """,
    "erasure": f"insert into people.erasure (erased_at, receipt) values ({LATER}, '{{}}')",
}


def failing(built: Built, target_dir: Path, *tests: str) -> set[str]:
    results = run_dbt(["test", "--select", *tests], built.url, target_dir)
    assert {result.node.name for result in results} == set(tests)
    return {result.node.name for result in results if str(result.status) != "pass"}


def change(built: Built, statement: str) -> None:
    with built.engine.begin() as connection:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def test_a_fall_of_more_than_a_tenth_is_noticed(copy: Built, target_dir: Path) -> None:
    """Nothing to compare with, as many, or a tenth less: nothing is said. More than that is; nothing left is worse."""
    assert failing(copy, target_dir, *VOLUMES) == set()
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    for posts, expected in ((100, set()), (90, set()), (89, {"posts_do_not_vanish"}), (0, set(VOLUMES))):
        change(copy, "update metrics.metric_headline set unique_posts = 100")
        change(copy, f"update build.metric_headline set unique_posts = {posts}")
        assert failing(copy, target_dir, *VOLUMES) == expected, posts


@pytest.mark.parametrize("reason", TAKEN_AWAY)
def test_what_people_took_away_is_no_alarm(copy: Built, target_dir: Path, reason: str) -> None:
    """A decision, a refusal or an erasure since the last publication may take every post, and still be published."""
    publish(copy.engine, NAME, copy.run_id, AS_OF)
    change(copy, "update build.metric_headline set unique_posts = 0")
    assert failing(copy, target_dir, *VOLUMES) == set(VOLUMES)
    change(copy, TAKEN_AWAY[reason])
    assert failing(copy, target_dir, *VOLUMES) == set()


@pytest.mark.parametrize(
    ("test", "statement"),
    [
        ("parts_sum_to_unique_posts", "update build.metric_posts_by_role set posts = posts + 1 where role = 'fellow'"),
        ("parts_sum_to_unique_posts", "update build.metric_timeliness set posts = posts + 1 where group_by = 'all'"),
        ("parts_sum_to_unique_posts", "update build.metric_hour_weekday set posts = posts + 1 where hour = 7"),
        ("ties_sum_up", "update build.metric_network set dyads = dyads + 1"),
        ("ties_sum_up", "update build.metric_homophily set external = external + 1"),
    ],
)
def test_sums_that_do_not_agree_are_red(copy: Built, target_dir: Path, test: str, statement: str) -> None:
    """Each identity holds in the small world, and no longer once a part of it is one more."""
    assert failing(copy, target_dir, test) == set()
    change(copy, statement)
    assert failing(copy, target_dir, test) == {test}
