"""A live WordPress, collected: the 150 true posts of 200, and a second reading that changes no row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows import campaign_file
from flows.settings import Settings
from flows.steps.collect import collect

pytestmark = [pytest.mark.realserver, pytest.mark.timeout(300)]

CAMPAIGN = """
name = "itp28"
title = "#ITP28"
hashtags = ["ITP28"]
starts_on = 2021-02-01
ends_on = 2021-02-28
zone = "Europe/London"
[platforms.wordpress]
sites = ["{url}"]
"""
CONTENT = "select md5(string_agg(xmin::text || t::text, '|' order by t::text)) from {} t"
TABLES = ("core.item", "core.item_version", "core.metric_snapshot", "core.account", "raw.item", "raw.page")


def test_true_posts_are_collected_and_a_second_reading_changes_no_row(
    wordpress: Any, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """Look-alikes are refused, posts that carry the tag only in the taxonomy are found, nothing is written twice."""
    (tmp_path / "itp28.toml").write_text(CAMPAIGN.format(url=wordpress.url), "utf-8")
    settings = Settings(home=tmp_path, database_url=database_url, campaign_folders=(tmp_path,))
    campaign = campaign_file.find(settings)
    window = datetime(2021, 1, 30, tzinfo=UTC), datetime(2021, 3, 9, tzinfo=UTC)
    first = collect(settings, campaign, ["wordpress"], *window)
    assert (first.state, first.platforms["wordpress"].counts["new"]) == ("completed", 150)
    with engine.connect() as connection:
        keys = connection.execute(text("select post_id from core.item where tagged")).scalars()
        assert {int(key.rpartition("/")[2]) for key in keys} == wordpress.true_ids
        before = [connection.execute(text(CONTENT.format(table))).scalar_one() for table in TABLES]
    again = collect(settings, campaign, ["wordpress"], *window).platforms["wordpress"].counts
    assert (again["new"], again["updated"]) == (0, 0)
    assert again["unchanged"] > 150
    with engine.connect() as connection:
        assert [connection.execute(text(CONTENT.format(table))).scalar_one() for table in TABLES] == before
