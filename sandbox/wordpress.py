"""A WordPress site's REST API, as a visitor without an account sees it.

Truth: developer.wordpress.org/rest-api (posts, tags, comments, pagination) and the behaviour of WordPress 6: naive
times in the site's zone, `search` as a substring, a 400 past the last page, protected posts listed without their
content, 401 for one that is not published and 404 for one that is not there, users without a post hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox import pictures
from sandbox import wordpress_comments as comments
from sandbox.exchange import Answer, Asked, as_json
from sandbox.ids import number
from sandbox.limits import Windows
from sandbox.wordpress_text import naive, page_links, texturised
from sandbox.world import Planned, Version, World, folded

FIRST_OF_BLOG = 7001
"""The programme's own posts are numbered apart, so that the campaign's keep their numbers without them."""
POST = re.compile(r"/wp-json/wp/v2/posts/(?P<id>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post as the site shows it at one moment."""

    post: Planned
    number: int
    version: Version
    modified_at: datetime


def options(world: World, urls: tuple[str, ...]) -> dict[str, Any]:
    """What the campaign file says of these sites."""
    return {"sites": list(urls)}


def places(world: World, windows: Windows) -> tuple[Site, ...]:
    """A site limits nobody."""
    return tuple(Site(world, settings) for settings in world.places("wordpress"))


def meets(world: World, post: Planned, now: datetime) -> bool:
    """Whether a collector is shown this post at this moment, by the site's tag or by a search for the campaign's words.

    A search finds substrings, so look-alikes are met too. A protected post is found by its tag alone, and empty; a
    private one and a comment are in neither list. Whoever met a post can ask for it again whatever it says: not here.
    """
    version = post.at(now)
    if version is None or post.kind == "reply" or post.visibility == "private":
        return False
    filed = bool({folded(tag) for tag in version.tags} & world.hashtags)
    words = folded(f"{post.title} {version.text}")
    return filed or (post.visibility == "public" and any(tag in words for tag in world.hashtags))


@dataclass
class Site:
    world: World
    settings: Mapping[str, Any]
    platform = "wordpress"

    def __post_init__(self) -> None:
        self.domain = str(self.settings["domain"])
        self.name = f"wordpress/{self.domain}"
        self.zone = ZoneInfo(self.settings.get("zone", "UTC"))
        everything = [post for post in self.world.on("wordpress") if post.place == self.domain]
        own = [post for post in everything if post.kind != "reply"]
        self.comments = [post for post in everything if post.kind == "reply"]
        self.numbers = {post.plan_id: 1001 + 3 * n for n, post in enumerate(own)}
        blog = [plan.post for plan in self.world.blog if plan.post.place == self.domain]
        self.numbers |= {post.plan_id: FIRST_OF_BLOG + 3 * n for n, post in enumerate(blog)}
        self.posts = [*own, *blog]
        slugs = [*_tags(own), *(tag for tag in _tags(blog) if tag not in _tags(own))]
        self.tag_ids = {slug: 11 + n for n, slug in enumerate(slugs)}
        users = sorted({post.author for post in everything if not post.author_hidden})
        users += sorted({post.author for post in blog} - set(users))
        self.author_ids = {person_id: 2 + n for n, person_id in enumerate(users)}

    def answer(self, asked: Asked, now: datetime) -> Answer:
        path = asked.one("rest_route") or asked.path.removeprefix("/wp-json")
        root = (("Link", f'<{asked.base}/wp-json/>; rel="https://api.w.org/"'),)
        if path in {"/", ""}:
            return as_json(self._about(asked, now), headers=root)
        if path.rstrip("/") == "/wp/v2/posts":
            return self._posts(asked, now)
        if path.rstrip("/") == "/wp/v2/tags":
            return self._tags(asked, now)
        if path.rstrip("/") == "/wp/v2/comments":
            return comments.listed(self, asked, now)
        if match := POST.fullmatch(asked.path):
            return self._one(int(match["id"]), asked, now)
        return self.error(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _one(self, number: int, asked: Asked, now: datetime) -> Answer:
        found = [shown for shown in self.shown(now) if shown.number == number]
        if found:
            return as_json(self.trimmed(self._document(found[0], asked), asked))
        hidden = [post for post in self.posts if self.numbers[post.plan_id] == number and post.at(now)]
        if hidden:
            return self.error(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
        return self.error(404, "rest_post_invalid_id", "Invalid post ID.")

    def refusal(self, status: int, code: str = "") -> Answer:
        if status in {401, 403}:
            return self.error(status, "rest_not_logged_in", "You are not currently logged in.")
        if status >= 500:
            page = "<!DOCTYPE html><html><body><p>There has been a critical error on this website.</p></body></html>"
            return Answer(status=status, body=page.encode(), headers=(("Content-Type", "text/html; charset=UTF-8"),))
        return self.error(status, code or "too_many_requests", "Too many requests.")

    def records(self, document: Any) -> list[Any]:
        posts: list[Any] = document
        return posts

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        many = (("X-WP-Total", "99900"), ("X-WP-TotalPages", "999"))
        return answer.with_headers(many) if asked.path.endswith("/posts") else answer

    def error(self, status: int, code: str, message: str, **data: Any) -> Answer:
        return as_json({"code": code, "message": message, "data": {"status": status, **data}}, status)

    def _about(self, asked: Asked, now: datetime) -> dict[str, Any]:
        offset = now.astimezone(self.zone).utcoffset()
        return {
            "name": self.domain,
            "description": "",
            "url": asked.base,
            "home": asked.base,
            "gmt_offset": offset.total_seconds() / 3600 if offset else 0,
            "timezone_string": str(self.zone),
            "namespaces": ["oembed/1.0", "wp/v2"],
            "authentication": {},
            "routes": {"/wp/v2/posts": {}, "/wp/v2/tags": {}, "/wp/v2/comments": {}},
        }

    def shown(self, now: datetime) -> list[Shown]:
        shown = []
        for post in self.posts:
            if post.visibility != "private" and (version := post.at(now)):
                modified_at = max(version.since, post.visible_from)
                shown.append(
                    Shown(post=post, number=self.numbers[post.plan_id], version=version, modified_at=modified_at)
                )
        return shown

    def _posts(self, asked: Asked, now: datetime) -> Answer:
        try:
            size, page = int(asked.one("per_page") or 10), int(asked.one("page") or 1)
            bounds = {
                name: self.moment(value)
                for name in ("after", "before", "modified_after", "modified_before")
                if (value := asked.one(name))
            }
        except ValueError:
            return self.error(400, "rest_invalid_param", "Invalid parameter(s).")
        if not (1 <= size <= 100 and page >= 1):
            return self.error(
                400,
                "rest_invalid_param",
                "Invalid parameter(s): per_page",
                params={"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"},
            )
        found = [shown for shown in self.shown(now) if self._wanted(shown, asked) and _within(shown, bounds)]
        column = asked.one("orderby", "date")
        found.sort(
            key=lambda shown: (shown.modified_at if column == "modified" else shown.post.published_at, shown.number)
        )
        if asked.one("order", "desc") == "desc":
            found.reverse()
        pages = -(-len(found) // size)
        if page > pages and found:
            return self.error(
                400,
                "rest_post_invalid_page_number",
                "The page number requested is larger than the number of pages available.",
            )
        part = found[(page - 1) * size : page * size]
        headers = (("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(pages)), *page_links(asked, page, pages))
        return as_json([self.trimmed(self._document(shown, asked), asked) for shown in part], headers=headers)

    def _wanted(self, shown: Shown, asked: Asked) -> bool:
        if asked.many("include") and str(shown.number) not in asked.many("include"):
            return False
        if asked.many("tags") and not {str(self.tag_ids[slug]) for slug in shown.version.tags} & set(
            asked.many("tags")
        ):
            return False
        terms = [term.lstrip("#").casefold() for term in (asked.one("search") or "").split()]
        if terms and shown.post.visibility == "protected":
            return False
        everything = f"{shown.post.title} {shown.version.text}".casefold()
        return all(term in everything for term in terms)

    def _tags(self, asked: Asked, now: datetime) -> Answer:
        used = [slug for shown in self.shown(now) for slug in shown.version.tags]
        wanted = {folded(slug) for slug in asked.many("slug")}
        search = (asked.one("search") or "").lstrip("#").casefold()
        found = [slug for slug in sorted(set(used)) if (not wanted or slug in wanted) and search in slug]
        documents = [
            {
                "id": self.tag_ids[slug],
                "count": used.count(slug),
                "description": "",
                "name": slug,
                "slug": slug,
                "taxonomy": "post_tag",
                "meta": [],
            }
            for slug in found
        ]
        size, page = int(asked.one("per_page") or 10), int(asked.one("page") or 1)
        headers = (("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(-(-len(found) // size))))
        return as_json(documents[(page - 1) * size : page * size], headers=headers)

    def moment(self, text: str) -> datetime:
        """A time without an offset is the site's local time."""
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _document(self, shown: Shown, asked: Asked) -> dict[str, Any]:
        post, protected = shown.post, shown.post.visibility == "protected"
        slug = re.sub(r"\W+", "-", post.title.casefold()).strip("-") or str(shown.number)
        local = post.published_at.astimezone(self.zone)
        html = "" if protected else "\n".join(f"<p>{texturised(part)}</p>" for part in shown.version.text.split("\n\n"))
        document: dict[str, Any] = {
            "id": shown.number,
            "date": naive(local),
            "date_gmt": naive(post.published_at),
            "guid": {"rendered": f"https://{self.domain}/?p={shown.number}"},
            "modified": naive(shown.modified_at.astimezone(self.zone)),
            "modified_gmt": naive(shown.modified_at),
            "slug": slug,
            "status": "publish",
            "type": "post",
            "link": f"https://{self.domain}/{local:%Y/%m/%d}/{slug}/",
            "title": {"rendered": ("Protected: " if protected else "") + texturised(post.title)},
            "content": {"rendered": html + "\n" if html else "", "protected": protected},
            "excerpt": {"rendered": "" if protected else html.split("\n")[0] + "\n", "protected": protected},
            "author": self.author_ids[post.author],
            "featured_media": self._picture(post),
            "comment_status": "open",
            "sticky": False,
            "format": "standard",
            "categories": [1],
            "tags": [self.tag_ids[slug] for slug in shown.version.tags],
            "_links": self._document_links(shown, asked),
        }
        if "_embed" in asked.query:
            document["_embedded"] = self._embedded(shown)
        return document

    def _picture(self, post: Planned) -> int:
        return 10**5 + number(self.world.seed, post.image or post.plan_id, below=10**5) if post.media else 0

    def _document_links(self, shown: Shown, asked: Asked) -> dict[str, Any]:
        api = f"{asked.base}/wp-json/wp/v2"
        return {
            "self": [{"href": f"{api}/posts/{shown.number}"}],
            "author": [{"embeddable": True, "href": f"{api}/users/{self.author_ids[shown.post.author]}"}],
            "wp:term": [{"taxonomy": "post_tag", "embeddable": True, "href": f"{api}/tags?post={shown.number}"}],
        }

    def _embedded(self, shown: Shown) -> dict[str, Any]:
        author = self.user(shown.post)
        terms = [
            {"id": self.tag_ids[tag], "name": tag, "slug": tag, "taxonomy": "post_tag"} for tag in shown.version.tags
        ]
        embedded: dict[str, Any] = {
            "author": [author],
            "wp:term": [[{"id": 1, "name": "News", "slug": "news", "taxonomy": "category"}], terms],
        }
        if shown.post.media:
            picture = self._picture(shown.post)
            address = pictures.address(self.world, shown.post)
            embedded["wp:featuredmedia"] = [
                {"id": picture, "media_type": "image", "mime_type": "image/jpeg", "source_url": address}
            ]
        return embedded

    def user(self, post: Planned) -> dict[str, Any]:
        """The embedded author; an error where a plugin hides users, or where this one has published nothing."""
        if self.settings.get("hides_authors") or post.author not in {own.author for own in self.posts}:
            return {
                "code": "rest_user_cannot_view",
                "message": "Sorry, you are not allowed to list users.",
                "data": {"status": 401},
            }
        person = self.world.people.get(post.author)
        slug = self.world.handle(post) if person else post.author
        return {
            "id": self.author_ids[post.author],
            "name": person.name if person else post.author.title(),
            "url": person.links[0] if person and person.links else "",
            "description": "",
            "link": f"https://{self.domain}/author/{slug}/",
            "slug": slug,
        }

    def trimmed(self, document: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """`_fields`: without `_links` among them, WordPress embeds nothing."""
        wanted = {field.partition(".")[0] for field in asked.many("_fields")}
        if not wanted:
            return document
        if "_links" not in wanted:
            wanted.discard("_embedded")
        return {name: value for name, value in document.items() if name in wanted}


def _tags(posts: list[Planned]) -> list[str]:
    return sorted({tag for post in posts for version in post.versions for tag in version.tags})


def _within(shown: Shown, bounds: Mapping[str, datetime]) -> bool:
    """Bounds are exclusive and compare whole seconds."""
    created, modified = shown.post.published_at.replace(microsecond=0), shown.modified_at.replace(microsecond=0)
    return (
        ("after" not in bounds or created > bounds["after"])
        and ("before" not in bounds or created < bounds["before"])
        and ("modified_after" not in bounds or modified > bounds["modified_after"])
        and ("modified_before" not in bounds or modified < bounds["modified_before"])
    )
