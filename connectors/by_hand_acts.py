"""Acts that people saw and wrote into a spreadsheet: who dealt with whom where no program can see it, and never what
was said. For closed groups, and for platforms that hide who acted.

One row per act, columns as in `COLUMNS`; `write_template` makes an empty file. Who acted and towards whom is a handle,
a name as the group shows it, or a person's id on the roster. The same row in another file is the same act.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import cells, permalinks, sheet
from connectors.errors import BadAnswer
from connectors.records import Act, Author, Interaction, Page, Rejected
from connectors.sheet import Odd, Row

PLATFORM = "by_hand_acts"
COLUMNS = (
    "type", "platform", "at", "entered_tz", "source", "target", "target_post", "evidence", "collected_at",
    "collected_by", "note",
)  # fmt: skip
SYNONYMS = {"act": "type", "actor": "source", "from": "source", "to": "target", "posted_at": "at", "date": "at"}
SYNONYMS |= {"acted_at": "at", "post_url": "target_post", "url": "target_post", "permalink": "target_post"}
SHEET = sheet.Sheet(
    name=PLATFORM, columns=COLUMNS, synonyms=SYNONYMS, times=("at", "collected_at"), address="target_post"
)
ACTS: dict[str, Act] = {"reply": "reply", "quote": "quote", "repost": "repost", "mention": "mention"}
ACTS |= {"comment": "comment", "answer": "reply", "share": "repost", "boost": "repost", "retweet": "repost"}


def write_template(path: Path) -> None:
    """An empty file with the columns that the clerks fill in."""
    path.write_text(",".join(COLUMNS) + "\r\n", encoding="utf-8-sig")


def looks_like_acts_csv(path: Path) -> bool:
    """Whether the file is a spreadsheet of acts seen by hand."""
    columns = sheet.columns(path, SHEET)
    return columns >= {"type", "at", "source"} and bool(columns & {"target", "target_post"})


def pages(path: Path, imported_at: datetime, default_zone: ZoneInfo) -> Iterator[Page]:
    """The file's rows, streamed. A time without an offset is in the row's `entered_tz`, else in `default_zone`."""
    yield from sheet.pages(path, SHEET, imported_at, default_zone, check=_check_header)


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    for line, body in sheet.numbered(page):
        row = sheet.decode(body)
        observed_at = sheet.moment_or(row, "collected_at", page.observed_at)
        try:
            sheet.refuse_what_is_no_row(row, page.platform, SHEET)
            yield _act(row, page.platform, observed_at)
        except Odd as odd:
            yield Rejected(
                platform=page.platform,
                source=sheet.source(row),
                reason=odd.reason,
                detail=f"Line {line}: {odd.detail}",
                body=body,
                observed_at=observed_at,
                accounts=_accounts(row),
            )


def _act(row: Row, platform: str, observed_at: datetime) -> Interaction:
    act, actor, target, post = _kind(row), _name(row, "source"), _name(row, "target"), _post(row, platform)
    if not actor:
        raise Odd("missing_field", "The column source is blank: nobody acted.")
    if not target and not post:
        raise Odd("missing_field", "Neither target nor target_post: it is towards nobody.")
    acted_at, _ = sheet.moment(row, "at")
    return Interaction(
        platform=platform,
        source=sheet.source(row),
        interaction_id=f"{act}:{_digest(platform, actor, target, post, acted_at.isoformat())}",
        act=act,
        actor=Author(account_id=f"hand:{actor}", handle=actor),
        target_account=f"hand:{target}" if target else None,
        target_handle=target or None,
        target_post=post or None,
        acted_at=acted_at,
        observed_at=observed_at,
        people=_people(row),
    )


def _check_header(header: list[str], name: str) -> None:
    if not {"type", "platform", "at", "source"} <= set(header) or not {"target", "target_post"} & set(header):
        raise BadAnswer(
            f"{name} lacks one of the columns type, platform, at and source, or has neither target nor target_post: "
            "its first line must name them."
        )


def _kind(row: Row) -> Act:
    act = ACTS.get(cells.plain(row.get("type", "")))
    if act is None:
        raise Odd("unknown_act", "type is none of reply, quote, repost, mention and comment.")
    return act


def _name(row: Row, column: str) -> str:
    """A handle, name or id in the form in which two are compared; empty if nobody is named."""
    cell = row.get(column, "")
    if cells.is_mangled(cell):
        raise Odd("mangled_id", f"A spreadsheet program has rounded the number in {column}: enter it as text.")
    return cells.plain(cell).removeprefix("@")


def _post(row: Row, platform: str) -> str:
    """The key of the post that it is towards: of its address, else what the clerk wrote."""
    cell = row.get("target_post", "")
    if cells.is_mangled(cell):
        raise Odd("mangled_id", "A spreadsheet program has rounded the number in target_post: enter it as text.")
    link = permalinks.permalink(cell)
    if link and link.platform != platform and permalinks.known_host(cell):
        raise Odd("wrong_platform", "target_post is an address of another platform than the column platform says.")
    return link.key if link and link.platform == platform else permalinks.clean(cell) or cell


def _accounts(row: Row) -> tuple[str, ...]:
    """Everybody in a row that cannot be read, as the sieve looks them up."""
    names = [cells.plain(row[column]).removeprefix("@") for column in ("source", "target") if column in row]
    return (*(way for name in names if name for way in (f"hand:{name}", name)), *_people(row))


def _people(row: Row) -> tuple[str, ...]:
    """Whoever is meant as a person: `person:` and the roster's id, name or alias."""
    return tuple(f"person:{cells.plain(row[column])}" for column in ("source", "target") if column in row)


def _digest(*parts: str) -> str:
    return "hand:" + hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
