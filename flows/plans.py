"""Plans that follow their campaign files as long as `rollcall serve` runs: nobody has to start it again for a change.

A file is known by its content, so what only bears a new date makes no plan anew. Whoever switched a schedule off on the
page finds it off until the file of that campaign changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flows import campaign_file, deploy
from flows.errors import CampaignError
from flows.settings import Settings


@dataclass(slots=True)
class Plans:
    """The plans on one Prefect server, and what they were made from."""

    settings: Settings
    api_url: str
    say: Callable[[str], object]
    made_from: dict[Path, str] = field(default_factory=dict)

    def make(self) -> list[str]:
        """Make all plans; returns their names. Raises ConfigurationError if the server does not take them."""
        found = _contents(self.settings)
        made, broken = self._deploy(None)
        self.made_from = found
        self._tell(broken)
        return made

    def follow(self) -> bool:
        """Make the plans anew whose file appeared or changed, and switch off those whose file is gone; say so.

        Returns whether some were made.

        Raises ConfigurationError if the server does not take them; the next look tries again.
        """
        before, found = self.made_from, _contents(self.settings)
        changed = {path for path in {*before, *found} if before.get(path) != found.get(path)}
        if not changed:
            return False
        all_anew = deploy.FILE in changed or not before.keys() - {deploy.FILE}
        made, broken = self._deploy(None if all_anew else {path.stem for path in changed})
        self.made_from = found
        if made:
            self.say(f"{_named(changed)} appeared or changed. Deployed: {', '.join(made)}.")
        self._tell(broken)
        return bool(made)

    def _deploy(self, only: set[str] | None) -> tuple[list[str], list[CampaignError]]:
        broken: list[CampaignError] = []
        return deploy.deploy(self.settings, self.api_url, only=only, tell=broken.append, say=self.say), broken

    def _tell(self, broken: list[CampaignError]) -> None:
        for error in broken:
            self.say(f"{str(error).rstrip('.')}. Until it is mended, its plans stay as they were; the others go on.")


def _contents(settings: Settings) -> dict[Path, str]:
    """A hash of each campaign file, and of the file of plans; one that cannot be read has none of its own."""
    return {path: _hash(path) for path in (deploy.FILE, *campaign_file.paths(settings).values())}


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return type(error).__name__


def _named(changed: set[Path]) -> str:
    return " and ".join(path.name for path in sorted(changed) if path.exists())
