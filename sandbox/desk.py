"""The files that lie on the team's desk at a moment: what clerks wrote down and what a browser saved."""

from __future__ import annotations

from datetime import datetime

from sandbox.acts_sheet import acts_csv
from sandbox.browsed import zeeschuimer_ndjson
from sandbox.papers import hand_csv
from sandbox.world import World


def files(world: World, as_of: datetime) -> dict[str, str]:
    """File name -> text, of those that have something in them."""
    found = {"seen-by-hand.csv": hand_csv(world, as_of), "acts-seen-by-hand.csv": acts_csv(world, as_of)}
    sheets = {name: text for name, text in found.items() if text.count("\n") > 1}
    browsed = zeeschuimer_ndjson(world, as_of)
    return sheets | ({"zeeschuimer.ndjson": browsed} if browsed else {})
