"""The WordPress connector against a WordPress."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import wordpress as connector
from connectors import wordpress_walk
from connectors.records import Page, Post, RawItem, Search
from connectors.transport import Transport

pytestmark = [pytest.mark.realserver, pytest.mark.timeout(300)]
BEFORE, AFTER = datetime(2021, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


def _read(site: Any, tag: str = "itp28", since: datetime = BEFORE) -> list[tuple[Page, RawItem, Post]]:
    """Both routes, read to their end and parsed; every item must be readable."""
    found = []
    for query in connector.queries((tag,), {"sites": [site.url]}):
        for page in connector.fetch(Search(query=query, since=since, until=AFTER), Transport(), {}):
            for item in connector.split(page):
                assert isinstance(item, RawItem)
                post = connector.parse(item)
                assert isinstance(post, Post)
                found.append((page, item, post))
    return found


def _tagged(found: list[tuple[Page, RawItem, Post]], tag: str = "itp28") -> set[int]:
    return {int(post.post_id.rsplit("/", 1)[-1]) for _, item, post in found if tag in post.hashtags and item.public}


def test_exactly_the_true_posts_are_found(wordpress: Any) -> None:
    """150 true posts of 200: drafts and look-alikes stay out, posts that are only filed under the tag come in."""
    found = _read(wordpress)
    assert len(wordpress.true_ids) == 150
    assert _tagged(found) == wordpress.true_ids
    texts = {post.post_id: post.text or "" for _, _, post in found}
    assert any("#ITP28extra" in text for text in texts.values()), "search does find look-alikes"
    assert any(text.startswith("Tagged only") for text in texts.values())
    assert not any("&amp;" in text for text in texts.values())


def test_the_routes_name_posts_alike_and_tell_their_authors(wordpress: Any) -> None:
    """A post has one name on both routes; author, time and address are the site's."""
    by_query: dict[str, set[str]] = {}
    for page, _, post in _read(wordpress):
        by_query.setdefault(page.query, set()).add(post.post_id)
        assert post.author is not None
        assert (post.author.handle or "").startswith("fellow")
        assert (post.author.display_name or "").endswith("✨")
        assert post.created_at is not None
        assert post.created_at.year == 2021
        assert not post.flags
    tag, search = by_query.values()
    assert tag & search
    assert tag - search, "taxonomy only"
    assert search - tag


@pytest.mark.parametrize("hours", [0, 14 * 24, 27 * 24])
def test_modified_after_with_its_offset_is_exact(wordpress: Any, hours: int) -> None:
    """The site's own zone is New York, yet the window begins at our moment in UTC, to the second."""
    since = datetime(2021, 2, 1, 9, 0, 0, tzinfo=UTC) + timedelta(hours=hours)
    modified = wordpress.run(
        'global $wpdb; echo json_encode($wpdb->get_results("select ID, post_modified_gmt m from $wpdb->posts where'
        " post_type='post' and post_status='publish'\"));"
    )
    rows = {int(row["ID"]): datetime.fromisoformat(row["m"]).replace(tzinfo=UTC) for row in json.loads(modified)}
    expected = {post for post in wordpress.true_ids if rows[post] >= since}
    assert _tagged(_read(wordpress, since=since)) == expected


def test_an_edit_comes_again_and_a_password_hides(wordpress: Any) -> None:
    """An edited post is in the window of its edit; a post that now has a password is no longer public."""
    edited, hidden = sorted(wordpress.true_ids)[:2]
    now = datetime.now(UTC) - timedelta(minutes=1)
    wordpress.run(f"wp_update_post(['ID' => {edited}, 'post_content' => '<p>Edited, still #ITP28</p>']);")
    wordpress.run(f"wp_update_post(['ID' => {hidden}, 'post_password' => 'secret']);")
    try:
        found = {post.post_id.rsplit("/", 1)[-1]: (item, post) for _, item, post in _read(wordpress, since=now)}
        assert found[str(edited)][1].text == "Edited, still #ITP28"
        edited_at = found[str(edited)][1].edited_at
        assert edited_at is not None
        assert edited_at >= now
        assert str(hidden) not in found or not found[str(hidden)][0].public
    finally:
        wordpress.run(f"wp_update_post(['ID' => {hidden}, 'post_password' => '']);")


def test_a_tag_that_nobody_used_is_silence(wordpress: Any) -> None:
    """No tag of that name is no error: both routes end with nothing."""
    assert _read(wordpress, tag="nobodyusesthis") == []


def test_past_the_end_is_the_400_that_we_know(wordpress: Any) -> None:
    """The server's own answer for a page past the end is the one that ends our walk."""
    answer = Transport().get(f"{wordpress.url}/wp-json/wp/v2/posts", {"page": 99}, allow={400})
    assert answer.json()["code"] == wordpress_walk.PAST_THE_END


def test_probe_counts_the_posts(wordpress: Any) -> None:
    """Doctor's sentence tells that the site answers."""
    query = connector.queries(("itp28",), {"sites": [wordpress.url]})[0]
    assert "posts to everybody" in connector.probe(query, Transport(), {}).works
