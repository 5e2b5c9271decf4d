-- The batch's best observation of each post: the platform's own before what was seen by hand, then newest version, best
-- copy, newest sight. A clerk's time of posting is typed and corrected, so it makes no version. Within a source only the
-- first of equal observations counts, so that it does not matter how often a post was looked at.
insert into staged_winner (seq, first_seen_at, tagged, is_several)
select distinct on (platform, post_id) seq, first_seen_at, content_tagged, is_several
from (
  select
    platform, post_id, source, source_rank, observed_at, content_hash, seq,
    min(source) over (partition by platform, post_id) <> max(source) over (partition by platform, post_id)
      or min(shown) over (partition by platform, post_id) <> max(shown) over (partition by platform, post_id) as is_several,
    coalesce(edited_at, case when source_rank > 0 then created_at end, '-infinity') as dated,
    lag(content_hash) over (partition by platform, post_id, source order by observed_at, content_hash, seq) as before,
    min(observed_at) over (partition by platform, post_id) as first_seen_at,
    bool_or(tagged) over (partition by platform, post_id, content_hash) as content_tagged
  from staged_item
) observation
where before is distinct from content_hash
order by
  platform, post_id, source_rank > 0 desc, dated desc, source_rank desc, source collate "C" desc, observed_at desc,
  content_hash desc
