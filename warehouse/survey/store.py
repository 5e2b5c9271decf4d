"""Keeping a survey's answers, so that no two of them can be put together as one person's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import SystemRandom
from uuid import UUID

from sqlalchemy import Connection, text

from warehouse.people.handles import plain_name
from warehouse.survey.form import Answer, Form
from warehouse.survey.scales import comparable

SURVEY = text("""
    insert into core.survey (campaign, survey, invited, respondents, imported_at, run_id)
    values (:campaign, :survey, :invited, :respondents, :at, :run)
""")
QUESTION = text("""
    insert into core.survey_question (campaign, survey, place, question, kind, scale)
    values (:campaign, :survey, :place, :question, :kind, :scale)
""")
ANSWER = text("""
    insert into core.survey_answer (campaign, survey, question, respondent, answer, point, points)
    values (:campaign, :survey, :question, :respondent, :answer, :point, :points)
""")


def names_on_the_roster(connection: Connection) -> frozenset[str]:
    """Every name, other spelling and id of a person, in the form in which answers are compared."""
    people = connection.execute(text("select person_id, display_name, name_native, name_aliases from people.person"))
    return frozenset(
        comparable(plain_name(form))
        for person_id, name, native, aliases in people
        for form in (person_id, name, native, *aliases)
        if form
    )


def replace(
    connection: Connection, campaign_name: str, survey: str, form: Form, invited: int | None, run_id: UUID, at: datetime
) -> bool:
    """Keep the form's answers in place of what is known of this survey; whether there was anything."""
    given = {"campaign": campaign_name, "survey": survey}
    was_known = connection.execute(
        text("delete from core.survey where campaign = :campaign and survey = :survey returning 1"), given
    ).all()
    connection.execute(SURVEY, {**given, "invited": invited, "respondents": form.respondents, "at": at, "run": run_id})
    for place, question in enumerate(form.questions, 1):
        asked = {**given, "question": question.text}
        connection.execute(QUESTION, {**asked, "place": place, "kind": question.kind, "scale": question.scale})
        connection.execute(ANSWER, [{**asked, **row} for row in _shuffled(question.answered)])
    return bool(was_known)


def _shuffled(answered: tuple[tuple[Answer, ...], ...]) -> Iterator[dict[str, str | int | None]]:
    """Rows of a question's answers, numbered in an order that nobody can foresee or repeat."""
    order = list(answered)
    SystemRandom().shuffle(order)
    for respondent, answers in enumerate(order, 1):
        for answer in answers:
            yield {
                "respondent": respondent,
                "answer": answer.text,
                "point": answer.point,
                "points": answer.points,
            }
