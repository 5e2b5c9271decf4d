"""The people of the reference world: a roster of 320, accounts that it gives and those that it does not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rapidfuzz.distance import JaroWinkler

from sandbox.campaign import cast, files, outsiders
from sandbox.campaign.cast import Cast
from sandbox.papers import roster_csv
from sandbox.world import World
from warehouse.people.matching.names import ALIKE, folded
from warehouse.people.roster_file import read


@pytest.fixture(scope="module")
def everybody(campaign: World) -> Cast:
    return cast.cast(files.read(campaign.home))


def test_the_roster_has_the_size_of_the_programme(campaign: World) -> None:
    roster = [person for person in campaign.people.values() if person.on_roster]
    fellows = [person for person in roster if person.role == "fellow"]
    assert Counter(person.role for person in roster) == {
        "fellow": 299, "uk_partner": 12, "bm_staff": 7, "supporter": 2,
    }  # fmt: skip
    assert len({person.iso3 for person in fellows}) == 48
    assert len({person.cohort_year for person in fellows}) == 14
    assert len({person.row["name"] for person in roster}) == 320
    assert sum(person.refuses for person in roster) == 1


def test_who_is_asked_about_posts_nothing_else(everybody: Cast) -> None:
    quiet = [one for one in everybody.people.values() if one.on_roster and one.person_id not in everybody.files.members]
    with_accounts = [person for person in quiet if person.handles and not person.refuses]
    assert len(with_accounts) == 24
    assert all(len(person.handles) == 1 for person in with_accounts)


def test_a_roster_can_be_loaded(campaign: World, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(roster_csv(campaign), "utf-8")
    roster = read(path, campaign.settings["programme_years"])
    assert roster.people == 320


def test_strangers_are_not_alike_to_anybody(everybody: Cast) -> None:
    known = [folded(str(person.row["name"])) for person in everybody.people.values() if person.on_roster]
    strangers = [everybody.people[one].name for one in (*everybody.outsiders, *everybody.public, *everybody.spammers)]
    assert len(strangers) == 24 + 12 + 41
    assert max(JaroWinkler.similarity(folded(one), other) for one in strangers for other in known) < outsiders.UNLIKE


def test_an_account_that_the_roster_does_not_give_can_be_recognised(everybody: Cast) -> None:
    ways = Counter[str]()
    for (member, platform), person_id in everybody.unknown.items():
        account, person = everybody.people[person_id], everybody.people[member]
        assert account.handles[platform] != person.handles.get(platform)
        if account.links:
            site = str(person.row["handle_wordpress"]).partition("@")[2]
            ways["site"] += account.links == (f"https://{site}/",)
            continue
        alike = {
            other.person_id
            for other in everybody.people.values()
            if other.on_roster and JaroWinkler.similarity(folded(account.name), folded(str(other.row["name"]))) >= ALIKE
        }
        assert alike == {member}
        assert folded(account.name) != folded(str(person.row["name"]))
        ways["name"] += 1
    assert ways == {"site": 2, "name": 3}


def test_six_accounts_are_called_otherwise_later(campaign: World) -> None:
    posts = [line for line in files.read(campaign.home).posts.values() if line.after_rename]
    assert len(posts) == 41
    for line in posts:
        post, member = campaign.posts[line.post_id], campaign.people[line.member_id]
        now = campaign.people[post.author].handle_at(post.platform, post.published_at)
        assert now != member.handles[post.platform]
        told = {str(row[f"handle_{post.platform}"]) for row in member.also_on_roster}
        match post.platform:
            case "x":
                assert not told
            case "mastodon":
                assert member.moved_to["mastodon"] == post.author
            case _:
                assert told == {now}
    assert len({(line.member_id, line.platform) for line in posts}) == 6


def test_a_name_that_was_given_up_is_taken_over(everybody: Cast) -> None:
    (taken,) = everybody.people[everybody.recycled].renames["x"]
    before = [one for one in everybody.people.values() if one.handles.get("x") == taken.handle]
    assert [one.on_roster for one in before] == [True]
    assert before[0].handle_at("x", taken.at) != taken.handle
