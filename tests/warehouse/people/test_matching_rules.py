"""Whose an account is by a decision, a clerk's name, a move, a bridge; and that of accounts that only act."""

from __future__ import annotations

import pytest

from tests.warehouse.people.accounts import World, february

NAMES = "person_id,name,aliases,name_native,role,match_basis,handle_facebook,consent_match"
FEDIVERSE = "person_id,name,role,match_basis,handle_mastodon,handle_bluesky,id_bluesky,valid_from,valid_to"
OLD, NEW, NEWEST = (f"https://{host}.example/users/ana" for host in ("old", "new", "newest"))


# ---------------------------------------------------------------- a person has decided


def test_a_decision_comes_before_every_rule(world: World) -> None:
    """Also where the roster says somebody else by id; and it holds at all times."""
    world.roster("F1,Ana,supporter,opt_in,,1,,,,", "F2,Ben,supporter,opt_in,,,,,,")
    world.seen("1", ("ana", 3))
    world.decides("1", "person", "F2")
    world.learn()
    assert world.owners(february(1)) == world.owners(february(28)) == {("1", "F2", "reviewer")}


def test_an_account_that_is_decided_to_be_no_members_is_nobodys(world: World) -> None:
    """Although the roster gives its id, and nobody is asked about it again."""
    world.roster("F1,Ana,supporter,opt_in,,1,,,,")
    world.seen("1", ("ana", 3))
    world.says("1", display_name="Ana")
    world.decides("1", "not_member")
    world.learn()
    assert world.owners() == world.candidates() == set()


@pytest.mark.parametrize("word", ["undo", "defer"])
def test_a_decision_that_is_taken_back_says_nothing(world: World, word: str) -> None:
    """The rules hold again; the latest word counts."""
    world.roster("F1,Ana,supporter,opt_in,,1,,,,", "F2,Ben,supporter,opt_in,,,,,,")
    world.seen("1", ("ana", 3))
    world.decides("1", "person", "F2", at=february(18))
    world.decides("1", word, at=february(19))
    world.learn()
    assert world.owners() == {("1", "F1", "stable_id")}
    world.decides("1", "person", "F2", at=february(20))
    world.learn()
    assert world.owners() == {("1", "F2", "reviewer")}


def test_a_decision_holds_from_when_it_is_known(world: World) -> None:
    """A build as of the day before does not know it."""
    world.roster("F1,Ana,supporter,opt_in,,,,,,")
    world.seen("1", ("ana", 3))
    world.decides("1", "person", "F1", at=february(20))
    assert world.learn(as_of=february(19)) == 0
    assert world.learn(as_of=february(20)) == 1


def test_nobody_can_decide_for_people_who_refuse(world: World) -> None:
    """Who refuses matching stays unmatched."""
    world.roster("F1,Ana,supporter,opt_in,,,,refused,,")
    world.seen("1", ("ana", 3))
    world.decides("1", "person", "F1")
    assert world.learn() == 0


# ---------------------------------------------------------------- what a clerk wrote


def test_a_clerk_may_write_a_name_that_one_person_has(world: World) -> None:
    """Name, alias or native name, without case, width and spacing; names are compared letter by letter."""
    world.roster(
        "F1,Ana Ejemplo,Anita|Any,,supporter,,,", "F2,Chen Wei,,陳偉,supporter,,,", "F3,Zoë Ngũgĩ,,,supporter,,,",
        header=NAMES,
    )  # fmt: skip
    for name in ("ana ejemplo", "anita", "陳偉", "zoë ngũgĩ", "zoe ngugi", "ana"):
        world.seen(f"hand:{name}", (name, 3), platform="facebook")
    world.learn()
    assert world.owners() == {
        ("hand:ana ejemplo", "F1", "name"),
        ("hand:anita", "F1", "name"),
        ("hand:陳偉", "F2", "name"),
        ("hand:zoë ngũgĩ", "F3", "name"),
    }


@pytest.mark.parametrize("handle", ["anita", "f1"])
def test_a_handle_is_no_name_that_a_clerk_wrote(world: World, handle: str) -> None:
    """Instagram's handles stand for ids where none is told, and anybody can take a member's name or id for one."""
    world.roster("F1,Ana Ejemplo,Anita,,supporter,,,", header=NAMES)
    world.seen(f"hand:{handle}", (handle, 3), platform="instagram", source="business_discovery")
    world.learn()
    assert world.owners() == set()
    world.acts(f"hand:{handle}", platform="instagram")
    world.learn()
    assert world.owners() == set()


def test_a_name_that_two_people_have_is_nobodys(world: World) -> None:
    """Also where one of the two refuses, or has it as an alias; both are told to whoever decides."""
    world.roster(
        "F1,Sam Twin,,,supporter,,,", "F2,Sam Twin,,,supporter,,,", "F3,Kim,,,supporter,,,",
        "F4,Lee,Kim,,supporter,,,refused", header=NAMES,
    )  # fmt: skip
    world.seen("hand:sam twin", ("sam twin", 3), platform="facebook")
    world.seen("hand:kim", ("kim", 3), platform="facebook")
    assert world.learn() == 0
    assert world.candidates() == {
        ("hand:sam twin", "F1", "name"), ("hand:sam twin", "F2", "name"), ("hand:kim", "F3", "name"),
    }  # fmt: skip


def test_a_persons_handle_comes_before_anothers_name(world: World) -> None:
    """And an id before both."""
    world.roster(
        "F1,Ana,,,supporter,opt_in,kim,", "F2,Kim,,,supporter,,,", "kim2,Lee,,,supporter,,,", "F4,Kim2,,,supporter,,,",
        header=NAMES,
    )  # fmt: skip
    world.seen("hand:kim", ("kim", 3), platform="facebook")
    world.seen("hand:kim2", ("kim2", 3), platform="facebook")
    world.learn()
    assert world.owners() == {("hand:kim", "F1", "handle"), ("hand:kim2", "kim2", "person_id")}


def test_a_display_name_is_never_enough(world: World) -> None:
    """Anybody can call an account as they like."""
    world.roster("F1,Ana Ejemplo,supporter,opt_in,,,,,,")
    world.seen("1", ("someone", 3))
    world.says("1", display_name="Ana Ejemplo")
    assert world.learn() == 0
    assert world.candidates() == {("1", "F1", "name")}


# ---------------------------------------------------------------- accounts that only act


def test_accounts_that_only_act_are_matched_too(world: World) -> None:
    """By id, by handle and as clerks write them; whoever acts and whoever is meant."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,,2,,,,", "F3,Cid Novo,supporter,opt_in,,,cid,,,"
    )
    world.acts("1", "2", handle="Ana")
    world.acts("9", "1", handle="stranger")
    world.acts("hand:cid", "hand:f1", platform="facebook")
    world.acts("hand:cid novo", platform="facebook")
    world.learn()
    assert world.owners() == {
        ("1", "F1", "handle"), ("2", "F2", "stable_id"), ("hand:cid", "F3", "handle"), ("hand:f1", "F1", "person_id"),
        ("hand:cid novo", "F3", "name"),
    }  # fmt: skip


# ---------------------------------------------------------------- moves


def test_an_account_that_the_former_one_points_to_is_its_owners(world: World) -> None:
    """From server to server; the roster knows only the first address."""
    world.roster("F1,Ana,supporter,opt_in,ana@old.example,,,,", header=FEDIVERSE)
    for account, handle in ((OLD, "ana@old.example"), (NEW, "ana@new.example"), (NEWEST, "ana@newest.example")):
        world.seen(account, (handle, 3), platform="mastodon")
    assert world.learn() == 1
    world.says(OLD, "mastodon", moved_to=NEW)
    world.says(NEW, "mastodon", moved_to=NEWEST)
    assert world.learn() == 2
    assert world.owners() == {(OLD, "F1", "handle"), (NEW, "F1", "moved"), (NEWEST, "F1", "moved")}
    assert world.learn() == 0


def test_an_account_that_points_at_a_members_is_a_strangers(world: World) -> None:
    """Anybody can say that they have moved to a member's account; and circles come to an end."""
    world.roster("F1,Ana,supporter,opt_in,ana@old.example,,,,", header=FEDIVERSE)
    world.seen(OLD, ("ana@old.example", 3), platform="mastodon")
    world.seen(NEW, ("ana@new.example", 3), platform="mastodon")
    world.says(NEW, "mastodon", moved_to=OLD)
    world.learn()
    assert world.owners() == {(OLD, "F1", "handle")}
    world.says(OLD, "mastodon", moved_to=NEW)
    world.learn()
    assert world.owners() == {(OLD, "F1", "handle"), (NEW, "F1", "moved")}


def test_an_account_that_was_given_up_does_not_take_its_former_owner_along(world: World) -> None:
    """Whoever has it now may move it wherever they like."""
    world.roster("F1,Ana,supporter,opt_in,ana@old.example,,,,2026-02-10", header=FEDIVERSE)
    for account, handle in ((OLD, "ana@old.example"), (NEW, "somebody@new.example")):
        world.seen(account, (handle, 3), platform="mastodon")
    world.says(OLD, "mastodon", moved_to=NEW)
    world.learn()
    assert world.owners() == {(OLD, "F1", "handle")}


def test_a_move_to_somebody_elses_account_takes_nothing(world: World) -> None:
    """What is another member's stays theirs; two who move to the same account leave it to nobody."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana@old.example,,,,", "F2,Ben,supporter,opt_in,ben@old.example,,,,",
        "F3,Cid,supporter,opt_in,ana@new.example,,,,", header=FEDIVERSE,
    )  # fmt: skip
    ben = "https://old.example/users/ben"
    for account, handle in ((OLD, "ana@old.example"), (ben, "ben@old.example"), (NEW, "ana@new.example")):
        world.seen(account, (handle, 3), platform="mastodon")
    world.seen(NEWEST, ("x@newest.example", 3), platform="mastodon")
    world.says(OLD, "mastodon", moved_to=NEW)
    world.learn()
    assert (NEW, "F3", "handle") in world.owners()
    world.says(OLD, "mastodon", moved_to=NEWEST)
    world.says(ben, "mastodon", moved_to=NEWEST)
    world.learn()
    assert not [owner for owner in world.owners() if owner[0] == NEWEST]


# ---------------------------------------------------------------- bridges


def test_a_bridges_copy_is_whose_the_account_is(world: World) -> None:
    """By the name the bridge gives, also where the account itself was never seen; or by the id in its own."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana_b@old.example,,,,", "F2,Ben,supporter,opt_in,,ben.example,,,",
        "F3,Cid,supporter,opt_in,,,did:plc:cid,,", header=FEDIVERSE,
    )  # fmt: skip
    world.seen("did:plc:copy", ("ana-b.old.example.ap.brid.gy", 3), platform="bluesky")
    world.seen("https://bsky.brid.gy/ap/did:plc:ben", ("ben.example@bsky.brid.gy", 3), platform="mastodon")
    world.seen("did:plc:ben", ("ben.example", 3), platform="bluesky")
    world.seen("https://bsky.brid.gy/ap/did:plc:cid", ("cid.example@bsky.brid.gy", 3), platform="mastodon")
    world.learn()
    assert world.owners() == {
        ("did:plc:copy", "F1", "bridge"), ("did:plc:ben", "F2", "handle"),
        ("https://bsky.brid.gy/ap/did:plc:ben", "F2", "bridge"),
        ("https://bsky.brid.gy/ap/did:plc:cid", "F3", "bridge"),
    }  # fmt: skip


def test_a_bridges_copy_of_somebody_else_is_not_the_members(world: World) -> None:
    """Of a stranger, of whoever took the handle over, and of two whose names the bridge writes alike."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana@old.example,,,,", "F2,Ben,supporter,opt_in,be_n@old.example,,,,",
        "F3,Cid,supporter,opt_in,be-n@old.example,cid.example,,,", header=FEDIVERSE,
    )  # fmt: skip
    world.seen(OLD, ("ana@old.example", 3), ("anna@old.example", 5), platform="mastodon")
    world.seen(NEW, ("ana@old.example", 8), platform="mastodon")
    for name in ("ana.old.example", "be-n.old.example", "zoe.old.example"):
        world.seen(f"did:plc:{name}", (f"{name}.ap.brid.gy", 9), platform="bluesky")
    world.seen("did:plc:other", ("cid.example", 3), platform="bluesky")
    world.seen("did:plc:cid", ("cid.example", 2), platform="bluesky")
    world.seen("https://bsky.brid.gy/ap/did:plc:other", ("cid.example@bsky.brid.gy", 3), platform="mastodon")
    world.learn()
    assert {owner for owner in world.owners() if owner[2] == "bridge"} == set()
    assert ("did:plc:cid", "F3", "handle") in world.owners()


# ---------------------------------------------------------------- metrics.md g.5


def test_two_accounts_of_one_person_on_one_platform(world: World) -> None:
    """Both are theirs."""
    world.roster("F1,Ana,supporter,opt_in,ana|ana_work,,,,,")
    world.seen("1", ("ana", 3))
    world.seen("2", ("ana_work", 3))
    world.learn()
    assert world.owners() == {("1", "F1", "handle"), ("2", "F1", "handle")}


def test_an_account_that_two_people_share_is_neither_ones(world: World) -> None:
    """Both are told to whoever decides."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,anna,,,,,")
    world.seen("1", ("ana", 3), ("anna", 10))
    assert world.learn() == 0
    assert world.candidates() == {("1", "F1", "shared"), ("1", "F2", "shared")}
