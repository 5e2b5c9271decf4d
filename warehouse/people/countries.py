"""Countries by ISO 3166-1 with UN M49 regions, and the programme's own labels for them.

Codes and names: pycountry (Debian's iso-codes). Regions: `reference/m49.csv`, after the UN's "Standard country or area
codes for statistical use (M49)"; the assignment is for statistics and implies no political statement. Taiwan and
Kosovo, which M49 does not list, have the region that the UN's World Population Prospects gives them, so that a person
from there is not "Unknown". Labels: `reference/programme_countries.csv`.
"""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    iso3: str
    iso2: str | None
    numeric_code: str | None
    name_en: str
    m49_region: str | None
    m49_subregion: str | None
    m49_intermediate: str | None
    source_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    label: str
    iso3: str
    note: str | None


KOSOVO = ("XKX", "XK", None, "Kosovo")


@cache
def countries() -> dict[str, Country]:
    """Every country and area by its iso3."""
    import pycountry

    iso = [(c.alpha_3, c.alpha_2, c.numeric, getattr(c, "common_name", c.name)) for c in pycountry.countries]
    m49 = {row["iso3"]: row for row in _reference("m49.csv")}
    return {entry[0]: _country(*entry, m49.get(entry[0], {})) for entry in [*iso, KOSOVO]}


def _country(iso3: str, iso2: str, numeric: str | None, name: str, m49: dict[str, str]) -> Country:
    return Country(
        iso3=iso3,
        iso2=iso2,
        numeric_code=numeric,
        name_en=name,
        m49_region=m49.get("region") or None,
        m49_subregion=m49.get("subregion") or None,
        m49_intermediate=m49.get("intermediate") or None,
        source_version=m49.get("note") or "ISO 3166-1, UN M49",
    )


@cache
def labels() -> tuple[Label, ...]:
    """The labels that are no ISO names."""
    rows = _reference("programme_countries.csv")
    return tuple(Label(label=row["label"], iso3=row["iso3"], note=row["note"] or None) for row in rows)


def iso3_of(label: str) -> str | None:
    """The code of a country given as a programme label, an ISO name, or a code of two or three letters."""
    return _codes().get(_plain(label))


@cache
def _codes() -> dict[str, str]:
    import pycountry

    codes = {}
    for entry in pycountry.countries:
        for field in ("name", "common_name", "official_name"):
            codes[_plain(getattr(entry, field, entry.name))] = entry.alpha_3
    for iso3, country in countries().items():
        codes |= {_plain(iso3): iso3, _plain(country.name_en): iso3, _plain(country.iso2 or iso3): iso3}
    return codes | {_plain(label.label): label.iso3 for label in labels()}


def zones_in(iso3: str) -> int:
    """How many time zones the tz database knows in a country; 0 where it names none."""
    return _zones()[countries()[iso3].iso2]


@cache
def _zones() -> Counter[str | None]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    return Counter(line.partition("\t")[0] for line in table.splitlines() if not line.startswith("#"))


def load(connection: Connection) -> int:
    """Fills `people.country_ref` and `people.programme_country_map`; returns how many rows were new or changed."""
    reference = [_row(country) for country in countries().values()]
    changed = connection.execute(text(REFERENCE), _columns(reference)).rowcount
    labelled = [{"label": entry.label, "iso3": entry.iso3, "note": entry.note} for entry in labels()]
    return changed + connection.execute(text(LABELS), _columns(labelled)).rowcount


def _row(country: Country) -> dict[str, str | None]:
    return {field: getattr(country, field) for field in Country.__slots__}


def _columns(rows: list[dict[str, str | None]]) -> dict[str, list[str | None]]:
    """Rows as one array per column: the whole table travels as one statement's parameters."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _reference(name: str) -> list[dict[str, str]]:
    source = resources.files("warehouse").joinpath("reference", name).read_text(encoding="utf-8")
    return list(csv.DictReader(source.splitlines()))


def _plain(label: str) -> str:
    """Without case, accents and the difference between apostrophes: `Türkiye` = `turkiye`."""
    letters = unicodedata.normalize("NFKD", label.replace("\u2019", "'")).casefold()
    return " ".join("".join(sign for sign in letters if not unicodedata.combining(sign)).split())


REFERENCE = """
insert into people.country_ref
  (iso3, iso2, numeric_code, name_en, m49_region, m49_subregion, m49_intermediate, source_version)
select * from unnest(
  cast(:iso3 as text[]), cast(:iso2 as text[]), cast(:numeric_code as text[]), cast(:name_en as text[]),
  cast(:m49_region as text[]), cast(:m49_subregion as text[]), cast(:m49_intermediate as text[]),
  cast(:source_version as text[]))
on conflict (iso3) do update set
  (iso2, numeric_code, name_en, m49_region, m49_subregion, m49_intermediate, source_version)
  = (excluded.iso2, excluded.numeric_code, excluded.name_en, excluded.m49_region, excluded.m49_subregion,
     excluded.m49_intermediate, excluded.source_version)
where country_ref is distinct from excluded
"""

LABELS = """
insert into people.programme_country_map (label, iso3, note)
select * from unnest(cast(:label as text[]), cast(:iso3 as text[]), cast(:note as text[]))
on conflict (label) do update set (iso3, note) = (excluded.iso3, excluded.note)
where programme_country_map is distinct from excluded
"""
