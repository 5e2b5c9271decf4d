"""Files of decisions, read back as spreadsheet programs save them. Every problem is told with its line, and a file with
one changes nothing; the same files again add nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from warehouse.errors import ReviewError, RosterError
from warehouse.landing import binary
from warehouse.people import matching, table
from warehouse.review import queues, verdicts
from warehouse.review.cells import unguarded
from warehouse.review.sheets import COLUMNS
from warehouse.review.verdicts import Verdict

NEEDED = ("queue", "subject", "evidence", "decision")
ANSWERS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
IS_MERGED = """(keyed.queue = 'duplicate_doubtful' and exists (
  select from marts.fct_merges as merges
  where merges.campaign = :campaign and (
    (merges.platform, merges.post_id, merges.copy_platform, merges.copy_post_id)
      = (keyed.platform, keyed.id, keyed.other_platform, keyed.other_id)
    or (merges.copy_platform, merges.copy_post_id, merges.platform, merges.post_id)
      = (keyed.platform, keyed.id, keyed.other_platform, keyed.other_id))))
"""
STAGED = (
    *(("number", "int"), ("queue", "text"), ("subject", "text"), ("evidence", "text")),
    *(("verdict", "text"), ("person_id", "text"), ("day", "int")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A row in which somebody has decided."""

    place: str
    """File and line."""
    queue: str
    subject: str
    evidence: str
    verdict: Verdict
    note: str | None
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    new: int
    """Decisions that nobody had told before."""
    same: int
    """Decisions that were known."""
    undecided: int
    """Rows without a decision."""


def take(
    connection: Connection, campaign_name: str, files: Sequence[Path], by: str | None, decided_at: datetime
) -> Taken:
    """Keeps what the files decide; every build from then on follows it. ReviewError lists every problem."""
    problems: list[str] = []
    answers: list[Answer] = []
    undecided = 0
    for path in files:
        for row in _rows(path, problems):
            answer = _answer(row, by, problems)
            answers += [answer] if answer else []
            undecided += not row.get("decision", "").strip()
    matching.stage_matchable(connection, decided_at)
    new = list(_new(connection, campaign_name, answers, problems))
    if problems:
        raise ReviewError("Nothing was taken over, because the files have problems.", problems)
    _record(connection, campaign_name, new, decided_at)
    return Taken(new=len(new), same=len(answers) - len(new), undecided=undecided)


def _rows(path: Path, problems: list[str]) -> Iterator[dict[str, str]]:
    """The file's rows by their columns, and their `place`."""
    try:
        found = table.read(path)
    except RosterError as error:
        problems.append(str(error))
        return
    problems += [f"{path.name}, {problem[0].lower()}{problem[1:]}" for problem in found.problems]
    if not found.lines:
        problems.append(f"{path.name} is empty: export again.")
        return
    first, *lines = found.lines
    header = [cell.strip().lower() for cell in first.cells]
    while header and not header[-1]:
        header.pop()
    strange = [f"has no column {name}" for name in NEEDED if name not in header]
    strange += [f"has an unknown column in place {at}" for at, name in enumerate(header, 1) if name not in COLUMNS]
    strange += [f"has the column {name} twice" for name in COLUMNS if header.count(name) > 1]
    problems += [f"{path.name}, line {first.number}: the file {what}; export again." for what in strange]
    if strange:
        return
    for line in lines:
        place = f"{path.name}, line {line.number}"
        if any(cell.strip() for cell in line.cells[len(header) :]):
            problems.append(f"{place}: there are more cells than columns.")
            continue
        cells = (unguarded(cell).replace("\0", "") for cell in line.cells)
        yield dict(zip(header, cells, strict=False)) | {"place": place}


def _answer(row: dict[str, str], by: str | None, problems: list[str]) -> Answer | None:
    place, queue = row["place"], row.get("queue", "").strip()
    try:
        verdict = verdicts.read(row.get("decision", ""))
    except ValueError as error:
        problems.append(f"{place}: {error}.")
        return None
    if verdict is None:
        return None
    decided_by = row.get("decided_by", "").strip() or (by or "").strip()
    if queue not in queues.QUEUES:
        problems.append(f"{place}: there is no such queue; leave the column as it was exported.")
    elif verdict.name not in queues.allowed(queue):
        problems.append(f"{place}: {queue} takes {queues.spelt(queue)}, not {queues.SPELT[verdict.name]}.")
    else:
        if not decided_by:
            problems.append(f"{place}: who decided this? Fill in decided_by, or give --by NAME.")
        return Answer(
            place=place,
            queue=queue,
            subject=row.get("subject", "").strip(),
            evidence=row.get("evidence", "").strip(),
            verdict=verdict,
            note=row.get("note", "").strip() or None,
            decided_by=decided_by,
        )
    return None


def _new(
    connection: Connection, campaign_name: str, answers: Sequence[Answer], problems: list[str]
) -> Iterator[Answer]:
    """Those that say something new, with their people as the roster writes them."""
    answers = list(_once(answers, problems))
    days = connection.execute(
        text("select ends_on - starts_on + 1 from core.campaign where campaign = :campaign"),
        {"campaign": campaign_name},
    ).scalar()
    _stage(connection, answers)
    published = connection.execute(text("select to_regclass('marts.fct_merges')")).scalar()
    beside = text(ANSWERS.format(is_merged=IS_MERGED if published else "false"))
    for found in connection.execute(beside, {"campaign": campaign_name}):
        answer = answers[found.number]
        verdict = answer.verdict
        if not found.is_known:
            problems.append(f"{answer.place}: nobody asked about this subject in {answer.queue}; export again.")
        elif found.evidence != answer.evidence and verdict.name != "undo":
            problems.append(f"{answer.place}: what this is about has changed since the export; export again.")
        elif verdict.person_id and not found.person_id:
            problems.append(f"{answer.place}: nobody on the roster has this id.")
        elif verdict.person_id and not found.may_be_matched:
            problems.append(f"{answer.place}: no post may be matched to this id: a refusal, or an institution.")
        elif verdict.day and verdict.day > (days or 0):
            problems.append(f"{answer.place}: the day is not one of the campaign's 1 to {days}.")
        elif not found.is_said:
            yield replace(answer, verdict=replace(verdict, person_id=found.person_id))


def _once(answers: Iterable[Answer], problems: list[str]) -> Iterator[Answer]:
    """Each subject of a queue once; the files may repeat a decision but not contradict it."""
    first: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        before = first.setdefault((answer.queue, answer.subject), answer)
        if before is answer:
            yield answer
        elif before.verdict != answer.verdict:
            problems.append(f"{answer.place}: this contradicts {before.place}.")


def _stage(connection: Connection, answers: Sequence[Answer]) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in STAGED)
    connection.execute(text(f"drop table if exists answer; create temp table answer ({columns}) on commit drop"))
    rows = (
        (number, one.queue, one.subject, one.evidence, one.verdict.name, one.verdict.person_id, one.verdict.day)
        for number, one in enumerate(answers)
    )
    binary.copy(connection, "answer", STAGED, rows)
    connection.execute(text("analyze answer"))


def _record(connection: Connection, campaign_name: str, answers: Sequence[Answer], decided_at: datetime) -> None:
    if not answers:
        return
    connection.execute(
        text("""
            insert into people.review_decision
              (campaign, queue, subject, evidence, verdict, person_id, day, note, decided_by, decided_at, known_from)
            values (:campaign, :queue, :subject, :evidence, :verdict, :person_id, :day, :note, :decided_by, :at, :at)
        """),
        [
            {
                "campaign": campaign_name,
                "queue": one.queue,
                "subject": one.subject,
                "evidence": one.evidence,
                "verdict": one.verdict.name,
                "person_id": one.verdict.person_id,
                "day": one.verdict.day,
                "note": one.note,
                "decided_by": one.decided_by,
                "at": decided_at,
            }
            for one in answers
        ],
    )
