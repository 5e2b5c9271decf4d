"""Loads a checked roster. What was known before stays known: rows are closed and opened, never overwritten.

Each fact has two times: when it was true (`valid_*`, as the file says) and when we learnt it (`known_*`). The same
file again touches no row. People who are missing from the file stay as they are and are only reported.

Two sources tell us: the team's file, and people themselves in a sign-up form (`signup`). Neither takes back what the
other said: a refusal holds until whoever told it takes it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text

from warehouse import locks
from warehouse.errors import RosterError
from warehouse.landing import binary
from warehouse.people import countries, suppression
from warehouse.people.handles import plain_name
from warehouse.people.roster_file import Roster
from warehouse.people.roster_row import ALWAYS_FROM, ALWAYS_TO, Entry, Handle

FACTS = {
    "person_role": (("role", "text"), ("institution", "text"), ("cohort_year", "int")),
    "person_country": (("kind", "text"), ("label", "text"), ("iso3", "text")),
    "person_timezone": (("tz", "text"), ("source", "text")),
    "person_handle": (
        ("platform", "text"),
        ("handle", "text"),
        ("stable_id", "text"),
        ("match_basis", "text"),
        ("source", "text"),
    ),
}
Source = Literal["roster", "signup"]
TOLD_BY: dict[Source, tuple[str, ...]] = {"roster": tuple(FACTS), "signup": ("person_timezone", "person_handle")}
WORDS = {"roster": {"person_timezone": "manual"}, "signup": {"person_timezone": "self"}}
"""What a table calls the source, where it has a word of its own."""
VALIDITY = (("valid_from", "text"), ("valid_to", "text"))
REFUSALS = ("refused", "withdrawn")
UNKNOWN_PLATFORM = "by_hand"

Fact = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLoaded:
    people: int
    added: int
    changed: int
    """People who were known before and of whom the file says something else now."""
    missing: int
    """People who are in the warehouse and not in the file: they stay."""
    suppressed: int
    """Accounts that were not suppressed before."""
    warnings: tuple[str, ...] = ()


def load(
    engine: Engine,
    roster: Roster,
    known_at: datetime,
    secret: bytes,
    source: Source = "roster",
    refusing_strangers: Iterable[Handle] = (),
) -> RosterLoaded:
    """The warehouse knows from `known_at` on what the roster, or the sign-up form, says.

    `refusing_strangers` are accounts whose owners nobody knows and who opted out.
    """
    with engine.begin() as connection:
        locks.wait_for_rest_to_end(connection)
        connection.execute(text("lock table people.person in share row exclusive mode"))
        countries.load(connection)
        roster = without_erased(connection, roster, secret)
        _stage_people(connection, roster)
        _refuse_older(connection, known_at)
        added, changed = set[str](), set[str]()
        if source == "roster":
            added = set(connection.execute(text(ADD_PEOPLE), {"known_at": known_at}).scalars())
            changed = set(connection.execute(text(CHANGE_PEOPLE)).scalars())
        changed |= set(connection.execute(text(CONSENT), {"known_at": known_at, "source": source}).scalars())
        said = {person_id: state for person_id, state in connection.execute(text(COLLECT))}
        refusing = {person_id for person_id, state in said.items() if state in REFUSALS}
        granting = {person_id for person_id, state in said.items() if state == "granted"}
        suppressed = _suppress(connection, roster, refusing, granting, known_at, secret)
        strangers = [form for account in refusing_strangers for form in _account_forms(account)]
        suppressed += suppression.opt_out(connection, secret, strangers, known_at)
        _stage_facts(connection, roster, refusing, source)
        for table in TOLD_BY[source]:
            changed |= _learn(connection, table, known_at, source)
        missing = connection.execute(text(MISSING)).scalar_one() if source == "roster" else 0
    warnings = list(roster.warnings)
    if missing:
        warnings.append(f"{missing} people of an earlier roster are not in this file; they stay as they were.")
    return RosterLoaded(
        people=roster.people,
        added=len(added),
        changed=len(changed - added),
        missing=missing,
        suppressed=suppressed,
        warnings=tuple(warnings),
    )


# ---------------------------------------------------------------- what the file says


def _stage_people(connection: Connection, roster: Roster) -> None:
    """Who is in the file, and what each consents to."""
    by_person: dict[str, list[Entry]] = defaultdict(list)
    for entry in roster.entries:
        by_person[entry.person_id].append(entry)
    people = [_person(rows) for rows in by_person.values()]
    person = (("person_id", "text"), ("display_name", "text"), ("name_native", "text"), ("name_aliases", "text[]"))
    _told(connection, "person", (*person, ("notes_restricted", "text")), people)
    consents = ((rows[-1].person_id, *consent) for rows in by_person.values() for consent in _consents(rows).items())
    _told(connection, "consent", (("person_id", "text"), ("purpose", "text"), ("state", "text")), consents)


def _stage_facts(connection: Connection, roster: Roster, refusing: set[str], source: Source) -> None:
    """What the file says of them, one temporary table for each table of the warehouse."""
    told = {
        "person_role": _roles(roster.entries),
        "person_country": _countries(roster.entries),
        "person_timezone": _zones(roster.entries, _word("person_timezone", source)),
        "person_handle": _handles(roster.entries, refusing, source),
    }
    for table in TOLD_BY[source]:
        _told(connection, table, (("person_id", "text"), *FACTS[table], *VALIDITY), told[table])


def _word(table: str, source: Source) -> str:
    return WORDS[source].get(table, source)


def _told(connection: Connection, table: str, columns: Sequence[tuple[str, str]], rows: Iterable[Fact]) -> None:
    shape = ", ".join(f"{name} {kind}" for name, kind in columns)
    connection.execute(text(f"create temp table told_{table} ({shape}) on commit drop"))
    binary.copy(connection, f"told_{table}", columns, dict.fromkeys(rows) if table != "person" else rows)
    if set(VALIDITY) <= set(columns):
        connection.execute(
            text(
                f"alter table told_{table} alter valid_from type date using valid_from::date,"
                " alter valid_to type date using valid_to::date"
            )
        )


def _person(rows: list[Entry]) -> Fact:
    """A person as a whole: the newest row's name, and all aliases."""
    newest = rows[-1]
    aliases = list(dict.fromkeys(alias for entry in rows for alias in entry.aliases))
    native = next((entry.name_native for entry in reversed(rows) if entry.name_native), None)
    notes = next((entry.notes for entry in reversed(rows) if entry.notes), None)
    return newest.person_id, newest.name, native, aliases, notes


def _roles(entries: Iterable[Entry]) -> Iterator[Fact]:
    for entry in entries:
        for role in entry.roles:
            yield entry.person_id, role, entry.institution, entry.cohort_year, *_validity(entry)


def _countries(entries: Iterable[Entry]) -> Iterator[Fact]:
    for entry in entries:
        for kind, country in (("programme", entry.programme), ("residence", entry.residence)):
            if country:
                yield entry.person_id, kind, country.label, country.iso3, *_validity(entry)


def _zones(entries: Iterable[Entry], word: str) -> Iterator[Fact]:
    return ((entry.person_id, entry.timezone, word, *_validity(entry)) for entry in entries if entry.timezone)


def _handles(entries: Iterable[Entry], refusing: set[str], source: Source) -> Iterator[Fact]:
    """Only handles with a basis, and none of people who refuse to be collected."""
    for entry in entries:
        for account in entry.handles if entry.match_basis and entry.person_id not in refusing else ():
            yield (
                entry.person_id,
                account.platform,
                account.handle,
                account.stable_id,
                entry.match_basis,
                source,
                *_validity(entry),
            )


def _consents(rows: list[Entry]) -> dict[str, str]:
    """The person's newest word on each purpose."""
    return {purpose: state for entry in rows for purpose, state in entry.consents.items()}


def _validity(entry: Entry) -> tuple[str, str]:
    return _day(entry.valid_from), _day(entry.valid_to)


def _day(day: date) -> str:
    return {ALWAYS_FROM: "-infinity", ALWAYS_TO: "infinity"}.get(day) or day.isoformat()


# ---------------------------------------------------------------- what changes


def _refuse_older(connection: Connection, known_at: datetime) -> None:
    """History cannot be learnt backwards: a row would be closed before it was opened."""
    for table in FACTS:
        newer = text(
            f"select 1 from people.{table} join told_person using (person_id)"
            " where known_from > :known_at or (known_to > :known_at and known_to < 'infinity') limit 1"
        )
        if connection.execute(newer, {"known_at": known_at}).scalar():
            raise RosterError(
                f"The warehouse has learnt a roster after {known_at:%Y-%m-%d %H:%M} UTC already, so this one comes "
                "too late: look at the computer's clock."
            )


def _learn(connection: Connection, table: str, known_at: datetime, source: Source) -> set[str]:
    """Closes what the source no longer says and opens what it newly says; returns of whom."""
    columns = ["person_id", *(name for name, _ in (*FACTS[table], *VALIDITY))]
    told = ", ".join(f"told.{column}" for column in columns)
    same = f"fact.person_id = told.person_id and ({told}) is not distinct from ({told.replace('told.', 'fact.')})"
    its = "fact.source = :word" if "source" in columns else "true"
    said = {"known_at": known_at, "word": _word(table, source)}
    people: set[str] = set()
    for statement in (CLOSE, OPEN):
        filled = statement.format(table=table, columns=", ".join(columns), told=told, same=same, its=its)
        people |= set(connection.execute(text(filled), said).scalars())
    return people


def _suppress(
    connection: Connection, roster: Roster, refusing: set[str], granting: set[str], known_at: datetime, secret: bytes
) -> int:
    """Suppresses everything that names a person who refuses to be collected; lifts it where one grants it again.

    To what the file says comes what we know: clerks blank the handles of people who refuse, and accounts are renamed.
    """
    names = _names(roster.entries)

    def accounts(people: set[str], known: str) -> Iterator[tuple[str, str]]:
        for entry in roster.entries:
            if entry.person_id in people:
                yield from _accounts(entry, names)
        for platform, value in connection.execute(text(known), {"people": list(people), "known_at": known_at}).all():
            yield from forms(platform, value)

    suppression.opt_in(connection, secret, list(accounts(granting, EVER_THEIRS)))
    return suppression.opt_out(connection, secret, list(accounts(refusing, NOW_THEIRS)), known_at)


def _names(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """Every name and alias, and whose it is."""
    names: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for name in (entry.person_id, entry.name, *entry.aliases):
            names[plain_name(name)].add(entry.person_id)
    return names


def _accounts(entry: Entry, names: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Everything by which a post can show that it is this person's: ids, handles, and in hand-entered rows the name."""
    for account in entry.handles:
        yield from _account_forms(account)
    for name in {plain_name(name) for name in (entry.person_id, entry.name, *entry.aliases)}:
        if names[name] == {entry.person_id}:
            yield suppression.PEOPLE, f"{suppression.PERSON}{name}"


def without_erased(connection: Connection, roster: Roster, secret: bytes) -> Roster:
    """The roster without people who were erased, told by id, name, account or handle; the warnings say which lines."""
    theirs = [(entry.person_id, set(_shown(entry))) for entry in roster.entries]
    gone = suppression.erased(connection, secret, (one for _, shown in theirs for one in shown))
    people = {person_id for person_id, shown in theirs if shown & gone}
    lines = sorted(entry.line for entry in roster.entries if entry.person_id in people)
    if not lines:
        return roster
    told = (
        f"Line {', '.join(map(str, lines))}: somebody who was erased; left out. Take the line out of the file; "
        "if it is somebody else, change what the two have in common (id, name or handle)."
    )
    kept = tuple(entry for entry in roster.entries if entry.person_id not in people)
    return Roster(entries=kept, warnings=(*roster.warnings, told))


def _shown(entry: Entry) -> Iterator[tuple[str, str]]:
    """By what somebody who was erased would be known again."""
    for account in entry.handles:
        yield from _account_forms(account)
    for name in (entry.person_id, entry.name, entry.name_native, *entry.aliases):
        if name:
            yield suppression.PEOPLE, f"{suppression.PERSON}{plain_name(name)}"


def _account_forms(account: Handle) -> Iterator[tuple[str, str]]:
    for value in (account.handle, account.stable_id):
        if value:
            yield from forms(account.platform, value)


def forms(platform: str, value: str) -> Iterator[tuple[str, str]]:
    """An id or handle as the platform tells it and as clerks write it, also where a row does not name its platform."""
    for where in (platform, UNKNOWN_PLATFORM):
        yield where, value
        yield where, value if value.startswith("hand:") else f"hand:{value}"


ADD_PEOPLE = """
insert into people.person (person_id, display_name, name_native, name_aliases, source, notes_restricted, created_at)
select person_id, display_name, name_native, name_aliases, 'roster', notes_restricted, :known_at from told_person
on conflict do nothing
returning person_id
"""

CHANGE_PEOPLE = """
update people.person
set (display_name, name_native, name_aliases, notes_restricted)
  = (told.display_name, told.name_native, told.name_aliases, told.notes_restricted)
from told_person as told
where person.person_id = told.person_id
  and (person.display_name, person.name_native, person.name_aliases, person.notes_restricted)
    is distinct from (told.display_name, told.name_native, told.name_aliases, told.notes_restricted)
returning person.person_id
"""

CLOSE = """
update people.{table} as fact set known_to = :known_at
from told_person
where fact.person_id = told_person.person_id and fact.known_to = 'infinity' and {its}
  and not exists (select from told_{table} as told where {same})
returning fact.person_id
"""

OPEN = """
insert into people.{table} ({columns}, known_from)
select {told}, :known_at from told_{table} as told
where not exists (select from people.{table} as fact where fact.known_to = 'infinity' and {same})
returning person_id
"""

CONSENT = """
insert into people.consent (person_id, purpose, state, changed_at, source)
select told.person_id, told.purpose, told.state, :known_at, :source
from told_consent as told
left join lateral (
  select state from people.consent as said
  where said.person_id = told.person_id and said.purpose = told.purpose and said.source = :source
  order by changed_at desc limit 1
) as latest on true
where latest.state is distinct from told.state
on conflict (person_id, purpose, changed_at) do update set (state, source) = (excluded.state, excluded.source)
returning person_id
"""

# A refusal holds until whoever told it, the roster or the person, takes it back.
COLLECT = """
select
  person_id,
  case when bool_or(state in ('refused', 'withdrawn')) then 'refused' when bool_or(state = 'granted') then 'granted' end
from (
  select distinct on (person_id, source) person_id, state
  from people.consent join told_person using (person_id)
  where purpose = 'collect'
  order by person_id, source, changed_at desc
) as latest
group by person_id
"""

NOW_THEIRS = """
select platform, value from people.person_handle, unnest(array[handle, stable_id]) as value
where value is not null and person_id = any(:people) and known_to = 'infinity' and valid_to > cast(:known_at as date)
union
select platform, account_id from people.account_owner
where person_id = any(:people) and known_to = 'infinity' and valid_to > :known_at
"""

EVER_THEIRS = """
select platform, value from people.person_handle, unnest(array[handle, stable_id]) as value
where value is not null and person_id = any(:people)
union
select platform, account_id from people.account_owner where person_id = any(:people)
"""

MISSING = """
select count(*) from people.person
where source = 'roster' and not exists (select from told_person where told_person.person_id = person.person_id)
"""
