"""The spreadsheet: every published table, values that calculate nothing, unknown left empty."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, text

from reports import workbook
from reports.errors import CannotWrite, NothingPublished


def rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    lines = list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
    return [dict(zip(map(str, lines[0]), line, strict=True)) for line in lines[1:]]


def test_every_published_table_is_a_sheet_with_its_numbers(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """Numbers are numbers, unknown is an empty cell, and only the campaign's own rows are there."""
    publish(campaign_rows)
    publish(campaign_rows, campaign="other")
    path = workbook.write(engine, "itp28", tmp_path)
    with engine.connect() as connection:
        tables = connection.execute(text(workbook.TABLES)).scalars().all()
    assert set(openpyxl.load_workbook(path).sheetnames) == {"about", *(t.removeprefix("metric_") for t in tables)}
    assert [row["unique_posts"] for row in rows(path, "headline")] == [7]
    days = rows(path, "posts_by_prompt")
    assert [(row["prompt_day"], row["label"]) for row in days] == [(1, "My museum"), (2, None), (3, "ITP memory")]
    assert rows(path, "posts_by_platform")[0]["share"] == pytest.approx(5 / 7)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("start", workbook.CALCULATED)
def test_no_cell_calculates(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path, start: str) -> None:
    """A label that looks like a formula is text with an apostrophe before it."""
    label = f"{start}HYPERLINK(1)\x07"
    campaign_rows["metrics.metric_posts_by_prompt"][0]["label"] = label
    publish(campaign_rows)
    found = rows(workbook.write(engine, "itp28", tmp_path), "posts_by_prompt")[0]["label"]
    assert found == f"'{label}".replace("\r", "\n").replace("\x07", "\ufffd")  # XML knows one kind of line end


def test_nothing_published_and_nowhere_to_write_are_sentences(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """With what to do about it."""
    publish(campaign_rows)
    with pytest.raises(NothingPublished, match="rollcall build"):
        workbook.write(engine, "nothing-yet", tmp_path)
    with pytest.raises(CannotWrite, match="another folder"):
        workbook.write(engine, "itp28", tmp_path / "not there")
