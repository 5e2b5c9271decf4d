-- The words by which the person is known, each with what it is.
select 'id' as kind, account_id as word from their_account where account_id not like 'hand:%'
union
select 'id', post_id from their_post
union
select 'handle', handle from their_handle
union
select 'name', name from their_name where name <> :person
union
select 'text', said
from core.item_version as version
join their_post using (platform, post_id)
cross join lateral unnest(array[version.title, version.text]) as said
union
select 'text', said
from core.item_copy as copy
join their_post using (platform, post_id)
cross join lateral unnest(array[copy.title, copy.text]) as said
