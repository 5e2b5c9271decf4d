-- Public counts, where they differ from what the same source showed just before. Of two sights at the very same time the
-- greater counts hold. An earlier sight of the same counts takes the place of the later one.
with staged as (
  select platform, post_id, source, observed_at, max(counts) as counts
  from staged_item
  where counts <> array[null, null, null, null, null, null]::bigint[]
  group by platform, post_id, source, observed_at
),
history as (
  select distinct on (platform, post_id, source, observed_at) platform, post_id, source, observed_at, counts, is_new
  from (
    select staged.*, true as is_new from staged
    union all
    select
      m.platform, m.post_id, m.source, m.observed_at,
      array[m.likes, m.reposts, m.replies, m.quotes, m.views, m.bookmarks], false
    from (select distinct platform, post_id, source from staged) touched
    join core.metric_snapshot m
      on m.campaign = :campaign and m.platform = touched.platform and m.post_id = touched.post_id and m.source = touched.source
  ) shown
  order by platform, post_id, source, observed_at, counts desc, is_new
),
compared as (
  select
    *,
    lag(counts) over (partition by platform, post_id, source order by observed_at) is distinct from counts as is_change
  from history
),
repeated as (
  delete from core.metric_snapshot m
  using compared c
  where not c.is_change
    and m.campaign = :campaign and m.platform = c.platform and m.post_id = c.post_id and m.source = c.source
    and m.observed_at = c.observed_at
)
insert into core.metric_snapshot as known (
  campaign, platform, post_id, source, observed_at, likes, reposts, replies, quotes, views, bookmarks
)
select
  :campaign, platform, post_id, source, observed_at,
  counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]
from compared
where is_change and is_new
order by platform, post_id, source, observed_at
on conflict (campaign, platform, post_id, source, observed_at) do update set
  likes = excluded.likes,
  reposts = excluded.reposts,
  replies = excluded.replies,
  quotes = excluded.quotes,
  views = excluded.views,
  bookmarks = excluded.bookmarks
