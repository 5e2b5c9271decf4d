"""A survey without somebody who is erased: questions and names of surveys worded without them, answers as `(other)`."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, text

from warehouse.survey.form import OTHER
from warehouse.traces import Column, Traces, rewritten

WORDED = (("core.survey", "survey"), ("core.survey_question", "question"))
"""What a survey and its questions are known by; their rows' children follow a change of it."""
TWICE = text("""
delete from core.survey_answer as one
where answer = any(:shown) and exists (
  select from core.survey_answer as other
  where (other.campaign, other.survey, other.question, other.respondent)
      = (one.campaign, one.survey, one.question, one.respondent)
    and (other.answer = :as_other or other.answer = any(:shown) and other.answer < one.answer))
""")
AS_OTHER = text("""
update core.survey_answer set answer = :as_other, point = null, points = null where answer = any(:shown)
""")


def leave(connection: Connection, traces: Traces) -> Counter[str]:
    """Take the person out of every survey; returns column -> values in which they were."""
    changed = Counter[str]()
    for table, name in WORDED:
        known = set(connection.execute(text(f"select distinct {name} from {table}")).scalars())
        for said in sorted(one for one in known if traces.pattern.search(one)):
            new = _free(rewritten(traces, said, Column(table=table, name=name, kind="text", nullable=False)), known)
            known.add(new)
            statement = text(f"update {table} set {name} = :new where {name} = :said")
            changed[f"{table}.{name}"] += connection.execute(statement, {"new": new, "said": said}).rowcount
    given = connection.execute(text("select distinct answer from core.survey_answer where answer is not null"))
    shown = {"shown": [one for one in given.scalars() if traces.pattern.search(one)], "as_other": OTHER}
    for statement in (TWICE, AS_OTHER):
        changed["core.survey_answer.answer"] += connection.execute(statement, shown).rowcount
    return changed


def _free(wanted: str, taken: set[str]) -> str:
    """Two questions about different people may be worded alike without them: the second gets a number."""
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted} ({number})"
    return free
