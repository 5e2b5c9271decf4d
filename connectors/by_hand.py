"""Posts that people saw and wrote into a spreadsheet: the route for closed groups, which no API reads.

One row per post, columns as in `COLUMNS`; `write_template` makes an empty file. The same row in another file is the
same item. A page is up to 500 rows of one platform: of each its line in the file, a tab, and the row as JSON. Rows
whose platform cannot be told come on pages of platform `by_hand` and are quarantined.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import regex

from connectors import cells, hashtags, permalinks, spreadsheet
from connectors.errors import BadAnswer
from connectors.records import Audience, Author, Counts, Page, Post, RawItem, Rejected

PLATFORM = "by_hand"
COLUMNS = (
    "platform", "post_url", "author_key", "author_handle", "posted_at", "entered_tz", "text", "hashtags", "media_type",
    "image_hash", "likes", "comments", "shares", "on_behalf_of", "reply_to", "evidence", "audience", "group",
    "edited_at", "deleted_at", "collected_at", "collected_by", "note",
)  # fmt: skip
SYNONYMS = {"url": "post_url", "permalink": "post_url", "link": "post_url", "author": "author_key", "body": "text"}
SYNONYMS |= {"handle": "author_handle", "date": "posted_at", "replies": "comments", "reposts": "shares"}
PLATFORM_NAMES = {"twitter": "x", "fb": "facebook", "ig": "instagram", "insta": "instagram", "blog": "wordpress"}
PLATFORM_NAMES |= {"bsky": "bluesky", "e-mail": "email"}
PAGE_ROWS = 500
NAMING = ("author_key", "author_handle", "on_behalf_of")
TIMES = ("posted_at", "edited_at", "deleted_at", "collected_at")

Row = Mapping[str, str]


class _Odd(Exception):
    """Why a row cannot be read: a short code, and what a person should look at."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def write_template(path: Path) -> None:
    """An empty file with the columns that the clerks fill in."""
    path.write_text(",".join(COLUMNS) + "\r\n", encoding="utf-8-sig")


def looks_like_hand_csv(path: Path) -> bool:
    """Whether the file is a spreadsheet of posts seen by hand."""
    try:
        columns = {_column(name) for name in next(iter(spreadsheet.lines(path))).cells}
    except (StopIteration, BadAnswer):
        return False
    return "posted_at" in columns and bool(columns & {"platform", "post_url", "author_key"})


def pages(path: Path, imported_at: datetime, default_zone: ZoneInfo) -> Iterator[Page]:
    """The file's rows, streamed. A time without an offset is in the row's `entered_tz`, else in `default_zone`."""
    lines = spreadsheet.lines(path)
    try:
        header = [_column(name) for name in next(lines).cells]
    except StopIteration:
        raise BadAnswer(f"{path.name} is empty: expected a line of column names such as platform, posted_at.") from None
    _check_header(header, path.name)
    waiting: dict[str, list[tuple[int, str]]] = {}
    for line in lines:
        row = _row(header, line, default_zone)
        if not row:
            continue
        platform = _platform_of(row)
        rows = waiting.setdefault(platform, [])
        rows.append((line.number, json.dumps(row, ensure_ascii=False, sort_keys=True)))
        if len(rows) == PAGE_ROWS:
            yield _page(platform, waiting.pop(platform), path.name, imported_at)
    for platform, rows in waiting.items():
        yield _page(platform, rows, path.name, imported_at)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """One item per row, under its permalink's key or, without a permalink, a hash of what makes it that post.

    What `parse` could not read is found here already, where the row's line in the file is known and can be told.
    """
    for numbered in page.body.splitlines():
        line, _, body = numbered.partition(b"\t")
        row = _decode(body)
        observed_at = _time_or(row, "collected_at", page.observed_at)
        try:
            _refuse_what_is_no_post(row, page.platform)
            item = RawItem(
                platform=page.platform,
                source=_source(row),
                key=_key(row, page.platform),
                body=body,
                observed_at=observed_at,
                accounts=_accounts(row),
            )
            _post(row, item)
            yield item
        except _Odd as odd:
            yield Rejected(
                platform=page.platform,
                source=_source(row),
                reason=odd.reason,
                detail=f"Line {line.decode()}: {odd.detail}",
                body=body,
                observed_at=observed_at,
                accounts=_accounts(row),
            )


def parse(item: RawItem) -> Post | Rejected:
    """The row as a post. Closed unless it says otherwise; a Facebook group is closed whatever it says."""
    row = _decode(item.body)
    try:
        return _post(row, item)
    except _Odd as odd:
        return item.unreadable(odd.reason, odd.detail)


def _post(row: Row, item: RawItem) -> Post:
    created_at, flags = _time(row, "posted_at")
    counts, count_flags = _counts(row)
    post = Post(
        platform=item.platform,
        post_id=item.key,
        source=item.source,
        source_rank=0,
        author=_author(row),
        url=permalinks.clean(row.get("post_url", "")),
        text=row.get("text"),
        created_at=created_at,
        hashtags=_tags(row, item.platform),
        media_types=tuple(word.lower() for word in cells.words(row.get("media_type", ""))),
        media_hashes=tuple(word.lower() for word in cells.words(row.get("image_hash", ""))),
        audience=_audience(row),
        on_behalf_of=row.get("on_behalf_of"),
        evidence=row.get("evidence"),
        collected_by=row.get("collected_by"),
        edited_at=_time_or_none(row, "edited_at"),
        deleted_at=_time_or_none(row, "deleted_at"),
        counts=counts,
        flags=flags + count_flags,
    )
    return replace(post, kind="reply", reply_to_id=_reply_to(row)) if "reply_to" in row else post


# ---------------------------------------------------------------- rows


def _column(name: str) -> str:
    plain: str = regex.sub(r"[\s-]+", "_", name.strip().lower())
    return SYNONYMS.get(plain, plain)


def _check_header(header: list[str], name: str) -> None:
    if "posted_at" not in header or not {"platform", "post_url"} & set(header):
        raise BadAnswer(
            f"{name} has no column posted_at, or neither platform nor post_url: its first line must name the columns "
            f"({', '.join(COLUMNS[:8])} …)."
        )
    known = [column for column in header if column in COLUMNS]
    if len(known) != len(set(known)):
        raise BadAnswer(f"{name} names a column twice: every column may appear once in the first line.")


def _row(header: list[str], line: spreadsheet.Line, default_zone: ZoneInfo) -> dict[str, str]:
    """What the row says, blank cells left out, so that the same row is the same bytes in every file."""
    if line.broken or any(cell.strip() for cell in line.cells[len(header) :]):
        return {"unreadable_line": line.raw}
    named = zip(header, line.cells, strict=False)
    row = {column: cell for column, cell in named if column in COLUMNS and cell.strip()}
    for column in row:
        if column != "text":
            row[column] = row[column].strip()
    if row and "entered_tz" not in row and any(_is_naive(row.get(column, "")) for column in TIMES):
        row["entered_tz"] = default_zone.key
    return row


def _is_naive(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _platform_of(row: Row) -> str:
    named = row.get("platform", "").lower()
    platform = PLATFORM_NAMES.get(named, named)
    if not named and (link := permalinks.permalink(row.get("post_url", ""))):
        return link.platform
    return platform if regex.fullmatch(r"[a-z][a-z0-9_]{0,30}", platform) and not _repeats_header(row) else PLATFORM


def _repeats_header(row: Row) -> bool:
    return bool(row) and all(_column(value) == column for column, value in row.items() if column != "entered_tz")


def _page(platform: str, rows: list[tuple[int, str]], name: str, imported_at: datetime) -> Page:
    first, last = rows[0][0], rows[-1][0]
    return Page(
        platform=platform,
        query="by_hand",
        source="hand",
        url=f"{name}:{first}-{last}",
        status=200,
        observed_at=imported_at,
        body="\n".join(f"{number}\t{text}" for number, text in rows).encode(errors="surrogatepass"),
    )


def _decode(body: bytes) -> Row:
    return cast(Row, json.loads(body.decode(errors="surrogatepass")))


def _refuse_what_is_no_post(row: Row, platform: str) -> None:
    if "unreadable_line" in row:
        raise _Odd("bad_row", "The line has more cells than the header, or a quotation mark that is not closed.")
    if _repeats_header(row):
        raise _Odd("repeated_header", "The line repeats the column names.")
    if platform == PLATFORM:
        raise _Odd("missing_field", "The column platform is blank or no platform's name, and post_url does not tell.")
    for column in ("post_url", "author_key", "author_handle"):
        if cells.is_mangled(row.get(column, "")):
            raise _Odd("mangled_id", f"A spreadsheet program has rounded the number in {column}: enter it as text.")
    link = permalinks.permalink(row.get("post_url", ""))
    if link and link.platform != platform and permalinks.known_host(row["post_url"]):
        raise _Odd("wrong_platform", "post_url is an address of another platform than the column platform says.")


# ---------------------------------------------------------------- who and which


def _key(row: Row, platform: str) -> str:
    url = row.get("post_url", "")
    link = permalinks.permalink(url)
    if link and link.platform == platform:
        return link.key
    address = permalinks.clean(url)
    if address and not permalinks.known_host(url) and regex.search(r"://[^/]+/[^?]|\?.", address):
        return address
    author = _person_key(row)
    if not author:
        raise _Odd("missing_field", "Neither the post's own address nor an author_key: it cannot be told from others.")
    group = f"{platform}/{row.get('group', '')}"
    parts = (group, author, row.get("posted_at", ""), cells.plain(row.get("text", "")))
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()


def _person_key(row: Row) -> str:
    return cells.plain(row.get("author_key") or row.get("author_handle", "")).removeprefix("@")


def _author(row: Row) -> Author | None:
    key = _person_key(row)
    if not key:
        return None
    handle = cells.plain(row.get("author_handle") or row["author_key"]).removeprefix("@")
    return Author(account_id=f"hand:{key}", handle=handle)


def _accounts(row: Row) -> tuple[str, ...]:
    """The author as an account, and whoever is meant as a person: `person:` and the roster's id, name or alias."""
    author = _author(row)
    accounts = [author.account_id, author.handle or ""] if author else []
    accounts += [f"person:{cells.plain(row[column])}" for column in NAMING if column in row]
    return tuple(dict.fromkeys(account for account in accounts if account))


def _source(row: Row) -> str:
    return f"hand:{row['collected_by']}" if "collected_by" in row else "hand"


def _audience(row: Row) -> Audience:
    in_group = "/groups/" in row.get("post_url", "") or "group" in row
    return "public" if row.get("audience", "").lower() == "public" and not in_group else "closed"


def _reply_to(row: Row) -> str:
    link = permalinks.permalink(row["reply_to"])
    return link.key if link else row["reply_to"]


# ---------------------------------------------------------------- cells


def _time(row: Row, column: str) -> tuple[datetime, tuple[str, ...]]:
    try:
        return cells.moment(row.get(column, ""), row.get("entered_tz", "UTC"))
    except ValueError as error:
        raise _Odd("bad_time", f"{column} {error}.") from None


def _time_or_none(row: Row, column: str) -> datetime | None:
    return _time(row, column)[0] if column in row else None


def _time_or(row: Row, column: str, otherwise: datetime) -> datetime:
    """The row's time, or another where it has none or an unreadable one."""
    try:
        return _time_or_none(row, column) or otherwise
    except _Odd:
        return otherwise


def _counts(row: Row) -> tuple[Counts, tuple[str, ...]]:
    columns = {"likes": "likes", "replies": "comments", "reposts": "shares"}
    read = {name: cells.count(row[column]) for name, column in columns.items() if column in row}
    flags = tuple(f"{columns[name]}_unreadable" for name, value in read.items() if value is None)
    return Counts(**read), flags


def _tags(row: Row, platform: str) -> tuple[str, ...]:
    """The clerk's column and the text's own tags: clerks fill in one or the other."""
    column = (hashtags.normalise(word) for word in cells.words(row.get("hashtags", "").replace("#", " ")))
    return tuple(dict.fromkeys([*(tag for tag in column if tag), *hashtags.in_text(row.get("text", ""), platform)]))
