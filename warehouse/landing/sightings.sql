-- What an observation tells of a post even if it is not its best one: that it was there earlier than we knew, and that
-- the content we hold came in a file that was declared to belong to the campaign.
with told as (
  select i.campaign, i.platform, i.post_id, seen.first_seen_at, seen.is_declared
  from (
    select
      s.platform,
      s.post_id,
      min(s.observed_at) as first_seen_at,
      bool_or(s.tagged and s.content_hash = known.content_hash) as is_declared
    from staged_item s
    join core.item known on known.campaign = :campaign and known.platform = s.platform and known.post_id = s.post_id
    group by s.platform, s.post_id
  ) seen
  join core.item i on i.campaign = :campaign and i.platform = seen.platform and i.post_id = seen.post_id
  where seen.first_seen_at < i.first_seen_at or (seen.is_declared and not i.tagged)
  order by i.platform, i.post_id
  for no key update of i
)
update core.item i
set first_seen_at = least(i.first_seen_at, told.first_seen_at), tagged = i.tagged or told.is_declared
from told
where i.campaign = told.campaign and i.platform = told.platform and i.post_id = told.post_id
