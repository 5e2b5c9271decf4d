"""The diagram in docs/ is that of the models, and the page of the warehouse holds them all and loads nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warehouse.documentation import DIAGRAM, diagram, write_page
from warehouse.publish import PUBLISHED


def test_the_diagram_is_of_today_s_models() -> None:
    """`make docs` writes it anew."""
    assert DIAGRAM.read_text(encoding="utf-8") == diagram()


def test_the_diagram_shows_what_points_to_what() -> None:
    drawn = diagram()
    assert "dim_member ||--o{ fct_posts : person_id" in drawn
    assert re.search(r"fct_posts \{\n(?:    .*\n)*    text cluster_id PK\n", drawn)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the libraries that a build imports
def test_the_page_has_every_published_table_and_needs_no_network(tmp_path: Path) -> None:
    write_page(tmp_path / "work", page := tmp_path / "docs" / "index.html")
    text = page.read_text(encoding="utf-8")
    assert [table for _, table in PUBLISHED if table not in text] == []
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?://", text) == []
    assert '"send_anonymous_usage_stats": false' in text
