"""Whose an account might be: suggestions for a person, by which nothing is attributed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.warehouse.people.accounts import World, february
from warehouse.people.matching.names import folded

SITES = "person_id,name,role,match_basis,handle_wordpress,handle_mastodon,handle_x"
NATIVE = "person_id,name,aliases,name_native,role,consent_match"


@pytest.mark.parametrize("basis", ["public_profile", "reviewer"])
def test_a_handle_on_another_basis_is_suggested(world: World, basis: str) -> None:
    """By handle or by id; nobody is matched."""
    world.roster(f"F1,Ana,supporter,{basis},ana,,,,,", f"F2,Ben,supporter,{basis},,2,,,,")
    world.seen("1", ("ana", 3))
    world.seen("2", ("other", 3))
    assert world.learn() == 0
    assert world.candidates() == {("1", "F1", "basis"), ("2", "F2", "basis")}


def test_who_bears_a_members_handle_is_suggested_not_matched(world: World) -> None:
    """The next bearer of a handle that was somebody's, by history or by the roster's id."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,", "F2,Ben,supporter,opt_in,ben,2,,,,")
    world.seen("1", ("ana", 3), ("anna", 10))
    world.seen("7", ("ana", 12))
    world.seen("8", ("ben", 12))
    world.learn()
    assert {account for account, _, _ in world.owners()} == {"1"}
    assert world.candidates() == {("7", "F1", "recycled_handle"), ("8", "F2", "recycled_handle")}


def test_who_had_the_handle_before_the_member_is_a_stranger(world: World) -> None:
    """The roster says since when it is hers."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,2026-02-10,")
    world.seen("5", ("ana", 3), ("somebody", 8))
    world.seen("1", ("ana", 12))
    world.learn()
    assert world.owners() == {("1", "F1", "handle")}
    assert world.candidates() == set()


def test_two_first_bearers_are_rivals(world: World) -> None:
    """Either may be meant."""
    world.roster("F1,Ana,supporter,opt_in,ana,,,,,")
    world.seen("1", ("ana", 3))
    world.seen("2", ("ana", 3))
    assert world.learn() == 0
    assert world.candidates() == {("1", "F1", "rival"), ("2", "F1", "rival")}


def test_a_profile_that_names_a_members_site_is_suggested(world: World) -> None:
    """A blog, an author's page on it, another profile; with or without www and the last slash."""
    world.roster(
        "F1,Ana,supporter,opt_in,ana@ana.example,ana@social.example,", "F2,Ben,supporter,opt_in,ben@shared.example,,",
        "F3,Cid,supporter,opt_in,cid@shared.example,,cid_x", header=SITES,
    )  # fmt: skip
    links = {
        "1": "https://www.Ana.example/", "2": "https://shared.example/author/ben/", "3": "http://x.com/Cid_X",
        "4": "https://social.example/@ana", "5": "https://shared.example", "6": "https://ana.example.evil.example",
    }  # fmt: skip
    for account, link in links.items():
        world.seen(account, (f"name{account}", 3))
        world.says(account, links=[link])
    assert world.learn() == 0
    assert world.candidates() == {(account, person, "verified_link") for account, person in
                                  [("1", "F1"), ("2", "F2"), ("3", "F3"), ("4", "F1")]}  # fmt: skip


ALIKE = {
    "Nguyen Thi Hoa": "F1", "HOA NGUYỄN THỊ": "F1", "Soren Kjaer": "F2", "Søren Kjær 🌍": "F2", "陳偉": "F3",
    "Wei Chen": "F3", "أمينة حسن": "F4", "Aminah Hassan": "F4", "Ngugi, Zoe": "F5", "Zoë Ngũgĩ (she)": None,
    "Hoa": None, "Chan": None, "Jane Example": None, "🌍": None,
}  # fmt: skip
"""Display names, and who is suggested."""


def test_names_that_are_alike_are_suggested(world: World) -> None:
    """Without accents, case and order; native names too; spelt a little differently; emoji do not count."""
    world.roster(
        "F1,Nguyễn Thị Hoa,,,supporter,", "F2,Søren Kjær,,,supporter,", "F3,Chen Wei,,陳偉,supporter,",
        "F4,Amina Hassan,,أمينة حسن,supporter,", "F5,Zoë Ngũgĩ,,,supporter,", "F6,Jane Example,,,supporter,refused",
        header=NATIVE,
    )  # fmt: skip
    for number, name in enumerate(ALIKE):
        world.seen(str(number), (f"h{number}", 3))
        world.says(str(number), display_name=name)
    assert world.learn() == 0
    expected = {(str(number), person, "name") for number, person in enumerate(ALIKE.values()) if person}
    assert world.candidates() == expected
    scores = world.connection.execute(text("select min(score), max(score) from people.account_candidate")).one()
    assert scores[0] >= 0.92
    assert scores[1] == 1


def test_only_whoever_posts_is_compared_by_name(world: World) -> None:
    """An account that only acts has no posts about which somebody could decide."""
    world.roster("F1,Ana Ejemplo,supporter,opt_in,,,,,,")
    world.acts("9", "8", handle="someone")
    world.says("9", display_name="Ana Ejemplo")
    world.learn()
    assert world.candidates() == set()


def test_the_organiser_is_no_candidate(world: World) -> None:
    """Whatever it calls itself."""
    world.roster("F1,Ana Ejemplo,supporter,opt_in,,,,,,")
    world.connection.execute(text(CAMPAIGN))
    world.seen("1", ("museum", 3))
    world.says("1", display_name="Ana Ejemplo")
    world.learn()
    assert world.candidates() == set()


CAMPAIGN = """
insert into core.campaign (campaign, title, hashtags, judged_by, starts_on, ends_on, zone, grace_days, organisers)
values ('itp28', 'ITP28', '{itp28}', '{itp28}', '2026-02-01', '2026-02-28', 'Europe/London', 7, '{"x": ["museum"]}')
"""


def test_suggestions_are_made_anew_by_each_build(world: World) -> None:
    """What is matched or decided meanwhile is not asked again; what stays is not written again."""
    world.roster("F1,Ana Ejemplo,supporter,opt_in,,,,,,")
    for account in ("1", "2", "3"):
        world.seen(account, (f"h{account}", 3))
        world.says(account, display_name="Ana Ejemplo")
    world.learn()
    assert world.candidates() == {(account, "F1", "name") for account in ("1", "2", "3")}
    rows = "select xmin, account_id from people.account_candidate where account_id = '3'"
    before = world.connection.execute(text(rows)).all()
    world.roster("F1,Ana Ejemplo,supporter,opt_in,,2,,,,", at=february(5))
    world.decides("1", "not_member")
    world.learn()
    assert world.candidates() == {("3", "F1", "name")}
    assert world.connection.execute(text(rows)).all() == before


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(name: str) -> None:
    """And neither case, width, spacing nor the order of words changes the form."""
    form = folded(name)
    assert folded(form) == form
    assert folded(" ".join(reversed(form.split()))) == form
    assert folded(f"  {form.upper()} ") == folded(form.upper())
