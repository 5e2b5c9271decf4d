-- Ids that posts had before they were edited, where the platform tells them.
insert into core.item_earlier (campaign, platform, post_id, version_id)
select distinct :campaign, s.platform, s.post_id, earlier.version_id
from staged_item s
cross join lateral unnest(s.earlier_ids) as earlier (version_id)
join core.item i on i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
where cardinality(s.earlier_ids) > 0
on conflict do nothing
