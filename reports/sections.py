"""What the page's sections show beyond plain cells: bars, calendars, and the finding in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from reports import words
from reports.figures import figure_id
from reports.habits import Habits, habits
from reports.published import Published, Row
from reports.tables import COHORTS, COUNTRIES, COVERAGE, HEADLINE, MEMBERS, PLATFORMS, PROMPTS, WATERFALL, Table
from reports.tables_of_counts import REGIONS, ROLES
from reports.together import Together, together
from warehouse.campaign import over_everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    code: str
    kind: str
    items: int | None
    leaves: bool
    """Whether this step takes something away."""
    label: str
    explanation: str
    left: str
    """Where the bar begins and how long it is, in percent of all items seen."""
    length: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    row: Row
    on: date
    on_time: str
    late: str
    early: str
    """Lengths of the stacked parts, in percent of the busiest day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    figure: str
    day: date
    state: str
    word: str
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    platform: str
    query: str
    weeks: Sequence[Sequence[Cell | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Countries or ITP years: those from which fellows posted, and the names of those from which nobody did."""

    rows: Sequence[Row]
    silent: Sequence[Row]
    busiest: int
    widest: Decimal
    """Right end of the participation axis: where the last interval ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    headline: Row
    steps: Sequence[Step]
    quarantined: bool
    days: Sequence[Day]
    days_over: int
    """Days of the campaign that are over everywhere on earth: of those the headline's rates are."""
    days_finding: str
    platforms: Sequence[Row]
    busiest_platform: int
    countries: Groups
    cohorts: Groups
    regions: Groups
    roles: Groups
    together: Together | None
    habits: Habits
    not_yet: Sequence[str]
    members: Sequence[Row]
    busiest_member: int
    calendars: Sequence[Calendar]


def page(published: Published) -> Page:
    steps = published.rows(WATERFALL)
    days, ties = _days(published), together(published)
    over = [day.row for day in days if over_everywhere(day.on) <= published.publication.as_of]
    return Page(
        headline=published.rows(HEADLINE)[0],
        steps=_steps([row for row in steps if row["kind"] != "quarantine"]),
        quarantined=any(row["kind"] == "quarantine" for row in steps),
        days=days,
        days_over=len(over),
        days_finding=_days_finding(over, len(days)),
        platforms=published.rows(PLATFORMS),
        busiest_platform=_most(published.rows(PLATFORMS)),
        countries=_groups(published, COUNTRIES),
        cohorts=_groups(published, COHORTS),
        regions=_groups(published, REGIONS),
        roles=_groups(published, ROLES),
        together=ties,
        habits=habits(published),
        not_yet=words.NOT_YET if ties else (*words.WITHOUT_TIES, *words.NOT_YET),
        members=_members(published),
        busiest_member=_most(published.rows(MEMBERS)),
        calendars=_calendars(published.rows(COVERAGE)),
    )


def _steps(rows: Sequence[Row]) -> list[Step]:
    """Start and end stand from zero; what leaves hangs where it was taken from."""
    seen = max((row["remaining"] or 0 for row in rows), default=0)
    steps = []
    for row in rows:
        label, explanation = words.step(row["step"])
        hangs = row["kind"] in {"sieve", "exclusion"}
        steps.append(
            Step(
                code=row["step"],
                kind=row["kind"],
                items=row["items"],
                leaves=hangs and bool(row["items"]),
                label=label,
                explanation=explanation,
                left=words.share(row["remaining"], seen) if hangs else "0",
                length=words.share(row["items"], seen),
            )
        )
    return steps


def _days(published: Published) -> list[Day]:
    rows = published.rows(PROMPTS)
    most = _most(rows)
    return [
        Day(
            row=row,
            on=published.starts_on + timedelta(days=row["prompt_day"] - 1),
            on_time=words.share(row["on_time"], most),
            late=words.share(row["late"], most),
            early=words.share(row["early"], most),
        )
        for row in rows
    ]


def _days_finding(over: Sequence[Row], days: int) -> str:
    """What stands out among the days that are over, and of how many days that is."""
    if days and not over:
        return "No day of the campaign is over yet."
    are = "is" if len(over) == 1 else "are"
    so_far = f"{len(over)} of {days} days {are} over. " if len(over) < days else ""
    return so_far + _busiest_and_quietest(over)


def _busiest_and_quietest(rows: Sequence[Row]) -> str:
    most, least = _most(rows), min((row["posts"] or 0 for row in rows), default=0)
    if not most:
        return "No unique post has a prompt day yet."
    if most == least:
        return f"Every day brought {most:,} posts."
    busiest = [str(row["prompt_day"]) for row in rows if row["posts"] == most]
    quietest = [str(row["prompt_day"]) for row in rows if (row["posts"] or 0) == least]
    return f"Most posts came for {_day_list(busiest)} ({most:,}), fewest for {_day_list(quietest)} ({least:,})."


def _day_list(days: Sequence[str]) -> str:
    if len(days) > 4:
        return f"{len(days)} days"
    return f"day {days[0]}" if len(days) == 1 else f"days {', '.join(days[:-1])} and {days[-1]}"


def _groups(published: Published, table: Table) -> Groups:
    rows = published.rows(table)
    posting = [row for row in rows if row["posts"] or row["members"]]
    return Groups(
        rows=posting,
        silent=[row for row in rows if not (row["posts"] or row["members"])],
        busiest=_most(posting),
        widest=max((row["ci_high"] or Decimal(0) for row in posting), default=Decimal(0)),
    )


def _members(published: Published) -> list[Row]:
    nobody = {"display_name": None, "role": None, "cohort_year": None, "country_label": None}
    return [{**nobody, **published.people.get(row["person_id"], {}), **row} for row in published.rows(MEMBERS)]


def _calendars(rows: Sequence[Row]) -> list[Calendar]:
    by_query = groupby(rows, key=lambda row: (row["platform"], row["query"]))
    return [Calendar(platform=p, query=q, weeks=_weeks([_cell(row) for row in days])) for (p, q), days in by_query]


def _cell(row: Row) -> Cell:
    hours = sum(row[f"hours_{state}"] for state in ("complete", "gap", "not_visible", "unread"))
    state, word = _state(row, hours)
    return Cell(figure=figure_id(COVERAGE, row, "hours_complete"), day=row["day"], state=state, word=word, hours=hours)


def _state(row: Row, hours: int) -> tuple[str, str]:
    """The state that a reader must know first: a gap, then what is still to be read, then what cannot be seen."""
    if row["hours_gap"]:
        return "gap", "gap"
    if row["hours_unread"]:
        return ("unread", "not read yet") if row["hours_unread"] == hours else ("part", "partly read")
    if row["hours_not_visible"]:
        return ("hidden", "not visible") if row["hours_not_visible"] == hours else ("part", "partly visible")
    return "complete", "complete"


def _weeks(cells: Sequence[Cell]) -> list[list[Cell | None]]:
    """Rows from Monday to Sunday; days outside the campaign are None."""
    if not cells:
        return []
    by_day = {cell.day: cell for cell in cells}
    monday = min(by_day) - timedelta(days=min(by_day).weekday())
    weeks = (max(by_day) - monday).days // 7 + 1
    return [[by_day.get(monday + timedelta(days=7 * week + day)) for day in range(7)] for week in range(weeks)]


def _most(rows: Sequence[Row]) -> int:
    return max((row["posts"] or 0 for row in rows), default=0)
