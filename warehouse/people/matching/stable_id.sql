-- The roster gives the account's permanent id.
insert into claim
select platform, stable_id, person_id, 'stable_id', 1, match_basis, valid_from, valid_to, known_from
from said
where stable_id is not null and is_given
