"""The queries of docs/warehouse.md, asked by an analyst of the reference campaign, give what stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

PAGE = Path(__file__).parents[2] / "docs" / "warehouse.md"
ASKED = re.compile(r"```sql\n(?P<query>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL)
QUERIES = [(found["query"], found["table"]) for found in ASKED.finditer(PAGE.read_text(encoding="utf-8"))]


def test_there_are_a_dozen() -> None:
    assert len(QUERIES) >= 12


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=[str(n) for n in range(1, len(QUERIES) + 1)])
def test_a_query_gives_what_the_page_says(published: Warehouse, query: str, expected: str) -> None:
    assert as_an_analyst(published, query) == expected


def as_an_analyst(warehouse: Warehouse, query: str) -> str:
    """The rows as a Markdown table."""
    with warehouse.engine.connect() as connection:
        connection.execute(text("set local role rollcall_analyst"))
        connection.execute(text("set local search_path = analysis, metrics, open_data"))
        answer = connection.execute(text(query.replace(":", r"\:")))
        lines = [tuple(answer.keys()), *answer]
        connection.rollback()
    head, *rows = ["| " + " | ".join("" if cell is None else str(cell) for cell in line) + " |\n" for line in lines]
    return head + "|" + " --- |" * len(lines[0]) + "\n" + "".join(rows)
