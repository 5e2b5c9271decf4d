"""How the command line speaks: to people on the terminal, or one JSON object for scripts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(value: object) -> str:
    """Text from elsewhere, harmless to a terminal and to markup."""
    return escape(CONTROL.sub("\ufffd", str(value)))


def complain(sentence: str) -> None:
    """One sentence on the error stream."""
    err.print(f"[bold red]rollcall:[/] {safe(sentence)}", soft_wrap=True)


def say(text: str = "") -> None:
    """A line for people; `text` may carry markup."""
    out.print(text, soft_wrap=True)


def show_json(data: object) -> None:
    """One JSON object on standard output, and nothing else."""
    sys.stdout.write(json.dumps(data, default=_plain, ensure_ascii=False, indent=2) + "\n")


def grid(*columns: str, title: str | None = None) -> Table:
    """A quiet table; columns that start with `#` hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        number = column.startswith("#")
        table.add_column(column.lstrip("#"), justify="right" if number else "left", header_style="dim", overflow="fold")
    return table


def moment(value: datetime | None) -> str:
    """A time for people: UTC, to the minute."""
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else "never"


@contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[Any]:
    """A line that moves while something long goes on; silent for scripts and when output is not a terminal."""
    if quiet or not err.is_terminal:
        yield lambda *words: None
        return
    with err.status(what) as status:
        yield lambda *words: status.update(f"{what}: {safe(' '.join(str(word) for word in words))}")


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
