"""Unique posts: which items of one person are one contribution (metrics.md b.6).

Reads dbt's `int_items__countable` person by person and writes, into the schema that dbt builds in,
- `clustered`: for every countable item the cluster it belongs to, and whether it stands for it;
- `merged`: which pairs joined the items of a cluster, by which rule: n items are joined by n - 1 pairs;
- `doubtful`: pairs that a person has to decide, at most one for two clusters. Until then they are two contributions.

Time grows with the items and memory with the items of one person, whatever they posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, cast

from psycopg2.extensions import connection as Session
from sqlalchemy import Connection, text

from warehouse.clustering.items import Decision, Item
from warehouse.clustering.people import Joined, unique_posts
from warehouse.landing import binary

BATCH = 10_000
PAIR = "platform_a text, post_id_a text, platform_b text, post_id_b text, rule text, score numeric"

TABLES = (
    """
    create table if not exists build.clustered (
      platform text not null, post_id text not null, cluster_id text not null,
      is_canonical boolean not null, copies int not null
    )
    """,
    f"create table if not exists build.merged ({PAIR})",
    f"create table if not exists build.doubtful ({PAIR})",
    "truncate build.clustered, build.merged, build.doubtful",
)
"""Statements that make the three tables where they are missing, and empty them. dbt's views may read them."""


def cluster(connection: Connection) -> None:
    """Fills the three tables from build.int_items__countable and the decisions of reviewers that hold."""
    connection.execute(text(FOUND))
    found = (unique_posts(items, decisions) for items, decisions in _people(connection))
    while batch := list(islice(found, BATCH)):
        binary.copy(connection, "found_copies", COPIES, (row for joined in batch for row in joined.copies))
        binary.copy(connection, "found_pairs", PAIRS, (row for joined in batch for row in _pairs(joined)))
    for statement in (
        CLUSTERED,
        PAIRED.format(table="merged", kind="true"),
        PAIRED.format(table="doubtful", kind="false"),
    ):
        connection.execute(text(statement))


def _pairs(joined: Joined) -> Iterator[tuple[int, int, str, str, bool]]:
    for is_merged, pairs in ((True, joined.merged), (False, joined.doubtful)):
        for pair in pairs:
            yield pair.first, pair.second, pair.rule, pair.score, is_merged


def _people(connection: Connection) -> Iterator[tuple[list[Item], list[Decision]]]:
    """The items of each person who has several, in the order of time, with the decisions about them."""
    decided = _decisions(connection)
    session = cast(Session, connection.connection)
    with session.cursor(name="items_by_person") as cursor:
        cursor.itersize = BATCH
        cursor.execute(ITEMS)
        for _, rows in groupby(cursor, itemgetter(0)):
            items = [_item(row) for row in rows]
            if len(items) > 1:
                yield items, _about(items, decided) if decided else []


def _item(row: tuple[Any, ...]) -> Item:
    _, place, at, days, *rest = row
    return Item(place, at, frozenset(days) if days else None, *rest)


def _decisions(connection: Connection) -> dict[int, list[Decision]]:
    """Decisions by the place of their first item."""
    decided: dict[int, list[Decision]] = defaultdict(list)
    for row in connection.execute(text(DECISIONS)):
        decided[row.first].append(Decision(row.first, row.second, row.verdict == "merge"))
    return decided


def _about(items: Iterable[Item], decided: dict[int, list[Decision]]) -> list[Decision]:
    return [decision for item in items for decision in decided.get(item.place, ())]


COPIES = (("place", "bigint"), ("stands_for", "bigint"))
PAIRS = (("a", "bigint"), ("b", "bigint"), ("rule", "text"), ("score", "text"), ("is_merged", "boolean"))

FOUND = """
drop table if exists found_copies, found_pairs;
create temp table found_copies (place bigint, stands_for bigint) on commit drop;
create temp table found_pairs (a bigint, b bigint, rule text, score text, is_merged boolean) on commit drop
"""

ITEMS = """
select person_id, place, extract(epoch from created_at)::float8, named_days, words, is_truncated,
       platform, post_id, url, links, media_hashes, is_bridge
from build.int_items__countable
order by person_id collate "C", created_at, place
"""

# A pair's subject is `pair:PLATFORM:POST_ID + PLATFORM:POST_ID`.
DECISIONS = """
with decided as (
    select split_part(subject, ' + ', 1) as one, 'pair:' || split_part(subject, ' + ', 2) as other, verdict
    from build.stg_decisions
    where verdict in ('merge', 'separate')
),
named as (
    select place, person_id, 'pair:' || platform || ':' || post_id as name from build.int_items__countable
)
select least(one.place, other.place) as first, greatest(one.place, other.place) as second, decided.verdict
from decided
inner join named as one on decided.one = one.name
inner join named as other on decided.other = other.name and one.person_id = other.person_id
order by first, second
"""

CLUSTERED = """
insert into build.clustered (platform, post_id, cluster_id, is_canonical, copies)
select items.platform, items.post_id,
       coalesce(canonical.platform || ':' || canonical.post_id, items.platform || ':' || items.post_id),
       copies.place is null or copies.place = copies.stands_for,
       coalesce(sizes.copies, 1)
from build.int_items__countable as items
left join found_copies as copies on items.place = copies.place
left join build.int_items__countable as canonical on copies.stands_for = canonical.place
left join (
    select stands_for, count(*) as copies from found_copies group by stands_for
) as sizes on copies.stands_for = sizes.stands_for
"""

PAIRED = """
insert into build.{table} (platform_a, post_id_a, platform_b, post_id_b, rule, score)
select one.platform, one.post_id, other.platform, other.post_id, pairs.rule, pairs.score::numeric
from found_pairs as pairs
inner join build.int_items__countable as one on pairs.a = one.place
inner join build.int_items__countable as other on pairs.b = other.place
where pairs.is_merged = {kind}
"""
