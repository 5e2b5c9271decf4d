"""What 4CAT gives back: a CSV of mapped posts, or NDJSON of raw objects with `__import_meta`.

https://github.com/digitalmethodsinitiative/4cat. The NDJSON is Zeeschuimer's items without their envelope, so they
become Zeeschuimer's items again. The CSV does not name its platform: the post's address does. It is 4CAT's reading of
the post, so it ranks below every other copy. Its `timestamp` is taken for UTC, but 4CAT writes some sources in its own
computer's time: `unix_timestamp` is used where it is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors import cells, documents, hashtags, permalinks, spreadsheet, verbatim
from connectors.errors import BadAnswer
from connectors.imports import rows, zeeschuimer
from connectors.moments import moment
from connectors.names import by_name
from connectors.records import Author, Counts, Kind, Page, Post, RawItem, Rejected

FORM = "4cat"
META = "__import_meta"
HEADER = {"id", "thread_id", "timestamp", "body", "author"}
ADDRESSES = ("url", "link", "tiktok_url", "post_url", "permalink")
PERMANENT_IDS = frozenset({"x", "tiktok"})
MARKED_BY_PLATFORM = frozenset({"x", "tiktok"})
"""Of these 4CAT's column holds the platform's own marks; of the others what 4CAT found in the text."""
COUNTS = {
    "likes": ("num_likes", "likes", "like_count"),
    "replies": ("num_comments", "comments", "replies", "reply_count"),
    "reposts": ("reposts", "retweet_count", "shares"),
    "quotes": ("quotes", "quote_count"),
    "views": ("impression_count", "plays", "views"),
}

Cells = Mapping[str, str]


def looks_like(path: Path) -> bool:
    return path.is_file() and (_is_csv(path) or any(_has_meta(one) for one in documents.sample(path)))


def _has_meta(value: object) -> bool:
    return isinstance(value, dict) and META in value


def _is_csv(path: Path) -> bool:
    try:
        return set(next(spreadsheet.lines(path)).cells) >= HEADER
    except (StopIteration, BadAnswer):
        return False


def pages(path: Path, imported_at: datetime) -> Iterator[Page | Rejected]:
    """The file's posts in its order, streamed. `imported_at` serves where a line does not tell when it was seen."""
    source = _csv_rows(path, imported_at) if _is_csv(path) else _ndjson_rows(path, imported_at)
    return rows.pages(source, path.name, imported_at)


def _ndjson_rows(path: Path, imported_at: datetime) -> Iterator[rows.Row | Rejected]:
    for place, piece in documents.items(path):
        if isinstance(piece, str):
            yield zeeschuimer.unread(b"", zeeschuimer.UNKNOWN, path, place, imported_at, "truncated_file", piece)
            return
        raw = verbatim.decode_or_none(piece)
        meta = raw.pop(META, None) if isinstance(raw, dict) else None
        envelope = meta | {"data": raw} if isinstance(meta, dict) else None
        body = piece if envelope is None else verbatim.encode(envelope)
        yield zeeschuimer.row(raw if envelope is None else envelope, body, path, place, imported_at)


def _csv_rows(path: Path, imported_at: datetime) -> Iterator[rows.Row | Rejected]:
    lines = spreadsheet.lines(path)
    header = next(lines).cells
    for line in lines:
        if line.broken or len(line.cells) > len(header):
            detail = "has more cells than the first line, or a quotation mark that is not closed"
            body = line.raw.encode(errors="surrogatepass")
            yield _unread(body, zeeschuimer.UNKNOWN, path, line.number, imported_at, "bad_row", detail)
            continue
        row = {name: cell for name, cell in zip(header, line.cells, strict=False) if cell.strip()}
        body = json.dumps(row, ensure_ascii=True, sort_keys=True).encode()
        link = _address(row)
        if link is None:
            reason, detail = _why_unknown(row)
            yield _unread(body, zeeschuimer.UNKNOWN, path, line.number, imported_at, reason, detail)
        else:
            yield rows.Row(link.platform, FORM, str(line.number), body)


def _unread(body: bytes, platform: str, path: Path, line: int, at: datetime, reason: str, detail: str) -> Rejected:
    return zeeschuimer.unread(body, platform, path, str(line), at, reason, detail)


def _why_unknown(row: Cells) -> tuple[str, str]:
    if cells.is_mangled(row.get("id", "")):
        return (
            "mangled_id",
            "has an id that a spreadsheet program has rounded, and no address: export it from 4CAT anew",
        )
    return "unknown_platform", f"has no address of a post that we know in any of {', '.join(ADDRESSES)}"


def _address(row: Cells) -> permalinks.Permalink | None:
    links = (permalinks.permalink(row.get(column, "")) for column in ADDRESSES)
    return next((link for link in links if link), None)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    for _, body in rows.of(page):
        row = _decode(body)
        link = _address(row)
        assert link is not None, "`pages` makes pages only of rows with an address"
        yield RawItem(
            platform=page.platform,
            source=page.source,
            key=link.key,
            body=body,
            observed_at=page.observed_at,
            accounts=_accounts(row, page.platform),
        )


def parse(item: RawItem) -> Post | Rejected:
    row = _decode(item.body)
    flags: list[str] = []
    kind, text = _kind(row), row.get("body")
    if kind == "repost":
        text = None
    return Post(
        platform=item.platform,
        post_id=item.key,
        source=item.source,
        source_rank=0,
        author=_author(row, item.platform),
        kind=kind,
        url=next(
            (permalinks.clean(row[column]) for column in ADDRESSES if permalinks.permalink(row.get(column, ""))), None
        ),
        text=text,
        created_at=_created_at(row, flags),
        hashtags=_tags(row, item.platform),
        conversation_id=row.get("thread_id") if item.platform == "x" else None,
        counts=_counts(row, flags),
        flags=tuple(flags),
    )


def _decode(body: bytes) -> dict[str, str]:
    read: dict[str, Any] = json.loads(body)
    return read


def _handle(row: Cells) -> str | None:
    return row.get("author", "").strip().lower().removeprefix("@") or None


def _author(row: Cells, platform: str) -> Author | None:
    """4CAT tells the permanent id of X and TikTok; of the others the name."""
    handle, account_id = _handle(row), row.get("author_id", "").strip()
    if handle and (platform not in PERMANENT_IDS or not account_id or cells.is_mangled(account_id)):
        account_id = f"handle:{handle}" if platform == "threads" else by_name(handle)
    if not account_id or cells.is_mangled(account_id):
        return None
    name = row.get("author_fullname") or row.get("author_full")
    return Author(account_id=account_id, handle=handle, display_name=name)


def _accounts(row: Cells, platform: str) -> tuple[str, ...]:
    author = _author(row, platform)
    names = (author.account_id, author.handle, row.get("author_id")) if author else ()
    return tuple(dict.fromkeys(name for name in names if name))


def _created_at(row: Cells, flags: list[str]) -> datetime | None:
    if exact := moment(row.get("unix_timestamp", "").removesuffix(".0")):
        return exact
    read = moment(row.get("timestamp", ""))
    flags.append("created_at_unreadable" if read is None else "timestamp_taken_for_utc")
    return read


def _kind(row: Cells) -> Kind:
    if row.get("is_retweet") == "yes":
        return "repost"
    if row.get("is_reply") == "yes":
        return "reply"
    return "quote" if row.get("is_quote_tweet") == "yes" else "original"


def _tags(row: Cells, platform: str) -> tuple[str, ...]:
    column = [hashtags.normalise(tag) for tag in row.get("hashtags", "").split(",")]
    found = () if platform in MARKED_BY_PLATFORM else hashtags.in_text(row.get("body", ""), platform)
    return tuple(dict.fromkeys(tag for tag in (*column, *found) if tag))


def _counts(row: Cells, flags: list[str]) -> Counts:
    """A blank cell, a negative number and one that a spreadsheet program has rounded are not known."""
    read: dict[str, int | None] = {}
    for name, columns in COUNTS.items():
        written = next((row[column] for column in columns if column in row), None)
        read[name] = None if written is None else cells.count(written)
        if written is not None and read[name] is None:
            flags.append(f"{name}_unreadable")
    return Counts(**read)
