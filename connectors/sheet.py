"""A sheet that the clerks keep: its rows, streamed, on pages that are cut again where they are read.

A page is up to 500 rows of one platform: of each its line in the file, a tab, and the row as JSON, blank cells left
out, so that the same row is the same bytes in every file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import regex

from connectors import cells, permalinks, spreadsheet
from connectors.errors import BadAnswer
from connectors.records import Page

Row = Mapping[str, str]
PAGE_ROWS = 500
UNREADABLE = "unreadable_line"
PLATFORM_NAMES = {"twitter": "x", "fb": "facebook", "ig": "instagram", "insta": "instagram", "blog": "wordpress"}
PLATFORM_NAMES |= {"bsky": "bluesky", "e-mail": "email"}


class Odd(Exception):
    """Why a row cannot be read: a short code, and what a person should look at."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A kind of sheet: what its columns are called, and which of them hold times or words that stay as they are."""

    name: str
    """How its pages are called, and the platform of rows that do not tell theirs."""
    columns: tuple[str, ...]
    synonyms: Mapping[str, str]
    times: tuple[str, ...]
    verbatim: tuple[str, ...] = ()
    address: str = "post_url"
    """The column whose address tells the platform, where the column `platform` is blank."""


def column(name: str, kind: Sheet) -> str:
    plain: str = regex.sub(r"[\s-]+", "_", name.strip().lower())
    return kind.synonyms.get(plain, plain)


def columns(path: Path, kind: Sheet) -> frozenset[str]:
    """What the file's first line names; nothing where it is no spreadsheet."""
    try:
        return frozenset(column(name, kind) for name in next(iter(spreadsheet.lines(path))).cells)
    except (StopIteration, BadAnswer):
        return frozenset()


def pages(
    path: Path,
    kind: Sheet,
    imported_at: datetime,
    default_zone: ZoneInfo,
    *,
    check: Callable[[list[str], str], None],
) -> Iterator[Page]:
    """The file's rows. `check` is given the columns and the file's name, and raises BadAnswer if they will not do."""
    lines = spreadsheet.lines(path)
    try:
        header = [column(name, kind) for name in next(lines).cells]
    except StopIteration:
        raise BadAnswer(f"{path.name} is empty: expected a line of column names such as platform.") from None
    check(header, path.name)
    known = [name for name in header if name in kind.columns]
    if len(known) != len(set(known)):
        raise BadAnswer(f"{path.name} names a column twice: every column may appear once in the first line.")
    waiting: dict[str, list[tuple[int, str]]] = {}
    for line in lines:
        row = _row(header, line, kind, default_zone)
        if not row:
            continue
        platform = platform_of(row, kind)
        rows = waiting.setdefault(platform, [])
        rows.append((line.number, json.dumps(row, ensure_ascii=False, sort_keys=True)))
        if len(rows) == PAGE_ROWS:
            yield _page(platform, waiting.pop(platform), kind, path.name, imported_at)
    for platform, rows in waiting.items():
        yield _page(platform, rows, kind, path.name, imported_at)


def numbered(page: Page) -> Iterator[tuple[int, bytes]]:
    """The rows of a page, each with its line in the file."""
    for one in page.body.splitlines():
        line, _, body = one.partition(b"\t")
        yield int(line), body


def decode(body: bytes) -> Row:
    return cast(Row, json.loads(body.decode(errors="surrogatepass")))


def platform_of(row: Row, kind: Sheet) -> str:
    """The platform that the row names, or that its address tells; the sheet's own name where neither does."""
    if "platform" not in row:
        link = permalinks.permalink(row.get(kind.address, ""))
        return link.platform if link else kind.name
    named = row["platform"].lower()
    platform = PLATFORM_NAMES.get(named, named)
    is_name = regex.fullmatch(r"[a-z][a-z0-9_]{0,30}", platform) and not repeats_header(row, kind)
    return platform if is_name else kind.name


def repeats_header(row: Row, kind: Sheet) -> bool:
    return bool(row) and all(column(value, kind) == name for name, value in row.items() if name != "entered_tz")


def moment(row: Row, name: str) -> tuple[datetime, tuple[str, ...]]:
    """A cell's time in UTC and what was odd about it. Raises Odd."""
    try:
        return cells.moment(row.get(name, ""), row.get("entered_tz", "UTC"))
    except ValueError as error:
        raise Odd("bad_time", f"{name} {error}.") from None


def moment_or(row: Row, name: str, otherwise: datetime) -> datetime:
    """A cell's time, or another where it is blank or unreadable."""
    try:
        return moment(row, name)[0] if name in row else otherwise
    except Odd:
        return otherwise


def source(row: Row) -> str:
    return f"hand:{row['collected_by']}" if "collected_by" in row else "hand"


def refuse_what_is_no_row(row: Row, platform: str, kind: Sheet) -> None:
    """Raises Odd for a line that is broken, repeats the header, or does not tell its platform."""
    if UNREADABLE in row:
        raise Odd("bad_row", "The line has more cells than the header, or a quotation mark that is not closed.")
    if repeats_header(row, kind):
        raise Odd("repeated_header", "The line repeats the column names.")
    if platform == kind.name:
        raise Odd(
            "missing_field", f"The column platform is blank or no platform's name, and {kind.address} does not tell."
        )


def _row(header: list[str], line: spreadsheet.Line, kind: Sheet, default_zone: ZoneInfo) -> dict[str, str]:
    """What the row says; its times' zone is entered where it does not say it."""
    if line.broken or any(cell.strip() for cell in line.cells[len(header) :]):
        return {UNREADABLE: line.raw}
    named = zip(header, line.cells, strict=False)
    row = {name: cell for name, cell in named if name in kind.columns and cell.strip()}
    for name in row:
        if name not in kind.verbatim:
            row[name] = row[name].strip()
    if row and "entered_tz" not in row and any(_is_naive(row.get(name, "")) for name in kind.times):
        row["entered_tz"] = default_zone.key
    return row


def _is_naive(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _page(platform: str, rows: list[tuple[int, str]], kind: Sheet, name: str, imported_at: datetime) -> Page:
    first, last = rows[0][0], rows[-1][0]
    return Page(
        platform=platform,
        query=kind.name,
        source="hand",
        url=f"{name}:{first}-{last}",
        status=200,
        observed_at=imported_at,
        body="\n".join(f"{number}\t{text}" for number, text in rows).encode(errors="surrogatepass"),
    )
