"""Posts by fellows on the programme's own blog: as planted, and without a change to what the campaign counts."""

from __future__ import annotations

import pytest

from sandbox.truth import truth
from sandbox.world import World
from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

BY_CLASS = {
    # year and class of author: posts, of these inside the campaign, authors
    "2025 fellow": (11, 0, 11), "2025 partner": (1, 0, 1), "2025 staff": (4, 0, 2), "2025 other": (0, 0, 0),
    "2025 unknown": (3, 0, None), "2025 total": (18, 0, 14),
    "2026 fellow": (35, 24, 17), "2026 partner": (1, 0, 1), "2026 staff": (4, 3, 1), "2026 other": (1, 0, 1),
    "2026 unknown": (0, 0, None), "2026 total": (40, 27, 20),
}  # fmt: skip
MEASURES = "posts, posts_inside, authors"


def test_posts_by_year_and_class_of_author(published: Warehouse) -> None:
    """Bylines, own accounts, two authors, a guest, a late byline, a post deleted, one scheduled, one of who refuses."""
    rows = published.rows(f"select year || ' ' || author_class, {MEASURES} from metrics.metric_blog")
    assert {cell: tuple(counted) for cell, *counted in rows} == BY_CLASS
    assert published.rows("select 1 from metrics.metric_blog where posts <> posts_inside + posts_outside") == []


def test_the_plan_says_the_same(reference: World) -> None:
    """The simulator's own truth, from blog.csv and the campaign's planned posts."""
    told = truth(reference)["blog"]
    planted = {cell: (one["posts"], one["posts_inside"], one["authors"]) for cell, one in told.items()}
    assert planted == {cell: (posts, inside, authors or 0) for cell, (posts, inside, authors) in BY_CLASS.items()}


def test_it_was_read_to_the_last_day(published: Warehouse) -> None:
    days = published.rows("select distinct year, read_from::text, read_until::text from metrics.metric_blog order by 1")
    assert days == [(2025, "2025-01-01", "2025-12-31"), (2026, "2026-01-01", "2026-03-15")]


def test_no_post_of_it_is_an_item_of_the_campaign(published: Warehouse) -> None:
    """The blog's 44 items stay 44, and every tagged post of the blog is one of them or a comment on one."""
    assert published.rows("select sum(items) from metrics.metric_waterfall where step = 'seen'") == [(2128,)]
    assert published.rows("select count(*) from core.item where platform = 'wordpress'") == [(27,)]
    assert published.rows("select is_tagged, count(*) from core.blog_post where deleted_at is null group by 1") == [
        (False, 31),
        (True, 27),
    ]
