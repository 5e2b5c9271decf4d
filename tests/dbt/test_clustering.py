"""Unique posts in the warehouse: a worked example, and what a reviewer separates."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.dbt.conftest import AS_OF, Build, unchecked
from tests.dbt.rows import LONG_AGO, campaign, insert, item, put_items, put_person
from warehouse.transform import transform

pytestmark = pytest.mark.timeout(300)

CAT = "Day 9: my museum cat #ITP28"
PHOTO = "phash:00ff00ff00ff00ff"
SEPARATE = """
insert into people.review_decision
  (campaign, queue, subject, evidence, verdict, decided_by, decided_at, known_from)
select 'cats', 'duplicate_doubtful', 'pair:facebook:a + instagram:b', one.evidence || '+' || other.evidence,
       'separate', 'somebody', now(), '2026-03-01'
from build.stg_items as one, build.stg_items as other
where one.post_id = 'a' and other.post_id = 'b'
"""


def put(connection: Connection) -> None:
    """metrics.md b.11 example 3."""
    insert(connection, "core.campaign", campaign("cats", "2026-02-01", "2026-02-28", platforms=["facebook", "x"]))
    posts = [
        ("facebook", "a", "one", "10:00", {"text": CAT, "media_hashes": [PHOTO]}),
        ("instagram", "b", "one", "10:03", {"text": f"{CAT} #cats #museums", "url": "https://instagram.com/p/b/"}),
        ("x", "c", "one", "10:05", {"text": CAT, "links": ["https://www.instagram.com/p/b"]}),
        (
            "facebook",
            "d",
            "one",
            "18:00",
            {"text": "Day 9 again: her friend", "media_hashes": ["phash:0f0f0f0f0f0f0f0f"]},
        ),
        ("facebook", "e", "two", "10:00", {"text": CAT, "media_hashes": [PHOTO]}),
    ]
    rows = [
        item("cats", platform, post, who, f"2026-02-09T{at}:00Z", **more) for platform, post, who, at, more in posts
    ]
    put_items(connection, *rows, days={row["post_id"]: [9] for row in rows}, themes={})
    insert(connection, "core.media", {
        "campaign": "cats", "platform": "instagram", "post_id": "b", "name": "b.jpg", "state": "hashed",
        "phash": "00ff00ff00ff00fc", "first_seen_at": LONG_AGO,
    })  # fmt: skip
    fellow = {"role": "fellow", "cohort_year": 2011}
    put_person(connection, "ONE", fellow, accounts=("facebook/one", "instagram/one", "x/one"))
    put_person(connection, "TWO", fellow, accounts=("facebook/two",))


@pytest.mark.full
def test_cross_posts_and_a_decision(build: Build, target_dir: Path) -> None:
    """Five items are three posts, each merge says why; a reviewer's word separates two of them and the rest stay."""
    built = build(put, "cats")
    clusters = "select post_id, cluster_id from build.fct_items order by post_id"
    a = "facebook:a"
    assert built.rows(clusters) == [("a", a), ("b", a), ("c", a), ("d", "facebook:d"), ("e", "facebook:e")]
    merges = "select post_id, copy_post_id, rule, score from build.fct_merges order by 1, 2"
    assert [row[:3] for row in built.rows(merges)] == [("a", "b", "media"), ("b", "c", "link")]
    with built.engine.begin() as connection:
        connection.exec_driver_sql(SEPARATE)
    with unchecked():
        transform(built.url, "cats", uuid.uuid4(), AS_OF, target_dir)
    assert dict(built.rows(clusters))["a"] != dict(built.rows(clusters))["b"]
    assert [row[:3] for row in built.rows(merges)] == [("b", "c", "link")]
    assert built.rows("select * from build.doubtful") == []
