"""A roster's file as rows of text with their line numbers: CSV in any common encoding, or the first sheet of an XLSX.

Everything stays the text that a person typed: `NA` is Namibia, `null` may be a handle, `0012` keeps its zeros. Neither
pandas nor Excel's own types are asked, because both guess. What cannot be read for certain is refused with its line.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import RosterError

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
LARGEST_SAFE_NUMBER = 10**15
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    lines: list[Line]
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(path: Path) -> Table:
    """The file's rows that are not blank; its kind is told by its content, not by its name."""
    content = path.read_bytes()
    if content.startswith(OLD_EXCEL):
        raise RosterError(f"{path.name} is in Excel's format of before 2007: save it as XLSX or as CSV (UTF-8).")
    if content.startswith(b"PK"):
        return _xlsx(content, path.name)
    return _csv(content, path.name)


# ---------------------------------------------------------------- CSV


def _csv(content: bytes, name: str) -> Table:
    text, warnings = _decode(content, name)
    header, _, rest = text.partition("\n")
    if header.lower().startswith("sep="):  # a line that only Excel understands
        text, first = rest, 2
        header = rest.partition("\n")[0]
    else:
        first = 1
    problems: list[str] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    lines = list(_csv_lines(reader, first, problems))
    return Table(lines=lines, problems=problems, warnings=warnings)


def _csv_lines(reader: Any, first: int, problems: list[str]) -> Iterator[Line]:
    while True:
        number = first + reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.append(f"Line {number}: a quotation mark is not closed, or text follows it in its cell.")
            return
        if any(cell.strip() for cell in cells):
            yield Line(number=number, cells=cells)


def _decode(content: bytes, name: str) -> tuple[str, list[str]]:
    encoding = next((found for bom, found in BOMS if content.startswith(bom)), "utf-8")
    if encoding == "utf-8" and b"\0" in content[:4]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        return content.decode(encoding), []
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise RosterError(f"{name} is damaged: it begins as {encoding} and goes on as something else.") from None
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise RosterError(
            f"{name} is in an encoding that cannot be told for certain: save it as CSV (UTF-8)."
        ) from None
    return text, ["The file is not in UTF-8; it was read as Windows-1252: look whether the accents in names are right."]


# ---------------------------------------------------------------- XLSX


def _xlsx(content: bytes, name: str) -> Table:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        values = load_workbook(io.BytesIO(content), data_only=True)
        formulas = load_workbook(io.BytesIO(content))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise RosterError(f"{name} is no readable XLSX: open it in a spreadsheet program and save it again.") from None
    sheet, written = values.worksheets[0], formulas.worksheets[0]
    problems = [
        f"Line {area.min_row}: the cells {area.coord} are merged; one cell cannot belong to several rows: unmerge them."
        for area in sheet.merged_cells.ranges
    ]
    lines = []
    for number, (row, formula_row) in enumerate(zip(sheet.iter_rows(), written.iter_rows(), strict=True), start=1):
        cells = [_cell(cell, formula, problems) for cell, formula in zip(row, formula_row, strict=True)]
        if any(text.strip() for text in cells):
            lines.append(Line(number=number, cells=cells))
    others = [other.title for other in values.worksheets[1:] if other.max_row > 1]
    warnings = [f"Only the first sheet was read; the file has {len(others)} more."] if others else []
    return Table(lines=lines, problems=problems, warnings=warnings)


def _cell(cell: Any, formula: Any, problems: list[str]) -> str:
    """The cell's text as a person reads it; a formula's result, where the file holds it."""
    value = cell.value
    if formula.data_type == "f" and value is None:
        problems.append(
            f"Line {cell.row}: {cell.coordinate} holds a formula without a saved result: "
            "open the file in a spreadsheet program and save it, or paste the value."
        )
        return ""
    if cell.data_type == "e":
        problems.append(f"Line {cell.row}: {cell.coordinate} holds an error of the spreadsheet program.")
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(cell, value, problems)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _number(cell: Any, value: int | float, problems: list[str]) -> str:
    if abs(value) >= LARGEST_SAFE_NUMBER:
        problems.append(
            f"Line {cell.row}: {cell.coordinate} holds a long number whose last digits are lost: enter it as text."
        )
        return ""
    if value != int(value):
        return repr(value)
    shown = str(cell.number_format)
    return str(int(value)).zfill(len(shown) if set(shown) == {"0"} else 0)
