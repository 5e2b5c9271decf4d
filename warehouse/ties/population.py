"""The people between whom ties are counted, their groups, and their ties in each window, as dbt hands them over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from warehouse.ties.network import UNKNOWN, Network, Numbers

ATTRIBUTES = ("cohort", "region", "country")
WINDOWS = ("before", "during", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Who is in which group: `labels` are places in `groups`, or UNKNOWN."""

    groups: Sequence[str]
    labels: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    days: int
    """On how many days its acts were made."""
    reason: str | None
    """Why it cannot be measured. None if it can."""
    is_over: bool
    network: Network
    acts: Numbers
    """How many acts make each tie of the network."""

    @property
    def why_not_compared(self) -> str | None:
        """Why it cannot be compared with another one: half a window has half the ties. None if it can."""
        return self.reason or (None if self.is_over else "not over yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    name: str
    """`fellows` or `members`."""
    people: int
    groupings: Mapping[str, Grouping]
    """By attribute."""
    windows: Mapping[str, Window]


def populations(connection: Connection) -> Iterator[Population]:
    """Fellows, and all members, in the order of their ids: no order of rows in the warehouse changes a figure."""
    people = connection.execute(text(PEOPLE)).all()
    windows = {row.window_name: row for row in connection.execute(text(SPANS))}
    ties = connection.execute(text(TIES)).all()
    place = {person.person_id: number for number, person in enumerate(people)}
    everybody = np.ones(len(people), dtype=bool)
    fellows = np.array([person.is_fellow for person in people], dtype=bool)
    for name, inside in (("fellows", fellows), ("members", everybody)):
        chosen = [person for person, is_in in zip(people, inside, strict=True) if is_in]
        yield Population(
            name=name,
            people=len(chosen),
            groupings={one: grouping([getattr(person, one) for person in chosen]) for one in ATTRIBUTES},
            windows={
                window: _window(span, inside, [
                    (place[tie.source_person], place[tie.target_person], tie.acts)
                    for tie in ties if tie.window_name == window
                ])
                for window, span in windows.items()
            },
        )  # fmt: skip


def grouping(names: Sequence[str | None]) -> Grouping:
    """The groups that these people are in, in alphabetical order; None is not known."""
    groups = sorted({name for name in names if name is not None})
    place: dict[str | None, int] = {name: number for number, name in enumerate(groups)}
    return Grouping(groups=groups, labels=np.array([place.get(name, UNKNOWN) for name in names], dtype=np.int64))


def _window(span: Any, inside: NDArray[np.bool_], ties: Sequence[tuple[int, int, int]]) -> Window:
    """`span` is a row of SPANS."""
    source, target, acts = np.array(ties, dtype=np.int64).reshape(-1, 3).T
    kept = inside[source] & inside[target]
    number = np.cumsum(inside) - 1
    network = Network(people=int(inside.sum()), source=number[source[kept]], target=number[target[kept]])
    return Window(days=span.days, reason=span.reason, is_over=span.is_over, network=network, acts=acts[kept])


PEOPLE = """
select person_id, is_fellow, cohort, region, country from build.int_ties__nodes order by person_id collate "C"
"""
SPANS = "select window_name, open_days as days, reason, is_over from build.int_windows order by starts_at"
TIES = """
select window_name, source_person, target_person, acts from build.int_ties
order by source_person collate "C", target_person collate "C"
"""
