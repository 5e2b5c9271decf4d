-- An account that its owner's former account says it has moved to, and so on from account to account. The new account
-- alone says nothing: anybody may claim to have been somebody. Nor does an account that is the person's no more.
insert into owned
with recursive last_owner as (
  select distinct on (platform, account_id) platform, account_id, person_id, match_basis, valid_from, known_from
  from owned
  where valid_to > :as_of
  order by platform, account_id, valid_to desc, valid_from desc
),
pointing as (
  select platform, account_id, moved_to, observed_at
  from core.account
  where moved_to is not null and observed_at <= :as_of
    and not exists (
      select from owned where owned.platform = account.platform and owned.account_id = account.moved_to)
    and not exists (
      select from decided where decided.platform = account.platform and decided.account_id = account.moved_to)
),
reached as (
  select platform, pointing.moved_to as account_id, person_id, match_basis, valid_from,
         greatest(known_from, observed_at) as known_from, 1 as moves
  from last_owner
  join pointing using (platform, account_id)
  union
  select platform, pointing.moved_to, person_id, match_basis, valid_from,
         greatest(known_from, observed_at), moves + 1
  from reached
  join pointing using (platform, account_id)
  where moves < 8
)
select platform, account_id, min(person_id), 'moved', 4, min(match_basis), min(valid_from), 'infinity', min(known_from)
from reached
group by platform, account_id
having count(distinct person_id) = 1
