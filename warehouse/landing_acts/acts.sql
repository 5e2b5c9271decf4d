-- One row per act, with what all sights of it together tell; of two values the smaller, so that the order of sights does
-- not matter. Touched only where that is more than was known. Returns how many are new and changed, by the platform of
-- the page.
with told as (
  select
    platform, interaction_id,
    min(page_no) as page_no,
    min(act) as act,
    min(actor_account) as actor_account,
    min(actor_handle) as actor_handle,
    min(target_account) as target_account,
    min(target_handle) as target_handle,
    min(target_post) as target_post,
    min(acted_at) as acted_at,
    min(source) as source,
    min(observed_at) as first_observed_at,
    max(observed_at) as observed_at
  from staged_act
  group by platform, interaction_id
),
landed as (
  insert into core.interaction as known (
    campaign, platform, interaction_id, act, actor_account, actor_handle, target_account, target_handle, target_post,
    acted_at, source, first_observed_at, observed_at
  )
  select
    :campaign, platform, interaction_id, act, actor_account, actor_handle, target_account, target_handle, target_post,
    acted_at, source, first_observed_at, observed_at
  from told
  order by platform, interaction_id
  on conflict (campaign, platform, interaction_id) do update set
    actor_handle = least(known.actor_handle, excluded.actor_handle),
    target_account = least(known.target_account, excluded.target_account),
    target_handle = least(known.target_handle, excluded.target_handle),
    target_post = least(known.target_post, excluded.target_post),
    acted_at = least(known.acted_at, excluded.acted_at),
    source = least(known.source, excluded.source),
    first_observed_at = least(known.first_observed_at, excluded.first_observed_at),
    observed_at = greatest(known.observed_at, excluded.observed_at)
  where (
    least(known.actor_handle, excluded.actor_handle),
    least(known.target_account, excluded.target_account),
    least(known.target_handle, excluded.target_handle),
    least(known.target_post, excluded.target_post),
    least(known.acted_at, excluded.acted_at),
    least(known.source, excluded.source),
    least(known.first_observed_at, excluded.first_observed_at)
  ) is distinct from (
    known.actor_handle, known.target_account, known.target_handle, known.target_post, known.acted_at, known.source,
    known.first_observed_at
  )
  returning platform, interaction_id, (xmax = 0) as is_new
)
select p.platform, count(*) filter (where landed.is_new) as new, count(*) filter (where not landed.is_new) as updated
from landed
join told using (platform, interaction_id)
join staged_page p using (page_no)
group by p.platform
