"""The simulated WordPress site speaks WordPress's language, seen with plain requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.server import Sandbox
from sandbox.world import moment

SITE = "wordpress/workshop.lanterns.example"
AFTER = "2026-02-12T06:00:00Z"


def get(sandbox: Sandbox, route: str = "posts", **asked: Any) -> requests.Response:
    return requests.get(f"{sandbox.urls[SITE]}/wp-json/wp/v2/{route}", params=asked, timeout=5)


def tag_id(sandbox: Sandbox, slug: str = "lanterns7") -> int:
    return int(get(sandbox, "tags", slug=slug).json()[0]["id"])


def titles(answer: requests.Response) -> set[str]:
    return {post["title"]["rendered"] for post in answer.json()}


def test_pages_are_numbered_and_end_with_a_400(sandbox: Sandbox) -> None:
    """Totals stand in the headers; a page past the end is a 400 with WordPress's own code."""
    sandbox.clock.set(moment(AFTER))
    first = get(sandbox, per_page=5)
    total, pages = int(first.headers["X-WP-Total"]), int(first.headers["X-WP-TotalPages"])
    assert pages == -(-total // 5)
    ids = [post["id"] for page in range(1, pages + 1) for post in get(sandbox, per_page=5, page=page).json()]
    assert len(set(ids)) == len(ids) == total
    past = get(sandbox, per_page=5, page=pages + 1)
    assert (past.status_code, past.json()["code"]) == (400, "rest_post_invalid_page_number")
    assert get(sandbox, per_page=101).status_code == 400


def test_search_is_a_substring_without_its_sign(sandbox: Sandbox) -> None:
    """`search` ignores `#` and finds look-alikes; the tag finds posts whose text has none, and protected ones."""
    sandbox.clock.set(moment(AFTER))
    searched = titles(get(sandbox, search="#Lanterns7", per_page=100))
    filed = titles(get(sandbox, tags=tag_id(sandbox), per_page=100))
    assert {"Retrospective", "Catalogue", "The press room"} <= searched - filed
    assert {"Below the mill", "Protected: For the family"} <= filed - searched


def test_times_are_the_sites_own(sandbox: Sandbox) -> None:
    """`date` is naive and 5:45 ahead of `date_gmt`, and a bound without an offset is read in the site's zone."""
    sandbox.clock.set(moment(AFTER))
    [post] = [p for p in get(sandbox, per_page=100).json() if p["title"]["rendered"] == "Oil and wick"]
    apart = datetime.fromisoformat(post["date"]) - datetime.fromisoformat(post["date_gmt"])
    assert (post["date_gmt"], apart) == ("2026-02-02T20:00:00", timedelta(hours=5, minutes=45))
    assert post["id"] in {p["id"] for p in get(sandbox, after="2026-02-02T19:59:00Z", per_page=100).json()}
    assert post["id"] in {p["id"] for p in get(sandbox, after="2026-02-03T01:44:00", per_page=100).json()}
    assert post["id"] not in {p["id"] for p in get(sandbox, after="2026-02-03T01:46:00", per_page=100).json()}


def test_a_back_dated_post_is_found_by_its_change(sandbox: Sandbox) -> None:
    """A post published later under an older date has a new `modified`, and `modified_after` finds it."""
    sandbox.clock.set(moment(AFTER))
    found = get(sandbox, modified_after="2026-02-08T12:00:00Z", orderby="modified", order="asc", per_page=100)
    assert "The choir" in titles(found)
    changes = [post["modified_gmt"] for post in found.json()]
    assert changes == sorted(changes)
    assert "The choir" not in titles(get(sandbox, after="2026-02-08T12:00:00Z", per_page=100))


def test_fields_and_embeds(sandbox: Sandbox) -> None:
    """`_fields` trims, `_embed` brings the author along, and without `_links` among the fields nothing is embedded."""
    sandbox.clock.set(moment(AFTER))
    [post] = get(sandbox, search="Lanterns7", per_page=1, _embed="author", _fields="id,_links,_embedded").json()
    assert post.keys() == {"id", "_links", "_embedded"}
    assert post["_embedded"]["author"][0]["slug"] in {"lantern-house", "edward", "ravi", "sunita", "bishnu"}
    [bare] = get(sandbox, search="Lanterns7", per_page=1, _embed="author", _fields="id,_embedded").json()
    assert bare.keys() == {"id"}


def test_protected_posts_have_no_content_and_titles_have_entities(sandbox: Sandbox) -> None:
    """Protected posts are listed empty; quotation marks and dashes come as entities."""
    sandbox.clock.set(moment(AFTER))
    posts = {post["title"]["rendered"]: post for post in get(sandbox, per_page=100).json()}
    assert posts["Protected: For the family"]["content"] == {"rendered": "", "protected": True}
    assert "my father&#8217;s whistle &#8211; &amp; the dog&#8230;" in posts["It&#8217;s a tune"]["content"]["rendered"]


def test_posts_by_number(sandbox: Sandbox) -> None:
    """Several by `include`, of which only those are told that are there; one alone, and 404 for one that never was."""
    sandbox.clock.set(moment(AFTER))
    ids = [post["id"] for post in get(sandbox, per_page=3).json()]
    assert {post["id"] for post in get(sandbox, include=f"{ids[0]},{ids[1]},99999").json()} == set(ids[:2])
    assert get(sandbox, f"posts/{ids[0]}").json()["id"] == ids[0]
    missing = get(sandbox, "posts/99999")
    assert (missing.status_code, missing.json()["code"]) == (404, "rest_post_invalid_id")


def test_a_blog_without_comments_lists_none(sandbox: Sandbox) -> None:
    """An empty list with its totals, as WordPress gives it."""
    answer = get(sandbox, "comments")
    assert (answer.json(), answer.headers["X-WP-Total"]) == ([], "0")
