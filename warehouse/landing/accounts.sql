-- An account as it was last seen. What a sighting does not tell leaves what is known; an older sighting only fills gaps.
with sightings as (
  select
    platform, account_id, handle, display_name, account_url, is_bot, account_links, moved_to, observed_at,
    array[handle, display_name, account_url, is_bot::text] as told
  from staged_item
  where account_id is not null
),
seen as (
  select
    platform,
    account_id,
    max(observed_at) as observed_at,
    (array_agg(handle order by observed_at desc, told desc) filter (where handle is not null))[1] as handle,
    (array_agg(display_name order by observed_at desc, told desc) filter (where display_name is not null))[1] as display_name,
    (array_agg(account_url order by observed_at desc, told desc) filter (where account_url is not null))[1] as url,
    (array_agg(is_bot order by observed_at desc, told desc) filter (where is_bot is not null))[1] as is_bot,
    core.first_told(nullif(account_links, '{}') order by observed_at desc, told desc) as links,
    core.first_told(moved_to order by observed_at desc, told desc) as moved_to
  from sightings
  group by platform, account_id
),
compared as (
  select
    seen,
    old,
    old.account_id is null
      or (seen.observed_at, array[seen.handle, seen.display_name, seen.url, seen.is_bot::text])
       > (old.observed_at, array[old.handle, old.display_name, old.url, old.is_bot::text]) as is_newer
  from seen
  left join core.account old using (platform, account_id)
),
merged as (
  select
    (seen).platform,
    (seen).account_id,
    case when is_newer then coalesce((seen).handle, (old).handle) else coalesce((old).handle, (seen).handle) end as handle,
    case
      when is_newer then coalesce((seen).display_name, (old).display_name)
      else coalesce((old).display_name, (seen).display_name)
    end as display_name,
    case when is_newer then coalesce((seen).url, (old).url) else coalesce((old).url, (seen).url) end as url,
    case when is_newer then coalesce((seen).is_bot, (old).is_bot) else coalesce((old).is_bot, (seen).is_bot) end as is_bot,
    coalesce(case when is_newer then (seen).links end, (old).links, (seen).links, '{}') as links,
    coalesce(case when is_newer then (seen).moved_to end, (old).moved_to, (seen).moved_to) as moved_to,
    greatest((seen).observed_at, (old).observed_at) as observed_at,
    old
  from compared
)
insert into core.account as known (platform, account_id, handle, display_name, url, is_bot, links, moved_to, observed_at)
select platform, account_id, handle, display_name, url, is_bot, links, moved_to, observed_at
from merged
where (old).account_id is null
  or (handle, display_name, url, is_bot, links, moved_to)
    is distinct from ((old).handle, (old).display_name, (old).url, (old).is_bot, (old).links, (old).moved_to)
order by platform, account_id
on conflict (platform, account_id) do update set
  handle = excluded.handle,
  display_name = excluded.display_name,
  url = excluded.url,
  is_bot = excluded.is_bot,
  links = excluded.links,
  moved_to = excluded.moved_to,
  observed_at = excluded.observed_at
