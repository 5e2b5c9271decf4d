"""One row of the roster: what it says of a person, and every way in which it can be wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from zoneinfo import available_timezones

import regex

from warehouse.people import countries, table
from warehouse.people.handles import NotAHandle, is_mangled, normalise
from warehouse.people.roster_columns import PURPOSES, STATES

ROLES = (
    "fellow",
    "senior_fellow",
    "uk_partner",
    "programme_partner",
    "bm_staff",
    "itp_team",
    "supporter",
    "institution",
)
BASES = ("opt_in", "given_directly", "public_directory", "public_profile", "reviewer")
ALWAYS_FROM, ALWAYS_TO = date.min, date.max
_zones = cache(available_timezones)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    label: str
    iso3: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    platform: str
    handle: str | None = None
    stable_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row: what is true of a person in [valid_from, valid_to)."""

    line: int
    person_id: str
    name: str
    aliases: tuple[str, ...] = ()
    name_native: str | None = None
    roles: tuple[str, ...] = ()
    cohort_year: int | None = None
    institution: str | None = None
    programme: Country | None = None
    residence: Country | None = None
    timezone: str | None = None
    match_basis: str | None = None
    handles: tuple[Handle, ...] = ()
    consents: Mapping[str, str] = field(default_factory=dict)
    valid_from: date = ALWAYS_FROM
    valid_to: date = ALWAYS_TO
    notes: str | None = None


class Row:
    """A line while it is read: its cells by column, and where its problems go."""

    def __init__(self, line: table.Line, header: list[str], problems: list[str], noticed: dict[str, list[int]]) -> None:
        self.line = line.number
        self.problems, self.noticed = problems, noticed
        self.cells = {
            column: " ".join(cell.split()) for column, cell in zip(header, line.cells, strict=False) if column
        }
        if any(cell.strip() for cell in line.cells[len(header) :]):
            self.wrong("the line has more cells than the first line has columns")
        if any(regex.search(r"[\p{Cc}\p{Cs}]", cell) for cell in self.cells.values()):
            self.wrong("a cell holds a control character, which no name or handle has")

    def wrong(self, what: str) -> None:
        self.problems.append(f"Line {self.line}: {what}.")

    def notice(self, what: str) -> None:
        self.noticed.setdefault(what, []).append(self.line)

    def cell(self, column: str) -> str | None:
        return self.cells.get(column) or None

    def several(self, column: str) -> tuple[str, ...]:
        pieces = (piece.strip() for piece in self.cells.get(column, "").split("|"))
        return tuple(dict.fromkeys(piece for piece in pieces if piece))

    def entry(self, programme_years: Collection[int]) -> Entry | None:
        """The row's content; None if it does not even say of whom it speaks."""
        person_id, name = self.cell("person_id"), self.cell("name")
        if person_id is None or name is None:
            self.wrong(f"{'person_id' if person_id is None else 'name'} is blank")
            return None
        if is_mangled(person_id):
            self.wrong("person_id holds a number that a spreadsheet program has rounded: enter it as text")
        roles = self.roles()
        programme, residence, zone = self.programme_country(), self.residence(), self.zone()
        if not self.cell("timezone") and roles != ("institution",):
            self.notice_several_zones(residence, programme)
        basis = self.choice("match_basis", BASES)
        handles = self.handles()
        if handles and basis is None:
            self.notice(
                "match_basis is blank, so the handles are not used: an account may be matched to a person only on a "
                "stated basis (such as opt_in or given_directly)."
            )
        return Entry(
            line=self.line,
            person_id=person_id,
            name=name,
            aliases=self.several("aliases"),
            name_native=self.cell("name_native"),
            roles=roles,
            cohort_year=self.cohort_year(roles, programme_years),
            institution=self.cell("institution"),
            programme=programme,
            residence=residence,
            timezone=zone,
            match_basis=basis,
            handles=handles,
            consents=self.consents(),
            valid_from=self.day("valid_from") or ALWAYS_FROM,
            valid_to=self.day("valid_to") or ALWAYS_TO,
            notes=self.cell("notes"),
        )

    def roles(self) -> tuple[str, ...]:
        roles = tuple(regex.sub(r"[\s-]+", "_", role.lower()) for role in self.several("role"))
        if not roles:
            self.wrong(f"role is blank; it is one of {', '.join(ROLES)}")
        elif not set(roles) <= set(ROLES):
            self.wrong(f"role is not one of {', '.join(ROLES)}")
        return roles

    def choice(self, column: str, allowed: Collection[str]) -> str | None:
        value = regex.sub(r"[\s-]+", "_", (self.cell(column) or "").lower())
        if value and value not in allowed:
            self.wrong(f"{column} is not one of {', '.join(allowed)}")
        return value or None

    def cohort_year(self, roles: tuple[str, ...], programme_years: Collection[int]) -> int | None:
        cell = self.cell("cohort_year")
        if cell is None:
            if {"fellow", "senior_fellow"} & set(roles):
                self.wrong("cohort_year is blank, and a fellow has the year of the first participation")
            return None
        if not regex.fullmatch(r"(?:19|20)[0-9]{2}", cell):
            self.wrong("cohort_year is not a year of four digits")
            return None
        if programme_years and int(cell) not in programme_years:
            self.wrong(f"cohort_year is {cell}, and the campaign's file has no programme in that year")
        return int(cell)

    def programme_country(self) -> Country | None:
        label, code = self.cell("programme_country"), self.cell("iso3")
        iso3, from_label = self.country("iso3"), countries.iso3_of(label) if label else None
        if label and not code and not from_label:
            self.wrong("programme_country is no known country or label: put its ISO code into the column iso3")
        if label and from_label and iso3 and from_label != iso3:
            self.wrong("programme_country and iso3 name two different countries")
        return self._labelled(label, iso3 or from_label)

    def residence(self) -> Country | None:
        return self._labelled(None, self.country("residence_iso3"))

    def _labelled(self, label: str | None, iso3: str | None) -> Country | None:
        if iso3 is None:
            return None
        if label and label.upper() == "NA" and not self.cell("iso3"):
            self.notice("the country NA was read as Namibia's code; blank means unknown.")
        is_code = label is None or label.upper() in (iso3, countries.countries()[iso3].iso2)
        return Country(label=label if label and not is_code else countries.countries()[iso3].name_en, iso3=iso3)

    def country(self, column: str) -> str | None:
        """The code of three letters; one of two letters, or the country's name, is understood too."""
        cell = self.cell(column)
        if cell is None:
            return None
        iso3 = countries.iso3_of(cell)
        if iso3 is None:
            self.wrong(f"{column} is no country code of ISO 3166-1 (three letters, such as NAM)")
        elif cell.upper() == "NA":
            self.notice(f"{column} NA was read as Namibia's code; blank means unknown.")
        return iso3

    def zone(self) -> str | None:
        cell = self.cell("timezone")
        if cell is not None and cell not in _zones():
            self.wrong("timezone is no zone of the tz database (such as Africa/Nairobi)")
            return None
        return cell

    def notice_several_zones(self, *known: Country | None) -> None:
        """The local day of somebody's posts needs a zone; a country with only one tells it."""
        numbers = [countries.zones_in(country.iso3) for country in known if country]
        if numbers and 1 not in numbers and max(numbers) > 1:
            self.notice(
                "timezone is blank and the country has several, so the days of these people's posts are told by the "
                "campaign's zone: ask them for theirs (such as America/Sao_Paulo)."
            )

    def day(self, column: str) -> date | None:
        cell = self.cell(column)
        if cell is None:
            return None
        try:
            return date.fromisoformat(cell)
        except ValueError:
            self.wrong(f"{column} is not a date such as 2026-02-28")
            return None

    def consents(self) -> dict[str, str]:
        consents = {}
        for purpose in PURPOSES:
            if state := self.choice(f"consent_{purpose}", STATES):
                consents[purpose] = STATES.get(state, "not_asked")
        return consents

    def handles(self) -> tuple[Handle, ...]:
        platforms = dict.fromkeys(column.split("_", 1)[1] for column in self.cells if _is_account(column))
        return tuple(handle for platform in platforms for handle in self.handles_on(platform))

    def handles_on(self, platform: str) -> Iterable[Handle]:
        """A platform's handles and ids in this row: paired where there is one of each."""
        handles = [handle for piece in self.several(f"handle_{platform}") if (handle := self.handle(platform, piece))]
        ids = list(self.several(f"id_{platform}"))
        if any(is_mangled(stable_id) for stable_id in ids):
            self.wrong(f"id_{platform} holds a number that a spreadsheet program has rounded: enter it as text")
        if len(handles) == len(ids):
            pairs = zip(handles, ids, strict=True)
            return [Handle(platform=platform, handle=handle, stable_id=stable_id) for handle, stable_id in pairs]
        alone = [Handle(platform=platform, handle=handle) for handle in handles]
        return alone + [Handle(platform=platform, stable_id=stable_id) for stable_id in ids]

    def handle(self, platform: str, cell: str) -> str | None:
        try:
            return normalise(platform, cell)
        except NotAHandle as error:
            self.wrong(f"handle_{platform} {error}")
            return None


def _is_account(column: str) -> bool:
    return column.startswith(("handle_", "id_"))
