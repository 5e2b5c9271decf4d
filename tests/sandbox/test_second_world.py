"""A second world of counted posts and quotas, written from the README alone: its truth is what was planned.

`tests/reference/worlds/harvest`: a fortnight on three platforms. On 25 October 2026 clocks go back in Athens (at 01:00
UTC) and in London, and on the evening after the last day in Cairo; nobody keeps an offset.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from sandbox import wordpress
from sandbox.campaign import files
from sandbox.campaign.files import BadWorld
from sandbox.campaign.words import WORD
from sandbox.desk import files as on_the_desk
from sandbox.limits import Windows
from sandbox.reviewer import Reviewer
from sandbox.truth import truth
from sandbox.truth.days import day
from sandbox.world import World, load

HARVEST = Path(__file__).parent.parent / "reference/worlds/harvest"


@pytest.fixture(scope="module")
def harvest() -> World:
    return load(HARVEST)


def test_the_headline_in_each_state(harvest: World) -> None:
    """38 posts: two of an account that nobody knows, two copies about which people are asked."""

    def headline(*decided: str) -> tuple[int, ...]:
        told = truth(harvest, frozenset(decided))["headline"]
        return tuple(told[name] for name in ("unique_posts", "members", "fellows", "countries", "open_reviews"))

    assert headline() == (38, 8, 6, 5, 6)
    assert headline("author") == (40, 8, 6, 5, 4)
    assert headline("duplicate") == (36, 8, 6, 5, 3)
    assert headline("author", "duplicate", "day") == (38, 8, 6, 5, 0)


def test_the_waterfall_is_the_quotas(harvest: World) -> None:
    read = files.read(HARVEST)
    waterfall = truth(harvest)["waterfall"]
    planned = {
        "counted": len(read.posts),
        "duplicate_crosspost": len(read.copies) + read.quota("second_copies"),
        "duplicate_same_platform": read.quota("duplicate_submits"),
        "deleted": read.quota("deleted") + read.quota("reposted_anew"),
        "bridge_copy": read.quota("bridge_copies"),
        "not_public": read.quota("followers_only"),
        "repost": read.quota("reposts"),
        "reply_or_comment": read.quota("comments"),
        "thread_continuation": read.quota("threads"),
        "quote_commentary": read.quota("quotes"),
        "organiser_account": read.quota("organiser"),
        "hashtag_missing_or_removed": read.quota("tag_removed"),
        "author_not_member": read.quota("public"),
        "out_of_window": read.quota("out_of_window"),
        "spam_or_collision": read.quota("spam"),
        "opted_out": read.quota("opted_out"),
    }
    assert {step: waterfall[step] for step in planned} == planned
    assert waterfall["seen"] == sum(planned.values())


def test_each_day_is_the_one_that_was_planned(harvest: World) -> None:
    """23:30 in Athens after the change is not yet the next day, and neither is 23:30 in London."""
    for line in files.read(HARVEST).posts.values():
        found = day(harvest, harvest.posts[line.post_id])
        assert (found.date, found.prompt, found.local - line.prompt_day) == (
            line.local_date, line.prompt_day, line.lag_days,
        )  # fmt: skip
    changes = date(2026, 10, 25)
    found = [
        one for one in files.read(HARVEST).posts.values() if one.local_date == changes and one.day_method == "date"
    ]
    assert Counter(one.member_id for one in found) == {"H1": 3, "H7": 1, "H8": 1}
    assert truth(harvest)["posts_daily"]["2026-10-25 mastodon"] == {"posts": 4}


def test_who_is_silent_is_eligible(harvest: World) -> None:
    told = truth(harvest)["posts_by_cohort"]
    assert sum(group["eligible"] for group in told.values()) == 20
    assert sum(group["members"] for group in told.values()) == 6


def test_without_a_closed_group_nothing_is_written_down(harvest: World) -> None:
    assert on_the_desk(harvest, harvest.collections()[-1]) == {}


def test_the_organiser_posts_for_somebody_in_the_campaign_s_words(harvest: World) -> None:
    (post,) = [post for post in harvest.posts.values() if post.on_behalf_of and post.counts == "yes"]
    assert post.versions[0].text.startswith(f"Shared for {harvest.people['H6'].row['name']}: ")


def test_no_text_names_a_theme_by_chance(tmp_path: Path) -> None:
    """Keywords that stand in ready-made sentences: whoever greets by them would post for another day."""
    home = Path(shutil.copytree(HARVEST, tmp_path / "world"))
    keywords = ["morning", "home", "for you all", "both", "found"]
    lines = (home / "world.toml").read_text("utf-8").splitlines()
    prompts = [place for place, line in enumerate(lines) if line == "[[prompts]]"]
    for place, keyword in zip(prompts, keywords, strict=False):
        lines[place + 3] = f'keywords = ["{keyword}"]'
    (home / "world.toml").write_text("\n".join(lines), "utf-8")
    world = load(home)
    for post in world.posts.values():
        words = " ".join(WORD.findall(post.versions[0].text.casefold()))
        named = {theme for theme, keyword in enumerate(keywords, start=1) if f" {keyword} " in f" {words} "}
        assert named <= {post.says_theme, world.posts.get(post.of or post.copy_of or "", post).says_theme}, post.plan_id


def test_the_reviewer_knows_every_post_by_its_key(harvest: World) -> None:
    """Also a blog's, which has but a number: of a pair of which the copy is there, it is what is asked."""
    (site,) = wordpress.places(harvest, Windows())
    reviewer = Reviewer(harvest)
    for plan_id, number in site.numbers.items():
        key = f"wordpress:blog.orchard.example/{number}"
        waits = harvest.posts[plan_id].waits
        assert reviewer.decision("duplicate", f"pair:{key}") == ("merge" if waits == "duplicate" else "separate")
        if harvest.posts[plan_id].counts == "yes":
            credited = harvest.credited(harvest.posts[plan_id])
            assert reviewer.decision("author", f"post:{key}") == f"person {credited}"


WRONG = {
    "a kind that is none": ("[quotas.comments]", "[quotas.coments]", "there is no kind 'coments'"),
    "a share that is none": ("[shares.reposts]\n", "[shares.reposts]\nround_trip = 1\n", "names round_trip"),
    "a sum": ("members = 10", "members = 11", "[shares.comments] sums to 16, [quotas.comments] to 15"),
    "a platform that is none": ('"bluesky", "wordpress"]', '"bluesky", "blog"]', "platforms names 'blog'"),
    "no server": ("[[wordpress]]", "[[press]]", "has no [[wordpress]]"),
    "too few spammers": ("spammers = 4", "spammers = 1", "spammers are too few"),
    "no outsiders": ("outsiders = 3", "outsiders = 0", "no outsider in [strangers]"),
    "no public": ("public = 2", "public = 0", "has no public"),
    "no leak": ("lists_followers_only = true", "", "lists_followers_only"),
    "no window before": ("[baseline]", "[before]", "has no [baseline]"),
    "no phrase": ('on_behalf_phrases = ["shared for"]', "on_behalf_phrases = []", "no on_behalf_phrases"),
    "no spam list": ("homonyms = [", "others = [", "[spam] lacks homonyms"),
    "where there is none": (
        "[quotas.threads]\nmastodon",
        "[quotas.threads]\nwordpress",
        "only on x, bluesky, mastodon",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_filled_is_said(tmp_path: Path, wrong: str) -> None:
    home = Path(shutil.copytree(HARVEST, tmp_path / "world"))
    old, new, said = WRONG[wrong]
    text = (home / "world.toml").read_text("utf-8")
    assert old in text
    (home / "world.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadWorld) as problem:
        load(home)
    assert said in str(problem.value)


def test_who_has_nothing_to_be_answered_is_named(tmp_path: Path) -> None:
    """Somebody for whom the organiser posted, and who deals with nobody."""
    home = Path(shutil.copytree(HARVEST, tmp_path / "world"))
    posts = (home / "canonical_posts.csv").read_text("utf-8")
    lines = [line.replace(",original,explicit_conflict,", ",on_behalf,explicit,") for line in posts.splitlines()]
    (home / "canonical_posts.csv").write_text("\n".join(lines) + "\n", "utf-8")
    ties = (home / "edges.csv").read_text("utf-8").replace("campaign,H6,H3", "campaign,H3,H6")
    (home / "edges.csv").write_text(ties, "utf-8")
    with pytest.raises(BadWorld, match=r"H3 and H6 have no platform.*H6 has only posts on behalf"):
        load(home)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    home = Path(shutil.copytree(HARVEST, tmp_path / "world"))
    (home / "edges.csv").unlink()
    with pytest.raises(BadWorld, match=r"edges\.csv"):
        load(home)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-10-25,2026-10-25T21:30:00Z", "2026-10-26,2026-10-25T21:30:00Z", "posted on 2026-10-25 in Europe/Athens"),
        ("mastodon,10,0,2026-10-25", "mastodon,10,1,2026-10-25", "a lag of 0, not 1"),
    ],
)
def test_a_line_does_not_contradict_itself(tmp_path: Path, old: str, new: str, said: str) -> None:
    home = Path(shutil.copytree(HARVEST, tmp_path / "world"))
    text = (home / "canonical_posts.csv").read_text("utf-8")
    assert old in text
    (home / "canonical_posts.csv").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadWorld, match=r"canonical_posts\.csv") as problem:
        files.read(home)
    assert said in str(problem.value)
