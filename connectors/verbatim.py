"""JSON cut into pieces that keep their bytes.

What a platform sends is archived as it came, so items are never decoded and written again. `msgspec` cuts quickly but
refuses a whole page for one lone surrogate, NaN or too deep nesting (`faults.md` 38); then brackets and strings are
counted instead, which needs no item to be well-formed, so that a bad item costs only itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_MEMBER = re.compile(rb'\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*', re.DOTALL)
_OPENING = re.compile(rb'\[\s*[\[\]{]|\{\s*["}]')
_BOM = b"\xef\xbb\xbf"
_TRIED_PREFIXES = 20


def document(body: bytes) -> bytes | None:
    """The JSON array or object in an answer, without BOM and without the PHP warnings that plugins print before it.

    None where there is none, or not whole: HTML, an empty body, a truncated answer. `null`, numbers and strings are
    JSON, but never a page.
    """
    body = body.removeprefix(_BOM).strip()
    if body[:1] in (b"[", b"{"):
        return body if _is_whole(body) else None
    for opening in islice(_OPENING.finditer(body), _TRIED_PREFIXES):
        if _is_whole(body[opening.start() :]):
            return body[opening.start() :]
    return None


def elements(array: bytes) -> list[bytes]:
    """The items of a JSON array, each as it came. ValueError if it is not a whole array."""
    try:
        return [bytes(raw) for raw in msgspec.json.decode(array, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError):
        return list(_pieces(array, b"["))


def members(obj: bytes) -> dict[str, bytes]:
    """The members of a JSON object, each value as it came; of doubled keys the last. ValueError if it is not whole."""
    try:
        return {key: bytes(raw) for key, raw in msgspec.json.decode(obj, type=dict[str, msgspec.Raw]).items()}
    except (msgspec.DecodeError, RecursionError):
        return dict(_member(piece) for piece in _pieces(obj, b"{"))


def _is_whole(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return _is_balanced(body)
    return True


def _is_balanced(body: bytes) -> bool:
    try:
        pieces = list(_pieces(body, body[:1]))
        return body[:1] == b"[" or all(_MEMBER.match(piece) for piece in pieces)
    except ValueError:
        return False


def _pieces(body: bytes, opening: bytes) -> Iterator[bytes]:
    """What stands between the commas of the outermost bracket."""
    body = body.strip()
    if body[:1] != opening:
        raise ValueError("not the bracket that was expected")
    depth, start = 0, 1
    for token in _TOKEN.finditer(body):
        match token.group():
            case b"[" | b"{":
                depth += 1
            case b"]" | b"}":
                depth -= 1
            case b"," if depth == 1:
                yield body[start : token.start()].strip()
                start = token.end()
        if depth == 0:
            if token.end() != len(body):
                break
            if last := body[start : token.start()].strip():
                yield last
            return
    raise ValueError("not one whole document")


def _member(piece: bytes) -> tuple[str, bytes]:
    name = _MEMBER.match(piece)
    if name is None:
        raise ValueError("a member without a name")
    return str(json.loads(name.group(1))), piece[name.end() :]


def decode(piece: bytes) -> Any:
    """The value of a piece, read leniently: NaN, lone surrogates and control characters are kept for the flags to tell.

    ValueError if it is not JSON, not UTF-8, or nested too deep to be anybody's post.
    """
    try:
        return msgspec.json.decode(piece)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        try:
            return json.loads(piece.decode("utf-8"), strict=False)
        except RecursionError as deep:
            raise ValueError("nested too deep") from deep


def decode_or_none(piece: bytes) -> Any:
    try:
        return decode(piece)
    except ValueError:
        return None


def encode(value: object) -> bytes:
    """The bytes of an item that had to be put together; lone surrogates stay as they were escaped."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def readable_members(piece: bytes, names: Iterable[str]) -> dict[str, Any]:
    """Of a broken object, those named members that can be read: what the sieve needs to know whose post is broken."""
    try:
        found = members(piece)
    except ValueError:
        return {}
    read: dict[str, Any] = {}
    for name in names:
        try:
            read[name] = decode(found[name].decode("utf-8", "replace").encode())
        except (KeyError, ValueError):
            continue
    return read
