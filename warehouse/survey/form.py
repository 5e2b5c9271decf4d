"""A feedback form's export (Google Forms, Microsoft Forms; CSV or XLSX), read into choices and counts.

A column whose answers are points of a known scale, or which few different answers nearly fill, is a choice and kept.
Every other one holds words of people's own: they are counted, and nothing of them stays. Of a choice, an answer that
only one person gives may be words too, so it is kept as `(other)` unless a scale or the caller knows it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse import storable
from warehouse.errors import SurveyError
from warehouse.people import table
from warehouse.survey import identity, scales
from warehouse.survey.scales import comparable

OTHER = "(other)"
GIVEN_BY_SEVERAL = 2
"""From how many people on an answer is a choice rather than somebody's words."""
SHARE_OF_CHOICES = 0.8
"""How much of a column's answers must be such for it to be a choice."""
MOST_CHOICES, LONGEST_CHOICE = 25, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    text: str | None
    """None for words of one's own: it says only that there were some."""
    point: int | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    text: str
    kind: str
    """`scale`, `choice`, `choices` (several at once) or `words`."""
    scale: str | None = None
    answered: tuple[tuple[Answer, ...], ...]
    """Of each who answered, in the file's order: what they chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    questions: tuple[Question, ...]
    respondents: int
    """Who answered at least one of the questions."""
    dropped: tuple[str, ...]
    """Headings of the columns that say who somebody is: nothing of them was kept."""
    problems: tuple[str, ...]
    """Lines that could not be read, and why."""
    warnings: tuple[str, ...]


def read(path: Path, names: Collection[str] = (), declared: Mapping[str, Sequence[str]] | None = None) -> Form:
    """The form's answers. SurveyError if the file has no questions or nobody answered one.

    `names` are names of people, comparable; `declared` says by a question's words or its column's number what can be
    chosen there, which may be an empty list: then it is a choice, of whatever several people answered.
    """
    sheet = table.read(path)
    if not sheet.lines:
        raise SurveyError(f"{path.name} is empty: its first line must hold the form's questions.")
    headings = _headings(sheet.lines[0].cells)
    options = _options(headings, declared or {})
    problems = list(sheet.problems)
    rows = _rows(sheet.lines, problems)
    questions: list[Question] = []
    dropped: list[str] = []
    answered = set[int]()
    for column, heading in enumerate(headings):
        cells = {line: row[column].strip() for line, row in rows.items() if column < len(row) and row[column].strip()}
        if not cells or not heading:
            continue
        if identity.names_somebody(heading, names):
            raise SurveyError(
                f"Question {column + 1} names somebody on the roster: word it otherwise in the file's first line."
            )
        if identity.is_asked_for(heading) or identity.is_told(list(cells.values()), names):
            dropped.append(heading)
            continue
        questions.append(_question(heading, list(cells.values()), names, options.get(column)))
        answered |= cells.keys()
    if not questions:
        raise SurveyError(f"{path.name} holds no answer to any question: nothing was imported.", problems)
    return Form(
        questions=tuple(questions),
        respondents=len(answered),
        dropped=tuple(dropped),
        problems=tuple(problems),
        warnings=(*sheet.warnings, *_without_heading(headings, rows)),
    )


def _headings(cells: Sequence[str]) -> list[str]:
    """The questions, each only once: the second of two that are worded alike gets a number."""
    seen: Counter[str] = Counter()
    headings = []
    for cell in cells:
        heading = " ".join(storable.text(cell).split())
        seen[heading] += 1
        headings.append(f"{heading} ({seen[heading]})" if heading and seen[heading] > 1 else heading)
    return headings


def _without_heading(headings: Sequence[str], rows: Mapping[int, Sequence[str]]) -> list[str]:
    return [
        f"Column {number} has no question in the first line: it was not read."
        for number, heading in enumerate(headings, 1)
        if not heading and any(len(row) >= number and row[number - 1].strip() for row in rows.values())
    ]


def _rows(lines: Sequence[table.Line], problems: list[str]) -> dict[int, list[str]]:
    """Line -> its cells. A line that is longer than the first, or repeats it, is left out and told."""
    header = lines[0].cells
    rows = {}
    for line in lines[1:]:
        if any(cell.strip() for cell in line.cells[len(header) :]):
            problems.append(f"Line {line.number}: it has more cells than there are questions, and was left out.")
        elif line.cells == header:
            problems.append(f"Line {line.number}: it repeats the questions, and was left out.")
        else:
            rows[line.number] = line.cells
    return rows


def _options(headings: Sequence[str], declared: Mapping[str, Sequence[str]]) -> dict[int, frozenset[str]]:
    """Column -> its declared choices, in comparable form."""
    by_name = {comparable(heading): column for column, heading in enumerate(headings) if heading}
    by_name |= {str(column + 1): column for column in range(len(headings)) if str(column + 1) not in by_name}
    unknown = [f"No question is {name!r}." for name in declared if comparable(name) not in by_name]
    if unknown:
        raise SurveyError(
            f"Choices were declared for a question that the form does not ask: write it as in the first line of the "
            f"file, or the number of its column, 1 to {len(headings)}.",
            unknown,
        )
    return {by_name[comparable(name)]: frozenset(map(comparable, chosen)) for name, chosen in declared.items()}


def _question(heading: str, cells: Sequence[str], names: Collection[str], options: frozenset[str] | None) -> Question:
    sheets = [_chosen(cell) for cell in cells]
    given = Counter(key for sheet in sheets for key in sheet)
    scale = scales.scale_of(heading, given.keys()) if not options else None
    known = options or (frozenset(given) if scale else _common(given))
    if options is None and not scale and not _is_choice(given, known):
        return Question(text=heading, kind="words", answered=tuple((Answer(text=None),) for _ in cells))
    kept = {key for key in known if not identity.is_somebody(key, names)}
    spelt = _spelt(sheets)
    return Question(
        text=heading,
        kind="scale" if scale else "choices" if any(len(sheet) > 1 for sheet in sheets) else "choice",
        scale=scale.name if scale else None,
        answered=tuple(tuple(_answers(sheet, kept, spelt, scale)) for sheet in sheets),
    )


def _chosen(cell: str) -> dict[str, str]:
    """What one cell holds, parted at semicolons: comparable -> as written."""
    parts = (" ".join(storable.text(part).split()) for part in cell.split(";"))
    return {comparable(part): part for part in parts if part} or {comparable(cell): cell}


def _common(given: Counter[str]) -> frozenset[str]:
    return frozenset(key for key, people in given.items() if people >= GIVEN_BY_SEVERAL)


def _is_choice(given: Counter[str], common: Collection[str]) -> bool:
    if not common or len(common) > MOST_CHOICES or max(map(len, common)) > LONGEST_CHOICE:
        return False
    return sum(given[key] for key in common) >= SHARE_OF_CHOICES * given.total()


def _spelt(sheets: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """How each answer is written most often."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for sheet in sheets:
        for key, text in sheet.items():
            written[key][text] += 1
    return {key: min(texts, key=lambda text: (-texts[text], text)) for key, texts in written.items()}


def _answers(
    sheet: Mapping[str, str], kept: Collection[str], spelt: Mapping[str, str], scale: scales.Scale | None
) -> list[Answer]:
    """Each choice once; all that are not kept together are one."""
    found = []
    for text in dict.fromkeys(spelt[key] if key in kept else OTHER for key in sheet):
        point = scales.point(scale, text) if scale else None
        found.append(Answer(text=text, point=point, points=scale.size if scale and point else None))
    return found
