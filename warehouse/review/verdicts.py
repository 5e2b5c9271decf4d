"""An answer as people write it into the cell `decision`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

WORDS = {
    "not a member": "not_member",
    "spam": "spam",
    "exclude": "exclude",
    "merge": "merge",
    "separate": "separate",
    "seen": "seen",
    "later": "defer",
    "undo": "undo",
}
LARGEST_DAY = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer: the name that the warehouse keeps, and whose or which day where that is the answer."""

    name: str
    person_id: str | None = None
    day: int | None = None


def read(cell: str) -> Verdict | None:
    """The answer; None where the cell is blank. Raises ValueError with a sentence that does not repeat the cell."""
    words = " ".join(unicodedata.normalize("NFKC", cell).split())
    if not words:
        return None
    plain = words.casefold()
    if plain in WORDS:
        return Verdict(name=WORDS[plain])
    if found := re.fullmatch(r"day ([0-9]{1,3})", plain):
        return _day(int(found[1]))
    kind, _, person_id = words.partition(" ")
    if kind.casefold() == "person" and person_id and "\0" not in person_id:
        return Verdict(name="person", person_id=person_id)
    raise ValueError(
        "the decision is none that can be read: write person ID, not a member, spam, exclude, merge, separate, day N, "
        "seen, later or undo"
    )


def _day(number: int) -> Verdict:
    if not 1 <= number <= LARGEST_DAY:
        raise ValueError("the day is not one of the campaign's")
    return Verdict(name="day", day=number)
