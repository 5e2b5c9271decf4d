-- A clerk's author is a name, not an account, and nothing is learnt from it: a handle is whose it was at the time, an id
-- the person's, and a name or alias the person's if nobody else on the roster has it. Where a platform tells no id, the
-- account has its handle for one: that is only ever a handle, because strangers choose theirs.
insert into claim
select met.platform, met.account_id, said.person_id, 'handle', 2, min(said.match_basis),
       said.valid_from, max(said.valid_to), min(said.known_from)
from said
join (
  select platform, account_id, substr(account_id, 6) as handle from met where by_hand
  union
  select platform, account_id, handle
  from core.account_handle
  join met using (platform, account_id)
  where by_hand and seen_from <= :as_of
) as met using (platform, handle)
where said.is_given
group by met.platform, met.account_id, said.person_id, said.valid_from
union all
select met.platform, met.account_id, matchable.person_id, 'person_id', 1, 'given_directly',
       '-infinity', 'infinity', matchable.created_at
from matchable
join met on met.by_clerk and met.account_id = 'hand:' || lower(matchable.person_id)
union all
select met.platform, met.account_id, only_one.person_id, 'name', 3, 'given_directly',
       '-infinity', 'infinity', matchable.created_at
from (
  select name, min(person_id) as person_id
  from roster_name
  group by name
  having count(distinct person_id) = 1
) as only_one
join matchable using (person_id)
join met on met.by_clerk and met.account_id = 'hand:' || only_one.name
