"""What was known when: each build tells what is known as of its own time, and changes no other."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.warehouse.people.accounts import World, february

FUTURE = datetime(2036, 1, 1, tzinfo=UTC)


def known(world: World, at: datetime) -> set[tuple[str, str]]:
    """Account and person, as known at a time."""
    rows = world.connection.execute(
        text("select account_id, person_id from people.account_owner where known_from <= :at and :at < known_to"),
        {"at": at},
    )
    return {(account, person) for account, person in rows}


def test_a_build_with_a_clock_in_the_future_stops_nothing(world: World) -> None:
    """What later builds learn at the right time is learnt, and what they drop is dropped."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,,,,,,")
    world.seen("1", ("ana", 3))
    world.learn(as_of=february(5))
    world.decides("1", "person", "F2", at=FUTURE)
    world.learn(as_of=FUTURE)
    assert known(world, FUTURE) == {("1", "F2")}
    world.seen("2", ("ben", 6))
    world.roster("F1,Ana,supporter,opt_in,,,,,,", "F2,Ben,supporter,opt_in,ben,,,,,", at=february(8))
    assert world.learn(as_of=february(10)) == 2
    assert known(world, february(5)) == {("1", "F1")}
    assert known(world, february(10)) == {("2", "F2")}


def test_a_look_back_says_what_was_known_then(world: World) -> None:
    """Although more is known now; and changes nothing of it."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3))
    world.learn(as_of=february(5))
    world.roster("F1,Ana,supporter,opt_in,,,,,,", "F2,Ben,supporter,opt_in,ana,,,,,", at=february(8))
    world.learn(as_of=february(9))
    assert world.learn(as_of=february(6)) == 0
    assert (known(world, february(6)), known(world, february(9))) == ({("1", "F1")}, {("1", "F2")})


def test_a_look_back_before_the_first_build_is_possible(world: World) -> None:
    """What is learnt by it ends where what is known already begins."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3))
    world.roster("F1,Ana,supporter,opt_in,,,,,,", "F2,Ben,supporter,opt_in,ana,,,,,", at=february(8))
    world.learn(as_of=february(9))
    assert world.learn(as_of=february(5)) == 1
    assert (known(world, february(5)), known(world, february(9))) == ({("1", "F1")}, {("1", "F2")})


EXPECTED = {5: {("1", "F1")}, 9: {("1", "F2")}, 13: {("1", "F1")}, 17: {("1", "F2")}, 21: set()}
"""A day of February, and whose the account is as of then."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(sorted(EXPECTED)))
def test_each_build_finds_what_is_known_as_of_its_time(world: World, order: list[int]) -> None:
    """In whatever order they come; and those that follow the time once more find all of it as it was."""
    people = ", ".join(f"people.{table}" for table in ("person", "review_decision"))
    world.connection.execute(text(f"truncate {people}, core.account, core.item cascade"))
    world.connection.commit()
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,,,,,,")
    world.seen("1", ("ana", 3))
    world.roster("F1,Ana,supporter,opt_in,,,,,,", "F2,Ben,supporter,opt_in,ana,,,,,", at=february(8))
    world.decides("1", "person", "F1", at=february(12))
    world.decides("1", "undo", at=february(16))
    world.decides("1", "not_member", at=february(20))
    for day in [*order, *sorted(EXPECTED)]:
        world.learn(as_of=february(day))
        assert known(world, february(day)) == EXPECTED[day]
    assert {day: known(world, february(day)) for day in EXPECTED} == EXPECTED
