"""`rollcall freeze`, as people and scripts meet it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from flows.cli import run

FILE = """
name = "spring"
title = "#Spring"
hashtags = ["Spring"]
starts_on = 2026-02-01
ends_on = 2026-02-28
zone = "Europe/London"
"""
TABLES = """
create table metrics.metric_headline (
  campaign text, definition_version text, unique_posts bigint, open_reviews bigint, provisional boolean,
  publication_id bigint
);
create table metrics.metric_member_activity (campaign text, person_id text, posts bigint, publication_id bigint)
"""
AS_OF = datetime(2026, 3, 15, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_work(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "spring.toml").write_text(FILE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", database_url)


@pytest.fixture
def published(engine: Engine) -> Engine:
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLES)
        number = connection.execute(
            text("insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version)"
                 " values ('spring', :run, :as_of, :as_of, '1') returning publication_id"),
            {"run": str(uuid.uuid4()), "as_of": AS_OF},
        ).scalar_one()  # fmt: skip
        given = {"number": number}
        headline = "insert into metrics.metric_headline values ('spring', '1', 630, 2, true, :number)"
        connection.execute(text(headline), given)
        connection.execute(
            text("insert into metrics.metric_member_activity values ('spring', 'EGY-1', 9, :number)"), given
        )
    return engine


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = run(list(words))
    told = capsys.readouterr()
    return code, told.out + " ".join(told.err.split())


def test_before_anything_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is kept, and nothing can be."""
    assert said(capsys, "freeze") == (0, "Nothing is frozen. To keep the published numbers: rollcall freeze LABEL\n")
    code, told = said(capsys, "freeze", "final")
    assert code == 1
    assert "run `rollcall build` first" in told


def test_freezing_and_listing(published: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    """Provisional numbers only when that is said; then they are listed; people's rows are not kept."""
    code, told = said(capsys, "freeze", "final")
    assert code == 1
    assert "2 records wait" in told
    assert "--provisional" in told
    code, told = said(capsys, "freeze", "final", "--provisional", "--json")
    kept = json.loads(told)
    assert (code, kept["label"], kept["as_of"], kept["rows"]) == (0, "final", "2026-03-15T06:00:00+00:00", 1)
    assert json.loads(said(capsys, "freeze", "--json")[1]) == {"frozen": [kept]}
    assert "final" in said(capsys, "freeze")[1]
    with published.connect() as connection:
        rows = connection.execute(text("select table_name, row ->> 'unique_posts' from metrics.frozen_row")).all()
    assert rows == [("metric_headline", "630")]
