"""Whose an account is: by id, by handle at the time, by first bearer; in doubt nobody's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.warehouse.people.accounts import AS_OF, World, february
from warehouse.people import matching

BLOG_HEADER = "person_id,name,role,match_basis,handle_wordpress,valid_from"


def test_a_handle_gives_the_account_to_its_person(world: World) -> None:
    """And a stranger's account to nobody."""
    world.roster("F1,Ana,supporter,opt_in,Ana,,,,,")
    world.seen("1", ("ana", 3))
    world.seen("2", ("stranger", 3))
    assert world.learn() == 1
    assert world.owners() == {("1", "F1", "handle")}


def test_learning_again_changes_no_row(world: World) -> None:
    """Also at a later time."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,,2,,,,", "F3,Cid,supporter,opt_in,,,cid,,,"
    )
    world.seen("1", ("ana", 3))
    world.seen("2", ("ben", 3))
    world.seen("hand:cid", ("cid", 3), platform="facebook")
    assert world.learn() == 3
    before = sorted(map(str, world.connection.execute(text("select t::text, xmin from people.account_owner t"))))
    assert world.learn() == 0
    assert world.learn(as_of=datetime(2026, 4, 1, tzinfo=UTC)) == 0
    assert (
        sorted(map(str, world.connection.execute(text("select t::text, xmin from people.account_owner t")))) == before
    )


def test_a_stable_id_wins_over_a_handle(world: World) -> None:
    """The account that only bears the handle is somebody else's."""
    world.roster("F1,Ana,supporter,opt_in,ana,1,,,,")
    world.seen("1", ("renamed", 3))
    world.seen("2", ("ana", 3))
    world.learn()
    assert world.owners() == {("1", "F1", "stable_id")}


def test_a_renamed_account_stays_its_persons(world: World) -> None:
    """Its id was learnt before the rename."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3), ("anna", 10))
    world.learn()
    assert world.owners(february(20)) == {("1", "F1", "handle")}


def test_an_account_met_only_after_its_rename_matches_by_the_rosters_history(world: World) -> None:
    """And its posts of before too."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,", "F1,Ana,supporter,opt_in,anna,,,,2026-02-10,")
    world.seen("1", ("anna", 12))
    world.learn()
    assert world.owners(february(5)) == world.owners(february(20)) == {("1", "F1", "handle")}


def test_a_bare_slug_means_the_only_account_that_has_it(world: World) -> None:
    """And with its site it means the account on that site."""
    world.roster("F1,Ana,supporter,opt_in,ana,", "F2,Ben,supporter,opt_in,ben@two.example,", header=BLOG_HEADER)
    world.seen("one.example/users/1", ("ana@one.example", 3), platform="wordpress")
    world.seen("one.example/users/2", ("ben@one.example", 3), platform="wordpress")
    world.seen("two.example/users/2", ("ben@two.example", 3), platform="wordpress")
    world.learn()
    assert world.owners() == {("one.example/users/1", "F1", "handle"), ("two.example/users/2", "F2", "handle")}
    assert world.learn() == 0


def test_a_bare_slug_of_two_blogs_means_nobody(world: World) -> None:
    """Until the roster names the site: who was matched while one blog was known is let go."""
    world.roster("F1,Ana,supporter,opt_in,ana,", header=BLOG_HEADER)
    world.seen("one.example/users/1", ("ana@one.example", 3), platform="wordpress")
    world.learn()
    assert world.owners() == {("one.example/users/1", "F1", "handle")}
    world.seen("two.example/users/7", ("ana@two.example", 4), platform="wordpress")
    world.learn(as_of=AS_OF.replace(day=2))
    assert world.owners() == set()


def test_a_recycled_handle_inherits_nobody(world: World) -> None:
    """The first bearer is meant, whoever comes later."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3), ("anna", 10))
    world.seen("2", ("ana", 12))
    world.learn()
    assert world.owners() == {("1", "F1", "handle")}


def test_a_handle_that_was_given_up_does_not_match_its_next_bearer(world: World) -> None:
    """The roster says until when it was hers."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,2026-02-10")
    world.seen("2", ("ana", 12))
    assert world.learn() == 0


def test_a_handle_that_stands_for_the_id_is_a_persons_only_while_it_is_theirs(world: World) -> None:
    """Threads tells no id: whoever takes a member's former handle over is seen under the member's account."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana,,2026-02-10", "F1,Ana,supporter,opt_in,anna,2026-02-10,",
        header="person_id,name,role,match_basis,handle_threads,valid_from,valid_to",
    )  # fmt: skip
    world.seen("handle:ana", ("ana", 3), platform="threads")
    world.seen("handle:anna", ("anna", 11), platform="threads")
    world.learn()
    assert world.owners(february(9)) == {("handle:ana", "F1", "handle")}
    assert world.owners(february(12)) == {("handle:anna", "F1", "handle")}


def test_no_handle_is_held_against_the_whole_roster(world: World) -> None:
    """Accounts and rows of the roster meet by equality, so that matching grows with both and not with their product."""
    known = {"campaign": "itp28", "as_of": AS_OF}
    world.connection.execute(matching.CLAIM)
    for statement in matching.KNOWN:
        world.connection.execute(statement, known)
    borne, _ = (Path(matching.__file__).parent / "handle.sql").read_text(encoding="utf-8").split(";\n", 1)
    plan = "\n".join(world.connection.execute(text(f"explain {borne}"), known).scalars())
    assert "WindowAgg" in plan
    assert "SubPlan" not in plan


def test_a_handle_that_passed_from_one_member_to_another(world: World) -> None:
    """Each of the two accounts is its own person's, even while the first one's rename was not seen yet."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,2026-02-10", "F2,Ben,supporter,opt_in,ana,,,,2026-02-10,")
    world.seen("1", ("ana", 3), ("anna", 12))
    world.seen("2", ("other", 2), ("ana", 11))
    world.learn()
    assert world.owners(february(5)) == {("1", "F1", "handle")}
    assert world.owners(february(20)) == {("2", "F2", "handle")}


def test_an_account_that_was_handed_over(world: World) -> None:
    """One account, two people, one after the other."""
    world.roster("F1,Ana,supporter,opt_in,shop,,,,,2026-02-10", "F2,Ben,supporter,opt_in,shop,,,,2026-02-10,")
    world.seen("1", ("shop", 3))
    world.learn()
    assert world.owners(february(5)) == {("1", "F1", "handle")}
    assert world.owners(february(20)) == {("1", "F2", "handle")}


def test_two_first_bearers_at_once_are_nobody(world: World) -> None:
    """Doubt is left to a person."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3))
    world.seen("2", ("ana", 3))
    assert world.learn() == 0


def test_an_account_that_two_people_claim_is_nobodys(world: World) -> None:
    """Two handles of one account, given by two people."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,anna,,,,,")
    world.seen("1", ("ana", 3), ("anna", 10))
    assert world.learn() == 0


@pytest.mark.parametrize("basis", ["opt_in", "given_directly", "public_directory"])
def test_these_bases_match_by_themselves(world: World, basis: str) -> None:
    """The person gave the handle, or a directory did."""
    world.roster(f"F1,Ana,supporter,{basis},ana,,,,,")
    world.seen("1", ("ana", 3))
    assert world.learn() == 1


@pytest.mark.parametrize(
    "row",
    [
        "F1,Ana,supporter,public_profile,ana,,,,,",
        "F1,Ana,supporter,reviewer,,1,,,,",
        "F1,Ana,supporter,,ana,1,,,,",
        "F1,Ana,supporter,opt_in,ana,1,,refused,,",
        "F1,Museum,institution,opt_in,ana,1,,,,",
    ],
)
def test_these_never_match_by_themselves(world: World, row: str) -> None:
    """No given basis, no consent, or no person."""
    world.roster(row)
    world.seen("1", ("ana", 3))
    assert world.learn() == 0


def test_what_a_clerk_wrote_is_whose_it_was_at_the_time(world: World) -> None:
    """A name teaches no id: it is matched for the row's time only; a person's id is always that person."""
    world.roster("F1,Ana,supporter,opt_in,,,Ana Ejemplo,,,2026-02-10", "F2,Ben,supporter,,,,,,,")
    world.seen("hand:ana ejemplo", ("ana ejemplo", 3), platform="facebook")
    world.seen("hand:f2", ("f2", 3), platform="facebook")
    world.learn()
    assert world.owners(february(5)) == {("hand:ana ejemplo", "F1", "handle"), ("hand:f2", "F2", "person_id")}
    assert world.owners(february(20)) == {("hand:f2", "F2", "person_id")}


def test_only_accounts_that_the_campaign_met_are_joined_to_people(world: World) -> None:
    """No more is known of people than the campaign needs."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3), campaign="another")
    assert world.learn() == 0
    assert world.learn(campaign="another") == 1


def test_a_corrected_roster_corrects_the_owner_and_keeps_what_was_known(world: World) -> None:
    """As of before, the account was hers."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3))
    world.learn(as_of=february(20))
    world.roster("F1,Ana,supporter,opt_in,other,,,,,", "F2,Ben,supporter,opt_in,ana,,,,,", at=february(22))
    assert world.learn(as_of=february(24)) == 2
    assert world.owners() == {("1", "F2", "handle")}
    assert world.learn(as_of=february(21)) == 0
    known = "select person_id from people.account_owner where known_from <= :at and :at < known_to"
    for day, person in [(21, "F1"), (24, "F2")]:
        assert list(world.connection.execute(text(known), {"at": february(day)}).scalars()) == [person]


def test_an_account_is_known_since_it_and_the_roster_were_known(world: World) -> None:
    """So a warehouse that is built anew says the same as one that grew."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3))
    world.learn()
    assert world.connection.execute(text("select known_from from people.account_owner")).scalar_one() == february(3)
