"""The archive that X gives to each user of their own posts: a ZIP, or the folder that was in it.

`data/tweets.js`, `tweets-part1.js` …, in older ones `tweet.js`: `window.YTD.tweets.part0 = [ {"tweet": {…}} ]`, in the
form of v1.1 with counts as strings. The author stands only in `account.js`, the whole text of long posts in
`note-tweet.js`, when it was made in `manifest.js`. Messages, likes, deleted posts, e-mail address and telephone number
are in it too and are never read. Reposts come without the id of what they repeat.

A post is public, unless the account was protected when the archive was made (`protected-history.js`): then the person
gave us posts that not everybody may see, and their audience is closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.imports import archives, rows, x_v1
from connectors.records import Page, Post, RawItem, Rejected
from connectors.registry import connector

FORM = "x-archive"
PLATFORM = "x"
_TWEETS = re.compile(r"(?:^|/)data/tweets?(?:-part\d+)?\.js$")
_NOTES = re.compile(r"(?:^|/)data/note-tweet(?:-part\d+)?\.js$")
_ONE = {name: re.compile(rf"(?:^|/)data/{name}\.js$") for name in ("account", "protected-history", "manifest")}
_CUT = re.compile(r"…?\s*https://t\.co/\w+\s*$|…\s*$")
_SAME_MOMENT = timedelta(seconds=10)
_SHORTEST_BEGINNING = 20


def looks_like(path: Path) -> bool:
    if not archives.is_one(path):
        return False
    with archives.opened(path) as archive:
        return any(_TWEETS.search(name) for name in archive.names())


def pages(path: Path, imported_at: datetime) -> Iterator[Page | Rejected]:
    """The posts, one of the archive's files at a time. `imported_at` serves where it does not tell when it was made."""
    with archives.opened(path) as archive:
        names = archive.names()
        if not any(_TWEETS.search(name) for name in names):
            raise BadAnswer(f"{path.name} has no data/tweets.js: it is no archive of X.")
        made_at = _made_at(archive, names) or imported_at
        yield from rows.pages(_rows(archive, names, made_at), path.name, made_at)


def _rows(archive: archives.Archive, names: list[str], at: datetime) -> Iterator[rows.Row | Rejected]:
    account, protected = _account(archive, names), _is_protected(archive, names)
    notes = [note for name in names if _NOTES.search(name) for _, note in _objects(archive, name, "noteTweet")]
    for name in filter(_TWEETS.search, names):
        try:
            pieces = verbatim.elements(_list(archive.read(name)))
        except ValueError:
            yield _unread(archive, name, at)
            continue
        for position, piece in enumerate(pieces, start=1):
            envelope = _envelope(piece, account, notes, protected)
            yield rows.Row(PLATFORM, FORM, f"{name.rpartition('/')[2]}[{position}]", envelope)


def _unread(archive: archives.Archive, name: str, at: datetime) -> Rejected:
    shown = name.rpartition("/")[2]
    return Rejected(
        platform=PLATFORM,
        source=FORM,
        reason="truncated_file",
        detail=f"{archive.name}: {shown} is no whole list of posts; download the archive again",
        body=b"",
        observed_at=at,
    )


def _list(written: bytes) -> bytes:
    """`window.YTD.tweets.part0 = [ … ]` from the first bracket on."""
    return written[max(written.find(b"["), 0) :].rstrip().rstrip(b";")


def _objects(archive: archives.Archive, name: str, member: str) -> Iterator[tuple[int, Fields]]:
    """The objects of a list; what cannot be read is left out, because nothing depends on it but itself."""
    try:
        pieces = verbatim.elements(_list(archive.read(name)))
    except ValueError:
        return
    for position, piece in enumerate(pieces, start=1):
        yield position, Fields(verbatim.decode_or_none(piece)).part(member)


def _first(archive: archives.Archive, names: list[str], which: str, member: str) -> list[Fields]:
    found = next((name for name in names if _ONE[which].search(name)), None)
    return [] if found is None else [one for _, one in _objects(archive, found, member)]


def _account(archive: archives.Archive, names: list[str]) -> dict[str, Any] | None:
    """Whose archive it is: id, handle and name, and nothing else of what stands there."""
    one = next(iter(_first(archive, names, "account", "account")), Fields(None))
    account_id = one.identity("accountId")
    if account_id is None:
        return None
    return {"id_str": account_id, "screen_name": one.text("username"), "name": one.text("accountDisplayName")}


def _is_protected(archive: archives.Archive, names: list[str]) -> bool:
    changes = _first(archive, names, "protected-history", "protectedHistory")
    dated = [(at, one.text("action")) for one in changes if (at := one.moment("protectedAt"))]
    return bool(dated) and max(dated, key=lambda change: change[0])[1] == "Protect"


def _made_at(archive: archives.Archive, names: list[str]) -> datetime | None:
    found = next((name for name in names if _ONE["manifest"].search(name)), None)
    if found is None:
        return None
    written = archive.read(found)
    manifest = Fields(verbatim.decode_or_none(written[max(written.find(b"{"), 0) :].rstrip().rstrip(b";")))
    return manifest.part("archiveInfo").moment("generationDate")


def _envelope(piece: bytes, account: dict[str, Any] | None, notes: list[Fields], protected: bool) -> bytes:
    """An item that stands alone: the post, whose it is, its whole text where it was cut."""
    read = verbatim.decode_or_none(piece)
    inner = read.get("tweet", read) if isinstance(read, dict) else None
    if not isinstance(inner, dict):
        return verbatim.encode({"tweet": {"user": account}, "unreadable": piece.decode("utf-8", "replace")})
    tweet = x_v1.of_one_person(inner)
    if account is not None:
        tweet["user"] = account
    if note := _note_of(Fields(inner), notes):
        marked = [one.text("text") or "" for one in note.part("core").parts("hashtags")]
        tweet["note_tweet"] = x_v1.note(note.part("core").text("text"), marked)
    return verbatim.encode({"tweet": tweet, "protected": protected})


def _note_of(tweet: Fields, notes: list[Fields]) -> Fields | None:
    """The long text that begins as the post does and was written in the same moment: a note has an id of its own."""
    text = (tweet.text("full_text") or "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    beginning, posted_at = _CUT.sub("", text).rstrip(), tweet.moment("created_at")
    if len(beginning) < _SHORTEST_BEGINNING or posted_at is None:
        return None
    for note in notes:
        written_at, whole = note.moment("createdAt"), note.part("core").text("text") or ""
        if written_at and abs(written_at - posted_at) <= _SAME_MOMENT and whole.startswith(beginning):
            return note
    return None


def split(page: Page) -> Iterator[RawItem | Rejected]:
    for place, piece in rows.of(page):
        envelope = Fields(verbatim.decode_or_none(piece))
        tweet = envelope.part("tweet")
        key, accounts = x_v1.key_of(tweet), x_v1.author_names(tweet)
        if key is None:
            is_broken = envelope.has("unreadable")
            reason, detail = ("not_json", "the post cannot be read") if is_broken else ("no_id", "the post has no id")
            yield replace(rows.rejected(page, piece, place, reason, detail), accounts=accounts)
        else:
            yield RawItem(
                platform=PLATFORM,
                source=page.source,
                key=key,
                body=piece,
                observed_at=page.observed_at,
                accounts=accounts,
            )


def parse(item: RawItem) -> Post | Rejected:
    envelope = Fields(verbatim.decode_or_none(item.body))
    body = verbatim.encode(x_v1.as_v2(envelope.part("tweet")))
    read = connector(PLATFORM).parse(replace(item, body=body))
    if isinstance(read, Rejected):
        return replace(read, body=item.body)
    return replace(read, audience="closed") if envelope.truth("protected") else read
