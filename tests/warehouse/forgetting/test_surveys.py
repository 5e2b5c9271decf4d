"""A survey that was imported when nobody knew the name: it goes, and the answers stay with their question."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from tests.dbt.rows import LONG_AGO, insert
from tests.warehouse.forgetting.planting import NAME, RUN, erase, rows

ABOUT_HER, ABOUT_HIM = "How was the talk of Amina Sample?", "How was the talk of Ben Other?"
TWICE = "How was the talk of AMINA  SAMPLE?"


@pytest.fixture
def surveyed(planted: Engine) -> Engine:
    """A survey named after her, with two questions about her, one about Ben, and answers that name her."""
    with planted.begin() as connection:
        connection.execute(
            text(
                "insert into core.run (run_id, verb, state, started_at, host, pid)"
                f" values ('{RUN}', 'survey', 'completed', now(), 'h', 1) on conflict do nothing"
            )
        )
        its = {"campaign": NAME, "survey": "for Amina Sample"}
        insert(connection, "core.survey", {**its, "respondents": 2, "imported_at": LONG_AGO, "run_id": RUN})
        asked = [ABOUT_HER, TWICE, ABOUT_HIM, "Who helped?"]
        insert(connection, "core.survey_question", *(
            {**its, "place": place, "question": one, "kind": "choices"} for place, one in enumerate(asked, 1)
        ))  # fmt: skip
        insert(connection, "core.survey_answer", *(
            {**its, "question": question, "respondent": respondent, "answer": answer}
            for question, respondent, answer in (
                *((one, 1, "well") for one in asked[:3]),
                ("Who helped?", 1, "Amina Sample"), ("Who helped?", 1, "amina sample, and more"),
                ("Who helped?", 2, "(other)"), ("Who helped?", 2, "Amina Sample"), ("Who helped?", 2, "the team"),
            )
        ))  # fmt: skip
    return planted


def test_names_leave_questions_and_answers_and_the_rest_stays(surveyed: Engine) -> None:
    """Alike questions keep apart; an answer that names somebody is one of the others, once for each respondent."""
    receipt = erase(surveyed)
    assert rows(surveyed, "select survey from core.survey") == [("for forgotten",)]
    assert rows(surveyed, "select place, question from core.survey_question order by 1") == [
        (1, "How was the talk of forgotten? (2)"), (2, "How was the talk of forgotten?"),
        (3, ABOUT_HIM), (4, "Who helped?"),
    ]  # fmt: skip
    answers = "select question, respondent, answer from core.survey_answer order by 1, 2, 3"
    assert rows(surveyed, answers) == [
        (ABOUT_HIM, 1, "well"), ("How was the talk of forgotten?", 1, "well"),
        ("How was the talk of forgotten? (2)", 1, "well"),
        ("Who helped?", 1, "(other)"), ("Who helped?", 2, "(other)"), ("Who helped?", 2, "the team"),
    ]  # fmt: skip
    changed = {name: count for name, count in receipt.rewritten.items() if name.startswith("core.survey")}
    assert changed == {"core.survey.survey": 1, "core.survey_question.question": 2, "core.survey_answer.answer": 3}
