-- The current content of a post with several copies, where it is not what any one copy says.
insert into core.item_version (
  campaign, platform, post_id, content_hash, version_at, version_id, title, text, hashtags, observed_at
)
select i.campaign, i.platform, i.post_id, i.content_hash, i.version_at, i.version_id, i.title, i.text, i.hashtags, i.observed_at
from core.item i
join staged_mixed m using (platform, post_id)
where i.campaign = :campaign
on conflict (campaign, platform, post_id, content_hash) do nothing
