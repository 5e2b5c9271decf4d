"""A form's export, read into choices and counts: what is kept of it, and what is not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from warehouse.errors import SurveyError
from warehouse.survey import form, identity, scales
from warehouse.survey.form import OTHER, Form, Question

Given = dict[str, list[str]]


def read(
    folder: Path, columns: Given, names: tuple[str, ...] = (), choices: dict[str, list[str]] | None = None
) -> Form:
    path = folder / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return form.read(path, names, choices)


def chosen(question: Question) -> list[list[str | None]]:
    return [[answer.text for answer in answers] for answers in question.answered]


def only(answers: Form) -> Question:
    (question,) = answers.questions
    return question


def test_few_answers_of_many_people_are_a_choice(tmp_path: Path) -> None:
    """What only one person answers may be words of theirs: nobody can tell it from a rare choice."""
    given = ["Online", "Online", "In person", "in  person", "Online", "In person", "My cousin Ada told me"]
    question = only(read(tmp_path, {"How did you hear of it?": given}))
    assert (question.kind, question.scale) == ("choice", None)
    assert chosen(question) == [
        ["Online"],
        ["Online"],
        ["In person"],
        ["In person"],
        ["Online"],
        ["In person"],
        [OTHER],
    ]


def test_different_answers_are_words_and_only_counted(tmp_path: Path) -> None:
    """Not a word of them is left, also where two people wrote the same."""
    given = ["I met Zuzana", "The prompts", "the prompts", "Nothing", ""]
    question = only(read(tmp_path, {"What did you like?": given}))
    assert question.kind == "words"
    assert chosen(question) == [[None]] * 4
    assert "Zuzana" not in repr(question)


def test_what_can_be_chosen_can_be_declared(tmp_path: Path) -> None:
    """Declared choices are kept whoever chose them, everything else of the question is not."""
    columns = {"Where?": ["Online", "In person", "At Bongo's"], "Why?": ["x", "y", "z"]}
    read_so = read(tmp_path, columns, choices={"where?": ["online", "In person", "By post"]})
    assert chosen(read_so.questions[0]) == [["Online"], ["In person"], [OTHER]]
    by_number = read(tmp_path, columns, choices={"1": []})
    assert (by_number.questions[0].kind, chosen(by_number.questions[0])) == ("choice", [[OTHER]] * 3)
    with pytest.raises(SurveyError, match="a question that the form does not ask") as told:
        read(tmp_path, columns, choices={"When?": []})
    assert told.value.problems == ["No question is 'When?'."]


def test_several_choices_in_a_cell_are_parted(tmp_path: Path) -> None:
    """At semicolons, as Google's CSV and Microsoft's XLSX have them; each choice once, all rare ones together."""
    given = ["Facebook;X;", "X", "Facebook; Mastodon;X", "Mastodon;my diary;my cat"]
    question = only(read(tmp_path, {"Where did you post?": given * 2 + ["Facebook;a poster"]}))
    assert question.kind == "choices"
    assert chosen(question)[2] == ["Facebook", "Mastodon", "X"]
    assert chosen(question)[-1] == ["Facebook", OTHER]


@pytest.mark.parametrize(
    ("given", "scale", "points"),
    [
        (["1", "5", "4"], "1-5", [1, 5, 4]),
        (["6", "1"], "1-7", [6, 1]),
        (["0", "10"], "0-10", [1, 11]),
        (["5 - very much", "1 (not at all)"], "1-5", [5, 1]),
        (["Strongly agree", "AGREE", "Neither agree nor disagree"], "agreement", [5, 4, 3]),
        (["Tout à fait d\u2019accord", "Pas d'accord"], "agreement", [5, 2]),
        (["Very satisfied", "Not sure"], "satisfaction", [5, None]),
        (["never", "sometimes"], "frequency", [1, 3]),
    ],
)
def test_scales_are_known_by_their_points(
    tmp_path: Path, given: list[str], scale: str, points: list[int | None]
) -> None:
    """However few people answered. An answer without an opinion has no point and spoils no scale."""
    question = only(read(tmp_path, {"I felt connected": given}))
    assert (question.kind, question.scale) == ("scale", scale)
    assert [answer.point for (answer,) in question.answered] == points


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("How many posts did you make?", ["1", "3"]),
        ("I felt connected", ["Agree", "Often"]),
        ("I felt connected", ["not sure", "n/a"]),
        ("In which year?", ["2014", "2015"]),
    ],
)
def test_what_is_no_scale(question: str, given: list[str]) -> None:
    """A number of things, points of two scales, no opinion at all, numbers beyond any scale."""
    assert scales.scale_of(question, given) is None


@pytest.mark.parametrize(
    "heading",
    [
        "Timestamp", "Email Address", "Your name", "What is your full name?", "E-mail (optional)", "IP address", "ID",
        "Completion time", "Nom et prénom", "Nombre y apellidos", "Marca temporal", "Correo electrónico",
        "Carimbo de data/hora", "Wie lautet Ihr Name?", "Horodateur", "الاسم الكامل", "Your Instagram handle",
        "person_id", "Phone number",
    ],
)  # fmt: skip
def test_headings_that_ask_who_somebody_is(heading: str) -> None:
    assert identity.is_asked_for(heading)


@pytest.mark.parametrize(
    "heading",
    ["Name one thing that you liked", "May we name you?", "Did you post on Instagram?", "Which time suits you?"],
)
def test_headings_that_do_not(heading: str) -> None:
    assert not identity.is_asked_for(heading)


@pytest.mark.parametrize(
    "cells",
    [
        ["ada@example.org", "bo@example.org", "no"],
        ["2026-03-05 10:11:12", "3/5/2026 9:08:07"],
        ["10.1.2.3", "2001:db8:0:1::1"],
        ["+44 20 7946 0958", "020 7946 0958"],
        ["https://ada.example", "@ada"],
        ["Ada  LOVELACE", "nobody", "ada lovelace"],
    ],
)
def test_columns_that_tell_who_somebody_is(tmp_path: Path, cells: list[str]) -> None:
    """Told by what is in them, whatever their heading says; the rest of the sheet stays."""
    columns = {"Anything you want to say": cells, "I felt connected": ["4"] * len(cells)}
    answers = read(tmp_path, columns, names=("ada lovelace",))
    assert answers.dropped == ("Anything you want to say",)
    assert only(answers).text == "I felt connected"


def test_years_and_ranges_tell_nobody() -> None:
    assert not any(identity.is_somebody(answer, ()) for answer in ("2014", "2006-2010", "1 to 3", "9:30", "c/o"))


def test_a_name_on_the_roster_is_no_choice(tmp_path: Path) -> None:
    """Whoever several people named stays unnamed, also in a question that is one of choices."""
    given = ["Nobody", "Nobody", "Nobody", "Ada Lovelace", "Ada Lovelace", "Nobody", "Nobody", "Nobody"]
    question = only(read(tmp_path, {"Whom did you get to know?": given}, names=("ada lovelace",)))
    assert sorted({text for answers in chosen(question) for text in answers if text}) == [OTHER, "Nobody"]


def test_lines_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """By their number in the file; the others are in. Who answered no question is no respondent."""
    path = tmp_path / "answers.csv"
    path.write_text(
        'Timestamp,"I felt\nconnected",Why?\n2026-03-01 10:00:00,5,yes\n2026-03-01 10:00:00,5,a,b\n'
        '2026-03-01 10:00:00,,\nTimestamp,"I felt\nconnected",Why?\n2026-03-02 10:00:00,4,"open\n',
        "utf-8",
    )
    answers = form.read(path)
    assert answers.respondents == 1
    assert answers.problems == (
        "Line 8: a quotation mark is not closed, or text follows it in its cell.",
        "Line 4: it has more cells than there are questions, and was left out.",
        "Line 6: it repeats the questions, and was left out.",
    )
    assert [question.text for question in answers.questions] == ["I felt connected", "Why?"]


def test_questions_worded_alike_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("Why?,Why?,\nyes,no,lost\nno,yes,\n", "utf-8")
    answers = form.read(path)
    assert [question.text for question in answers.questions] == ["Why?", "Why? (2)"]
    assert answers.warnings == ("Column 3 has no question in the first line: it was not read.",)


@pytest.mark.parametrize("content", ["", "Timestamp,Your name\n2026-03-01,Ada\n", "I felt connected\n"])
def test_a_file_without_answers_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(SurveyError, match=r"answers.csv (is empty|holds no answer)"):
        form.read(path)
