"""An attack on what everybody may see: computing, from published numbers alone, what was hidden.

It knows each number's definition and, to judge what it found, who is behind it. It subtracts numbers that are nested,
takes what is shown of a part from its total, and asks linear programming within which bounds each hidden number lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import linprog
from sqlalchemy import Connection, text

Key = tuple[str, str, str]
"""Part, group, measure: ("region", "Western Asia", "members"). A total's part is its group: ("all", "all", "posts")."""
TABLES = {
    "role": ("open_posts_by_role", "role"),
    "region": ("open_posts_by_region", "region"),
    "cohort": ("open_posts_by_cohort", "cohort"),
    "platform": ("open_posts_by_platform", "platform"),
    "prompt": ("open_posts_by_prompt", "prompt_day"),
}
ROSTER = ("role", "region", "cohort")
WHOLE = {"role": "all", "region": "fellow", "cohort": "fellow", "platform": "all", "prompt": "all"}
NUMBERS = (
    *("posts", "members", "eligible", "participation", "ci_low", "ci_high", "posts_per_member"),
    *("share_posts", "share_eligible", "representation_ratio"),
)
ROUNDED = 5e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is published, and who is behind it."""

    n: int
    values: Mapping[Key, int | None]
    """None is hidden."""
    behind: Mapping[Key, frozenset[Any]]
    """The posts or people that the number counts."""
    author: Mapping[Any, str]
    """Post -> who wrote it."""
    rows: Mapping[str, list[Mapping[str, Any]]]
    known: Mapping[Key, int] = field(default_factory=dict)
    """At least so many, by what else is told: a list of countries."""

    def people(self, measure: str, elements: frozenset[Any]) -> set[Any]:
        return {self.author[post] for post in elements} if measure == "posts" else set(elements)

    def is_small(self, measure: str, elements: frozenset[Any]) -> bool:
        return 0 < len(self.people(measure, elements)) < self.n


def read(connection: Connection, published: str = "open_data", marts: str = "marts") -> Shown:
    """The published tables of the only campaign there, and the facts behind them."""

    def rows(table: str) -> list[Mapping[str, Any]]:
        return [dict(row) for row in connection.execute(text(f"select * from {table}")).mappings()]

    (headline,) = rows(f"{published}.open_headline")
    tables = {part: rows(f"{published}.{table}") for part, (table, _) in TABLES.items()}
    people = {row["person_id"]: row for row in rows(f"{marts}.dim_member")}
    posts = {row["cluster_id"]: row for row in rows(f"{marts}.fct_posts")}
    named = {row["region"] for row in tables["region"]}
    groups = {person: _groups(row, named) for person, row in people.items()}
    values: dict[Key, int | None] = {
        ("all", "all", "posts"): headline["unique_posts"],
        ("all", "all", "members"): headline["members"],
        ("fellow", "fellow", "members"): headline["fellows"],
    }
    behind: dict[Key, set[Any]] = {}
    for post, row in posts.items():
        at = {**groups[row["person_id"]], "platform": row["platform"], "prompt": str(row["prompt_day"])}
        for part, group in at.items():
            behind.setdefault((part, group, "posts"), set()).add(post)
            behind.setdefault((part, group, "members"), set()).add(row["person_id"])
    for person, at in groups.items():
        for part, group in at.items():
            behind.setdefault((part, group, "eligible"), set()).add(person)
    for part, found in tables.items():
        for row in found:
            for measure in ("posts", "members", *(["eligible"] if part in ROSTER else [])):
                values[part, str(row[TABLES[part][1]]), measure] = row[measure]
    countries = rows(f"{published}.open_countries")
    return Shown(
        n=headline["small_group"],
        values=values,
        behind={key: frozenset(behind.get(key, ())) for key in values.keys() | behind.keys()},
        author={post: row["person_id"] for post, row in posts.items()},
        rows=tables,
        known=_known(headline, tables, [row["region"] for row in countries]),
    )


def _groups(person: Mapping[str, Any], named: set[Any]) -> dict[str, str]:
    """Part -> the group that somebody belongs to; who is no fellow belongs to no region and no year."""
    everybody = {"all": "all", "role": person["role"]}
    if person["role"] != "fellow":
        return everybody
    region = person["region"] or "Unknown"
    year = person["cohort_year"]
    return {
        **everybody,
        "fellow": "fellow",
        "region": region if region in named else "Other",
        "cohort": "Unknown" if year is None else str(year),
    }


def _known(headline: Mapping[str, Any], tables: Mapping[str, Any], countries: list[str]) -> dict[Key, int]:
    """A country on the list has somebody; so has a region with a row beside it, and each year if all took part."""
    known = {
        ("region", row["region"], "members"): max(1, countries.count(row["region"]))
        for row in tables["region"]
        if headline["countries"] is not None
    }
    years = [row["cohort"] for row in tables["cohort"] if row["cohort"] != "Unknown"]
    if headline["cohorts"] == len(years):
        known |= {("cohort", year, "members"): 1 for year in years}
    return known


# ---------------------------------------------------------------- what is found


def attack(shown: Shown) -> list[str]:
    """All that can be computed of one to n - 1 people, as sentences; empty if nothing, or if nobody took part."""
    if not shown.author:
        return []
    return [*_written(shown), *_nested(shown), *_remainders(shown), *_bounded(shown)]


def _written(shown: Shown) -> Iterator[str]:
    """Small numbers that stand there, and numbers beside hidden ones."""
    for key, value in shown.values.items():
        if value is not None and len(shown.people(key[2], shown.behind[key])) < shown.n:
            yield f"{key} is shown"
    for part, rows in shown.rows.items():
        for row in rows:
            told = [name for name in NUMBERS if row.get(name) is not None]
            if row["is_suppressed"] and told:
                yield f"{part} {row[TABLES[part][1]]} is suppressed and tells {told}"


def _seen(shown: Shown) -> dict[Key, frozenset[Any]]:
    """Every published number's elements, and those of eligible - members where both are."""
    seen = {key: shown.behind[key] for key, value in shown.values.items() if value is not None}
    for part, group, measure in list(seen):
        if measure == "eligible" and (part, group, "members") in seen:
            seen[part, group, "absent"] = seen[part, group, "eligible"] - seen[part, group, "members"]
    return seen


def _nested(shown: Shown) -> Iterator[str]:
    """One number less another that is part of it by its definition."""
    seen = _seen(shown)
    for key in seen:
        for whole in _wholes(key):
            if whole in seen and shown.is_small(key[2], seen[whole] - seen[key]):
                yield f"{whole} less {key}"
        if key[2] == "absent" and len(seen[key]) < shown.n:
            yield f"{key[:2]}: who did not take part"


def _wholes(key: Key) -> list[Key]:
    """What a number is part of: a region's fellows are fellows, fellows are members."""
    part, group, measure = key
    around = {"fellow": ["all"], "all": []}.get(part) or [WHOLE.get(part, "all")]
    around = [*around, *(["all"] if around == ["fellow"] else [])]
    as_role = [("role", "fellow", measure)] if "fellow" in around and (part, group) != ("role", "fellow") else []
    return [(whole, whole, measure) for whole in around if part != whole] + as_role


def _remainders(shown: Shown) -> Iterator[str]:
    """A total less everything that is shown of it."""
    seen = _seen(shown)
    for part, whole in WHOLE.items():
        for measure in ("posts", "members", "eligible", "absent"):
            total = seen.get((whole, whole, measure)) or seen.get(("role", whole, measure))
            if total is None or (measure == "members" and part in ("platform", "prompt")):
                continue
            rest = total - frozenset().union(*(seen[key] for key in seen if key[0] == part and key[2] == measure))
            if shown.is_small(measure, rest):
                yield f"{whole} {measure} less every {part} that is shown"


# ---------------------------------------------------------------- linear programming


class Equations:
    """What is known of the numbers, as linear equations and inequalities."""

    def __init__(self) -> None:
        self.place: dict[Key, int] = {}
        self.equal: list[tuple[dict[Key, float], float]] = []
        self.at_most: list[tuple[dict[Key, float], float]] = []
        self.fitting: list[np.ndarray] = []
        """Numbers that fit everything, as they were met."""

    def __call__(self, *keys: Key) -> dict[Key, float]:
        for key in keys:
            self.place.setdefault(key, len(self.place))
        return dict.fromkeys(keys, 1.0)

    def is_one(self, wanted: Mapping[Key, float]) -> bool:
        """Whether a sum of numbers can only be one number, by the least and the most that it can be."""
        costs = self._row(wanted)
        seen = [float(costs @ point) for point in self.fitting]
        if seen and not _one_integer(min(seen), max(seen)):
            return False
        return _one_integer(self._least(costs), -self._least(-costs))

    def _least(self, costs: np.ndarray) -> float:
        solved = linprog(costs, **self._matrices)
        if solved.status == 3:  # without bounds
            return -math.inf
        assert solved.status == 0, solved.message
        self.fitting.append(solved.x)
        return float(solved.fun)

    @cached_property
    def _matrices(self) -> dict[str, np.ndarray]:
        return {
            "A_eq": np.array([self._row(row) for row, _ in self.equal]),
            "b_eq": np.array([value for _, value in self.equal]),
            "A_ub": np.array([self._row(row) for row, _ in self.at_most]),
            "b_ub": np.array([value for _, value in self.at_most]),
        }

    def _row(self, row: Mapping[Key, float]) -> np.ndarray:
        dense = np.zeros(len(self.place))
        for key, factor in row.items():
            dense[self.place[key]] = factor
        return dense


def _bounded(shown: Shown) -> Iterator[str]:
    """Hidden numbers, and sums of two, that fit the published ones in one way only.

    That a group which is not on the roster has nobody tells of nobody: no row for it stands among the groups.
    """
    know = equations(shown)
    hidden = [key for key, value in shown.values.items() if value is None and not _is_nobodys(shown, key)]
    pairs = [pair for pair in combinations(hidden, 2) if pair[0][0] == pair[1][0] and pair[0][2] == pair[1][2]]
    for keys in [*((key,) for key in hidden), *pairs]:
        behind = frozenset().union(*(shown.behind[key] for key in keys))
        if len(shown.people(keys[0][2], behind)) < shown.n and know.is_one(dict.fromkeys(keys, 1.0)):
            yield f"{' and '.join(map(str, keys))} can only be one number"
    for part, group, measure in hidden:
        if measure == "eligible":
            absent = shown.behind[part, group, "eligible"] - shown.behind[part, group, "members"]
            sum_ = {(part, group, "eligible"): 1.0, (part, group, "members"): -1.0}
            if len(absent) < shown.n and know.is_one(sum_):
                yield f"{(part, group)}: who did not take part can only be one number"


def _is_nobodys(shown: Shown, key: Key) -> bool:
    return key[0] in (*ROSTER, "fellow") and not shown.behind.get((*key[:2], "eligible"))


def _one_integer(least: float, most: float) -> bool:
    if math.isinf(least) or math.isinf(most):
        return False
    return math.floor(most + 1e-6) <= math.ceil(least - 1e-6)


def equations(shown: Shown) -> Equations:
    know = Equations()
    for key, value in shown.values.items():
        know(key)
        if value is not None:
            know.equal.append(({key: 1.0}, value))
    for part in TABLES:
        groups = [key[1] for key in shown.values if key[0] == part and key[2] == "posts"]
        _sums(know, shown, part, groups)
        for group in groups:
            posts, members = (part, group, "posts"), (part, group, "members")
            know.at_most.append(({**know(members), posts: -1.0}, 0.0))
            know.at_most.append(({members: -1.0}, -shown.known.get(members, 0)))
            know.at_most.append(({members: 1.0, **{key: -1.0 for key in know(("all", "all", "members"))}}, 0.0))
            if part in ROSTER:
                know.at_most.append(({members: 1.0, **{key: -1.0 for key in know((part, group, "eligible"))}}, 0.0))
    for measure in ("posts", "members"):
        know.at_most.append(
            ({**know(("fellow", "fellow", measure)), **{k: -1.0 for k in know(("all", "all", measure))}}, 0.0)
        )
        _same(know, ("fellow", "fellow", measure), ("role", "fellow", measure))
    _same(know, ("fellow", "fellow", "eligible"), ("role", "fellow", "eligible"))
    _shares(know, shown)
    return know


def _same(know: Equations, one: Key, other: Key) -> None:
    know.equal.append(({**know(one), **{key: -1.0 for key in know(other)}}, 0.0))


def _sums(know: Equations, shown: Shown, part: str, groups: list[str]) -> None:
    """The groups of a part are its total; people who post on several platforms or days are in several groups."""
    whole = WHOLE[part]
    for measure in ("posts", "members", *(["eligible"] if part in ROSTER else [])):
        row = {
            **know(*((part, group, measure) for group in groups)),
            **{k: -1.0 for k in know((whole, whole, measure))},
        }
        if measure == "members" and part in ("platform", "prompt"):
            know.at_most.append(({key: -factor for key, factor in row.items()}, 0.0))
        elif measure == "eligible" and part != "cohort":  # a region from which nobody took part has no row
            know.at_most.append((row, 0.0))
        else:
            know.equal.append((row, 0.0))


def _shares(know: Equations, shown: Shown) -> None:
    """A share tells its total."""
    for part, rows in shown.rows.items():
        for row in rows:
            for share, measure in (("share_posts", "posts"), ("share_eligible", "eligible")):
                if row.get(share) is not None:
                    number, total = (part, str(row[TABLES[part][1]]), measure), (WHOLE[part], WHOLE[part], measure)
                    know(number, total)
                    know.at_most.append(({total: float(row[share]) - ROUNDED, number: -1.0}, 0.0))
                    know.at_most.append(({total: -float(row[share]) - ROUNDED, number: 1.0}, 0.0))
