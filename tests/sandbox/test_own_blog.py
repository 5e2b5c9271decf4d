"""The programme's own blog stands beside the campaign's posts on the simulated site, and disturbs none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from sandbox import blog, server
from sandbox.truth import truth
from sandbox.wordpress import Site, meets
from sandbox.world import World, folded

HEADER = (
    "post,published_at,account,byline,byline_at,authors,title,tags,"
    "visible_from,edited_at,edited_byline,deleted_at,visibility"
)


def sites(world: World) -> tuple[Site, Site]:
    """With the programme's own posts and without."""
    [settings] = world.places("wordpress")
    return Site(world, settings), Site(replace(world, blog=()), settings)


def test_the_campaigns_posts_accounts_and_tags_keep_their_numbers(campaign: World) -> None:
    """So that nothing of the campaign depends on what else stands on the blog."""
    with_, without = sites(campaign)
    for name in ("numbers", "author_ids", "tag_ids"):
        mine, its = getattr(with_, name), getattr(without, name)
        assert mine.items() >= its.items()
        assert len(set(mine.values())) == len(mine)
    assert len(with_.posts) == len(without.posts) + len(campaign.blog)


def test_no_collector_of_the_campaign_meets_them(campaign: World) -> None:
    """Neither by the tag nor by a search for its words; so the truth of the campaign is what it was."""
    for plan in campaign.blog:
        for moment in campaign.collections():
            assert not meets(campaign, plan.post, moment), plan.post.plan_id
        for version in plan.post.versions:
            words = folded(f"{plan.post.title} {version.text}")
            assert not any(tag in words for tag in campaign.hashtags), plan.post.plan_id
    told, without = truth(campaign), truth(replace(campaign, blog=()))
    assert {name: told[name] for name in without} == without


def test_they_are_shown_from_when_they_are_visible_with_their_byline(campaign: World) -> None:
    """At the head or the foot, in HTML; a password hides what it says."""
    plans = {plan.post.plan_id: plan.post for plan in campaign.blog}
    late = plans["W28"]
    with server.serve(campaign) as sandbox:
        posts = f"{sandbox.urls['wordpress/blog.longhall.example']}/wp-json/wp/v2/posts"

        def shown() -> dict[str, dict[str, object]]:
            found = requests.get(posts, {"per_page": 100, "_embed": "author"}, timeout=5).json()
            return {post["title"]["rendered"]: post for post in found}

        sandbox.clock.set(late.visible_from - timedelta(minutes=1))
        assert late.title not in shown()
        sandbox.clock.set(campaign.collections()[-1])
        last = shown()
    name = campaign.people["F04"].name
    assert f"<p>By {name}</p>" in str(last[late.title]["content"])
    assert str(last[late.title]["date_gmt"]).startswith("2026-02-12")
    assert "Withdrawn" not in last
    assert last["Protected: For members only"]["content"] == {"rendered": "", "protected": True}
    [editors] = last["Photographs from the spring"]["_embedded"]["author"]  # type: ignore[index]
    assert (editors["name"], editors["slug"]) == ("Editors", "editors")


@pytest.mark.parametrize(
    ("row", "trouble"),
    [
        ("W1,2026-01-01T10:00:00Z,ORG,By {NOBODY},head,,T,,,,,,", "line 2.*NOBODY"),
        ("W1,yesterday,ORG,,head,,T,,,,,,", "line 2: Invalid isoformat"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, campaign: World, row: str, trouble: str) -> None:
    (tmp_path / "blog.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=trouble):
        blog.read(tmp_path / "blog.csv", "blog.example", campaign.people)


def test_a_world_without_the_file_has_none(tmp_path: Path, world: World) -> None:
    assert blog.read(tmp_path / "blog.csv", "blog.example", {}) == ()
    assert world.blog == ()
    assert "blog" not in truth(world)
