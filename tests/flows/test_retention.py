"""`rollcall retention --dry-run`: it does the work and undoes it, so nobody may build meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.retention import retain
from warehouse import ledger, locks
from warehouse.campaign import Campaign
from warehouse.errors import AlreadyRunning

CAMPAIGN = Campaign(
    name="spring",
    title="Spring",
    hashtags=("spring",),
    starts_on=date(2026, 3, 1),
    ends_on=date(2026, 3, 7),
    zone=ZoneInfo("Europe/London"),
)
LATER = CAMPAIGN.closes_at + timedelta(days=800)
LEFT = """
create schema if not exists build;
create table build.int_toy as select 1 as post_id;
insert into core.interaction (campaign, platform, interaction_id, act, actor_account, source, first_observed_at,
  observed_at)
values ('spring', 'toy', '1', 'reply', 'a', 's', now(), now())
"""


def test_a_dry_run_leaves_what_was_built_and_waits_for_no_build(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """Its counts are told, the builds' work space keeps its rows, and a build under way is not disturbed."""
    settings = Settings(home=tmp_path, database_url=database_url)
    with engine.begin() as connection:
        connection.execute(text(LEFT))
    with locks.building(engine), pytest.raises(AlreadyRunning, match="building"):
        retain(settings, CAMPAIGN, dry_run=True, clock=lambda: LATER)
    looked = retain(settings, CAMPAIGN, dry_run=True, clock=lambda: LATER)
    assert [(one.rule, one.platform, one.rows) for one in looked.removed] == [("posts", "toy", 1)]
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from build.int_toy")).scalar_one() == 1


@pytest.mark.parametrize(("whose", "is_in_the_way"), [("autumn", False), ("spring", True), (None, True)])
def test_only_what_works_at_the_same_campaign_is_in_the_way(
    whose: str | None, is_in_the_way: bool, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """Every campaign's is due in the same minute of a Sunday: two must not refuse each other."""
    settings = Settings(home=tmp_path, database_url=database_url)
    with engine.begin() as connection:
        connection.execute(text(LEFT))
    other = ledger.begin(engine, whose, "retention", lambda: LATER)
    if is_in_the_way:
        with pytest.raises(AlreadyRunning, match="rollcall retention"):
            retain(settings, CAMPAIGN, clock=lambda: LATER)
    else:
        assert [one.rows for one in retain(settings, CAMPAIGN, clock=lambda: LATER).removed] == [1]
    other.finish("completed")
