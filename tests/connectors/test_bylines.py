"""Names are read where a line says that they are the authors', and nowhere else."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import markup
from connectors.bylines import LINES, NO_NAMES, PARTICLES, PHRASES, TITLES, bylines

LINES_AROUND = ["First one.", "Second one.", "Third one.", "Fourth one."]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Amina Sample", ["Amina Sample"]),
        ("BY AMINA SAMPLE", ["AMINA SAMPLE"]),
        ("– by Amina Sample.", ["Amina Sample"]),
        ("Written by Dr. Amina Sample, ITP 2014 (Egypt)", ["Amina Sample"]),
        ("Guest post by Amina Sample and Ben Other", ["Amina Sample", "Ben Other"]),
        ("By Amina Sample, Ben Other & Carla de la Cruz", ["Amina Sample", "Ben Other", "Carla de la Cruz"]),
        ("By Amina Sample, Ben Other, and Carla Cruz", ["Amina Sample", "Ben Other", "Carla Cruz"]),
        ("By Amina Sample, Keeper of Coins and Medals", ["Amina Sample"]),
        ("By Amina Sample, Egyptian Museum", ["Amina Sample"]),
        ("By J. R. R. Tolkien, PhD", ["J. R. R. Tolkien"]),
        ("By Amina Sample, New Delhi", ["Amina Sample"]),
        ("By Amina Sample, Ben Other, Cape Town", ["Amina Sample"]),
        ("By Amina Sample | Cairo", ["Amina Sample"]),
        ("\u200fBy Amina\u00a0 Sample\ufeff", ["Amina Sample"]),
        ("By Zoe\u0308 A\u030angstro\u0308m", ["Zoë Ångström"]),
        ("Author: Amina al-Masri – Cairo", ["Amina al-Masri"]),
        ("By Jeanne d'Arc and Amina Sample and amina  sample", []),
        ("By Amina Sample and Amina  SAMPLE", ["Amina Sample"]),
        ("Por María Pérez y Juan López", ["María Pérez", "Juan López"]),
        ("Por José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Par Zoë Ångström et Ben Other", ["Zoë Ångström", "Ben Other"]),
        ("بقلم: أمينة سالم", ["أمينة سالم"]),
        ("लेखक: अमीना सैंपल", ["अमीना सैंपल"]),
        ("By 徐浩然", ["徐浩然"]),
        ("Written by Amina", ["Amina"]),
        ("By Amina", []),
        ("By the time I arrived in London", []),
        ("By Day Three, everybody was tired.", []),
        ("By the ITP Team", []),
        ("By The Training Team", []),
        ("By Amina Sample, Egyptian Museum and Cairo University", ["Amina Sample"]),
        ("By Amina Sample on Tuesday", []),
        ("By Amina Sample. She keeps the coins.", []),
        ("By 2014 Fellows", []),
        ("Bygone Days", []),
        ("Photographs by Ben Other", []),
        ("I met Amina Sample, by Ben Other", []),
        ("By " + "Amina " * 60, []),
        (f"By Amina Sample (who {'kept the coins ' * 20})", []),
    ],
)
def test_a_line_is_a_byline_or_it_is_not(line: str, names: list[str]) -> None:
    assert bylines("\n".join([line, *LINES_AROUND, *LINES_AROUND])) == tuple(names)


def test_only_the_first_and_the_last_lines_are_looked_at() -> None:
    """At the head before the foot; blank lines are none."""
    head, foot = "By Amina Sample", "By Ben Other"
    assert bylines("\n\n".join([*LINES_AROUND[: LINES - 1], head, *LINES_AROUND])) == ("Amina Sample",)
    assert bylines("\n".join([*LINES_AROUND, foot, *LINES_AROUND[: LINES - 1]])) == ("Ben Other",)
    assert bylines("\n".join([head, *LINES_AROUND, foot])) == ("Amina Sample",)
    assert bylines("\n".join([*LINES_AROUND, head, *LINES_AROUND])) == ()
    assert bylines("\n".join([head, foot, head.upper(), *LINES_AROUND])) == ("Amina Sample", "Ben Other")


def test_a_campaign_may_have_phrases_of_its_own() -> None:
    text = "\n".join(["From the pen of  Amina Sample", *LINES_AROUND])
    assert (bylines(text), bylines(text, ["from the pen of"])) == ((), ("Amina Sample",))
    assert bylines("\n".join(["By Amina Sample", *LINES_AROUND]), ["from the pen of"]) == ()


WORD = st.from_regex(r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{1,9}", fullmatch=True).map(
    lambda word: unicodedata.normalize("NFC", word)
)
TAKEN = {*NO_NAMES, *PARTICLES, *TITLES, "and", "und", "et", "ve"}
NAMES = st.lists(WORD.filter(lambda word: word.casefold() not in TAKEN), min_size=2, max_size=4).map(" ".join)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold),
    phrase=st.sampled_from(PHRASES),
    title=st.sampled_from(["", "Dr ", "Prof. ", "Dr. Prof. "]),
    last=st.sampled_from([" and ", " & ", ", and ", ", & "]),
    tail=st.sampled_from(["", ".", " (Egypt)", " | Cairo", " – ITP 2014"]),
    entities=st.booleans(),
)
def test_whoever_is_named_is_found_and_nobody_else(
    names: list[str], phrase: str, title: str, last: str, tail: str, entities: bool
) -> None:
    """In whatever list, with titles, places behind them, and as WordPress writes HTML."""
    said = [title + name for name in names]
    line = f"{phrase.capitalize()} {last.join(filter(None, [', '.join(said[:-1]), said[-1]]))}"
    if tail != "." or len(names) == 1 or " " in phrase:
        line += tail
    written = html.escape(line).encode("ascii", "xmlcharrefreplace").decode() if entities else html.escape(line)
    page = "".join(f"<p>{part}</p>\n" for part in [written, *LINES_AROUND, *LINES_AROUND])
    assert bylines(markup.text(page)) == tuple(names)


@given(text=TEXT)
def test_what_no_line_says_is_never_guessed(text: str) -> None:
    """Every name stands in the text as it is, behind one of the phrases."""
    for name in bylines(text):
        plain = " ".join(unicodedata.normalize("NFC", text).split())
        assert name in plain
        assert any(phrase in plain.casefold() for phrase in PHRASES)


@given(lines=st.lists(st.sampled_from([*LINES_AROUND, "Amina Sample", "A letter to Ben Other by the sea"]), max_size=9))
def test_names_without_a_phrase_are_no_bylines(lines: list[str]) -> None:
    assert bylines("\n".join(lines)) == ()
