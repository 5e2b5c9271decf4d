"""Two campaigns in one warehouse: each has its own numbers, whatever becomes of the other one."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.build import BuildResult, build
from flows.steps.collect import collect
from flows.steps.retention import retain
from sandbox.server import Sandbox
from tests.flows.serving import ROLLCALL
from warehouse.campaign import Campaign
from warehouse.errors import WordsRemoved
from warehouse.publish import PUBLISHED

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]
DAY = timedelta(days=1)
MADE_BY = " - 'as_of' - 'run_id' - 'publication_id'"
OF_PEOPLE = ("marts.fct_items", "marts.fct_posts", "marts.dim_member", "metrics.metric_member_activity")


def published(engine: Engine, campaign: Campaign) -> dict[str, list[Any]]:
    """Every published row of one campaign, but for when and by which run it was made."""
    with engine.connect() as connection:
        return {
            f"{schema}.{table}": connection.execute(
                text(
                    f"select (to_jsonb(t){MADE_BY})::text from {schema}.{table} as t where campaign = :name order by 1"
                ),
                {"name": campaign.name},
            )
            .scalars()
            .all()
            for schema, table in PUBLISHED
        }


@pytest.mark.usefixtures("with_roster")
def test_each_has_its_own_numbers_and_its_own_end(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine
) -> None:
    """The second, of the first three days only and of another zone, changes nothing of the first; nor does its end."""
    clock = servers.clock
    other = replace(
        campaign,
        name="lamps",
        title="Lamps",
        ends_on=date(2026, 2, 4),
        grace_days=0,
        zone=ZoneInfo("Asia/Tokyo"),
        platforms={"mastodon": campaign.platforms["mastodon"]},
    )

    def read(of: Campaign) -> BuildResult:
        assert collect(settings, of, clock=clock.now, sleep=clock.advance).state == "completed"
        return build(settings, of, clock=clock.now)

    first = read(campaign)
    before = published(engine, campaign)
    second = read(other)
    assert 0 < second.headline["unique_posts"] < first.headline["unique_posts"]
    assert published(engine, campaign) == before
    build(settings, campaign, clock=clock.now)
    assert published(engine, campaign) == before

    theirs = published(engine, other)
    later = other.closes_at + 800 * DAY
    looked = retain(settings, other, dry_run=True, clock=lambda: later)
    assert published(engine, other) == theirs
    gone = retain(settings, other, clock=lambda: later)
    assert (gone.removed, gone.coming) == (looked.removed, looked.coming)
    assert {one.rule for one in gone.removed} == {"bytes", "words", "posts"}
    assert "would be removed" in looked.sentences[0]
    assert "were removed" in gone.sentences[0]
    left = published(engine, other)
    assert [table for table in OF_PEOPLE if left[table]] == []
    assert left["metrics.metric_headline"] == theirs["metrics.metric_headline"]
    assert left["metrics.metric_posts_daily"] == theirs["metrics.metric_posts_daily"]
    with pytest.raises(WordsRemoved, match="Lamps"):
        build(settings, other, clock=lambda: later)
    assert published(engine, campaign) == before
    assert retain(settings, other, clock=lambda: later).sentences == ["Nothing is over its time."]


@pytest.mark.usefixtures("with_roster")
def test_runs_that_build_at_the_same_time_take_turns(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """As at a quarter past six, when every campaign of a zone has its day: both are published, no day is lost."""
    folder = settings.campaign_folders[0]
    lanterns = (folder / "lanterns.toml").read_text("utf-8")
    (folder / "lamps.toml").write_text(lanterns.replace('name = "lanterns"', 'name = "lamps"'), "utf-8")
    given = {"ROLLCALL_HOME": str(settings.home), "ROLLCALL_DATABASE_URL": str(settings.database_url)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": tmp_path}
    builds = [
        subprocess.Popen(
            [*ROLLCALL, "build", "--campaign", name],
            env={**os.environ, **given, "PREFECT__FLOW_RUN_ID": str(uuid4())},
            **pipes,  # type: ignore[call-overload]
        )
        for name in ("lanterns", "lamps")
    ]
    said = [build.communicate(timeout=400)[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0], said
    assert sum("This waits for its turn, up to 30 minutes." in words for words in said) == 1
    with engine.connect() as connection:
        at_once = text("select max(started_at) < min(ended_at) and count(*) = 2 from core.run where verb = 'build'")
        published = text("select array_agg(distinct campaign order by campaign) from metrics.publication")
        assert connection.execute(at_once).scalar_one()
        assert connection.execute(published).scalar_one() == ["lamps", "lanterns"]
