"""`rollcall db export`: what a file says is what the table says, in types, in NULLs and in hostile words."""

from __future__ import annotations

import csv
import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, text

from flows.cli import run
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.export import export
from reports import export as files
from reports.errors import CannotWrite, NotFrozen, NothingPublished
from warehouse.campaign import Campaign

AS_OF = datetime(2026, 3, 15, 6, tzinfo=UTC)
RUN = uuid.UUID("5f0c6d1e-0000-4000-8000-000000000028")
FILE = """
name = "spring"
title = "#Spring"
hashtags = ["Spring"]
starts_on = 2026-02-01
ends_on = 2026-02-28
zone = "Europe/London"
"""
COLUMNS = """
  campaign text, as_of timestamptz, run_id uuid, definition_version text, words text, number numeric,
  exact numeric(9, 2), share double precision, day date, flag boolean, tags text[], days integer[], notes jsonb,
  publication_id bigint
"""
HOSTILE = {
    "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t'=1", "\r=1": "'\r'=1",
    "\n=1": "'\n'=1", "'=quoted already": "''=quoted already", "'": "''", "＝1": "'＝1", "＠x": "'＠x",
    "a;=cmd|' /C calc'!A0": "a;'=cmd|' /C calc'!A0", "a\t@x": "a\t'@x", "line\n=line": "line\n'=line",
    **{words: words for words in (
        'says "hello", twice', "line\nline", "line\r\nline", "", " ", "2016", "1e5", "0123", "a,b", "a=b", "plain",
        "ünï↯\u202eçødé 🐫",
    )},
}  # fmt: skip
"""What somebody wrote -> what the cell holds."""
LONG = Decimal("123456789012345678.123456789")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "spring.toml").write_text(FILE, "utf-8")
    return Settings(home=tmp_path / "home", database_url=database_url, campaign_folders=(folder,))


@pytest.fixture
def campaign(settings: Settings) -> Campaign:
    from flows import campaign_file

    return campaign_file.find(settings)


def row(words: str | None, **more: Any) -> dict[str, Any]:
    return {
        "campaign": "spring", "as_of": AS_OF, "run_id": str(RUN), "definition_version": "1", "words": words,
        "number": None, "exact": None, "share": None, "day": None, "flag": None, "tags": None, "days": None,
        "notes": None, "publication_id": 7, **more,
    }  # fmt: skip


FULL = row(
    "full", number=LONG, exact=Decimal("-12.50"), share=0.1, day=date(2026, 2, 28), flag=False, tags=["=a", 'b"', None],
    days=[1, 28], notes=json.dumps({"a": [1, None]}),
)  # fmt: skip
ROWS = [FULL, row(None), *(row(words, number=Decimal(-5)) for words in HOSTILE)]


@pytest.fixture
def published(engine: Engine) -> Engine:
    """A table of each audience, with the same rows of two campaigns."""
    names = list(FULL)
    with engine.begin() as connection:
        for table in ("metrics.metric_headline", "metrics.metric_waterfall", "open_data.open_headline"):
            connection.execute(text(f"create table {table} ({COLUMNS})"))
        connection.execute(text("comment on table metrics.metric_headline is 'One row per test.'"))
        connection.execute(text("comment on column metrics.metric_headline.words is 'What was said.'"))
        connection.execute(text("create view analysis.metric_headline as select campaign, as_of, day, publication_id"
                                " from metrics.metric_headline"))  # fmt: skip
        values = ", ".join(f"cast(:{name} as jsonb)" if name == "notes" else f":{name}" for name in names)
        for table in ("metrics.metric_headline", "open_data.open_headline"):
            insert = text(f"insert into {table} ({', '.join(names)}) values ({values})")
            connection.execute(insert, [*ROWS, {**FULL, "campaign": "another"}])
        connection.execute(
            text("insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version)"
                 " values ('spring', :run, :as_of, :as_of, '1')"),
            {"run": str(RUN), "as_of": AS_OF},
        )  # fmt: skip
    return engine


def key(row: dict[str, Any]) -> str:
    return str(row["words"])


def as_stored(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(text("select * from metrics.metric_headline where campaign = 'spring'")).mappings()
        return sorted(({**one, "run_id": str(one["run_id"])} for one in found), key=key)


@pytest.mark.parametrize("batch", [1, 7, 20_000])
def test_parquet_holds_what_the_table_holds(
    settings: Settings,
    campaign: Campaign,
    published: Engine,
    tmp_path: Path,
    batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Types and NULLs too, however it is streamed."""
    monkeypatch.setattr(files, "BATCH", batch)
    [written] = export(settings, campaign, ["metric_headline"], tmp_path, form="parquet", audience="internal")
    table = pq.read_table(written.path)
    stored = [{**one, "notes": one["notes"] and json.dumps(one["notes"])} for one in as_stored(published)]
    assert sorted(table.to_pylist(), key=key) == stored
    assert written.rows == len(ROWS)
    assert [str(field.type) for field in table.schema] == [
        "string", "timestamp[us, tz=UTC]", "string", "string", "string", "decimal128(38, 9)", "decimal128(38, 6)",
        "double", "date32[day]", "bool", "list<element: string>", "list<element: int32>", "string", "int64",
    ]  # fmt: skip
    assert written.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("metric_*")] == ["metric_headline.parquet"]


def test_parquet_says_what_it_is(settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path) -> None:
    """Comments, and of which publication it is."""
    [written] = export(settings, campaign, ["metric_headline"], tmp_path, form="parquet", audience="internal")
    schema = pq.read_schema(written.path)
    about = {name.decode(): value.decode() for name, value in schema.metadata.items()}
    assert about | {"publication_id": ""} == {
        "table": "metric_headline", "comment": "One row per test.", "campaign": "spring", "publication_id": "",
        "run_id": str(RUN), "as_of": "2026-03-15T06:00:00+00:00", "published_at": "2026-03-15T06:00:00+00:00",
        "definition_version": "1",
    }  # fmt: skip
    assert about["publication_id"].isdigit()
    assert schema.field("words").metadata == {b"comment": b"What was said."}


def test_csv_holds_what_the_table_holds(
    settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path
) -> None:
    """Read back with csv; an apostrophe stands before what a spreadsheet would calculate."""
    [written] = export(settings, campaign, ["metric_headline"], tmp_path, form="csv", audience="internal")
    with written.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == len(ROWS)
    by_words = {one["words"]: one for one in rows}
    full = by_words["full"]
    assert (full["number"], full["exact"], full["share"], full["flag"]) == (str(LONG), "-12.50", "0.1", "false")
    assert (full["day"], full["as_of"], full["days"]) == ("2026-02-28", "2026-03-15T06:00:00+00:00", "[1, 28]")
    assert json.loads(full["tags"]) == ["=a", 'b"', None]
    assert json.loads(full["notes"]) == {"a": [1, None]}
    assert {one["words"] for one in rows if one["number"] == "-5"} == set(HOSTILE.values())


def test_csv_tells_nothing_from_empty(
    settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path
) -> None:
    """NULL is nothing, empty text is quoted, lines end as RFC 4180 has it, and pandas reads the numbers as numbers."""
    [written] = export(settings, campaign, ["metric_headline"], tmp_path, form="csv", audience="internal")
    content = written.path.read_bytes().decode("utf-8")
    stamp = f"spring,2026-03-15T06:00:00+00:00,{RUN},1,"
    assert content.startswith("campaign,as_of,run_id,definition_version,words,")
    assert f'\r\n{stamp}"",-5,,,,,,,,7\r\n' in content
    assert f"\r\n{stamp},,,,,,,,,7\r\n" in content
    frame = pd.read_csv(written.path)
    assert len(frame) == len(ROWS)
    assert frame["number"].dropna().lt(0).sum() == len(HOSTILE)


def test_each_audience_has_its_tables(
    settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path
) -> None:
    """Analysts get their views, the team the tables, and without a name each gets all of its own."""
    [seen] = export(settings, campaign, [], tmp_path / "new" / "folder", form="parquet", audience="analyst")
    assert pq.read_schema(seen.path).names == ["campaign", "as_of", "day", "publication_id"]
    internal = export(settings, campaign, [], tmp_path, form="csv", audience="internal")
    assert [(one.table, one.rows) for one in internal] == [("metric_headline", len(ROWS)), ("metric_waterfall", 0)]
    empty = export(settings, campaign, ["metrics.metric_waterfall"], tmp_path, form="parquet", audience="internal")
    assert pq.read_table(empty[0].path).num_rows == 0


def test_an_unknown_table_is_told_with_those_there_are(
    settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path
) -> None:
    """Also one of another audience, and nothing is written."""
    for name in ("metric_headlines", "open_headline", "core.item", "pg_class"):
        with pytest.raises(ConfigurationError, match=r"There are metric_headline, metric_waterfall\."):
            export(settings, campaign, [name], tmp_path / "none", form="csv", audience="internal")
    with pytest.raises(ConfigurationError, match=r"Is metric_headline meant\?"):
        export(settings, campaign, ["metric_headlines"], tmp_path / "none", form="csv", audience="internal")
    with pytest.raises(ConfigurationError, match="one of parquet, csv"):
        export(settings, campaign, [], tmp_path / "none", form="xlsx", audience="internal")
    assert not (tmp_path / "none").exists()


def test_what_everybody_may_see_is_handed_out_when_it_is_frozen(
    settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path
) -> None:
    """Editions of different days could be subtracted."""
    with pytest.raises(NotFrozen, match="rollcall freeze LABEL"):
        export(settings, campaign, [], tmp_path, form="csv", audience="public")
    with published.begin() as connection:
        connection.execute(text(
            "insert into metrics.frozen_publication select publication_id, campaign, 'final', as_of, run_id,"
            " definition_version, now() from metrics.publication"))  # fmt: skip
    [written] = export(settings, campaign, [], tmp_path, form="csv", audience="public")
    assert (written.table, written.rows) == ("open_headline", len(ROWS))


def test_nothing_published_and_nowhere_to_write(
    settings: Settings, campaign: Campaign, published: Engine, tmp_path: Path
) -> None:
    """Each is a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="--out"):
        export(settings, campaign, [], tmp_path / "file", form="csv", audience="internal")
    with published.begin() as connection:
        connection.execute(text("delete from metrics.publication"))
    with pytest.raises(NothingPublished):
        export(settings, campaign, [], tmp_path, form="csv", audience="internal")


def test_the_command(
    settings: Settings,
    published: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One JSON object for scripts, a line a file for people, exit code 2 for a table that there is not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    asked = ["db", "export", "metric_headline", "--audience", "internal", "--out", str(tmp_path / "out")]
    assert run([*asked, "--json"]) == 0
    path = tmp_path / "out" / "metric_headline.parquet"
    assert json.loads(capsys.readouterr().out) == {
        "written": [{"table": "metric_headline", "path": str(path), "rows": len(ROWS)}]
    }
    assert pa.types.is_decimal(pq.read_schema(path).field("number").type)
    assert run([*asked, "--format", "csv"]) == 0
    assert "metric_headline.csv" in capsys.readouterr().out
    assert run(["db", "export", "nothing", "--out", str(tmp_path)]) == 2
