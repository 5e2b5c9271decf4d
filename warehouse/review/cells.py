"""Cells that no spreadsheet program calculates, shortens or rounds, and that read back as they were.

An apostrophe goes before what a program would take for a formula or a number: a handle is text, and the id of an
account has more digits than a spreadsheet's numbers.
"""

from __future__ import annotations

import re

CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"\s*[0-9][0-9.,]*([eE][+-]?[0-9]+)?\s*")
WITHIN = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])")
"""Where a program that is set to part cells by semicolons or tabs begins a cell in the middle of a text."""
LONGEST = 10_000
"""A spreadsheet's cell holds 32,767 characters, and goes on in other rows after that."""


def shown(words: str) -> str:
    """A cell that is looked at and not read back."""
    short = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
    return guarded(WITHIN.sub(r"\1'", short))


def guarded(cell: str) -> str:
    return f"'{cell}" if _is_guarded(cell) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _is_guarded(cell[1:]) else cell


def _is_guarded(cell: str) -> bool:
    return cell.startswith(CALCULATED) or NUMBER.fullmatch(cell) is not None
