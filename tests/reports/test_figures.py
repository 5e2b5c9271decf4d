"""Figures: every number of the report can be found again in the published tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text

from reports.errors import NothingPublished, TablesIncomplete
from reports.figures import Figure, figures


def by_id(engine: Engine, campaign: str = "itp28") -> dict[str, Figure]:
    return {figure.id: figure for figure in figures(engine, campaign)}


def test_every_figure_is_what_its_own_query_gives(engine: Engine, publish: Any, campaign_rows: Any) -> None:
    """A figure's column, table and condition, run as SQL, give exactly its value and nothing else."""
    publish(campaign_rows)
    publish(campaign_rows, campaign="it's another")
    for campaign in ("itp28", "it's another"):
        found = figures(engine, campaign)
        with engine.connect() as connection:
            for figure in found:
                query = text(f"select {figure.column} from {figure.table} where {figure.where}".replace(":", r"\:"))
                assert connection.execute(query).scalars().all() == [figure.value], figure.id
    assert len(found) > 100


def test_ids_are_readable_and_stay(engine: Engine, publish: Any, campaign_rows: Any) -> None:
    """The ids that `verify` and people write down are these."""
    publish(campaign_rows)
    found = by_id(engine)
    assert found["headline.unique_posts"].value == 7
    assert found["waterfall.repost"].value == 1227
    assert found["waterfall.repost.remaining"].value == 7
    assert found["posts_by_prompt.3.posts"].value == 2
    assert found["posts_by_platform.mastodon.share"].value == Decimal("0.71428571428571428571")
    assert found["posts_by_country.IRQ.eligible"].value == 3
    assert found["posts_by_cohort.2019.members"].value == 2
    assert found["member_activity.F01.prompt_days"].value == 3
    assert found["coverage.mastodon.social.example/tags/itp28.2026-02-02"].value == 21
    assert found["coverage_total.hours_gap"].value == 3
    assert found["coverage_total.x.search/recent.hours_not_visible"].value == 28
    assert found["headline.members"].where == "campaign = 'itp28'"
    assert found["posts_by_prompt.3.posts"].where == "campaign = 'itp28' and prompt_day = 3"


def test_unknown_stays_unknown(engine: Engine, publish: Any, campaign_rows: Any) -> None:
    """A NULL in a published table is None in its figure, not 0."""
    publish(campaign_rows)
    assert by_id(engine)["member_activity.P01.on_time_share"].value is None
    assert by_id(engine)["posts_by_country.NZL.posts_per_member"].value is None


def test_a_newer_publication_replaces_the_figures_of_its_campaign_only(
    engine: Engine, publish: Any, campaign_rows: Any
) -> None:
    """Two campaigns live side by side in the same tables."""
    publish(campaign_rows)
    publish(campaign_rows, campaign="other")
    campaign_rows["metrics.metric_headline"][0]["unique_posts"] = 8
    publish(campaign_rows)
    assert by_id(engine)["headline.unique_posts"].value == 8
    assert by_id(engine, "other")["headline.unique_posts"].value == 7


def test_no_publication_is_said_in_one_sentence(engine: Engine) -> None:
    """Before the first build there are no published tables at all, and the error says what to do."""
    with pytest.raises(NothingPublished, match=r"Nothing has been published yet for .*'itp28'\. Run `rollcall build"):
        figures(engine, "itp28")


def test_another_campaigns_publication_is_not_ours(engine: Engine, publish: Any, campaign_rows: Any) -> None:
    """A campaign that was never built has no report, even if another one has."""
    publish(campaign_rows, campaign="other")
    with pytest.raises(NothingPublished):
        figures(engine, "itp28")


def test_a_missing_column_is_named(engine: Engine, publish: Any, campaign_rows: Any) -> None:
    """Tables of another version are refused with the column that is missing."""
    publish(campaign_rows)
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table metrics.metric_headline drop column fill_rate")
    with pytest.raises(TablesIncomplete, match='column "fill_rate" does not exist'):
        figures(engine, "itp28")


def test_a_key_that_is_there_twice_is_refused(engine: Engine, publish: Any, campaign_rows: Any) -> None:
    """Two rows for one country would give one id two values."""
    campaign_rows["metrics.metric_posts_by_country"] *= 2
    publish(campaign_rows)
    with pytest.raises(TablesIncomplete, match="metric_posts_by_country holds two rows with the same country_iso3"):
        figures(engine, "itp28")
