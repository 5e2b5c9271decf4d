-- People who refuse neither collecting nor matching; an institution is nobody.
create temp table matchable on commit drop as
select person_id, created_at from people.person
where created_at <= :as_of
  and person_id not in (
    select person_id from people.person_role
    where role = 'institution' and known_from <= :as_of and :as_of < known_to)
  and person_id not in (
    select person_id from (
      select distinct on (person_id, purpose, source) person_id, state from people.consent
      where purpose in ('collect', 'match') and changed_at <= :as_of
      order by person_id, purpose, source, changed_at desc) as latest
    where state in ('refused', 'withdrawn'))
