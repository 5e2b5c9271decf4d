"""All posts of a WordPress site, and who wrote them: https://developer.wordpress.org/rest-api/reference/posts/.

Where a member of staff publishes for others, the account is theirs and the text names the author (`bylines`). Plugins
for several authors tell them on routes of their own, a request for each post; they are not asked.

A list is read whole each time: edits come in by that, and what is missing in it is asked for alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from connectors import wordpress_post, wordpress_reread
from connectors.bylines import PHRASES, bylines
from connectors.records import Again, BlogPost, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport
from connectors.wordpress_walk import SECOND, Listing, page_of, walk, written

EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Before WordPress. A post that was scheduled was changed last before it was published."""


def fetch(search: Search, transport: Transport) -> Iterator[Page]:
    """All posts published since the window's start, in the order of their last change."""
    asked = {"after": written(search.since - SECOND), **wordpress_post.WANTED}
    listing = Listing(path="/wp/v2/posts", asked=asked, order="modified", bound="modified_after")
    for answer, _ in walk(listing, EVER, search.query, transport):
        yield page_of(answer, search.query, transport)


def ask_again(post_ids: Iterable[str], query: Query, transport: Transport) -> Iterator[Again]:
    """What became of posts that the list does not hold any more. The keys of what is gone are the post's numbers."""
    items = [
        RawItem(
            platform=query.platform,
            source=query.source,
            key=post_id,
            body=json.dumps({"id": post_id}).encode(),
            observed_at=transport.clock(),
        )
        for post_id in post_ids
    ]
    return wordpress_reread.reread(items, query, transport)


def split(page: Page, phrases: Sequence[str] = PHRASES) -> Iterator[BlogPost | Rejected]:
    """The posts of a page. Raises `BadAnswer` if it cannot be cut at all."""
    for item in wordpress_post.split(page):
        yield item if isinstance(item, Rejected) else _blog_post(item, phrases)


def _blog_post(item: RawItem, phrases: Sequence[str]) -> BlogPost | Rejected:
    post = wordpress_post.parse(item)
    if isinstance(post, Rejected):
        return post
    if post.created_at is None:
        return item.unreadable("bad_time", "a post of the blog does not say when it was published")
    return BlogPost(
        platform=post.platform,
        source=post.source,
        post_id=_number(post),
        url=post.url,
        published_at=post.created_at,
        modified_at=post.edited_at,
        author=post.author,
        bylines=bylines(post.text or "", phrases),
        hashtags=post.hashtags,
        observed_at=item.observed_at,
        accounts=item.accounts,
        public=item.public,
    )


def _number(post: Post) -> str:
    """Without the site's name for itself before it."""
    return post.post_id.rpartition("/")[2]
