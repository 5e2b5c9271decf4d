"""Rebuilding: what is held is read again by today's parsers, and the tables are built from it. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from connectors import imports
from connectors.records import Post, RawItem, Rejected
from flows.errors import sentence
from flows.settings import Settings
from flows.steps.build import BuildResult, build
from flows.steps.warehouse import now, open_warehouse, suppression_key
from warehouse import campaigns, ledger, locks, sieve
from warehouse import rebuild as again
from warehouse.campaign import Campaign
from warehouse.forget import refuse_while_others_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildResult:
    read: again.Rebuilt
    built: BuildResult

    def as_json(self) -> dict[str, Any]:
        return {**self.built.as_json(), "read_again": asdict(self.read.tally), "kept_as_they_were": self.read.kept}


def rebuild(
    settings: Settings,
    campaign: Campaign,
    *,
    clock: Callable[[], datetime] = now,
    progress: Callable[[str], None] = lambda stage: None,
) -> RebuildResult:
    """Read everything of the campaign again, then build. Raises WarehouseError; reading again is all or nothing."""
    return RebuildResult(
        read=read_again(settings, campaign, clock=clock, progress=progress),
        built=build(settings, campaign, clock=clock, progress=progress),
    )


def read_again(
    settings: Settings,
    campaign: Campaign,
    *,
    order: again.Order = iter,
    clock: Callable[[], datetime] = now,
    progress: Callable[[str], None] = lambda stage: None,
) -> again.Rebuilt:
    """Land what is held anew. `order` may change the order of what was seen, or show it twice: nothing may differ."""
    engine = open_warehouse(settings)
    secret = suppression_key(settings, engine)
    ledger.sweep(engine)
    run = ledger.begin(engine, campaign.name, "rebuild", clock)
    try:
        with engine.begin() as connection:
            campaigns.sync(connection, campaign)
            guard = sieve.load(connection, secret)
        progress("reading again what came")
        with locks.building(engine), locks.at_rest(engine), engine.begin() as connection:
            refuse_while_others_run(connection, str(run.run_id))
            tags = frozenset(campaign.hashtags)
            result = again.rebuild(connection, run.run_id, campaign.name, guard, _parse, tags, order=order)
            campaigns.judged(connection, campaign)
    except BaseException as error:
        run.finish("failed", sentence(error) or type(error).__name__)
        raise
    else:
        run.finish("completed")
        return result
    finally:
        engine.dispose()


def _parse(item: RawItem) -> Post | Rejected:
    return imports.reader(item.platform, item.source).parse(item)
