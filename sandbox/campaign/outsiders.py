"""People whom the roster does not know: outsiders, the public, spammers, and whoever takes over a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from rapidfuzz.distance import JaroWinkler

from sandbox.world import Person, Rename

if TYPE_CHECKING:
    from sandbox.campaign.cast import Cast

UNLIKE = 0.88
"""Strangers' names are less alike to everybody's on the roster than this (Jaro-Winkler)."""


def cast(everybody: Cast, names: Iterable[tuple[str, str]], fold: Callable[[str], str]) -> None:
    """Adds them; `names` are free names, each also as it is compared."""
    asked = Counter(everybody.files.settings["strangers"])
    known = [fold(str(person.row["name"])) for person in everybody.people.values()]
    free = (name for name, form in names if max(JaroWinkler.similarity(form, one) for one in known) < UNLIKE)
    everybody.outsiders = tuple(_stranger(everybody, f"O{n:02}", next(free)) for n in _up_to(asked["outsiders"]))
    everybody.public = tuple(_stranger(everybody, f"A{n:02}", next(free)) for n in _up_to(asked["public"]))
    everybody.spammers = tuple(_stranger(everybody, f"Z{n:02}", next(free)) for n in _up_to(asked["spammers"]))
    if everybody.spammers:
        everybody.recycled = everybody.spammers[0]
        _recycle(everybody)


def _up_to(count: int) -> range:
    return range(1, count + 1)


def _stranger(everybody: Cast, person_id: str, name: str) -> str:
    everybody.people[person_id] = Person(
        person_id=person_id,
        name=name,
        role="",
        cohort_year=None,
        iso3=None,
        timezone=None,
        on_roster=False,
        refuses=False,
        handles={},
        row={"name": name},
    )
    for platform in everybody.files.platforms:
        everybody.give_account(person_id, platform)
    return person_id


def _recycle(everybody: Cast) -> None:
    given_up = (
        (person.handles["x"], person.renames["x"][-1].at)
        for person in everybody.people.values()
        if "x" in person.renames
    )
    for handle, at in islice(given_up, 1):
        person = everybody.people[everybody.recycled]
        renames = {"x": (Rename(handle=handle, at=at + timedelta(days=1)),)}
        everybody.people[everybody.recycled] = replace(person, renames=renames)
