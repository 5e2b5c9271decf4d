"""An answer as people write it, and cells that no spreadsheet program changes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warehouse.review import queues, verdicts
from warehouse.review.cells import CALCULATED, guarded, unguarded
from warehouse.review.verdicts import Verdict

WRITTEN = {
    "person F17": Verdict(name="person", person_id="F17"),
    "PERSON  f17 ": Verdict(name="person", person_id="f17"),
    "person day 5": Verdict(name="person", person_id="day 5"),
    "not a member": Verdict(name="not_member"),
    "Not a  Member": Verdict(name="not_member"),
    "spam": Verdict(name="spam"),
    "Exclude": Verdict(name="exclude"),
    "merge": Verdict(name="merge"),
    "separate": Verdict(name="separate"),
    "day 5": Verdict(name="day", day=5),
    "DAY 28": Verdict(name="day", day=28),
    "seen": Verdict(name="seen"),
    "later": Verdict(name="defer"),
    "undo": Verdict(name="undo"),
}


@pytest.mark.parametrize("cell", WRITTEN)
def test_an_answer_is_read_as_it_is_meant(cell: str) -> None:
    assert verdicts.read(cell) == WRITTEN[cell]


@pytest.mark.parametrize("cell", ["", " ", "\u00a0", "\n"])
def test_a_blank_cell_decides_nothing(cell: str) -> None:
    assert verdicts.read(cell) is None


@pytest.mark.parametrize(
    "cell", ["person", "F17", "day", "day five", "day 0", "day 999", "day -1", "day 5 6", "merge?", "yes", "not member"]
)
def test_what_cannot_be_meant_for_certain_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="the d"):
        verdicts.read(cell)


@given(st.one_of(st.text(), st.from_regex(r"(?i)\s*(person|day|not a|undo)\s.{0,5}"), st.sampled_from(sorted(WRITTEN))))
@example("day ٥")
@example("person \x00")
def test_any_text_is_one_answer_or_refused(cell: str) -> None:
    """What was read is spelt like what queues allow, has a person or a day exactly where it needs one."""
    try:
        verdict = verdicts.read(cell)
    except ValueError:
        return
    if verdict is None:
        assert not cell.strip()
        return
    assert verdict.name in queues.SPELT
    assert (verdict.name == "person") == (verdict.person_id is not None)
    assert (verdict.name == "day") == (verdict.day is not None)


def test_every_queue_takes_what_can_be_spelt() -> None:
    for queue in queues.QUEUES:
        assert set(queues.allowed(queue)) <= set(queues.SPELT)
        assert len(queues.spelt(queue).split(" | ")) == len(queues.allowed(queue))


@given(st.text() | st.sampled_from(["=1+1", "'=1+1", "''", "'", "1234567890123456789", "'12", "1e5", "@handle", "\tx"]))
def test_a_cell_reads_back_as_it_was_and_is_never_calculated(cell: str) -> None:
    safe = guarded(cell)
    assert unguarded(safe) == cell
    assert safe == "" or safe[0] not in set(CALCULATED) - {"'"}
    assert not safe.isdecimal() or not safe.isascii()


def test_an_apostrophe_that_somebody_typed_stays() -> None:
    assert unguarded("'tis hers") == "'tis hers"
