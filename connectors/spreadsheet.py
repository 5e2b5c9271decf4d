"""Rows of a CSV file as people's programs write it: any common encoding, `,` `;` or tab, line breaks inside cells."""

from __future__ import annotations

import codecs
import csv
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
    """The file's rows with something in them, streamed; a row that is no CSV is `broken`, and the next one goes on."""
    encoding = _encoding(path)
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        taken: list[str] = []
        reader = csv.reader(_remembering(file, taken), delimiter=delimiter, strict=True)
        number = 1
        while True:
            try:
                cells = next(reader)
                line = Line(number, cells, "")
            except StopIteration:
                return
            except csv.Error:
                line = Line(number, [], "".join(taken), broken=True)
            number += len(taken)
            taken.clear()
            if line.broken or any(cell.strip() for cell in line.cells):
                yield line if line.broken else line._replace(raw=delimiter.join(line.cells))


def _remembering(file: Iterator[str], taken: list[str]) -> Iterator[str]:
    for text in file:
        taken.append(text)
        yield text


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
