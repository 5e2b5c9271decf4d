-- Posts that nobody has met before. Returns how many, by the platform of the page.
with added as (
  insert into core.item (
    campaign, platform, post_id, first_seen_at,
    source, source_rank, account_id, kind, url, title, text, language, created_at, edited_at, version_id, version_at,
    hashtags, tagged, mentions, links, media_types, media_hashes, reply_to_id, reply_to_account, quote_of_id,
    repost_of_id, conversation_id, audience, on_behalf_of, evidence, collected_by, deleted_at, flags, content_hash,
    observed_at, shown
  )
  select
    :campaign, s.platform, s.post_id, w.first_seen_at,
    s.source, s.source_rank, s.account_id, s.kind, s.url, s.title, s.text, s.language, s.created_at, s.edited_at,
    s.version_id, s.version_at, s.hashtags, w.tagged, s.mentions, s.links, s.media_types, s.media_hashes,
    s.reply_to_id, s.reply_to_account, s.quote_of_id, s.repost_of_id, s.conversation_id, s.audience, s.on_behalf_of,
    s.evidence, s.collected_by, s.deleted_at, s.flags, s.content_hash, s.observed_at, s.shown
  from staged_winner w
  join staged_item s using (seq)
  where not exists (
    select from core.item i where i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
  )
  order by s.platform, s.post_id
  on conflict (campaign, platform, post_id) do nothing
  returning platform, post_id
)
select p.platform, count(*)
from added
join staged_item s using (platform, post_id)
join staged_winner w on w.seq = s.seq
join staged_page p using (page_no)
group by p.platform
