"""The questions as files, edited as spreadsheet programs and people do it, and read back."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from tests.warehouse.review.conftest import LATER, NAME, PAIR, Desk
from warehouse.errors import ReviewError
from warehouse.review.sheets import COLUMNS
from warehouse.review.waiting import waiting


def test_a_file_per_queue_shows_what_a_reviewer_has_to_see(desk: Desk) -> None:
    """For its owner only; texts cannot be calculated, ids not be rounded; each row says what may be answered."""
    desk.refresh()
    assert desk.export().rows == {
        "ig_authorless.csv": 1, "author_candidate.csv": 1, "duplicate_doubtful.csv": 1, "tz_ambiguous.csv": 1
    }  # fmt: skip
    files = sorted(desk.folder.iterdir())
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in files)
    [pair] = desk.read("duplicate_doubtful")
    assert tuple(pair) == COLUMNS
    assert (pair["said"], pair["other_said"]) == ("good morning\nall; again", "'=good morning, all")
    assert (pair["link"], pair["other_link"]) == ("https://fb.test/2", "https://x.test/1")
    assert pair["allowed"] == "merge | separate | later | undo"
    [account] = desk.read("author_candidate")
    assert account["evidence"] == "'1234567890123456789"
    assert (account["other_link"], account["posted_at"]) == ("https://x.test/1", "2026-02-02T08:00Z")
    [person] = desk.read("tz_ambiguous")
    assert person["who"] == "Ana Ejemplo (F1)"


def test_decisions_are_taken_once(desk: Desk) -> None:
    """The same files again add nothing; another word on the same subject does."""
    desk.refresh()
    desk.export()
    files = [
        desk.fill("author_candidate", "Person f1", note="I know her", decided_by="Anand"),
        desk.fill("duplicate_doubtful", "separate"),
        desk.fill("ig_authorless", ""),
    ]
    taken = desk.take(*files)
    assert (taken.new, taken.same, taken.undecided) == (2, 0, 1)
    assert desk.rows("select decided_by, note from people.review_decision order by 1") == [
        ("Anand", "I know her"), ("Mira", None)
    ]  # fmt: skip
    again = desk.take(*files, at=LATER)
    assert (again.new, again.same) == (0, 2)
    assert desk.take(desk.fill("duplicate_doubtful", "merge"), at=LATER).new == 1
    assert desk.take(desk.fill("duplicate_doubtful", "undo"), at=LATER).new == 1
    assert desk.take(desk.fill("duplicate_doubtful", "undo"), at=LATER).new == 0
    assert desk.decisions() == [
        ("author_candidate", "person", "F1", None),
        ("duplicate_doubtful", "separate", None, None),
        ("duplicate_doubtful", "merge", None, None),
        ("duplicate_doubtful", "undo", None, None),
    ]


@pytest.mark.parametrize(("encoding", "delimiter"), [("cp1252", ";"), ("utf-8-sig", ","), ("utf-16", "\t")])
def test_files_are_read_as_programs_save_them(desk: Desk, encoding: str, delimiter: str) -> None:
    desk.refresh()
    desk.export()
    rows = [row | {"decision": "separate", "note": "Ça va"} for row in desk.read("duplicate_doubtful")]
    path = desk.save("duplicate_doubtful", rows, encoding, delimiter)
    assert desk.take(path).new == 1
    assert desk.rows("select note from people.review_decision") == [("Ça va",)]


def test_a_workbook_is_read_too(desk: Desk) -> None:
    """Ids that a spreadsheet would round have come through as text."""
    desk.refresh()
    desk.export()
    book = openpyxl.Workbook()
    [row] = desk.read("author_candidate")
    row |= {"decision": "not a member"}
    book.active.append(list(row))  # type: ignore[union-attr]
    book.active.append(list(row.values()))  # type: ignore[union-attr]
    book.save(path := desk.folder / "decided.xlsx")
    assert desk.take(path).new == 1


def test_every_problem_is_told_with_its_line_and_nothing_is_kept(desk: Desk) -> None:
    """Also what is right in the same files is not taken over."""
    desk.refresh()
    desk.export()
    right = desk.fill("ig_authorless", "person F1")
    at = "duplicate_doubtful.csv, line"
    assert refused(
        desk, right, {"decision": "perhaps"}, {"decision": "spam"}, {"queue": "nowhere", "decision": "seen"}
    ) == [
        f"{at} 2: the decision is none that can be read: write person ID, not a member, spam, exclude, merge, "
        "separate, day N, seen, later or undo.",
        f"{at} 3: duplicate_doubtful takes merge | separate | later | undo, not spam.",
        f"{at} 4: there is no such queue; leave the column as it was exported.",
    ]
    account = desk.read("author_candidate")[0]
    assert refused(
        desk,
        right,
        {"subject": "pair:x:a + x:b", "decision": "merge"},
        {"evidence": "of before", "decision": "merge"},
        account | {"decision": "person F99"},
        {"queue": "day_conflict", "decision": "day 29"},
        {"decision": "merge", "said": "a line\nbreak"},
        {"decision": "separate"},
    ) == [
        f"{at} 8: this contradicts {at} 3.",
        f"{at} 2: nobody asked about this subject in duplicate_doubtful; export again.",
        f"{at} 3: what this is about has changed since the export; export again.",
        f"{at} 4: nobody on the roster has this id.",
        f"{at} 5: nobody asked about this subject in day_conflict; export again.",
    ]


def test_a_day_is_one_of_the_campaigns(desk: Desk) -> None:
    desk.change("update build.int_reviews set queue = 'day_conflict' where starts_with(subject, 'post:')")
    desk.refresh()
    desk.export()
    with pytest.raises(ReviewError) as told:
        desk.take(desk.fill("day_conflict", "day 29"))
    assert told.value.problems == ["day_conflict.csv, line 2: the day is not one of the campaign's 1 to 28."]
    assert desk.take(desk.fill("day_conflict", "day 28")).new == 1


def test_nobody_is_matched_who_may_not_be(desk: Desk) -> None:
    """Neither by a reviewer: who refuses is asked first."""
    desk.change(
        "insert into people.consent (person_id, purpose, state, changed_at)"
        " values ('F1', 'match', 'refused', '2026-01-01Z')"
    )
    desk.refresh()
    desk.export()
    with pytest.raises(ReviewError) as told:
        desk.take(desk.fill("ig_authorless", "person F1"))
    assert told.value.problems == [
        "ig_authorless.csv, line 2: no post may be matched to this id: a refusal, or an institution."
    ]


def test_who_decided_is_asked_beside_what_else_is_wrong(desk: Desk) -> None:
    """One missing name hides no other problem of its line."""
    desk.refresh()
    desk.export()
    with pytest.raises(ReviewError) as told:
        desk.take(desk.fill("ig_authorless", "person NOBODY"), by=None)
    asked, unknown = told.value.problems
    assert asked == "ig_authorless.csv, line 2: who decided this? Fill in decided_by, or give --by NAME."
    assert unknown.startswith("ig_authorless.csv, line 2: ")
    assert "nobody on the roster" in unknown


def test_somebody_has_to_have_decided(desk: Desk) -> None:
    desk.refresh()
    desk.export()
    with pytest.raises(ReviewError) as told:
        desk.take(desk.fill("duplicate_doubtful", "merge"), by=None)
    assert told.value.problems == [
        "duplicate_doubtful.csv, line 2: who decided this? Fill in decided_by, or give --by NAME."
    ]


def test_a_file_of_another_shape_is_refused(desk: Desk) -> None:
    desk.refresh()
    desk.export()
    [row] = desk.read("duplicate_doubtful")
    path = desk.save("duplicate_doubtful", [{"mine": "x", **row}])
    with pytest.raises(ReviewError) as told:
        desk.take(path)
    assert told.value.problems == [
        "duplicate_doubtful.csv, line 1: the file has an unknown column in place 1; export again."
    ]
    del row["evidence"]
    with pytest.raises(ReviewError) as told:
        desk.take(desk.save("duplicate_doubtful", [row]))
    assert told.value.problems == ["duplicate_doubtful.csv, line 1: the file has no column evidence; export again."]


def test_exporting_again_sets_aside_what_somebody_wrote(desk: Desk) -> None:
    """A file without decisions is replaced; one of a queue that is empty now goes."""
    desk.refresh()
    desk.export()
    desk.fill("duplicate_doubtful", "merge")
    desk.change("delete from build.int_reviews where queue = 'tz_ambiguous'")
    desk.refresh(LATER)
    assert desk.export().set_aside == ["duplicate_doubtful.before.csv"]
    assert sorted(path.name for path in desk.folder.iterdir()) == [
        "author_candidate.csv",
        "duplicate_doubtful.before.csv",
        "duplicate_doubtful.csv",
        "ig_authorless.csv",
    ]


def test_nothing_that_somebody_wrote_is_ever_replaced(desk: Desk) -> None:
    """Exported a third time, what was set aside the first time is still there."""
    desk.refresh()
    desk.export()
    for decision in ("merge", "separate"):
        desk.fill("duplicate_doubtful", decision)
        desk.export()
    told = [desk.read(f"duplicate_doubtful.{name}")[0]["decision"] for name in ("before", "before1")]
    assert told == ["merge", "separate"]


def test_no_words_of_a_stranger_become_a_formula(desk: Desk) -> None:
    """Also where the program is set to part cells by semicolons and begins one in the middle of a text."""
    pieces = [(cut, sign) for cut in (";", "; ", "\t", "\n", "\r\n") for sign in "=+-@＝"]
    words = "hello; you" + "".join(f"{cut}{sign}SUM(A1)" for cut, sign in pieces)
    with desk.engine.begin() as connection:
        connection.execute(text("update core.item set text = :words where post_id = 'one'"), {"words": words})
    desk.refresh()
    desk.export()
    [row] = desk.read("duplicate_doubtful")
    assert row["other_said"] == "hello; you" + "".join(f"{cut}'{sign}SUM(A1)" for cut, sign in pieces)


def test_a_long_text_stays_in_its_cell(desk: Desk) -> None:
    """A cell takes 32,767 characters; the file reads back whatever somebody wrote."""
    desk.change("update core.item set text = repeat('word ', 40000) where post_id = 'one'",
                "update build.int_reviews set evidence = (select string_agg(md5(text), '+' order by platform)"
                " from core.item where post_id in ('one', 'two')) where queue = 'duplicate_doubtful'")  # fmt: skip
    desk.refresh()
    desk.export()
    assert len(desk.read("duplicate_doubtful")[0]["other_said"]) < 32_767
    assert desk.take(desk.fill("duplicate_doubtful", "merge")).new == 1


def test_a_merge_that_nobody_was_asked_about_can_be_undone(desk: Desk) -> None:
    """The file says by which rule it was made; the answer is one of the queue of pairs."""
    desk.change(
        "delete from build.int_reviews",
        "insert into marts.fct_merges values"
        f" ('{NAME}', 'x:one', 'x', 'one', 'facebook', 'two', 'near_text', 0.914),"
        " ('another', 'x:one', 'x', 'one', 'facebook', 'two', 'text', 1)",
    )
    desk.refresh()
    assert desk.export().rows == {"merged.csv": 1}
    [row] = desk.read("merged")
    assert (row["subject"], row["suggestion"], row["allowed"]) == (PAIR, "merged: near_text 0.91", "separate")
    assert desk.take(desk.fill("merged", "separate")).new == 1
    desk.change("insert into build.stg_decisions select queue, subject, evidence from people.review_decision")
    assert desk.refresh(LATER) == {PAIR: "decided"}
    assert desk.export().rows == {"decided.csv": 1, "merged.csv": 1}
    assert desk.read("decided")[0]["suggestion"] == "decided: separate"


def test_how_much_waits(desk: Desk) -> None:
    desk.refresh()
    with desk.engine.connect() as connection:
        found = [(one.queue, one.subjects, one.records, one.moving, one.stale) for one in waiting(connection, NAME)]
    assert found == [
        ("ig_authorless", 1, 1, 1, 0),
        ("author_candidate", 1, 2, 2, 0),
        ("duplicate_doubtful", 1, 1, 1, 0),
        ("tz_ambiguous", 1, 2, 0, 0),
    ]


def refused(desk: Desk, right: Path, *cells: dict[str, str]) -> list[str]:
    """The problems of a file of pairs whose rows are changed like this; nothing is kept of it."""
    desk.export()
    rows = [desk.read("duplicate_doubtful")[0] | {"said": ""} | change for change in cells]
    path = desk.save("duplicate_doubtful", rows)
    with pytest.raises(ReviewError) as told:
        desk.take(right, path)
    assert desk.decisions() == []
    path.unlink()
    return told.value.problems
