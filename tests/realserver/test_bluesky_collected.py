"""A live Bluesky, collected: the 160 true posts of 200, and a second reading that changes no row."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows import campaign_file
from flows.settings import Settings
from flows.steps import roster
from flows.steps.collect import collect

pytestmark = [pytest.mark.realserver, pytest.mark.timeout(900)]

CAMPAIGN = """
name = "itp28"
title = "#ITP28"
hashtags = ["ITP28"]
starts_on = 2021-02-01
ends_on = 2021-02-28
zone = "Europe/London"
programme_years = [2019]
[platforms.bluesky]
base_url = "{url}"
"""
COLUMNS = ("person_id", "name", "role", "cohort_year", "programme_country", "iso3", "timezone", "match_basis")
CONTENT = "select md5(string_agg(xmin::text || t::text, '|' order by t::text)) from {} t"
TABLES = ("core.item", "core.item_version", "core.metric_snapshot", "core.account", "raw.item", "raw.page")


def _roster(path: Path, network: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*COLUMNS, "consent_collect", "handle_bluesky", "valid_from"])
        for number, account in enumerate(network.accounts):
            known = (f"R{number:02d}", f"Fellow {number}", "fellow", 2019, "Ghana", "GHA", "Africa/Accra", "opt_in")
            rows.writerow([*known, "granted", account["handle"], "2020-01-01"])
    return path


def test_true_posts_are_collected_and_a_second_reading_changes_no_row(
    bluesky: Any, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """Look-alikes are refused, posts that only the authors' feeds show are found, nothing is written twice."""
    (tmp_path / "itp28.toml").write_text(CAMPAIGN.format(url=bluesky.url), "utf-8")
    credentials = {"bluesky": {"handle": bluesky.accounts[0]["handle"], "app_password": bluesky.password}}
    settings = Settings(home=tmp_path, database_url=database_url, campaign_folders=(tmp_path,), credentials=credentials)
    campaign = campaign_file.find(settings)
    roster.load(settings, _roster(tmp_path / "roster.csv", bluesky), campaign)
    window = datetime(2021, 1, 30, tzinfo=UTC), datetime(2021, 3, 9, tzinfo=UTC)
    first = collect(settings, campaign, ["bluesky"], *window)
    assert (first.state, first.platforms["bluesky"].counts["new"]) == ("completed", 160)
    with engine.connect() as connection:
        keys = connection.execute(text("select post_id from core.item where tagged")).scalars()
        assert set(keys) == {post["uri"] for post in bluesky.posts if post["kind"] in ("marked", "beside")}
        before = [connection.execute(text(CONTENT.format(table))).scalar_one() for table in TABLES]
    again = collect(settings, campaign, ["bluesky"], *window).platforms["bluesky"].counts
    assert (again["new"], again["updated"], again["quarantined"]) == (0, 0, 0)
    assert again["unchanged"] >= 160
    with engine.connect() as connection:
        assert [connection.execute(text(CONTENT.format(table))).scalar_one() for table in TABLES] == before
