"""What the warehouse holds of a campaign's posts, as their platforms showed it: for asking again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

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
            yield [
                RawItem(
                    platform=platform,
                    source=row.source,
                    key=row.key,
                    body=bytes(row.body),
                    observed_at=row.observed_at,
                    accounts=tuple(name for name in (row.account_id, row.handle) if name),
                )
                for row in rows
            ]
        if len(rows) < BATCH:
            return
        last = (rows[-1].key, rows[-1].source)
