"""A dead man's switch outside of everything here: a service that hears of each daily run, and calls when it does not.

The address is of the kind of healthchecks.io: asked as it is after a good run, with `/fail` behind its path after a bad
one. Nothing of the campaign goes with it but its name, where the address asks for that. https://healthchecks.io/docs/
"""

from __future__ import annotations

import logging
from urllib.parse import quote, urlsplit, urlunsplit

import requests

from flows.settings import Settings
from warehouse.campaign import Campaign

logger = logging.getLogger(__name__)

PATIENCE = (5.0, 10.0)
"""Seconds to connect, and to wait for the answer."""


def beat(settings: Settings, campaign: Campaign, *, well: bool) -> bool:
    """Tell ROLLCALL_HEARTBEAT_URL how the day's run ended. Whether it was taken; never raises."""
    if not settings.heartbeat_url:
        return True
    try:
        answer = requests.get(address(settings.heartbeat_url, campaign.name, well=well), timeout=PATIENCE)
        taken, why = answer.ok, f"it answered {answer.status_code}"
    except (requests.RequestException, ValueError) as error:  # its words hold the address
        taken, why = False, type(error).__name__
    if not taken:
        logger.warning(
            "ROLLCALL_HEARTBEAT_URL was not reached (%s): its alarm may go off although a run was made.", why
        )
    return taken


def address(url: str, campaign_name: str, *, well: bool) -> str:
    """The address for this campaign and this end."""
    parts = urlsplit(url.replace("{campaign}", quote(campaign_name, safe="")))
    return urlunsplit(parts if well else parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
