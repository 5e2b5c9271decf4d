"""From a form's export to the published table: what was chosen is counted, who chose it is gone."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from flows.cli import run
from flows.settings import Settings
from flows.steps.build import build
from flows.steps.survey import import_survey
from sandbox.server import Sandbox
from warehouse.campaign import Campaign
from warehouse.engine import connect

pytestmark = [
    pytest.mark.timeout(300),  # Great Expectations and dbt take long to import
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that they import
]

FELT, POSTED, LIKED = "I felt more connected to the network", "Where did you post?", "What did you like best?"
GOOGLE = f"""\
"Timestamp","Email Address","Your name","{FELT}","{POSTED}","{LIKED}"
"2026/03/05 9:12:41 am GMT+1","aroha@example.org","Aroha Tipene","Strongly agree","Facebook;X","Xanthippe's lamp"
"2026/03/05 9:40:02 am GMT+1","zoe@example.org","Zoe Q","Agree","X","the quiet days"
"2026/03/06 1:00:00 pm GMT+1","bo@example.org","Bo","Neutral","Facebook;X;my own diary",""
"2026/03/06 2:00:00 pm GMT+1","cy@example.org","Cy","Agree","Facebook","everything"
"""
MICROSOFT = (
    ("ID", "Start time", "Completion time", "Email", "Name", FELT, POSTED, LIKED),
    (1, "2026-03-05 09:00", "2026-03-05 09:03", "anonymous", None, "Agree", "X;", "more of it"),
    (2, "2026-03-05 10:00", "2026-03-05 10:03", "anonymous", None, "Disagree", "X;Facebook;", None),
    (3, "2026-03-05 10:00", "2026-03-05 10:03", "anonymous", None, None, "Facebook;", None),
)
WHO = ("aroha", "zoe", "xanthippe", "quiet", "diary", "everything", "example.org", "2026", "anonymous", "more of it")


@pytest.fixture
def terminal(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line finds this test's warehouse and campaign."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))


def spoken(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = run(["survey", "import", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def kept(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    engine = connect(str(settings.database_url))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


@pytest.mark.usefixtures("with_roster", "terminal")
def test_a_google_form_is_counted_and_nobody_is_kept(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The three kinds of questions; no name, address, time or word is in any table of the survey."""
    path = tmp_path / "answers.csv"
    path.write_text(GOOGLE, "utf-8")
    code, told = spoken(capsys, str(path), "--invited", "16")
    assert (code, told["state"], told["respondents"], told["invited"], told["replaced"]) == (
        0,
        "completed",
        4,
        16,
        False,
    )
    assert told["questions"] == [
        {"question": FELT, "kind": "scale", "scale": "agreement", "answered": 4},
        {"question": POSTED, "kind": "choices", "scale": None, "answered": 4},
        {"question": LIKED, "kind": "words", "scale": None, "answered": 3},
    ]
    assert told["dropped"] == ["Timestamp", "Email Address", "Your name"]
    counted = kept(settings, """
        select question, answer, point, count(*) from core.survey_answer group by 1, 2, 3 order by 1, 2 nulls first
    """)  # fmt: skip
    assert counted == [
        (FELT, "Agree", 4, 2), (FELT, "Neutral", 3, 1), (FELT, "Strongly agree", 5, 1), (LIKED, None, None, 3),
        (POSTED, "(other)", None, 1), (POSTED, "Facebook", None, 3), (POSTED, "X", None, 3),
    ]  # fmt: skip
    rows = kept(settings, """
        select a::text || q::text || s.survey from core.survey_answer as a
        inner join core.survey_question as q using (campaign, survey, question)
        inner join core.survey as s using (campaign, survey)
    """)  # fmt: skip
    assert len(rows) == 14
    assert [who for who in WHO for (row,) in rows if who in row.casefold()] == []


@pytest.mark.usefixtures("with_roster")
def test_answers_of_one_person_cannot_be_put_together(settings: Settings, campaign: Campaign, tmp_path: Path) -> None:
    """Forty people gave the same answer to two questions; by the numbers kept, they did not."""
    path = tmp_path / "answers.csv"
    path.write_text("One,Two\n" + "".join(f"{n},{n}\n" for n in [1, 2, 3, 4] * 10), "utf-8")
    import_survey(settings, campaign, path)
    ((together,),) = kept(settings, """
        select count(*) from core.survey_answer as one
        inner join core.survey_answer as two on one.respondent = two.respondent and one.answer = two.answer
        where one.question = 'One' and two.question = 'Two'
    """)  # fmt: skip
    assert together < 30  # by chance 10; that so many meet has a probability of less than one in a billion


@pytest.mark.usefixtures("with_roster", "terminal")
def test_the_same_survey_again_replaces_it(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Microsoft form's workbook in place of the first answers; another name stands beside them."""
    first, book = tmp_path / "answers.csv", tmp_path / "answers.xlsx"
    first.write_text(GOOGLE, "utf-8")
    workbook = openpyxl.Workbook()
    for row in MICROSOFT:
        workbook.worksheets[0].append(row)
    workbook.save(book)
    assert spoken(capsys, str(first), "--invited", "16")[1]["known_file"] is False
    _, told = spoken(capsys, str(book))
    assert (told["replaced"], told["known_file"], told["respondents"], told["invited"]) == (True, False, 3, None)
    assert told["dropped"] == ["ID", "Start time", "Completion time", "Email"]
    _, told = spoken(capsys, str(first), "--name", "pilot")
    assert (told["replaced"], told["known_file"]) == (False, True)
    assert kept(settings, "select survey, respondents, invited from core.survey order by survey") == [
        ("feedback", 3, None),
        ("pilot", 4, None),
    ]
    assert kept(settings, """
        select question, count(*) from core.survey_answer where survey = 'feedback' group by question order by question
    """) == [(FELT, 2), (LIKED, 1), (POSTED, 4)]  # fmt: skip


@pytest.mark.usefixtures("with_roster", "terminal")
def test_people_are_told_what_was_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many answered, what each question is, what was dropped; a bad line by its number, and exit code 3."""
    path = tmp_path / "answers.csv"
    path.write_text(GOOGLE + '"2026/03/07","d@example.org","Di","Agree","X","","too","much"\n', "utf-8")
    assert run(["survey", "import", str(path), "--invited", "16"]) == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert "4 people answered of 16 who were invited (25%)." in out
    assert "Not kept, because it tells who answered or when: Email Address" in out
    assert "Look: Line 6: it has more cells than there are questions, and was left out." in out
    assert "own words, only counted" in out
    assert [who for who in WHO if who in out.casefold()] == []


@pytest.mark.usefixtures("with_roster", "terminal")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--invited", "3"], "4 people answered, so more than 3 were invited"),
        (["--choices", "=X"], "--choices =X names no question"),
        (["--choices", "When?=X"], "a question that the form does not ask"),
        (["--name", " "], "--name is blank"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(GOOGLE, "utf-8")
    code, told = spoken(capsys, str(path), *words)
    assert (code, told["state"]) == (2, "failed")
    assert said in told["error"]
    assert kept(settings, "select 1 from core.survey") == []


@pytest.mark.usefixtures("terminal")
def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert spoken(capsys, "nowhere.csv") == (
        2,
        {"state": "failed", "error": "There is no file nowhere.csv.", "problems": []},
    )


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_the_next_build_publishes_it(settings: Settings, campaign: Campaign, servers: Sandbox, tmp_path: Path) -> None:
    """Shares, the two highest points and the response rate stand in metrics.metric_survey."""
    path = tmp_path / "answers.csv"
    path.write_text(GOOGLE, "utf-8")
    import_survey(settings, campaign, path, invited=16, clock=servers.clock.now)
    build(settings, campaign, clock=servers.clock.now)
    rows = kept(settings, """
        select place, answer, answers, n, share, top2_share, response_rate
        from metrics.metric_survey order by place, answer nulls first
    """)  # fmt: skip
    quarter = Decimal("0.25")
    assert rows == [
        (1, "Agree", 2, 4, 2 * quarter, 3 * quarter, quarter), (1, "Neutral", 1, 4, quarter, 3 * quarter, quarter),
        (1, "Strongly agree", 1, 4, quarter, 3 * quarter, quarter), (2, "(other)", 1, 4, quarter, None, quarter),
        (2, "Facebook", 3, 4, 3 * quarter, None, quarter), (2, "X", 3, 4, 3 * quarter, None, quarter),
        (3, None, None, 3, None, None, quarter),
    ]  # fmt: skip
