"""How matching grows with the number of accounts (`python -m benchmarks.people_matching`).

Every account has a post, a handle and a display name of its own, every second one acts towards another; the roster has
320 people with three names each, who have the first 320 accounts. What is measured is `matching.learn_owners` as a
build calls it, the first time (owners are learnt) and again (nothing changes).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from warehouse import embedded
from warehouse.engine import connect, create_database, drop_database
from warehouse.migrate import migrate
from warehouse.people import matching

SIZES = (10_000, 100_000, 1_000_000)
AS_OF = datetime(2027, 3, 15, tzinfo=UTC)
FIRST, AGAIN = "first", "again"
OUT = Path("build/benchmarks/people_matching.json")

ROSTER = """
insert into people.person (person_id, display_name, name_aliases, source, created_at)
select 'P' || n, initcap(translate(md5(n::text), '0123456789', 'ghijklmnop')), array[md5('one' || n), md5('two' || n)],
       'bench', '2020-01-01'
from generate_series(1, 320) as n;
insert into people.person_handle (person_id, platform, handle, match_basis, known_from, source)
select 'P' || n, 'x', 'user' || n, 'opt_in', '2020-01-01', 'roster' from generate_series(1, 320) as n
"""
ACCOUNTS = """
insert into core.account (platform, account_id, handle, display_name, links, observed_at)
select 'x', n::text, 'user' || n, initcap(substr(translate(md5('a' || n), '0123456789', 'ghijklmnop'), 1, 8)) || ' '
         || initcap(substr(translate(md5('b' || n), '0123456789', 'ghijklmnop'), 1, 8)),
       array['https://site' || n || '.example/'], '2027-02-01'
from generate_series(1, :accounts) as n;
insert into core.account_handle (platform, account_id, handle, seen_from)
select 'x', n::text, 'user' || n, '2027-02-01' from generate_series(1, :accounts) as n;
insert into core.item (campaign, platform, post_id, source, source_rank, account_id, kind, version_at, hashtags,
  tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash, first_seen_at, observed_at)
select 'bench', 'x', n::text, 'x', 1, n::text, 'original', '2027-02-01', '{}', true, '{}', '{}', '{}', '{}', 'public',
  '{}', '', '2027-02-01', '2027-02-01'
from generate_series(1, :accounts) as n;
insert into core.interaction (campaign, platform, interaction_id, act, actor_account, actor_handle, target_account,
  source, first_observed_at, observed_at)
select 'bench', 'x', n::text, 'reply', n::text, 'user' || n, (n + 1)::text, 'x', '2027-02-01', '2027-02-01'
from generate_series(1, :accounts, 2) as n
"""


def measure(server_url: str, accounts: int) -> dict[str, float]:
    """Seconds of the first and of a second call, in a database of its own."""
    url = create_database(server_url, name := f"matching_{accounts}")
    engine = connect(url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text(ROSTER))
        connection.execute(text(ACCOUNTS), {"accounts": accounts})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    found = {}
    for call in (FIRST, AGAIN):
        with engine.begin() as connection:
            found[call] = _seconds(connection)
    with engine.connect() as connection:
        owners = connection.execute(text("select count(*) from people.account_owner")).scalar_one()
        if owners != 320:
            raise RuntimeError(f"{owners} of 320 people were matched: the benchmark measures something else.")
    engine.dispose()
    drop_database(server_url, name)
    return found


def _seconds(connection: Connection) -> float:
    began = time.perf_counter()
    matching.learn_owners(connection, "bench", AS_OF)
    return time.perf_counter() - began


def rows(server_url: str, sizes: tuple[int, ...] = SIZES) -> list[dict[str, float]]:
    """Per size the seconds, and how much longer one account takes than at the size before (1 is linear)."""
    told: list[dict[str, float]] = []
    for accounts in sizes:
        found = measure(server_url, accounts)
        row = {"accounts": accounts, **found, "us_per_account": found[FIRST] / accounts * 1e6}
        before = told[-1]["us_per_account"] if told else row["us_per_account"]
        told.append({**row, "growth": row["us_per_account"] / before})
    return told


def report(told: list[dict[str, float]], out: Path) -> None:
    shown = Table("accounts", "first, s", "again, s", "µs per account", "growth", title="matching accounts to people")
    for row in told:
        shown.add_row(
            f"{row['accounts']:,.0f}", f"{row[FIRST]:.2f}", f"{row[AGAIN]:.2f}", f"{row['us_per_account']:.1f}",
            f"{row['growth']:.2f}",
        )  # fmt: skip
    Console().print(shown)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    asked.add_argument("--out", type=Path, default=OUT)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as home:
        url = embedded.start(Path(home))
        try:
            report(rows(url, tuple(given.sizes)), given.out)
        finally:
            embedded.stop(Path(home))


if __name__ == "__main__":
    main()
