"""The pictures of posts: which addresses are a platform's own, and what is to be read there.

Only hosts of the platform are asked: the list below, the instance or site that the campaign file names and what lies
below its name, and the very address of `base_url`. Everything over https, except at an address that the campaign file
itself gives without it. No credential goes there. A redirect is followed to such an address only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import SplitResult, urlsplit

import requests

from connectors.errors import BadAnswer, RequestRefused, TooLarge
from connectors.wire import Bounds, Wire

if TYPE_CHECKING:
    from connectors.looks import Look

State = Literal["hashed", "gone", "refused", "failed"]
HOSTS = {
    "bluesky": ("cdn.bsky.app", "video.bsky.app", "video.cdn.bsky.app"),
    "facebook": ("fbcdn.net",),
    "instagram": ("cdninstagram.com", "fbcdn.net"),
    "mastodon": ("cdn.masto.host",),
    "threads": ("cdninstagram.com", "fbcdn.net"),
    "wordpress": ("files.wordpress.com", "wp.com"),
    "x": ("pbs.twimg.com",),
    "youtube": ("ytimg.com",),
}
"""Where each platform keeps pictures; a name stands for the hosts below it too."""
AT_HOME = frozenset({"mastodon", "wordpress"})
"""Platforms of many servers, each of which keeps pictures of its own."""
GONE = frozenset({404, 410})
LARGEST = 15 * 1024 * 1024
BOUNDS = Bounds(connect=5, read=15, deadline=30, largest=LARGEST)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of reading one picture."""

    state: State
    look: Look | None = None


class Pictures:
    """The way to the pictures of one platform, as read at these servers (base URLs). Several threads may share it."""

    def __init__(self, platform: str, servers: Iterable[str], user_agent: str, bounds: Bounds = BOUNDS) -> None:
        self._may_ask = _own_addresses(platform, frozenset(servers))
        self._wire = Wire(user_agent, bounds, lambda host: None, self._may_ask)
        self._wire.headers["Accept"] = "image/jpeg,image/png,image/webp,image/gif"

    def see(self, url: str) -> Seen:
        """Read a picture and keep nothing of it but its hashes. Never raises for what is there."""
        from connectors.looks import look  # not before it is needed: it brings numpy along

        if not self._may_ask(url):
            return Seen("refused")
        try:
            answer = self._wire.get(url)
            if answer.status_code != 200:
                return Seen("gone" if answer.status_code in GONE else "failed")
            return Seen("hashed", look(answer.content))
        except (TooLarge, RequestRefused):
            return Seen("refused")
        except (requests.RequestException, BadAnswer):
            return Seen("failed")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._wire.close()


def _own_addresses(platform: str, servers: frozenset[str]) -> Callable[[str], bool]:
    given = [parts for server in servers if (parts := _split(server))]
    homes = [parts.hostname or "" for parts in given if platform in AT_HOME and parts.scheme == "https"]
    hosts = (*HOSTS.get(platform, ()), *(home.removeprefix("www.") for home in homes))

    def is_own(url: str) -> bool:
        parts = _split(url)
        if parts is None or "@" in parts.netloc:
            return False
        if any((parts.scheme, parts.netloc) == (one.scheme, one.netloc) for one in given):
            return True
        name = parts.hostname or ""
        return (
            parts.scheme == "https"
            and parts.port in (None, 443)
            and any(name == host or name.endswith(f".{host}") for host in hosts)
        )

    return is_own


def _split(url: str) -> SplitResult | None:
    """None for what is no address; a broken port is found by asking for it."""
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None
