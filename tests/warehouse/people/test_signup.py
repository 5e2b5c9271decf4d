"""What members say of themselves in a form: how questions are understood, and what answers leave in the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from warehouse.errors import RosterError
from warehouse.people import roster, roster_file, signup, suppression
from warehouse.people.members import members
from warehouse.people.signup_questions import answer, meaning

Known = dict[str, str]
SECRET = b"a key for tests"
DAY = timedelta(days=1)
JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 10, tzinfo=UTC) for month in (1, 2, 3))
ROSTER = """person_id,name,aliases,role,cohort_year,programme_country,timezone,match_basis,handle_x,consent_collect
F1,Ana Ejemplo,Anita,fellow,2014,Chile,America/Santiago,public_directory,ana_old,granted
F2,Ben Ejemplo,,fellow,2015,Peru,,,,
F3,Ben Ejemplo,,uk_partner,,Peru,,,,
F4,Dina Ejemplo,,fellow,2016,Chile,,,,granted
"""
GOOGLE = (
    "Timestamp,What is your full name?,Your Instagram name,Your X (Twitter) handle,Your time zone,"
    "May we collect your posts under the hashtag?,May we match your accounts to you?,May we name you in the report?,"
    "May we reuse your pictures?,Anything else?"
)
MICROSOFT = "ID;Start time;Completion time;Email;Name;Name2;Person ID;Mastodon account;May we contact you?"


@pytest.fixture
def known(engine: Engine, tmp_path: Path) -> dict[str, str]:
    """The roster's people, loaded in January."""
    load_roster(engine, tmp_path, ROSTER, JANUARY)
    with engine.connect() as connection:
        return signup.known_people(connection)


def load_roster(engine: Engine, tmp_path: Path, content: str, at: datetime) -> roster.RosterLoaded:
    path = tmp_path / "roster.csv"
    path.write_text(content, "utf-8")
    return roster.load(engine, roster_file.read(path), at, SECRET)


def form(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def answered(engine: Engine, path: Path, known: dict[str, str], at: datetime = FEBRUARY) -> signup.Signups:
    told = signup.read(path, known)
    roster.load(engine, told.roster, at, SECRET, "signup", told.refusing)
    return told


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(text(query)))


HANDLES = """
select person_id, platform, handle, match_basis, source from people.person_handle where known_to = 'infinity'
"""
CONSENTS = "select person_id, purpose, state, source from people.consent"


def test_a_form_is_told_from_a_roster(tmp_path: Path) -> None:
    """By its questions, whatever the file is called."""
    assert signup.looks_like_signups(form(tmp_path, GOOGLE))
    assert signup.looks_like_signups(form(tmp_path, MICROSOFT.replace("Name2", "Your name")))
    assert signup.looks_like_signups(form(tmp_path, "Timestamp,Your name,Your Instagram or Facebook name"))
    assert signup.looks_like_signups(form(tmp_path, "Timestamp,First name,Surname,Your Bluesky handle"))
    assert not signup.looks_like_signups(form(tmp_path, ROSTER))
    assert not signup.looks_like_signups(form(tmp_path, "Timestamp,Your favourite colour"))


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("Your X (Twitter) handle", "handle_x"),
        ("What is your Instagram username?", "handle_instagram"),
        ("YouTube channel", "handle_youtube"),
        ("What’s your full name?", "name"),
        ("Please tell us your name", "name"),
        ("In which time zone do you live?", "timezone"),
        ("May we collect your posts under the hashtag?", "consent_collect"),
        ("I agree that my accounts may be matched to me", "consent_match"),
        ("May we match your Instagram and X accounts to you?", "consent_match"),
        ("Do you consent to being named in the report?", "consent_named_in_report"),
        ("May we quote from your posts?", ["consent_quote_text"]),
        ("May we contact you about the campaign?", "consent_contact"),
        ("May we reuse your photos?", "consent_reuse_image"),
        ("Your Instagram or Facebook name", ["handle_facebook", "handle_instagram"]),
        ("Email", None),
        ("Timestamp", None),
        ("Which prompt did you like best?", None),
        ("Exhibition text", None),
    ],
)
def test_what_a_question_asks(question: str, column: object) -> None:
    """One meaning, several (which is refused), or none."""
    found = meaning(question)
    assert ([found] if isinstance(column, list) and isinstance(found, str) else found) == column


@given(st.text())
def test_any_question_and_answer_is_taken_for_something(words: str) -> None:
    """Whatever people write into a form, nothing stops on it."""
    found = meaning(words)
    assert found is None or found
    assert answer(words) in ("granted", "refused", None)


@pytest.mark.parametrize(
    ("said", "state"),
    [("Yes", "granted"), ("I agree to this", "granted"), ("no", "refused"), ("No, thank you", "refused"),
     ("I do not agree", "refused"), ("I don’t agree", "refused"), ("maybe", None), ("Norway", None)],
)  # fmt: skip
def test_what_an_answer_says(said: str, state: str | None) -> None:
    """Yes, no, or neither: a maybe is no consent."""
    assert answer(said) == state


def test_handles_zone_and_consents_come_in_with_their_basis(engine: Engine, tmp_path: Path, known: Known) -> None:
    """What a person says stands beside the roster's word, and a second load of the same answers changes nothing."""
    line = "2/3/2026 10:00:00,anita,@ana.isles,ana_new,Asia/Tokyo,Yes,Yes,No,I agree,hello"
    told = answered(engine, form(tmp_path, GOOGLE, line), known)
    assert told.waiting == ()
    assert "columns 1, 10" in told.roster.warnings[0]
    assert rows(engine, HANDLES) == [
        ("F1", "instagram", "ana.isles", "opt_in", "signup"),
        ("F1", "x", "ana_new", "opt_in", "signup"),
        ("F1", "x", "ana_old", "public_directory", "roster"),
    ]
    zones = "select tz, source from people.person_timezone where person_id = 'F1' and known_to = 'infinity'"
    assert rows(engine, zones) == [("America/Santiago", "manual"), ("Asia/Tokyo", "self")]
    assert ("F1", "named_in_report", "refused", "signup") in rows(engine, CONSENTS)
    before = rows(engine, "select t::text, xmin::text from people.person_handle t")
    answered(engine, form(tmp_path, GOOGLE, line), known, MARCH)
    assert rows(engine, "select t::text, xmin::text from people.person_handle t") == before


def test_the_roster_does_not_take_back_what_a_person_said(engine: Engine, tmp_path: Path, known: Known) -> None:
    """A later load of the roster, which still says granted, leaves what the person gave, a refusal too."""
    line = "2/3/2026 10:00:00,Ana Ejemplo,ana.isles,,Asia/Tokyo,No,Yes,,,"
    answered(engine, form(tmp_path, GOOGLE, line), known)
    load_roster(engine, tmp_path, ROSTER, MARCH)
    latest = "select state from people.consent where person_id = 'F1' and purpose = 'collect' order by changed_at desc"
    with engine.connect() as connection:
        assert connection.execute(text(f"{latest} limit 1")).scalar() == "refused"
    hashed = suppression.hash_key(SECRET, "instagram", "ana.isles").hex()
    assert (hashed,) in rows(engine, "select encode(key_hash, 'hex') from people.suppression")
    zones = "select tz from people.person_timezone where person_id = 'F1' and known_to = 'infinity'"
    assert rows(engine, zones) == [("America/Santiago",), ("Asia/Tokyo",)]


def test_an_unknown_or_shared_name_waits(engine: Engine, tmp_path: Path, known: Known) -> None:
    """Ben is two people and Zoe nobody: both are told by line; Dina's answers are in."""
    told = answered(
        engine,
        form(tmp_path, GOOGLE, ",Ben Ejemplo,ben,,,,Yes,,,", ",Zoe,zoe,,,No,Yes,,,", ",Dina Ejemplo,dina,,,,Yes,,,"),
        known,
    )
    assert [sentence.partition(":")[0] for sentence in told.waiting] == ["Line 2", "Line 3"]
    assert rows(engine, "select person_id, handle from people.person_handle where source = 'signup'") == [
        ("F4", "dina")
    ]
    hashed = suppression.hash_key(SECRET, "instagram", "zoe").hex()
    assert (hashed,) in rows(engine, "select encode(key_hash, 'hex') from people.suppression")


def test_who_does_not_want_to_be_matched_is_not(engine: Engine, tmp_path: Path, known: Known) -> None:
    """No, or no answer, to the question on matching: the handles are not kept."""
    answered(engine, form(tmp_path, GOOGLE, ",Dina Ejemplo,dina,,,Yes,No,,,", ",Ana Ejemplo,ana,,,Yes,,,,"), known)
    assert rows(engine, "select * from people.person_handle where source = 'signup'") == []


def test_a_wrong_cell_costs_that_cell(engine: Engine, tmp_path: Path, known: Known) -> None:
    """A handle that Excel mangled and a maybe are told; the refusal in the same line holds."""
    told = answered(engine, form(tmp_path, GOOGLE, ",Dina Ejemplo,1.2E+18,dina_x,Nowhere/Town,No,Yes,maybe,,"), known)
    assert len(told.waiting) == 3
    assert rows(engine, "select tz from people.person_timezone where source = 'self'") == []
    assert ("F4", "collect", "refused", "signup") in rows(engine, CONSENTS)
    assert rows(engine, "select count(*) from people.suppression where platform = 'x'") != [(0,)]


def test_the_last_answer_of_a_person_holds(engine: Engine, tmp_path: Path, known: Known) -> None:
    answered(engine, form(tmp_path, GOOGLE, ",Dina Ejemplo,first,,,,Yes,,,", ",Dina Ejemplo,second,,,,Yes,,,"), known)
    assert rows(engine, "select handle from people.person_handle where source = 'signup'") == [("second",)]


def test_a_refusal_holds_until_whoever_told_it_takes_it_back(engine: Engine, tmp_path: Path, known: Known) -> None:
    """The team noted that Ana withdrew: an old answer, loaded later, does not undo it, nor the other way round."""
    yes, no = (f",Ana Ejemplo,ana.isles,,,{said},Yes,,," for said in ("Yes", "No"))
    suppressed = "select count(*) from people.suppression"
    withdrawn = ROSTER.replace("ana_old,granted", "ana_old,withdrawn")
    load_roster(engine, tmp_path, withdrawn, JANUARY + DAY)
    listed = rows(engine, suppressed)
    answered(engine, form(tmp_path, GOOGLE, yes), known, JANUARY + 2 * DAY)
    assert rows(engine, suppressed) > listed > [(0,)]  # also what the form adds
    load_roster(engine, tmp_path, ROSTER, JANUARY + 3 * DAY)
    answered(engine, form(tmp_path, GOOGLE, yes), known, JANUARY + 3 * DAY)
    assert rows(engine, suppressed) == [(0,)]
    answered(engine, form(tmp_path, GOOGLE, no), known, JANUARY + 4 * DAY)
    load_roster(engine, tmp_path, withdrawn, JANUARY + 5 * DAY)
    load_roster(engine, tmp_path, ROSTER, JANUARY + 6 * DAY)
    assert rows(engine, suppressed) > [(0,)]
    answered(engine, form(tmp_path, GOOGLE, yes), known, JANUARY + 7 * DAY)
    load_roster(engine, tmp_path, ROSTER, JANUARY + 8 * DAY)
    with engine.connect() as connection:
        assert [one.handle for one in members(connection, "x", SECRET, JANUARY + 9 * DAY)] == ["ana_old"]


def test_a_later_answer_that_is_silent_on_collecting_undoes_no_refusal(
    engine: Engine, tmp_path: Path, known: Known
) -> None:
    """Dina refused, and answered again to correct her name on X: all that she ever gave is kept out."""
    lines = (",Dina Ejemplo,dina,,,No,Yes,,,", ",Dina Ejemplo,,dina_x,,,Yes,,,")
    answered(engine, form(tmp_path, GOOGLE, *lines), known)
    assert ("F4", "collect", "refused", "signup") in rows(engine, CONSENTS)
    listed = rows(engine, "select platform, encode(key_hash, 'hex') from people.suppression")
    for platform, handle in (("instagram", "dina"), ("x", "dina_x")):
        assert (platform, suppression.hash_key(SECRET, platform, handle).hex()) in listed
    assert rows(engine, "select handle from people.person_handle where source = 'signup'") == []


def test_unclear_questions_are_refused_with_their_columns(tmp_path: Path, known: dict[str, str]) -> None:
    """A question with two meanings, or two questions with one: nothing is guessed."""
    with pytest.raises(RosterError, match="not clear") as error:
        signup.read(form(tmp_path, "Your name,Your Instagram or Facebook name,Your name"), known)
    assert [problem.partition(" may")[0] for problem in error.value.problems] == [
        "Column 2",
        "Two questions ask for name: leave one in.",
    ]
    with pytest.raises(RosterError, match="not clear") as error:
        signup.read(form(tmp_path, "Timestamp,First name,Surname,Your Bluesky handle"), known)
    assert "No question asks for the person's name" in error.value.problems[0]
