"""The JSON documents of a file that people have, whatever its name says: NDJSON or one document, gzip, BOM, UTF-16."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import IO, cast

from connectors import verbatim

BREAKS_OFF = "the file breaks off here; save or copy it again"
_GZIP, _BOM = b"\x1f\x8b", b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE_BYTES, _SAMPLE, _CHUNK = 8 << 20, 20, 1 << 12
_UNREADABLE = (OSError, EOFError, zlib.error, UnicodeError)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked, in UTF-8."""
    with path.open("rb") as file:
        start = file.peek(4)
        if start.startswith(_UTF_16):  # what the console of Windows writes
            yield BytesIO(file.read().decode("utf-16").encode("utf-8", "surrogatepass"))
        elif start.startswith(_GZIP):
            with gzip.open(file) as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            yield file


def looks_like_json(path: Path) -> bool:
    """Whether the file begins as JSON does."""
    try:
        with opened(path) as lines:
            return next((line for line in map(bare, lines) if line), b"")[:1] in (b"[", b"{")
    except _UNREADABLE:
        return False


def bare(line: bytes) -> bytes:
    """The line without blanks and BOM around it."""
    return line.strip().removeprefix(_BOM).strip()


def documents(path: Path) -> Iterator[tuple[int, bytes | str]]:
    """Number of the line and the document there; a sentence instead where the file itself breaks off.

    Lines are streamed. A file that is one document over many lines is read as a whole and is line 1.
    """
    number = 0
    try:
        with opened(path) as lines:
            for number, line in enumerate(_lines(lines), start=1):
                if bare(line):
                    yield number, line
    except _UNREADABLE:
        yield number + 1, BREAKS_OFF


def _lines(lines: IO[bytes]) -> Iterator[bytes]:
    first = next(lines, b"")
    if verbatim.document(first) is not None:
        return chain([first], lines)
    second = next(lines, b"")
    begins_anew = bare(first)[:1] != b"[" and bare(second)[:1] == b"{" and verbatim.document(second) is not None
    if begins_anew:
        return chain([first, second], lines)
    whole = first + second + lines.read()
    return iter([whole]) if verbatim.document(whole) is not None else iter(whole.splitlines())


def items(path: Path) -> Iterator[tuple[str, bytes | str]]:
    """Where in the file and the item there: each line, or each element of a line that is a list."""
    for number, document in documents(path):
        whole = verbatim.document(document) if isinstance(document, bytes) else None
        if whole is None or not whole.startswith(b"["):
            yield str(number), document if whole is None else whole
            continue
        for position, element in enumerate(verbatim.elements(whole), start=1):
            yield f"{number}[{position}]", element


def sample(path: Path) -> list[object]:
    """The first readable items of a JSON file, to know it by; none where it is no JSON. Reads 8 MB at most."""
    if not looks_like_json(path):
        return []
    text = _beginning(path).decode("utf-8", "replace").lstrip("\ufeff")
    found: list[object] = []
    position, is_list = 0, text.lstrip()[:1] == "["
    if is_list:
        position = text.index("[") + 1
    while len(found) < _SAMPLE and (position := _next(text, position)) < len(text):
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            line_end = text.find("\n", position)
            if is_list or line_end < 0:
                break
            position = line_end + 1
            continue
        found += value[:_SAMPLE] if isinstance(value, list) else [value]
    return found


def _beginning(path: Path) -> bytes:
    """As much of the file as can be read, within bounds."""
    content = bytearray()
    with suppress(*_UNREADABLE), opened(path) as file:
        while len(content) < _SAMPLE_BYTES and (piece := file.read(_CHUNK)):
            content += piece
    return bytes(content)


_DECODER = json.JSONDecoder(strict=False)


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position] in ", \t\r\n":
        position += 1
    return position
