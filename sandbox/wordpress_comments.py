"""Comments on a simulated blog: planned answers. Who has no account there (`author_hidden`) signs with a name only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.exchange import Answer, Asked, as_json
from sandbox.wordpress_text import naive, page_links, texturised
from sandbox.world import Planned

if TYPE_CHECKING:
    from sandbox.wordpress import Site

FIRST = 501
"""Comments are numbered by themselves."""


def listed(site: Site, asked: Asked, now: datetime) -> Answer:
    try:
        size, page = int(asked.one("per_page") or 10), int(asked.one("page") or 1)
        bounds = {name: site.moment(value) for name in ("after", "before") if (value := asked.one(name))}
    except ValueError:
        return site.error(400, "rest_invalid_param", "Invalid parameter(s).")
    found = [comment for comment in _shown(site, now) if _wanted(comment, site, asked, bounds)]
    found.sort(key=lambda comment: (comment.published_at, _number(comment, site)))
    if asked.one("order", "desc") == "desc":
        found.reverse()
    pages = -(-len(found) // size)
    headers = (("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(pages)), *page_links(asked, page, pages))
    part = found[(page - 1) * size : page * size]
    return as_json([site.trimmed(_document(comment, site, asked, now), asked) for comment in part], headers=headers)


def _shown(site: Site, now: datetime) -> Iterator[Planned]:
    """Comments of posts that everybody can read."""
    readable = {shown.post.plan_id for shown in site.shown(now) if shown.post.visibility == "public"}
    return (comment for comment in site.comments if comment.at(now) and _post_of(comment, site).plan_id in readable)


def _wanted(comment: Planned, site: Site, asked: Asked, bounds: dict[str, datetime]) -> bool:
    """Bounds are exclusive and compare whole seconds."""
    written, posts = comment.published_at.replace(microsecond=0), asked.many("post")
    return (
        (not posts or str(site.numbers[_post_of(comment, site).plan_id]) in posts)
        and ("after" not in bounds or written > bounds["after"])
        and ("before" not in bounds or written < bounds["before"])
    )


def _post_of(comment: Planned, site: Site) -> Planned:
    """The post at the head of the answers."""
    above = site.world.posts[comment.of or ""]
    return _post_of(above, site) if above.kind == "reply" else above


def _parent(comment: Planned, site: Site) -> Planned | None:
    above = site.world.posts[comment.of or ""]
    return above if above.kind == "reply" else None


def _number(comment: Planned, site: Site) -> int:
    return FIRST + 2 * site.comments.index(comment)


def _writer(comment: Planned, site: Site) -> int:
    return 0 if comment.author_hidden else site.author_ids[comment.author]


def _document(comment: Planned, site: Site, asked: Asked, now: datetime) -> dict[str, Any]:
    post, parent, version = _post_of(comment, site), _parent(comment, site), comment.at(now) or comment.versions[-1]
    number = _number(comment, site)
    document: dict[str, Any] = {
        "id": number,
        "post": site.numbers[post.plan_id],
        "parent": _number(parent, site) if parent else 0,
        "author": _writer(comment, site),
        "author_name": site.world.people[comment.author].name,
        "author_url": "",
        "date": naive(comment.published_at.astimezone(site.zone)),
        "date_gmt": naive(comment.published_at),
        "content": {"rendered": f"<p>{texturised(version.text)}</p>\n"},
        "link": f"https://{site.domain}/?p={site.numbers[post.plan_id]}#comment-{number}",
        "status": "approved",
        "type": "comment",
        "_links": _links(comment, site, asked),
    }
    if "_embed" in asked.query:
        document["_embedded"] = _embedded(comment, site)
    return document


def _links(comment: Planned, site: Site, asked: Asked) -> dict[str, Any]:
    api, parent = f"{asked.base}/wp-json/wp/v2", _parent(comment, site)
    post = site.numbers[_post_of(comment, site).plan_id]
    links: dict[str, Any] = {
        "self": [{"href": f"{api}/comments/{_number(comment, site)}"}],
        "up": [{"embeddable": True, "post_type": "post", "href": f"{api}/posts/{post}"}],
    }
    if parent:
        links["in-reply-to"] = [{"embeddable": True, "href": f"{api}/comments/{_number(parent, site)}"}]
    if not comment.author_hidden:
        links["author"] = [{"embeddable": True, "href": f"{api}/users/{_writer(comment, site)}"}]
    return links


def _embedded(comment: Planned, site: Site) -> dict[str, Any]:
    post, parent = _post_of(comment, site), _parent(comment, site)
    embedded: dict[str, Any] = {"up": [{"id": site.numbers[post.plan_id], "author": site.author_ids[post.author]}]}
    if parent:
        embedded["in-reply-to"] = [{"id": _number(parent, site), "author": _writer(parent, site)}]
    if not comment.author_hidden:
        embedded["author"] = [site.user(comment)]
    return embedded
