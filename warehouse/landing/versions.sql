-- Every content that an item had: the current one, and what the same source showed before, or any source of an older
-- version. Another server's copy of the current version is not a version, nor is a poorer view of it, nor what a clerk
-- saw of a post that the platform shows us.
with content as (
  select distinct on (s.platform, s.post_id, s.content_hash)
    s.seq, s.platform, s.post_id, s.content_hash, s.observed_at, s.version_at
  from staged_item s
  join core.item i on i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
  where s.content_hash = i.content_hash
    or (
      s.source = i.source
      and (s.shown = i.shown or (s.title, s.text, s.version_id) is distinct from (i.title, i.text, i.version_id))
    )
    or (
      s.source_rank > 0
      and coalesce(s.edited_at, s.created_at, '-infinity') < coalesce(i.edited_at, i.created_at, '-infinity')
    )
  order by s.platform, s.post_id, s.content_hash, s.observed_at, s.seq
)
insert into core.item_version as known (
  campaign, platform, post_id, content_hash, version_at, version_id, title, text, hashtags, observed_at
)
select
  :campaign, s.platform, s.post_id, s.content_hash, s.version_at, s.version_id, s.title, s.text, s.hashtags, s.observed_at
from content c
join staged_item s using (seq)
where not exists (
  select from core.item_version v
  where v.campaign = :campaign and v.platform = c.platform and v.post_id = c.post_id
    and v.content_hash = c.content_hash and v.observed_at <= c.observed_at
)
order by s.platform, s.post_id, s.content_hash
on conflict (campaign, platform, post_id, content_hash) do update set
  observed_at = least(known.observed_at, excluded.observed_at),
  version_at = least(known.version_at, excluded.version_at)
