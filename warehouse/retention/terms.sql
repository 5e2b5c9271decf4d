-- Posts that the platform's API showed and that nobody looked at again in time; what came in by hand is none of it.
create temp table if not exists stale (post_id text primary key) on commit drop;

delete from stale;

insert into stale (post_id)
select item.post_id
from core.item
left join raw.item as seen on seen.campaign = item.campaign and seen.platform = item.platform and seen.key = item.post_id
left join core.asked_again as again using (raw_item_id)
where item.campaign = :campaign and item.platform = :platform and item.source not like 'hand%'
group by item.post_id, item.observed_at
having greatest(item.observed_at, max(seen.observed_at), max(again.asked_at)) < :before;

delete from raw.item
where campaign = :campaign and platform = :platform and key in (select post_id from stale)
returning platform;

update raw.quarantine set body = ''
where campaign = :campaign and platform = :platform and observed_at < :before and body <> ''
returning platform;

delete from core.metric_snapshot
where campaign = :campaign and platform = :platform and post_id in (select post_id from stale)
returning platform;

update core.account as account set display_name = null
where platform = :platform and display_name is not null and observed_at < :before
  and not exists (
    select from core.item
    where item.platform = account.platform and item.account_id = account.account_id
      and (item.campaign <> :campaign or item.post_id not in (select post_id from stale))
  )
returning platform
