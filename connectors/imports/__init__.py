"""Files that people have, each form in a module of its own, and the rule by which their items are read again.

A form is `looks_like(path)` (by looking into it, never by its name), `pages(path, imported_at)`, `split(page)` and
`parse(item)`. An item is landed with a source that tells who can parse it, so that a rebuild needs nothing else:

source begins with        parsed by
`zeeschuimer:`            zeeschuimer, by the site that follows (4CAT's NDJSON becomes Zeeschuimer's items)
`4cat`                    fourcat, the rows of its CSV
`twarc:`                  twarc, objects of API v1.1 (its other forms become items of `x.com`)
`x-archive`               x_archive
`meta:`                   meta_download
`hand`                    by_hand, the clerks' sheet
anything else, a host     the platform's connector
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from connectors.imports import rows
from connectors.records import Page, Post, RawItem, Rejected
from connectors.registry import connector

FORMS = {
    "zeeschuimer": "connectors.imports.zeeschuimer",
    "4cat": "connectors.imports.fourcat",
    "twarc": "connectors.imports.twarc",
    "x-archive": "connectors.imports.x_archive",
    "meta": "connectors.imports.meta_download",
}
"""In the order in which they are tried."""
READERS = FORMS | {"hand": "connectors.by_hand"}


class Reader(Protocol):
    """Who cuts and reads what was landed. Both are pure."""

    def split(self, page: Page) -> Iterator[RawItem | Rejected]: ...

    def parse(self, item: RawItem) -> Post | Rejected: ...


class Form(Reader, Protocol):
    """A form of file."""

    def looks_like(self, path: Path) -> bool:
        """Whether the file is of this form, as far as its beginning tells. Raises BadAnswer for a broken archive."""

    def pages(self, path: Path, imported_at: datetime) -> Iterator[Page | Rejected]:
        """The file's posts, streamed. Raises BadAnswer where it cannot be read at all."""


def form(name: str) -> Form:
    return cast(Form, import_module(FORMS[name]))


def form_of(path: Path) -> str | None:
    """The form that a file or folder has, None if it is none of ours. Raises BadAnswer for a broken archive."""
    return next((name for name in FORMS if form(name).looks_like(path)), None)


def reader(platform: str, source: str) -> Reader:
    """Who reads the pages and items of a platform from a source. KeyError if it is a platform that we cannot read."""
    known = READERS.get(source.partition(":")[0])
    return connector(platform) if known is None else cast(Reader, import_module(known))


def ads(page: Page) -> int:
    """How many advertisements a page stands for: they count as out of scope, and nothing of them is kept."""
    return rows.ads(page) if page.source.partition(":")[0] in FORMS else 0
