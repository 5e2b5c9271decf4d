"""A sign-up form's export (Google Forms, Microsoft Forms; CSV or XLSX): what members told us about themselves.

It adds to the roster and takes nothing from it: handles with a basis (`opt_in` if the form asked whether accounts may
be matched and the person said yes, else `given_directly`), the time zone, and consents. Who a person is and from where
is the roster's. Somebody whom the roster does not know is told by line and waits. Of several answers by one person the
last one holds, because forms append; what it leaves blank of consents holds as it was said before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from warehouse.errors import RosterError
from warehouse.people import table
from warehouse.people.handles import plain_name
from warehouse.people.roster_file import Roster
from warehouse.people.roster_row import Entry, Handle, Row
from warehouse.people.signup_questions import NAME, PERSON_ID, STAMPED, answer, meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Signups:
    roster: Roster
    """One entry for each member who answered."""
    refusing: tuple[Handle, ...] = ()
    """Accounts of people who are not on the roster and want nothing of theirs collected."""
    waiting: tuple[str, ...] = ()
    """Answers that were not taken, by line, and why."""


def looks_like_signups(path: Path) -> bool:
    """Whether the columns are questions put to people, and not a roster's."""
    lines = table.read(path).lines
    if not lines or "role" in {cell.strip().casefold() for cell in lines[0].cells}:
        return False
    asked = {cell.strip().casefold() for cell in lines[0].cells}
    found = [meaning(cell) for cell in lines[0].cells]
    columns = {column for one in found if one for column in ([one] if isinstance(one, str) else one)}
    of_people = columns & {NAME, PERSON_ID} or asked & STAMPED
    return bool(of_people) and any(column.startswith(("handle_", "consent_")) for column in columns)


def known_people(connection: Connection) -> dict[str, str]:
    """Every id, name and alias on the roster that is one person's only, in comparable form, and whose it is."""
    bearers: dict[str, set[str]] = defaultdict(set)
    people = connection.execute(text("select person_id, display_name, name_native, name_aliases from people.person"))
    for person_id, name, native, aliases in people:
        for form in (person_id, name, native, *aliases):
            if form:
                bearers[plain_name(form)].add(person_id)
    return {form: next(iter(ids)) for form, ids in bearers.items() if len(ids) == 1}


def read(path: Path, known: Mapping[str, str]) -> Signups:
    """The answers of people whom the roster knows. RosterError if a question is unclear or the file has none."""
    sheet = table.read(path)
    columns, warnings = _columns(sheet, path.name)
    problems, noticed = list(sheet.problems), dict[str, list[int]]()
    entries: dict[str, Entry] = {}
    gave: dict[str, tuple[Handle, ...]] = {}
    refusing: list[Handle] = []
    for line in sheet.lines[1:]:
        row = Row(line, columns, problems, noticed)
        consents, person_id, handles = _consents(row), _person(row, known), row.handles()
        if person_id:
            if before := entries.get(person_id):
                consents = {**before.consents, **consents}
            gave[person_id] = (*gave.get(person_id, ()), *handles)
            entries[person_id] = _entry(
                row,
                person_id,
                consents,
                gave[person_id] if _is_out(consents) else handles,
                matching_was_asked="consent_match" in columns,
            )
        elif _is_out(consents):
            refusing += handles
    warnings += [f"Line {', '.join(map(str, lines))}: {what}" for what, lines in noticed.items()]
    told = Roster(entries=tuple(entries.values()), warnings=tuple(warnings))
    return Signups(roster=told, refusing=tuple(refusing), waiting=tuple(problems))


def _columns(sheet: table.Table, name: str) -> tuple[list[str], list[str]]:
    """The roster's column for each question; '' for one that is not read."""
    if not sheet.lines:
        raise RosterError(f"{name} is empty: its first line must hold the form's questions.")
    questions = sheet.lines[0].cells
    meanings = [meaning(question) for question in questions]
    unclear = [
        f"Column {number} may ask for {' or '.join(found)}: word it as in docs/sheets.md."
        for number, found in enumerate(meanings, 1)
        if isinstance(found, list)
    ]
    columns = [found if isinstance(found, str) else "" for found in meanings]
    twice = {column for column in columns if column and columns.count(column) > 1}
    if not {NAME, PERSON_ID} & set(columns):
        unclear.append("No question asks for the person's name or person_id: word it as in docs/sheets.md.")
    unclear += [f"Two questions ask for {column}: leave one in." for column in sorted(twice)]
    if unclear:
        raise RosterError(f"{name} has questions that are not clear; nothing was loaded.", unclear)
    unread = [str(number) for number, column in enumerate(columns, 1) if not column]
    numbers = f"column{'s' if len(unread) > 1 else ''} {', '.join(unread)}"
    told = [f"Not read, because they ask for nothing that a roster keeps: {numbers}."]
    return columns, told if unread else []


def _entry(
    row: Row, person_id: str, consents: dict[str, str], handles: tuple[Handle, ...], *, matching_was_asked: bool
) -> Entry:
    """One person's answers. Who refuses collecting gives accounts to be kept out, not to be matched."""
    may_be_matched = consents.get("match") == "granted" or not matching_was_asked
    return Entry(
        line=row.line,
        person_id=person_id,
        name=row.cell(NAME) or person_id,
        timezone=row.zone(),
        match_basis="opt_in" if matching_was_asked else "given_directly",
        handles=handles if _is_out(consents) or may_be_matched else (),
        consents=consents,
    )


def _is_out(consents: Mapping[str, str]) -> bool:
    return consents.get("collect") == "refused"


def _person(row: Row, known: Mapping[str, str]) -> str | None:
    for column in (PERSON_ID, NAME):
        if (cell := row.cell(column)) and (person_id := known.get(plain_name(cell))):
            return person_id
    row.wrong(
        "nobody on the roster has this name, or more than one: add the person to the roster, or put the person_id into "
        "a column of that name, and load the form again"
    )
    return None


def _consents(row: Row) -> dict[str, str]:
    consents: dict[str, str] = {}
    for column in row.cells:
        if column.startswith("consent_") and (cell := row.cell(column)):
            if state := answer(cell):
                consents[column.removeprefix("consent_")] = state
            else:
                row.wrong(f"the answer on {column} is neither yes nor no")
    return consents
