"""Names that are alike: a suggestion for a person, never an owner (Jaro-Winkler, `metrics.md` d, rule 6)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import regex
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist
from sqlalchemy import Connection, text

from warehouse.landing.binary import copy
from warehouse.people.handles import plain_name

ALIKE = 0.92
AT_A_TIME = 5_000
"""Names compared at once: this many times the roster's names are held in memory, 4 bytes each."""
WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"}
)
"""Letters whose stroke is no sign of its own in Unicode."""
NAMES = (("name", "text"), ("person_id", "text"))
SCORES = (("name", "text"), ("person_id", "text"), ("score", "text"))


def folded(name: str) -> str:
    """In the form in which two names are alike: no case, width, accents or punctuation, words in alphabetical order."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign)).translate(WHOLE_LETTERS)
    return " ".join(sorted(regex.findall(r"[\p{L}\p{M}\p{N}]+", bare)))


def stage_roster(connection: Connection, as_of: datetime) -> None:
    """`roster_name`: every name, alias and native name on the roster, and whose it is, refusing people's too."""
    connection.execute(text("create temp table roster_name (name text, person_id text) on commit drop"))
    people = connection.execute(text(PEOPLE), {"as_of": as_of})
    names = {
        (plain_name(name), person_id)
        for person_id, display_name, native, aliases in people
        for name in (display_name, native, *aliases)
        if name and plain_name(name)
    }
    copy(connection, "roster_name", NAMES, sorted(names))


def suggest(connection: Connection) -> None:
    """Adds to `candidate` whose name is like the one of an account of `nobodys` that has posts."""
    roster = _roster(connection)
    if not roster:
        return
    found = [hit for names in _unknown(connection) for hit in _alike(names, roster)]
    connection.execute(text("create temp table alike (name text, person_id text, score text) on commit drop"))
    copy(connection, "alike", SCORES, found)
    connection.execute(text(CANDIDATES))


def _roster(connection: Connection) -> dict[str, list[str]]:
    """People who may be matched, by the folded form of each of their names."""
    people: dict[str, list[str]] = {}
    known = "select name, person_id from roster_name join matchable using (person_id) order by person_id, name"
    for name, person_id in connection.execute(text(known)):
        if (form := folded(name)) and person_id not in people.setdefault(form, []):
            people[form].append(person_id)
    return people


def _unknown(connection: Connection) -> Iterator[list[str]]:
    """Display names, each once, some at a time."""
    names = connection.execute(
        text("select distinct name from nobodys where has_posts and name <> ''"),
        execution_options={"stream_results": True, "yield_per": AT_A_TIME},
    )
    for part in names.scalars().partitions():
        yield list(part)


def _alike(names: list[str], roster: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Name, person, similarity."""
    known, forms = list(roster), [folded(name) for name in names]
    scores = cdist(forms, known, scorer=JaroWinkler.similarity, score_cutoff=ALIKE, dtype=np.float32, workers=-1)
    for row, column in np.argwhere(scores >= ALIKE):
        for person_id in roster[known[column]]:
            yield names[row], person_id, f"{scores[row, column]:.4f}"


PEOPLE = "select person_id, display_name, name_native, name_aliases from people.person where created_at <= :as_of"

CANDIDATES = """
insert into candidate
select nobodys.platform, nobodys.account_id, alike.person_id, 'name', cast(alike.score as numeric)
from nobodys
join alike using (name)
where nobodys.has_posts
"""
