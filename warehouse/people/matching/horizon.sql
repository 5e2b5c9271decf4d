-- Where a build as of a later time knew something else of an account, what is learnt now ends there.
create temp table horizon on commit drop as
select platform, account_id, min(boundary) as known_to
from people.account_owner
cross join lateral unnest(array[known_from, known_to]) as boundary
where boundary > :as_of and boundary < 'infinity'
group by platform, account_id
