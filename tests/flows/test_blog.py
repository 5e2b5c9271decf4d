"""The programme's own blog: all posts since a day, whose they are by their bylines, and what becomes of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import roster
from flows.steps.build import build
from flows.steps.collect import collect
from flows.steps.daily import daily
from flows.steps.results import PlatformResult
from flows.steps.status import status
from sandbox import blog, server
from sandbox.papers import roster_csv
from sandbox.world import Planned, World, load
from tests.flows.conftest import WORLD
from warehouse.campaign import Campaign
from warehouse.engine import connect

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

SITE = "workshop.lanterns.example"
POSTS = """
post,published_at,account,byline,byline_at,authors,title,tags,visible_from,edited_at,edited_byline,deleted_at,visibility
B1,2025-03-01T10:00:00Z,ORG,By {F10},head,F10,One,news,,,,,
B2,2026-01-20T10:00:00Z,ORG,"Written by {F01} and {F10}, 2019",foot,F01 F10,Two,news,,,,,
B3,2026-01-21T10:00:00Z,ORG,,,staff,Three,news,,,,,
B4,2026-01-22T10:00:00Z,F10,,,F10,Four,news,,,,,
B5,2026-01-23T10:00:00Z,ORG,By Ottoline Peverell,head,unknown,Five,guests,,2026-02-11T12:00:00Z,By {F02},,
B6,2026-01-24T10:00:00Z,ORG,By {F02},head,F02,Six,news,,,,2026-02-11T12:00:00Z,
B7,2026-01-25T10:00:00Z,ORG,By {F02},head,,Seven,news,,,,,protected
B8,2026-01-26T10:00:00Z,ORG,By {F02},head,F02,Eight,news,2026-02-11T12:00:00Z,,,,
B9,2024-12-31T10:00:00Z,ORG,By {F02},head,,Nine,news,,,,,
"""
BEFORE, AFTER = datetime(2026, 2, 11, 6, tzinfo=UTC), datetime(2026, 2, 12, 6, tzinfo=UTC)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[server.Sandbox]:
    """The lanterns' platforms, and nine posts on their blog that are none of the campaign's."""
    path = tmp_path / "blog.csv"
    path.write_text(POSTS.lstrip(), encoding="utf-8")
    world = load(WORLD)
    settings = {**world.settings, "blog": {"since": date(2025, 1, 1)}}
    world = replace(world, settings=settings, blog=blog.read(path, SITE, world.people))
    with server.serve(world) as sandbox:
        sandbox.clock.set(BEFORE)
        yield sandbox


def read(settings: Settings, campaign: Campaign, servers: server.Sandbox) -> PlatformResult:
    result = collect(settings, campaign, stream="blog", clock=servers.clock.now, sleep=servers.clock.advance)
    assert list(result.platforms) == ["wordpress"]
    return result.platforms["wordpress"]


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    engine = connect(settings.database_url or "")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def bylines(settings: Settings) -> dict[str, list[str]]:
    """Title, as far as the link tells it -> the names in the byline."""
    query = """
        select split_part(url, '/', 7), array_remove(array_agg(name order by place), null)
        from core.blog_post left join core.blog_byline using (campaign, site, post_id)
        where url is not null and not is_tagged and published_at < '2026-02-01' group by url
    """
    return dict(rows(settings, query))


def shown(world: World) -> list[Planned]:
    """The posts of the world's own plan that a visitor of the blog can read."""
    posts = [post for post in world.on("wordpress") if post.kind != "reply" and post.visibility == "public"]
    return [post for post in posts if post.at(BEFORE)]


def tagged(world: World) -> int:
    return sum(bool(post.tags_at(BEFORE) & world.hashtags) for post in shown(world))


def test_the_whole_blog_is_read_and_no_text_of_it_lands(
    settings: Settings, campaign: Campaign, servers: server.Sandbox
) -> None:
    """With the tag or without; what is behind a password or older does not land, and no item of the campaign's does."""
    result = read(settings, campaign, servers)
    people = servers.world.people
    assert (result.state, result.error) == ("completed", None)
    assert bylines(settings) == {
        "one": [people["F10"].name], "two": [people["F01"].name, people["F10"].name], "three": [], "four": [],
        "five": ["Ottoline Peverell"], "six": [people["F02"].name],
    }  # fmt: skip
    assert result.counts["not_public"] == 2
    assert rows(settings, "select count(*) from core.blog_post where is_tagged") == [(tagged(servers.world),)]
    assert rows(settings, "select count(*) from core.item union all select count(*) from raw.item") == [(0,), (0,)]
    assert rows(settings, "select read_from, read_until from core.blog") == [(datetime(2025, 1, 1, tzinfo=UTC), BEFORE)]


def test_it_costs_a_request_for_each_hundred_posts(
    settings: Settings, campaign: Campaign, servers: server.Sandbox
) -> None:
    read(settings, campaign, servers)
    assert [request.path for request in servers.asked("wordpress")] == ["/wp-json/wp/v2/posts"]


def test_edits_deletions_and_late_posts_follow(settings: Settings, campaign: Campaign, servers: server.Sandbox) -> None:
    """A byline that was changed, a post that is gone with its link and byline, one that was scheduled for later."""
    read(settings, campaign, servers)
    servers.clock.set(AFTER)
    result = read(settings, campaign, servers)
    assert (result.counts["new"], result.counts["updated"]) == (1, 1)
    assert any("1 posts are no longer shown" in warning for warning in result.warnings)
    after = bylines(settings)
    name = servers.world.people["F02"].name
    assert (after["five"], after["eight"], "six" in after) == ([name], [name], False)
    gone = "select url, count(name) from core.blog_post left join core.blog_byline using (campaign, site, post_id)"
    assert rows(settings, f"{gone} where deleted_at is not null group by url") == [(None, 0)]
    assert read(settings, campaign, servers).counts["unchanged"] == result.counts["fetched"] - 2


def test_what_is_hidden_by_a_shifting_list_is_not_taken_for_gone(
    settings: Settings, campaign: Campaign, servers: server.Sandbox
) -> None:
    """A list that lacks posts is asked for each of them; a server that fails has deleted nothing."""
    read(settings, campaign, servers)
    servers.faults.plant("wordpress", "body", first=1, times=1, body="[]")
    assert read(settings, campaign, servers).state == "completed"
    assert rows(settings, "select count(*) from core.blog_post where deleted_at is not null") == [(0,)]
    servers.faults.clear()
    servers.faults.plant("wordpress", "status", status=500)
    assert read(settings, campaign, servers).state == "failed"
    assert rows(settings, "select count(*) from core.blog_post where deleted_at is not null") == [(0,)]


def test_people_who_refuse_are_left_out_by_name_and_by_account(
    settings: Settings, campaign: Campaign, servers: server.Sandbox, tmp_path: Path
) -> None:
    """Of two authors the other one stays; what held before they refused goes, and the account with it."""
    load_roster(settings, campaign, servers, tmp_path)
    read(settings, campaign, servers)
    assert rows(settings, "select 1 from core.account where handle like 'ravi@%'") == [(1,)]
    load_roster(settings, campaign, servers, tmp_path, refuses="F10")
    result = read(settings, campaign, servers)
    assert result.counts["suppressed"] >= 2
    name = servers.world.people["F10"].name
    assert bylines(settings) == {
        "two": [servers.world.people["F01"].name], "three": [], "five": ["Ottoline Peverell"],
        "six": [servers.world.people["F02"].name],
    }  # fmt: skip
    assert rows(settings, f"select 1 from core.blog_byline where name = '{name}'") == []
    assert rows(settings, f"select 1 from core.account where display_name = '{name}'") == []


@pytest.mark.full
def test_posts_by_fellows_are_published_by_year(
    settings: Settings, campaign: Campaign, servers: server.Sandbox, tmp_path: Path
) -> None:
    """With the real authors; as on the roster on the day: in 2025 nobody of this roster was a fellow yet."""
    load_roster(settings, campaign, servers, tmp_path)
    read(settings, campaign, servers)
    build(settings, campaign, clock=servers.clock.now)
    query = "select year, author_class, posts, posts_inside, authors from metrics.metric_blog where posts > 0"
    published = {(year, kind): (posts, inside, authors) for year, kind, posts, inside, authors in rows(settings, query)}
    assert published[2025, "other"] == (1, 0, 1)
    assert published[2026, "unknown"][0] >= 1
    assert published[2025, "total"] == (1, 0, 1)
    assert published[2026, "fellow"][0] >= 3
    assert "fellow" not in {kind for year, kind in published if year == 2025}
    found = status(settings, campaign)
    assert [(blog["read_until"], blog["posts"]) for blog in found.blogs] == [(BEFORE, 6 + len(shown(servers.world)))]
    assert [(one["name"], one["posts"]) for one in found.unknown_bylines] == [("Ottoline Peverell", 1)]


@pytest.mark.full
def test_a_blog_that_is_taken_out_of_the_campaign_file_leaves_with_the_next_build(
    settings: Settings, campaign: Campaign, servers: server.Sandbox, tmp_path: Path
) -> None:
    """Its posts, names and numbers; nobody has to collect before."""
    load_roster(settings, campaign, servers, tmp_path)
    read(settings, campaign, servers)
    build(settings, campaign, clock=servers.clock.now)
    assert rows(settings, "select count(*) > 0 from metrics.metric_blog") == [(True,)]
    build(settings, replace(campaign, blog=None), clock=servers.clock.now)
    for table in ("core.blog", "core.blog_post", "core.blog_byline", "metrics.metric_blog"):
        assert rows(settings, f"select 1 from {table}") == [], table


def test_without_a_blog_nothing_is_read(settings: Settings, campaign: Campaign) -> None:
    without = replace(campaign, blog=None)
    with pytest.raises(ConfigurationError, match="names no blog"):
        collect(settings, without, stream="blog")
    with pytest.raises(ConfigurationError, match="reads wordpress only"):
        collect(settings, campaign, ["x"], stream="blog")
    with pytest.raises(ConfigurationError, match="is read whole"):
        collect(settings, campaign, stream="blog", since=BEFORE)


@pytest.mark.full
def test_the_days_run_reads_it(settings: Settings, campaign: Campaign, servers: server.Sandbox, tmp_path: Path) -> None:
    load_roster(settings, campaign, servers, tmp_path)
    result = daily(settings, campaign, clock=servers.clock.now)
    assert result.blog is not None
    assert result.blog.platforms["wordpress"].counts["new"] > 6
    assert rows(settings, "select count(*) > 0 from metrics.metric_blog where author_class = 'total'") == [(True,)]


def load_roster(
    settings: Settings, campaign: Campaign, servers: server.Sandbox, folder: Path, refuses: str | None = None
) -> None:
    lines = list(csv.DictReader(roster_csv(servers.world).splitlines()))
    for line in lines:
        if line["person_id"] == refuses:
            line["consent_collect"] = "withdrawn"
    path = folder / "roster.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    roster.load(settings, path, campaign, clock=lambda: servers.clock.now())
