"""Posts that people saw and wrote into a spreadsheet: the route for closed groups, which no API reads.

One row per post, columns as in `COLUMNS`; `write_template` makes an empty file. The same row in another file is the
same item. Rows whose platform cannot be told come on pages of platform `by_hand` and are quarantined.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import regex

from connectors import cells, hashtags, permalinks, sheet
from connectors.errors import BadAnswer
from connectors.picture_addresses import written_hash
from connectors.records import Audience, Author, Counts, Page, Post, RawItem, Rejected
from connectors.sheet import Odd, Row

PLATFORM = "by_hand"
COLUMNS = (
    "platform", "post_url", "author_key", "author_handle", "posted_at", "entered_tz", "text", "hashtags", "media_type",
    "image_hash", "likes", "comments", "shares", "on_behalf_of", "reply_to", "evidence", "audience", "group",
    "edited_at", "deleted_at", "collected_at", "collected_by", "note",
)  # fmt: skip
SYNONYMS = {"url": "post_url", "permalink": "post_url", "link": "post_url", "author": "author_key", "body": "text"}
SYNONYMS |= {"handle": "author_handle", "date": "posted_at", "replies": "comments", "reposts": "shares"}
NAMING = ("author_key", "author_handle", "on_behalf_of")
TIMES = ("posted_at", "edited_at", "deleted_at", "collected_at")
SHEET = sheet.Sheet(name=PLATFORM, columns=COLUMNS, synonyms=SYNONYMS, times=TIMES, verbatim=("text",))


def write_template(path: Path) -> None:
    """An empty file with the columns that the clerks fill in."""
    path.write_text(",".join(COLUMNS) + "\r\n", encoding="utf-8-sig")


def looks_like_hand_csv(path: Path) -> bool:
    """Whether the file is a spreadsheet of posts seen by hand."""
    columns = sheet.columns(path, SHEET)
    return "posted_at" in columns and bool(columns & {"platform", "post_url", "author_key"})


def pages(path: Path, imported_at: datetime, default_zone: ZoneInfo) -> Iterator[Page]:
    """The file's rows, streamed. A time without an offset is in the row's `entered_tz`, else in `default_zone`."""
    yield from sheet.pages(path, SHEET, imported_at, default_zone, check=_check_header)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """One item per row, under its permalink's key or, without a permalink, a hash of what makes it that post.

    It is observed when its file came in: whoever corrects a row leaves its `collected_at` as it was, and the correction
    must win. What `parse` could not read is found here already, where the row's line in the file is known.
    """
    for line, body in sheet.numbered(page):
        row = sheet.decode(body)
        try:
            _refuse_what_is_no_post(row, page.platform)
            item = RawItem(
                platform=page.platform,
                source=sheet.source(row),
                key=_key(row, page.platform),
                body=body,
                observed_at=page.observed_at,
                accounts=_accounts(row),
            )
            _post(row, item)
            yield item
        except Odd as odd:
            yield Rejected(
                platform=page.platform,
                source=sheet.source(row),
                reason=odd.reason,
                detail=f"Line {line}: {odd.detail}",
                body=body,
                observed_at=page.observed_at,
                accounts=_accounts(row),
            )


def parse(item: RawItem) -> Post | Rejected:
    """The row as a post. Closed unless it says otherwise; a Facebook group is closed whatever it says."""
    row = sheet.decode(item.body)
    try:
        return _post(row, item)
    except Odd as odd:
        return item.unreadable(odd.reason, odd.detail)


def _post(row: Row, item: RawItem) -> Post:
    created_at, flags = sheet.moment(row, "posted_at")
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
        media_hashes=tuple(map(written_hash, cells.words(row.get("image_hash", "")))),
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


def _check_header(header: list[str], name: str) -> None:
    if "posted_at" not in header or not {"platform", "post_url"} & set(header):
        raise BadAnswer(
            f"{name} has no column posted_at, or neither platform nor post_url: its first line must name the columns "
            f"({', '.join(COLUMNS[:8])} …)."
        )


def _refuse_what_is_no_post(row: Row, platform: str) -> None:
    sheet.refuse_what_is_no_row(row, platform, SHEET)
    for column in ("post_url", "author_key", "author_handle"):
        if cells.is_mangled(row.get(column, "")):
            raise Odd("mangled_id", f"A spreadsheet program has rounded the number in {column}: enter it as text.")
    link = permalinks.permalink(row.get("post_url", ""))
    if link and link.platform != platform and permalinks.known_host(row["post_url"]):
        raise Odd("wrong_platform", "post_url is an address of another platform than the column platform says.")


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
        raise Odd("missing_field", "Neither the post's own address nor an author_key: it cannot be told from others.")
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


def _audience(row: Row) -> Audience:
    in_group = "/groups/" in row.get("post_url", "") or "group" in row
    return "public" if row.get("audience", "").lower() == "public" and not in_group else "closed"


def _reply_to(row: Row) -> str:
    link = permalinks.permalink(row["reply_to"])
    return link.key if link else row["reply_to"]


# ---------------------------------------------------------------- cells


def _time_or_none(row: Row, column: str) -> datetime | None:
    return sheet.moment(row, column)[0] if column in row else None


def _counts(row: Row) -> tuple[Counts, tuple[str, ...]]:
    columns = {"likes": "likes", "replies": "comments", "reposts": "shares"}
    read = {name: cells.count(row[column]) for name, column in columns.items() if column in row}
    flags = tuple(f"{columns[name]}_unreadable" for name, value in read.items() if value is None)
    return Counts(**read), flags


def _tags(row: Row, platform: str) -> tuple[str, ...]:
    """The clerk's column and the text's own tags: clerks fill in one or the other."""
    column = (hashtags.normalise(word) for word in cells.words(row.get("hashtags", "").replace("#", " ")))
    return tuple(dict.fromkeys([*(tag for tag in column if tag), *hashtags.in_text(row.get("text", ""), platform)]))
