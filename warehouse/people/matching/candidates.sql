-- Accounts that are nobody's and about which nobody has decided, except the organiser's own.
create temp table nobodys on commit drop as
select met.platform, met.account_id, met.by_hand, met.has_posts,
       coalesce(account.display_name, case when met.by_hand then substr(met.account_id, 6) end) as name,
       account.links
from met
left join core.account as account using (platform, account_id)
where not exists (select from owned where owned.platform = met.platform and owned.account_id = met.account_id)
  and not exists (select from decided where decided.platform = met.platform and decided.account_id = met.account_id)
  and not exists (
    select from core.campaign
    where campaign = :campaign
      and (organisers -> met.platform) ?| array[
        met.account_id, lower(account.handle),
        case when met.platform = 'wordpress' then split_part(account.handle, '@', 1) end]);

create temp table candidate (platform text, account_id text, person_id text, rule text, score numeric) on commit drop;

analyze nobodys;

-- The roster's handle or id, on a basis that does not match by itself.
insert into candidate
with held as (
  select platform, stable_id as account_id, person_id from said where stable_id is not null and not is_given
  union
  select platform, 'hand:' || handle, person_id from said where handle is not null and not is_given
  union
  select seen.platform, seen.account_id, said.person_id
  from seen
  join said on said.platform = seen.platform and said.handle = seen.handle and not said.is_given
   and seen.seen_from < said.valid_to and seen.seen_to > said.valid_from
)
select platform, account_id, person_id, 'basis', 1
from nobodys
join held using (platform, account_id);

-- Another account bears, or bore, a handle that is a person's: a recycled handle inherits nobody. Two that bore it first
-- at once are rivals.
insert into candidate
with first_bearer as (
  select distinct platform, account_id, person_id from borne where bearer = 1
),
bearing as (
  select distinct seen.platform, seen.account_id, said.person_id
  from seen
  join said on said.platform = seen.platform and said.handle = seen.handle and said.is_given and seen.seen_to > said.valid_from
  except
  select platform, account_id, person_id from claim
)
select platform, account_id, person_id,
       case when first_bearer.person_id is null then 'recycled_handle' else 'rival' end, 0.5
from nobodys
join bearing using (platform, account_id)
left join first_bearer using (platform, account_id, person_id);

-- Several people claim it equally well.
insert into candidate
select distinct platform, account_id, person_id, 'shared', 0.5
from nobodys
join claim using (platform, account_id);

-- Profile and roster name the same address, and the roster names it for one person only.
insert into candidate
with addresses as (
  select person_id, unnest(case platform
    when 'wordpress' then case
      when handle like '%@%' then array[split_part(handle, '@', 2),
        split_part(handle, '@', 2) || '/author/' || split_part(handle, '@', 1)]
      when handle ~ '[./]' then array[handle] end
    when 'mastodon' then array[split_part(handle, '@', 2) || '/@' || split_part(handle, '@', 1)]
    when 'bluesky' then array['bsky.app/profile/' || handle, handle]
    when 'x' then array['x.com/' || handle, 'twitter.com/' || handle]
    when 'instagram' then array['instagram.com/' || handle]
    when 'facebook' then array['facebook.com/' || handle]
    when 'threads' then array['threads.net/@' || handle, 'threads.com/@' || handle]
    when 'tiktok' then array['tiktok.com/@' || handle]
    when 'youtube' then array['youtube.com/@' || handle, 'youtube.com/' || handle]
  end) as address
  from said
  where handle is not null
),
only_one as (
  select address, min(person_id) as person_id from addresses group by address having count(distinct person_id) = 1
),
given as materialized (
  select distinct platform, account_id, regexp_replace(lower(link), '^https?://(www\.)?|[/?#]+$', '', 'g') as address
  from nobodys
  cross join lateral unnest(links) as link
)
select distinct given.platform, given.account_id, only_one.person_id, 'verified_link', 1
from given
join only_one using (address)
