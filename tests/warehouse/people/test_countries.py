"""Every country has its codes and region, and the programme's labels lead to one."""

from __future__ import annotations

import csv
from pathlib import Path

import pycountry
import pytest
from sqlalchemy import Engine, text

from warehouse.people import countries

MEMBERS = Path(__file__).parents[4] / "shared" / "reference" / "members.csv"
WITHOUT_REGION = {"ATA"}


def test_all_of_iso_3166_is_there_with_a_region() -> None:
    """And Kosovo; only Antarctica has no region in M49."""
    known = countries.countries()
    assert set(known) == {country.alpha_3 for country in pycountry.countries} | {"XKX"}
    assert {iso3 for iso3, country in known.items() if country.m49_subregion is None} == WITHOUT_REGION


def test_m49_has_its_22_subregions() -> None:
    """Five regions; 'Sub-Saharan Africa' and 'Latin America and the Caribbean' have intermediate ones."""
    known = countries.countries().values()
    assert {c.m49_region for c in known} - {None} == {"Africa", "Americas", "Asia", "Europe", "Oceania"}
    subregions = {c.m49_subregion for c in known} - {None}
    assert len(subregions) == 17
    with_parts = {c.m49_subregion for c in known if c.m49_intermediate}
    assert with_parts == {"Sub-Saharan Africa", "Latin America and the Caribbean"}
    assert len(subregions - with_parts) + len({c.m49_intermediate for c in known} - {None}) == 22


@pytest.mark.parametrize(
    ("iso3", "subregion"),
    [
        ("IRN", "Southern Asia"),
        ("SDN", "Northern Africa"),
        ("EGY", "Northern Africa"),
        ("TUR", "Western Asia"),
        ("ARM", "Western Asia"),
        ("GEO", "Western Asia"),
        ("CYP", "Western Asia"),
        ("PSE", "Western Asia"),
        ("TWN", "Eastern Asia"),
        ("XKX", "Southern Europe"),
    ],
)
def test_the_ones_that_are_often_wrong(iso3: str, subregion: str) -> None:
    """As M49 has them; the two that it does not list, as the UN's population figures have them, with a note."""
    country = countries.countries()[iso3]
    assert country.m49_subregion == subregion
    assert ("not listed" in country.source_version or "not in" in country.source_version) == (iso3 in ("TWN", "XKX"))


@pytest.mark.skipif(not MEMBERS.exists(), reason="the reference campaign's facts are not beside this checkout")
def test_the_reference_campaign_agrees() -> None:
    """Each member's country lies in the region that the reference gives."""
    with MEMBERS.open(newline="") as file:
        given = {(row["country"], row["region"]) for row in csv.DictReader(file)}
    ours = {(iso3, countries.countries()[iso3].m49_subregion) for iso3, _ in given}
    assert ours == given


@pytest.mark.parametrize(
    ("label", "iso3"),
    [
        ("Kurdistan", "IRQ"),
        ("Palestine", "PSE"),
        ("Rapa Nui/Chile", "CHL"),
        ("hong kong", "HKG"),
        ("NA", "NAM"),
        ("nam", "NAM"),
        ("Namibia", "NAM"),
        ("Türkiye", "TUR"),
        ("Turkiye", "TUR"),
        ("Turkey", "TUR"),
        ("Cote d\u2019Ivoire", "CIV"),
        ("  United   Kingdom ", "GBR"),
        ("Viet Nam", "VNM"),
        ("Vietnam", "VNM"),
        ("Kosovo", "XKX"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_labels(label: str, iso3: str | None) -> None:
    """Codes, ISO's names and the programme's own labels, without case and accents."""
    assert countries.iso3_of(label) == iso3


def test_loading_again_changes_no_row(engine: Engine) -> None:
    """Also not the version of a row."""
    with engine.begin() as connection:
        assert countries.load(connection) == len(countries.countries()) + len(countries.labels())
    seen = text(
        "select iso3, xmin::text from people.country_ref"
        " union all select label, xmin::text from people.programme_country_map"
    )
    with engine.begin() as connection:
        before = sorted(map(tuple, connection.execute(seen)))
        assert countries.load(connection) == 0
        assert sorted(map(tuple, connection.execute(seen))) == before
