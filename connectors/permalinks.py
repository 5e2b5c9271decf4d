"""From a post's web address to the platform's permanent name of the post, without asking anybody.

The same key as the connectors give, as far as an address
tells it: a Bluesky address with a handle and a Mastodon address on somebody else's server name a post without its
author's permanent id, so their keys stay what the address says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import regex

X_HOSTS = {"x.com", "twitter.com", "vxtwitter.com", "fxtwitter.com", "fixupx.com", "fixvx.com"}
TRACKING = {"igsh", "igshid", "s", "t", "si", "ref", "ref_src", "ref_url", "fbclid", "gclid", "mibextid", "rdid", "hl"}
PREFIXES = ("www.", "mobile.", "m.", "web.", "mbasic.", "touch.")


class Permalink(NamedTuple):
    platform: str
    key: str


def permalink(url: str) -> Permalink | None:
    """The platform and key of the post at this address; None if it is not the address of a post we know how to read."""
    parts = _split(url)
    if parts is None:
        return None
    host, path, query = parts
    for hosts, platform, read in PLATFORMS:
        if _bare(host) in hosts:
            key = read(path, query)
            return Permalink(platform, key) if key else None
    key = _mastodon(host, path)
    return Permalink("mastodon", key) if key else None


def known_host(url: str) -> bool:
    """Whether the address is on one of the large platforms' own hosts, of a post or not."""
    parts = _split(url)
    return parts is not None and any(_bare(parts[0]) in hosts for hosts, _, _ in PLATFORMS)


def clean(url: str) -> str | None:
    """The address without tracking parameters and fragment; None if it is no http(s) address."""
    if _split(url) is None:
        return None
    scheme, host, path, query, _ = urlsplit(url.strip())
    return urlunsplit((scheme.lower(), host.lower(), path, _without_tracking(query), ""))


def _split(url: str) -> tuple[str, str, dict[str, str]] | None:
    text = url.strip()
    if regex.search(r"[\s\p{Cc}]", text):
        return None
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # e.g. a broken IPv6 host
        return None
    if parts.scheme.lower() not in ("http", "https") or "." not in host:
        return None
    return host, "/" + parts.path.strip("/"), dict(parse_qsl(parts.query))


def _bare(host: str) -> str:
    """A known platform's host without its `www.`, `m.` … (an unknown server's name is left as it is)."""
    for prefix in PREFIXES:
        host = host.removeprefix(prefix)
    return host


def _without_tracking(query: str) -> str:
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _tracks(name)]
    return urlencode(kept)


def _tracks(name: str) -> bool:
    return name.lower() in TRACKING or name.lower().startswith(("utm_", "__"))


def _first(path: str, *patterns: str) -> str | None:
    for pattern in patterns:
        if found := regex.match(pattern, path):
            return str(found[1])
    return None


def _x(path: str, query: dict[str, str]) -> str | None:
    return _first(path, r"/(?:\w+|i/web)/status(?:es)?/([0-9]{1,20})(?:/|$)")


def _instagram(path: str, query: dict[str, str]) -> str | None:
    """What follows `/share/p/` is the name of the act of sharing, and only Instagram knows of which post."""
    post = _first(path, r"/(?:(?!share/)[\w.]+/)?(?:p|reel|reels|tv)/([\w-]{5,})(?:/|$)")
    return _with_comment(post, _first(path, r"/.+/c/([0-9]+)(?:/|$)"))


def _threads(path: str, query: dict[str, str]) -> str | None:
    return _first(path, r"/@[\w.]+/post/([\w-]+)(?:/|$)", r"/t/([\w-]+)(?:/|$)")


def _bluesky(path: str, query: dict[str, str]) -> str | None:
    found = regex.match(r"/profile/([\w.:%-]+)/post/([\w~.:-]+)(?:/|$)", path)
    return f"at://{found[1].replace('%3A', ':')}/app.bsky.feed.post/{found[2]}" if found else None


def _youtube(path: str, query: dict[str, str]) -> str | None:
    if path == "/watch":
        return _with_comment(_first(query.get("v", ""), r"([\w-]{11})$"), query.get("lc"))
    return _first(path, r"/(?:shorts|live|embed)/([\w-]{11})(?:/|$)")


def _youtu_be(path: str, query: dict[str, str]) -> str | None:
    return _first(path, r"/([\w-]{11})(?:/|$)")


def _tiktok(path: str, query: dict[str, str]) -> str | None:
    return _first(path, r"/@[\w.]+/(?:video|photo)/([0-9]{5,20})(?:/|$)")


def _with_comment(post: str | None, comment: str | None) -> str | None:
    """A comment's address is its post's with the comment's id, and is another item: `post_comment`."""
    return f"{post}_{comment}" if post and comment and regex.fullmatch(r"[\w.-]+", comment) else post


def _facebook(path: str, query: dict[str, str]) -> str | None:
    """Groups and pages have addresses by number and by name for one post; the post's own id is what stays."""
    return _with_comment(_facebook_post(path, query), query.get("reply_comment_id") or query.get("comment_id"))


def _facebook_post(path: str, query: dict[str, str]) -> str | None:
    in_path = _first(
        path,
        r"/groups/[^/]+/(?:permalink|posts)/(\w+)(?:/|$)",
        r"/[^/]+/(?:posts|videos|photos)/(?:[^/]+/)*(\w{5,})$",
        r"/(?:reel|watch)/(\w+)(?:/|$)",
    )
    if in_path:
        return in_path
    if shared := regex.match(r"/(share/(?:[prv]/)?\w+)$", path):
        return str(shared[1])
    by_page = {"/permalink.php": "story_fbid", "/story.php": "story_fbid", "/watch": "v"}
    by_page |= {"/photo.php": "fbid", "/photo": "fbid", "/video.php": "v"}
    in_group = query.get("multi_permalinks") if path.startswith("/groups/") else None
    return _first(in_group or query.get(by_page.get(path, ""), ""), r"(\w+)$")


def _mastodon(host: str, path: str) -> str | None:
    """The status's `uri` on its author's server; the address itself where it is a copy on another server."""
    if own := regex.fullmatch(r"/(?:@|users/)(\w[\w.-]*)(?:/statuses)?/([0-9A-Za-z]{6,})", path):
        is_old_form = path.startswith("/users/") and "/statuses/" in path
        return f"https://{host}/users/{own[1]}/statuses/{own[2]}" if is_old_form or path.startswith("/@") else None
    if regex.fullmatch(r"/@\w[\w.-]*@[\w.-]+/[0-9A-Za-z]{6,}", path):
        return f"https://{host}{path}"
    return None


PLATFORMS: tuple[tuple[set[str], str, Callable[[str, dict[str, str]], str | None]], ...] = (
    (X_HOSTS, "x", _x),
    ({"instagram.com", "instagr.am"}, "instagram", _instagram),
    ({"threads.net", "threads.com"}, "threads", _threads),
    ({"bsky.app"}, "bluesky", _bluesky),
    ({"youtube.com", "youtube-nocookie.com", "music.youtube.com"}, "youtube", _youtube),
    ({"youtu.be"}, "youtube", _youtu_be),
    ({"tiktok.com"}, "tiktok", _tiktok),
    ({"facebook.com", "fb.com"}, "facebook", _facebook),
)
