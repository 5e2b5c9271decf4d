-- What the roster says of accounts. Only what the person gave, or a public directory shows, matches without asking anybody.
create temp table said on commit drop as
select person_id, platform, handle, stable_id, match_basis, known_from,
       match_basis in ('opt_in', 'given_directly', 'public_directory') as is_given,
       cast(valid_from as timestamp) at time zone 'UTC' as valid_from,
       cast(valid_to as timestamp) at time zone 'UTC' as valid_to
from people.person_handle
join matchable using (person_id)
where known_from <= :as_of and :as_of < known_to;

-- A blog's account is seen as slug@site, because two blogs may have the same slug. A slug without its site means the only
-- account that was ever seen under it; where there are two, it means nobody until the roster names the site.
insert into said
select said.person_id, said.platform, met_as.handle, null, said.match_basis, said.known_from, said.is_given,
       said.valid_from, said.valid_to
from said
cross join lateral (
  select array_agg(distinct bearer.handle) as handles
  from core.account_handle as bearer
  where bearer.platform = 'wordpress' and bearer.account_id not like 'hand:%' and bearer.seen_from <= :as_of
    and bearer.handle like '%@%' and split_part(bearer.handle, '@', 1) = said.handle
  having count(distinct bearer.account_id) = 1
) as only_one
cross join lateral unnest(only_one.handles) as met_as (handle)
where said.platform = 'wordpress' and said.stable_id is null and said.handle not like '%@%';

-- When an account that ever bore one of these handles had which one, as posts and interactions tell it.
create temp table seen on commit drop as
with handles as (
  select distinct platform, handle from said where handle is not null
),
told as (
  select platform, account_id, handle, seen_from
  from core.account_handle
  where account_id not like 'hand:%'
    and (platform, account_id) in (
      select bearer.platform, bearer.account_id
      from core.account_handle as bearer
      join handles on handles.platform = bearer.platform and handles.handle = bearer.handle)
  union all
  select platform, actor_account, lower(actor_handle), min(first_observed_at)
  from core.interaction
  where actor_account not like 'hand:%'
    and (platform, lower(actor_handle)) in (select platform, handle from handles)
  group by platform, actor_account, lower(actor_handle)
  union all
  select platform, target_account, lower(target_handle), min(first_observed_at)
  from core.interaction
  where target_account not like 'hand:%'
    and (platform, lower(target_handle)) in (select platform, handle from handles)
  group by platform, target_account, lower(target_handle)
),
first_told as (
  select platform, account_id, handle, min(seen_from) as seen_from
  from told
  where seen_from <= :as_of
    and (handle, seen_from) is not null
  group by platform, account_id, handle, seen_from
)
select platform, account_id, handle, seen_from,
       coalesce(lead(seen_from) over (partition by platform, account_id order by seen_from, handle), 'infinity') as seen_to
from first_told;

analyze met, said, seen
