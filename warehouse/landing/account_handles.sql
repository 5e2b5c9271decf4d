-- A handle from when an account was first seen under it, and from each rename. An earlier sighting of the same handle
-- takes the place of the later one.
with staged as (
  select platform, account_id, observed_at as seen_from, max(handle) as handle
  from staged_item
  where account_id is not null and handle is not null
  group by platform, account_id, observed_at
),
history as (
  select distinct on (platform, account_id, seen_from) platform, account_id, seen_from, handle, is_new
  from (
    select staged.*, true as is_new from staged
    union all
    select known.platform, known.account_id, known.seen_from, known.handle, false
    from (select distinct platform, account_id from staged) touched
    join core.account_handle known using (platform, account_id)
  ) told
  order by platform, account_id, seen_from, handle desc, is_new
),
compared as (
  select *, lag(handle) over (partition by platform, account_id order by seen_from) is distinct from handle as is_change
  from history
),
repeated as (
  delete from core.account_handle known
  using compared c
  where not c.is_change
    and known.platform = c.platform and known.account_id = c.account_id and known.seen_from = c.seen_from
)
insert into core.account_handle as known (platform, account_id, handle, seen_from)
select platform, account_id, handle, seen_from
from compared
where is_change and is_new
order by platform, account_id, seen_from
on conflict (platform, account_id, seen_from) do update set handle = excluded.handle
