-- An account once seen under a person's handle is the person's for as long as the roster gives the person any handle
-- on that platform: its permanent id is learnt by that. (Where the handle stands for the id, as on Threads, nothing is
-- learnt: it is the person's while the handle is.) The handle's first bearer in the row's time is meant (rather one who
-- did not bear it in somebody else's time before); two first bearers at once are nobody.
create temp table borne on commit drop as
with somebody_elses as (
  select said.person_id, said.platform, said.handle, said.valid_from, max(former.valid_to) as until
  from said
  join said as former using (platform, handle)
  where former.is_given and former.person_id <> said.person_id and former.valid_from < said.valid_from
  group by said.person_id, said.platform, said.handle, said.valid_from
)
select said.*, seen.account_id, seen.seen_from,
       rank() over (partition by said.person_id, said.platform, said.handle, said.valid_from
                    order by seen.seen_from < coalesce(somebody_elses.until, '-infinity'), seen.seen_from) as bearer
from said
join seen on seen.platform = said.platform and seen.handle = said.handle
 and seen.seen_from < said.valid_to and seen.seen_to > said.valid_from
left join somebody_elses
  on somebody_elses.person_id = said.person_id and somebody_elses.platform = said.platform
 and somebody_elses.handle = said.handle and somebody_elses.valid_from = said.valid_from
where said.stable_id is null and said.is_given;

insert into claim
with first_borne as (
  select person_id, platform, handle, min(account_id) as account_id, min(match_basis) as match_basis,
         min(greatest(known_from, seen_from)) as known_from
  from borne
  where bearer = 1
  group by person_id, platform, handle, valid_from
  having count(distinct account_id) = 1
),
times as (
  select person_id, platform, null as handle, unnest(range_agg(tstzrange(valid_from, valid_to))) as valid
  from said
  where is_given
  group by person_id, platform
  union all
  select person_id, platform, handle, unnest(range_agg(tstzrange(valid_from, valid_to)))
  from said
  where is_given and handle is not null
  group by person_id, platform, handle
)
select distinct on (first_borne.platform, first_borne.account_id, first_borne.person_id, lower(times.valid))
       first_borne.platform, first_borne.account_id, first_borne.person_id, 'handle', 2, first_borne.match_basis,
       coalesce(lower(times.valid), '-infinity'), coalesce(upper(times.valid), 'infinity'), first_borne.known_from
from first_borne
join times
  on times.person_id = first_borne.person_id and times.platform = first_borne.platform
 and times.handle is not distinct from case when first_borne.account_id like 'handle:%' then first_borne.handle end
order by first_borne.platform, first_borne.account_id, first_borne.person_id, lower(times.valid), first_borne.known_from
