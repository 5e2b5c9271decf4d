"""The platforms we can read. A new platform is one module, one line here, and its credentials in `credentials`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from connectors.records import (
    Access,
    Act,
    Again,
    Forecast,
    Interaction,
    Member,
    Page,
    Post,
    Query,
    RawItem,
    Rejected,
    Search,
)
from connectors.transport import Transport


class Connector(Protocol):
    """What a platform's module offers. Only functions that are given a `Transport` touch the network.

    The module's docstring has a section BEHAVIOUR: what it costs, what it cannot see, what surprises.
    """

    PLATFORM: str
    LOOKBACK: timedelta
    HIDDEN: Mapping[Act, str]
    """The acts that the platform does not show, each with the reason in one sentence; all others are collected."""

    def queries(
        self, tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
    ) -> tuple[Query, ...]:
        """The reads that this campaign needs; `options` is the platform's table in the campaign file."""

    def fetch(self, search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
        """Yield the pages of a window, one request each; a `ConnectorError` if it cannot be read to the end."""

    def visible_since(self, search: Search, now: datetime) -> datetime:
        """From when on the platform still shows this window; later than `search.since` where it forgets (X: 7 days)."""

    def split(self, page: Page) -> Iterator[RawItem | Rejected]:
        """Cut a page into items that stand alone. Raises `BadAnswer` if it cannot be cut at all."""

    def parse(self, item: RawItem) -> Post | Rejected:
        """Read one item. Pure: no clock, no I/O."""

    def reread(
        self, items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
    ) -> Iterator[Again]:
        """Ask again for posts that we hold, all seen at the query's source: what is there now, and what is gone.

        A post is gone only where the platform says so of this very post; what it cannot tell is left out.
        """

    def interaction_queries(
        self, tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
    ) -> tuple[Query, ...]:
        """The reads that show who dealt with whom; each name begins with `interactions/`."""

    def fetch_interactions(
        self, search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
    ) -> Iterator[Page]:
        """The pages that show acts within the window: the query's members' own posts, and what others did to `items`.

        `items` are the campaign's posts seen at the query's source; there are none for a window before the campaign.
        """

    def split_interactions(self, page: Page) -> Iterator[Interaction | Rejected]:
        """The acts on a page. Raises `BadAnswer` if it cannot be cut at all."""

    def recognises(self, document: object) -> bool:
        """Whether a decoded JSON document is a page of this platform (for saved pages)."""

    def probe(self, query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
        """One cheap request for `doctor` and `connect`: what works; a `ConnectorError` if it does not."""

    def forecast(self, search: Search, posts: int) -> Forecast:
        """What reading this window will take if it holds so many posts. Pure."""


CONNECTORS = {
    "bluesky": "connectors.bluesky",
    "facebook": "connectors.facebook",
    "instagram": "connectors.instagram",
    "mastodon": "connectors.mastodon",
    "threads": "connectors.threads",
    "wordpress": "connectors.wordpress",
    "x": "connectors.x",
    "youtube": "connectors.youtube",
}


def connector(platform: str) -> Connector:
    """The platform's module, imported on first use. KeyError for a platform that is not in the registry."""
    return cast(Connector, import_module(CONNECTORS[platform]))
