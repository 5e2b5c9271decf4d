"""What PostgreSQL can hold of a post. The rest is replaced by a rule, and the post says so in its flags.

`text` takes no NUL and no lone surrogates (both become U+FFFD), `bigint` ends at 2**63 - 1 (a count beyond it, or below
zero, becomes unknown), and an index takes no key of several kilobytes (an id as long as that is refused).
https://www.postgresql.org/docs/current/datatype-character.html
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from connectors.records import Author, Counts, Post

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_KEY = 1000
LARGEST_COUNT = 2**63 - 1

_TEXTS = tuple(field.name for field in fields(Post) if field.name not in ("author", "counts"))
_AUTHOR_TEXTS = ("account_id", "handle", "display_name", "url", "links", "moved_to")
_COUNTS = tuple(field.name for field in fields(Counts))
_texts_of, _author_texts_of, _counts_of = attrgetter(*_TEXTS), attrgetter(*_AUTHOR_TEXTS), attrgetter(*_COUNTS)


def text(value: str) -> str:
    """The text with U+FFFD for what cannot be stored."""
    return UNSTORABLE.sub("\ufffd", value)


def storable(post: Post) -> Post:
    """The post as it can be stored; the same object where nothing had to be replaced."""
    if _is_storable(post):
        return post
    flags: list[str] = []
    changed = _replaced(post, _TEXTS, flags)
    if post.author and (author := _replaced(post.author, _AUTHOR_TEXTS, flags)):
        changed["author"] = replace(post.author, **author)
    bad_counts = [name for name in _COUNTS if not _is_count(getattr(post.counts, name))]
    if bad_counts:
        flags.append("count_out_of_range")
        changed["counts"] = replace(post.counts, **dict.fromkeys(bad_counts))
    changed["flags"] = tuple(dict.fromkeys((*changed.get("flags", post.flags), *flags)))
    return replace(post, **changed)


def too_long(post: Post) -> str | None:
    """The name of an id that no index can hold, if there is one."""
    author = post.author
    ids = {
        "post_id": post.post_id,
        "source": post.source,
        "account_id": author.account_id if author else "",
        "handle": (author.handle if author else None) or "",
    }
    return next((name for name, value in ids.items() if len(value.encode(errors="replace")) > LONGEST_KEY), None)


def _is_storable(post: Post) -> bool:
    texts: list[str] = []
    for value in (*_texts_of(post), *(_author_texts_of(post.author) if post.author else ())):
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, tuple):
            texts.extend(value)
    return not UNSTORABLE.search("".join(texts)) and all(map(_is_count, _counts_of(post.counts)))


def _replaced(record: Post | Author, names: tuple[str, ...], flags: list[str]) -> dict[str, Any]:
    """The texts of a record that have to change, in their new form."""
    changed: dict[str, Any] = {}
    for name in names:
        value = getattr(record, name)
        if isinstance(value, str):
            clean: Any = _clean(value, flags)
        elif isinstance(value, tuple) and value:
            clean = tuple(_clean(part, flags) for part in value)
        else:
            continue
        if clean != value:
            changed[name] = clean
    return changed


def _clean(value: str, flags: list[str]) -> str:
    for found in UNSTORABLE.findall(value):
        flags.append("nul_replaced" if found == "\x00" else "surrogate_replaced")
    return text(value)


def _is_count(value: int | None) -> bool:
    return value is None or 0 <= value <= LARGEST_COUNT
