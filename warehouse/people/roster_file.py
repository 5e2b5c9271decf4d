"""The roster's file: who is known, and what people told us about themselves. Reads, checks everything, changes nothing.

One row says what is true of a person in a period. A person may have several rows if their `valid_from` differ; a row
without `valid_to` ends where the person's next one begins. Every problem is one sentence with its line, and all are
told at once. No sentence repeats what a cell of a person holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import regex

from warehouse.errors import RosterError
from warehouse.people import table
from warehouse.people.roster_columns import COLUMNS, PURPOSES, header
from warehouse.people.roster_row import ALWAYS_TO, Entry, Row

TEMPLATE = (
    *COLUMNS[:12],
    *(f"handle_{platform}" for platform in ("facebook", "instagram", "x", "mastodon", "bluesky")),
    *(f"consent_{purpose}" for purpose in PURPOSES),
    *COLUMNS[12:],
)
OVERLAP = (
    "valid_from is before the end of the same person's earlier row, so both rows hold in between: an address, "
    "a country or a zone that has changed needs the day from which it did as the earlier row's valid_to."
)
GAP = (
    "valid_from is after the end of the same person's earlier row, so of the time in between nothing is known, and "
    "posts of that time are not the person's: where nothing changed, leave the earlier row's valid_to blank."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    entries: tuple[Entry, ...]
    """In the order of person and time."""
    warnings: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        return len({entry.person_id for entry in self.entries})


def write_template(path: Path) -> None:
    """An empty roster with the columns that people fill in; any other platform's handle column may be added."""
    path.write_text(",".join(TEMPLATE) + "\r\n", encoding="utf-8-sig")


def read(path: Path, programme_years: Collection[int] = ()) -> Roster:
    """The checked roster; RosterError with every problem if there is any."""
    sheet = table.read(path)
    problems, warnings = list(sheet.problems), list(sheet.warnings)
    columns = header(sheet, path.name, problems, warnings)
    noticed: dict[str, list[int]] = {}
    rows = [Row(line, columns, problems, noticed) for line in sheet.lines[1:]]
    entries = [entry for row in rows if (entry := row.entry(programme_years))]
    entries = _in_time(entries, problems, noticed)
    problems += _shared_accounts(entries)
    if not entries and not problems:
        problems.append("The file has column names but no person.")
    if problems:
        raise RosterError(f"{path.name} has {_counted(problems)}; nothing was loaded.", sorted(problems, key=_line_of))
    warnings += [f"{_lines(numbers)}: {what}" for what, numbers in noticed.items()]
    return Roster(entries=tuple(entries), warnings=tuple(warnings))


def _counted(problems: list[str]) -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    rest = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"Line {shown}" if len(numbers) == 1 else f"Lines {shown}{rest}"


def _line_of(problem: str) -> int:
    found = regex.search(r"\d+", problem)
    return int(found[0]) if found else 0


def _in_time(entries: list[Entry], problems: list[str], noticed: dict[str, list[int]]) -> list[Entry]:
    """The rows person by person in the order of time, each ending where the next begins if it does not say."""
    by_person: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_person[entry.person_id.casefold()].append(entry)
    return [entry for rows in by_person.values() for entry in _periods(rows, problems, noticed)]


def _periods(rows: list[Entry], problems: list[str], noticed: dict[str, list[int]]) -> list[Entry]:
    rows = sorted(rows, key=lambda entry: (entry.valid_from, entry.line))
    ended = []
    for entry, later in zip(rows, [*rows[1:], None], strict=True):
        if later and later.valid_from == entry.valid_from:
            first, second = sorted((entry.line, later.line))
            problems.append(
                f"Line {second}: the person_id is the one of line {first} already; "
                "a second row needs another valid_from, another person another person_id."
            )
        elif later and later.person_id != entry.person_id:
            problems.append(
                f"Line {later.line}: the person_id differs from line {entry.line} only in upper and lower case."
            )
        if later and entry.valid_to == ALWAYS_TO:
            entry = replace(entry, valid_to=later.valid_from)
        elif entry.valid_to <= entry.valid_from:
            problems.append(f"Line {entry.line}: valid_to is not after valid_from.")
        elif later and entry.valid_to > later.valid_from:
            noticed.setdefault(OVERLAP, []).append(later.line)
        elif later and entry.valid_to < later.valid_from:
            noticed.setdefault(GAP, []).append(later.line)
        ended.append(entry)
    return ended


def _shared_accounts(entries: list[Entry]) -> list[str]:
    """One account cannot be two people's at the same time."""
    held: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for handle in entry.handles:
            for kind, value in (("handle", handle.handle), ("id", handle.stable_id)):
                if value:
                    held[kind, handle.platform, value].append(entry)
    problems = []
    for (kind, platform, _), rows in held.items():
        ordered = sorted(rows, key=lambda entry: entry.line)
        for number, later in enumerate(ordered):
            for earlier in ordered[:number]:
                if _overlap(earlier, later):
                    problems.append(
                        f"Line {later.line}: the {kind}_{platform} is the one of line {earlier.line} too, "
                        "and one account cannot be two people's at the same time."
                    )
    return problems


def _overlap(one: Entry, other: Entry) -> bool:
    apart = one.valid_to <= other.valid_from or other.valid_to <= one.valid_from
    return one.person_id != other.person_id and not apart
