"""The platforms we can read. A new platform is one module and one line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from connectors.records import Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport


class Connector(Protocol):
    """What a platform's module offers. `fetch` is the only part that touches the network."""

    PLATFORM: str
    LOOKBACK: timedelta

    def queries(self, tags: tuple[str, ...], options: Mapping[str, Any]) -> tuple[Query, ...]:
        """The reads that this campaign needs; `options` is the platform's table in the campaign file."""

    def fetch(self, search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
        """Yield the pages of a window, one request each; a `ConnectorError` if it cannot be read to the end."""

    def visible_since(self, search: Search, now: datetime) -> datetime:
        """From when on the platform still shows this window; later than `search.since` where it forgets (X: 7 days)."""

    def split(self, page: Page) -> Iterator[RawItem | Rejected]:
        """Cut a page into items that stand alone. Raises `BadAnswer` if it cannot be cut at all."""

    def parse(self, item: RawItem) -> Post | Rejected:
        """Read one item. Pure: no clock, no I/O."""

    def recognises(self, document: object) -> bool:
        """Whether a decoded JSON document is a page of this platform (for saved pages)."""

    def probe(self, query: Query, transport: Transport, credentials: Mapping[str, str]) -> str:
        """One cheap request for `doctor`: a plain sentence on what works; a `ConnectorError` if it does not."""


CONNECTORS = {
    "mastodon": "connectors.mastodon",
    "wordpress": "connectors.wordpress",
    "x": "connectors.x",
}


def connector(platform: str) -> Connector:
    """The platform's module, imported on first use. KeyError for a platform that is not in the registry."""
    return cast(Connector, import_module(CONNECTORS[platform]))
