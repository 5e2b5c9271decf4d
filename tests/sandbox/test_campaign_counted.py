"""The counted posts of the reference world and their copies, against the table and the flags of `metrics.md` g."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from sandbox.campaign import files
from sandbox.campaign.files import Files
from sandbox.truth.days import day
from sandbox.world import Planned, World, folded, tags_in
from warehouse.campaign import Prompt
from warehouse.days import named_days, theme_days

A = {"facebook": 252, "instagram": 164, "x": 108, "bluesky": 46, "mastodon": 38, "wordpress": 22}
COPIES = {
    "b": {"facebook": 22, "instagram": 34, "x": 24, "bluesky": 9, "mastodon": 5, "wordpress": 2},
    "c": {"facebook": 4, "instagram": 3},
    "r": {"x": 2, "bluesky": 2},
    "d": {"bluesky": 6, "mastodon": 3},
    "e": {"x": 6},
}
REASONS = {
    "b": "duplicate_crosspost",
    "c": "duplicate_same_platform",
    "r": "deleted",
    "d": "bridge_copy",
    "e": "duplicate_crosspost",
}


@pytest.fixture(scope="module")
def read(campaign: World) -> Files:
    return files.read(campaign.home)


@pytest.fixture(scope="module")
def counted(campaign: World) -> dict[str, Planned]:
    return {plan_id: post for plan_id, post in campaign.posts.items() if post.counts == "yes"}


def kind(post: Planned, counted: dict[str, Planned]) -> str:
    """`b` to `e` of the table, or nothing."""
    of, _, letter = post.plan_id.partition("-")
    return letter[0] if of in counted and letter else ""


def test_kinds_a_to_e_and_p_fill_their_cells(campaign: World, counted: dict[str, Planned]) -> None:
    assert Counter(post.platform for post in counted.values()) == A
    found = Counter((kind(post, counted), post.platform) for post in campaign.posts.values() if kind(post, counted))
    assert found == {(letter, platform): n for letter, cells in COPIES.items() for platform, n in cells.items()}
    assert all(post.counts == REASONS[kind(post, counted)] for post in campaign.posts.values() if kind(post, counted))
    assert Counter(len(post.versions) for post in counted.values() if post.platform == "x") == {1: 95, 2: 13}


def test_every_line_is_planned_as_it_says(campaign: World, counted: dict[str, Planned], read: Files) -> None:
    for line in read.posts.values():
        post, found = counted[line.post_id], day(campaign, counted[line.post_id])
        assert (campaign.credited(post), post.platform) == (line.member_id, line.platform)
        assert (post.published_at, found.date) == (line.published_at, line.local_date)
        assert (found.prompt, found.local - line.prompt_day) == (line.prompt_day, line.lag_days), line.post_id
        assert found.method == line.day_method, line.post_id
    assert Counter(map(campaign.credited, counted.values())) == {
        one.member_id: one.posts for one in read.members.values()
    }


def test_texts_name_the_days_and_themes_that_the_plan_says(campaign: World) -> None:
    prompts = [
        Prompt(day=one["day"], label=one["label"], keywords=tuple(one["keywords"]))
        for one in campaign.settings["prompts"]
    ]
    for post in (one for one in campaign.posts.values() if one.kind != "repost"):
        words = f"{post.title}\n{post.versions[-1].text}"
        assert named_days(words, 28) == tuple(sorted(post.says_days)), (post.plan_id, words)
        theme = theme_days(words, prompts)
        if post.counts == "yes":
            assert theme == ((post.says_theme,) if post.says_theme else ()), (post.plan_id, words)


def test_hashtags_have_the_form_of_the_line(campaign: World, counted: dict[str, Planned], read: Files) -> None:
    own, *variants = campaign.settings["hashtags"]
    for post in campaign.posts.values():
        of = counted.get(post.copy_of or post.plan_id)
        if of is None:
            continue
        tags = [tag for tag in tags_in(post.versions[-1].text) if folded(tag) in campaign.hashtags]
        match read.posts[of.plan_id].tag_form:
            case "exact":
                assert tags == [own]
            case "case":
                assert [folded(tag) for tag in tags] == [folded(own)]
                assert tags != [own]
            case _:
                assert tags[0] in variants


def test_copies_keep_the_days_and_come_after(campaign: World, counted: dict[str, Planned]) -> None:
    copies = [post for post in campaign.posts.values() if post.copy_of]
    for copy in copies:
        post = counted[copy.copy_of or ""]
        assert (copy.says_days, copy.says_theme) == (post.says_days, post.says_theme)
        assert timedelta() <= copy.published_at - post.published_at <= timedelta(hours=72)
        assert campaign.credited(copy) == campaign.credited(post)
    assert sum(copy.waits == "duplicate" for copy in copies) == 9


def test_deleted_halves_are_met_before_they_are_sent_again(campaign: World, counted: dict[str, Planned]) -> None:
    halves = [post for post in campaign.posts.values() if kind(post, counted) == "r"]
    assert len(halves) == 4
    for half in halves:
        assert half.deleted_at
        assert any(half.at(moment) for moment in campaign.collections())
        assert half.deleted_at < counted[half.plan_id.partition("-")[0]].published_at


def test_answers_that_count_follow_ties(campaign: World, counted: dict[str, Planned], read: Files) -> None:
    ties, fellows = set(read.ties_in("campaign")), {one for one, who in read.members.items() if who.role == "fellow"}
    answers = [post for post in counted.values() if post.kind != "original"]
    assert Counter((post.kind, post.platform) for post in answers) == {
        ("reply", "x"): 15, ("reply", "bluesky"): 7, ("reply", "mastodon"): 5,
        ("quote", "x"): 8, ("quote", "bluesky"): 4,
    }  # fmt: skip
    for post in answers:
        above = campaign.posts[post.of or ""]
        author, target = campaign.credited(post), campaign.credited(above)
        assert post.media
        assert above.platform == post.platform
        assert above.published_at < post.published_at
        assert author != target
        assert not {author, target} <= fellows or (author, target) in ties


def test_people_are_asked_whose_forty_five_posts_are(counted: dict[str, Planned]) -> None:
    waiting = [post for post in counted.values() if post.waits == "author"]
    by_route = Counter("authorless" if post.platform == "instagram" else post.author for post in waiting)
    assert by_route.pop("authorless") == 26
    assert sorted(by_route.values()) == [1, 1, 4, 5, 8]


def test_clerks_share_the_rows(counted: dict[str, Planned]) -> None:
    assert Counter(post.clerk for post in counted.values() if post.platform == "facebook") == {
        "Maud": 192,
        "Devika": 60,
    }


def test_clocks_of_bluesky_that_are_wrong(counted: dict[str, Planned]) -> None:
    bluesky = [post for post in counted.values() if post.platform == "bluesky"]
    assert sum(post.place == "future" for post in bluesky) == 2
    assert sum(post.visible_from - post.published_at > timedelta(hours=24) for post in bluesky) == 1
