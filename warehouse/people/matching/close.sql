-- What was known as of then and does not follow any more.
update people.account_owner as owner set known_to = :as_of
from met
where owner.platform = met.platform and owner.account_id = met.account_id
  and owner.known_from <= :as_of and :as_of < owner.known_to
  and not exists (
    select from owned
    where owned.platform = owner.platform and owned.account_id = owner.account_id
      and (owned.person_id, owned.match_rule, owned.match_basis, owned.valid_from, owned.valid_to)
        = (owner.person_id, owner.match_rule, owner.match_basis, owner.valid_from, owner.valid_to))
