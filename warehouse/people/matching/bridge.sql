-- A bridge's copy of an account is whose the account is. On Bluesky it is called `name.host.ap.brid.gy`, with - for other
-- signs (https://fed.brid.gy/docs), on Mastodon `handle@bsky.brid.gy`, and there its permanent id ends in the account's own.
insert into owned
with copies as (
  select met.platform, met.account_id, account.handle,
         case met.platform when 'mastodon' then substring(met.account_id from 'did:[a-z]+:[a-zA-Z0-9._:%-]+$') end as did
  from met
  join core.account as account using (platform, account_id)
  where (met.platform = 'bluesky' and account.handle like '%.ap.brid.gy'
      or met.platform = 'mastodon' and account.handle like '%@bsky.brid.gy')
    and not exists (select from owned where owned.platform = met.platform and owned.account_id = met.account_id)
    and not exists (select from decided where decided.platform = met.platform and decided.account_id = met.account_id)
),
borne_now as (
  select owned.platform, owned.account_id, bearer.handle, owned.person_id, owned.match_basis,
         owned.valid_from, owned.valid_to, owned.known_from
  from owned
  join core.account_handle as bearer using (platform, account_id)
  where owned.platform in ('mastodon', 'bluesky') and bearer.seen_from <= :as_of
    and not exists (  -- a handle that others bore too says nothing of who is bridged
      select from core.account_handle as other
      where other.platform = bearer.platform and other.handle = bearer.handle and other.seen_from <= :as_of
        and not exists (
          select from owned as its
          where its.platform = other.platform and its.account_id = other.account_id and its.person_id = owned.person_id))
),
homes as (
  select * from borne_now
  union all
  select platform, null, handle, person_id, match_basis, valid_from, valid_to, known_from
  from said
  where is_given and platform in ('mastodon', 'bluesky') and handle is not null
    and not exists (
      select from core.account_handle as bearer
      where bearer.platform = said.platform and bearer.handle = said.handle and bearer.seen_from <= :as_of)
),
named as (
  select *,
    case platform
      when 'bluesky' then handle || '@bsky.brid.gy'
      else translate(split_part(handle, '@', 1), '_~', '--') || '.' || split_part(handle, '@', 2) || '.ap.brid.gy'
    end as bridged_as
  from homes
),
stood_for as (
  select copies.platform, copies.account_id, named.person_id, named.match_basis, named.valid_from, named.valid_to, named.known_from
  from copies
  join named on named.platform <> copies.platform and named.bridged_as = copies.handle
  where copies.did is null
  union
  select copies.platform, copies.account_id, owned.person_id, owned.match_basis, owned.valid_from, owned.valid_to, owned.known_from
  from copies
  join owned on owned.platform = 'bluesky' and owned.account_id = copies.did
  union
  select copies.platform, copies.account_id, named.person_id, named.match_basis, named.valid_from, named.valid_to, named.known_from
  from copies
  join named on named.platform = 'bluesky' and named.bridged_as = copies.handle and named.account_id is null
  where copies.did is not null
)
select platform, account_id, min(person_id), 'bridge', 4, min(match_basis), valid_from, max(valid_to), min(known_from)
from stood_for
join (
  select platform, account_id from stood_for group by platform, account_id having count(distinct person_id) = 1
) as only_one using (platform, account_id)
group by platform, account_id, valid_from
