"""A campaign with posts, people and open questions, as a build would leave them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.dbt.rows import campaign, insert, item, put_items, put_person
from warehouse.review import answers, sheets
from warehouse.review.answers import Taken
from warehouse.review.refresh import refresh

NAME = "asked"
FIRST, LATER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
TEXTS = {"one": "=good morning, all", "two": "good morning\nall; again", "whose": "my day"}
PAIR = "pair:facebook:two + x:one"
OPEN = [
    ("duplicate_doubtful", PAIR, 1, True, "text 1.00"),
    ("author_candidate", "account:x:1234567890123456789", 2, True, "person F1: name 0.95 alike"),
    ("ig_authorless", "post:instagram:whose", 1, True, None),
    ("tz_ambiguous", "person:F1", 2, False, None),
]


class Desk:
    """Somebody who works through the files."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def change(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def refresh(self, as_of: datetime = FIRST) -> dict[str, str]:
        """Subject -> state, after a build."""
        with self.engine.begin() as connection:
            refresh(connection, NAME, as_of)
        return dict(self.rows("select subject, state from people.review_item"))  # type: ignore[arg-type]

    def export(self) -> sheets.Exported:
        with self.engine.connect() as connection:
            return sheets.write(connection, NAME, self.folder)

    def read(self, queue: str) -> list[dict[str, str]]:
        with (self.folder / f"{queue}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def fill(self, queue: str, decision: str, **cells: str) -> Path:
        """Write the decision into each row of a file."""
        return self.save(queue, [row | {"decision": decision} | cells for row in self.read(queue)])

    def save(self, queue: str, rows: list[dict[str, str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
        path = self.folder / f"{queue}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def take(self, *files: Path, by: str | None = "Mira", at: datetime = FIRST) -> Taken:
        with self.engine.begin() as connection:
            return answers.take(connection, NAME, files, by, at)

    def decisions(self) -> list[tuple[Any, ...]]:
        return self.rows("select queue, verdict, person_id, day from people.review_decision order by decision_id")


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    with engine.begin() as connection:
        insert(connection, "core.campaign", campaign(NAME, "2026-02-01", "2026-02-28"))
        put_items(
            connection,
            item(
                NAME, "x", "one", "1234567890123456789", "2026-02-02T08:00Z", text=TEXTS["one"], url="https://x.test/1"
            ),
            item(NAME, "facebook", "two", "ana", "2026-02-02T08:05Z", text=TEXTS["two"], url="https://fb.test/2"),
            item(NAME, "instagram", "whose", None, "2026-02-02T08:05Z", text=TEXTS["whose"], url="https://ig.test/3"),
            days={},
            themes={},
        )
        put_person(connection, "F1", {"role": "fellow", "cohort_year": 2011}, name="Ana Ejemplo")
        connection.exec_driver_sql(BUILT)
        connection.execute(text(PUT), [dict(zip(COLUMNS, row, strict=True)) for row in OPEN])
    return Desk(engine, tmp_path / "review")


COLUMNS = ("queue", "subject", "records", "moves", "suggestion")
BUILT = """
create schema build;
create table build.int_reviews (
  queue text, subject text, records int, moves_counts boolean, suggestion text, evidence text);
create table build.stg_decisions (queue text, subject text, evidence text);
create table marts.fct_merges (
  campaign text, cluster_id text, platform text, post_id text, copy_platform text, copy_post_id text, rule text,
  score numeric)
"""
PUT = """
insert into build.int_reviews
select :queue, :subject, :records, :moves, :suggestion, case split_part(:subject, ':', 1)
  when 'account' then split_part(:subject, ':', 3)
  when 'person' then split_part(:subject, ':', 2)
  when 'post' then (select md5(text) from core.item where post_id = split_part(:subject, ':', 3))
  else (select string_agg(md5(text), '+' order by platform) from core.item where post_id in ('one', 'two')) end
"""
