-- Without statistics PostgreSQL would read all copies of the campaign for those of a page.
analyze staged_mixed;

-- Each copy of a post by itself, in its newest version. A post's first copy is what its row has held so far.
insert into core.item_copy
select i.*
from core.item i
join staged_mixed m using (platform, post_id)
where i.campaign = :campaign and i.source <> ''
  and not exists (
    select from core.item_copy c where c.campaign = :campaign and c.platform = i.platform and c.post_id = i.post_id
  )
order by i.platform, i.post_id;

create temp table if not exists staged_copy (like core.item_copy) on commit delete rows;
delete from staged_copy;

-- Of what one copy showed, its newest version; equal sights count once, unless the source said something else between.
insert into staged_copy (
  campaign, platform, post_id, source, source_rank, account_id, kind, url, title, text, language, created_at, edited_at,
  version_id, version_at, hashtags, tagged, mentions, links, media_types, media_hashes, reply_to_id, reply_to_account,
  quote_of_id, repost_of_id, conversation_id, audience, on_behalf_of, evidence, collected_by, deleted_at, flags,
  content_hash, observed_at, shown
)
select distinct on (platform, post_id, source, shown)
  :campaign, platform, post_id, source, source_rank, account_id, kind, url, title, text, language, created_at, edited_at,
  version_id, version_at, hashtags, content_tagged, mentions, links, media_types, media_hashes, reply_to_id,
  reply_to_account, quote_of_id, repost_of_id, conversation_id, audience, on_behalf_of, evidence, collected_by,
  deleted_at, flags, content_hash, observed_at, shown
from (
  select
    *,
    coalesce(edited_at, case when source_rank > 0 then created_at end, '-infinity') as dated,
    lag(content_hash) over (partition by platform, post_id, source, shown order by observed_at, content_hash, seq) as before,
    lag(words) over (partition by platform, post_id, source, words is null order by observed_at, content_hash, seq) as said_before,
    bool_or(tagged) over (partition by platform, post_id, content_hash) as content_tagged
  from (
    select s.*, case when coalesce(s.title, s.text, '') <> '' then concat(s.title, chr(1), s.text) end as words
    from staged_item s
    join staged_mixed m using (platform, post_id)
  ) worded
) observation
where before is distinct from content_hash or said_before <> words
order by
  platform, post_id, source, shown, source_rank > 0 desc, dated desc, source_rank desc, observed_at desc, content_hash desc;

analyze staged_copy;

delete from core.item_copy c
using staged_copy s
where c.campaign = :campaign and c.platform = s.platform and c.post_id = s.post_id
  and c.source = s.source and c.shown = s.shown and c.content_hash <> s.content_hash
  and (
    s.source_rank > 0, coalesce(s.edited_at, case when s.source_rank > 0 then s.created_at end, '-infinity'),
    s.source_rank, s.observed_at, s.content_hash
  ) > (
    c.source_rank > 0, coalesce(c.edited_at, case when c.source_rank > 0 then c.created_at end, '-infinity'),
    c.source_rank, c.observed_at, c.content_hash
  );

insert into core.item_copy select * from staged_copy order by platform, post_id, source, shown
on conflict (campaign, platform, post_id, source, shown) do nothing;

-- A copy that is known dates from its first sight, or from its last one if its source said something else between.
update core.item_copy c
set observed_at = told.observed_at, tagged = told.tagged
from (
  select
    s.platform, s.post_id, s.source, s.shown,
    c.tagged or s.tagged as tagged,
    case
      when exists (
        select from core.item_copy other
        where other.campaign = :campaign and other.platform = s.platform and other.post_id = s.post_id
          and other.source = s.source and other.edited_at is not distinct from s.edited_at
          and (other.title, other.text) is distinct from (s.title, s.text) and coalesce(other.title, other.text, '') <> ''
          and other.observed_at > least(s.observed_at, c.observed_at)
          and other.observed_at < greatest(s.observed_at, c.observed_at)
      )
      then greatest(s.observed_at, c.observed_at)
      else least(s.observed_at, c.observed_at)
    end as observed_at
  from staged_copy s
  join core.item_copy c
    on c.campaign = :campaign and c.platform = s.platform and c.post_id = s.post_id
    and c.source = s.source and c.shown = s.shown and c.content_hash = s.content_hash
) told
where c.campaign = :campaign and c.platform = told.platform and c.post_id = told.post_id
  and c.source = told.source and c.shown = told.shown
  and (c.observed_at, c.tagged) is distinct from (told.observed_at, told.tagged)
