"""What no order may change: a world lived through, and its published tables compared after it was read again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.build import build
from flows.steps.collect import collect
from flows.steps.daily import refresh
from flows.steps.imports import import_files
from flows.steps.rebuild import read_again
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign
from warehouse.publish import PUBLISHED
from warehouse.rebuild import Order, Sight

Tables = dict[str, list[str]]


def live_through(settings: Settings, campaign: Campaign, servers: Sandbox, folder: Path) -> list[Path]:
    """Collect, ask again and import each day's sheet as the team does; returns the sheets. Nothing is built."""
    clock, sheets = servers.clock, []
    for moment in servers.world.collections():
        clock.set(moment)
        sheet = folder / f"seen-by-{moment:%m-%d-%H}.csv"
        sheet.write_text(hand_csv(servers.world, moment), "utf-8")
        sheets.append(sheet)
        import_files(settings, campaign, [sheet], form="hand", clock=clock.now)
        collect(settings, campaign, clock=clock.now, sleep=clock.advance)
        refresh(settings, campaign, clock=clock.now, sleep=clock.advance)
    collect(settings, campaign, stream="interactions", clock=clock.now, sleep=clock.advance)
    return sheets


def published(engine: Engine) -> Tables:
    """Every row of every published table, but for when and by which run it was made."""
    made_by = " - 'as_of' - 'run_id' - 'publication_id'"
    query = f"select (to_jsonb(t){made_by})\\:\\:text from {{}} as t order by 1"
    with engine.connect() as connection:
        return {
            f"{schema}.{table}": list(connection.execute(text(query.format(f"{schema}.{table}"))).scalars())
            for schema, table in PUBLISHED
        }


def built(settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine) -> Tables:
    """What is published now, built at the clock's time."""
    build(settings, campaign, clock=servers.clock.now)
    return published(engine)


def shuffled(seed: int) -> Order:
    """All that was seen, in another order, a third of it twice."""

    def order(sights: Iterator[Sight]) -> Iterator[Sight]:
        dice, told = random.Random(seed), list(sights)
        told += dice.sample(told, len(told) // 3)
        dice.shuffle(told)
        return iter(told)

    return order


def differing(before: Tables, after: Tables) -> dict[str, list[str]]:
    """The rows of each table that only one of the two has; empty if they are the same."""
    found = {table: sorted(set(before[table]) ^ set(after[table])) for table in before}
    return {table: rows for table, rows in found.items() if rows}


def differences_by_order(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, sheets: list[Path], seed: int = 7
) -> dict[str, dict[str, list[str]]]:
    """What of the published tables changes when all is read again, in order and shuffled, and the sheets come again."""
    before = built(settings, campaign, servers, engine)
    found = {}
    for how, order in (("read again", iter), ("shuffled", shuffled(seed))):
        read_again(settings, campaign, order=order, clock=servers.clock.now)
        found[how] = differing(before, built(settings, campaign, servers, engine))
    import_files(settings, campaign, random.Random(seed).sample(sheets, len(sheets)), clock=servers.clock.now)
    found["imported again"] = differing(before, built(settings, campaign, servers, engine))
    return found
