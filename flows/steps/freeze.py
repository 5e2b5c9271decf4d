"""Keeping a publication as it is, and listing those that are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flows.settings import Settings
from flows.steps.warehouse import now, open_warehouse
from warehouse import freeze as frozen_publications
from warehouse.campaign import Campaign
from warehouse.freeze import Frozen


def freeze(
    settings: Settings,
    campaign: Campaign,
    label: str,
    *,
    provisional: bool = False,
    clock: Callable[[], datetime] = now,
) -> Frozen:
    """Keep the campaign's current publication under the label. Raises CannotFreeze."""
    engine = open_warehouse(settings)
    try:
        return frozen_publications.freeze(engine, campaign.name, label, clock(), provisional=provisional)
    finally:
        engine.dispose()


def frozen(settings: Settings, campaign: Campaign) -> list[Frozen]:
    """The campaign's frozen publications, the oldest first."""
    engine = open_warehouse(settings)
    try:
        return frozen_publications.frozen(engine, campaign.name)
    finally:
        engine.dispose()
