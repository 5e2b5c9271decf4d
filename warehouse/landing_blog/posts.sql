-- Posts of a blog as they were last seen; only rows that change are touched.
create temp table if not exists staged_blog_change (
  site text, post_id text, url text, published_at timestamptz, modified_at timestamptz, account_id text,
  is_tagged boolean, bylines text[], observed_at timestamptz, is_new boolean
) on commit delete rows;
delete from staged_blog_change;

insert into staged_blog_change
with latest as (
  select distinct on (site, post_id) * from staged_blog_post order by site, post_id, observed_at desc, seq desc
),
named as (
  select site, post_id, array_agg(name order by place) as bylines
  from core.blog_byline
  where campaign = :campaign
  group by site, post_id
)
select latest.site, latest.post_id, latest.url, latest.published_at, latest.modified_at, latest.account_id,
       latest.is_tagged, latest.bylines, latest.observed_at, known.post_id is null
from latest
left join core.blog_post as known
  on known.campaign = :campaign and known.site = latest.site and known.post_id = latest.post_id
left join named on named.site = latest.site and named.post_id = latest.post_id
where known.post_id is null
   or known.observed_at <= latest.observed_at
  and (known.url, known.published_at, known.modified_at, known.account_id, known.is_tagged, known.deleted_at,
       coalesce(named.bylines, '{}'))
    is distinct from (latest.url, latest.published_at, latest.modified_at, latest.account_id, latest.is_tagged, null,
                      latest.bylines);

insert into core.blog_post as known
  (campaign, site, post_id, url, published_at, modified_at, account_id, is_tagged, first_seen_at, observed_at)
select :campaign, site, post_id, url, published_at, modified_at, account_id, is_tagged, observed_at, observed_at
from staged_blog_change
order by site, post_id
on conflict (campaign, site, post_id) do update set
  url = excluded.url, published_at = excluded.published_at, modified_at = excluded.modified_at,
  account_id = excluded.account_id, is_tagged = excluded.is_tagged, deleted_at = null,
  observed_at = excluded.observed_at;

delete from core.blog_byline as old using staged_blog_change as change
where old.campaign = :campaign and old.site = change.site and old.post_id = change.post_id;

insert into core.blog_byline (campaign, site, post_id, place, name)
select :campaign, site, post_id, place, name
from staged_blog_change
cross join lateral unnest(bylines) with ordinality as named (name, place);

select count(*) filter (where is_new), count(*) filter (where not is_new) from staged_blog_change
