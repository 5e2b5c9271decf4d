"""How clustering and matching grow with items and accounts (`python -m benchmarks.bench_people`).

Items as dbt hands them over: 100 posts a person over 28 days, a third of them copies with an added word, a cut, a
recompressed picture or a link. The worst cases are one person's: only equal greetings, and only texts that differ in
one word. What is measured is `clustering.cluster` as a build calls it, from the table to the tables; matching is
measured by `people_matching`. Prints tables and writes JSON; compare the growth, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from benchmarks import people_matching
from warehouse import clustering, embedded
from warehouse.engine import connect, create_database, drop_database

SIZES = (10_000, 100_000, 1_000_000)
WORST = (10_000, 100_000)
USUAL, EQUAL, NEAR = "100 posts a person", "one person, equal texts", "one person, near-equal texts"

COUNTABLE = """
create table build.int_items__countable (
  place bigint, platform text, post_id text, person_id text, created_at timestamptz, named_days int[], words text,
  is_truncated boolean, url text, links text[], media_hashes text[], is_bridge boolean
);
create table build.stg_decisions (queue text, subject text, verdict text)
"""

# Post n is a copy of post n - 1 if n divides by three; 19 words of a vocabulary of 5,000 as skewed as a language's.
FILL = {
    USUAL: """
        with posts as (
            select n, n - (n % 3 = 0)::int as original from generate_series(1, :items) as n
        ),
        told as (
            select posts.*, (
                select string_agg('w' || floor(5000 * power(hash % 10007 / 10007.0, 3)), ' ' order by k)
                from generate_series(1, 19) as k
                cross join lateral (select abs(hashint4(original * 31 + k)) as hash) as hashed
            ) as words
            from posts
        )
        insert into build.int_items__countable
        select n, case when n = original then 'facebook' else 'x' end, n::text, 'P' || original / 100,
               timestamptz '2027-02-01' + original % 100 * interval '6 hours' + (n - original) * interval '5 minutes',
               case when original % 2 = 0 then array[original % 28 + 1] end,
               case when n = original then words when n % 4 = 0 then left(words, 60) else words || ' again' end,
               n <> original and n % 4 = 0, 'https://x.com/someone/status/' || n,
               case when n <> original and n % 5 = 0
                    then array['https://x.com/someone/status/' || original] else '{}' end,
               array['phash:' || left(md5(original::text), 15) || case when n = original then '0' else '1' end], false
        from told
    """,
    EQUAL: """
        insert into build.int_items__countable
        select n, 'x', n::text, 'P', timestamptz '2027-02-01' + n * interval '28 days' / :items, null,
               'good morning everyone from the museum in rio', false, 'https://x.com/a/status/' || n, '{}', '{}', false
        from generate_series(1, :items) as n
    """,
    NEAR: """
        insert into build.int_items__countable
        select n, 'x', n::text, 'P', timestamptz '2027-02-01' + n * interval '28 days' / :items, null,
               'good morning everyone from the museum in rio number ' || n, false, 'https://x.com/a/status/' || n, '{}',
               array['phash:' || left(md5(n::text), 16)], false
        from generate_series(1, :items) as n
    """,
}
Row = dict[str, float | str]


def measure(server_url: str, what: str, items: int) -> Row:
    """One run in a database of its own: microseconds an item, and how many clusters there were."""
    url = create_database(server_url, name := "rollcall_bench_people")
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("create schema build"))
        for statement in (COUNTABLE, *clustering.TABLES):
            connection.execute(text(statement))
        connection.execute(text(FILL[what]), {"items": items})
        connection.execute(text("analyze build.int_items__countable"))
    started, used = time.perf_counter(), time.process_time()
    with engine.begin() as connection:
        clustering.cluster(connection)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    with engine.connect() as connection:
        clusters = connection.execute(text("select count(distinct cluster_id) from build.clustered")).scalar_one()
        doubtful = connection.execute(text("select count(*) from build.doubtful")).scalar_one()
    engine.dispose()
    drop_database(server_url, name)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "what": what, "items": items, "seconds": seconds, "us_per_item": seconds / items * 1e6,
        "client_cpu_us_per_item": used / items * 1e6,
        "clusters": clusters, "doubtful": doubtful, "peak_mib": peak,
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--most", type=int, default=SIZES[-1], help="the largest number of items, and of accounts")
    asked.add_argument("--out", type=Path, default=Path("build/benchmarks"), help="the folder of the JSON files")
    given = asked.parse_args()
    cases = [(USUAL, size) for size in SIZES] + [(what, size) for what in (EQUAL, NEAR) for size in WORST]
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as home:
        url = embedded.start(Path(home))
        try:
            report([measure(url, what, items) for what, items in cases if items <= given.most], given.out)
            sizes = tuple(size for size in people_matching.SIZES if size <= given.most)
            people_matching.report(people_matching.rows(url, sizes), given.out / people_matching.OUT.name)
        finally:
            embedded.stop(Path(home))


def report(rows: list[Row], folder: Path) -> None:
    shown = Table(title="clustering")
    shown.add_column("", no_wrap=True)
    for name in ("items", "µs an item", "growth", "peak, MiB"):
        shown.add_column(name, justify="right", no_wrap=True)
    smallest: dict[str, float] = {}
    for row in rows:
        cost = float(row["us_per_item"])
        row["growth"] = cost / smallest.setdefault(str(row["what"]), cost)
        shown.add_row(
            str(row["what"]), f"{row['items']:,}", f"{row['us_per_item']:.1f}", f"{row['growth']:.2f}",
            f"{row['peak_mib']:.0f}",
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clustering.json").write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    Console().print(shown)


if __name__ == "__main__":
    main()
