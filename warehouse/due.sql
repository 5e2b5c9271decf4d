-- The newest sight of each post at one source whose time to be asked for again has come.
with newest as (
  select distinct on (r.key)
    r.raw_item_id, r.key, r.observed_at, coalesce(i.created_at, i.first_seen_at) as made_at,
    max(again.asked_at) over (partition by r.key) as asked_at
  from raw.item r
  join core.item i on i.campaign = r.campaign and i.platform = r.platform and i.post_id = r.key
  left join core.asked_again again using (raw_item_id)
  where r.campaign = :campaign and r.platform = :platform and r.source = :source
    and not exists (
      select from core.item_gone g where g.campaign = :campaign and g.platform = :platform and g.post_id = r.key
    )
  order by r.key, r.observed_at desc, r.raw_item_id desc
)
select raw_item_id
from newest
left join lateral (
  select every
  from unnest(cast(:ages as interval[]), cast(:everies as interval[])) as pace (oldest, every)
  where :now - made_at <= oldest
  order by oldest
  limit 1
) as pace on true
where (asked_at is null or asked_at <= :now - every or (asked_at < :final and :now >= :final))
  and (cast(:since as timestamptz) is null or made_at >= :since)
order by coalesce(asked_at, observed_at), key
