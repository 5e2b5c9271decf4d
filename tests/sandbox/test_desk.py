"""What lies on a team's desk is in the form that the product reads: a browser's export, and the sheet of acts."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import by_hand, by_hand_acts
from connectors.imports import zeeschuimer
from connectors.records import Interaction, Page, Post, RawItem, Rejected
from sandbox import desk, server
from sandbox.acts_sheet import acts_csv
from sandbox.browsed import met_at, zeeschuimer_ndjson
from sandbox.instagram import shortcode
from sandbox.papers import hand_csv
from sandbox.world import Rename, World, load

ISLES = load(Path(server.__file__).parent / "worlds" / "archipelago")
DURING, END = datetime(2026, 3, 4, 6, tzinfo=UTC), datetime(2026, 3, 12, 6, tzinfo=UTC)
RENAMED = datetime(2026, 3, 3, 0, tzinfo=UTC)


def browsed_world() -> World:
    """Two of Instagram's posts are met by a browser only; one by somebody with a new name, one album."""
    renamed = replace(ISLES.people["I02"], renames={"instagram": (Rename(handle="kwabena.now", at=RENAMED),)})
    routes = {name: replace(ISLES.posts[name], route="zeeschuimer") for name in ("G02", "G03")}
    later = {"G02": replace(routes["G02"], published_at=RENAMED, visible_from=RENAMED), "G03": routes["G03"]}
    return replace(ISLES, people={**ISLES.people, "I02": renamed}, posts={**ISLES.posts, **later})


def posts_in(export: str, folder: Path) -> list[Post]:
    path = folder / "zeeschuimer.ndjson"
    path.write_text(export, "utf-8")
    pages = list(zeeschuimer.pages(path, END))
    assert all(isinstance(page, Page) for page in pages)
    items = [item for page in pages if isinstance(page, Page) for item in zeeschuimer.split(page)]
    posts = [zeeschuimer.parse(item) for item in items if isinstance(item, RawItem)]
    assert not [one for one in (*items, *posts) if isinstance(one, Rejected)]
    return [post for post in posts if isinstance(post, Post)]


def test_the_browsers_export_is_read_with_author_time_and_words(tmp_path: Path) -> None:
    world = browsed_world()
    posts = {post.post_id: post for post in posts_in(zeeschuimer_ndjson(world, END), tmp_path)}
    planned = {shortcode(world, world.posts[name]): world.posts[name] for name in ("G02", "G03")}
    assert posts.keys() == planned.keys()
    for key, post in posts.items():
        assert post.created_at == planned[key].published_at
        assert post.text == planned[key].versions[0].text
    authors = {post.author.handle for post in posts.values() if post.author}
    assert authors == {"kwabena.now", "mariam.haddad"}
    assert [len(post.media_types) for post in posts.values()] == [len(planned[key].media) for key in posts]


def test_the_export_grows_and_holds_nothing_that_was_not_met_yet() -> None:
    world = browsed_world()
    first = met_at(world.posts["G02"])
    assert zeeschuimer_ndjson(world, first - timedelta(seconds=1)) == ""
    assert zeeschuimer_ndjson(world, first).count("\n") == 1
    assert zeeschuimer_ndjson(world, END).startswith(zeeschuimer_ndjson(world, first))


def acts_world() -> World:
    """Somebody comments on a post of Instagram, and the clerks write it down."""
    said = replace(
        ISLES.posts["G03"], plan_id="A1", author="I01", kind="reply", of="G03", route="acts",
        published_at=DURING - timedelta(hours=8), visible_from=DURING - timedelta(hours=8),
    )  # fmt: skip
    return replace(ISLES, posts={**ISLES.posts, "A1": said})


def test_the_sheet_of_acts_is_read_as_who_dealt_with_whom(tmp_path: Path) -> None:
    world, path = acts_world(), tmp_path / "acts.csv"
    path.write_text(acts_csv(world, DURING), "utf-8")
    assert by_hand_acts.looks_like_acts_csv(path)
    [page] = by_hand_acts.pages(path, END, ZoneInfo("UTC"))
    [act] = by_hand_acts.split_interactions(page)
    assert isinstance(act, Interaction)
    assert (act.act, act.actor.handle, act.target_handle) == ("comment", "sefina.leota", "mariam.haddad")
    assert act.target_post == shortcode(world, world.posts["G03"])
    assert act.acted_at == world.posts["A1"].published_at
    assert acts_csv(world, DURING - timedelta(hours=6)).count("\n") == 1


def test_the_clerks_write_down_that_a_post_of_another_platform_is_gone(tmp_path: Path) -> None:
    """Not before it is, and under the key that the platform's own API gives the post."""
    gone = replace(ISLES.posts["G03"], route="sheet", deleted_at=DURING)
    world = replace(ISLES, posts={**ISLES.posts, "G03": gone})
    sheets = [list(csv.DictReader(io.StringIO(hand_csv(world, now)))) for now in (DURING, END)]
    assert [sum(row["platform"] == "instagram" for row in rows) for rows in sheets] == [0, 1]
    path = tmp_path / "hand.csv"
    path.write_text(hand_csv(world, END), "utf-8")
    pages = [page for page in by_hand.pages(path, END, ZoneInfo("UTC")) if page.platform == "instagram"]
    posts = [by_hand.parse(item) for page in pages for item in by_hand.split(page) if isinstance(item, RawItem)]
    assert [(post.post_id, post.deleted_at) for post in posts if isinstance(post, Post)] == [
        (shortcode(world, gone), DURING)
    ]


def test_only_what_has_something_in_it_lies_on_the_desk() -> None:
    assert "acts-seen-by-hand.csv" not in desk.files(ISLES, END)
    assert "acts-seen-by-hand.csv" in desk.files(acts_world(), END)
    assert "zeeschuimer.ndjson" in desk.files(browsed_world(), END)
