"""The files that lie on the team's desk at a moment: what clerks wrote down and what a browser saved."""

from __future__ import annotations

from datetime import datetime

from sandbox.papers import hand_csv
from sandbox.world import World


def files(world: World, as_of: datetime) -> dict[str, str]:
    """File name -> text, of those that have something in them."""
    sheets = {"seen-by-hand.csv": hand_csv(world, as_of)}
    return {name: text for name, text in sheets.items() if text.count("\n") > 1}
