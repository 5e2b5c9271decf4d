-- What follows newly. It is known since the roster and the account were known, unless it was known before and dropped in
-- between.
insert into people.account_owner
  (platform, account_id, person_id, match_rule, match_basis, confidence, decided_by, valid_from, valid_to, known_from, known_to)
select owned.platform, owned.account_id, owned.person_id, owned.match_rule, owned.match_basis, 1,
       case owned.match_rule when 'reviewer' then 'reviewer' else 'rule' end, owned.valid_from, owned.valid_to,
       greatest(owned.known_from, before.known_to), coalesce(horizon.known_to, 'infinity')
from owned
join met using (platform, account_id)
left join lateral (
  select max(known_to) as known_to from people.account_owner as dropped
  where dropped.platform = owned.platform and dropped.account_id = owned.account_id and dropped.known_to <= :as_of
) as before on true
left join horizon on horizon.platform = owned.platform and horizon.account_id = owned.account_id
where not exists (
  select from people.account_owner as owner
  where owner.platform = owned.platform and owner.account_id = owned.account_id
    and owner.known_from <= :as_of and :as_of < owner.known_to
    and (owned.person_id, owned.match_rule, owned.match_basis, owned.valid_from, owned.valid_to)
      = (owner.person_id, owner.match_rule, owner.match_basis, owner.valid_from, owner.valid_to))
