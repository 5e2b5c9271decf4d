-- Posts with several copies, by attribute: what the best copy tells, and where it is silent, what the next best does.
-- The order of copies is the one of `winners.sql`; of one source's views of the same words the richest comes first. What a
-- version says and marks is not filled from an older version. Returns how many rows changed, by the platform of the page.
with placed as (
  select
    c.*, m.is_new, m.page_no,
    coalesce(c.edited_at, case when c.source_rank > 0 then c.created_at end, '-infinity') as dated,
    coalesce(c.title, c.text, '') <> '' as is_worded,
    max(c.observed_at) over (partition by c.platform, c.post_id, c.source, c.edited_at, c.title, c.text) as said_at
  from core.item_copy c
  join staged_mixed m using (platform, post_id)
  where c.campaign = :campaign
),
ordered as (
  select
    *,
    row_number() over (
      partition by platform, post_id
      order by
        source_rank > 0 desc, dated desc, source_rank desc, source collate "C" desc, is_worded desc, said_at desc,
        shown desc, observed_at desc, content_hash desc
    ) as place
  from placed
),
judged as (
  select
    *,
    dated >= coalesce(first_value(edited_at) over best_first, '-infinity') as is_current,
    first_value(hashtags) over best_first as best_hashtags,
    kind = first_value(kind) over best_first as is_same_kind,
    place = min(place) over (partition by platform, post_id, source) as is_best_of_source
  from ordered
  window best_first as (partition by platform, post_id order by place)
),
worded as (
  select *, first_value(title) over words as its_title, first_value(text) over words as its_text
  from judged
  window words as (partition by platform, post_id order by is_worded and is_current desc, place)
),
telling as (
  select
    *, is_current and (not is_worded or (title, text) is not distinct from (its_title, its_text)) as tells_of_words
  from worded
),
told as (
  select
    campaign, platform, post_id, bool_or(is_new) as is_new, min(page_no) as page_no,
    core.first_told(source order by place) as source,
    core.first_told(source_rank order by place) as source_rank,
    core.first_told(account_id order by account_id like 'hand:%', place) as account_id,
    core.first_told(kind order by place) as kind,
    core.first_told(url order by place) as url,
    core.first_told(its_title order by place) as title,
    core.first_told(its_text order by place) as text,
    core.first_told(language order by place) filter (where tells_of_words) as language,
    core.first_told(created_at order by place) as created_at,
    core.first_told(edited_at order by place) as edited_at,
    core.first_told(version_id order by place) filter (where tells_of_words) as version_id,
    core.all_told(hashtags order by is_worded desc, place) filter (where tells_of_words) as hashtags,
    bool_or(tagged) filter (where tells_of_words) as tagged,
    core.first_told(nullif(mentions, '{}') order by place) filter (where tells_of_words) as mentions,
    core.first_told(nullif(links, '{}') order by place) filter (where tells_of_words) as links,
    core.first_told(nullif(media_types, '{}') order by place) filter (where is_current) as media_types,
    core.all_told(media_hashes order by place) as media_hashes,
    core.first_told(reply_to_id order by place) filter (where is_same_kind) as reply_to_id,
    core.first_told(reply_to_account order by place) filter (where is_same_kind) as reply_to_account,
    core.first_told(quote_of_id order by place) filter (where is_same_kind) as quote_of_id,
    core.first_told(repost_of_id order by place) filter (where is_same_kind) as repost_of_id,
    core.first_told(conversation_id order by place) as conversation_id,
    core.first_told(audience order by place) as audience,
    core.first_told(nullif(on_behalf_of, '') order by place) as on_behalf_of,
    core.first_told(nullif(evidence, '') order by place) as evidence,
    core.first_told(nullif(collected_by, '') order by place) as collected_by,
    core.first_told(deleted_at order by place) filter (where is_best_of_source) as deleted_at,
    core.first_told(flags order by place) as flags,
    core.first_told(content_hash order by place) as content_hash,
    core.first_told(observed_at order by place) as observed_at,
    core.first_told(shown order by place) as shown,
    bool_and(hashtags <@ best_hashtags and (place > 1 or (title, text) is not distinct from (its_title, its_text)))
      filter (where place = 1 or tells_of_words) as is_as_best
  from telling
  group by campaign, platform, post_id
),
merged as (
  select
    campaign, platform, post_id, is_new, page_no, source, source_rank, account_id, kind, url, title, text, language,
    created_at, edited_at, version_id, coalesce(edited_at, created_at, observed_at) as version_at,
    array(
      select tag from unnest(told.hashtags) with ordinality as marked (tag, n) group by tag order by min(n)
    ) as hashtags,
    tagged, coalesce(mentions, '{}') as mentions, coalesce(links, '{}') as links,
    coalesce(media_types, '{}') as media_types,
    array(
      select hash from unnest(told.media_hashes) with ordinality as seen (hash, n) group by hash order by min(n)
    ) as media_hashes,
    reply_to_id, reply_to_account, quote_of_id, repost_of_id, conversation_id, audience, on_behalf_of, evidence,
    collected_by, deleted_at, flags,
    case
      when is_as_best then content_hash
      else sha256(content_hash || convert_to(concat_ws(chr(1), title, text, array_to_string(hashtags, chr(2))), 'UTF8'))
    end as content_hash,
    observed_at, shown
  from told
),
changed as (
  select merged.*
  from merged
  join core.item i using (campaign, platform, post_id)
  where (
    i.source, i.source_rank, i.account_id, i.kind, i.url, i.title, i.text, i.language, i.created_at, i.edited_at,
    i.version_id, i.version_at, i.hashtags, i.tagged, i.mentions, i.links, i.media_types, i.media_hashes, i.reply_to_id,
    i.reply_to_account, i.quote_of_id, i.repost_of_id, i.conversation_id, i.audience, i.on_behalf_of, i.evidence,
    i.collected_by, i.deleted_at, i.flags, i.content_hash, i.observed_at, i.shown
  ) is distinct from (
    merged.source, merged.source_rank, merged.account_id, merged.kind, merged.url, merged.title, merged.text,
    merged.language, merged.created_at, merged.edited_at, merged.version_id, merged.version_at, merged.hashtags,
    merged.tagged, merged.mentions, merged.links, merged.media_types, merged.media_hashes, merged.reply_to_id,
    merged.reply_to_account, merged.quote_of_id, merged.repost_of_id, merged.conversation_id, merged.audience,
    merged.on_behalf_of, merged.evidence, merged.collected_by, merged.deleted_at, merged.flags, merged.content_hash,
    merged.observed_at, merged.shown
  )
  order by i.platform, i.post_id
  for no key update of i
),
updated as (
  update core.item i set (
    source, source_rank, account_id, kind, url, title, text, language, created_at, edited_at, version_id, version_at,
    hashtags, tagged, mentions, links, media_types, media_hashes, reply_to_id, reply_to_account, quote_of_id,
    repost_of_id, conversation_id, audience, on_behalf_of, evidence, collected_by, deleted_at, flags, content_hash,
    observed_at, shown
  ) = (
    c.source, c.source_rank, c.account_id, c.kind, c.url, c.title, c.text, c.language, c.created_at, c.edited_at,
    c.version_id, c.version_at, c.hashtags, c.tagged, c.mentions, c.links, c.media_types, c.media_hashes, c.reply_to_id,
    c.reply_to_account, c.quote_of_id, c.repost_of_id, c.conversation_id, c.audience, c.on_behalf_of, c.evidence,
    c.collected_by, c.deleted_at, c.flags, c.content_hash, c.observed_at, c.shown
  )
  from changed c
  where i.campaign = c.campaign and i.platform = c.platform and i.post_id = c.post_id
  returning c.is_new, c.page_no
)
select p.platform, count(*) from updated join staged_page p using (page_no) where not updated.is_new group by p.platform
