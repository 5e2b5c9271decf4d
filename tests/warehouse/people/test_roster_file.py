"""The roster's file is read as it was typed, or refused with every problem and its line."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from warehouse.errors import RosterError
from warehouse.people import roster_file
from warehouse.people.handles import is_mangled
from warehouse.people.roster_row import Country, Entry, Handle

HEADER = (
    "person_id,name,role,cohort_year,programme_country,iso3,residence_iso3,timezone,match_basis,handle_x,valid_from"
)
ANA = "F1,Ana Ejemplo,fellow,2014,Kenya,,,Africa/Nairobi,opt_in,ana,"


def file(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "roster.csv"
    path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return path


def entries(tmp_path: Path, *rows: str, header: str = HEADER) -> tuple[Entry, ...]:
    return roster_file.read(file(tmp_path, *rows, header=header)).entries


def problems(tmp_path: Path, *rows: str, header: str = HEADER, years: tuple[int, ...] = ()) -> list[str]:
    with pytest.raises(RosterError) as refused:
        roster_file.read(file(tmp_path, *rows, header=header), programme_years=years)
    return refused.value.problems


def workbook(tmp_path: Path, *rows: list[Any]) -> tuple[Workbook, Path]:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book, tmp_path / "roster.csv"  # the name says nothing


def test_a_row_is_a_person(tmp_path: Path) -> None:
    """With all that the columns say."""
    [ana] = entries(tmp_path, ANA)
    assert (ana.person_id, ana.name, ana.roles, ana.cohort_year) == ("F1", "Ana Ejemplo", ("fellow",), 2014)
    assert (ana.programme, ana.residence, ana.timezone) == (Country(label="Kenya", iso3="KEN"), None, "Africa/Nairobi")
    assert (ana.handles, ana.match_basis) == ((Handle(platform="x", handle="ana"),), "opt_in")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_program_may_have_saved_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Encoding and separator are told by the content."""
    text = f"{HEADER}\r\n{ANA.replace('Ana', 'Zoë')}\r\n".replace(",", delimiter)
    path = tmp_path / "roster.xlsx"
    path.write_bytes(text.encode(encoding))
    assert [entry.name for entry in roster_file.read(path).entries] == ["Zoë Ejemplo"]


def test_na_null_and_zeros_are_what_was_typed(tmp_path: Path) -> None:
    """Namibia is a country, `null` may be a handle, and an id keeps its zeros."""
    roster = roster_file.read(
        file(tmp_path, "0012,Ana,fellow,2014,NA,,NA,,opt_in,null,", "N/A,Ben,supporter,,,,,,,NaN,")
    )
    ana, ben = roster.entries
    assert (ana.person_id, ana.handles[0].handle) == ("0012", "null")
    assert (ana.programme, ana.residence) == (
        Country(label="Namibia", iso3="NAM"),
        Country(label="Namibia", iso3="NAM"),
    )
    assert (ben.person_id, ben.handles[0].handle) == ("N/A", "nan")
    assert any("Namibia" in warning for warning in roster.warnings)


def test_the_programmes_labels_stay_beside_iso(tmp_path: Path) -> None:
    """Kurdistan and Iraq are two labels of one code; a label of one's own needs a code."""
    header = "person_id,name,role,programme_country,iso3"
    rows = ["1,A,supporter,Kurdistan,", "2,B,supporter,Iraq,IRQ", "3,C,supporter,Mars Base,CHL", "4,D,supporter,,hk"]
    found = [entry.programme for entry in entries(tmp_path, *rows, header=header)]
    assert found == [
        Country(label="Kurdistan", iso3="IRQ"),
        Country(label="Iraq", iso3="IRQ"),
        Country(label="Mars Base", iso3="CHL"),
        Country(label="Hong Kong", iso3="HKG"),
    ]
    assert problems(tmp_path, "1,A,supporter,Mars Base,", "2,B,supporter,Kenya,IRQ", header=header) == [
        "Line 2: programme_country is no known country or label: put its ISO code into the column iso3.",
        "Line 3: programme_country and iso3 name two different countries.",
    ]


@pytest.mark.parametrize(
    ("column", "cell", "handle"),
    [
        ("x", " @Ana ", "ana"),
        ("x", "https://twitter.com/Ana?lang=en", "ana"),
        ("twitter", "x.com/Ana/", "ana"),
        ("instagram", "https://www.instagram.com/Ana.Museum/", "ana.museum"),
        ("mastodon", "@Ana@Social.Example", "ana@social.example"),
        ("mastodon", "https://social.example/@Ana", "ana@social.example"),
        ("mastodon", "https://social.example/users/ana", "ana@social.example"),
        ("bluesky", "https://bsky.app/profile/Ana.Example", "ana.example"),
        ("facebook", "Ana  EJEMPLO", "ana ejemplo"),
        ("facebook", "https://www.facebook.com/profile.php?id=1000123", "1000123"),
        ("tiktok", "https://www.tiktok.com/@ana", "ana"),
        ("blog", "https://blog.example/author/Ana-E/", "ana-e@blog.example"),
        ("blog", "https://www.site.example/news/author/Ana-E", "ana-e@site.example/news"),
        ("blog", "https://blog.example/author/%D0%B0%D0%BD%D0%B0/", "ана@blog.example"),
        ("wordpress", "@Ana-E@https://www.Blog.example/", "ana-e@blog.example"),
        ("wordpress", "Ana-E@127.0.0.1:8080", "ana-e@127.0.0.1:8080"),
        ("wordpress", "Ana-E", "ana-e"),
    ],
)
def test_handles_in_any_spelling(tmp_path: Path, column: str, cell: str, handle: str) -> None:
    """`@`, address, blanks and case make no other account."""
    header = f"person_id,name,role,match_basis,handle_{column}"
    [entry] = entries(tmp_path, f"1,A,supporter,opt_in,{cell}", header=header)
    assert entry.handles[0].handle == handle


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("x", "1e10"),
        ("x", "1.23457E+18"),
        ("x", "https://instagram.com/ana"),
        ("x", "https://x.com/ana/status/1"),
        ("x", "Ana Ejemplo"),
        ("x", "@"),
        ("mastodon", "ana"),
        ("wordpress", "ana@blog"),
        ("wordpress", "@@blog.example"),
        ("instagram", "https://www.instagram.com/p/CaB"),
    ],
)
def test_what_is_no_handle_is_refused(tmp_path: Path, column: str, cell: str) -> None:
    """With its line and column, and without the cell."""
    [problem] = problems(
        tmp_path, f"1,A,supporter,opt_in,{cell}", header=f"person_id,name,role,match_basis,handle_{column}"
    )
    assert problem.startswith(f"Line 2: handle_{column} ")
    assert cell not in problem.replace("@server", "") or cell == "@"


def test_two_people_cannot_have_one_account_at_one_time(tmp_path: Path) -> None:
    """Both lines are named; one after the other is fine."""
    both = problems(tmp_path, ANA, ANA.replace("F1", "F2").replace(",ana,", ",@ANA,"))
    assert both == [
        "Line 3: the handle_x is the one of line 2 too, and one account cannot be two people's at the same time."
    ]
    header = f"{HEADER},valid_to"
    assert len(entries(tmp_path, f"{ANA},2026-02-10", f"{ANA.replace('F1', 'F2')}2026-02-10,", header=header)) == 2


def test_a_second_row_of_a_person_is_a_second_period(tmp_path: Path) -> None:
    """The first ends where the second begins; without another valid_from it is a duplicate."""
    first, second = entries(tmp_path, f"{ANA.replace(',ana,', ',anna,')}2026-02-10", ANA)
    assert (first.handles[0].handle, first.valid_to) == ("ana", date(2026, 2, 10))
    assert (second.handles[0].handle, second.valid_from) == ("anna", date(2026, 2, 10))
    assert "Line 3: the person_id is the one of line 2 already" in problems(tmp_path, ANA, ANA)[0]
    assert "upper and lower case" in problems(tmp_path, ANA, f"{ANA.replace('F1', 'f1')}2026-02-10")[0]


@pytest.mark.parametrize(("ends", "what"), [("2026-02-12", "both rows hold"), ("2026-02-08", "nothing is known")])
def test_periods_that_overlap_or_leave_a_gap_are_told(tmp_path: Path, ends: str, what: str) -> None:
    """They may be meant; periods that follow one another are not worth a word."""
    header = f"{HEADER},valid_to"

    def read(end: str) -> tuple[str, ...]:
        return roster_file.read(file(tmp_path, f"{ANA},{end}", f"{ANA}2026-02-10,", header=header)).warnings

    [warning] = read(ends)
    assert warning.startswith("Line 3: valid_from ")
    assert what in warning
    assert read("2026-02-10") == read("") == ()


def test_a_country_with_several_zones_needs_one(tmp_path: Path) -> None:
    """Brazil does, Kenya does not; a residence with one zone tells it, and Kosovo has none of its own."""
    rows = (
        ANA,
        ANA.replace("F1", "F2").replace("Kenya,,,Africa/Nairobi,opt_in,ana", "Brazil,,,,,"),
        ANA.replace("F1", "F3").replace("Kenya,,,Africa/Nairobi,opt_in,ana", "Brazil,,KEN,,,"),
        ANA.replace("F1", "F4").replace("Kenya,,,Africa/Nairobi,opt_in,ana", "Brazil,,,America/Belem,,"),
        ANA.replace("F1", "F5").replace("Kenya,,,Africa/Nairobi,opt_in,ana", "Kosovo,,,,,"),
        ANA.replace("F1", "F6").replace("Kenya,,,Africa/Nairobi,opt_in,ana", ",,USA,,,"),
        ANA.replace("F1", "F7").replace("Kenya,,,Africa/Nairobi,opt_in,ana", ",,,,,"),
    )
    [warning] = roster_file.read(file(tmp_path, *rows)).warnings
    assert warning.startswith("Lines 3, 7: timezone is blank and the country has several")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Each with its line; nothing that the cells of people hold is repeated."""
    found = problems(
        tmp_path,
        "F1,Ana Ejemplo,fellow,,Kenya,,,Africa/Nairobi,opt_in,ana,",
        "F2,Ben Ejemplo,felow,2014,Kenya,,,Nairobi,consent,ben,10/02/2026",
        "",
        "F3,Cid Ejemplo,fellow,2020,Kenya,KE,XYZ,,opt_in,cid,",
        "1e10,,fellow,0012,Kenya,,,,opt_in,dee,",
        "1e10,Dee Ejemplo,fellow,0012,Kenya,,,,opt_in,dee,,more",
        years=(2014, 2019),
    )
    said = "\n".join(found)
    for line, words in [
        (2, "cohort_year is blank"),
        (3, "role is not one of"),
        (3, "timezone is no zone"),
        (3, "match_basis is not one of"),
        (3, "valid_from is not a date"),
        (5, "no programme in that year"),
        (5, "residence_iso3 is no country code"),
        (6, "name is blank"),
        (7, "person_id holds a number that a spreadsheet program has rounded"),
        (7, "cohort_year is not a year"),
        (7, "more cells than the first line"),
    ]:
        assert any(problem.startswith(f"Line {line}: ") and words in problem for problem in found), words
    assert "Ejemplo" not in said
    assert "ben" not in said
    assert found == sorted(found, key=lambda problem: int(problem.split(":")[0].split()[1]))


def test_a_handle_without_a_basis_is_not_used_and_one_is_told(tmp_path: Path) -> None:
    """All such lines in one sentence."""
    roster = roster_file.read(
        file(tmp_path, ANA.replace("opt_in", ""), ANA.replace("opt_in,ana", ",ben").replace("F1", "F2"))
    )
    [warning] = roster.warnings
    assert warning.startswith("Lines 2, 3: match_basis is blank")


def test_columns_are_named_as_people_name_them(tmp_path: Path) -> None:
    """Case, blanks and a few other words; a slip is a problem, and another column only a warning."""
    [entry] = entries(tmp_path, "1,A,fellow,2014,ana", header="Person ID,NAME,Role,ITP Year,Twitter")
    assert (entry.cohort_year, entry.handles[0].platform) == (2014, "x")
    assert roster_file.read(file(tmp_path, f"{ANA},7", header=f"{HEADER},shoe size")).warnings == (
        "Not read, because a roster has no such column: shoe_size.",
    )
    assert problems(tmp_path, f"{ANA},x", header=f"{HEADER},handel_instagram")[0].endswith("is handle_instagram meant?")
    assert problems(tmp_path, ANA, header=HEADER.replace("person_id", "who")) != []
    assert "is there 2 times" in problems(tmp_path, f"{ANA},x", header=f"{HEADER},twitter")[0]


def test_consent_in_words_of_people(tmp_path: Path) -> None:
    """Blank says nothing."""
    header = "person_id,name,role,consent_collect,consent_match,consent_contact"
    [entry] = entries(tmp_path, "1,A,supporter,Withdrawn,yes,", header=header)
    assert entry.consents == {"collect": "withdrawn", "match": "granted"}
    assert "consent_collect is not one of" in problems(tmp_path, "1,A,supporter,perhaps,,", header=header)[0]


def test_an_xlsx_keeps_what_was_typed(tmp_path: Path) -> None:
    """Text, numbers shown with zeros, dates; told by its content, whatever it is called."""
    book, path = workbook(
        tmp_path,
        ["person_id", "name", "role", "cohort_year", "iso3", "handle_x", "id_x", "match_basis", "valid_from"],
        ["0012", "Ana", "fellow", 2014, "NA", "null", "1458000000000000001", "opt_in", datetime(2026, 2, 1)],  # noqa: DTZ001
        [None, None, None],
        [7, "Ben", "fellow", 2015.0, "KEN", "ben", 12345, "opt_in", date(2026, 2, 1)],
    )
    book.active["A4"].number_format = "0000"
    book.save(path)
    ana, ben = roster_file.read(path).entries
    assert (ana.person_id, ana.cohort_year, ana.valid_from) == ("0012", 2014, date(2026, 2, 1))
    assert ana.handles == (Handle(platform="x", handle="null", stable_id="1458000000000000001"),)
    assert (ben.line, ben.person_id, ben.cohort_year) == (4, "0007", 2015)


def test_an_xlsx_that_cannot_be_read_for_certain_is_refused(tmp_path: Path) -> None:
    """Formulas without a result, merged cells, errors, and ids whose last digits are gone."""
    book, path = workbook(
        tmp_path,
        ["person_id", "name", "role", "id_x"],
        ["=A1&1", "Ana", "supporter", 1458000000000000001],
        ["2", "Ben", "supporter", "#REF!"],
        ["3", "Cid", "supporter", None],
    )
    book.active["D3"].data_type = "e"
    book.active.merge_cells("B3:B4")
    book.save(path)
    with pytest.raises(RosterError) as refused:
        roster_file.read(path)
    said = "\n".join(refused.value.problems)
    assert "Line 2: A2 holds a formula without a saved result" in said
    assert "Line 2: D2 holds a long number whose last digits are lost" in said
    assert "Line 3: the cells B3:B4 are merged" in said
    assert "Line 3: D3 holds an error" in said


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0old excel", b"\x81\x8d\xff", b"\xff\xfea"]
)
def test_what_is_no_roster_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    """And says what to do."""
    path = tmp_path / "roster.xlsx"
    path.write_bytes(content)
    with pytest.raises(RosterError, match=r"roster\.xlsx"):
        roster_file.read(path)


def test_the_template_has_columns_that_are_known(tmp_path: Path) -> None:
    """And no person yet."""
    path = tmp_path / "template.csv"
    roster_file.write_template(path)
    with pytest.raises(RosterError) as refused:
        roster_file.read(path)
    assert refused.value.problems == ["The file has column names but no person."]


NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).filter(
    lambda n: not is_mangled(n)
)
HANDLES = st.from_regex(r"[a-z_][a-z0-9_]{2,14}", fullmatch=True)
PEOPLE = st.lists(
    st.tuples(NAMES, NAMES, st.sampled_from(["KEN", "NAM", "HKG"]), HANDLES),
    min_size=1,
    max_size=8,
    unique_by=(lambda person: person[0].casefold(), lambda person: person[3]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(people=PEOPLE, delimiter=st.sampled_from(",;\t"), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_what_is_read(
    tmp_path: Path, people: list[tuple[str, ...]], delimiter: str, encoding: str
) -> None:
    """Any names in any script survive the way through a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["person_id", "name", "iso3", "handle_x", "role", "match_basis"])
    for person in people:
        writer.writerow([*person, "supporter", "opt_in"])
    path = tmp_path / "roster.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    found = roster_file.read(path).entries
    assert [
        (e.person_id, e.name, e.programme.iso3 if e.programme else "", e.handles[0].handle) for e in found
    ] == people


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing but a RosterError comes out of a broken file."""
    path = tmp_path / "roster.csv"
    path.write_bytes(b"person_id,name,role\n1,A,supporter\n" + content)
    with contextlib.suppress(RosterError):
        assert roster_file.read(path).people >= 1
