-- What an observation tells of a post even if it is not its best one: that it was there earlier than we knew, that we
-- could have held these values earlier (unless the post said something else between), and that the content we hold came
-- in a file that was declared to belong to the campaign.
with told as (
  select
    i.campaign, i.platform, i.post_id,
    least(i.first_seen_at, seen.first_seen_at) as first_seen_at,
    i.tagged or seen.is_declared as tagged,
    case
      when exists (
        select from core.item_version v
        where v.campaign = :campaign and v.platform = i.platform and v.post_id = i.post_id
          and v.content_hash <> i.content_hash and v.observed_at > seen.held_at and v.observed_at < i.observed_at
      )
      then i.observed_at
      else least(i.observed_at, seen.held_at)
    end as observed_at
  from (
    select
      s.platform,
      s.post_id,
      min(s.observed_at) as first_seen_at,
      min(s.observed_at) filter (
        where s.content_hash = known.content_hash and s.source = known.source and m.post_id is null
      ) as held_at,
      bool_or(s.tagged and s.content_hash = known.content_hash) as is_declared
    from staged_item s
    join core.item known on known.campaign = :campaign and known.platform = s.platform and known.post_id = s.post_id
    left join staged_mixed m on m.platform = s.platform and m.post_id = s.post_id
    group by s.platform, s.post_id
  ) seen
  join core.item i on i.campaign = :campaign and i.platform = seen.platform and i.post_id = seen.post_id
  where seen.first_seen_at < i.first_seen_at or (seen.is_declared and not i.tagged) or seen.held_at < i.observed_at
  order by i.platform, i.post_id
  for no key update of i
)
update core.item i
set first_seen_at = told.first_seen_at, tagged = told.tagged, observed_at = told.observed_at
from told
where i.campaign = told.campaign and i.platform = told.platform and i.post_id = told.post_id
  and (i.first_seen_at, i.tagged, i.observed_at) is distinct from (told.first_seen_at, told.tagged, told.observed_at)
