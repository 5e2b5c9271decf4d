"""How people took part: whether they stayed, how evenly, on the day or later, and what they said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from reports import words
from reports.published import Published, Row
from reports.tables_of_counts import CONCENTRATION, RETENTION, STREAKS, SURVEY, TIMELINESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    row: Row
    active: str
    still: str
    started: str
    """Lengths in percent of all members who posted on a day of the campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    survey: str
    question: str
    first: Row
    answers: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    days: Sequence[Day]
    evenness: Row | None
    lags: Sequence[Row]
    most_of_a_lag: int
    streaks: frozenset[str]
    """Whose streaks are known."""
    questions: Sequence[Question]


def habits(published: Published) -> Habits:
    lags = published.rows(TIMELINESS)
    evenness = [row for row in published.rows(CONCENTRATION) if row["population"] == "participants"]
    return Habits(
        days=[_day(row) for row in published.rows(RETENTION)],
        evenness=evenness[0] if evenness else None,
        lags=lags,
        most_of_a_lag=max((row["posts"] for row in lags), default=0),
        streaks=frozenset(row["person_id"] for row in published.rows(STREAKS)),
        questions=_questions(published.rows(SURVEY)),
    )


def _day(row: Row) -> Day:
    return Day(
        row=row,
        active=words.share(row["active"], row["members"]),
        still=words.share(row["still_posting"], row["members"]),
        started=words.share(row["started_by"], row["members"]),
    )


def _questions(rows: Sequence[Row]) -> list[Question]:
    grouped = groupby(rows, key=lambda row: (row["survey"], row["place"]))
    found = [(survey, list(of_question)) for (survey, _), of_question in grouped]
    return [
        Question(survey=survey, question=of_it[0]["question"], first=of_it[0], answers=of_it) for survey, of_it in found
    ]
