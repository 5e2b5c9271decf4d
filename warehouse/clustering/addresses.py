"""Addresses of posts in one form, so that a link is known to lead to a post however it was written."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import regex

HANDED_ON = ("utm_", "fbclid", "igsh", "igshid", "gclid", "ref_", "mibextid")
"""Parameters that tell who passed an address on, not what it leads to."""

POSTS = (
    ("x", regex.compile(r"^(?:\w+\.)?(?:x|twitter)\.com/(?:i/web|i|\w+)/status(?:es)?/(\d+)", regex.IGNORECASE)),
    ("bluesky", regex.compile(r"^at://[^/]+/app\.bsky\.feed\.post/(\w+)")),
    ("bluesky", regex.compile(r"^(?:\w+\.)?bsky\.app/profile/[^/]+/post/(\w+)", regex.IGNORECASE)),
    ("instagram", regex.compile(r"^(?:\w+\.)?instagram\.com/(?:[\w.]+/)?(?:p|reel|tv)/([\w-]+)", regex.IGNORECASE)),
    ("facebook", regex.compile(r"^(?:\w+\.)?facebook\.com/groups/[^/]+/(?:posts|permalink)/(\d+)", regex.IGNORECASE)),
    ("youtube", regex.compile(r"^(?:youtu\.be/|(?:\w+\.)?youtube\.com/(?:watch\?(?:.*&)?v=|shorts/|live/))([\w-]+)")),
    ("mastodon", regex.compile(r"^([^/]+/)(?:users/|@)([^/@]+)(?:/statuses)?/(\d+)$")),
)


def key(address: str) -> str:
    """The same for every way to write one post's address: `x:123`, else host and path without what does not matter."""
    plain = _plain(address)
    for platform, pattern in POSTS:
        if found := pattern.match(plain):
            return f"{platform}:{''.join(found.groups())}"
    return plain


def _plain(address: str) -> str:
    if address.startswith("at://"):
        return address
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address
    if not parts.netloc:
        return address
    host = parts.netloc.lower().removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    asked = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not name.startswith(HANDED_ON)])
    return f"{host}{parts.path.rstrip('/')}{'?' if asked else ''}{asked}"
