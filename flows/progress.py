"""How far a long run has come: a bar beside it in Prefect, by platform or stage. Told at most every few seconds."""

import threading
import time
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from flows.artifacts import key, shown
from warehouse.campaign import Campaign

EVERY = 5.0
"""Seconds between two tellings; the end is always told."""
BUILDING = 4
"""Stages that `flows.steps.build` names; a rebuild has one before them."""


class Bar:
    """One run's bar. Its parts end in threads of their own. That it cannot be shown stops no run."""

    def __init__(self, campaign: Campaign, what: str, parts: int) -> None:
        self._title, self._parts = f"{what} of {campaign.title}", parts
        self._ended, self._told_at = 0, time.monotonic()
        self._lock = threading.Lock()
        named = key(campaign, f"{what.replace(' ', '-')}-progress")
        made = shown(create_progress_artifact, 0.0, key=named, description=f"{self._title}: begun")
        self._id = cast(UUID | None, made)  # a coroutine only where there is an event loop

    def ended(self, part: str) -> None:
        """One more part has ended, well or not."""
        with self._lock:
            self._ended += 1
            self._tell(f"{self._ended} of {self._parts} ended, last {part}")

    def entered(self, stage: str) -> None:
        """The next of the stages has begun, so those before it have ended."""
        with self._lock:
            self._tell(stage)
            self._ended += 1

    def full(self) -> None:
        """The work was done to its end."""
        with self._lock:
            self._ended = self._parts
            self._tell("done")

    def _tell(self, now: str) -> None:
        at = time.monotonic()
        if self._id is None or (at < self._told_at + EVERY and self._ended < self._parts):
            return
        self._told_at = at
        share = 100 * min(self._ended / self._parts, 1.0)
        shown(update_progress_artifact, self._id, share, description=f"{self._title}: {now}")
