-- The keys by which analysts see what is theirs (warehouse/roles/analysts.py): such a key may stand in a table of their own.
create temp table their_key on commit drop as
with known as (
  select cast(:person as text) as id
  union
  select account_id from their_account
  union
  select unnest(array[post_id, platform || ':' || post_id]) from their_post
  union
  select version_id from core.item_earlier join their_post using (platform, post_id)
)
select {key} as key
from known
cross join people.analyst_key as secret
