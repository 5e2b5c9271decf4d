"""A toy platform whose pages are JSON lists, and a warehouse that reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from connectors.errors import BadAnswer
from connectors.records import Author, Counts, Page, Post, RawItem, Rejected
from warehouse import campaigns, landing, ledger, sieve
from warehouse.campaign import Campaign
from warehouse.people.suppression import hash_key

START = datetime(2027, 2, 1, tzinfo=UTC)
SECRET = b"a secret of the tests"
TABLES = (
    "raw.page",
    "raw.item",
    "raw.quarantine",
    "core.sieved",
    "core.account",
    "core.account_handle",
    "core.item",
    "core.item_copy",
    "core.item_earlier",
    "core.item_gone",
    "core.item_version",
    "core.media",
    "core.metric_snapshot",
)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    try:
        items = json.loads(page.body)
    except ValueError as error:
        raise BadAnswer("This page is no JSON.") from error
    for item in items:
        body = json.dumps(item).encode()
        told = {
            "platform": page.platform,
            "source": page.source,
            "body": body,
            "observed_at": page.observed_at,
            "accounts": tuple(item.get("accounts", ())),
            "public": item.get("public", True),
        }
        if "id" in item:
            yield RawItem(key=item["id"], **told)
        else:
            yield Rejected(reason="no_id", detail="The item has no id.", **told)


def parse(item: RawItem) -> Post | Rejected:
    told = json.loads(item.body)
    author = told.get("author", {"account_id": "u1", "handle": "amina"})
    return Post(
        platform=item.platform,
        post_id=item.key,
        source=item.source,
        source_rank=told.get("rank", 1),
        author=Author(**author) if author else None,
        url=told.get("url"),
        text=told.get("text", "Hello"),
        created_at=None if (created := told.get("created", 0)) is None else at(created),
        edited_at=at(told["edited"]) if "edited" in told else None,
        deleted_at=at(told["deleted"]) if "deleted" in told else None,
        version_id=told.get("version"),
        hashtags=tuple(told.get("tags", ("itp28",))),
        media_hashes=tuple(told.get("hashes", ())),
        reply_to_id=told.get("reply_to"),
        on_behalf_of=told.get("for"),
        evidence=told.get("evidence"),
        collected_by=told.get("clerk"),
        counts=Counts(**told.get("counts", {})),
    )


def page(*items: dict, seen: float = 1, source: str = "one.example", platform: str = "toy", query: str = "q") -> Page:
    return Page(
        platform=platform,
        query=query,
        source=source,
        url=f"https://{source}/tag",
        status=200,
        observed_at=at(seen),
        body=json.dumps(items).encode(),
    )


@dataclass
class Warehouse:
    engine: Engine
    run_id: UUID
    campaign: str = "itp28"
    tags: frozenset[str] | None = frozenset({"itp28"})

    def sift(self, given: Page) -> sieve.Sifted:
        with self.engine.begin() as connection:
            return sieve.sift(given, split, parse, sieve.load(connection, SECRET), self.tags)

    def land(self, *pages: Page) -> landing.Tally:
        """Land pages as one batch."""
        batch = [self.sift(given) for given in pages]
        return ledger.retrying(
            self.engine, lambda connection: landing.land(connection, self.run_id, self.campaign, batch)
        )

    def rows(self, sql: str) -> list[tuple]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def one(self, sql: str) -> object:
        ((value,),) = self.rows(sql)
        return value

    def suppress(self, account: str, platform: str = "toy") -> None:
        with self.engine.begin() as connection:
            connection.execute(
                text("insert into people.suppression values (:platform, :hash, 'opt_out', :since)"),
                {"platform": platform, "hash": hash_key(SECRET, platform, account), "since": START},
            )

    def dump(self, columns: str = "xmin::text, ctid::text, t::text", tables: Sequence[str] = TABLES) -> dict:
        """All rows of the tables that landing writes, with where they lie and which transaction wrote them."""
        return {table: sorted(self.rows(f"select {columns} from {table} t")) for table in tables}


def campaign(name: str = "itp28") -> Campaign:
    return Campaign(
        name=name,
        title="Twenty-eight days",
        hashtags=("itp28",),
        starts_on=date(2027, 2, 1),
        ends_on=date(2027, 2, 28),
        zone=ZoneInfo("Europe/London"),
    )


@pytest.fixture
def warehouse(engine: Engine) -> Warehouse:
    with engine.begin() as connection:
        campaigns.sync(connection, campaign())
    run = ledger.begin(engine, "itp28", "collect", lambda: START)
    yield Warehouse(engine, run.run_id)
    run.life.close()


@pytest.fixture
def make_page():
    return page


@pytest.fixture
def hour():
    return at
