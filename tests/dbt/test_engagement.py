"""What posts received, whose voice the hashtag is, and how well it was read: a small world, by hand."""

from __future__ import annotations

import csv
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.dbt.conftest import Build, Built
from tests.dbt.rows import LONG_AGO, Row, campaign, insert, item, put_items, put_person
from warehouse.transform import PROJECT

pytestmark = pytest.mark.timeout(300)

NAME = "received"
FELLOW = {"role": "fellow", "cohort_year": 2011}
NOON = "2026-02-02T12:00Z"
LINK = "https://mastodon.test/fedi"
POSTS: list[Row] = [
    {"post_id": "fell", "account_id": "amal"},
    {"post_id": "quiet", "account_id": "amal", "created_at": "2026-02-03T12:00Z", "text": "another day altogether"},
    {"platform": "mastodon", "post_id": "fedi", "account_id": "amal", "url": LINK},
    {"platform": "facebook", "post_id": "copy", "account_id": "amal", "created_at": "2026-02-02T13:00Z",
     "links": [LINK], "audience": "closed", "source": "hand:Sam", "source_rank": 0},
    *({"platform": "instagram", "post_id": f"i{n}", "account_id": "bia", "created_at": f"2026-02-{n:02}T12:00Z"}
      for n in range(1, 6)),
    {"post_id": "withdrawn", "account_id": "cara"},
    {"post_id": "advice", "account_id": "museum", "first_seen_at": "2026-02-02T14:00Z"},
    {"post_id": "hello", "account_id": "stranger"},
    {"post_id": "answer", "account_id": "stranger", "kind": "reply", "reply_to_account": "amal"},
    {"post_id": "whose", "account_id": None},
    {"post_id": "taken-down", "account_id": "stranger", "deleted_at": "2026-02-05T09:00Z"},
]  # fmt: skip
SNAPSHOTS: list[tuple[str, str, str, str, tuple[int | None, ...]]] = [
    # platform, post, source, when, likes replies reposts quotes bookmarks views
    ("x", "fell", "x.com", "2026-02-03T06:00Z", (9, 1, 1, 1, 5, 100)),
    ("x", "fell", "x.com", "2026-02-10T06:00Z", (7, 2, 2, 2, 5, 200)),
    ("x", "fell", "x.com", "2026-03-01T06:00Z", (6, 2, 2, 2, 5, 300)),
    ("x", "fell", "x.com", "2026-04-01T06:00Z", (99, 99, 99, 99, 99, 999)),
    ("x", "withdrawn", "x.com", "2026-02-09T06:00Z", (50, 0, 0, 0, 0, 900)),
    ("x", "quiet", "x.com", "2026-02-04T06:00Z", (1, 0, 0, 0, 0, 10)),
    ("mastodon", "fedi", "home.test", "2026-02-03T06:00Z", (4, 0, 1, None, None, None)),
    ("mastodon", "fedi", "away.test", "2026-02-09T06:00Z", (2, 0, 0, None, None, None)),
    ("facebook", "copy", "hand:Sam", "2026-02-04T06:00Z", (3, 1, None, None, None, None)),
    *(("instagram", f"i{n}", "instagram.com", "2026-02-06T06:00Z", (likes, 0, None, None, None, None))
      for n, likes in enumerate((1, 2, 3, 4, None), start=1)),
]  # fmt: skip
RUNS = [
    # verb, platform, state, when, items met
    ("collect", "x", "completed", "2026-02-02T23:30Z", 9),
    ("collect", "x", "partial", "2026-02-03T00:30Z", 2),
    ("refresh", "x", "completed", "2026-02-10T12:00Z", 3),
    ("refresh", "mastodon", "completed", "2026-02-09T12:00Z", 1),
]


def put(connection: Connection) -> None:
    settings = {"organisers": {"x": ["museum"]}, "platforms": ["x", "mastodon", "youtube"]}
    insert(connection, "core.campaign", campaign(NAME, "2026-02-01", "2026-02-28", **settings))
    put_items(connection, *(_item(**post) for post in POSTS), days={}, themes={})
    put_person(connection, "AMAL", FELLOW, accounts=("x/amal", "mastodon/amal", "facebook/amal"))
    put_person(connection, "BIA", FELLOW, accounts=("instagram/bia",))
    put_person(connection, "CARA", FELLOW, accounts=("x/cara",))
    insert(connection, "people.consent", *(
        {"person_id": person, "purpose": "quote_text", "state": state, "changed_at": at, "source": source}
        for person, state, at, source in (
            ("AMAL", "granted", LONG_AGO, "roster"), ("BIA", "refused", LONG_AGO, "roster"),
            ("CARA", "granted", "2026-03-02T00:00Z", "roster"), ("CARA", "withdrawn", "2026-03-01T00:00Z", "signup"))
    ))  # fmt: skip
    names = ("likes", "replies", "reposts", "quotes", "bookmarks", "views")
    insert(connection, "core.metric_snapshot", *(
        {"campaign": NAME, "platform": platform, "post_id": post, "source": source, "observed_at": at,
         **dict(zip(names, counts, strict=True))}
        for platform, post, source, at, counts in SNAPSHOTS
    ))  # fmt: skip
    insert(connection, "core.item_copy", *(
        {**{key: value for key, value in _item(**post).items() if key != "first_seen_at"}, "shown": 0,
         "source": source, "source_rank": rank}
        for post, source, rank in (
            (POSTS[2], "home.test", 2), (POSTS[2], "away.test", 1), (POSTS[4], "hand", 0), (POSTS[5], "hand:Sam", 0),
            (POSTS[5], "zeeschuimer:instagram.com", 0), (POSTS[6], "x-archive:x.com", 0))
    ))  # fmt: skip
    put_ledger(connection)


def put_ledger(connection: Connection) -> None:
    """Runs, what was read when, what could not be read, versions, and what an earlier publication said."""
    runs = [(str(uuid.uuid4()), *run) for run in RUNS]
    insert(connection, "core.run", *(
        {"run_id": run, "campaign": NAME, "verb": verb, "state": state, "started_at": at, "ended_at": at, "host": "h",
         "pid": 1} for run, verb, _, state, at, _ in runs
    ))  # fmt: skip
    blank = dict.fromkeys(("requests", "new", "updated", "duplicate", "out_of_scope", "suppressed", "not_public",
                           "quarantined", "cost"), 0)  # fmt: skip
    insert(connection, "core.run_platform", *(
        {**blank, "run_id": run, "platform": platform, "state": state, "fetched": met, "unchanged": met}
        for run, _, platform, state, _, met in runs
    ))  # fmt: skip
    insert(connection, "core.coverage", *(
        {"campaign": NAME, "platform": "x", "query": query, "hour": f"2026-02-02T{hour:02}:00Z", "state": state,
         "run_id": runs[0][0]}
        for query, hour, state in (("q", 9, "gap"), ("r", 9, "gap"), ("q", 10, "gap"), ("q", 11, "complete"))
    ))  # fmt: skip
    insert(connection, "raw.quarantine", *(
        {"campaign": NAME, "platform": "x", "source": "x", "query": "q", "reason": "bad_time",
         "detail": "", "sha256": f"\\x{n:02}", "body": "\\x00", "observed_at": at, "run_id": runs[0][0]}
        for n, at in enumerate(("2026-02-02T06:00Z", "2026-02-02T07:00Z", "2025-02-02T06:00Z"))
    ))  # fmt: skip
    insert(connection, "core.item_version", *(
        {"campaign": NAME, "platform": "x", "post_id": "fell", "content_hash": f"\\x{n:02}", "version_at": at,
         "observed_at": at, "hashtags": []}
        for n, at in enumerate((NOON, "2026-02-02T13:00Z", "2026-02-03T13:00Z"))
    ))  # fmt: skip
    question = {"queue": "author_unresolved", "subject": "post:x:whose", "evidence": "e", "records": 1, "state": "open"}
    insert(connection, "people.review_item",
           {"campaign": NAME, **question, "moves_counts": True, "first_seen_at": "2026-02-04T06:00Z",
            "changed_at": LONG_AGO})  # fmt: skip
    for number, version in ((1, "1"), (2, "0")):
        insert(connection, "metrics.frozen_publication",
               {"publication_id": number, "campaign": "last year", "label": f"report {number}", "as_of": LONG_AGO,
                "run_id": str(uuid.uuid4()), "definition_version": version, "frozen_at": LONG_AGO})  # fmt: skip
        figures = {"unique_posts": 5, "members": 3, "posts_per_member": 1.5}
        insert(connection, "metrics.frozen_row", *(
            {"publication_id": number, "table_name": table, "row_no": 1, "row": row}
            for table, row in (("metric_headline", figures), ("metric_retention", {"day": 1}))
        ))  # fmt: skip


def _item(post_id: str, account_id: str | None, **more: Any) -> Row:
    source = {"x": "x.com", "mastodon": "home.test", "instagram": "instagram.com"}
    platform, at = more.pop("platform", "x"), more.pop("created_at", NOON)
    return item(NAME, platform, post_id, account_id, at, **{"source": source.get(platform, platform), **more})


@pytest.fixture(scope="module")
def received(build: Build) -> Built:
    return build(put, NAME, checked=True)


def test_every_check_is_green(received: Built) -> None:
    assert [check.sentence for check in received.checks if not check.passed] == []


def test_a_post_has_its_latest_counts_and_those_at_a_week(received: Built) -> None:
    """Likes that fall, a count after as_of, the home server before another one, a refresh that changed nothing."""
    found = received.rows("""
        select post_id, likes, engagements, likes_7d, engagements_7d, observed_at_7d
        from build.metric_engagement_post where platform in ('x', 'mastodon') order by post_id
    """)
    week = datetime(2026, 2, 10, 6, tzinfo=UTC)
    refreshed = datetime(2026, 2, 10, 12, tzinfo=UTC)
    assert found == [
        ("fedi", 4, 5, 2, 2, datetime(2026, 2, 9, 6, tzinfo=UTC)),
        ("fell", 6, 12, 7, 13, week),
        ("quiet", 1, 1, 1, 1, refreshed),
        ("withdrawn", 50, 50, 50, 50, datetime(2026, 2, 9, 6, tzinfo=UTC)),
    ]


def test_a_unique_post_received_what_its_items_received(received: Built) -> None:
    """Over platforms, on each of its items; shares that nobody saw are not 0 but add nothing."""
    found = received.rows("""
        select post_id, is_canonical, reposts, engagements, cluster_engagements, cluster_known, cluster_items
        from build.metric_engagement_post where cluster_id = 'mastodon:fedi' order by is_canonical
    """)
    assert found == [("copy", False, None, 4, 9, 2, 2), ("fedi", True, 1, 5, 9, 2, 2)]


def test_a_rate_needs_four_fifths_and_is_of_one_platform(received: Built) -> None:
    """Likes of one of five pictures are hidden: exactly 80 % are known, and there is a rate; a reason where none."""
    rate = "select n_total, n_known, mean, q1, median, q3, value, reason from build.metric_engagement_rate"
    (found,) = received.rows(f"{rate} where definition = 'epp' and platform = 'instagram'")
    assert found == (5, 4, Decimal("2.5"), Decimal("1.75"), Decimal("2.5"), Decimal("3.25"), Decimal("2.5"), None)
    pooled = received.rows("select count(*) from build.metric_engagement_rate where platform is null")
    assert pooled == [(0,)]
    assert received.rows(f"{rate} where (value is null) = (reason is null)") == []
    names = received.rows("select distinct definition, version from build.metric_engagement_rate where platform = 'x'")
    assert {("epp", 1), ("hootsuite_x", 4), ("er_follower", 1)} <= set(names)
    assert ("keyhole_instagram", 1) not in names


def test_one_definition_is_the_default_at_any_time() -> None:
    """The seed: versions in the order of their days, exactly one default, a reason where it cannot be computed."""
    with (PROJECT / "seeds" / "engagement_definitions.csv").open() as seed:
        rows = list(csv.DictReader(seed))
    assert {row["definition"] for row in rows if row["is_default"] == "true"} == {"epp"}
    for name in {row["definition"] for row in rows}:
        versions = [row for row in rows if row["definition"] == name]
        assert [int(row["version"]) for row in versions] == list(range(1, len(versions) + 1))
        assert [row["valid_from"] for row in versions] == sorted({row["valid_from"] for row in versions})
        assert versions[0]["valid_from"] == ""
    assert all((row["is_computable"] == "true") == (row["reason"] == "") for row in rows)


def test_top_posts_are_those_that_may_be_quoted(received: Built) -> None:
    """Of the author who consents, seen at a week; nothing of those who refuse or have withdrawn, whoever says so."""
    found = received.rows("""
        select measure, platform, rank, value, post_id from build.metric_top_posts
        where measure in ('engagements', 'views') order by 1, 2, 3
    """)
    assert found == [
        ("engagements", "mastodon", 1, 2, "fedi"),
        ("engagements", "x", 1, 13, "fell"),
        ("engagements", "x", 2, 1, "quiet"),
        ("views", "x", 1, 200, "fell"),
        ("views", "x", 2, 10, "quiet"),
    ]


def test_every_post_under_the_hashtag_is_somebody_s_voice(received: Built) -> None:
    found = received.rows("""
        select author_class, posts, authors, all_posts, share from build.metric_share_of_voice
        where platform = 'x' order by 1
    """)
    assert found == [
        ("member", 3, 2, 6, Decimal("0.5")),
        ("organiser", 1, 1, 6, Decimal("0.166667")),
        ("public", 1, 1, 6, Decimal("0.166667")),
        ("unresolved", 1, 0, 6, Decimal("0.166667")),
    ]


def test_how_well_a_day_was_read(received: Built) -> None:
    """By UTC's days: a run after midnight is the next day's, two queries with the same gap miss one hour."""
    found = received.rows("""
        select day, runs, succeeded, gap_hours, oldest_created_at, unresolved_authors, open_reviews, edits, deletions,
            quarantined, latency_hours
        from build.metric_quality where platform = 'x' and day between '2026-02-01' and '2026-02-05' order by day
    """)
    noon = datetime(2026, 2, 2, 12, tzinfo=UTC)
    assert found == [
        (date(2026, 2, 1), 0, 0, None, None, 0, 0, 0, 0, 0, None),
        (date(2026, 2, 2), 1, 1, 2, noon, 1, 0, 1, 0, 2, 0),
        (date(2026, 2, 3), 1, 0, None, datetime(2026, 2, 3, 12, tzinfo=UTC), 0, 0, 1, 0, 0, 0),
        (date(2026, 2, 4), 0, 0, None, None, 0, 1, 0, 0, 0, None),
        (date(2026, 2, 5), 0, 0, None, None, 0, 0, 0, 1, 0, None),
    ]
    assert received.rows("select sum(runs), sum(succeeded) from build.metric_quality") == [(2, 1)]  # of `collect` alone
    days = received.rows("select platform, min(day), max(day), count(*) from build.metric_quality group by 1")
    spans = {(first, last, number) for _, first, last, number in days}
    assert sorted(platform for platform, *_ in days) == ["facebook", "instagram", "mastodon", "x", "youtube"]
    assert spans == {(date(2026, 1, 4), date(2026, 3, 15), 71)}


def test_two_lists_say_how_many_there_may_be(received: Built) -> None:
    """5 read, 2 of them written down or saved (one twice), none more: 6 x 3 / 3 - 1 = 5."""
    found = received.rows("""
        select platform, collected, by_people, on_both, estimate, ci_low, ci_high, reason
        from build.metric_capture order by platform
    """)
    assert found == [
        ("facebook", 0, 1, 0, None, None, None, "no program read it"),
        ("instagram", 5, 2, 2, 5, 5, 5, None),
        ("mastodon", 1, 0, 0, None, None, None, "nobody made a list by hand"),
        ("x", 3, 0, 0, None, None, None, "nobody made a list by hand"),
    ]


def test_figures_stand_beside_those_that_were_frozen(received: Built) -> None:
    """Of another campaign, by the same definitions only; what the frozen row lacks is unknown."""
    found = received.rows("""
        select publication_then, campaign_then, label_then, measure, value_now, value_then, difference
        from build.metric_compare where measure in ('unique_posts', 'members', 'fellows', 'posts_per_member')
        order by measure
    """)
    measures = ("fellows", "members", "posts_per_member", "unique_posts")
    assert [row[:4] for row in found] == [(1, "last year", "report 1", measure) for measure in measures]
    assert [row[4:] for row in found] == [(3, None, None), (3, 3, 0), (3, Decimal("1.5"), Decimal("1.5")), (9, 5, 4)]
    assert received.rows("select distinct publication_then from build.metric_compare") == [(1,)]
