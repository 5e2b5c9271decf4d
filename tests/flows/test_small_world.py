"""The small world, collected and imported day by day, holds exactly what its plan says can be seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.imports import import_files
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from sandbox.truth import SIEVED, truth
from sandbox.truth.fates import is_act
from warehouse.campaign import Campaign


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_what_can_be_seen_is_landed_and_no_more(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, tmp_path: Path
) -> None:
    """Items, sieved items, quarantined lines and older ids of edits, each in the number of the true results."""
    world = servers.world
    for moment in world.collections():
        servers.clock.set(moment)
        assert collect(settings, campaign, clock=servers.clock.now, sleep=servers.clock.advance).state == "completed"
        sheet = tmp_path / f"seen-by-{moment:%d}.csv"
        sheet.write_text(hand_csv(world, moment), "utf-8")
        imported = import_files(settings, campaign, [sheet], clock=servers.clock.now)
        impossible_day = "2026-02-31" in sheet.read_text("utf-8")  # entered on the third day
        assert imported.state == ("partial" if impossible_day else "completed")

    true = truth(world)
    seen = {plan_id: fate for plan_id, fate in true["fates"].items() if fate not in {"unseen", "out_of_scope"}}
    posts = {plan_id: fate for plan_id, fate in seen.items() if not is_act(world, world.posts[plan_id])}
    landed = Counter(world.posts[plan_id].platform for plan_id, fate in posts.items() if fate not in SIEVED)
    assert counted(engine, "select platform, count(*) from core.item group by 1") == landed
    sieved = {reason: true["waterfall"][reason] for reason in SIEVED}
    assert counted(engine, "select reason, count(*) from core.sieved group by 1") == sieved
    assert (
        sum(counted(engine, "select reason, count(*) from raw.quarantine group by 1").values()) == true["quarantined"]
    )
    older = """
        select 'ids', count(*) from (
            select post_id, version_id from core.item_version where platform = 'x'
            union
            select post_id, version_id from core.item_earlier
            except
            select post_id, version_id from core.item
        ) as before
    """
    assert counted(engine, older) == {"ids": true["waterfall"]["superseded_edit"]}


def counted(engine: Engine, query: str) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: number for name, number in connection.execute(text(query)).all()}
