"""Rows of a CSV file as people's programs write it: any common encoding, `,` `;` or tab, line breaks inside cells."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.errors import BadAnswer

CHUNK = 1 << 20
LARGEST_CELL = 32 << 20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Line(NamedTuple):
    number: int
    """Where the row begins in the file, counted from 1."""
    cells: list[str]
    raw: str
    broken: bool = False


def lines(path: Path) -> Iterator[Line]:
    """The file's rows with something in them, streamed; a line that is no CSV is `broken`, and the next one goes on."""
    encoding = _encoding(path)
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        source = _Source(file)
        reader = csv.reader(source, delimiter=delimiter, strict=True)
        number = 1
        while True:
            try:
                cells = next(reader)
                line = Line(number, cells, "")
            except StopIteration:
                return
            except csv.Error:
                source.keep_one()
                line = Line(number, [], source.taken[0], broken=True)
            number += len(source.taken)
            source.taken.clear()
            if line.broken or any(cell.strip() for cell in line.cells):
                yield line if line.broken else line._replace(raw=delimiter.join(line.cells))


class _Source:
    """A file's lines, and those of them that a row has taken: a quotation mark without an end takes too many."""

    def __init__(self, file: Iterator[str]) -> None:
        self._file, self._again = file, deque[str]()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.taken.append(self._again.popleft() if self._again else next(self._file))
        return self.taken[-1]

    def keep_one(self) -> None:
        """Give back all lines but the first, to be read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    for bom, name in BOMS:
        if head.startswith(bom):
            return name
    if b"\0" in head:
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    return next((name for name in ("utf-8", "cp1252") if _decodes(path, name)), "latin-1")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(header: str) -> str:
    """The sign that parts the column names."""
    if "\0" in header or header.startswith(("PK", "{", "[")):
        raise BadAnswer("The file is no CSV: save the spreadsheet as CSV (UTF-8) and import that.")
    return max(",;\t", key=header.count)
