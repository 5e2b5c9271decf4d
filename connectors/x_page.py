"""A page of X cut into posts that stand alone: each with its own author, media and references out of `includes`.

Both dialects (`platforms.md` §1.3). A page may hold `data` and `errors` at once; `includes` has no order.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from connectors import verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.records import Page, RawItem, Rejected
from connectors.x_post import HISTORIES, PLATFORM, author_of, ids_of, key_of, references_of


class Parts:
    """A page's members, each as it came. ValueError if it is not an object."""

    def __init__(self, body: bytes) -> None:
        self._members = verbatim.members(verbatim.document(body) or b"")
        self._includes = _members_or_none(self._members.get("includes"))

    def value(self, name: str) -> object:
        try:
            return verbatim.decode(self._members.get(name, b"null"))
        except ValueError:
            return None

    def pieces(self, name: str) -> list[bytes]:
        """The elements of a list; a lookup of one post gives it without a list."""
        written = self._members.get(name, b"null")
        if written.startswith(b"{"):
            return [written]
        return [] if written == b"null" else verbatim.elements(written)

    def included(self, *names: str) -> Iterator[bytes]:
        for name in names:
            written = self._includes.get(name, b"null")
            if written.startswith(b"["):
                yield from verbatim.elements(written)


def _members_or_none(written: bytes | None) -> dict[str, bytes]:
    return verbatim.members(written) if written is not None and written.startswith(b"{") else {}


def id_of(piece: bytes) -> str:
    fields = Fields(verbatim.readable_members(piece, ("id",)))
    return fields.identity("id") or hashlib.sha256(piece).hexdigest()


def problems(parts: Parts) -> Iterator[Fields]:
    """X's partial errors; their details can name people."""
    yield from Fields({"errors": parts.value("errors")}).parts("errors")


def kind_of(problem: Fields) -> str:
    """The tail of its type; the hosts before it differ."""
    return (problem.text("type") or "unnamed").rsplit("/", 1)[-1]


def kinds(parts: Parts) -> Counter[str]:
    return Counter(kind_of(problem) for problem in problems(parts))


def told(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{number} x {kind}" for kind, number in sorted(kinds.items()))


def key_of_piece(piece: bytes) -> str | None:
    return key_of(Fields(verbatim.decode_or_none(piece)))


def recognises(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    meta, data = document.get("meta"), document.get("data")
    first = data[0] if isinstance(data, list) and data else data
    if isinstance(first, dict) and "username" in first and "text" not in first:
        return False  # a list of users looks much the same
    has_posts = isinstance(first, dict) and {"id", "text"} <= first.keys()
    return has_posts or (isinstance(meta, dict) and "result_count" in meta)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    try:
        parts = Parts(page.body)
        pieces = parts.pieces("data")
    except ValueError as wrong:
        raise BadAnswer("A page of X is not an object with a list of posts.") from wrong
    known = _Included(parts)
    for piece in pieces:
        yield _item(piece, known, page)


class _Included:
    """What a page tells once for all its posts, by id: authors and media as they came, other posts as references."""

    def __init__(self, parts: Parts) -> None:
        self.users = {id_of(piece): piece for piece in parts.included("users")}
        self.media = {_media_key(piece): piece for piece in parts.included("media")}
        self.posts = dict(_references(parts))

    def of(self, post: Fields) -> bytes:
        """The includes of one post, and of one person."""
        keys = list(post.part("attachments").texts("media_keys"))
        others = [one.identity("id") for one in references_of(post)]
        found = {
            "users": [self.users[one] for one in [post.identity("author_id")] if one in self.users],
            "media": [self.media[key] for key in keys if key in self.media],
            "posts": [self.posts[one] for one in others if one in self.posts],
        }
        written = (b'"%s":[%s]' % (name.encode(), b",".join(pieces)) for name, pieces in found.items() if pieces)
        return b"{%s}" % b",".join(written)


def _media_key(piece: bytes) -> str:
    return Fields(verbatim.readable_members(piece, ("media_key",))).identity("media_key") or ""


def _references(parts: Parts) -> Iterator[tuple[str, bytes]]:
    """Other posts by every id that they had: whose they are, and, of an edited one, which is its first."""
    for piece in parts.included("tweets", "posts"):
        post = Fields(verbatim.readable_members(piece, ("id", "author_id", *HISTORIES)))
        edited = HISTORIES if len(set(ids := ids_of(post))) > 1 else ()
        reference = verbatim.encode(verbatim.readable_members(piece, ("id", "author_id", *edited)))
        yield from ((one, reference) for one in (*ids, id_of(piece)))


def _item(piece: bytes, known: _Included, page: Page) -> RawItem | Rejected:
    try:
        post = verbatim.decode(piece)
    except ValueError:
        broken = verbatim.readable_members(piece, ("id", "author_id", "attachments", "referenced_tweets"))
        return _rejected(piece, broken, known, page, "not_json")
    if not isinstance(post, dict):
        return _rejected(piece, {}, known, page, "wrong_type")
    fields, kept = Fields(post), _own_words(post, piece)
    key = key_of(fields)
    if key is None:
        return _rejected(kept, post, known, page, "no_id")
    includes = known.of(fields)
    author = author_of(fields, Fields(verbatim.decode_or_none(includes)))
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=b'{"post":%s,"includes":%s}' % (kept, includes),
        observed_at=page.observed_at,
        accounts=author.names,
        public=not author.is_protected,
    )


def _own_words(post: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came; of a repost only what its author did, because its text is somebody else's."""
    if not any(one.text("type") == "retweeted" for one in references_of(Fields(post))):
        return piece
    others = ("text", "note_tweet", "note_post", "entities", "context_annotations")
    kept = {name: value for name, value in post.items() if name not in others}
    tags = Fields(post).part("entities").value("hashtags")
    return verbatim.encode(kept | ({"entities": {"hashtags": tags}} if tags else {}))


def _rejected(piece: bytes, post: Mapping[str, Any], known: _Included, page: Page, reason: str) -> Rejected:
    fields = Fields(dict(post))
    author = author_of(fields, Fields(verbatim.decode_or_none(known.of(fields))))
    details = {"not_json": "cannot be read as JSON", "wrong_type": "is not a JSON object", "no_id": "has no id"}
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=f"a post {details[reason]}",
        body=piece,
        observed_at=page.observed_at,
        accounts=author.names,
        public=not author.is_protected,
    )
