"""What twarc wrote: pages of API v2 as they came, `flattened` posts of v2, or objects of the old API v1.1.

https://github.com/DocNow/twarc (src/twarc/expansions.py). A page is one of `connectors.x`; a flattened post becomes
such a page again, with the posts that twarc had put into it cut down to references. Only v1.1 stays in its own form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors import documents, verbatim
from connectors.fields import Fields
from connectors.imports import rows, x_v1
from connectors.records import Page, Post, RawItem, Rejected
from connectors.registry import connector

FORM = "twarc"
PLATFORM = "x"
SOURCE = "x.com"
V1, FLATTENED = f"{FORM}:v1.1", f"{FORM}:flattened"


def looks_like(path: Path) -> bool:
    return any(_is_twarcs(one) for one in documents.sample(path))


def _is_twarcs(value: object) -> bool:
    return isinstance(value, dict) and ("__twarc" in value or _is_flattened(value) or _is_v1(value))


def _is_flattened(value: dict[str, Any]) -> bool:
    return (
        {"id", "text", "author"} <= value.keys() and isinstance(value["author"], dict) and "username" in value["author"]
    )


def _is_v1(value: dict[str, Any]) -> bool:
    return "id_str" in value and isinstance(value.get("user"), dict) and bool({"full_text", "text"} & value.keys())


def pages(path: Path, imported_at: datetime) -> Iterator[Page | Rejected]:
    """The file's posts, streamed. `imported_at` serves where a line does not tell when it was asked for."""
    return rows.pages(_rows(path, imported_at), path.name, imported_at)


def _rows(path: Path, imported_at: datetime) -> Iterator[rows.Row | Page | Rejected]:
    for place, piece in documents.items(path):
        value = verbatim.decode_or_none(piece) if isinstance(piece, bytes) else None
        if isinstance(piece, str):
            yield _unread(b"", path, place, imported_at, "truncated_file", piece)
        elif not isinstance(value, dict):
            yield _unread(piece, path, place, imported_at, "not_json", "the line is not a whole JSON object")
        elif _is_flattened(value):
            yield rows.Row(PLATFORM, FLATTENED, place, piece)
        elif _is_v1(value):
            yield rows.Row(PLATFORM, V1, place, piece)
        elif connector(PLATFORM).recognises(value):
            yield _page(value, piece, path, place, imported_at)
        else:
            yield _unread(piece, path, place, imported_at, "unknown_format", "the line is nothing that twarc writes")


def _unread(body: bytes, path: Path, place: str, at: datetime, reason: str, detail: str) -> Rejected:
    return Rejected(
        platform=PLATFORM,
        source=FORM,
        reason=reason,
        detail=f"{path.name}:{place}: {detail}",
        body=body,
        observed_at=at,
    )


def _page(value: dict[str, Any], piece: bytes, path: Path, place: str, imported_at: datetime) -> Page:
    return Page(
        platform=PLATFORM,
        query=rows.QUERY,
        source=SOURCE,
        url=f"{path.name}:{place}",
        status=200,
        observed_at=_retrieved_at(value) or imported_at,
        body=piece,
    )


def _retrieved_at(value: dict[str, Any]) -> datetime | None:
    return Fields(value).part("__twarc").moment("retrieved_at")


def split(page: Page) -> Iterator[RawItem | Rejected]:
    """One item per line. A flattened post leaves as an item of `connectors.x`, whose source says so from then on."""
    for place, piece in rows.of(page):
        value: dict[str, Any] = verbatim.decode(piece)
        if page.source == V1:
            yield _old_item(value, page, place)
        else:
            as_page = verbatim.encode(_unflattened(value))
            observed_at = _retrieved_at(value) or page.observed_at
            yield from connector(PLATFORM).split(replace(page, source=SOURCE, body=as_page, observed_at=observed_at))


def _unflattened(post: dict[str, Any]) -> dict[str, Any]:
    """The post as a page of one, as the API gave it before twarc put everything into it."""
    fields = Fields(post)
    own = {name: value for name, value in post.items() if name not in ("author", "in_reply_to_user", "__twarc")}
    attachments = fields.part("attachments")
    media = attachments.value("media")
    own["attachments"] = {"media_keys": list(attachments.texts("media_keys"))}
    others = [*fields.parts("referenced_tweets"), *fields.parts("referenced_posts")]
    own.pop("referenced_posts", None)
    own["referenced_tweets"] = [{"type": one.text("type"), "id": one.identity("id")} for one in others]
    if isinstance(entities := own.get("entities"), dict):
        mentions = fields.part("entities").parts("mentions")
        own["entities"] = {**entities, "mentions": [{"username": one.text("username")} for one in mentions]}
    own.setdefault("author_id", fields.part("author").identity("id"))
    posts = [{"id": one.identity("id"), "author_id": _author_of(one)} for one in others]
    return {
        "data": [own],
        "includes": {
            "users": [fields.value("author")],
            "media": media if isinstance(media, list) else [],
            "tweets": posts,
        },
    }


def _author_of(other: Fields) -> str | None:
    return other.identity("author_id") or other.part("author").identity("id")


def _old_item(tweet: dict[str, Any], page: Page, place: str) -> RawItem | Rejected:
    fields = Fields(tweet)
    body = verbatim.encode(x_v1.of_one_person(tweet))
    key, accounts, public = x_v1.key_of(fields), x_v1.author_names(fields), x_v1.is_public(fields)
    if key is None:
        broken = rows.rejected(page, body, place, "no_id", "the post has no id")
        return replace(broken, accounts=accounts, public=public)
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=body,
        observed_at=page.observed_at,
        accounts=accounts,
        public=public,
    )


def parse(item: RawItem) -> Post | Rejected:
    """An object of v1.1; items of the other forms are parsed by `connectors.x`."""
    body = verbatim.encode(x_v1.as_v2(Fields(verbatim.decode_or_none(item.body))))
    read = connector(PLATFORM).parse(replace(item, body=body))
    return replace(read, body=item.body) if isinstance(read, Rejected) else read
