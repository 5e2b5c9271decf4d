"""What the warehouse holds of a campaign's posts, as their platforms showed it: for asking again."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from connectors.records import RawItem

BATCH = 1000

NEWEST = text("""
select distinct on (r.key, r.source) r.key, r.source, r.body, r.observed_at, i.account_id, a.handle
from raw.item r
join core.item i on i.campaign = r.campaign and i.platform = r.platform and i.post_id = r.key
left join core.account a on a.platform = i.platform and a.account_id = i.account_id
where r.campaign = :campaign and r.platform = :platform
  and (r.key, r.source) > (:key, :source)
  and (cast(:sources as text[]) is null or r.source = any(cast(:sources as text[])))
  and not exists (
    select from core.item_gone g where g.campaign = :campaign and g.platform = :platform and g.post_id = r.key
  )
order by r.key, r.source, r.observed_at desc, r.raw_item_id desc
limit :batch
""")

DUE = text((Path(__file__).parent / "due.sql").read_text(encoding="utf-8"))

THESE = text("""
select r.key, r.source, r.body, r.observed_at, i.account_id, a.handle
from unnest(cast(:ids as bigint[])) with ordinality as wanted (raw_item_id, place)
join raw.item r using (raw_item_id)
join core.item i on i.campaign = r.campaign and i.platform = r.platform and i.post_id = r.key
left join core.account a on a.platform = i.platform and a.account_id = i.account_id
order by place
""")

ASKED = text("""
insert into core.asked_again (raw_item_id, asked_at)
select raw_item_id, :at
from unnest(cast(:ids as bigint[])) as asked (raw_item_id)
where exists (select from raw.item where raw.item.raw_item_id = asked.raw_item_id)
order by raw_item_id
on conflict (raw_item_id) do update set asked_at = greatest(asked_again.asked_at, excluded.asked_at)
""")

RATE = text("""
select count(*) / greatest(extract(epoch from max(created_at) - min(created_at)) / 3600, 24) from core.item
where campaign = :campaign and platform = :platform and created_at is not null
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often posts are asked for again as long as they are not older than `age`."""

    age: timedelta
    every: timedelta
    """Nothing: at each run."""


def held(
    connection: Connection, campaign_name: str, platform: str, sources: Sequence[str] | None = None
) -> Iterator[list[RawItem]]:
    """The newest raw item of each post and source that is not gone, up to `BATCH` at a time, by key and source.

    Its accounts are the author's id and handle by all that we know, also where this view of the post tells none.

    Each batch is a query of its own that goes on behind the last one, so the caller may commit in between. An empty
    `sources` means none, None means all.
    """
    last = ("", "")
    while True:
        asked = {"campaign": campaign_name, "platform": platform, "key": last[0], "source": last[1], "batch": BATCH}
        rows = connection.execute(NEWEST, {**asked, "sources": None if sources is None else list(sources)}).all()
        if rows:
            yield [_item(platform, row) for row in rows]
        if len(rows) < BATCH:
            return
        last = (rows[-1].key, rows[-1].source)


def due(
    connection: Connection,
    campaign_name: str,
    platform: str,
    source: str,
    paces: Sequence[Pace],
    now: datetime,
    final: datetime,
    since: datetime | None = None,
) -> array[int]:
    """Which newest raw items of a source are to be asked for again at `now`, those first that were not for longest.

    A post is due if it never was asked for, or longer ago than the pace of its age allows; and once from `final` on, at
    any age. `since`: only posts that were made from then on.
    """
    ordered = sorted(paces, key=lambda pace: pace.age)
    rows = connection.execute(
        DUE,
        {
            "campaign": campaign_name,
            "platform": platform,
            "source": source,
            "ages": [pace.age for pace in ordered],
            "everies": [pace.every for pace in ordered],
            "now": now,
            "final": final,
            "since": since,
        },
    )
    return array("q", rows.scalars())


def items(connection: Connection, platform: str, ids: Sequence[int]) -> Iterator[tuple[Sequence[int], list[RawItem]]]:
    """These raw items in this order, up to `BATCH` at a time, with their ids; what left meanwhile is left out."""
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = connection.execute(THESE, {"ids": list(batch)}).all()
        yield batch, [_item(platform, row) for row in rows]


def mark_asked(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """Enter that these raw items were asked for again, whatever came of it."""
    connection.execute(ASKED, {"ids": list(ids), "at": at})


def posts_an_hour(connection: Connection, campaign_name: str, platform: str) -> float | None:
    """The pace at which posts came so far; None if none is held."""
    rate = connection.execute(RATE, {"campaign": campaign_name, "platform": platform}).scalar()
    return float(rate) if rate else None


def _item(platform: str, row: Row[Any]) -> RawItem:
    return RawItem(
        platform=platform,
        source=row.source,
        key=row.key,
        body=bytes(row.body),
        observed_at=row.observed_at,
        accounts=tuple(name for name in (row.account_id, row.handle) if name),
    )
