-- Of an account's claims the best holds; one that two people claim equally well for the same time is left to a person.
delete from claim
using decided
where claim.platform = decided.platform and claim.account_id = decided.account_id and claim.match_rule <> 'reviewer';

analyze claim, decided;

create temp table owned on commit drop as
select distinct on (platform, account_id, person_id, valid_from) claim.*
from claim
where not exists (
  select from claim as rival
  where rival.platform = claim.platform and rival.account_id = claim.account_id
    and rival.person_id <> claim.person_id and rival.precedence <= claim.precedence
    and rival.valid_from < claim.valid_to and claim.valid_from < rival.valid_to)
order by platform, account_id, person_id, valid_from, precedence;

analyze owned
