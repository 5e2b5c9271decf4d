-- What is the person's. Whatever somebody else may have a claim to as well (a name that two people bear, a handle that
-- was somebody else's, an account that two people shared) is nobody's here; of a shared account their own posts go.
create temp table their_name on commit drop as
with named as (
  select person_id, name
  from people.person
  cross join lateral unnest(array[person_id, display_name, name_native] || name_aliases) as name
  where coalesce(name, '') <> ''
)
select distinct name, lower(btrim(regexp_replace(normalize(name, nfkc), '\s+', ' ', 'g'))) as name_key
from named
where person_id = :person
  and lower(btrim(regexp_replace(normalize(name, nfkc), '\s+', ' ', 'g'))) not in (
    select lower(btrim(regexp_replace(normalize(name, nfkc), '\s+', ' ', 'g'))) from named where person_id <> :person
  );

create temp table their_decision on commit drop as
select subject
from (
  select distinct on (campaign, queue, subject) subject, verdict, person_id
  from people.review_decision
  where verdict <> 'defer'
  order by campaign, queue, subject, decision_id desc
) as latest
where verdict = 'person' and person_id = :person;

-- What somebody took for theirs and somebody has put right since: the latest word of all queues is another one.
create temp table said_otherwise on commit drop as
select subject
from (
  select distinct on (subject) subject, verdict, person_id
  from (
    select distinct on (campaign, queue, subject) *
    from people.review_decision
    where verdict <> 'defer'
    order by campaign, queue, subject, known_from desc, decision_id desc
  ) as latest
  where verdict in ('person', 'not_member')
  order by subject, known_from desc, decision_id desc
) as word
where verdict = 'not_member' or person_id <> :person;

create temp table their_owner on commit drop as
select platform, account_id, valid_from, valid_to
from people.account_owner
where person_id = :person
  and concat('account:', platform, ':', account_id) not in (select subject from said_otherwise);

create temp table their_account on commit drop as
with told as (
  select platform, account_id from their_owner
  union
  select platform, stable_id from people.person_handle where person_id = :person and stable_id is not null
  union
  select split_part(subject, ':', 2), regexp_replace(subject, '^account:[^:]*:', '')
  from their_decision
  where subject like 'account:%'
  union
  select account.platform, account.account_id
  from core.account as account
  join their_name on account.account_id = 'hand:' || their_name.name_key
  where not exists (  -- a handle that stands for an id is no name that a clerk wrote
    select from core.item as told
    where told.platform = account.platform and told.account_id = account.account_id
      and told.source <> 'hand' and told.source not like 'hand:%'
  )
  union
  select handle.platform, 'hand:' || handle.handle
  from people.person_handle as handle
  where handle.person_id = :person and handle.handle is not null
  union
  (
    select distinct on (seen.platform, seen.handle) seen.platform, seen.account_id
    from core.account_handle as seen
    join people.person_handle as given on given.platform = seen.platform and given.handle = seen.handle
    where given.person_id = :person and given.stable_id is null
      and seen.seen_from < cast(given.valid_to as timestamp) at time zone 'UTC'
    order by seen.platform, seen.handle, seen.seen_from, seen.account_id
  )
)
select platform, account_id
from told
where not exists (
    select from people.account_owner as other
    where other.platform = told.platform and other.account_id = told.account_id and other.person_id <> :person
  )
  and not exists (
    select from people.person_handle as other
    where other.platform = told.platform and other.person_id <> :person
      and told.account_id in (other.stable_id, 'hand:' || other.handle)
  );

create temp table their_handle on commit drop as
with told as (
  select platform, handle from people.person_handle where person_id = :person and handle is not null
  union
  select platform, handle from core.account_handle join their_account using (platform, account_id)
  union
  select platform, handle from core.account join their_account using (platform, account_id) where handle is not null
)
select platform, handle
from told
where not exists (
    select from people.person_handle as other
    where other.platform = told.platform and other.handle = told.handle and other.person_id <> :person
  )
  and not exists (
    select from core.account_handle as seen
    where seen.platform = told.platform and seen.handle = told.handle
      and (seen.platform, seen.account_id) not in (select platform, account_id from their_account)
  );

create temp table their_post on commit drop as
select item.platform, item.post_id
from core.item as item
join their_account using (platform, account_id)
union
select copy.platform, copy.post_id
from core.item_copy as copy
join their_account using (platform, account_id)
union
select item.platform, item.post_id
from core.item as item
join their_owner as owner
  on owner.platform = item.platform and owner.account_id = item.account_id
  and coalesce(item.created_at, item.version_at) >= owner.valid_from
  and coalesce(item.created_at, item.version_at) < owner.valid_to
union
select item.platform, item.post_id
from (
  select platform, post_id, on_behalf_of from core.item
  union all
  select platform, post_id, on_behalf_of from core.item_copy
) as item
join their_name
  on their_name.name_key = lower(btrim(regexp_replace(normalize(item.on_behalf_of, nfkc), '\s+', ' ', 'g')))
union
select split_part(subject, ':', 2), regexp_replace(subject, '^post:[^:]*:', '')
from their_decision
where subject like 'post:%';

create temp table their_subject on commit drop as
select platform || ':' || account_id as subject from their_account
union
select platform || ':' || post_id from their_post
union
select cast(:person as text)
