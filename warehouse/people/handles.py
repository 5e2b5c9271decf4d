"""A handle as a roster's people write it (`@name`, a profile's address, any case) in the one form that is compared."""

from __future__ import annotations

import unicodedata
from urllib.parse import parse_qs, unquote, urlsplit

import regex

HOSTS = {
    "x.com": "x",
    "twitter.com": "x",
    "instagram.com": "instagram",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "threads.net": "threads",
    "threads.com": "threads",
    "bsky.app": "bluesky",
    "youtube.com": "youtube",
    "tiktok.com": "tiktok",
}
NO_NAMES = {"p", "reel", "groups", "i", "watch", "hashtag", "explore", "share", "status", "home", "people"}
MANGLED = regex.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")


class NotAHandle(ValueError):
    """What is wrong with the cell, as the second half of a sentence; never the cell itself."""


def normalise(platform: str, cell: str) -> str:
    """Lower case, without `@`; Mastodon's as `name@host`, a blog's as `slug@site` or the slug alone.

    Names stay as they are but for case and blanks.
    """
    text = " ".join(unicodedata.normalize("NFKC", cell).split())
    if is_mangled(text):
        raise NotAHandle("holds a number that a spreadsheet program has rounded: enter it as text")
    if regex.match(r"https?://", text, regex.IGNORECASE) or regex.match(r"(?:www\.)?[\w-]+\.\w+/", text):
        text = _from_address(platform, text)
    handle = text.removeprefix("@").strip().casefold()
    if not handle:
        raise NotAHandle("holds no name")
    if platform == "mastodon" and not regex.fullmatch(r"[\w.-]+@[\w-]+(?:\.[\w-]+)+(?::\d+)?", handle):
        raise NotAHandle("has no server: a Mastodon handle is name@server")
    if platform == "wordpress" and "@" in handle:
        return _on_a_site(handle)
    if platform not in ("facebook", "wordpress", "email") and " " in handle:
        raise NotAHandle("holds a blank, which no handle of this platform can")
    return handle


def is_mangled(cell: str) -> bool:
    """Whether a spreadsheet program has made a rounded number of an id (`1.23457E+18`)."""
    return bool(MANGLED.fullmatch(cell.strip()))


def _from_address(platform: str, address: str) -> str:
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        raise NotAHandle("holds an address that cannot be read") from None
    path = [piece for piece in parts.path.split("/") if piece]
    if platform == "wordpress":
        return _blog_author([parts.netloc.removeprefix("www."), *path])
    if HOSTS.get(host, "mastodon") != platform:
        raise NotAHandle("holds an address of another platform")
    if path[:1] in (["profile"], ["users"], ["user"], ["c"]):
        path = path[1:]
    if platform == "facebook" and path[:1] == ["profile.php"]:
        path = parse_qs(parts.query).get("id", [])
    if len(path) != 1 or path[0].lower() in NO_NAMES:
        raise NotAHandle("holds an address that is not the one of a profile")
    name = path[0].removeprefix("@")
    return f"{name}@{host}" if platform == "mastodon" and "@" not in name else name


def _blog_author(address: list[str]) -> str:
    """An author's archive, `site/author/slug`, as `slug@site`; any other address stays what it is."""
    if "author" not in address[1:-1]:
        return "/".join(address)
    at = address.index("author", 1)
    return f"{unquote(address[at + 1])}@{'/'.join(address[:at])}"


def _on_a_site(handle: str) -> str:
    slug, _, site = handle.partition("@")
    site = regex.sub(r"^https?://", "", site).removeprefix("www.").rstrip("/")
    if not slug or not regex.fullmatch(r"[^\s@/]+[.:][^\s@/]+(?:/[^\s@]+)?", site):
        raise NotAHandle("has no site after its @: on a blog it is slug@site")
    return f"{slug}@{site}"


def plain_name(name: str) -> str:
    """A name in the form in which two are compared: NFKC, case-folded, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
