"""How fast posts become rows, as ratios measured in one run (`python -m benchmarks.bench_load`).

The ceiling is COPY of the same rows into one table without keys. Landing does that and everything else: raw items,
versions, accounts, metric snapshots, quarantine, tally. Both are told alone and together with the parsing that comes
before them. PostgreSQL is the embedded one, durable as it is for people. Prints a table and writes JSON; compare
ratios, not seconds.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, text

from connectors import mastodon
from connectors.records import Page
from warehouse import campaigns, embedded, landing, ledger
from warehouse.campaign import Campaign
from warehouse.engine import connect, create_database, drop_database
from warehouse.landing.binary import copy
from warehouse.landing.staging import ITEM, _items
from warehouse.migrate import migrate
from warehouse.sieve import Sieve, Sifted, sift

Found = dict[str, dict[str, float]]

START = datetime(2027, 2, 1, tzinfo=UTC)
PAGE_ITEMS, BATCH_PAGES = 40, 25
PARSING, CEILING = "parsing", "ceiling: COPY without keys"
WORDS = (
    "light",
    "museum",
    "day",
    "memory",
    "recipe",
    "song",
    "café",
    "Ürün",
    "你好",
    "مرحبا",
    "gallery",
    "#itp28",
    "🏛",
)
TAGS = frozenset({"itp28"})
EMPTY_SIEVE = Sieve(b"a key for the benchmark", frozenset())
CAMPAIGN = Campaign(
    name="bench",
    title="Benchmark",
    hashtags=("itp28",),
    starts_on=date(2027, 2, 1),
    ends_on=date(2027, 2, 28),
    zone=ZoneInfo("Europe/London"),
)


def pages(items: int, seen: float, changed: float = 0.0) -> Iterator[Page]:
    """Pages of a hashtag timeline of about 2 KB a post; a share of the posts is edited when seen later."""
    for first in range(0, items, PAGE_ITEMS):
        statuses = [
            _status(n, edited=Random(n).random() < changed) for n in range(first, min(first + PAGE_ITEMS, items))
        ]
        yield Page(
            platform="mastodon",
            query="social.example/tags/itp28",
            source="social.example",
            url=f"https://social.example/api/v1/timelines/tag/itp28?max_id={first}",
            status=200,
            observed_at=START + timedelta(days=28, hours=seen),
            body=json.dumps(statuses).encode(),
        )


def _status(number: int, *, edited: bool) -> dict[str, object]:
    dice, account = Random(number), number % 997
    created = START + timedelta(seconds=number * 2419200 // 1_000_000)
    words = " ".join(dice.choices(WORDS, k=60))
    return {
        "id": str(10**17 + number),
        "uri": f"https://home{account % 50}.example/users/user{account}/statuses/{number}",
        "url": f"https://home{account % 50}.example/@user{account}/{number}",
        "created_at": created.isoformat().replace("+00:00", ".000Z"),
        "edited_at": (created + timedelta(hours=1)).isoformat().replace("+00:00", ".000Z") if edited else None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "replies_count": dice.randint(0, 9),
        "reblogs_count": dice.randint(0, 9),
        "favourites_count": dice.randint(0, 99) + edited,
        "content": f'<p>{words}{" (edited)" if edited else ""}</p><p><a href="https://x.example">link</a></p>',
        "reblog": None,
        "account": {
            "id": str(account),
            "username": f"user{account}",
            "acct": f"user{account}@home{account % 50}.example",
            "uri": f"https://home{account % 50}.example/users/user{account}",
            "url": f"https://home{account % 50}.example/@user{account}",
            "display_name": f"User {account}",
            "bot": False,
            "locked": False,
            "note": "<p>" + "About me. " * 20 + "</p>",
            "fields": [],
        },
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": "itp28", "url": "https://social.example/tags/itp28"}],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def sifted(given: Iterable[Page]) -> list[Sifted]:
    return [sift(page, mastodon.split, mastodon.parse, EMPTY_SIEVE, TAGS) for page in given]


def batches(given: Sequence[Sifted], size: int) -> Iterator[Sequence[Sifted]]:
    for first in range(0, len(given), size):
        yield given[first : first + size]


def ceiling(engine: Engine, given: Sequence[Sifted]) -> None:
    """COPY into a table without keys, in the same batches."""
    with engine.begin() as connection:
        connection.execute(text("drop table if exists bare"))
        connection.execute(text(f"create table bare ({', '.join(f'{name} {kind}' for name, kind in ITEM)})"))
    for batch in batches(given, BATCH_PAGES):
        with engine.begin() as connection:
            copy(connection, "bare", ITEM, _items(batch))


def load(engine: Engine, given: Sequence[Sifted], batch_pages: int = BATCH_PAGES) -> None:
    """Landing, as collecting and importing do it."""
    run = ledger.begin(engine, CAMPAIGN.name, "bench", lambda: START)
    for batch in batches(given, batch_pages):

        def work(connection: Connection, batch: Sequence[Sifted] = batch) -> landing.Tally:
            return landing.land(connection, run.run_id, CAMPAIGN.name, batch)

        ledger.retrying(engine, work)
    run.finish("completed")


def timed(work: Callable[[], object]) -> dict[str, float]:
    wall, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    work()
    now = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - wall,
        "client_cpu": now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime,
    }


def measure(url: str, items: int) -> Found:
    """One round in a fresh database."""
    name = "rollcall_bench"
    drop_database(url, name)
    engine = connect(create_database(url, name))
    migrate(engine)
    with engine.begin() as connection:
        campaigns.sync(connection, CAMPAIGN)
    told = list(pages(items, 0))
    found = {PARSING: timed(lambda: sifted(told))}
    first, again, changed = (sifted(pages(items, seen, share)) for seen, share in ((0, 0), (1, 0), (2, 0.01)))
    found |= {
        CEILING: timed(lambda: ceiling(engine, first)),
        "landing, first": timed(lambda: load(engine, first)),
        "landing, nothing new": timed(lambda: load(engine, again)),
        "landing, 1 % changed": timed(lambda: load(engine, changed)),
    }
    with engine.begin() as connection:
        connection.execute(text("truncate raw.page, core.account cascade"))
    found["landing, first, page by page"] = timed(lambda: load(engine, first, 1))
    engine.dispose()
    drop_database(url, name)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--out", type=Path, default=Path("build/benchmarks/load.json"))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as home:
        url = embedded.start(Path(home))
        rounds = [measure(url, given.items) for _ in range(given.rounds)]
        embedded.stop(Path(home))
    report(rounds, given.items, given.out)


def report(rounds: Sequence[Found], items: int, out: Path) -> None:
    rows = [_row(name, rounds, items) for name in rounds[0]]
    _show(rows, f"{items:,} posts, {len(rounds)} rounds; ratios to the ceiling")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"items": items, "rounds": len(rounds), "rows": rows}, indent=2) + "\n", "utf-8")


def _row(name: str, rounds: Sequence[Found], items: int) -> dict[str, float | str | None]:
    row: dict[str, float | str | None] = {
        "what": name,
        "items_per_second": items / statistics.median(found[name]["seconds"] for found in rounds),
        "client_cpu_us_per_item": statistics.median(found[name]["client_cpu"] for found in rounds) / items * 1e6,
        "ratio": None,
        "ratio_with_parsing": None,
    }
    if name != PARSING:
        times = [(found[PARSING]["seconds"], found[CEILING]["seconds"], found[name]["seconds"]) for found in rounds]
        row["ratio"] = statistics.median(ceiling / mine for _, ceiling, mine in times)
        row["ratio_with_parsing"] = statistics.median(
            (parsing + ceiling) / (parsing + mine) for parsing, ceiling, mine in times
        )
    return row


def _show(rows: Sequence[Mapping[str, float | str | None]], title: str) -> None:
    shown = Table("", "items/s", "client CPU, µs", "alone", "with parsing", title=title)
    for row in rows:
        ratios = ["" if row[name] is None else f"{row[name]:.2f}" for name in ("ratio", "ratio_with_parsing")]
        shown.add_row(
            str(row["what"]), f"{row['items_per_second']:,.0f}", f"{row['client_cpu_us_per_item']:.0f}", *ratios
        )
    Console().print(shown)


if __name__ == "__main__":
    main()
