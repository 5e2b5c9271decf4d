-- Posts with one copy, of which the batch brings a newer version, a better copy, or a later sight of the same version that differs; what
-- was seen by hand gives way to the platform's own. The order is the one of `winners.sql`.
-- Equal content from a better copy only changes where the row comes from. Returns how many, by the platform of the page.
with better as (
  select s.seq, s.page_no, w.tagged or (i.tagged and i.content_hash = s.content_hash) as tagged
  from staged_winner w
  join staged_item s on s.seq = w.seq
  join core.item i on i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
  where case
    when i.content_hash = s.content_hash then (s.source_rank, s.source collate "C") > (i.source_rank, i.source)
    else (
      s.source_rank > 0, coalesce(s.edited_at, case when s.source_rank > 0 then s.created_at end, '-infinity'),
      s.source_rank, s.source collate "C", s.observed_at, s.content_hash
    ) > (
      i.source_rank > 0, coalesce(i.edited_at, case when i.source_rank > 0 then i.created_at end, '-infinity'),
      i.source_rank, i.source, i.observed_at, i.content_hash
    )
  end
  and not exists (select from staged_mixed m where m.platform = s.platform and m.post_id = s.post_id)
  order by s.platform, s.post_id
  for no key update of i
),
updated as (
  update core.item i set (
    source, source_rank, account_id, kind, url, title, text, language, created_at, edited_at, version_id, version_at,
    hashtags, tagged, mentions, links, media_types, media_hashes, reply_to_id, reply_to_account, quote_of_id,
    repost_of_id, conversation_id, audience, on_behalf_of, evidence, collected_by, deleted_at, flags, content_hash,
    observed_at, shown
  ) = (
    s.source, s.source_rank, s.account_id, s.kind, s.url, s.title, s.text, s.language, s.created_at, s.edited_at,
    s.version_id, s.version_at, s.hashtags, b.tagged, s.mentions, s.links, s.media_types, s.media_hashes,
    s.reply_to_id, s.reply_to_account, s.quote_of_id, s.repost_of_id, s.conversation_id, s.audience, s.on_behalf_of,
    s.evidence, s.collected_by, s.deleted_at, s.flags, s.content_hash, s.observed_at, s.shown
  )
  from better b
  join staged_item s using (seq)
  where i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
  returning b.page_no
)
select p.platform, count(*) from updated join staged_page p using (page_no) group by p.platform
