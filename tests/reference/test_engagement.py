"""What the reference campaign's posts received, whose voice the hashtag is, and how well it was read."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from sandbox import bluesky_records
from sandbox.pulse import pulse
from sandbox.truth import truth
from sandbox.truth.fates import DUPLICATES
from sandbox.truth.seen import met_at
from sandbox.world import Planned, World
from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]


def counted(world: World, platform: str) -> list[Planned]:
    """The items of unique posts, as the plan has them."""
    fates = truth(world)["fates"]
    posts = [world.posts[plan_id] for plan_id, fate in fates.items() if fate == "counted" or fate in DUPLICATES]
    return [post for post in posts if post.platform == platform]


def table(warehouse: Warehouse, query: str) -> pd.DataFrame:
    with warehouse.engine.connect() as connection:
        result = connection.exec_driver_sql(query)
        return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_posts_have_what_the_platform_showed_last(published: Warehouse, reference: World, platform: str) -> None:
    posts = counted(reference, platform)
    likes = sum(pulse(reference, post, max(met_at(reference, post))).likes for post in posts)
    found = "select count(*), count(engagements), sum(likes) from metrics.metric_engagement_post where platform = '{}'"
    assert published.rows(found.format(platform)) == [(len(posts), len(posts), likes)]


def test_a_week_s_counts_are_what_was_shown_then(published: Warehouse, reference: World) -> None:
    """Of every Bluesky post that was looked at between 6 and 8 days after, also where nothing had changed since."""
    planned = {bluesky_records.uri(reference, post): post for post in counted(reference, "bluesky")}
    rows = published.rows("""
        select post_id, created_at, observed_at_7d, likes_7d from metrics.metric_engagement_post
        where platform = 'bluesky'
    """)
    assert {post for post, *_ in rows} == planned.keys()
    week = [row for row in rows if row[2] is not None]
    for post, created_at, seen_at, likes in week:
        assert timedelta(days=6) <= seen_at - created_at <= timedelta(days=8)
        assert likes == pulse(reference, planned[post], seen_at).likes
    refreshed = table(published, "select started_at from core.run where verb = 'refresh'")["started_at"]
    looked_at = {
        post
        for post, created_at, *_ in rows
        if any(timedelta(days=6) <= moment - created_at <= timedelta(days=8) for moment in refreshed)
    }
    assert looked_at <= {post for post, *_ in week}


def test_rates_by_hand(published: Warehouse) -> None:
    """Mean and quartiles of each platform, from the counts of its posts; none where fewer than 80 % are known."""
    posts = table(published, "select * from metrics.metric_engagement_post")
    rates = table(published, "select * from metrics.metric_engagement_rate where definition = 'epp'")
    needed = {"x": 4, "bluesky": 4, "mastodon": 3, "instagram": 2, "facebook": 2}
    columns = ["likes", "replies", "reposts", "quotes"]
    for rate in rates.itertuples():
        counts = posts.loc[posts["platform"] == rate.platform, columns].astype(float)
        known = counts[counts[columns[: needed.get(str(rate.platform), 0)]].notna().all(axis=1)].dropna(how="all")
        assert (rate.n_total, rate.n_known) == (len(counts), len(known)), rate.platform
        if len(known) < 0.8 * len(counts):
            assert (rate.value, rate.mean, rate.median) == (None, None, None), rate.platform
            continue
        received = known.fillna(0).sum(axis=1)
        told = [float(value) for value in (rate.value, rate.q1, rate.median, rate.q3)]
        assert told == pytest.approx([received.mean(), *received.quantile([0.25, 0.5, 0.75])], abs=1e-6), rate.platform
    assert {rate.platform for rate in rates.itertuples() if rate.value is None} == {"instagram", "wordpress"}


def test_a_unique_post_received_the_sum(published: Warehouse) -> None:
    posts = table(
        published,
        "select cluster_id, engagements::float, cluster_engagements::float from metrics.metric_engagement_post",
    )
    sums = posts.groupby("cluster_id").agg(
        items=("engagements", lambda part: part.sum(min_count=1)), told=("cluster_engagements", "first")
    )
    assert len(sums) == 630
    pd.testing.assert_series_equal(sums["items"], sums["told"], check_names=False)


def test_voices_by_hand(published: Warehouse) -> None:
    """Persons and organisers by the items, without the class that the models give."""
    items = table(published, """
        select items.platform, items.post_id, marts.person_id, marts.exclusion_reason as reason, marts.local_date,
            (campaign.organisers -> items.platform)
                ? case items.platform when 'wordpress' then split_part(account.handle, '@', 1) else account.handle end
                as is_organiser
        from core.item as items
        inner join core.campaign as campaign using (campaign)
        inner join marts.fct_items as marts
            on items.platform = marts.platform and items.post_id = marts.post_id
            and items.version_id is not distinct from marts.version_id
        left join core.account as account on items.platform = account.platform and items.account_id = account.account_id
        where items.tagged and (
            items.kind = 'original'
            or items.kind in ('reply', 'quote') and cardinality(items.media_types) + cardinality(items.media_hashes) > 0
        )
    """)  # fmt: skip
    gone = {
        "not_public",
        "deleted",
        "spam_or_collision",
        "excluded_by_review",
        "superseded_edit",
        "thread_continuation",
    }
    items = items[~items["reason"].isin(gone) & items["local_date"].between(date(2026, 2, 1), date(2026, 2, 28))]
    members = items[items["person_id"].notna()].groupby("platform").size()
    organisers = items[items["person_id"].isna() & items["is_organiser"].eq(True)].groupby("platform").size()
    voices = table(published, "select * from metrics.metric_share_of_voice")
    told = voices.pivot_table(index="platform", columns="author_class", values="posts", aggfunc="sum")
    assert told["member"].to_dict() == members.to_dict()
    assert told["organiser"].to_dict() == organisers.reindex(told.index, fill_value=0).to_dict()
    assert told.sum(axis=1).to_dict() == items.groupby("platform").size().to_dict()


def test_how_well_it_was_read(published: Warehouse) -> None:
    """71 days of six platforms, and the sums over them as the warehouse's own tables have them."""
    quality = table(published, "select * from metrics.metric_quality")
    assert len(quality) == 6 * 71
    sums = quality.groupby("platform")[["runs", "succeeded", "deletions", "quarantined", "open_reviews"]].sum()
    assert sums.loc["x", ["runs", "succeeded"]].tolist() == [43, 43]
    assert sums.loc["facebook", "runs"] == 0
    gone = table(published, """
        select platform from core.item left join core.item_gone using (campaign, platform, post_id)
        where deleted_at is not null or loss = 'deleted'
    """)  # fmt: skip
    assert {p: n for p, n in sums["deletions"].items() if n} == gone.groupby("platform").size().to_dict()
    waiting = published.rows(
        "select sum(records) from people.review_item where state = 'open' and subject !~ '^person:'"
    )
    assert [(sums["open_reviews"].sum(),)] == waiting


def test_browsers_met_nothing_that_the_api_did_not(published: Warehouse) -> None:
    """Instagram is the one platform with two lists: all 117 posts on the second are among the 201 of the first."""
    found = published.rows("""
        select platform, collected, by_people, on_both, estimate, reason from metrics.metric_capture
        where collected > 0 and by_people > 0
    """)
    assert found == [("instagram", 201, 117, 117, 201, None)]


def test_nobody_may_be_quoted_and_nothing_is_frozen(published: Warehouse) -> None:
    """No fellow of the reference campaign was asked for quote_text."""
    assert published.rows("select count(*) from people.consent where purpose = 'quote_text'") == [(0,)]
    assert published.rows("select count(*) from metrics.metric_top_posts") == [(0,)]
    frozen = published.rows("select count(*) from metrics.frozen_row where table_name = 'metric_headline'")[0][0]
    assert published.rows("select count(*) from metrics.metric_compare") == [(10 * frozen,)]
