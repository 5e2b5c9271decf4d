-- Pictures to be looked at once. What was looked at needs no address any more; what waits takes the newest one.
insert into core.media as known (campaign, platform, post_id, name, url, first_seen_at)
select distinct on (s.platform, s.post_id, pictured.name)
  :campaign, s.platform, s.post_id, pictured.name, pictured.url, s.observed_at
from staged_item s
cross join lateral (
  select url, left(regexp_replace(url, '^[a-z]+://[^/]+|[?#].*$', '', 'g'), 500) as name from unnest(s.media_urls) as url
) as pictured
join core.item i on i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
left join core.item_gone g on g.campaign = :campaign and g.platform = s.platform and g.post_id = s.post_id
where cardinality(s.media_urls) > 0 and g.post_id is null
order by s.platform, s.post_id, pictured.name, s.observed_at desc, pictured.url
on conflict (campaign, platform, post_id, name) do update set url = excluded.url
where known.state = 'waiting' and known.url is distinct from excluded.url
