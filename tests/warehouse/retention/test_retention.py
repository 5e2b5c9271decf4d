"""What goes when, from which tables, and that nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from warehouse import held, retention
from warehouse.campaign import Campaign, Retention
from warehouse.errors import WordsRemoved

DAY = timedelta(days=1)
CAMPAIGN = Campaign(
    name="spring",
    title="Spring",
    hashtags=("spring",),
    starts_on=date(2027, 3, 1),
    ends_on=date(2027, 3, 7),
    zone=ZoneInfo("Europe/London"),
    retention=Retention(raw_days=10, text_days=20, post_days=30),
)
START = datetime(2027, 3, 2, tzinfo=UTC)
OVER = CAMPAIGN.closes_at
POST = """
with account as (
  insert into core.account (platform, account_id, display_name, observed_at)
  values (:platform, :post, 'Ana', :at) returning account_id
),
page as (
  insert into raw.page (campaign, platform, query, url, status, observed_at, sha256, items, run_id)
  values (:campaign, :platform, 'q', '', 200, :at, decode(md5(:post), 'hex'), 1, gen_random_uuid()) returning page_id
),
bytes as (
  insert into raw.item (campaign, platform, source, key, observed_at, sha256, body, page_id)
  select :campaign, :platform, 's', :post, :at, '', 'words', page_id from page
),
item as (
  insert into core.item (campaign, platform, post_id, source, source_rank, account_id, kind, title, text, evidence,
    version_at, hashtags, tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash,
    first_seen_at, observed_at)
  select :campaign, :platform, :post, :source, 1, account_id, 'original', 'title', 'text', 'seen', :at, '{spring}',
    true, '{}', '{}', '{}', '{}', 'public', '{}', 'hash', :at, :at
  from account
),
quarantined as (
  insert into raw.quarantine (campaign, platform, source, query, reason, detail, sha256, body, observed_at, run_id)
  values (:campaign, :platform, 's', 'q', 'odd', '', decode(md5(:post), 'hex'), 'words', :at, gen_random_uuid())
),
act as (
  insert into core.interaction (campaign, platform, interaction_id, act, actor_account, source, first_observed_at,
    observed_at)
  values (:campaign, :platform, :post, 'reply', :post, 's', :at, :at)
)
select 1
"""
PARTS = """
insert into core.item_version (
  campaign, platform, post_id, content_hash, version_at, title, text, hashtags, observed_at
)
values (:campaign, :platform, :post, 'hash', :at, 'title', 'text', '{}', :at);
insert into core.metric_snapshot (campaign, platform, post_id, source, observed_at, likes)
values (:campaign, :platform, :post, 's', :at, 3);
insert into core.item_copy select * from core.item where campaign = :campaign and post_id = :post
"""
HELD = {
    "bytes": ("*", "raw.item"),
    "words": ("coalesce(title, text, evidence)", "core.item"),
    "versions": ("coalesce(title, text)", "core.item_version"),
    "copies": ("coalesce(title, text, evidence)", "core.item_copy"),
    "odd": ("nullif(body, '')", "raw.quarantine"),
    "counts": ("*", "core.metric_snapshot"),
    "posts": ("*", "core.item"),
    "acts": ("*", "core.interaction"),
}
ALL = dict.fromkeys(HELD, 1)


@pytest.fixture
def put(engine: Engine) -> Callable[..., None]:
    def put(
        post: str, platform: str = "toy", campaign: str = "spring", at: datetime = START, source: str = "s"
    ) -> None:
        told = {"post": post, "platform": platform, "campaign": campaign, "at": at, "source": source}
        with engine.begin() as connection:
            connection.execute(text(POST), told)
            for statement in PARTS.split(";\n"):
                connection.execute(text(statement), told)

    return put


def run(engine: Engine, at: datetime, campaign: Campaign = CAMPAIGN) -> dict[tuple[str, str], int]:
    with engine.begin() as connection:
        removed = retention.remove(connection, campaign, uuid4(), at)
    return {(one.rule, one.platform): one.rows for one in removed}


def left(engine: Engine, platform: str = "toy", campaign: str = "spring") -> dict[str, int]:
    whose = {"platform": platform, "campaign": campaign}
    with engine.connect() as connection:
        return {
            name: connection.execute(
                text(f"select count({what}) from {table} where campaign = :campaign and platform = :platform"), whose
            ).scalar_one()
            for name, (what, table) in HELD.items()
        }


def test_each_rule_takes_its_own_when_its_time_comes(engine: Engine, put: Callable[..., None]) -> None:
    """Bytes first, then words, then posts; each once, entered with its counts, and never those of another campaign."""
    put("1")
    put("2", campaign="other")
    assert run(engine, OVER + 10 * DAY - timedelta(seconds=1)) == {}
    assert left(engine) == ALL
    assert run(engine, OVER + 10 * DAY) == {("bytes", "toy"): 2}
    without_bytes = ALL | {"bytes": 0, "odd": 0}
    assert left(engine) == without_bytes
    assert run(engine, OVER + 20 * DAY) == {("words", "toy"): 3}
    without_words = without_bytes | {"words": 0, "versions": 0, "copies": 0}
    assert left(engine) == without_words
    assert run(engine, OVER + 30 * DAY) == {("posts", "toy"): 4}
    assert left(engine) == dict.fromkeys(HELD, 0)
    assert run(engine, OVER + 40 * DAY) == {}
    assert left(engine, campaign="other") == ALL
    with engine.connect() as connection:
        noted = connection.execute(text("select rule, removed from core.removal order by removed_at")).all()
        accounts = connection.execute(text("select account_id from core.account")).scalars().all()
    assert [tuple(row) for row in noted] == [("bytes", 2), ("words", 3), ("posts", 4)]
    assert accounts == ["2"]


def test_the_time_begins_at_the_last_freeze_if_it_is_later(engine: Engine, put: Callable[..., None]) -> None:
    """What a frozen report rests on stays as long after it as after the campaign."""
    put("1")
    freeze = """
        insert into metrics.frozen_publication
          (publication_id, campaign, label, as_of, run_id, definition_version, frozen_at)
        select 1, 'spring', 'final', :at, gen_random_uuid(), '1', :at
    """
    with engine.begin() as connection:
        connection.execute(text(freeze), {"at": OVER + 5 * DAY})
        due = retention.due_at(connection, CAMPAIGN)
    assert due == {"bytes": OVER + 15 * DAY, "words": OVER + 25 * DAY, "posts": OVER + 35 * DAY}
    assert run(engine, OVER + 14 * DAY) == {}


def test_what_youtube_wants_refreshed_or_deleted(engine: Engine, put: Callable[..., None]) -> None:
    """Thirty days after the last look words, counts, bytes and names of channels go; who saw it by hand keeps it."""
    kept = replace(CAMPAIGN, ends_on=date(2027, 12, 1), retention=Retention())
    for post in ("1", "2"):
        put(post, "youtube")
    put("3", "youtube", source="hand")
    put("4", "mastodon")
    with engine.begin() as connection:
        two = connection.execute(text("select raw_item_id from raw.item where key = '2'")).scalars().all()
        held.mark_asked(connection, two, START + 20 * DAY)
    assert run(engine, START + 30 * DAY, kept) == {}
    found = run(engine, START + 31 * DAY, kept)
    assert found == {("terms", "youtube"): 6, ("words", "youtube"): 3}
    assert left(engine, "mastodon") == ALL
    remaining = {
        "core.item": "post_id from core.item where platform = 'youtube' and text is not null",
        "raw.item": "key from raw.item where platform = 'youtube'",
        "core.metric_snapshot": "post_id from core.metric_snapshot where platform = 'youtube'",
        "core.account": "account_id from core.account where platform = 'youtube' and display_name is not null",
    }
    with engine.connect() as connection:
        for table, query in remaining.items():
            found_there = connection.execute(text(f"select {query} order by 1")).scalars().all()
            assert found_there == ["2", "3"], table
    assert run(engine, START + 32 * DAY, kept) == {}


def test_a_build_after_words_went_is_refused_unless_it_is_wanted(engine: Engine, put: Callable[..., None]) -> None:
    """It would count otherwise than what is published. While a campaign is on it only says so; without posts, never."""
    put("1")
    with engine.connect() as connection:
        assert retention.refuse_build(connection, CAMPAIGN, OVER) is None
    run(engine, OVER + 10 * DAY)
    with engine.connect() as connection:
        assert retention.refuse_build(connection, CAMPAIGN, OVER + 10 * DAY) is None
    run(engine, OVER + 20 * DAY)
    with engine.connect() as connection:
        with pytest.raises(WordsRemoved, match="rollcall build --anyway"):
            retention.refuse_build(connection, CAMPAIGN, OVER + 20 * DAY)
        assert "counts otherwise" in str(retention.refuse_build(connection, CAMPAIGN, OVER - DAY))
        assert "counts otherwise" in str(retention.refuse_build(connection, CAMPAIGN, OVER + 20 * DAY, anyway=True))
    run(engine, OVER + 30 * DAY)
    with engine.connect() as connection, pytest.raises(WordsRemoved, match="nothing can be built"):
        retention.refuse_build(connection, CAMPAIGN, OVER + 30 * DAY, anyway=True)


def test_a_build_is_not_refused_where_no_word_went(engine: Engine) -> None:
    """What could not be read, and names of channels, count in no build: their going stops none, as nothing changed."""
    put_aside = """
        insert into raw.quarantine (campaign, platform, source, query, reason, detail, sha256, body, observed_at,
          run_id)
        values ('spring', 'youtube', 's', 'q', 'odd', '', '', 'words', :at, gen_random_uuid());
        insert into core.account (platform, account_id, display_name, observed_at) values ('youtube', '1', 'Ana', :at)
    """
    with engine.begin() as connection:
        connection.execute(text(put_aside), {"at": START})
    assert run(engine, START + 31 * DAY, replace(CAMPAIGN, retention=Retention())) == {("terms", "youtube"): 2}
    with engine.connect() as connection:
        assert retention.refuse_build(connection, CAMPAIGN, OVER - DAY) is None
        assert retention.refuse_build(connection, CAMPAIGN, OVER + DAY) is None


@pytest.mark.parametrize(("days", "stays"), [(10, 1), (20, 0), (30, 0)])
def test_the_work_space_is_emptied_with_words_and_posts(
    engine: Engine, put: Callable[..., None], days: int, stays: int
) -> None:
    """It holds names and posts, and a build that would replace them may be refused from then on."""
    put("1")
    with engine.begin() as connection:
        connection.execute(text("create schema if not exists build"))
        connection.execute(text('create table build."int_Toy" as select 1 as post_id'))
    kept = Retention(raw_days=10, text_days=20, post_days=30) if days < 30 else Retention(post_days=30)
    assert run(engine, OVER + days * DAY, replace(CAMPAIGN, retention=kept))
    with engine.connect() as connection:
        assert connection.execute(text('select count(*) from build."int_Toy"')).scalar_one() == stays


def test_accounts_of_another_blog_or_of_the_roster_stay(engine: Engine) -> None:
    """Who publishes a running campaign's blog, or is told by number in the roster, is still known."""
    known = """
        insert into core.account (platform, account_id, observed_at)
        values ('wordpress', 'blog', :at), ('toy', 'blog', :at), ('toy', 'told', :at), ('other', 'told', :at);
        insert into core.blog_post (campaign, site, post_id, published_at, account_id, is_tagged, first_seen_at,
          observed_at)
        values ('other', 'https://a.example', '1', :at, 'blog', false, :at, :at);
        insert into people.person (person_id, display_name, source, created_at) values ('F1', 'Ana', 'toy', :at);
        insert into people.person_handle (person_id, platform, stable_id, match_basis, known_from)
        values ('F1', 'toy', 'told', 'opt_in', :at)
    """
    with engine.begin() as connection:
        for statement in known.split(";\n"):
            connection.execute(text(statement), {"at": START})
    run(engine, OVER + 30 * DAY)
    with engine.connect() as connection:
        left_over = connection.execute(text("select platform, account_id from core.account order by 1")).all()
    assert [tuple(row) for row in left_over] == [("toy", "told"), ("wordpress", "blog")]
