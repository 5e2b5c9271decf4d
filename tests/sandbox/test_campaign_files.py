"""A world of counted posts is refused with file and line; another one than the reference campaign's works as well."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from sandbox.campaign import cast, counted, files
from sandbox.campaign.files import BadWorld
from sandbox.campaign.words import Writer
from sandbox.truth.days import day
from sandbox.world import World

WRONG = {
    "unknown member": ("canonical_posts.csv", "U0001,F10,", "U0001,F99,", "line 2: members.csv has no member 'F99'"),
    "unknown platform": ("crosspost_copies.csv", "U0605,bluesky", "U0605,myspace", "line 2: platform 'myspace'"),
    "unknown zone": ("members.csv", "Europe/Istanbul,TUR,34", "Europe/Nowhere,TUR,34", "line 2: the time zone"),
    "tie to nobody": ("edges.csv", "baseline,F03,F29", "baseline,F03,F98", "line 2: members.csv has no member 'F98'"),
    "tie to oneself": ("edges.csv", "baseline,F03,F29", "baseline,F03,F03", "line 2: a tie leads to another member"),
    "copy of nothing": ("crosspost_copies.csv", "U0605,", "U9605,", "line 2: canonical_posts.csv has no post 'U9605'"),
    "copy in place": ("crosspost_copies.csv", "U0285,x", "U0285,facebook", "on another platform"),
    "another number": ("members.csv", "Europe/Istanbul,TUR,34", "Europe/Istanbul,TUR,33", "has 34"),
    "day out of range": ("canonical_posts.csv", "facebook,1,0,2026-02-01", "facebook,29,0,2026-02-01", "day 29 is not"),
    "unknown quota": ("world.toml", "[quotas.edits]", "[quotas.edits]\nmyspace = 1", "which `platforms` does not"),
}


@pytest.fixture
def home(campaign: World, tmp_path: Path) -> Path:
    return Path(shutil.copytree(campaign.home, tmp_path / "world"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_with_its_place(home: Path, wrong: str) -> None:
    name, old, new, said = WRONG[wrong]
    change(home / name, old, new)
    with pytest.raises(BadWorld, match=name) as problem:
        files.read(home)
    assert said in str(problem.value)


def test_more_is_asked_than_there_are_posts_for(home: Path) -> None:
    change(home / "world.toml", "greetings = 11", "greetings = 300")
    read = files.read(home)
    with pytest.raises(BadWorld, match=r"world\.toml asks for 300 greetings"):
        counted.counted(read, cast.cast(read), Writer(read))


COLUMNS = "post_id,member_id,platform,prompt_day,lag_days,local_date,posted_at_utc,form,day_method,extra_days,"
COLUMNS += "auto_match,after_rename,tag_form\n"
SMALL = """Q1,A,mastodon,1,0,2025-03-28,2025-03-28T09:00:00Z,original,explicit,,matched,0,exact
Q2,A,mastodon,3,0,2025-03-30,2025-03-29T23:30:00Z,original,theme,,matched,0,case
Q3,B,blog,4,0,2025-03-31,2025-03-30T22:30:00Z,original,date,,matched,0,exact
Q4,B,blog,4,1,2025-04-01,2025-03-31T22:30:00Z,original,explicit,,matched,0,exact
"""


def test_another_world_with_a_change_of_clocks(home: Path) -> None:
    """Five days around the last Sunday of March, in which Berlin's clocks go forward; two platforms, two people."""
    (home / "members.csv").write_text(
        "member_id,role,cohort,country,region,tz,residence,posts\n"
        "A,fellow,2019,GRC,Southern Europe,Europe/Berlin,GRC,2\nB,staff,,GBR,Northern Europe,Europe/Berlin,GBR,2\n"
    )
    (home / "canonical_posts.csv").write_text(COLUMNS + SMALL)
    (home / "crosspost_copies.csv").write_text("of_post_id,platform,minutes_after,doubtful\nQ1,blog,5,0\n")
    (home / "edges.csv").write_text("window,source,target\ncampaign,A,B\n")
    (home / "world.toml").write_text(
        """
name = "spring"
title = "#Spring5"
hashtags = ["Spring5"]
starts_on = 2025-03-28
ends_on = 2025-04-01
zone = "Europe/Berlin"
grace_days = 1
contact = "team@spring.example"
programme_years = [2018, 2019]
organisers = ["ORG"]
seed = 3
platforms = ["mastodon", "wordpress"]
quotas = {}
clerks = []
collection = {first = 2025-03-28, last = 2025-04-04, at = 06:00:00}
strangers = {outsiders = 1, public = 0, spammers = 0}
accounts = {organiser = "Spring House", organiser_handle = "spring"}
roster = {fellow = 3, partner = 0, staff = 1, supporter = 0, countries = 2, with_accounts = 1}
mastodon = [{domain = "spring.example"}]
wordpress = [{domain = "blog.spring.example", zone = "Europe/Berlin"}]
prompts = [{day = 1, label = "Seed", keywords = ["seed"]}, {day = 3, label = "Rain", keywords = ["rain"]}]
"""
    )
    read = files.read(home)
    people = cast.cast(read)
    posts = {post.plan_id: post for post in counted.counted(read, people, Writer(read))}
    world = World(home=home, settings=read.settings, people=people.people, posts=posts)
    assert Counter(post.platform for post in posts.values()) == {"mastodon": 2, "wordpress": 3}
    for line in read.posts.values():
        found = day(world, posts[line.post_id])
        assert (found.date, found.prompt, found.method) == (line.local_date, line.prompt_day, line.day_method)
    assert " seed" not in posts["Q3"].versions[0].text
    assert "#spring5" in posts["Q2"].versions[0].text.lower()
    assert "#Spring5" not in posts["Q2"].versions[0].text
